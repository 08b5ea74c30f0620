import datetime
from pathlib import Path

import yaml

from mirage.report.citation import bibtex, citation_file, citations, cited

TEXT = (Path(__file__).parents[2] / "CITATION.cff").read_text(encoding="utf-8")
OWN = yaml.safe_load(TEXT)
WORK = {
    "title": "Is it real?",
    "type": "software",
    "version": "1.2",
    "date-released": datetime.date(2026, 11, 30),
    "repository-code": "https://example.org/lab/it",
    "license": "MIT",
    "authors": [{"family-names": "Doe", "given-names": "Jo"}, {"name": "The Lab"}],
    "references": [
        {"type": "data", "title": "Laws", "authors": [{"name": "UNC"}], "notes": "Second copy", "url": "https://x.org"}
    ],
}


def test_a_work_and_what_it_refers_to_are_a_line_each():
    assert citations(WORK) == ["Doe, Jo; The Lab. Is it real? Version 1.2.", "UNC. Laws. Second copy. https://x.org."]


def test_bibtex_keeps_names_and_capitals():
    assert bibtex(WORK) == (
        "@software{mirage,\n  author = {Doe, Jo and {The Lab}},\n  title = {{Is it real?}},\n  year = {2026},\n  version = {1.2},\n"
        "  license = {MIT},\n  url = {https://example.org/lab/it}\n}\n\n"
        "@misc{mirage-reference-1,\n  author = {{UNC}},\n  title = {{Laws}},\n  note = {Second copy}\n}"
    )


def test_other_data_are_not_cited_as_the_published_ones():
    assert len(citations(cited(OWN, about_its_data=True))) == 2
    assert "On the Books: Jim Crow" in bibtex(cited(OWN, about_its_data=True))
    assert "On the Books" not in bibtex(cited(OWN, about_its_data=False))


def test_the_file_itself_is_left_as_it_is_or_without_the_published_data():
    assert citation_file(TEXT, about_its_data=True) == TEXT
    other = citation_file(TEXT, about_its_data=False)
    assert "On the Books" not in other
    said = yaml.safe_load(other)
    assert list(said) == [key for key in OWN if key != "references"]
    assert said["message"] == "If you use this study or its workflow, please cite it."
    assert {key: said[key] for key in ("title", "version", "authors")} == {
        key: OWN[key] for key in ("title", "version", "authors")
    }

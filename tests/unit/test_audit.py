import json
import math

import pandas as pd
import pytest

from mirage.audit.audit import audit, audit_markdown

PROVENANCE = {
    "corpus": "on_the_books",
    "origin": "local file laws.csv",
    "content_sha256": "ab" * 32,
    "near_duplicate_threshold": 0.5,
}


@pytest.fixture
def sections():
    rows = [
        # id, label, source, chapter, exact, near, words
        ("1900_a", 1, "murray", "1900|public laws|1", 0, 0, 4),
        ("1900_b", 0, "murray", "1900|public laws|1", 1, 1, 8),
        ("1901_c", 1, "project experts", "1900|public laws|1", 2, 0, 2),
        ("1901_d", 0, "project experts", "1901|public laws|2", 3, 2, 10),
        ("1901_e", 1, "project experts", "1901|public laws|3", 3, 2, 10),
        ("1901_f", 0, "project experts", "1901|public laws|3", 3, 2, 10),
    ]
    names = ["row_id", "label", "source", "chapter", "exact_group", "near_group", "words"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(text=["x " * words for words in frame.pop("words")])


def test_label_rates_have_wilson_intervals(sections):
    report = audit(sections, PROVENANCE)
    murray, experts = report["by_source"]
    assert (murray["source"], murray["sections"], murray["positives"], murray["rate"]) == ("murray", 2, 1, 0.5)
    assert (experts["source"], experts["sections"], experts["positives"]) == ("project experts", 4, 2)
    z2 = 1.959963984540054**2
    half = math.sqrt(z2 * (2 * 0.25 + z2 / 4)) / (2 + z2)  # Wilson 1927 at 1 of 2
    assert (murray["low"], murray["high"]) == pytest.approx((0.5 - half, 0.5 + half))
    assert (report["all"]["sections"], report["all"]["positives"], report["all"]["chapters"]) == (6, 3, 3)


def test_lengths_are_counted_in_words(sections):
    murray, experts = audit(sections, PROVENANCE)["by_source"]
    assert (murray["words"]["0"], murray["words"]["50"], murray["words"]["100"]) == (4, 6, 8)
    assert experts["words"]["50"] == 10


def test_duplicates_are_counted_and_conflicts_listed(sections):
    report = audit(sections, PROVENANCE)
    conflict = {"positive": ["1901_e"], "negative": ["1901_d", "1901_f"]}
    exact, near = report["exact_duplicates"], report["near_duplicates"]
    assert exact == {
        "groups": 1, "sections": 3, "repeats": 2, "largest": 3, "across_sources": 0, "conflicts": [{"group": 3, **conflict}],
    }  # fmt: skip
    assert near == {
        "groups": 2, "sections": 5, "repeats": 3, "largest": 3, "across_sources": 1, "conflicts": [{"group": 2, **conflict}],
    }  # fmt: skip


def test_shared_chapters_are_listed_with_their_sources(sections):
    assert audit(sections, PROVENANCE)["shared_chapters"] == [
        {
            "chapter": "1900|public laws|1",
            "sections": {"murray": 2, "project experts": 1},
            "positives": {"murray": 1, "project experts": 1},
        }
    ]


def test_sections_without_duplicates(sections):
    alone = sections.iloc[[0, 3]]
    report = audit(alone, PROVENANCE)
    assert report["exact_duplicates"] == {
        "groups": 0, "sections": 0, "repeats": 0, "largest": 1, "across_sources": 0, "conflicts": [],
    }  # fmt: skip
    page = audit_markdown(report)
    assert "## Label conflicts among duplicates\n\nNone.\n" in page
    assert page.endswith("\n0 chapters hold sections of more than one source, 0 sections in all.\n")


def test_report_is_json(sections):
    report = audit(sections, PROVENANCE)
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_page_shows_the_figures(sections):
    page = audit_markdown(audit(sections, PROVENANCE))
    assert "| murray | 2 | 1 | 50.0 % | 9.5 to 90.5 % | 1 |" in page
    assert "| murray | 4 | 4 | 5 | 6 | 7 | 8 | 8 |" in page
    assert "| near | 2 | 5 | 3 | 3 | 1 | 1 |" in page
    assert "| exact | 3 | 1901_e | 1901_d, 1901_f |" in page
    assert "1 chapters hold sections of more than one source, 3 sections in all." in page
    assert "| 1900, public laws, 1 | murray 2, project experts 1 | murray 1, project experts 1 |" in page
    assert "ynthetic" not in page


def test_long_lists_of_conflicting_ids_are_cut(sections):
    many = pd.concat([sections] * 4, ignore_index=True)
    assert "| 1901_d, 1901_f, 1901_d, 1901_f, 1901_d and 3 more |" in audit_markdown(audit(many, PROVENANCE))


def test_synthetic_corpus_is_named_at_the_top(sections):
    page = audit_markdown(audit(sections, {**PROVENANCE, "corpus": "synthetic"}))
    assert page.splitlines()[2].startswith("**Synthetic corpus: made-up sections.")

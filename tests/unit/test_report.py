import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from mirage.errors import StudyError
from mirage.report import Part, caption, citation, inline_svg, parts_of, render, table_html

TEMPLATE = Path(__file__).parents[2] / "workflow/report/index.html.j2"
CAPTIONS = TEMPLATE.parent / "figures"
TABLE = (
    "# Scores & more\n\nMean over 2 seeds.\n\n| agent | F1 |\n| :-- | --: |\n| Ten <words> | .944 [.907, .968] |\n\n- a note\n"
)
SVG = '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg><defs><path id="a"/></defs><use href="#a" clip-path="url(#a)"/></svg>'


class Reader(HTMLParser):
    """Collects tags that are opened, in order, with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_a_table_becomes_html_with_its_title_below_the_parts_and_a_region_that_scrolls():
    html = table_html(TABLE)
    assert "<h3>Scores &amp; more</h3>" in html
    assert "Ten &lt;words&gt;" in html
    regions = [attrs for tag, attrs in Reader(html).tags if attrs.get("role") == "region"]
    assert regions == [{"class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Scores & more, part 1"}]
    assert html.count("</table></div>") == 1
    assert re.search(r'<td class="short"[^>]*>\.944 \[\.907, \.968\]</td>', html)


def test_the_ids_of_two_drawings_do_not_clash():
    assert inline_svg(SVG, "gap") == ('<svg><defs><path id="gap-a"/></defs><use href="#gap-a" clip-path="url(#gap-a)"/></svg>')


def test_a_caption_takes_its_numbers_from_the_configuration(tmp_path):
    (tmp_path / "f1.rst").write_text('Mean over\n{{ snakemake.config["seeds"] }} seeds.\n')
    assert caption(tmp_path, "f1", {"seeds": 7}) == "Mean over 7 seeds."


def test_a_figure_without_a_caption_is_an_error(tmp_path):
    with pytest.raises(StudyError, match=r"gap\.rst: no such file; write the caption of figure gap there"):
        caption(tmp_path, "gap", {})


def test_every_figure_of_the_page_has_a_caption_that_takes_its_numbers_from_the_published_configuration():
    config = yaml.safe_load((TEMPLATE.parents[2] / "config.yaml").read_text(encoding="utf-8"))
    contents = yaml.safe_load((TEMPLATE.parent / "contents.yaml").read_text(encoding="utf-8"))
    named = [figure for part in contents for figure in part["figures"]]
    assert sorted(named) == sorted(path.stem for path in CAPTIONS.glob("*.rst"))
    assert all(caption(CAPTIONS, figure, config).endswith(".") for figure in named)


@pytest.fixture
def parts(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "figures").mkdir()
    (tmp_path / "tables/f1.md").write_text(TABLE)
    (tmp_path / "figures/label_rate.svg").write_text(SVG)
    contents = [{"title": "One", "text": "First.", "tables": ["f1", "power"], "figures": ["label_rate", "ties"]}]
    return parts_of(contents, tmp_path, CAPTIONS, {})


def test_what_a_run_did_not_make_is_named(parts):
    [part] = parts
    assert (len(part.tables), len(part.figures)) == (1, 1)
    assert part.absent == ["figure ties", "table power"]


def page(parts, stamp=None, findings=("F1 falls < half.",)):
    values = {"title": "Real?", "subtitle": "a & b", "findings": findings, "provenance": [("seeds", 2)], "citation": "cff: <1>"}
    return render(TEMPLATE, stamp=stamp, parts=parts, cost=[], **values)


def test_the_page_holds_everything_and_fetches_nothing(parts):
    html = page(parts)
    tags = Reader(html).tags
    assert "F1 falls &lt; half." in html
    assert "Not made in this run: figure ties, table power." in html
    links = [attrs.get("href") or attrs.get("src") for tag, attrs in tags if tag in ("a", "link", "script", "img", "iframe")]
    assert all(link is None or link.startswith(("#", "data:")) for link in links)
    targets = {attrs["id"] for _, attrs in tags if "id" in attrs}
    assert {link[1:] for link in links if link and link.startswith("#")} <= targets
    [drawing] = [attrs for tag, attrs in tags if attrs.get("role") == "img"]
    assert drawing["aria-label"].startswith("Share of positive rows by group")


def test_every_id_of_the_page_is_there_once(parts):
    ids = [attrs["id"] for _, attrs in Reader(page([*parts, Part("Two", "Second.")])).tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_the_stamp_stands_above_everything(parts):
    assert '<p class="stamp">synthetic corpus</p>' in page(parts, stamp="synthetic corpus")
    assert 'class="stamp"' not in page(parts)


def test_other_data_are_not_cited_as_the_published_ones():
    text = (Path(__file__).parents[2] / "CITATION.cff").read_text()
    assert citation(text, about_its_data=True) == text
    other = citation(text, about_its_data=False)
    assert other.startswith("cff-version: 1.2.0\n")
    assert "On the Books" not in other

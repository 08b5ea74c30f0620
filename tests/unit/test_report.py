import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mirage.report.page import Part, Table, inline_svg, parts_of, prose_html, read_table, render, table_html

TEMPLATE = Path(__file__).parents[2] / "workflow/report/index.html.j2"
CAPTIONS = {"label_rate": "Share of positive rows by group & more.", "ties": "The F1s."}
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
    title, html = table_html(TABLE, "table-f1")
    assert title == "Scores & more"
    assert '<h3 id="table-f1">Scores &amp; more</h3>' in html
    assert "Ten &lt;words&gt;" in html
    regions = [attrs for tag, attrs in Reader(html).tags if attrs.get("role") == "region"]
    assert regions == [{"class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Scores & more, part 1"}]
    assert html.count("</table></div>") == 1
    assert re.search(r'<td class="short"[^>]*>\.944 \[\.907, \.968\]</td>', html)


def folded(html):
    return [re.sub("<[^>]*>", "", found) for found in re.findall("<summary>(.*?)</summary>", html)]


def test_the_first_table_is_open_and_what_follows_is_folded():
    _, html = table_html(TABLE, "t")
    assert folded(html) == ["Notes"]
    assert html.index("</table>") < html.index("<details>") < html.index("a note")
    more = TABLE + "\nAgain.\n\n| agent | F1 |\n| :-- | --: |\n| Trees | .5 |\n"
    assert folded(table_html(more, "t")[1]) == ["1 more table and notes"]
    assert folded(table_html(TABLE.replace("\n- a note\n", ""), "t")[1]) == []


def test_a_long_table_is_folded_itself_below_its_caption():
    rows = "| Ten <words> | .944 [.907, .968] |\n"
    _, html = table_html(TABLE.replace(rows, rows * 41), "t")
    assert folded(html) == ["The table, 41 rows, and more"]
    assert html.index("Mean over 2 seeds.") < html.index("<details>") < html.index("<table>")
    assert html.count("<details>") == html.count("</details>") == 1


def test_a_table_that_was_not_made_is_none(tmp_path):
    assert read_table(tmp_path / "f1.md") is None
    (tmp_path / "f1.md").write_text(TABLE)
    assert read_table(tmp_path / "f1.md") == Table(table_html(TABLE, "table-f1")[1], "Scores & more", "table-f1")


def test_what_no_part_names_stands_in_a_last_one(tmp_path, parts):
    (tmp_path / "tables/gap.md").write_text(TABLE.replace("Scores", "Gaps"))
    contents = [{"title": "One", "text": "First.", "tables": ["f1"], "figures": ["ties"]}]
    one, last = parts_of(contents, tmp_path, CAPTIONS, ["f1", "gap", "cost", "overview"])
    assert [table.title for table in one.tables] == ["Scores & more"]
    assert [table.title for table in last.tables] == ["Gaps & more"]
    assert [figure.caption for figure in last.figures] == [CAPTIONS["label_rate"]]


def test_prose_takes_its_values_and_escapes_them_once(tmp_path):
    template = tmp_path / "methods.md.j2"
    template.write_text("### Data\n\n{{ rows }} rows of `{{ name }}`\n")
    assert prose_html(template, rows=5, name="a<b") == "<h3>Data</h3>\n<p>5 rows of <code>a&lt;b</code></p>\n"


def test_the_ids_of_two_drawings_do_not_clash():
    assert inline_svg(SVG, "gap") == ('<svg><defs><path id="gap-a"/></defs><use href="#gap-a" clip-path="url(#gap-a)"/></svg>')


@pytest.fixture
def parts(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "figures").mkdir()
    (tmp_path / "tables/f1.md").write_text(TABLE)
    (tmp_path / "figures/label_rate.svg").write_text(SVG)
    contents = [{"title": "One", "text": "First.", "tables": ["f1", "power"], "figures": ["label_rate", "ties"]}]
    return parts_of(contents, tmp_path, CAPTIONS)


def test_what_a_run_did_not_make_is_named(parts):
    [part] = parts
    assert (len(part.tables), len(part.figures)) == (1, 1)
    assert part.absent == ["figure ties", "table power"]


def test_a_figure_that_the_study_does_not_have_is_absent_even_where_an_earlier_run_left_its_file(tmp_path, parts):
    contents = [{"title": "One", "text": "First.", "tables": [], "figures": ["label_rate"]}]
    [part] = parts_of(contents, tmp_path, {})
    assert (part.figures, part.absent) == ([], ["figure label_rate"])


def test_a_part_that_is_optional_is_left_out_where_nothing_of_it_was_made(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/f1.md").write_text(TABLE)
    apart = {"title": "Two", "text": "Second.", "tables": ["power"], "figures": ["ties"], "optional": True}
    assert parts_of([apart], tmp_path, CAPTIONS) == []
    [part] = parts_of([apart | {"tables": ["f1", "power"], "figures": []}], tmp_path, CAPTIONS)
    assert part.absent == ["table power"]


def page(parts, stamp=None, findings=("F1 falls < half.",), **others):
    values = {
        "title": "Real?",
        "subtitle": "a & b",
        "answer": ["It is < .5."],
        "findings": findings,
        "provenance": [("seeds", 2)],
    }
    values |= {"overview": None, "methods": "<p>By hand.</p>", "left_out": ["Trees < words"], "cost": None}
    return render(TEMPLATE, stamp=stamp, parts=parts, **values | {"citations": ["A. B & C."], "bibtex": "@misc{a}"} | others)


def test_the_page_holds_everything_and_fetches_nothing(parts):
    html = page(parts)
    tags = Reader(html).tags
    assert "F1 falls &lt; half." in html
    assert '<p class="answer">It is &lt; .5.</p>' in html
    assert "<p>By hand.</p>" in html
    assert "<li>Trees &lt; words.</li>" in html
    assert '<th scope="row">seeds</th><td>2</td>' in html
    assert "<li>A. B &amp; C.</li>" in html
    assert "Not made in this run: figure ties, table power." in html
    links = [attrs.get("href") or attrs.get("src") for tag, attrs in tags if tag in ("a", "link", "script", "img", "iframe")]
    assert all(link is None or link.startswith(("#", "data:")) for link in links)
    targets = {attrs["id"] for _, attrs in tags if "id" in attrs}
    assert {link[1:] for link in links if link and link.startswith("#")} <= targets
    [drawing] = [attrs for tag, attrs in tags if attrs.get("role") == "img"]
    assert drawing["aria-label"] == CAPTIONS["label_rate"]


def test_every_id_of_the_page_is_there_once(parts):
    ids = [attrs["id"] for _, attrs in Reader(page([*parts, Part("Two", "Second.")])).tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_the_stamp_stands_above_everything(parts):
    assert '<p class="stamp">synthetic corpus</p>' in page(parts, stamp="synthetic corpus")
    assert 'class="stamp"' not in page(parts)


def test_a_figure_links_to_the_tables_of_its_part(parts):
    html = page(parts)
    assert 'Tables below: <a href="#table-f1">Scores &amp; more</a>.' in html
    assert "Tables below" not in page([Part("One", "First.", figures=parts[0].figures)])


def test_the_first_table_stands_below_the_answer_and_the_cost_with_the_provenance():
    html = page([], overview=Table("<table>F</table>", "F", "f"), cost=Table("<table>C</table>", "C", "c"))
    order = [
        "It is",
        "<table>F</table>",
        "F1 falls",
        'id="methods"',
        'id="left-out"',
        'id="provenance"',
        "<table>C</table>",
        'id="cite"',
    ]
    places = [html.index(text) for text in order]
    assert places == sorted(places)


def test_where_all_was_run_and_nothing_found_it_is_said():
    html = page([], answer=[], findings=[], left_out=[])
    assert "Everything that is planned was run." in html
    assert "This run made no findings." in html

"""The page: its tables, figures, glossary and sections, put in the template without a browser."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from known_schemes import SCHEMES
from mirage.report import markup
from mirage.report.drawings import inline_svg
from mirage.report.glossary import Entry, Glossary, Links, glossary
from mirage.report.markup import Vocabulary, sheet_of
from mirage.report.page import Folder, Part, parts_of, prose_html, render, shown
from mirage.words import Words

TEMPLATE = Path(__file__).parents[2] / "workflow/report/index.html.j2"
CAPTIONS = {"label_rate": "Share of positive rows by group & more. Dots: rows.", "ties": "The F1s."}
TABLE = (
    "# Scores & more\n\n**made-up text**\n\nMean over 2 seeds. Dots: none.\n\n| agent | kfold (n 20) |\n| :-- | --: |\n"
    "| Ten <words> | .944 [.907, .968] |\n| Trees | not run here |\n\n- `kfold`: cross-validation.\n- a note\n"
)
SVG = '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg><defs><path id="a"/></defs><use href="#a" clip-path="url(#a)"/></svg>'
WORDS = Vocabulary({"kfold": "cross-validation", "source-curated": "two held out"}, ["Trees"], ["Ten <words>", "Trees"])
OWN = {"title": "T", "question": "Why?", "folder": "tables", "by_default": True}


class Reader(HTMLParser):
    """Collects tags that are opened, in order, with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def grid(markdown=TABLE, vocabulary=WORDS):
    return markup.grid_html(sheet_of(markdown).grids[0], "Scores & more", vocabulary)


def test_a_table_file_is_taken_apart_without_its_stamp():
    sheet = sheet_of(TABLE)
    assert (sheet.title, sheet.notes) == ("Scores & more", ["- `kfold`: cross-validation.", "- a note"])
    [only] = sheet.grids
    assert only.caption == "Mean over 2 seeds. Dots: none."
    assert [[cell.text for cell in row] for row in only.rows] == [
        ["Ten <words>", ".944 [.907, .968]"],
        ["Trees", "not run here"],
    ]


def test_a_table_stands_in_a_region_that_scrolls_and_escapes_what_it_holds():
    html = grid()
    assert '<th scope="row">Ten &lt;words&gt;</th>' in html
    [region] = [attrs for tag, attrs in Reader(html).tags if attrs.get("role") == "region"]
    assert region == {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Scores & more"}
    assert '<td class="short">.944 [.907, .968]</td>' in html


def test_hostile_cells_stay_text():
    html = grid(TABLE.replace("Ten <words>", "<script>a</script> $x$ \\| b"))
    assert "<script" not in html
    assert "&lt;script&gt;a&lt;/script&gt; $x$ | b" in html


def test_a_row_that_says_only_that_an_agent_was_not_run_is_left_out():
    assert "Trees" not in grid()
    assert "Trees" not in grid(vocabulary=Vocabulary(agents=WORDS.agents))
    assert "Trees" in grid(vocabulary=Vocabulary())
    assert "Trees" in grid(TABLE.replace("not run here", ".5"))


def test_rows_of_agents_are_marked_by_their_place_in_the_configuration():
    assert 'data-agent="0"' in grid()
    assert 'data-agent="1"' in grid(TABLE.replace("not run here", ".5"))


def test_schemes_go_by_plain_words_that_lead_to_the_glossary():
    table = "# T\n\nC.\n\n| agent | of source-curated | kfold (n 20) |\n| :-- | --: | --: |\n| Ten | kfold | .5 |\n"
    html = grid(table)
    assert '<a href="#scheme-kfold">cross-validation</a> <small>(n 20)</small>' in html
    assert "of two held out" in html
    assert '<td class="short"><a href="#scheme-kfold">cross-validation</a></td>' in html


def test_a_table_by_itself_has_its_title_its_caption_and_its_notes_folded():
    html = markup.whole_html(sheet_of(TABLE))
    assert html.startswith("<h3>Scores &amp; more</h3><p>Mean over 2 seeds. Dots: none.</p>")
    assert html.index("</table>") < html.index("<details>") < html.index("a note")


def test_a_column_that_says_the_same_at_length_of_every_row_is_said_once():
    same = "no negatives: add the scheme matched-paschal"
    rows = f"| Ten | {same} | .5 |\n| Forests | {same} | .6 |\n"
    html = grid(f"# T\n\nC.\n\n| agent | out | F1 |\n| :-- | --: | --: |\n{rows}")
    assert html.count(same) == 1
    assert html.endswith(f'<p class="about">out: {same}.</p>')
    assert "<td" in html


@pytest.fixture
def folder(tmp_path):
    for name in ("tables", "figures"):
        (tmp_path / name).mkdir()
    (tmp_path / "tables/f1.md").write_text(TABLE)
    (tmp_path / "tables/gap.md").write_text(TABLE.replace("Scores", "Gaps"))
    (tmp_path / "figures/label_rate.svg").write_text(SVG)
    tables = dict.fromkeys(("f1", "gap", "power"), OWN) | {"coverage": OWN | {"by_default": False}}
    return Folder(tmp_path, CAPTIONS, tables)


def test_the_first_sentence_of_a_caption_stands_above_a_table_and_the_rest_is_folded(folder):
    table = shown("f1", sheet_of(TABLE), folder, WORDS)
    assert table.first.startswith('<p class="about">Mean over 2 seeds.</p><div class="scroll"')
    assert '<p class="about">Dots: none.</p>' in table.more
    assert "<li>a note</li>" in table.more
    assert (table.folds, table.csv, table.question) == ("What the numbers are", "../tables/f1.csv", "Why?")


def test_further_tables_are_folded_and_a_long_one_is_folded_itself(folder):
    more = TABLE + "\nAgain.\n\n| agent | F1 |\n| :-- | --: |\n| Trees | .5 |\n"
    assert shown("f1", sheet_of(more), folder, WORDS).folds == "1 more table and what the numbers are"
    row = "| Ten <words> | .944 [.907, .968] |\n"
    long = shown("f1", sheet_of(TABLE.replace(row, row * 17)), folder, WORDS)
    assert long.folds == "The table, 17 rows and what the numbers are"
    assert "<table" not in long.first
    assert long.more.count("<table") == 1


def contents(**section):
    first = {"name": "one", "title": "One?", "short": "One", "figures": ["label_rate"], "tables": ["f1"]} | section
    return {"first": "dumbbell", "sections": [first, {"name": "how", "title": "How?", "short": "How"}]}


def parts(folder, told=None, links=None, **section):
    drawings = folder.drawings()
    told = {"one": {"answer": "F1 falls < half.", "details": ["Of all."]}} if told is None else told
    return parts_of(contents(**section), folder, folder.sheets(), drawings, told, WORDS, links or Links([]))


def test_a_section_has_its_answer_and_what_stands_open_or_folded_in_it(folder):
    one, how = parts(folder, folded={"tables": ["gap"]})
    assert (one.answer, one.details) == ("F1 falls &lt; half.", ["Of all."])
    assert [table.name for table in one.tables] == ["f1"]
    assert [table.name for table in one.more_tables] == ["gap"]
    assert [figure.name for figure in one.figures] == ["label_rate"]
    assert (how.name, how.is_empty) == ("how", True)


def test_what_no_section_names_is_folded_in_the_last(folder):
    _, how = parts(folder)
    assert [table.name for table in how.more_tables] == ["gap"]


def test_a_section_of_which_the_study_has_nothing_is_left_out(folder):
    assert [part.name for part in parts(folder, told={}, figures=["ties"], tables=["power"])] == ["how"]


def test_what_a_run_did_not_make_is_named_unless_it_is_not_made_by_default(folder):
    assert folder.absent(folder.sheets()) == ["figure ties", "table power"]


def test_a_figure_that_the_study_does_not_have_is_no_part_of_the_page_even_where_an_earlier_run_left_its_file(folder):
    assert Folder(folder.results, {}, {}).drawings() == {}


def test_prose_takes_its_values_and_escapes_them_once(tmp_path):
    template = tmp_path / "methods.md.j2"
    template.write_text("### Data\n\n{{ rows }} rows of `{{ name }}`\n")
    assert prose_html(template, rows=5, name="a<b") == "<h3>Data</h3>\n<p>5 rows of <code>a&lt;b</code></p>\n"


def test_a_drawing_is_its_svg_alone_described_by_what_is_around_it():
    assert inline_svg(SVG.replace("<svg>", '<svg width="5" role="img">') + "\n") == (
        '<svg width="5"><defs><path id="a"/></defs><use href="#a" clip-path="url(#a)"/></svg>'
    )


def test_colours_that_follow_the_page_lose_those_to_fall_back_on():
    svg = '<svg><path style="fill: var(--ink, #222222)" fill="#222222" stroke="#000"/><path fill="#fff"/></svg>'
    assert inline_svg(svg) == '<svg><path style="fill: var(--ink, #222222)"/><path fill="#fff"/></svg>'


def test_coordinates_are_rounded_and_scales_are_not():
    svg = '<svg><g transform="translate(1.23456 2) scale(0.015625)"><path d="M 10.98765  -0.00123 z "/></g></svg>'
    assert inline_svg(svg) == '<svg><g transform="translate(1.23 2) scale(0.015625)"><path d="M 10.99 -0 z"/></g></svg>'


def test_marks_that_look_alike_share_one_style():
    mark = '<use x="{}" style="fill: red"/>'
    alike, unlike = mark.format(1) + mark.format(2), mark.format(1) + mark.format(2).replace("red", "blue")
    assert inline_svg(f"<svg><g>{alike}</g></svg>") == '<svg><g style="fill: red"><use x="1"/><use x="2"/></g></svg>'
    assert inline_svg(f"<svg><g>{unlike}</g></svg>") == f"<svg><g>{unlike}</g></svg>"


TERMS = [
    {"term": "F1", "meaning": "A mean & more.", "words": ["F1", "F1s"]},
    {"term": "Drop", "meaning": "A difference.", "tables": ["verdict"]},
    {"term": "Macro-F1", "meaning": "Another.", "classes": True},
]


def entries(sheets, notes=None):
    run = {"grid": {"trees": {"reason": "too large"}}, "titles": [("trees", "Trees")], "notes": notes or {}}
    return glossary(TERMS, [SCHEMES["kfold"]], {"Trees": "From a post.", "Ten": ""}, run, sheets, Words(row="law"))


def test_the_glossary_has_the_terms_that_the_study_meets_its_schemes_and_agents():
    found = entries({})
    assert [entry.term for entry in found.terms] == ["F1"]
    assert found.terms[0].meaning == "<p>A mean &amp; more.</p>\n"
    [scheme] = found.schemes
    assert (scheme.anchor, scheme.term) == ("scheme-kfold", "cross-validation")
    assert scheme.meaning.startswith("<code>kfold</code>: cross-validation")
    assert [entry.term for entry in found.agents] == ["Trees"]
    assert [entry.term for entry in entries({"verdict": sheet_of(TABLE)}).terms] == ["F1", "Drop"]


def test_a_note_below_several_tables_is_said_once_and_no_scheme_or_agent_is_explained_below_a_table():
    twice, own = "- Intervals cover, of each law.", "- Of this alone."
    table = TABLE.replace(
        "- `kfold`: cross-validation.", f"- `kfold`: {SCHEMES['kfold'].description}.\n{twice}\n- Trees: grown."
    )
    sheets = {"f1": sheet_of(table.replace("- a note", own)), "gap": sheet_of(table)}
    found = entries(sheets, {"Trees": "grown"})
    assert "Intervals cover" in found.notes
    assert markup.without(sheets["f1"], found.said).notes == [own]


def test_the_first_mention_of_a_term_leads_to_it():
    links = Links([Entry("term-f1", "F1", "", ["F1", "F1s"]), Entry("term-drop", "Drop", "", ["drop"])])
    said = links.of("F1 & macro-F1: the drop of F1s < a drop")
    assert said == (
        '<a class="term" href="#term-f1">F1</a> &amp; macro-F1: the <a class="term" href="#term-drop">drop</a> of F1s &lt; a drop'
    )


def page(sections, stamp=None, **others):
    verdict = {"title": "Trees", "word": "falls", "said": "by .1", "basis": "9 rows"}
    first = {"lead": "It is < .5.", "about": "Drops.", "verdicts": [verdict], "notes": ["Trees: grown < here."]}
    terms = Glossary([Entry("term-f1", "F1", "<p>A mean.</p>")], [], [], "", frozenset())
    values = {"title": "Real?", "subtitle": "a & b", "colours": {"ink": "#123456"}, "dark": {"ink": "#abcdef"}}
    values |= {"first": first, "first_figure": None, "not_run": None}
    values |= {
        "parts": sections,
        "glossary": terms,
        "vocabulary": WORDS,
        "links": Links(terms.terms),
        "methods": "<p>By hand.</p>",
    }
    values |= {"left_out": ["Trees < words"], "provenance": [("seeds", 2)], "citations": ["A. B & C."], "bibtex": "@misc{a}"}
    return render(TEMPLATE, stamp=stamp, **values | others)


def test_the_page_holds_everything_and_fetches_nothing(folder):
    html = page(parts(folder))
    tags = Reader(html).tags
    for said in (
        "It is &lt; .5.",
        "F1 falls &lt; half.",
        "<p>By hand.</p>",
        "<li>Trees &lt; words.</li>",
        "<li>A. B &amp; C.</li>",
    ):
        assert said in html
    assert '<th scope="row">seeds</th><td>2</td>' in html
    links = [attrs.get("href") or attrs.get("src") for tag, attrs in tags if tag in ("a", "link", "script", "img", "iframe")]
    assert all(link is None or link.startswith(("#", "data:", "../tables/")) for link in links)
    targets = {attrs["id"] for _, attrs in tags if "id" in attrs}
    assert {link[1:] for link in links if link and link.startswith("#")} <= targets | {"scheme-kfold"}
    [drawing] = [attrs for tag, attrs in tags if attrs.get("role") == "img"]
    assert drawing["aria-label"] == CAPTIONS["label_rate"]


def test_every_id_of_the_page_is_there_once(folder):
    ids = [attrs["id"] for _, attrs in Reader(page([*parts(folder), Part("two", "Two", "Two")])).tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_the_stamp_stands_on_the_first_screen():
    html = page([], stamp="synthetic corpus")
    assert html.index('<p class="stamp">synthetic corpus</p>') < html.index("It is &lt; .5.")
    assert 'class="stamp"' not in page([])


def test_the_first_screen_has_a_word_for_each_agent_and_a_line_on_those_not_run():
    html = page([], not_run={"agents": ["Forests", "Boards"], "how": "write <it>"})
    [verdict] = [attrs for tag, attrs in Reader(html).tags if "data-tip" in attrs]
    assert (verdict["class"], verdict["data-tip"], verdict["data-agent"]) == ("falls", "9 rows", "1")
    assert "Not run here: Forests; Boards. To run one: write &lt;it&gt;." in html
    assert "Not run here" not in page([])
    assert "Trees: grown &lt; here." in html


def test_below_each_table_its_csv_is_linked(folder):
    html = page(parts(folder))
    assert '<a href="../tables/f1.csv">f1.csv</a>' in html
    assert '<a href="../tables/gap.csv">gap.csv</a>' in html


def test_the_colours_of_figures_are_those_of_the_page_light_and_dark():
    html = page([])
    assert html.index("--ink: #123456;") < html.index("prefers-color-scheme: dark") < html.index("--ink: #abcdef;")


def test_where_all_was_run_and_nothing_found_it_is_said():
    none = {"lead": None, "about": None, "verdicts": [], "notes": []}
    html = page([Part("how", "How?", "How")], first=none, left_out=[])
    assert "Everything that is planned was run." in html
    assert "This run made no findings." in html

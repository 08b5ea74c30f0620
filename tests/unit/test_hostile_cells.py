"""Whatever a group, a label or an agent is called, tables and page show it as it is, and nothing in it comes to life."""

from __future__ import annotations

import html
import re

import pandas as pd
import pytest
from markdown_it import MarkdownIt

from mirage.report.markup import sheet_of, whole_html
from mirage.results import read_csv
from mirage.tables.layout import Panel, latex, markdown, write_table
from mirage.tables.notes import agent_notes
from mirage.words import Words

HOSTILE = [
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</td></table>", "<!-- -->", "&amp; &lt;b&gt;", "a & b"),
    *("a|b", "a\\|b", "\\", "\\*", "\\ ~ ^", "x\\", "~~gone~~", "~a~", "**bold** and _slanted_", "snake_case", "`code`"),
    *("[a](javascript:alert(1))", "![a](b.png)", "[a]: b", "# title", "> said", "- item", "1. item", "$x^2$ and $y$", "50 %", "{a}"),
    *("=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "'=1", "''", "\t=1", "=HYPERLINK(\"http://a\")", "-inf", "-5", "+5"),
    *("NA", "nan", "null", "1e3", "007", "None", "true", 'a "quoted", one', "‮reversed", "é 中 🙂"),
]  # fmt: skip


def table(name: str) -> pd.DataFrame:
    return pd.DataFrame({"group": [name, "other"], "f1": [".500", ".250"]})


@pytest.mark.parametrize("name", HOSTILE)
def test_markdown_and_page_show_a_cell_as_it_is(name: str) -> None:
    text = markdown("T", [Panel("F1.", table(name))], [], None)
    for page in (MarkdownIt("js-default").render(text), whole_html(sheet_of(text))):
        cells = [html.unescape(cell) for cell in re.findall(r"<t[dh]\b[^>]*>(.*?)</t[dh]>", page)]
        assert cells == ["group", "f1", " ".join(name.split()), ".500", "other", ".250"]
    # As a site reads it that takes HTML for what it is.
    assert not re.search(r"<(script|img|/td|!)", re.sub(r"\\<", "", text))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_csv_gives_back_what_was_written_and_runs_nothing(tmp_path, name: str) -> None:
    frame = pd.DataFrame({"group": [name, "other"], "f1": [0.5, -0.25]})
    write_table(tmp_path / "t", "T", frame, [], [], None)
    assert read_csv(tmp_path / "t.csv")["group"].tolist() == [name, "other"]
    shown = pd.read_csv(tmp_path / "t.csv", dtype=str, keep_default_na=False)
    assert shown["f1"].tolist() == ["0.500000", "-0.250000"]
    assert not re.match(r"[=@\t\r]|[+-](?![\d.]+$|inf$)", shown["group"][0])


@pytest.mark.parametrize("name", HOSTILE)
def test_latex_writes_characters_and_no_commands(name: str) -> None:
    text = latex("T", [Panel(f"On {name}.", table(name))], [], None)
    cell, caption = re.search(r"^(.*) & \.500", text, re.MULTILINE), re.search(r"\\caption\{On (.*)\.\}", text)
    for written in (cell, caption):
        assert written
        assert _as_set(written[1]).split() == name.split()


def _as_set(written: str) -> str:
    """Return the characters that LaTeX sets; a command, or a character that it takes for one, is an error."""
    known = {"textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "space": " "}
    pieces = re.findall(r"\\([a-z]+)(?:\{\}| ?)|\\([&%$#_{}])|([^\\&%$#_{}~^])", written)
    assert re.sub(r"\\([a-z]+)(?:\{\}| ?)|\\([&%$#_{}])|([^\\&%$#_{}~^])", "", written) == ""
    return "".join(known[command] if command else character or plain for command, character, plain in pieces)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_note_shows_the_title_of_an_agent_as_it_is(name: str) -> None:
    [note] = agent_notes({name: "greedy"})
    shown = html.unescape(re.sub(r"^<ul>\s*<li>|</li>\s*</ul>\s*$", "", MarkdownIt("js-default").render(note)))
    assert " ".join(shown.split()) == f"{' '.join(name.split())}: greedy."


def test_a_column_with_a_bar_in_its_name_cuts_no_table(tmp_path) -> None:
    words = Words(group="site | $a$", row="a_b")
    frame = pd.DataFrame({"worst «group»": ["x"], "«rows»": ["1"]})
    write_table(tmp_path / "t", "By «group»", frame, [Panel("Over «groups».", frame)], [], None, words)
    text = (tmp_path / "t.md").read_text()
    assert "| worst site \\| \\$a\\$ | a_bs |" in text
    assert "Over site | $a$s." in html.unescape(MarkdownIt("js-default").render(text))
    assert "worst site | \\$a\\$ & a\\_bs" in (tmp_path / "t.tex").read_text()
    assert sheet_of(text).title == "By site | $a$"

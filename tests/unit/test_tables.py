import math

import pandas as pd
import pytest

from mirage.tables.layout import Panel, latex, markdown, number, with_interval, write_table

STAMP = "synthetic corpus: made-up text"
NAN = math.nan


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.7514, 3, ".751"),
        (0.7516, 3, ".752"),
        (-0.25, 2, "-.25"),
        (1.0, 3, "1.000"),
        (0.9996, 3, "1.000"),
        (10.25, 1, "10.2"),
        (357.0, 0, "357"),
        (0.0, 3, ".000"),
        (-0.0004, 3, ".000"),
        (-0.0006, 3, "-.001"),
        (NAN, 3, "–"),
        (None, 3, "–"),
    ],
)
def test_a_score_is_written_without_its_leading_zero(value, digits, text):
    assert number(value, digits) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((0.5, 0.25, 0.75), ".500 [.250, .750]"),
        ((0.1, -0.2, 1.0), ".100 [-.200, 1.000]"),
        ((0.5, NAN, NAN), ".500"),
        ((0.5, 0.2, NAN), ".500"),
        ((NAN, 0.25, 0.75), "missing"),
    ],
)
def test_an_estimate_is_written_with_its_interval(values, text):
    assert with_interval(*values) == text


def panel(**columns):
    return Panel("F1, 95% interval.", pd.DataFrame(columns))


def test_markdown_lays_out_title_stamp_captions_tables_and_notes():
    text = markdown("F1", [panel(agent=["Words", "Trees"], f1=[".500", "missing"])], ["- Words: greedy."], STAMP)
    assert text == (
        "# F1\n\n**synthetic corpus: made-up text**\n\nF1, 95% interval.\n\n"
        "| agent | f1 |\n| :-- | --: |\n| Words | .500 |\n| Trees | missing |\n\n- Words: greedy.\n"
    )


def test_markdown_cells_cannot_break_the_table():
    assert "| white\\|black | .5 |" in markdown("T", [panel(agent=["white|black"], f1=[".5"])], [], None)


def test_the_real_corpus_gets_no_stamp():
    cells = panel(agent=["Words"], f1=[".5"])
    assert markdown("T", [cells], [], None).startswith("# T\n\nF1, 95% interval.\n\n| agent")
    assert "\\caption{F1, 95\\% interval.}" in latex("T", [cells], [], None)


def test_latex_escapes_cells_headers_and_captions():
    cells = pd.DataFrame({"agent": ["R&D_1 #2 {x}", "50 %"], "f1 & more": ["$1", "–"]})
    text = latex("T", [Panel("On f1_table & 95% {x} #1 $", cells)], [], None)
    assert "R\\&D\\_1 \\#2 \\{x\\}" in text
    assert "50 \\%" in text
    assert "f1 \\& more" in text
    assert "\\$1" in text
    assert "\\caption{On f1\\_table \\& 95\\% \\{x\\} \\#1 \\$}" in text
    assert "\\begin{tabular}{lr}" in text
    assert [text.count(rule) for rule in ("\\toprule", "\\midrule", "\\bottomrule")] == [1, 1, 1]


def test_latex_notes_are_comments_on_every_line():
    text = latex("T", [], ["- `time`: later_years\n- `kfold`: 5 % each"], None)
    assert [line for line in text.splitlines() if line and not line.startswith("%")] == []
    assert "% - `kfold`: 5 % each" in text.splitlines()


def test_every_panel_s_caption_carries_the_stamp_in_latex():
    text = latex("T", [panel(a=["x"], b=["1"]), panel(a=["y"], b=["2"])], [], STAMP)
    assert text.count("\\caption{synthetic corpus: made-up text. F1, 95\\% interval.}") == 2


def test_three_files_are_written_all_stamped(tmp_path):
    frame = pd.DataFrame({"split": ["random", "time"], "f1": [2 / 3, NAN]})
    write_table(tmp_path / "tables" / "f1", "F1", frame, [panel(agent=["Words"], f1=[".667"])], [], STAMP)
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == ["f1.csv", "f1.md", "f1.tex"]
    assert (tmp_path / "tables/f1.csv").read_bytes() == (
        b"split,f1,stamp\nrandom,0.666667,synthetic corpus: made-up text\ntime,,synthetic corpus: made-up text\n"
    )
    for suffix in ("md", "tex"):
        assert STAMP in (tmp_path / f"tables/f1.{suffix}").read_text(encoding="utf-8")


def test_without_a_stamp_the_csv_is_the_frame(tmp_path):
    frame = pd.DataFrame({"split": ["random"], "n": [357]})
    write_table(tmp_path / "t", "T", frame, [], [], None)
    assert (tmp_path / "t.csv").read_bytes() == b"split,n\nrandom,357\n"
    assert list(frame.columns) == ["split", "n"]

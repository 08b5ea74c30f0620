from pathlib import Path

import pandas as pd
import pytest

from mirage.errors import StudyError
from mirage.figures.style import BLUE, GREEN, styled
from on_the_books.figures import agents_grid

RESOURCES = Path(__file__).parents[2] / "workflow/resources"
GRID = pd.DataFrame(
    [("Opus", 0.96, 2, "A"), ("Kimi", 0.9, 2, "B"), ("Opus", 0.949, 3, "C")], columns=["model", "f1", "digits", "run"]
)
CARD = {"part": "models", "rows": 100, "positives": 30}
MODELS = pd.DataFrame(
    [
        {**CARD, "published_by": "A", "f1": 0.96, "low": 0.9, "high": 0.99},
        {**CARD, "published_by": "B", "f1": 0.91, "low": 0.85, "high": 0.95},
        {**CARD, "published_by": "C", "f1": 0.95, "low": 0.9, "high": 0.98, "rows": 80},
        {"part": "homogeneity", "f1": 0.95},
    ]
)
QUOTED = pd.DataFrame(
    [
        ("A", "f1", "one", "a-as-run"),
        ("A", "recall", "two", "a-as-run"),
        ("B", "f1", "two", "b-as-run"),
        ("C", "f1", "one", "c"),
    ],
    columns=["published_by", "metric", "split", "agent"],
)
FOUND = {"status": "complete", "low": 0.8, "high": 0.95}
TABLE = pd.DataFrame(
    [
        {"split": "one", "agent": "regex", "f1": 0.88, **FOUND},
        {"split": "one", "agent": "a-as-run", "f1": 0.93, **FOUND},
        {"split": "two", "agent": "regex", "status": "missing"},
        {"split": "two", "agent": "b-as-run", "status": "not run here"},
    ]
)


def drawn(**changed):
    frames = {"grid": GRID, "models": MODELS, "quoted": QUOTED, "table": TABLE, **changed}
    return agents_grid.agents_grid_figure(*frames.values(), {"regex": "Race words"})


@pytest.fixture
def figure():
    with styled():
        yield drawn()


@pytest.fixture
def panels(figure):
    return dict(zip("ABC", figure.axes, strict=True))


def marks(axes, color):
    chosen = [line for line in axes.lines if line.get_marker() != "None" and line.get_color() == color]
    return [(round(float(line.get_xdata()[0]), 6), float(line.get_ydata()[0])) for line in chosen]


def test_a_run_is_a_panel_in_the_order_of_the_table(figure):
    said = [text.get_text() for text in figure.texts]
    assert said[:6] == ["A", "30 of 100 rows positive", "B", "30 of 100 rows positive", "C", "30 of 80 rows positive"]


def test_what_no_run_has_is_one_line_of_text(figure):
    without = drawn(table=TABLE[TABLE["agent"] != "a-as-run"])
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()][2:] == ["our run of its recipe", "Race words"]
    assert [label.get_text() for label in without.axes[0].get_yticklabels()][2:] == ["Race words"]
    assert without.texts[-1].get_text() == "No results: our run of its recipe."


def test_quoted_values_stand_above_ours_each_with_its_interval(panels):
    assert marks(panels["A"], GREEN) == [(0.96, 0), (0.96, 1)]
    assert marks(panels["A"], BLUE) == [(0.93, 2), (0.88, 3)]
    intervals = [tuple(line.get_xdata()) for line in panels["A"].lines if line.get_marker() == "None"]
    assert intervals == [(0.9, 0.99), (0.8, 0.95), (0.8, 0.95)]
    hollow = [
        line.get_markerfacecolor() for line in panels["A"].lines if line.get_color() == GREEN and line.get_marker() == "D"
    ]
    assert hollow == ["white", "white"]


def test_where_the_post_and_the_card_disagree_both_are_written(panels):
    words = [text.get_text() for text in panels["B"].texts]
    assert words[:2] == [".90", ".910"]


def test_what_is_missing_or_not_run_says_so(panels):
    assert [text.get_text() for text in panels["B"].texts][2:] == ["not run here", "missing"]
    assert "not run here" in [text.get_text() for text in panels["C"].texts]


def test_a_run_that_nobody_published_is_one_clear_line():
    with pytest.raises(StudyError, match=r"published grid: run 'D' has no published F1; write one of A, B, C"):
        drawn(grid=GRID.assign(run=["A", "B", "D"]))


def test_a_grid_without_a_column_is_one_clear_line():
    with pytest.raises(StudyError, match="published grid: column 'digits' is missing; it needs model, f1, digits, run"):
        drawn(grid=GRID.drop(columns="digits"))


def test_the_quoted_table_names_the_runs_whose_cards_are_quoted_and_says_where_the_two_differ():
    grid, counts = pd.read_csv(RESOURCES / "published_grid.csv"), pd.read_csv(RESOURCES / "published_counts.csv")
    assert sorted(grid["run"]) == sorted(counts["published_by"])
    card = grid["run"].map(counts.set_index("published_by")["f1"])
    differs = (card - grid["f1"]).abs() > 0.5 * 10.0 ** -grid["digits"] + 1e-9
    assert grid.loc[differs, "run"].tolist() == ["ml-intern + Kimi K2.6"]
    assert grid.loc[differs, "note"].str.contains(".9561", regex=False).all()

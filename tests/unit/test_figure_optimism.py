import math

import pandas as pd
import pytest

from mirage.figures import optimism
from mirage.figures.style import BLUE, ORANGE, styled

NAN = math.nan
CALLED = {"stratified": "random split", "matched": "site A held out", "exact-sklearn": "its own split"}
TITLES = {"tiny": "Tiny", "large": "Large", "tiny-as-run": "Tiny, as run"}


def row(split, agent, validation, last, seeds=3):
    row = {"split": split, "agent": agent, "seeds": seeds}
    row |= dict(zip(("over_validation", "low_over_validation", "high_over_validation"), validation, strict=True))
    return row | dict(zip(("over_last", "low_over_last", "high_over_last"), last, strict=True))


TABLE = pd.DataFrame(
    [
        row("stratified", "tiny", (0.02, -0.01, 0.05), (0.01, 0.0, 0.02)),
        row("matched", "tiny", (0.03, 0.0, 0.06), (0.0, NAN, NAN)),
        row("exact-sklearn", "tiny-as-run", (NAN, NAN, NAN), (0.04, 0.01, 0.07), seeds=1),
    ]
)


@pytest.fixture
def figure():
    with styled():
        yield optimism.optimism_figure(TABLE, TITLES, CALLED)


@pytest.fixture
def panels(figure):
    return figure.axes


def marks(axes, color):
    chosen = [line for line in axes.lines if line.get_color() == color and line.get_marker() != "None"]
    return [(float(line.get_xdata()[0]), round(float(line.get_ydata()[0]))) for line in chosen]


def test_an_encoder_that_ran_is_a_panel_that_says_its_seeds(figure, panels):
    assert [text.get_text() for text in figure.texts][:4] == ["Tiny", "3 seeds", "Tiny, as run", "1 seed"]
    assert [[label.get_text() for label in axes.get_yticklabels()] for axes in panels] == [
        ["random split", "site A held out"],
        ["its own split"],
    ]


def test_both_differences_stand_at_their_scheme_with_their_intervals(panels):
    assert marks(panels[0], BLUE) == [(0.02, 0), (0.03, 1)]
    assert marks(panels[0], ORANGE) == [(0.01, 0), (0.0, 1)]
    assert [text.get_text() for text in panels[0].texts] == [
        ".020 [-.010, .050]",
        ".010 [.000, .020]",
        ".030 [.000, .060]",
        ".000",
    ]


def test_without_validation_rows_there_is_no_choice_to_compare_with(panels):
    assert marks(panels[1], BLUE) == []
    assert [text.get_text() for text in panels[1].texts] == ["no validation rows", ".040 [.010, .070]"]


@pytest.mark.parametrize(("table", "titles"), [(None, TITLES), (None, {}), (TABLE, {"other": "Other"})])
def test_without_a_fine_tune_the_figure_says_so(table, titles):
    with styled():
        figure = optimism.optimism_figure(table, titles, CALLED)
        assert figure.axes == []
        assert [text.get_text().replace("\n", " ") for text in figure.texts] == [optimism.NONE_RAN]

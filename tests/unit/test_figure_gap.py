import math

import pandas as pd
import pytest

from mirage.figures import gap
from mirage.figures.style import BLUE, ORANGE, styled

NAN = math.nan
TITLES = {"words": "Ten words", "trees": "Trees", "absent": "Absent"}


def row(agent, held_out, value, low=NAN, high=NAN, rows=NAN):
    floors = {"always_positive_reference": 0.4, "always_positive_held_out": 0.9}
    names = {"agent": agent, "held_out": held_out, "gap": value, "low": low, "high": high, "rows": rows, "positives": rows / 2}
    return names | (floors if rows == rows else dict.fromkeys(floors, NAN))


TABLE = pd.DataFrame(
    [
        row("words", "murray", 0.1, -0.05, 0.2, 38),
        row("trees", "murray", NAN),
        row("words", "time", NAN),
        row("trees", "time", NAN),
    ]
)


@pytest.fixture
def figure():
    with styled():
        yield gap.gap_figure(TABLE, {"murray": "murray held out", "time": "later years"}, TITLES)


@pytest.fixture
def panels(figure):
    return figure.axes


def xs(axes, color):
    return [[round(float(x), 6) for x in line.get_xdata()] for line in axes.lines if line.get_color() == color]


def test_a_gap_is_a_dot_on_its_interval_at_its_agents_line(panels):
    assert xs(panels[0], BLUE) == [[-0.05, 0.2], [0.1]]
    assert {float(y) for line in panels[0].lines if line.get_color() == BLUE for y in line.get_ydata()} == {0.0}
    assert [label.get_text() for label in panels[0].get_yticklabels()] == ["Ten words", "Trees"]


def test_the_dummy_that_calls_everything_positive_is_marked(panels):
    assert xs(panels[0], ORANGE) == [[-0.5, -0.5]]


def test_what_is_missing_says_so_and_what_has_no_result_is_one_line(figure):
    [panel] = figure.axes
    assert [text.get_text().strip() for text in panel.texts] == ["missing"]
    said = [text.get_text() for text in figure.texts]
    assert said[:2] == ["murray held out", "19 of 38 held-out rows positive"]
    assert said[-1] == "No results: later years."

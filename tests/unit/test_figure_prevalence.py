import pandas as pd
import pytest

from frames import score_row
from mirage.figures import prevalence
from mirage.figures.style import BLUE, GREEN, GREY, ORANGE, styled

TITLES = {"graded": "Graded", "second": "Second", "absent": "Absent", "late": "Late"}
RESTATED = {"source": "curated", "status": "complete", "prevalence": 0.25}
RESTATED |= {
    "recall_reference": 1.0,
    "fpr_reference": 0.0,
    "restated_reference": 1.0,
    "low_reference": 0.9,
    "high_reference": 1.0,
}
RESTATED |= {"recall": 0.5, "fpr": 0.5, "restated": 0.4, "low": 0.3, "high": 0.5}
TABLE = pd.DataFrame(
    [
        {"split": "time", "agent": "graded", "status": "complete", "f1": 0.6, "rows": 10, "positives": 9},
        {"split": "matched", "agent": "graded", "status": "complete", "f1": 0.5, "rows": 10, "positives": 4},
        {"split": "time", "agent": "second", "status": "missing"},
    ]
)
SCORES = pd.DataFrame(
    [
        score_row(split, "graded", seed, tp=1, threshold=threshold, f1_chosen=f1)
        for split, seed, threshold, f1 in (
            ("random", 0, 0.25, 0.7),
            ("random", 1, 0.75, 0.9),
            ("time", 0, 0.3, 0.5),
            ("matched", 0, 0.4, 0.4),
        )
    ]
)


def decided(*scores):
    """One run a list of scores: two positive rows, then two negative ones."""
    runs = [pd.DataFrame({"seed": seed, "y": [1, 1, 0, 0], "score": values}) for seed, values in enumerate(scores)]
    return pd.concat(runs)


DECIDED = {
    "random": decided([0.9, 0.7, 0.3, 0.1], [0.9, 0.2, 0.3, 0.1]),
    "time": decided([0.9, 0.7, 0.3, 0.1]),
    "matched": decided([0.2, 0.2, 0.2, 0.2]),
}
CALLED = {"random": "random split", "time": "later years", "matched": "curated lists"}


def restated(*rows):
    return pd.DataFrame([{**RESTATED, **row} for row in rows])


ALL = restated(
    {"agent": "graded"},
    {"agent": "graded", "source": "murray", "recall": 0.1},
    {"agent": "second", "status": "too few units (3)"},
    {"agent": "late"},
    {"agent": "unnamed"},
    {"agent": "absent", "status": "not run here"},
)


@pytest.fixture
def figure():
    with styled():
        yield prevalence.prevalence_figure(ALL, TABLE, SCORES, DECIDED, "curated", TITLES, CALLED, "curated lists")


def panels(figure):
    return [axes for axes in figure.axes if axes.get_visible()]


def curves(axes, color):
    return [line for line in axes.lines if line.get_color() == color and len(line.get_xdata()) > 10]


def marks(axes, color, face=None):
    found = [line for line in axes.lines if line.get_color() == color and line.get_marker() != "None"]
    found = [line for line in found if (line.get_markerfacecolor() == "white") == (face == "white")]
    return [(round(float(line.get_xdata()[0]), 6), round(float(line.get_ydata()[0]), 6)) for line in found]


def test_a_scheme_keeps_its_mark_where_an_agent_lacks_another():
    table = TABLE[TABLE["split"] == "matched"]
    with styled():
        first, *_ = panels(
            prevalence.prevalence_figure(ALL, table, SCORES, DECIDED, "curated", TITLES, CALLED, "curated lists")
        )
    assert marks(first, GREEN, "white") == [(0.4, 0.5)]
    assert marks(first, ORANGE, "white") == []


def test_f1_by_threshold_is_that_of_each_seed():
    curve = prevalence.f1_by_threshold(DECIDED["random"]).set_index("threshold")
    # Above .25 the first run finds both positives with one false alarm, the second one of them with as many.
    assert curve.loc[0.25].tolist() == pytest.approx([(0.8 + 0.5) / 2, 0.5, 0.8])
    assert curve.loc[0.5].tolist() == pytest.approx([(1 + 2 / 3) / 2, 2 / 3, 1])
    assert curve.loc[1.0].tolist() == [0, 0, 0]
    assert curve.loc[0.0, "mean"] == pytest.approx(2 * 2 / (2 + 4))


def test_each_agent_that_ran_is_a_panel_and_the_first_one_has_the_thresholds(figure):
    titles = [axes.get_title(loc="left") for axes in panels(figure)]
    assert titles == ["Graded", "Second", "Late", "Graded: F1 by threshold"]


def test_many_agents_have_a_panel_each():
    names = [f"agent {number}" for number in range(7)]
    many, titles = restated(*({"agent": name} for name in names)), {name: name for name in names}
    with styled():
        figure = prevalence.prevalence_figure(many, TABLE, SCORES, DECIDED, "curated", titles, CALLED, "curated lists")
        assert [axes.get_title(loc="left") for axes in panels(figure)[:-1]] == names


def test_the_curves_are_what_recall_and_false_positives_give_at_every_prevalence(figure):
    first = panels(figure)[0]
    [blue], [orange], [grey] = (curves(first, color) for color in (BLUE, ORANGE, GREY))
    middle = len(grey.get_xdata()) // 2
    assert grey.get_xdata()[middle] == 0.5
    assert [float(line.get_ydata()[middle]) for line in (grey, blue, orange)] == pytest.approx([2 / 3, 1, 0.5])


def test_filled_marks_stand_at_the_corpus_s_share_and_hollow_ones_where_they_were_measured(figure):
    first = panels(figure)[0]
    assert marks(first, BLUE) == [(0.25, 1.0)]
    assert marks(first, ORANGE) == [(0.25, 0.4)]
    assert marks(first, ORANGE, "white") == [(0.9, 0.6)]
    assert marks(first, GREEN, "white") == [(0.4, 0.5)]
    upright = [
        tuple(line.get_ydata()) for line in first.lines if len(line.get_xdata()) == 2 and len(set(line.get_xdata())) == 1
    ]
    assert upright == [(0.9, 1.0), (0.3, 0.5)]


def test_an_agent_without_an_estimate_says_why(figure):
    assert [text.get_text() for text in panels(figure)[1].texts] == ["too few units (3)"]


def test_the_thresholds_that_were_chosen_are_marked_with_their_f1(figure):
    last = panels(figure)[-1]
    assert marks(last, BLUE) == [(0.5, 0.8)]
    assert marks(last, ORANGE) == [(0.3, 0.5)]
    assert marks(last, GREEN) == [(0.4, 0.4)]
    assert [float(line.get_xdata()[0]) for line in last.lines if line.get_color() == GREY] == [0.5]


def test_without_any_agent_the_upper_part_says_missing():
    with styled():
        figure = prevalence.prevalence_figure(ALL, TABLE, SCORES, DECIDED, "paschal", TITLES, CALLED, "curated lists")
        assert [axes.get_title(loc="left") for axes in panels(figure)] == ["Graded: F1 by threshold"]
        assert [text.get_text() for part in figure.subfigs for text in part.texts] == ["missing"]

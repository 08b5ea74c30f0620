"""The forest: each held-out group with its interval, recall where there is no F1, and what has no data in one line."""

import math

import pandas as pd
import pytest
from matplotlib.colors import same_color

from mirage.figures.forest import MOST, forest_figure
from mirage.figures.style import BLUE, GREEN, styled
from mirage.measure import CHOICE, POSITIVE
from mirage.words import Words

NAN = math.nan
TITLES = {"words": "Ten words", "absent": "Absent", "elsewhere": "Not run"}


def judged(scheme, groups, status="complete", agent="words", positives=109.0):
    row = {"agent": agent, "held_out": scheme, "sources": groups, "status": status}
    if status != "complete":
        return row | dict.fromkeys(["positives", "f1_reference", "f1_held_out", "f1_held_out_low", "f1_held_out_high"], NAN)
    ends = {"f1_held_out": 0.5, "f1_held_out_low": 0.3, "f1_held_out_high": 0.6}
    return row | {"positives": positives, "f1_reference": 0.8, **ends}


def recall(what, group, split, value):
    row = {"agent": "words", "what": what, "group": group, "split": split, "status": "complete", "positives": 35.0}
    return row | {"value": value, "low": value - 0.1, "high": value + 0.1}


VERDICT = pd.DataFrame(
    [
        judged("source-murray", "murray", "too few negatives (3): add scheme matched-murray"),
        judged("source-curated", "murray + paschal"),
        judged("source-experts", "experts", "not valid: 3 negatives to train on"),
        judged("source-curated", "murray + paschal", "not run here", agent="elsewhere"),
        judged("source-experts", "experts", "not valid: 3 negatives to train on", agent="elsewhere"),
    ]
)
RECALLS = pd.DataFrame(
    [recall("trained on", "murray", "kfold-grouped", 0.7), recall("group held out", "murray", "source-murray", 0.4)]
)


@pytest.fixture(autouse=True)
def study_style():
    with styled():
        yield


def drawn(table=VERDICT, recalls=RECALLS, measure=POSITIVE):
    return forest_figure(table, recalls, TITLES, measure, Words(group="source"))


def spans(axes, colour):
    return [[round(float(x), 6) for x in line.get_xdata()] for line in axes.lines if same_color(line.get_color(), colour)]


def texts(figure):
    return [text.get_text() for text in figure.texts if text.get_text()]


def test_an_agent_has_a_panel_and_a_group_a_line_with_its_interval():
    figure = drawn()
    [axes] = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["murray (35)", "murray and paschal (109)"]
    assert spans(axes, BLUE) == [[0.3, 0.6], [0.8], [0.5]]
    assert spans(axes, GREEN) == [[0.3, 0.5], [0.7], [0.4]]
    assert "Ten words" in texts(figure)


def test_a_point_says_what_it_is():
    said = {line.get_gid(): line.get_label() for line in drawn().axes[0].lines if line.get_gid()}
    assert said == {
        "point-words-source-murray": (
            "Ten words, murray (35) held out: recall .400 [.300, .500]; .700 where such rows are trained on"
        ),
        "point-words-source-curated": (
            "Ten words, murray and paschal (109) held out: F1 .500 [.300, .600]; .800 where such rows are trained on"
        ),
    }


def test_what_has_no_data_is_a_line_of_text():
    figure = drawn()
    assert texts(figure)[-1] == "experts held out: not valid: 3 negatives to train on."
    assert texts(figure)[-2] == "Recall or F1 on what is held out"
    nothing = drawn(VERDICT[VERDICT["status"] != "complete"], None)
    assert nothing.axes == []
    assert nothing.legends == []
    assert "murray held out: too few negatives (3)" in " ".join(texts(nothing)).replace("\n", " ")


def test_the_legend_has_the_scores_that_are_drawn():
    said = [text.get_text() for text in drawn().legends[0].get_texts()]
    assert said == ["F1, held out", "F1, not held out", "recall, held out", "recall, others of the source trained on"]
    said = [text.get_text() for text in drawn(recalls=None, measure=CHOICE).legends[0].get_texts()]
    assert said == ["macro-F1, held out", "macro-F1, not held out"]


def test_of_many_groups_those_with_the_most_positive_rows_stand_in_their_order():
    many = pd.DataFrame([judged(f"out-{place}", f"g{place}", positives=float(place)) for place in range(MOST + 5)])
    [axes] = drawn(many).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [f"g{place} ({place})" for place in range(5, MOST + 5)]

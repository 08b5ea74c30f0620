"""Figures of a study of several classes: what is drawn where."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from mirage.figures.f1_by_class import DRAWN, f1_by_class_figure
from mirage.figures.label_rate import class_sizes_figure
from mirage.figures.macro_f1 import macro_f1_figure
from mirage.figures.style import BLUE, ORANGE, styled
from mirage.words import Words

NOTHING = np.nan
CHOOSING = pd.DataFrame(
    [
        ("kfold", "tfidf", 0.8, 0.7, 0.9, 100, 4, None, NOTHING, NOTHING),
        ("out-x", "tfidf", 0.6, 0.5, 0.7, 40, 3, "complete", 0.82, 0.61),
    ],
    columns=["split", "agent", "macro_f1", "low", "high", "rows", "classes", "gap_status", "f1_reference", "f1_held_out"],
).assign(floor_most_frequent=0.1, floor_random=0.25)


@pytest.fixture(autouse=True)
def _style():
    with styled():
        yield
    plt.close("all")


def dots(axes, color):
    return [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o" and line.get_color() == color]


def test_macro_f1_stands_beside_both_ends_of_its_gap():
    figure = macro_f1_figure(CHOOSING, ["kfold", "out-x"], {"tfidf": "TF-IDF"})
    near, far = figure.axes
    assert dots(near, BLUE) == [0.8]
    assert dots(near, ORANGE) == []
    assert dots(far, BLUE) == [0.6]
    assert dots(far, ORANGE) == [0.82, 0.61]
    assert "40 test rows, 3 classes" in [text.get_text() for text in figure.texts]
    # The greater of both floors.
    assert [line.get_xdata()[0] for line in near.lines if line.get_linestyle() == "--"] == [0.25]


def test_an_agent_without_an_estimate_is_marked():
    lacking = pd.concat(
        [
            CHOOSING,
            CHOOSING.assign(macro_f1=NOTHING, agent="other", status="missing"),
            CHOOSING.assign(agent="away", status="not run here"),
        ]
    )
    figure = macro_f1_figure(
        lacking, ["kfold"], {"tfidf": "TF-IDF", "other": "Other", "unplanned": "Not planned", "away": "Away"}
    )
    assert [text.get_text() for text in figure.axes[0].texts] == ["missing"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["TF-IDF", "Other"]
    nothing = macro_f1_figure(lacking[lacking["agent"] == "other"], ["kfold"], {"other": "Other"})
    assert nothing.axes == []
    assert nothing.texts[-1].get_text() == "No results: kfold."


def test_the_worst_classes_are_drawn_from_the_top():
    rows = [("kfold", f"c{number}", number / 50, 10) for number in range(40)] + [("out-x", "c0", 0.3, 5)]
    table = pd.DataFrame(rows, columns=["split", "class", "f1", "rows"]).assign(low=0.0, high=1.0)
    [axes] = f1_by_class_figure(table, "kfold", "out-x").axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert len(labels) == DRAWN
    assert labels[0] == "c0 (10)"
    assert dots(axes, ORANGE) == [0.3]
    [alone] = f1_by_class_figure(table, "kfold", None).axes
    assert dots(alone, ORANGE) == []


def test_classes_are_bars_with_their_share():
    audit = {"classes": [{"class": "a", "rows": 30}, {"class": "b", "rows": 70}], "all": {"sections": 100}}
    figure = class_sizes_figure(audit, Words(row="tweet"))
    [axes] = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "a"]
    assert [text.get_text() for text in axes.texts] == [" 70 (70.0 %)", " 30 (30.0 %)"]
    assert "tweets" in [text.get_text() for text in figure.texts]

import pandas as pd
import pytest

from mirage.figures.style import BLUE, GREEN, GREY, styled
from mirage.stats.intervals import f1_wilson
from on_the_books.figures import ties

MODEL = {"part": "models", "low": 0.8, "high": 0.95, "fp": 8, "fn": 3}
PUBLISHED = pd.DataFrame(
    [
        {**MODEL, "published_by": "A", "f1": 0.95, "tp": 99},
        {**MODEL, "published_by": "B", "f1": 0.9, "tp": 99},
        {"part": "homogeneity", "f1": 0.9},
        {"part": "rerun", "f1": None},
    ]
)
RUNS = pd.DataFrame({"agent": ["words", "words", "trees"], "f1": [0.8, 0.9, 0.7]})


@pytest.fixture
def axes():
    with styled():
        yield ties.ties_figure(PUBLISHED, RUNS, {"words": "Ten words", "absent": "Absent"}, 0.95).axes[0]


def points(axes, color, marker):
    chosen = [line for line in axes.lines if line.get_color() == color and line.get_marker() == marker]
    return [[(round(float(x), 6), float(y)) for x, y in zip(*line.get_data(), strict=True)] for line in chosen]


def test_published_scores_stand_above_the_agents(axes):
    assert [label.get_text() for label in axes.get_yticklabels()] == ["A", "B", "Ten words", "Absent"]
    assert points(axes, GREEN, "D") == [[(0.95, 0)], [(0.9, 1)]]


def test_every_seed_is_a_dot_under_its_mean_and_an_agent_without_runs_has_none(axes):
    assert points(axes, GREY, ".") == [[(0.8, 2), (0.9, 2)], []]
    assert points(axes, BLUE, "o") == [[(0.85, 2)]]
    assert [text.get_text() for text in axes.texts] == ["missing"]


def test_the_band_is_the_noise_of_one_test_set_around_the_pooled_score(axes):
    band = axes.patches[0].get_extents().transformed(axes.transData.inverted())
    # F1 .9 is a Jaccard index of .9 / 1.1; TP, FP and FN together are 110.
    assert (band.x0, band.x1) == pytest.approx(f1_wilson(90, 20, 0, 0.95))

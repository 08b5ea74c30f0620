import pandas as pd
import pytest

from frames import decided_rows
from mirage.crossing import outcomes_of_runs
from mirage.figures.style import BLUE, GREEN, ORANGE, styled
from mirage.stats.effective import f1_wilson_clustered
from on_the_books.figures import three_evaluations

RANDOM, CURATED, EXPERTS = "exact-sklearn", "exact-post-curated", "exact-post-experts"
EVALUATIONS = {RANDOM: "Random", CURATED: "Curated out", EXPERTS: "Experts out"}
FOUND = {"status": "complete", "rows": 100, "positives": 30, "f1": 0.7, "low": 0.6, "high": 0.8, "f1_chosen": 0.75}
TABLE = pd.DataFrame(
    [
        {"split": RANDOM, "agent": "words", "always_positive_f1": 0.4, **FOUND},
        {"split": RANDOM, "agent": "other", "always_positive_f1": 0.4, **FOUND, "f1": 0.1},
        {"split": CURATED, "agent": "words", "status": "missing"},
    ]
)
# Thirty positive rows of their own units and five that are called positive wrongly; seed 0 misses five, seed 1 nine.
Y = [1] * 30 + [0] * 5
DECIDED = {split: decided_rows(split, "other", 0, Y, Y).assign(predicted_chosen=Y) for split in EVALUATIONS}
DECIDED[RANDOM] = pd.concat(
    [
        decided_rows(RANDOM, "words", seed, Y, Y).assign(predicted_chosen=[1] * (30 - missed) + [0] * missed + [1] * 5)
        for seed, missed in ((0, 5), (1, 9))
    ]
)
INTERVAL = f1_wilson_clustered(outcomes_of_runs(DECIDED[RANDOM], "predicted_chosen"))
TIES = pd.DataFrame({"split": [RANDOM] * 3 + [CURATED], "tied": [9] * 4, "kept": [4] * 4, "f1": [0.7, 0.72, 0.72, 0.5]})
PUBLISHED = pd.DataFrame(
    [
        (RANDOM, "words", "all", "f1", 0.71, 2),
        (EXPERTS, "words", "all", "precision", 0.9, 2),
        (RANDOM, "other", "all", "f1", 0.1, 2),
    ],
    columns=["split", "agent", "group", "metric", "value", "digits"],
)


@pytest.fixture
def figure():
    with styled():
        yield three_evaluations.three_evaluations_figure(TABLE, DECIDED, TIES, PUBLISHED, EVALUATIONS, "words", 0.95)


@pytest.fixture
def panels(figure):
    return figure.axes


def marks(axes, color, marker):
    chosen = [line for line in axes.lines if line.get_marker() == marker and line.get_color() == color]
    return [(round(float(line.get_xdata()[0]), 6), float(line.get_ydata()[0])) for line in chosen]


def test_the_quoted_value_ours_at_both_thresholds_and_no_model_at_all_stand_under_each_other(panels):
    random = panels[0]
    assert marks(random, GREEN, "D") == [(0.71, 0)]
    assert marks(random, BLUE, "o") == [(0.7, 1)]
    assert marks(random, BLUE, "s") == [(0.75, 3)]
    assert marks(random, ORANGE, "d") == [(0.4, 4)]
    assert [label.get_text() for label in random.get_yticklabels()] == list(three_evaluations.LINES)


def test_every_value_of_the_tie_orders_is_marked_once(panels):
    [line] = [line for line in panels[0].lines if line.get_marker() == "|"]
    assert sorted(line.get_xdata()) == [0.7, 0.72]
    assert set(line.get_ydata()) == {2}
    assert not [line for line in panels[1].lines if line.get_marker() == "|"]


def test_without_ties_it_says_so():
    with styled():
        [axes] = three_evaluations.three_evaluations_figure(
            TABLE, DECIDED, TIES.iloc[:0], PUBLISHED, {RANDOM: "Random"}, "words", 0.95
        ).axes
    assert "no n-gram ties" in [text.get_text() for text in axes.texts]


def test_the_interval_at_the_chosen_threshold_is_of_the_decided_rows(panels):
    intervals = [line.get_xdata() for line in panels[0].lines if line.get_marker() == "None"]
    assert list(intervals[0]) == [0.6, 0.8]
    assert list(intervals[1]) == pytest.approx(INTERVAL)


def test_every_value_is_written_with_the_digits_it_was_published_with(panels):
    right = [text.get_text() for text in panels[0].texts if text.get_position()[0] > 1]
    low, high = INTERVAL
    assert right[:2] == [".71", ".700 [.600, .800]"]
    assert right[2] == ".700 to .720 in 3"
    assert right[3] == f".750 [{low:.3f}, {high:.3f}]".replace("0.", ".")
    assert right[4] == ".400"


def test_what_is_missing_or_not_quoted_says_so(figure):
    words = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    assert words[1] == ["not quoted", *["missing"] * 4]
    assert words[2] == ["not quoted", *["not run here"] * 4]
    assert [text.get_text() for text in figure.texts][:2] == ["Random", "30 of 100 rows positive"]

"""One decision of several models, by hand: three classes, four rows, two runs."""

import numpy as np
import pandas as pd
import pytest

from mirage.classes.choosing import OTHER_ROWS, SEVERAL, choices_of, choosing_table, macro_f1
from mirage.classes.joined import choosing_panels
from mirage.errors import StudyError

TRUTH = {"a": [1, 1, 0, 0], "b": [0, 0, 1, 0], "c": [0, 0, 0, 1]}
# Run 0 names a, a, b, c; run 1 names a, b, b, b.
SCORES = {
    "a": ([0.9, 0.6, 0.1, 0.2], [0.9, 0.3, 0.1, 0.2]),
    "b": ([0.2, 0.5, 0.7, 0.1], [0.2, 0.5, 0.7, 0.4]),
    "c": ([0.1, 0.4, 0.3, 0.3], [0.1, 0.4, 0.3, 0.3]),
}


def decided(scores=SCORES, truth=TRUTH, agent="words", rows=(0, 1, 2, 3), unit=(0, 0, 1, 2)):
    def frame(name):
        runs = [
            {"agent": agent, "seed": seed, "row": rows, "y": truth[name], "score": run, "unit": unit}
            for seed, run in enumerate(scores[name])
        ]
        return pd.concat([pd.DataFrame(run) for run in runs], ignore_index=True)

    return {name: frame(name) for name in scores}


def test_the_highest_score_names_the_class():
    choices = choices_of(decided())
    assert choices.truth.tolist() == [0, 0, 1, 2]
    assert choices.chosen.tolist() == [[0, 0, 1, 2], [0, 1, 1, 1]]
    assert choices.unit.tolist() == [0, 0, 1, 2]


def test_equal_scores_name_the_class_with_most_rows():
    alike = {name: ([0.5] * 4,) for name in ("c", "b", "a")}
    assert choices_of(decided(alike)).chosen.tolist() == [[2, 2, 2, 2]]


def test_the_order_of_the_rows_in_a_file_is_none_of_the_choices():
    frames = decided()
    mixed = {**frames, "b": frames["b"].sample(frac=1, random_state=0)}
    assert choices_of(mixed).chosen.tolist() == choices_of(frames).chosen.tolist()


def test_macro_f1_is_the_mean_over_the_classes_of_the_test_rows():
    choices = choices_of(decided())
    # Run 1: a 1 of 2 found, none wrong, 2/3; b found, two wrong, 1/2; c not found, 0.
    assert macro_f1(choices, 3).tolist() == [[1.0, pytest.approx((2 / 3 + 1 / 2 + 0) / 3)]]


def test_a_class_that_a_draw_lost_is_left_out_unless_it_was_chosen():
    choices = choices_of(decided())
    # Rows 0 and 2 alone: no c in truth or choice; row 3 alone, which run 1 calls b.
    found = macro_f1(choices, 3, np.array([[1, 0, 1, 0], [0, 0, 0, 1]], dtype=float))
    assert found.tolist() == [[1.0, 1.0], [1.0, 0.0]]


def test_studies_of_other_rows_make_no_choice():
    frames = decided()
    assert choices_of({**frames, "b": frames["b"].assign(row=frames["b"]["row"] + 1)}) == OTHER_ROWS
    assert choices_of({**frames, "b": frames["b"].iloc[:4]}) == OTHER_ROWS
    moved = {name: frame.assign(row=frame["row"] + frame["seed"]) for name, frame in frames.items()}
    assert choices_of(moved) == SEVERAL


def test_a_row_of_no_class_or_two_is_told_in_one_line():
    with pytest.raises(StudyError, match=r"row 3 is positive in the studies of 0 classes; each row has one class"):
        choices_of(decided(truth={**TRUTH, "c": [0, 0, 0, 0]}))


def table(level=0.5):
    splits = {
        "every": decided(),
        "held": decided({name: (runs[1], runs[1]) for name, runs in SCORES.items()}),
        "random": {**decided(), "b": decided()["b"].assign(row=9)},
        "part": {**decided(), "c": decided(agent="other")["c"]},
    }
    return choosing_table(splits, "every", level=level, draws=200, seed=0)


def test_the_table_has_the_gap_to_the_reference_and_says_what_it_cannot_tell():
    found = table().set_index(["agent", "split"])
    second = (2 / 3 + 1 / 2) / 3
    assert found.loc[("words", "every"), "macro_f1"] == pytest.approx((1 + second) / 2)
    assert found.loc[("words", "held"), "gap"] == pytest.approx((1 + second) / 2 - second)
    assert found.loc[("words", "held"), "accuracy"] == 0.5
    assert found.loc[("words", "held"), ["seeds", "rows", "units", "classes"]].tolist() == [2, 4, 3, 3]
    assert pd.isna(found.loc[("words", "every"), "gap"])
    assert found.loc[("words", "random"), "status"] == OTHER_ROWS
    assert found.loc[("words", "part"), "status"] == "missing for c"
    assert found.loc[("other", "part"), "status"] == "missing for a, b"
    low, high = found.loc[("words", "held"), ["gap_low", "gap_high"]]
    assert low < found.loc[("words", "held"), "gap"] < high
    pd.testing.assert_frame_equal(table(), table())


def test_three_units_have_no_interval_at_95_percent():
    found = table(level=0.95).set_index(["agent", "split"])
    assert found.loc[("words", "held"), ["low", "high", "gap_low", "gap_high"]].isna().all()
    assert found.loc[("words", "held"), "gap"] > 0


def test_the_panel_prints_what_there_is():
    [panel] = choosing_panels(table(), 0.5)
    assert "Gap: macro-F1 on every, which tests every row, minus this" in panel.caption
    cells = panel.cells[panel.cells["agent"] == "words"].set_index("split")
    assert cells.loc["held", "macro-F1"].startswith(".389 [")
    assert cells.loc["random", "macro-F1"] == OTHER_ROWS
    assert cells.loc["random", "gap"] == cells.loc["every", "gap"] == "–"

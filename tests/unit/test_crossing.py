import numpy as np
import pandas as pd

from mirage.crossing import outcomes_of_runs

# Seed 4 comes first in the file and tests rows 9 and 2; seed 1 tests 5 and 9.
DECIDED = pd.DataFrame(
    [
        ("random", "words", 4, 9, 1, 30, 1, 0),
        ("random", "words", 4, 2, 0, 10, 1, 1),
        ("random", "words", 1, 5, 1, 10, 0, 1),
        ("random", "words", 1, 9, 1, 30, 0, 1),
    ],
    columns=["split", "agent", "seed", "row", "y", "unit", "predicted", "predicted_chosen"],
)


def test_runs_cross_rows_with_absent_rows_marked():
    crossed = outcomes_of_runs(DECIDED)
    assert (crossed.split, crossed.agent) == ("random", "words")
    assert crossed.rows.tolist() == [2, 5, 9]
    assert crossed.y.tolist() == [0, 1, 1]
    assert crossed.cluster.tolist() == [10, 10, 30]
    # Runs in order of seed: 1, then 4.
    assert crossed.present.tolist() == [[False, True, True], [True, False, True]]
    assert np.where(crossed.present, crossed.predicted, -1).tolist() == [[-1, 0, 0], [1, -1, 1]]
    tp, fp, fn, tn = crossed.counts()
    assert (tp.tolist(), fp.tolist(), fn.tolist(), tn.tolist()) == ([0, 1], [0, 1], [2, 0], [0, 0])


def test_the_decision_at_the_chosen_threshold_can_be_taken_instead():
    crossed = outcomes_of_runs(DECIDED, "predicted_chosen")
    assert np.where(crossed.present, crossed.predicted, -1).tolist() == [[-1, 1, 1], [1, -1, 0]]


def test_the_order_of_the_rows_of_the_file_does_not_matter():
    first, second = outcomes_of_runs(DECIDED), outcomes_of_runs(DECIDED.iloc[[3, 0, 2, 1]])
    for name in ("rows", "y", "predicted", "present", "cluster"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))

"""What the records of a run tell."""

import math

import pandas as pd
import pytest

from frames import score_row
from mirage.runs import training_rows
from mirage.tables.ratio import split_ratio


def test_training_rows_are_the_mean_over_folds_of_those_fitted_on():
    assert training_rows({"folds": [{"training_rows": 80}, {"training_rows": 90}]}) == 85
    # A fine-tune keeps validation rows out.
    assert training_rows({"folds": [{"rows": {"train": 70, "validation": 10, "test": 20}}]}) == 70


@pytest.mark.parametrize("record", [{}, {"folds": []}, {"folds": [{"fold": 0}, {"training_rows": 80}]}])
def test_a_system_that_was_not_trained_here_has_no_number_of_training_rows(record):
    assert math.isnan(training_rows(record))


def test_the_ratio_is_that_of_the_run_and_of_the_corpus_where_there_is_no_record():
    runs = pd.DataFrame([score_row("stratified", "words", seed, tp=20, n_train=70) for seed in (0, 1)])
    assert split_ratio(runs, 100) == pytest.approx(20 / 70)
    assert split_ratio(runs.assign(n_train=math.nan), 100) == pytest.approx(20 / 80)
    assert split_ratio(runs.drop(columns="n_train"), 100) == pytest.approx(20 / 80)

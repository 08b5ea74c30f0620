import numpy as np
import pandas as pd
import pytest
import xgboost

from frames import toy_sections
from mirage.agents.boosted import BOOSTER, OURS
from mirage.agents.interface import build

RECIPE = {
    "kind": "boosted",
    "ngrams": [1, 1],
    "min_df": 2,
    "max_df": 0.9,
    "indicators": {"law_type": ["public laws", "private laws"]},
    "booster": {"tree_method": "hist", "n_estimators": 8, "max_depth": 2, "colsample_bytree": 0.4},
}

LAWS = pd.DataFrame(
    {
        "text": ["An act, 2.", "road act road", "county road", "county; road"],
        "law_type": ["private laws", "public laws", "session laws", "private laws"],
        "year": np.array([1901, 1902, 1903, 1904], dtype=np.int16),
        "label": np.array([1, 0, 1, 0], dtype=np.int8),
    }
)


class Recorder:
    """Stands in for XGBClassifier and keeps what it is given."""

    def __init__(self, **options):
        self.options = options
        Recorder.last = self

    def fit(self, X, y):
        self.train, self.labels = X, y

    def predict_proba(self, X):
        self.tested = X
        return np.array([[1 - share, share] for share in np.linspace(0, 1, X.shape[0])], dtype=np.float32)


@pytest.fixture
def recorder(monkeypatch):
    monkeypatch.setattr("xgboost.XGBClassifier", Recorder)
    return Recorder


def test_columns_are_words_then_length_then_indicators_then_year(recorder):
    fit = build(RECIPE, LAWS).fit(np.array([0, 1, 2]), np.array([3, 0]), 11)
    # Of the words in three training rows, act and road are in two; an and county are in one, below min_df.
    # Tokens: "An act , 2 ." are 5, "county ; road" 3. Then public laws, private laws, year.
    assert recorder.last.train.toarray().tolist() == [[1, 0, 5, 0, 1, 1901], [1, 2, 3, 1, 0, 1902], [0, 1, 2, 0, 0, 1903]]
    assert recorder.last.labels.tolist() == [1, 0, 1]
    assert recorder.last.tested.toarray().tolist() == [[0, 1, 3, 0, 1, 1904], [1, 0, 5, 0, 1, 1901]]
    assert recorder.last.train.dtype == np.float32
    assert fit.scores.tolist() == [0.0, 1.0]
    assert fit.scores.dtype == np.float64
    assert fit.details == {"features": 6}


def test_the_recipe_s_parameters_and_the_seed_reach_the_booster_on_one_thread(recorder):
    build(RECIPE, LAWS).fit(np.array([0, 1, 2]), np.array([3]), 11)
    assert recorder.last.options == {**RECIPE["booster"], "random_state": 11, "n_jobs": 1}


def test_a_word_in_most_training_rows_is_left_out(recorder):
    # road is in all three training rows: a share above .9.
    fit = build(RECIPE, LAWS).fit(np.array([1, 2, 3]), np.array([0]), 0)
    assert fit.details == {"features": 1 + 4}
    assert recorder.last.train.toarray()[:, 0].tolist() == [0, 1, 1]  # county


def test_the_same_seed_gives_the_same_scores_and_another_seed_others():
    sections = toy_sections(160, seed=4)
    train, test = np.arange(0, 110), np.arange(110, 160)
    scorer = build({**RECIPE, "booster": {**RECIPE["booster"], "n_estimators": 20}}, sections)
    first, again, other = (scorer.fit(train, test, seed).scores for seed in (1, 1, 2))
    assert ((first >= 0) & (first <= 1)).all()
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert scorer.graded


def test_the_names_of_parameters_are_those_of_the_installed_classifier():
    taken = set(xgboost.XGBClassifier().get_params())
    assert taken - BOOSTER - OURS == set()
    assert not BOOSTER & OURS

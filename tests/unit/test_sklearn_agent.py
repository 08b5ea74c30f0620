"""An estimator of the user's, from a module of the user's, as an agent."""

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.special import expit

from mirage.agents.interface import build
from mirage.errors import StudyError
from mirage.study.loading import check_config

ROOT = Path(__file__).parents[2]
MODULE = """
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import make_pipeline

NUMBER = 3


class Length(ClassifierMixin, BaseEstimator):
    '''Scores a row by the length of its text, plus what it was told.'''

    def __init__(self, plus=0, random_state=None, fails=False):
        self.plus, self.random_state, self.fails = plus, random_state, fails

    def fit(self, X, y):
        if self.fails:
            raise ValueError("singular matrix,\\nsorry")
        self.classes_, self.columns_, self.y_ = np.unique(y), list(X.columns), list(y)
        self.texts_ = list(X["text"])
        return self

    def decision_function(self, X):
        return X["text"].str.len().to_numpy() + self.plus - 3


class Sure(Length):
    def predict_proba(self, X):
        share = 1 / X["text"].str.len().to_numpy()
        return np.column_stack([1 - share, share])


class Seeded(Length):
    def predict_proba(self, X):
        share = np.full(len(X), self.random_state % 1000 / 1000)
        return np.column_stack([1 - share, share])


class Labels(Length):
    decision_function = None

    def __getattribute__(self, name):
        if name == "decision_function":
            raise AttributeError(name)
        return super().__getattribute__(name)

    def predict(self, X):
        return (X["text"].str.len() > 2).astype(int).to_numpy()


class Wild(Labels):
    def predict(self, X):
        return np.full(len(X), 7)


made = []


def length(plus=0):
    made.append(Length(plus=plus))
    return made[-1]


def sure():
    return Sure()


def seeded():
    return make_pipeline(Seeded())


def labels():
    return Labels()


def wild():
    return Wild()


def fails():
    return Length(fails=True)


def nothing():
    return None


def kind():
    return Length


def broken():
    raise KeyError("weights")


def recording():
    return Recording()


class Recording(Length):
    def decision_function(self, X):
        assert self.columns_ == list(X.columns)
        raise RuntimeError(f"{self.columns_} {self.y_} {self.texts_} {list(X['text'])}")
"""
SECTIONS = pd.DataFrame(
    {
        "row_id": ["r0", "r1", "r2", "r3"],
        "text": ["a", "bb", "ccc", "dddd"],
        "context": ["x"] * 4,
        "label": np.array([0, 1, 0, 1], dtype=np.int8),
        "source": ["s"] * 4,
        "year": [1900] * 4,
        "chapter": ["c"] * 4,
        "meta.ward": ["w"] * 4,
        "age": [1, 2, 3, 4],
        "exact_group": [0, 1, 2, 3],
        "near_group": [0, 1, 2, 3],
        "unit": [0, 1, 2, 3],
    }
)
TRAIN, TEST = np.array([0, 1, 3]), np.array([2, 0])


@pytest.fixture(autouse=True)
def mine(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "half.py").write_text("import no_such_thing\n", encoding="utf-8")
    (tmp_path / "wrong.py").write_text("def (:\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    yield
    for name in ("mine", "half", "wrong"):
        sys.modules.pop(name, None)


def scorer(function, **arguments):
    return build({"kind": "sklearn", "estimator": f"mine:{function}", "arguments": arguments}, SECTIONS)


def test_a_probability_of_class_1_is_the_score():
    made = scorer("sure")
    fit = made.fit(TRAIN, TEST, 0)
    assert fit.scores.tolist() == [pytest.approx(1 / 3), 1.0]
    assert fit.details == {"scored_by": "predict_proba"}
    assert made.graded


def test_a_decision_is_squashed_to_0_to_1_by_the_logistic_function():
    made = scorer("length", plus=1)
    fit = made.fit(TRAIN, TEST, 0)
    np.testing.assert_allclose(fit.scores, expit([1.0, -1.0]))
    assert fit.details == {"scored_by": "decision_function"}
    assert made.graded


def test_labels_alone_are_scores_that_rank_nothing():
    made = scorer("labels")
    assert made.fit(TRAIN, TEST, 0).scores.tolist() == [1.0, 0.0]
    assert not made.graded


def test_every_fit_is_of_a_fresh_clone_with_the_seed_of_its_cell():
    made = scorer("seeded")
    assert made.fit(TRAIN, TEST, 12).scores.tolist() == [0.012, 0.012]
    assert made.fit(TRAIN, TEST, 13).scores.tolist() == [0.013, 0.013]
    plain = scorer("length")
    plain.fit(TRAIN, TEST, 5)
    original = sys.modules["mine"].made[-1]
    assert original.random_state is None
    assert not hasattr(original, "classes_")


def test_it_sees_texts_and_declared_metadata_and_of_test_rows_no_label():
    with pytest.raises(StudyError) as caught:
        scorer("recording").fit(TRAIN, TEST, 0)
    assert "['text', 'ward', 'age'] [0, 1, 1] ['a', 'bb', 'dddd'] ['ccc', 'a']" in str(caught.value).replace(
        "np.int8(", ""
    ).replace(")", "")


@pytest.mark.parametrize(
    ("estimator", "told"),
    [
        ("absent:svm", "there is no module absent in the working directory, beside the configuration, or installed"),
        ("mine.deeper:svm", "there is no module mine.deeper in the working directory, "),
        ("half:svm", "the import failed: ModuleNotFoundError: No module named 'no_such_thing'"),
        ("wrong:svm", "the import failed: SyntaxError: "),
        ("mine:svm", "mine.py has no svm; write the name of a function in it"),
        ("mine:NUMBER", "NUMBER is int and no function; write one that returns an estimator"),
        ("mine:nothing", "the function returned NoneType, which is no estimator; return an object with fit, "),
        ("mine:kind", "the function returned the class Length, which is no estimator; "),
        ("mine:broken", "the function failed: KeyError: 'weights'"),
    ],
)
def test_what_is_no_estimator_is_told_in_one_line(estimator, told):
    with pytest.raises(StudyError) as caught:
        build({"kind": "sklearn", "estimator": estimator}, SECTIONS)
    assert str(caught.value).startswith(f"config.yaml: agents: estimator {estimator}: ")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_argument_that_the_function_does_not_take_is_told():
    with pytest.raises(StudyError, match=r"estimator mine:length: the function failed: TypeError: .* 'minus'"):
        scorer("length", minus=1)


def test_a_fit_that_fails_is_told_in_one_line():
    with pytest.raises(StudyError) as caught:
        scorer("fails").fit(TRAIN, TEST, 0)
    assert str(caught.value) == "config.yaml: agents: estimator mine:fails: fit failed: ValueError: singular matrix, sorry"


def test_answers_that_are_no_scores_are_told():
    with pytest.raises(
        StudyError, match=r"mine:wild: predict gave an array of shape \(2,\) for 2 rows, or values that are no scores"
    ):
        scorer("wild").fit(TRAIN, TEST, 0)


def test_the_example_in_the_documentation_runs_as_it_stands(tmp_path):
    page = (ROOT / "config/README.md").read_text(encoding="utf-8").partition("## An estimator of your own")[2]
    code, entry = (re.search(rf"```{language}\n(.*?)```", page, flags=re.DOTALL)[1] for language in ("python", "yaml"))
    (tmp_path / "mine.py").write_text(code, encoding="utf-8")
    published = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    agents = yaml.safe_load(entry)["agents"]
    check_config({**published, "agents": {**published["agents"], **agents}})
    recipe = {key: value for key, value in agents["svm"].items() if key != "title"}
    sections = pd.concat(
        [SECTIONS.assign(text=SECTIONS["text"] + word) for word in (" alpha", " beta gamma")], ignore_index=True
    )
    fit = build(recipe, sections).fit(np.arange(6), np.array([6, 7]), 0)
    assert ((fit.scores > 0) & (fit.scores < 1)).all()

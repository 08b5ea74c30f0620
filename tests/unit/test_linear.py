import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from frames import toy_sections
from mirage.agents.interface import build
from ngrams import most_frequent

RECIPE = {"kind": "linear", "ngrams": [1, 2], "max_features": 600, "C": 1.0, "class_weight": None}


@pytest.fixture(scope="module")
def sections():
    return toy_sections(160, seed=4)


@pytest.mark.parametrize("subset", range(3))
@pytest.mark.parametrize(
    "change",
    [{}, {"class_weight": "balanced"}, {"ngrams": [1, 1], "max_features": None}, {"C": 0.1, "max_features": 50}],
    ids=str,
)
def test_scores_are_those_of_scikit_learn_s_pipeline(sections, change, subset):
    recipe = {**RECIPE, **change}
    rows = np.random.default_rng(subset).permutation(len(sections))
    train, test = rows[:110], rows[110:]
    texts, labels = sections["text"].to_numpy(), sections["label"].to_numpy()

    ngrams = tuple(recipe["ngrams"])
    pipeline = make_pipeline(
        TfidfVectorizer(ngram_range=ngrams, vocabulary=most_frequent(texts[train], ngrams, recipe["max_features"])),
        LogisticRegression(C=recipe["C"], class_weight=recipe["class_weight"], random_state=3),
    ).fit(texts[train], labels[train])
    fit = build(recipe, sections).fit(train, test, 3)

    # The same design matrix, whose entries are stored, and so summed, in another order: the last bit may differ.
    np.testing.assert_allclose(fit.scores, pipeline.predict_proba(texts[test])[:, 1], rtol=1e-12)
    assert fit.details == {
        "features": len(pipeline[0].get_feature_names_out()),
        "iterations": int(pipeline[1].n_iter_[0]),
    }


def test_rows_that_are_not_trained_on_change_nothing(sections):
    train, test = np.arange(0, 100), np.arange(100, 160)
    scores = build(RECIPE, sections).fit(train, test, 0).scores
    altered = sections.copy()
    altered.loc[130:, "text"] = "altogether different words"
    altered.loc[100:, "label"] = 1 - altered.loc[100:, "label"]
    np.testing.assert_array_equal(build(RECIPE, altered).fit(train, test, 0).scores[:30], scores[:30])


def test_scores_are_graded(sections):
    scorer = build(RECIPE, sections)
    scores = scorer.fit(np.arange(100), np.arange(100, 160), 0).scores
    assert scorer.graded
    assert len(np.unique(scores)) > 10

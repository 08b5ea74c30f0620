import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from mirage.agents.text import NgramCounts, counts_of

NGRAMS = (1, 2)


@pytest.fixture(scope="module")
def texts():
    rng = np.random.default_rng(7)
    words = np.array([f"w{number:02d}" for number in range(60)])
    rarity = 1 / np.arange(1, 61)
    lengths = rng.integers(3, 25, size=90)
    return pd.Series([" ".join(rng.choice(words, size=length, p=rarity / rarity.sum())) for length in lengths])


@pytest.fixture(scope="module")
def counts(texts):
    return NgramCounts(texts, NGRAMS)


@pytest.fixture(scope="module")
def names(texts):
    return CountVectorizer(ngram_range=NGRAMS).fit(texts).get_feature_names_out()


SETTINGS = (
    {},
    {"min_df": 2},
    {"min_df": 4, "max_df": 0.6},
    {"max_df": 0.25},
    {"max_features": 1},
    {"max_features": 40},
    {"max_features": 333},
    {"max_features": 10**6},
    {"min_df": 3, "max_df": 0.5, "max_features": 25},
)


@pytest.mark.parametrize("subset", range(4))
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_vocabulary_and_counts_are_those_of_a_vectorizer_fitted_on_the_training_rows(texts, counts, names, settings, subset):
    rows = np.random.default_rng(subset).permutation(len(texts))
    train, test = rows[:50], rows[50:]
    second = CountVectorizer(ngram_range=NGRAMS, **settings).fit(texts.iloc[train])
    columns = counts.vocabulary(train, **settings)
    ours, theirs = set(names[columns]), set(second.get_feature_names_out())
    assert len(ours) == len(theirs)
    # Where the limit cuts through equally frequent n-grams, scikit-learn's choice among them is its own.
    totals = dict(zip(names, counts.matrix[train].sum(axis=0).A1, strict=True))
    least = min(totals[name] for name in ours)
    assert {totals[name] for name in ours ^ theirs} <= {least}
    assert names[columns].tolist() == sorted(ours)
    shared = CountVectorizer(ngram_range=NGRAMS, vocabulary=names[columns])
    for chosen in (train, test):
        np.testing.assert_array_equal(counts.select(chosen, columns).toarray(), shared.transform(texts.iloc[chosen]).toarray())


def test_of_equally_frequent_n_grams_the_alphabetically_first_are_kept():
    counts = NgramCounts(pd.Series(["wolf ant wolf", "elk cow", "cow bee elk wolf"]), (1, 1))
    # Columns: ant 1, bee 1, cow 2, elk 2, wolf 3.
    train = np.arange(3)
    assert counts.vocabulary(train, max_features=1).tolist() == [4]
    assert counts.vocabulary(train, max_features=2).tolist() == [2, 4]
    assert counts.vocabulary(train, max_features=4).tolist() == [0, 2, 3, 4]
    assert [counts.tied_at(train, limit) for limit in (1, 2, 3, 4, 5)] == [(1, 1), (2, 1), (2, 2), (2, 1), (0, 0)]


def test_a_tie_order_decides_between_equally_frequent_n_grams_alone():
    counts = NgramCounts(pd.Series(["wolf ant wolf", "elk cow", "cow bee elk wolf"]), (1, 1))
    backwards = np.array([4, 3, 2, 1, 0])
    kept = [counts.vocabulary(np.arange(3), max_features=limit, tie_order=backwards).tolist() for limit in range(1, 6)]
    assert kept == [[4], [3, 4], [2, 3, 4], [1, 2, 3, 4], [0, 1, 2, 3, 4]]


def test_counts_by_hand():
    counts = NgramCounts(pd.Series(["a law a law", "Law of", "the law; the end", "of of"]), (1, 1))
    # Columns: end, law, of, the (one-letter words do not count).
    assert counts.matrix.toarray().tolist() == [[0, 2, 0, 0], [0, 1, 1, 0], [1, 1, 0, 2], [0, 0, 2, 0]]
    train = np.array([0, 1, 2])
    assert counts.vocabulary(train, min_df=2).tolist() == [1]
    assert counts.vocabulary(train, max_df=0.9).tolist() == [0, 2, 3]
    assert counts.vocabulary(train, max_features=2).tolist() == [1, 3]
    assert counts.vocabulary(np.array([0, 3])).tolist() == [1, 2]


def test_agents_of_the_same_n_grams_share_the_counts_of_one_corpus():
    sections = pd.DataFrame({"text": ["a law", "the law"]})
    first = counts_of(sections, (1, 1))
    assert counts_of(sections, (1, 1)) is first
    assert counts_of(sections, (1, 2)) is not first
    assert counts_of(sections.copy(), (1, 2)) is not counts_of(sections, (1, 2))

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
    assert names[columns].tolist() == second.get_feature_names_out().tolist()
    for chosen in (train, test):
        np.testing.assert_array_equal(counts.select(chosen, columns).toarray(), second.transform(texts.iloc[chosen]).toarray())


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

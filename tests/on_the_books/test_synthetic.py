import re

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, recall_score
from sklearn.model_selection import train_test_split

from laws import read_csv
from mirage.data.duplicates import add_groups
from mirage.errors import StudyError
from on_the_books.synthetic import FIRST_YEAR, LAST_YEAR, Size, corpus_csv, sizes

RACE_WORDS = re.compile(r"colored|negro|white|race|indian", re.IGNORECASE)


def corpus(rows, seed=0):
    return read_csv(corpus_csv(rows, seed), "synthetic corpus")


@pytest.fixture(scope="module")
def full():
    return add_groups(corpus(1785), 0.5)


def predict(train, test):
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), max_features=20000)
    model = LogisticRegression().fit(vectorizer.fit_transform(train["text"]), train["label"])
    return model.predict(vectorizer.transform(test["text"]))


def test_full_corpus_has_the_real_ones_sizes():
    assert sizes(1785) == {"murray": Size(35, 3), "paschal": Size(74, 0), "project experts": Size(403, 1270)}


@pytest.mark.parametrize("rows", [120, 121, 240, 600, 3000])
def test_smaller_and_larger_corpora_keep_what_schemes_need(rows):
    found = sizes(rows)
    assert sum(size.positives + size.negatives for size in found.values()) == rows
    assert found["murray"].positives >= 3
    assert found["murray"].negatives >= 3
    assert found["paschal"].positives >= 5
    assert found["paschal"].negatives == 0
    experts = found["project experts"]
    assert experts.positives / (experts.positives + experts.negatives) == pytest.approx(403 / 1673, abs=0.01)


def test_too_few_rows_are_refused():
    with pytest.raises(StudyError, match=r"data.synthetic.rows is 119; expected at least 120"):
        corpus_csv(119)


@pytest.mark.parametrize(("rows", "seed"), [(120, 0), (400, 7)])
def test_file_holds_the_sizes_it_announces(rows, seed):
    frame = corpus(rows, seed)
    counted = {
        source: Size(int(group["label"].sum()), int((1 - group["label"]).sum())) for source, group in frame.groupby("source")
    }
    assert counted == sizes(rows)


def test_same_arguments_give_the_same_bytes_and_others_do_not():
    assert corpus_csv(120, 1) == corpus_csv(120, 1)
    assert len({corpus_csv(120, 1), corpus_csv(120, 2), corpus_csv(121, 1)}) == 3


def test_rows_look_like_the_real_ones(full):
    assert full["year"].between(FIRST_YEAR, LAST_YEAR).all()
    assert set(full["law_type"]) == {"public laws", "private laws", "public local laws", "session laws"}
    medians = full.groupby("source")["year"].median()
    assert medians["paschal"] < medians["project experts"] < medians["murray"]
    assert 60 < full["text"].str.split().str.len().median() < 120
    sections = full.groupby("chapter").size()
    assert 0.05 < (sections > 1).mean() < 0.3
    assert (full.groupby("chapter")["source"].nunique() > 1).sum() >= 5


@pytest.mark.parametrize("seed", [0, 1])
def test_some_rows_repeat_and_a_repeated_text_has_both_labels(seed):
    frame = add_groups(corpus(600, seed), 0.5)
    exact, near = (np.bincount(frame[column]) for column in ("exact_group", "near_group"))
    assert (exact > 1).any()
    assert 0.03 * len(frame) < near[near > 1].sum() < 0.25 * len(frame)
    assert (near > 1).sum() > (exact > 1).sum()
    assert (frame.groupby("exact_group")["label"].nunique() > 1).sum() == 1


def test_signal_is_learnable_at_random_and_shifts_between_sources(full):
    train, test = train_test_split(full, test_size=0.2, stratify=full["label"], random_state=0)
    assert 0.75 < f1_score(test["label"], predict(train, test)) < 0.95
    curated = full["source"] != "project experts"
    train, test = full[~curated], full[curated]
    assert 0.1 < recall_score(test["label"], predict(train, test)) < 0.6


def test_race_words_are_a_strong_rule_with_misses_and_false_alarms(full):
    found = full["text"].str.contains(RACE_WORDS)
    assert 0.8 < f1_score(full["label"], found) < 0.97
    assert found[full["label"] == 0].any()
    assert (~found[full["label"] == 1]).any()

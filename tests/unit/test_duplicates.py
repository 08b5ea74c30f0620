import itertools
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from laws import read_csv
from mirage.data.duplicates import add_groups, exact_groups, near_groups, near_pairs
from mirage.errors import StudyError

ONE = "the mayor shall keep the public wells"  # five 3-grams
TWO = "the mayor shall keep the old wells"  # shares three of them; seven in the union
THREE = "the mayor shall keep the old bridge"  # shares four of TWO's in a union of six, three of ONE's in one of seven


def naive_pairs(texts, threshold):
    def shingles(text):
        words = re.findall(r"\w+", text.casefold())
        width = min(3, len(words))
        return {tuple(words[i : i + width]) for i in range(len(words) - width + 1)} if words else set()

    sets = [shingles(text) for text in texts]
    pairs = [(i, j) for i, j in itertools.combinations(range(len(texts)), 2) if sets[i] | sets[j]]
    return [(i, j) for i, j in pairs if len(sets[i] & sets[j]) / len(sets[i] | sets[j]) >= threshold]


def test_exact_repeats_differ_in_whitespace_and_case_only():
    assert exact_groups(["A  law.", "b", "a law.", "a law", "B"]).tolist() == [0, 1, 0, 2, 1]


def test_similarity_is_the_jaccard_index_of_word_3_grams():
    left, right, similarity = near_pairs([ONE, TWO, THREE], 0.1)
    assert list(zip(left, right, strict=True)) == [(0, 1), (0, 2), (1, 2)]
    assert similarity.tolist() == pytest.approx([3 / 7, 3 / 7, 4 / 6])


def test_pair_at_the_threshold_is_near_and_one_below_is_not():
    assert near_groups([ONE, TWO, THREE], 4 / 6).tolist() == [0, 1, 1]
    assert near_groups([ONE, TWO, THREE], 4 / 6 + 1e-9).tolist() == [0, 1, 2]


def test_near_pairs_chain_into_one_group():
    texts = ["a b c d", "x y z", "b c d e", "c d e f"]  # the first and last share no 3-gram
    assert near_groups(texts, 1 / 3).tolist() == [0, 1, 0, 0]


def test_case_punctuation_and_short_texts():
    assert near_groups(["To wit", "to, WIT!", "to", "--", "...", "-- "], 1.0).tolist() == [0, 0, 1, 2, 3, 2]


@pytest.mark.parametrize("threshold", [0, -0.1, 1.01, float("nan")])
def test_threshold_outside_its_range_is_refused(threshold):
    with pytest.raises(StudyError, match=r"near_duplicate_threshold is .*; expected a similarity over 0 and at most 1"):
        near_pairs([ONE], threshold)


@given(
    st.lists(st.lists(st.sampled_from("abC"), max_size=7).map(" ".join), max_size=8),
    st.sampled_from([0.2, 0.5, 1.0]),
)
def test_pairs_agree_with_comparing_every_pair(texts, threshold):
    left, right, _ = near_pairs(texts, threshold)
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == naive_pairs(texts, threshold)


def test_pairs_far_apart_in_a_long_table_are_found():
    texts = [f"w{i} x{i} y{i} z{i}" for i in range(2500)]
    texts[3] = texts[1500] = texts[2499] = ONE
    left, right, _ = near_pairs(texts, 0.5)
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == [(3, 1500), (3, 2499), (1500, 2499)]


def test_unit_joins_chapters_and_near_duplicates_in_chains():
    frame = pd.DataFrame(
        {
            "text": ["x y z", ONE, TWO + " and pumps", "p q r", "X  y z", "s t u"],
            "chapter": ["1|a|1", "1|a|2", "1|a|1", "1|a|3", "1|a|2", "1|a|4"],
        }
    )
    found = add_groups(frame, 0.5)
    assert found["exact_group"].tolist() == [0, 1, 2, 3, 0, 4]
    assert found["near_group"].tolist() == [0, 1, 2, 3, 0, 4]
    assert found["unit"].tolist() == [0, 0, 0, 1, 0, 2]
    assert set(found[["exact_group", "near_group", "unit"]].dtypes.astype(str)) == {"int32"}
    assert "unit" not in frame


def test_groups_of_the_real_corpus():
    path = os.environ.get("ON_THE_BOOKS_CSV")
    if not path:
        pytest.skip("ON_THE_BOOKS_CSV is not set")
    found = add_groups(read_csv(Path(path).read_bytes(), path), 0.5)
    sizes = np.bincount(found["near_group"])
    assert (int(sizes[sizes > 1].sum()), int((sizes > 1).sum()), int(sizes.max())) == (223, 50, 93)
    assert len(found) - found["text"].nunique() == 66
    assert len(found) - found["exact_group"].nunique() == 69

"""Schemes for the groups of any data: out-GROUP and matched-GROUP, and time where units go on across the years."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mirage.errors import StudyError
from mirage.files import read_json
from mirage.splits.alike import definitions_of, slugs_of
from mirage.splits.facts import Held
from mirage.splits.leakage import check_split
from mirage.splits.names import Schemes, slug_of
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split
from mirage.splits.store import make_splits, read_splits
from mirage.splits.turns import one_fold_by_turns

OPTIONS = SplitOptions(time_cut=2005)
SCHEMES = Schemes()


@pytest.fixture
def sections():
    draw = np.random.default_rng(0)
    rows = 120
    chapter = draw.integers(0, 60, rows)
    return pd.DataFrame(
        {
            "row_id": [f"r{row}" for row in range(rows)],
            "label": (draw.random(rows) < 0.5).astype(np.int8),
            "source": np.array(["North Clinic", "St. Mary", "Käse"], dtype=object)[draw.integers(0, 3, rows)],
            "chapter": [f"c{number}" for number in chapter],
            "exact_group": np.arange(rows, dtype=np.int32),
            "near_group": np.arange(rows, dtype=np.int32),
            "unit": pd.factorize(chapter)[0].astype(np.int32),
        }
    )


def parts(split, part):
    return set(split["row_id"][split["part"] == part])


@pytest.mark.parametrize(
    ("group", "slug"),
    [
        ("North Clinic", "north-clinic"),
        ("St. Mary's / 2", "st-mary-s-2"),
        ("Käse", "kase"),
        ("  A__b ", "a-b"),
        ("北京", "group-e23ff0fd"),
    ],
)
def test_a_group_s_slug_is_lower_case_letters_digits_and_hyphens(group, slug):
    found = slug_of(group)
    assert found == slug or (slug.startswith("group-") and found.startswith("group-"))
    assert SCHEMES[f"out-{found}"].held == Held(slug=found)


def test_the_families_are_known_but_not_listed():
    assert "out-north-clinic" in SCHEMES
    assert SCHEMES["matched-x"].kind == "crossfit"
    assert SCHEMES["out-x"].description == "trained without group x, tested on it"
    assert "folds" in SCHEMES["matched-x"].options
    assert "folds" not in SCHEMES["out-x"].options
    assert not [name for name in SCHEMES if name.startswith("out-")]
    for name in ("matched", "arm-in", "out-", "out-A", "out_x", "inside-x", 3):
        assert name not in SCHEMES


def test_out_tests_all_rows_of_the_group_and_trains_on_others(sections):
    split = make_split(sections, SCHEMES["out-st-mary"], 0, OPTIONS)
    check_split(sections, split, SCHEMES["out-st-mary"])
    own = set(sections["row_id"][sections["source"] == "St. Mary"])
    assert parts(split, "test") == own
    assert not (parts(split, "train") | parts(split, "validation")) & own


def test_matched_tests_the_group_in_every_fold_and_each_other_row_in_one(sections):
    first, second = (make_split(sections, SCHEMES["matched-kase"], seed, OPTIONS) for seed in (0, 1))
    check_split(sections, first, SCHEMES["matched-kase"])
    times = first[first["part"] == "test"].groupby("row_id").size()
    own = sections.set_index("row_id")["source"] == "Käse"
    assert set(times[own[own].index]) == {5}
    assert times[own[~own].index].tolist() == [1] * int((~own).sum())
    assert not set(first["row_id"][first["part"].isin(["train", "validation"])]) & set(own[own].index)
    for fold in range(5):
        here, there = (split[split["fold"] == fold] for split in (first, second))
        assert parts(here, "test") == parts(there, "test")
        assert parts(here, "train") != parts(there, "train")


def test_matched_where_the_last_unit_of_the_corpus_is_held_out(sections):
    alone = sections.sort_values("source", kind="stable", ignore_index=True)
    last = alone["source"].iloc[-1]
    alone = alone.assign(unit=np.arange(len(alone), dtype=np.int32))
    split = make_split(alone, SCHEMES[f"matched-{slug_of(last)}"], 0, OPTIONS)
    tested = split[split["part"] == "test"].groupby("row_id").size()
    assert set(tested[alone["row_id"][alone["source"] == last]]) == {5}


def test_a_split_that_tests_a_row_twice_is_refused_unless_all_folds_test_it(sections):
    split = make_split(sections, SCHEMES["matched-kase"], 0, OPTIONS)
    own = sections["row_id"][sections["source"] == "Käse"].iloc[0]
    once_less = split.assign(part=split["part"].where((split["row_id"] != own) | (split["fold"] != 0), "unused"))
    with pytest.raises(StudyError, match=f"row '{own}' is tested in more than one fold"):
        check_split(sections, once_less, SCHEMES["matched-kase"])


@pytest.fixture
def clustered():
    """A group of 20 rows among 300 others, of which 90 negative ones are near-duplicates of one another."""
    rows, cluster = 320, np.arange(320)
    cluster[20:110] = 20
    return pd.DataFrame(
        {
            "row_id": [f"r{row:03}" for row in range(rows)],
            "label": np.where(np.arange(rows) < 110, np.arange(rows) < 20, np.arange(rows) % 3 == 0).astype(np.int8),
            "source": np.where(np.arange(rows) < 20, "new", "old").astype(object),
            "chapter": [f"c{row}" for row in range(rows)],
            "exact_group": np.arange(rows, dtype=np.int32),
            "near_group": cluster.astype(np.int32),
            "unit": cluster.astype(np.int32),
        }
    )


def negatives_tested(sections, split):
    """The others' negatives that a split tests, one entry a test, by place."""
    places = pd.Index(sections["row_id"]).get_indexer(split.loc[split["part"] == "test", "row_id"])
    return places[(sections["label"].to_numpy()[places] == 0) & (sections["source"].to_numpy()[places] == "old")]


def test_a_cluster_of_ninety_weighs_in_matched_as_in_the_corpus(clustered):
    split = make_split(clustered, SCHEMES["matched-new"], 0, OPTIONS)
    check_split(clustered, split, SCHEMES["matched-new"])
    tested = negatives_tested(clustered, split)
    negatives = np.flatnonzero((clustered["label"] == 0) & (clustered["source"] == "old"))
    # A rule that calls some rows positive has the false-positive rate that it has in the corpus.
    called = (np.arange(len(clustered)) * 37 % 101) < 6
    assert called[tested].mean() == called[negatives].mean()
    assert (clustered["unit"].to_numpy()[tested] == 20).mean() == (clustered["unit"].to_numpy()[negatives] == 20).mean()


@pytest.mark.parametrize("seeds", [1, 3, 5, 8])
def test_one_fold_a_seed_gives_no_cluster_more_weight_than_it_has(clustered, seeds):
    splits = {seed: make_split(clustered, SCHEMES["matched-new"], seed, OPTIONS) for seed in range(seeds)}
    tests = np.concatenate([negatives_tested(clustered, one_fold_by_turns(split, seed)) for seed, split in splits.items()])
    rows = np.unique(tests)  # pooled runs weigh a row once, however often it was tested
    negatives = np.flatnonzero((clustered["label"] == 0) & (clustered["source"] == "old"))
    share = (clustered["unit"].to_numpy()[rows] == 20).mean()
    assert share <= (clustered["unit"].to_numpy()[negatives] == 20).mean()
    assert (share > 0) == (seeds >= 5)
    called = (np.arange(len(clustered)) * 37 % 101) < 6
    rate = called[negatives].mean()
    assert abs(called[rows].mean() - rate) <= 2 * np.sqrt(rate * (1 - rate) / len(rows))


def test_other_splits_are_fitted_whole_by_every_seed(sections):
    split = make_split(sections, SCHEMES["kfold"], 3, OPTIONS)
    assert one_fold_by_turns(split, 3) is split


def test_a_group_that_is_not_there_is_told_with_those_that_are(sections):
    with pytest.raises(StudyError) as caught:
        make_split(sections, SCHEMES["out-east"], 0, OPTIONS)
    assert str(caught.value) == (
        "split scheme 'out-east' cannot be built: no group of the data is written 'east'; groups are kase, north-clinic, st-mary"
    )


def test_two_groups_of_one_slug_are_told(sections):
    sections["source"] = sections["source"].replace({"Käse": "st mary"})
    with pytest.raises(
        StudyError, match=r"the groups 'St\. Mary', 'st mary' are all written 'st-mary'; rename them in the data"
    ):
        make_split(sections, SCHEMES["matched-st-mary"], 0, OPTIONS)


def test_groups_that_are_written_alike_have_names_of_their_own():
    assert slugs_of(["site-a", "site a", "site a 1", "B"]) == {
        "site-a": "site-a-3",
        "site a": "site-a-2",
        "site a 1": "site-a-1",
        "B": "b",
    }


def test_schemes_of_groups_that_are_written_alike_hold_out_the_one_that_is_meant(sections):
    sections["source"] = sections["source"].replace({"Käse": "st mary"})
    slugs = slugs_of(["North Clinic", "St. Mary", "st mary"])
    own = definitions_of(slugs, ["out-north-clinic", "out-st-mary-1", "out-st-mary-2", "matched-st-mary-2", "arm-in-st-mary-2"])
    assert own == {
        "out-st-mary-1": {"out": ["St. Mary"]},
        "out-st-mary-2": {"out": ["st mary"]},
        "matched-st-mary-2": {"out": ["st mary"], "with_folds_of": ["North Clinic", "St. Mary"]},
        "arm-in-st-mary-2": {"arm": "in", "out": ["st mary"]},
    }
    split = make_split(sections, Schemes(own)["out-st-mary-2"], 0, OPTIONS)
    assert parts(split, "test") == set(sections["row_id"][sections["source"] == "st mary"])


def test_an_unknown_scheme_s_error_names_the_families():
    with pytest.raises(StudyError, match=r"out-GROUP, matched-GROUP or arm-in-GROUP, .* for a group of the data"):
        SCHEMES.find("leave-one")


def test_schemes_that_need_what_is_not_declared_say_so(sections):
    with pytest.raises(StudyError, match=r"no time is declared; name its column under data\.columns\.time"):
        make_split(sections, SCHEMES["time"], 0, OPTIONS)
    with pytest.raises(StudyError, match=r"no column ward is declared under data\.columns\.metadata"):
        make_split(sections, Schemes({"by-ward": {"column": "ward", "out": ["A"]}})["by-ward"], 0, OPTIONS)


def test_a_chapter_that_goes_on_across_the_cut_is_not_trained_on(sections):
    years = 2000 + np.arange(len(sections)) % 10
    sections = sections.assign(year=years.astype(np.int16))
    split = make_split(sections, SCHEMES["time"], 0, OPTIONS)
    check_split(sections, split, SCHEMES["time"])  # neither chapters nor their parts lie on both sides
    late = set(sections["row_id"][years >= 2005])
    assert parts(split, "test") == late
    spanning = set(sections["chapter"][years >= 2005]) & set(sections["chapter"][years < 2005])
    left_out = set(sections["row_id"][sections["chapter"].isin(spanning) & (years < 2005)])
    assert spanning
    assert left_out <= parts(split, "unused")


def test_families_are_written_with_their_leakage(sections, tmp_path):
    sections.to_parquet(tmp_path / "sections.parquet")
    target, record = tmp_path / "out.parquet", tmp_path / "out.json"
    reports = make_splits(tmp_path / "sections.parquet", SCHEMES["out-kase"], [0, 1], OPTIONS, target, record)
    assert list(read_splits([target])) == [("out-kase", 0), ("out-kase", 1)]
    assert read_json(record)["seeds"]["1"]["leakage"] == reports[1]


# Folds of groups


def many_groups(rows=240, groups=12):
    draw = np.random.default_rng(3)
    chapter = np.arange(rows)
    # The first rows of two groups are one unit, and one row of a third repeats a row of the fourth.
    chapter[1] = chapter[0]
    exact = np.arange(rows, dtype=np.int32)
    exact[3] = exact[2]
    return pd.DataFrame(
        {
            "row_id": [f"r{row}" for row in range(rows)],
            "label": (draw.random(rows) < 0.4).astype(np.int8),
            "source": np.array([f"site {row % groups}" for row in range(rows)], dtype=object),
            "chapter": [f"c{number}" for number in chapter],
            "exact_group": exact,
            "near_group": exact,
            "unit": np.minimum(chapter, exact).astype(np.int32),
        }
    )


def test_folds_of_groups_test_every_group_once_whole_and_train_nothing_of_it():
    sections = many_groups()
    split = make_split(sections, SCHEMES["groups-kfold"], 0, OPTIONS).merge(sections, on="row_id")
    assert split["fold"].nunique() == OPTIONS.folds
    tested = split[split["part"] == "test"]
    assert sorted(tested["row_id"]) == sorted(sections["row_id"])
    assert (tested.groupby("source")["fold"].nunique() == 1).all()
    for _, fold in split.groupby("fold"):
        groups = fold.groupby("part")["source"].agg(set)
        assert not groups["test"] & (groups["train"] | groups["validation"])


def test_a_unit_of_two_groups_and_a_repeat_in_another_are_trained_on_nowhere():
    sections = many_groups()
    for seed in range(3):
        split = make_split(sections, SCHEMES["groups-kfold"], seed, OPTIONS)
        check_split(sections, split, SCHEMES["groups-kfold"])
        part = split.set_index(["fold", "row_id"])["part"]
        for one, other in (("r0", "r1"), ("r2", "r3")):
            for fold in split["fold"].unique():
                if part[fold, one] == "test":
                    assert part[fold, other] in ("test", "unused")
    assert (part == "unused").any()


def test_another_seed_deals_the_groups_otherwise_and_fewer_groups_than_folds_are_a_fold_each():
    def dealt(seed, sections):
        split = make_split(sections, SCHEMES["groups-kfold"], seed, OPTIONS).merge(sections, on="row_id")
        tested = split[split["part"] == "test"]
        return {frozenset(groups) for groups in tested.groupby("fold")["source"].agg(set)}

    assert dealt(0, many_groups()) != dealt(1, many_groups())
    assert dealt(0, many_groups(groups=3)) == {frozenset({f"site {number}"}) for number in range(3)}

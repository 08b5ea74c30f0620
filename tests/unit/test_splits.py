import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from frames import sections_from, toy_sections
from known_schemes import SCHEMES
from mirage.errors import StudyError
from mirage.splits.draws import deal_folds, draw_whole, keep_share, quotas
from mirage.splits.names import GROUPS_KFOLD, Schemes
from mirage.splits.options import SplitOptions
from mirage.splits.registry import BUILDERS, make_split, split_seed

OPTIONS = SplitOptions()
SOURCES = {
    "source-paschal": ["paschal"],
    "source-murray": ["murray"],
    "source-curated": ["murray", "paschal"],
    "source-experts": ["project experts"],
}
MADE = [name for name in SCHEMES if not name.startswith("exact-datasets")]
SAMPLED = [name for name in MADE if SCHEMES[name].kind != "exact"]
# The toy corpus has three groups, which are three folds however many are asked for, one of them nearly all of the rows.
DEALT = [name for name in SAMPLED if name != GROUPS_KFOLD]

toy = cache(toy_sections)


def split_of(scheme: str, seed: int = 0, n: int = 200, **options: object) -> pd.DataFrame:
    """A split joined with the columns of its sections."""
    sections = toy(n)
    split = make_split(sections, SCHEMES[scheme], seed, SplitOptions(**options))
    return split.merge(sections, on="row_id")


def rows_of(split: pd.DataFrame, *parts: str) -> set[str]:
    return set(split["row_id"][split["part"].isin(parts)])


def part_by_row(split: pd.DataFrame) -> list[tuple[str, int, str]]:
    return list(zip(split["row_id"], split["fold"], split["part"], strict=True))


# Promises that every scheme keeps


@settings(max_examples=80, deadline=None, derandomize=True)
@given(scheme=st.sampled_from(MADE), n=st.sampled_from([120, 170, 300]), corpus=st.integers(0, 4), seed=st.integers(0, 50))
def test_a_split_gives_every_row_one_part_a_fold_and_lets_nothing_forbidden_cross(scheme, n, corpus, seed):
    sections = toy(n, corpus)
    split = make_split(sections, SCHEMES[scheme], seed, OPTIONS)

    assert list(split.columns) == ["row_id", "fold", "part", "group"]
    assert (split["fold"].dtype, split["group"].dtype) == (np.int8, np.int32)
    facts = SCHEMES[scheme]
    columns = {"exact": "exact_group", "near": "near_group", "chapter": "chapter"}
    for _, fold in split.groupby("fold"):
        assert fold["row_id"].tolist() == sections["row_id"].tolist()
        rows = fold.merge(sections, on="row_id")
        training = rows[rows["part"].isin(["train", "validation"])]
        tested = rows[rows["part"] == "test"]
        assert len(tested) > 0
        assert set(training["label"]) == {0, 1}
        for kind in facts.forbids:
            assert not set(training[columns[kind]]) & set(tested[columns[kind]])
        if facts.keeps_whole != "nothing":
            by_part = training.groupby("group")["part"].nunique()
            assert by_part.max() == 1
    assert set(split["part"]) <= {"train", "validation", "test", "unused"}


@pytest.mark.parametrize("scheme", MADE)
def test_the_same_call_gives_the_same_split_and_leaves_the_sections_alone(scheme):
    sections = toy(200)
    before = sections.copy(deep=True)
    pd.testing.assert_frame_equal(
        make_split(sections, SCHEMES[scheme], 3, OPTIONS), make_split(sections, SCHEMES[scheme], 3, OPTIONS)
    )
    pd.testing.assert_frame_equal(sections, before)


@pytest.mark.parametrize("scheme", SAMPLED)
def test_another_seed_trains_on_other_rows(scheme):
    assert part_by_row(split_of(scheme, 0)) != part_by_row(split_of(scheme, 1))


@pytest.mark.parametrize("scheme", SAMPLED)
def test_holding_the_split_gives_every_seed_the_split_of_seed_0(scheme):
    assert part_by_row(split_of(scheme, 7, vary_split=False)) == part_by_row(split_of(scheme, 0))
    assert split_seed(SCHEMES[scheme], 7, SplitOptions(vary_split=False)) == split_seed(SCHEMES[scheme], 0, OPTIONS)


@pytest.mark.parametrize("scheme", [name for name in MADE if name != GROUPS_KFOLD])
def test_options_that_a_scheme_does_not_list_do_not_change_it(scheme):
    other = {
        "test_fraction": 0.4,
        "folds": 3,
        "validation_fraction": 0.3,
        "subsample": 0.7,
        "time_cut": 1900,
        "vary_split": False,
    }
    unlisted = {name: value for name, value in other.items() if name not in SCHEMES[scheme].options}
    assert part_by_row(split_of(scheme, 2)) == part_by_row(split_of(scheme, 2, **unlisted))
    for name in SCHEMES[scheme].options:
        assert part_by_row(split_of(scheme, 2)) != part_by_row(split_of(scheme, 2, **{name: other[name]})), name


@pytest.mark.parametrize("scheme", DEALT)
def test_the_validation_part_is_an_eighth_of_the_training_rows_with_both_labels(scheme):
    split = split_of(scheme, n=300)
    for _, fold in split.groupby("fold"):
        training = fold[fold["part"].isin(["train", "validation"])]
        cut = training[training["part"] == "validation"]
        assert set(cut["label"]) == {0, 1}
        assert len(cut) / len(training) == pytest.approx(0.125, abs=0.04)


@pytest.mark.parametrize("scheme", [name for name, facts in SCHEMES.items() if facts.kind == "exact"])
def test_published_splits_have_no_validation_part_and_no_seed(scheme):
    split = split_of(scheme, 0)
    assert rows_of(split, "validation", "unused") == set()
    assert part_by_row(split) == part_by_row(split_of(scheme, 9))


def test_names_are_known_without_loading_anything_heavy():
    code = "import sys, mirage.splits.names; print(sorted({'numpy', 'pandas', 'sklearn', 'datasets'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_making_ordinary_splits_loads_neither_scikit_learn_nor_datasets():
    code = "import sys, mirage.splits.store; print(sorted({'sklearn', 'datasets'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_every_scheme_of_the_study_has_a_builder():
    assert len(SCHEMES) == 31
    assert {facts.builder for facts in SCHEMES.values()} == set(BUILDERS)


# Resampled and cross-validated schemes


def test_random_and_stratified_test_a_fifth_of_the_rows():
    for scheme in ("random", "stratified"):
        assert len(rows_of(split_of(scheme), "test")) == 40

    def positives(scheme: str) -> set[int]:
        splits = [split_of(scheme, seed) for seed in range(5)]
        return {int(split["label"][split["part"] == "test"].sum()) for split in splits}

    assert positives("stratified") == {round(toy(200)["label"].sum() * 0.2)}
    assert len(positives("random")) > 1


@pytest.mark.parametrize(("scheme", "column"), [("chapter", "chapter"), ("duplicates", "near_group")])
def test_grouped_schemes_test_about_a_fifth_of_the_rows_in_whole_groups(scheme, column):
    for seed in range(5):
        split = split_of(scheme, seed)
        assert 38 <= len(rows_of(split, "test")) <= 42
        assert split.groupby(column)["part"].nunique().max() == 1


def test_the_largest_cluster_is_tested_by_some_seeds_and_trained_on_by_others():
    cluster = toy(200)["near_group"].value_counts().idxmax()
    splits = [split_of("duplicates", seed) for seed in range(20)]
    parts = {split["part"][split["near_group"] == cluster].iloc[0] for split in splits}
    assert {"test", "train"} <= parts


@pytest.mark.parametrize("scheme", ["kfold", "kfold-grouped"])
def test_cross_validation_tests_every_row_once_with_balanced_labels(scheme):
    split = split_of(scheme)
    tested = split[split["part"] == "test"]
    assert sorted(tested["row_id"]) == sorted(toy(200)["row_id"])
    positives = tested.groupby("fold")["label"].sum()
    assert len(positives) == 5
    assert positives.max() - positives.min() <= (1 if scheme == "kfold" else 4)


def test_no_fold_is_always_the_one_with_the_largest_group():
    largest = toy(200)["unit"].value_counts().idxmax()
    splits = [split_of("kfold-grouped", seed) for seed in range(10)]
    folds = {split["fold"][(split["part"] == "test") & (split["unit"] == largest)].iloc[0] for split in splits}
    assert len(folds) > 2


# Fixed test sets


@pytest.mark.parametrize("scheme", list(SOURCES))
def test_held_out_sources_are_tested_whole_and_never_trained_on(scheme):
    for seed in range(3):
        split = split_of(scheme, seed)
        assert rows_of(split, "test") == set(split["row_id"][split["source"].isin(SOURCES[scheme])])


@pytest.mark.parametrize("scheme", [*SOURCES, "time", "law-type"])
def test_a_seed_of_a_fixed_test_set_trains_on_nine_tenths_stratified_by_label(scheme):
    split = split_of(scheme, 1)
    repeated = split["exact_group"].isin(split["exact_group"][split["part"] == "test"])
    pool = split[(split["part"] != "test") & ~repeated]
    used = pool[pool["part"] != "unused"]
    assert len(used) == round(0.9 * len(pool) + 1e-9)
    assert used["label"].sum() == pytest.approx(0.9 * pool["label"].sum(), abs=1)
    assert rows_of(split[repeated], "train", "validation") == set()


def test_a_fixed_test_set_with_the_whole_training_side_still_drops_repeats_of_tested_rows():
    split = split_of("source-curated", subsample=1.0)
    dropped = split[split["part"] == "unused"]
    assert len(dropped) > 0
    assert set(dropped["exact_group"]) <= set(split["exact_group"][split["part"] == "test"])


def test_matched_tests_each_of_the_experts_rows_once_in_whole_units_and_trains_on_nine_tenths_of_the_others():
    split = split_of("matched", 1)
    tested = split[split["part"] == "test"]
    assert sorted(tested["row_id"][tested["source"] == "project experts"]) == sorted(
        split["row_id"][(split["source"] == "project experts") & (split["fold"] == 0)]
    )
    for _, fold in split.groupby("fold"):
        experts = fold[fold["source"] == "project experts"]
        own = experts[experts["part"] == "test"]
        assert len(own) / len(experts) == pytest.approx(0.2, abs=0.06)
        assert not set(own["unit"]) & set(experts["unit"][experts["part"].isin(["train", "validation"])])
        pool = fold[(fold["part"] != "test") & ~fold["exact_group"].isin(fold["exact_group"][fold["part"] == "test"])]
        assert (pool["part"] != "unused").sum() == round(0.9 * len(pool) + 1e-9)
        assert set(fold["part"][fold["source"] != "project experts"]) == {"test"}


def test_doses_of_an_arm_are_nested_and_leave_its_size_as_it_is():
    size, more, less, out = (split_of(name) for name in ("arm-size", "arm-size-dose-67", "arm-size-dose-33", "arm-out"))
    for fold in sorted(set(size["fold"])):
        trained = [
            rows_of(split[split["fold"] == fold][split["source"] != "project experts"], "train", "validation")
            for split in (size, more, less)
        ]
        assert trained[0] > trained[1] > trained[2] > set()
        assert len(trained[2]) / len(trained[0]) == pytest.approx(0.33, abs=0.08)
        used = [split[(split["fold"] == fold) & split["part"].isin(["train", "validation"])] for split in (size, more, less)]
        assert len({len(rows) for rows in used}) == 1
        assert len({int(rows["label"].sum()) for rows in used}) == 1
        assert len(used[0]) == out["part"].isin(["train", "validation"]).sum()
        assert len({frozenset(rows_of(split[split["fold"] == fold], "test")) for split in (size, more, less)}) == 1


def test_time_trains_on_years_before_those_of_validation_and_test():
    split = split_of("time", time_cut=1940)
    years = {part: rows["year"] for part, rows in split.groupby("part")}
    assert years["train"].max() < years["validation"].min()
    assert years["validation"].max() < 1940
    assert set(split["row_id"][split["year"] >= 1940]) == rows_of(split, "test")


def test_law_type_tests_the_type_asked_for():
    sections, asked = toy(200), Schemes({"law-type": {"column": "law_type", "out": ["session laws"]}})["law-type"]
    split = make_split(sections, asked, 0, OPTIONS).merge(sections, on="row_id")
    assert set(split["law_type"][split["part"] == "test"]) == {"session laws"}
    assert "session laws" not in set(split["law_type"][split["part"] != "test"])


@pytest.mark.parametrize("seed", range(10))
def test_three_negatives_are_shared_out_one_to_validation_and_two_to_training(seed):
    sections = sections_from(
        [
            {
                "text": f"text {row}",
                "label": int(row >= 3),
                "source": "murray" if row < 20 else "paschal" if row < 40 else "project experts",
                "chapter": (1900 + row % 7, "public laws", row // 2 if row >= 3 else 100 + row),
                "near": row,
            }
            for row in range(60)
        ]
    )
    split = make_split(sections, SCHEMES["source-experts"], seed, OPTIONS).merge(sections, on="row_id")
    negatives = split[split["label"] == 0]["part"].value_counts().to_dict()
    assert negatives == {"train": 2, "validation": 1}


# Arms


@pytest.mark.parametrize(
    ("suffix", "tested"), [("", ["murray", "paschal"]), ("-murray", ["murray"]), ("-paschal", ["paschal"])]
)
def test_arms_test_the_same_rows_and_differ_in_the_training_rows_alone(suffix, tested):
    sections = toy(300)
    source = sections.set_index("row_id")["source"]
    label = sections.set_index("row_id")["label"]
    inside, outside, size = (split_of(f"arm-{arm}{suffix}", 4, n=300) for arm in ("in", "out", "size"))
    own = set(sections["row_id"][sections["source"].isin(tested)])
    assert rows_of(inside, "test") == rows_of(outside, "test") == rows_of(size, "test") == own
    assert outside["fold"].max() == 0
    assert inside["fold"].nunique() == size["fold"].nunique() == 5

    base = rows_of(outside, "train", "validation")
    assert not base & own
    for fold in range(5):
        within, reduced = (arm[arm["fold"] == fold] for arm in (inside, size))
        assert rows_of(within, "test") == rows_of(reduced, "test")
        brought = rows_of(within, "train", "validation") - base
        removed = base - rows_of(reduced, "train", "validation")
        assert brought
        assert brought <= own
        assert rows_of(within, "train", "validation") == base | brought
        assert rows_of(reduced, "train", "validation") == (base | brought) - removed
        assert set(source[list(removed)]) == {"project experts"}
        assert sorted(label[list(removed)]) == sorted(label[list(brought)])
        for part in ("train", "validation"):
            assert sorted(label[list(rows_of(reduced, part))]) == sorted(label[list(rows_of(outside, part))])
        assert rows_of(within, "validation") - brought == rows_of(outside, "validation")
        units = within[within["row_id"].isin(own)].groupby("unit")["part"].agg(lambda parts: "test" in set(parts))
        both = within[within["row_id"].isin(own) & within["part"].isin(["train", "validation"])]["unit"]
        assert not units[both].any()


def test_rows_that_repeat_a_tested_row_are_in_no_arm():
    for arm in ("arm-in", "arm-out", "arm-size"):
        split = split_of(arm, subsample=1.0)
        curated = split["source"].isin(["murray", "paschal"])
        repeats = split[~curated & split["exact_group"].isin(split["exact_group"][curated])]
        assert len(repeats) > 0
        assert set(repeats["part"]) == {"unused"}


# Published splits


def test_post_splits_use_every_row_of_a_source():
    sections = toy(200)
    curated = set(sections["row_id"][sections["source"] != "project experts"])
    experts = set(sections["row_id"]) - curated
    assert rows_of(split_of("exact-post-curated"), "train") == experts
    assert rows_of(split_of("exact-post-curated"), "test") == curated
    assert rows_of(split_of("exact-post-experts"), "train") == curated
    assert rows_of(split_of("exact-post-experts"), "test") == experts


def test_published_splits_of_the_real_corpus_have_the_published_counts():
    path = os.environ.get("ON_THE_BOOKS_CSV")
    if not path or not Path(path).exists():
        pytest.skip("ON_THE_BOOKS_CSV is not set")
    from laws import read_csv
    from mirage.data.duplicates import add_groups

    sections = add_groups(read_csv(Path(path).read_bytes(), "corpus"), 0.5)
    tested = {}
    published = [
        ("exact-sklearn", 357, 102),
        ("exact-datasets", 357, 102),
        ("exact-datasets-15", 268, 77),
        ("exact-unc", 357, 92),
    ]
    for scheme, rows, positives in published:
        split = make_split(sections, SCHEMES[scheme], 0, OPTIONS)
        tested[scheme] = rows_of(split, "test")
        assert (len(rows_of(split, "train")), len(tested[scheme])) == (1785 - rows, rows)
        assert sections["label"][sections["row_id"].isin(tested[scheme])].sum() == positives
    assert len(tested["exact-sklearn"] & tested["exact-datasets"]) == 72
    sources = sections["source"][sections["row_id"].isin(tested["exact-sklearn"])].value_counts().to_dict()
    assert sources == {"project experts": 331, "paschal": 18, "murray": 8}


# Schemes that cannot be built


def without(source: str) -> pd.DataFrame:
    sections = toy(200)
    return sections[sections["source"] != source].reset_index(drop=True)


@pytest.mark.parametrize(
    "scheme", ["source-murray", "source-curated", "matched", "exact-post-curated", "arm-in", "arm-out-murray"]
)
def test_a_missing_source_is_named_with_those_found(scheme):
    with pytest.raises(StudyError, match=f"scheme '{scheme}' cannot be built: no row has group 'murray' .*'paschal'.*leave"):
        make_split(without("murray"), SCHEMES[scheme], 0, OPTIONS)


def test_a_training_side_of_one_label_is_an_error():
    sections = toy(200)
    sections = sections[(sections["source"] == "project experts") | (sections["label"] == 1)].reset_index(drop=True)
    for scheme in ("source-experts", "exact-post-experts"):
        with pytest.raises(
            StudyError, match=f"'{scheme}' cannot be built: the training rows of fold 0 are all positive; use more"
        ):
            make_split(sections, SCHEMES[scheme], 0, OPTIONS)


def test_an_absent_law_type_is_named_with_those_found():
    asked = Schemes({"law-type": {"column": "law_type", "out": ["decrees"]}})["law-type"]
    with pytest.raises(StudyError, match=r"no row has law_type 'decrees' \(found: 'private laws', 'public laws'"):
        make_split(toy(200), asked, 0, OPTIONS)


@pytest.mark.parametrize(("cut", "side"), [(2000, "from"), (1800, "before")])
def test_a_cut_outside_the_years_of_the_corpus_is_an_error_that_names_them(cut, side):
    years = toy(200)["year"]
    with pytest.raises(StudyError, match=rf"no row {side} {cut}; set split\.time_cut .* {years.min()} and up to {years.max()}"):
        make_split(toy(200), SCHEMES["time"], 0, SplitOptions(time_cut=cut))


def one_chapter() -> pd.DataFrame:
    return sections_from(
        [
            {"text": f"t{row}", "label": row % 2, "source": "murray", "chapter": (1900, "public laws", 1), "near": row}
            for row in range(20)
        ]
    )


def test_a_corpus_of_one_group_cannot_be_split_by_groups():
    with pytest.raises(StudyError, match="'chapter' cannot be built: rows fall into groups"):
        make_split(one_chapter(), SCHEMES["chapter"], 0, OPTIONS)
    with pytest.raises(StudyError, match="'kfold-grouped' cannot be built: all rows to test belong to one group"):
        make_split(one_chapter(), SCHEMES["kfold-grouped"], 0, OPTIONS)


def test_arms_need_enough_experts_rows_to_take_away():
    sections = toy(120)
    experts = sections.index[sections["source"] == "project experts"]
    positives = [row for row in experts if sections["label"][row] == 1]
    few = sections.drop(index=positives[4:]).reset_index(drop=True)
    with pytest.raises(StudyError, match=r"'arm-size' cannot be built: the . other training rows with label 1 cannot give"):
        make_split(few, SCHEMES["arm-size"], 0, OPTIONS)


def test_published_random_splits_need_rows_of_both_labels():
    few = toy(120)
    few = pd.concat([few[few["label"] == 0], few[few["label"] == 1].head(1)], ignore_index=True)
    with pytest.raises(StudyError, match="'exact-sklearn' cannot be built: 1 positive and"):
        make_split(few, SCHEMES["exact-sklearn"], 0, OPTIONS)


def test_bad_calls_say_what_to_write():
    sections = toy(120)
    with pytest.raises(StudyError, match="split scheme 'chapters' is unknown; write one of random, stratified"):
        SCHEMES.find("chapters")
    with pytest.raises(StudyError, match="split seed -1: write a whole number"):
        make_split(sections, SCHEMES["random"], -1, OPTIONS)
    with pytest.raises(StudyError, match="sections: column 'unit' is missing"):
        make_split(sections.drop(columns="unit"), SCHEMES["random"], 0, OPTIONS)
    with pytest.raises(StudyError, match=f"sections: row_id '{sections['row_id'][0]}' stands on more than one row"):
        make_split(pd.concat([sections, sections.head(1)], ignore_index=True), SCHEMES["random"], 0, OPTIONS)
    with pytest.raises(StudyError, match=r"sections: labels found: \[1\]"):
        make_split(sections[sections["label"] == 1], SCHEMES["random"], 0, OPTIONS)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"test_size": 0.2}, r"split\.test_size: unknown option; write one of test_fraction, folds"),
        ({"test_fraction": 1}, r"split\.test_fraction: found 1; write a share above 0 and below 1"),
        ({"validation_fraction": 0}, r"split\.validation_fraction: found 0;"),
        ({"subsample": 1.5}, r"split\.subsample: found 1\.5; write a share above 0 and up to 1"),
        ({"folds": 1}, r"split\.folds: found 1; write a whole number from 2"),
        ({"folds": 2.5}, r"split\.folds: found 2\.5;"),
        ({"time_cut": "1931"}, r"split\.time_cut: found '1931'; write a year"),
        ({"vary_split": "no"}, r"split\.vary_split: found 'no'; write true or false"),
        ([1], r"split: expected a mapping of options, found \[1\]"),
    ],
)
def test_wrong_options_are_named(mapping, message):
    with pytest.raises(StudyError, match=message):
        SplitOptions.from_mapping(mapping)


def test_options_left_out_keep_their_defaults():
    assert SplitOptions.from_mapping({"folds": 3}) == SplitOptions(folds=3)


# Draws


def test_quotas_share_out_by_largest_remainder():
    assert quotas([1273, 512], 0.2).tolist() == [255, 102]
    assert quotas([3, 109], 0.9).tolist() == [3, 98]
    assert quotas([3, 0], 0.1).tolist() == [1, 0]


def test_a_kept_share_is_stratified():
    strata = np.repeat([0, 1], [30, 70])
    kept = keep_share(strata, 0.9, np.random.default_rng(0))
    assert np.bincount(strata[kept]).tolist() == [27, 63]
    assert keep_share(strata, 1.0, np.random.default_rng(0)).all()


def rows_with(sizes: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    groups = np.repeat(np.arange(len(sizes)), [sum(size) for size in sizes]).astype(np.int32)
    labels = np.concatenate([np.repeat([0, 1], size) for size in sizes]).astype(np.int8)
    return groups, labels


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    sizes=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)).filter(any), min_size=2, max_size=25),
    fraction=st.sampled_from([0.1, 0.2, 0.5]),
    stratified=st.booleans(),
)
def test_whole_draws_never_take_the_last_row_of_a_label(sizes, fraction, stratified):
    groups, labels = rows_with(sizes)
    drawn = draw_whole(groups, labels, fraction, np.random.default_rng(0), stratified=stratified)
    for group in range(len(sizes)):
        assert len(set(drawn[groups == group])) == 1
    for label in set(labels):
        assert (~drawn & (labels == label)).any()


def test_groups_of_one_row_give_exact_numbers_of_each_label():
    groups, labels = rows_with([(1, 0)] * 80 + [(0, 1)] * 20)
    drawn = draw_whole(groups, labels, 0.2, np.random.default_rng(0), stratified=True)
    assert np.bincount(labels[drawn]).tolist() == [16, 4]


def test_the_smallest_group_with_a_missing_label_is_taken_when_no_order_gives_it():
    groups, labels = rows_with([(1, 0)] * 20 + [(0, 20), (0, 15), (0, 30)])
    drawn = draw_whole(groups, labels, 0.05, np.random.default_rng(0), stratified=True)
    assert set(groups[drawn & (labels == 1)]) == {21}


def test_nothing_is_drawn_where_every_group_holds_the_last_rows_of_a_label():
    groups, labels = rows_with([(4, 0), (0, 4)])
    assert not draw_whole(groups, labels, 0.5, np.random.default_rng(0), stratified=True).any()


def test_there_are_no_more_folds_than_groups():
    groups, labels = rows_with([(2, 1), (1, 1), (0, 3)])
    dealt = deal_folds(groups, labels, 5, np.random.default_rng(0))
    assert sorted(set(dealt)) == [0, 1, 2]


def test_folds_can_be_dealt_when_both_labels_are_rarer_than_folds():
    groups, labels = rows_with([(1, 0)] * 3 + [(0, 1)] * 4)
    dealt = deal_folds(groups, labels, 5, np.random.default_rng(0))
    assert sorted(set(dealt)) == [0, 1, 2, 3, 4]

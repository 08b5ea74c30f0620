"""Schemes for the groups of any data: out-GROUP and matched-GROUP, and time where units go on across the years."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mirage.errors import StudyError
from mirage.files import read_json
from mirage.splits.facts import Held
from mirage.splits.leakage import check_split
from mirage.splits.names import Schemes, slug_of
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split
from mirage.splits.store import make_splits, read_splits

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
    assert SCHEMES["matched-x"].kind == "fixed"
    assert SCHEMES["out-x"].description == "trained without group x, tested on it"
    assert "test_fraction" in SCHEMES["matched-x"].options
    assert "test_fraction" not in SCHEMES["out-x"].options
    assert not [name for name in SCHEMES if name.startswith("out-")]
    for name in ("matched", "arm-in", "out-", "out-A", "out_x", "inside-x", 3):
        assert name not in SCHEMES


def test_out_tests_all_rows_of_the_group_and_trains_on_others(sections):
    split = make_split(sections, SCHEMES["out-st-mary"], 0, OPTIONS)
    check_split(sections, split, SCHEMES["out-st-mary"])
    own = set(sections["row_id"][sections["source"] == "St. Mary"])
    assert parts(split, "test") == own
    assert not (parts(split, "train") | parts(split, "validation")) & own


def test_matched_tests_the_group_with_the_same_part_of_the_others_for_every_seed(sections):
    first, second = (make_split(sections, SCHEMES["matched-kase"], seed, OPTIONS) for seed in (0, 1))
    own = set(sections["row_id"][sections["source"] == "Käse"])
    assert parts(first, "test") == parts(second, "test") > own
    others = parts(first, "test") - own
    assert len(others) == pytest.approx(0.2 * (len(sections) - len(own)), abs=2)
    assert parts(first, "train") != parts(second, "train")


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


def test_an_unknown_scheme_s_error_names_the_families(sections):
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

"""Split schemes that a configuration defines for its own data: what they promise, what they test, and what is told of a bad one."""

import pytest

from frames import toy_sections
from mirage.errors import StudyError
from mirage.splits.called import called, called_groups
from mirage.splits.facts import Held
from mirage.splits.leakage import check_split
from mirage.splits.names import Schemes
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split

OPTIONS = SplitOptions()


def scheme(definition, name="own"):
    return Schemes({name: definition})[name]


def rows_of(facts, rows=200):
    """A checked split joined with the columns of its sections."""
    sections = toy_sections(rows)
    split = make_split(sections, facts, 0, OPTIONS)
    check_split(sections, split, facts)
    return split.merge(sections, on="row_id")


@pytest.mark.parametrize(
    ("definition", "description"),
    [
        ({"out": ["a"]}, "trained without a, tested on a"),
        ({"out": ["a", "b", "c"]}, "trained without a, b and c, tested on them"),
        ({"out": ["a"], "with_folds_of": ["b", "c"]}, "trained without a, tested on them and, fold by fold, on all of b and c"),
        ({"column": "ward", "out": ["A", "B"]}, "tested on rows whose ward is A or B, trained on the others"),
        ({"train": ["a"], "test": ["b"]}, "trained on all rows of a, tested on all of b"),
        (
            {"split_by": "scikit-learn", "test_fraction": 0.2, "stratified": True, "seed": 42},
            "scikit-learn train_test_split, 20 % tested, stratified, random_state 42",
        ),
        (
            {"split_by": "datasets", "test_fraction": 0.15, "seed": 1},
            "datasets train_test_split, 15 % tested, not stratified, seed 1",
        ),
        ({"out": ["a"], "description": "without the oldest site"}, "without the oldest site"),
    ],
)
def test_a_scheme_says_what_it_does(definition, description):
    assert scheme(definition).description == description


@pytest.mark.parametrize(
    ("letter", "description"),
    [
        ("in", "a tested in folds, trained with the rest of a"),
        ("out", "a tested, trained without"),
        ("size", "as arm-in-a, less as many random rows of b"),
    ],
)
def test_arms_say_what_they_do(letter, description):
    spare = {"spare": ["b"]} if letter == "size" else {}
    assert scheme({"arm": letter, "out": ["a"], **spare}, f"arm-{letter}-a").description == description


def test_arms_of_one_name_share_their_draws():
    names = [f"arm-{letter}-a" for letter in ("in", "out", "size")]
    defined = Schemes({name: {"arm": name.split("-")[1], "out": ["a"]} for name in names})
    assert {defined[name].seed_name for name in names} == {"arm-a"}
    assert Schemes()["arm-in-a"].seed_name == "arm-a"


def test_groups_held_out_together_are_tested_whole():
    split = rows_of(scheme({"out": ["murray", "paschal"]}))
    assert set(split["source"][split["part"] == "test"]) == {"murray", "paschal"}
    assert "murray" not in set(split["source"][split["part"] == "train"])


def test_values_of_a_column_are_held_out_whether_the_column_has_a_name_of_its_own_or_not():
    own = rows_of(scheme({"column": "law_type", "out": ["private laws"]}))
    assert set(own["law_type"][own["part"] == "test"]) == {"private laws"}
    sections = toy_sections(200).rename(columns={"law_type": "meta.law type"})
    facts = scheme({"column": "law type", "out": ["private laws"]})
    listed = make_split(sections, facts, 0, OPTIONS)
    assert listed["part"].tolist() == own["part"].tolist()


def test_a_part_of_named_groups_is_tested_beside_those_held_out():
    split = rows_of(scheme({"out": ["murray"], "with_folds_of": ["project experts"]}))
    assert set(split["source"][split["part"] == "test"]) == {"murray", "project experts"}
    assert (split["part"][split["source"] == "paschal"] != "test").all()


def test_the_family_s_arms_give_up_rows_of_any_other_group():
    split = rows_of(Schemes()["arm-size-murray"], 300)
    out = rows_of(Schemes()["arm-out-murray"], 300)
    for _, fold in split.groupby("fold"):
        for part in ("train", "validation"):
            assert (fold["part"] == part).sum() == (out["part"] == part).sum()
    assert (split["source"][split["part"] == "unused"] == "paschal").any()


def test_what_a_scheme_holds_out_can_be_read():
    assert scheme({"out": ["a", "b"]}).held == Held(values=("a", "b"))
    assert scheme({"column": "ward", "out": ["A"]}).held == Held(values=("A",), column="ward")
    assert Schemes()["matched-a"].held == Held(slug="a")
    assert Schemes()["stratified"].held is None


def test_what_is_held_out_has_one_title_for_all_schemes_that_hold_it_out():
    known = Schemes(
        {
            "lists": {"out": ["a", "b"], "title": "old lists"},
            "beside": {"out": ["b", "a"], "with_folds_of": ["c"]},
            "c": {"out": ["c"]},
            "ward-a": {"column": "ward", "out": ["a", "b"]},
            "own-split": {"train": ["a"], "test": ["b"], "title": "their split"},
        }
    )
    assert [called(known[name]) for name in ("lists", "beside", "c", "ward-a", "own-split")] == [
        "old lists held out",
        "old lists held out, others tested beside",
        "c held out",
        "a and b held out",
        "their split",
    ]
    single = Schemes({"east": {"out": ["East 1"], "title": "the east"}})
    assert called(single["arm-out-east-1"]) == "the east, no such «rows» in training"
    assert (called_groups("old lists", "a + b"), called_groups("", "a + b")) == ("old lists", "a and b")


@pytest.mark.parametrize(
    ("name", "definition", "message"),
    [
        ("own", {"out": ["a"], "title": " "}, "scheme_definitions.own.title: found ' '; write a few words"),
        ("own", {"out": ["a"], "title": 3}, "scheme_definitions.own.title: found 3; write a few words"),
        ("stratified", {"out": ["a"]}, "scheme_definitions.stratified: this scheme is there for any data; choose another name"),
        ("Own", {"out": ["a"]}, "scheme_definitions.Own: a scheme is named with lower-case letters, digits and single hyphens"),
        ("own", "a", "scheme_definitions.own: found 'a'; write {out: [groups]}"),
        ("own", {"groups": ["a"]}, "scheme_definitions.own: found {'groups': ['a']}; write {out: [groups]}"),
        ("own", {"out": []}, "scheme_definitions.own.out: found []; write a list of names as the data have them"),
        ("own", {"out": [3]}, r"scheme_definitions.own.out: found [3]; write a list of names as the data have them"),
        ("own", {"out": ["a", "a"]}, "scheme_definitions.own.out: 'a' stands there twice; write it once"),
        (
            "own",
            {"out": ["a"], "keep": 1},
            "scheme_definitions.own: unknown key 'keep' beside out; known are with_folds_of, forbids, ",
        ),
        (
            "own",
            {"out": ["a"], "forbids": ["units"]},
            "scheme_definitions.own.forbids: found 'units'; write one of exact, near, chapter",
        ),
        ("own", {"column": 3, "out": ["a"]}, "scheme_definitions.own.column: found 3; write the name of a column declared"),
        ("own", {"column": "ward"}, "scheme_definitions.own.out: found None; write a list of names"),
        ("own", {"train": ["a"], "test": ["a"]}, "scheme_definitions.own: 'a' stands under train and test; write it once"),
        ("own", {"train": ["a"]}, "scheme_definitions.own.test: found None; write a list of names"),
        ("own", {"split_by": "torch"}, "scheme_definitions.own.split_by: found 'torch'; write one of scikit-learn, datasets"),
        (
            "own",
            {"split_by": "datasets", "test_fraction": 20, "seed": 1},
            "scheme_definitions.own.test_fraction: found 20; write a share above 0 and below 1",
        ),
        (
            "own",
            {"split_by": "datasets", "test_fraction": 0.2},
            "scheme_definitions.own.seed: found None; write the whole number that the split was drawn with",
        ),
        (
            "own",
            {"split_by": "datasets", "test_fraction": 0.2, "seed": 1, "stratified": "yes"},
            "scheme_definitions.own.stratified: found 'yes'; write true or false",
        ),
        ("own", {"arm": "in", "out": ["a"]}, "scheme_definitions.own: an arm is named arm-in or arm-in-NAME"),
        ("arm-out-a", {"arm": "in", "out": ["a"]}, "scheme_definitions.arm-out-a: an arm is named arm-in or arm-in-NAME"),
        (
            "arm-in-a",
            {"arm": "within", "out": ["a"]},
            "scheme_definitions.arm-in-a.arm: found 'within'; write one of in, out, size",
        ),
        (
            "arm-in-a",
            {"arm": "in", "out": ["a"], "spare": ["b"]},
            "scheme_definitions.arm-in-a.spare: no row is given up in arm 'in'",
        ),
    ],
)
def test_a_malformed_definition_is_told_in_one_line(name, definition, message):
    with pytest.raises(StudyError) as caught:
        Schemes({name: definition})
    assert str(caught.value).startswith(f"config.yaml: {message}")
    assert "\n" not in str(caught.value)


def test_a_group_that_the_data_lack_is_told_with_those_they_have():
    with pytest.raises(StudyError) as caught:
        make_split(toy_sections(120), scheme({"out": ["elsewhere"]}), 0, OPTIONS)
    assert str(caught.value) == (
        "split scheme 'own' cannot be built: no row has group 'elsewhere' (found: 'murray', 'paschal', 'project experts'); "
        "leave this scheme out"
    )


def shared_chapters(split):
    fold = split[split["fold"] == 0]
    sides = [set(fold["chapter"][fold["part"].isin(parts)]) for parts in (["test"], ["train", "validation"])]
    return sides[0] & sides[1]


def straddling():
    """Sections of which every third chapter of murray has a row of the experts."""
    sections = toy_sections(300)
    own = sections.index[sections["source"] == "murray"][::3]
    others = sections.index[sections["source"] == "project experts"][: len(own)]
    sections.loc[others, "chapter"] = sections.loc[own, "chapter"].to_numpy()
    sections.loc[others, "unit"] = sections.loc[own, "unit"].to_numpy()
    return sections


@pytest.mark.parametrize("name", ["out-murray", "matched-murray", "arm-in-murray", "arm-out-murray", "arm-size-murray"])
def test_a_unit_that_lies_in_two_groups_is_not_trained_on_where_one_of_them_is_held_out(name):
    sections, facts = straddling(), Schemes()[name]
    split = make_split(sections, facts, 0, OPTIONS)
    check_split(sections, split, facts)
    assert not shared_chapters(split.merge(sections, on="row_id"))


def test_a_definition_keeps_such_units_unless_it_forbids_them():
    sections = straddling()
    crossing = [
        shared_chapters(make_split(sections, scheme(made), 0, OPTIONS).merge(sections, on="row_id"))
        for made in ({"out": ["murray"]}, {"out": ["murray"], "forbids": ["exact", "chapter"]})
    ]
    assert crossing[0]
    assert not crossing[1]


def test_near_duplicates_of_tested_rows_can_be_forbidden():
    sections, facts = toy_sections(300), scheme({"out": ["murray"], "forbids": ["exact", "near"]})
    check_split(sections, make_split(sections, facts, 0, OPTIONS), facts)

"""Whose gap is taken apart in data of any groups: the declaration, the others, and F1 restated and ranked by hand."""

import copy
import dataclasses

import numpy as np
import pandas as pd
import pytest

from mirage.design import Design
from mirage.errors import StudyError
from mirage.held_out.sources import held_sources, others_of
from mirage.held_out.taken_apart import check_taken_apart, dose_of, require_groups, taken_apart
from mirage.splits.names import Schemes
from mirage.states import COMPLETE
from mirage.tables.ranking import WITHIN, ranking_panels, ranking_table
from mirage.tables.restated import restated_panels, restated_table

SITES = ("Site A", "Site B", "Site C")


def entry(letter):
    arms = [f"arm-{arm}-site-{letter}" for arm in ("in", "size", "out")]
    return {"groups": [f"Site {letter.upper()}"], "arms": arms, "matched": f"matched-site-{letter}"}


WITHOUT = {"doses": [], "others": None, "title": "the others"}


def schemes_of(letter):
    return [*entry(letter)["arms"], entry(letter)["matched"]]


@pytest.fixture
def config():
    held_out = {"site-a": entry("a"), "site-b": entry("b")}
    return {
        "schemes": ["stratified", *schemes_of("a"), *schemes_of("b")],
        "decomposition": {"held_out": copy.deepcopy(held_out)},
    }


def sources_of(config):
    return held_sources(taken_apart(config), SITES, Schemes())


def test_entries_are_those_whose_schemes_are_all_in_the_study(config):
    check_taken_apart(config, Schemes())
    assert [found["name"] for found in taken_apart(config)] == ["site-a", "site-b"]
    assert taken_apart(config)[0] == {"name": "site-a", **entry("a"), **WITHOUT}
    config["schemes"].remove("matched-site-a")
    assert [found["name"] for found in taken_apart(config)] == ["site-b"]
    config["schemes"].remove("arm-size-site-b")
    assert taken_apart(config) == []
    assert taken_apart({"schemes": ["stratified"]}) == []
    check_taken_apart({"schemes": ["stratified"]}, Schemes())


def test_without_others_a_source_is_set_against_all_that_its_model_was_trained_on(config):
    first, second = sources_of(config)
    assert (first.groups, first.without, first.matched) == (("Site A",), ("Site A",), "matched-site-a")
    assert (first.others.name, first.others.groups, first.others.title) == ("not Site A", ("Site B", "Site C"), "the others")
    assert second.others.groups == ("Site A", "Site C")
    assert [first.arm(letter) for letter in ("in", "size", "out")] == entry("a")["arms"]
    assert [(others.name, others.matched, others.is_others) for others in others_of([first, second])] == [
        ("not Site A", "matched-site-a", True),
        ("not Site B", "matched-site-b", True),
    ]
    assert not first.is_others


def test_sources_that_share_a_model_share_the_others_that_are_named(config):
    both = {"matched": {"out": ["Site A", "Site B"], "with_folds_of": ["Site C"], "title": "two sites"}}
    config["schemes"].append("matched")
    config["decomposition"]["others"] = {"groups": ["Site C"], "title": "the hospitals"}
    for found in config["decomposition"]["held_out"].values():
        found["matched"] = "matched"
    check_taken_apart(config, Schemes(both))
    sources = held_sources(taken_apart(config), SITES, Schemes(both))
    assert {source.without for source in sources} == {("Site A", "Site B")}
    # What the model was not trained on has a title; each of the two alone has none.
    assert [source.called for source in sources] == ["site-a", "site-b"]
    [others] = others_of(sources)
    assert (others.name, others.groups, others.others.title) == ("Site C", ("Site C",), "the hospitals")
    del config["decomposition"]["others"]
    [others] = others_of(held_sources(taken_apart(config), SITES, Schemes(both)))
    assert (others.name, others.groups) == ("not Site A + Site B", ("Site C",))


def change(config, **changes):
    config["decomposition"]["held_out"]["site-a"] |= changes


WRONG = [
    ({"arms": ["arm-in-site-a", "arm-out-site-a", "arm-size-site-a"]}, ".arms: found 'arm-out-site-a'; write three arms in this"),
    ({"arms": ["stratified", "arm-size-site-a", "arm-out-site-a"]}, ".arms: found 'stratified'; write three arms in this order"),
    ({"groups": ["Site B"]}, ".groups: found ['Site B'], which is not what arm-in-site-a holds out; write the same groups"),
    ({"matched": "stratified"}, ".matched: found 'stratified'; write a scheme that tests a part of the other groups too, such as mat"),
    ({"matched": "mached"}, ": scheme 'mached' is unknown; write one of random, "),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), WRONG)
def test_an_entry_that_contradicts_its_schemes_is_one_line(config, changes, expected):
    change(config, **changes)
    with pytest.raises(StudyError) as error:
        check_taken_apart(config, Schemes())
    assert str(error.value).startswith(f"config.yaml: decomposition.held_out.site-a{expected}")
    assert "\n" not in str(error.value)


def dosed(**doses):
    """The families of schemes, and arms of Site A at the size of out with these doses: what only a definition can name."""
    known = Schemes()
    size = known["arm-size-site-a"]
    names = ["stratified", *schemes_of("a"), *schemes_of("b"), *DOSES]
    return {name: known[name] for name in names if name not in DOSES} | {
        name: dataclasses.replace(size, name=name, arguments={**size.arguments, "dose": doses.get(name, 0.5)}) for name in DOSES
    }


DOSES = ["half", "third"]


def test_doses_are_those_of_the_study_in_their_order(config):
    change(config, doses=DOSES)
    schemes = dosed(half=0.5, third=1 / 3)
    config["schemes"] += DOSES
    check_taken_apart(config, schemes)
    first, second = held_sources(taken_apart(config), SITES, schemes)
    assert (first.doses, second.doses) == (("third", "half"), ())
    assert first.curve == ("arm-out-site-a", "third", "half", "arm-size-site-a")
    assert second.curve == ()
    assert [dose_of(schemes[scheme]) for scheme in first.curve] == [0, pytest.approx(1 / 3), 0.5, 1]
    # A dose that the study lacks leaves the entry as it is.
    config["schemes"].remove("half")
    assert taken_apart(config)[0]["doses"] == ["third"]


WRONG_DOSES = [
    (["arm-size-site-a"], "found 'arm-size-site-a'; write arms of size that hold out the same groups, with a dose below 1"),
    (["arm-out-site-a"], "found 'arm-out-site-a'; write arms of size that hold out the same groups, with a dose below 1"),
    (["stratified"], "found 'stratified'; write arms of size that hold out the same groups, with a dose below 1"),
    (DOSES, "'half' and 'third' both have dose 0.5; write one of them"),
]


@pytest.mark.parametrize(("doses", "expected"), WRONG_DOSES)
def test_a_dose_that_is_none_is_one_line(config, doses, expected):
    change(config, doses=doses)
    config["schemes"] += DOSES
    with pytest.raises(StudyError) as error:
        check_taken_apart(config, dosed())
    assert str(error.value) == f"config.yaml: decomposition.held_out.site-a.doses: {expected}"


def test_doses_are_of_the_groups_of_their_entry_and_none_of_them_is_an_arm(config):
    config["schemes"] += DOSES
    config["decomposition"]["held_out"]["site-b"]["doses"] = ["half"]
    with pytest.raises(StudyError, match=r"site-b\.doses: found 'half'; write arms of size that hold out the same groups"):
        check_taken_apart(config, dosed())
    del config["decomposition"]["held_out"]["site-b"]["doses"]
    change(config, arms=["arm-in-site-a", "half", "arm-out-site-a"])
    with pytest.raises(StudyError, match=r"site-a\.arms: found 'half'; write three arms in this order"):
        check_taken_apart(config, dosed())
    change(config, arms=entry("a")["arms"], doses=["haf"])
    with pytest.raises(StudyError, match=r"site-a: scheme 'haf' is unknown; write one of stratified, "):
        check_taken_apart(config, dosed())


def test_a_group_cannot_be_held_out_and_among_the_others(config):
    config["decomposition"]["others"] = {"groups": ["Site C", "Site B"]}
    with pytest.raises(StudyError, match=r"held_out\.site-b\.groups: 'Site B' is among others\.groups too; write it once"):
        check_taken_apart(config, Schemes())


def test_a_group_that_the_data_lack_is_told(config):
    config["decomposition"]["others"] = {"groups": ["Site D"]}
    with pytest.raises(StudyError) as error:
        sources_of(config)
    assert str(error.value) == (
        "config.yaml: decomposition.others.groups: no row has group 'Site D'; groups are 'Site A', 'Site B', 'Site C'"
    )
    with pytest.raises(StudyError, match=r"groups are 'a', 'b' and 1 more$"):
        require_groups(["d"], ["c", "b", "a"], "coverage.held_out", known=2)


DESIGN = Design(
    schemes=["stratified", "matched-site-a", "matched-site-b"],
    agents=["words"],
    seeds=[0, 1],
    level=0.95,
    draws=200,
    seed=0,
    reference="stratified",
    held_out=[],
)
SECTIONS = pd.DataFrame({"label": [1, 0, 0, 0], "source": [*SITES, "Site C"]})


def rows(site, positives, found, negatives, alarms, score=0.0):
    """Rows of a site: so many positives of which so many are found, so many negatives of which so many are called positive."""
    y = [1] * positives + [0] * negatives
    predicted = [1] * found + [0] * (positives - found) + [1] * alarms + [0] * (negatives - alarms)
    frame = pd.DataFrame({"source": site, "y": y, "predicted": predicted})
    # Scores go with the rank within what is called positive or not; a site may be scored higher as a whole.
    return frame.assign(score=frame["predicted"] * 0.5 + score)


def runs(split, *parts):
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.assign(split=split, agent="words", row=np.arange(len(frame)), unit=np.arange(len(frame)), fold=0)
    return pd.concat([frame.assign(seed=seed) for seed in (0, 1)], ignore_index=True)


DECIDED = {
    "stratified": runs("stratified", rows("Site A", 20, 18, 20, 2)),
    # The model without A: 10 of A's 20 positives, 5 of A's 20 negatives; of B's and C's 40 negatives 4 and 2 of 20.
    "matched-site-a": runs(
        "matched-site-a", rows("Site A", 20, 10, 20, 5), rows("Site B", 20, 16, 20, 4), rows("Site C", 20, 20, 20, 2)
    ),
    # The model without B: 5 of B's 20 positives; of A's and C's 40 negatives 8.
    "matched-site-b": runs("matched-site-b", rows("Site A", 20, 20, 20, 8), rows("Site B", 20, 5, 20, 0), rows("Site C", 20, 20, 20, 0)),
}  # fmt: skip


def test_f1_restated_of_two_sites_by_hand(config):
    table = restated_table(DECIDED, SECTIONS, DESIGN, sources_of(config)).set_index("source")
    assert list(table.index) == ["site-a", "site-b", "not Site A", "not Site B"]
    assert set(table["status"]) == {COMPLETE}
    of_a, of_b, not_a, not_b = (table.loc[name] for name in table.index)
    assert (of_a["positives"], of_a["negatives"], of_a["own_negatives"]) == (20, 40, 20)
    assert (of_a["recall"], of_a["fpr"]) == (pytest.approx(0.5), pytest.approx(6 / 40))
    # A quarter of the rows is positive: hits .125, false alarms .75 x .15 = .1125, F1 = .25 / (.125 + .1125 + .25).
    assert of_a["restated"] == pytest.approx(0.25 / 0.4875)
    assert (of_b["recall"], of_b["fpr"]) == (pytest.approx(0.25), pytest.approx(8 / 40))
    assert (not_a["recall"], not_a["fpr"], not_a["own_negatives"]) == (pytest.approx(36 / 40), pytest.approx(6 / 40), 40)
    assert not_b["recall"] == pytest.approx(1)
    captions = [panel.caption for panel in restated_panels(table.reset_index(), {"words": "Words"}, 0.95, sources_of(config))]
    assert (
        "for site-a: recall on 20 positive rows, false-positive rate on 40 held-out negative rows of the others" in captions[0]
    )
    assert "(scheme matched-site-b, trained without Site B)" in captions[1]
    assert captions[2].startswith(
        "F1 restated at the corpus's share of positives, 25.0%, for not Site A: recall on 40 positive"
    )


SCORES = pd.DataFrame(
    [
        {
            "split": "stratified",
            "agent": "words",
            "seed": seed,
            "group_kind": "all",
            "n": 40,
            "n_train": 160,
            "positives": 20,
            "auc": 0.9,
            "ap": 0.9,
        }
        | {"missing_reason": ""}
        for seed in (0, 1)
    ]
)


def test_ranking_within_and_across_two_sites_by_hand(config):
    table = ranking_table(DECIDED, SCORES, SECTIONS, DESIGN, sources_of(config))
    assert table[["source", "ranking"]].to_records(index=False).tolist() == [
        ("random rows", "random rows"),
        ("site-a", WITHIN),
        ("site-a", "against the others' negatives"),
        ("site-b", WITHIN),
        ("site-b", "against the others' negatives"),
        ("not Site A", WITHIN),
        ("not Site B", WITHIN),
    ]
    auc = table.set_index(["source", "ranking"])["auc"]
    # Two scores: a positive is above where it is called so and the negative is not, and ties are half.
    assert auc["site-a", WITHIN] == pytest.approx(0.5 * 0.75 + (0.5 * 0.25 + 0.5 * 0.75) / 2)
    assert auc["site-a", "against the others' negatives"] == pytest.approx(0.5 * 0.85 + (0.5 * 0.15 + 0.5 * 0.85) / 2)
    first = ranking_panels(table, {"words": "Words"}, 0.95, sources_of(config))[0]
    assert list(first.cells)[:3] == ["agent", "random rows (20 : 20)", "not Site A, held out (40 : 40)"]
    assert (
        "are scored on each scheme (matched-site-a, trained without Site A; matched-site-b, trained without Site B)"
        in first.caption
    )

"""The drop of an agent's F1 on held-out groups by hand: on their own negatives, on the others', and why there is none."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from mirage.design import Design
from mirage.errors import StudyError
from mirage.held_out.drops import OWN, drops
from mirage.held_out.sources import HeldSource, Others
from mirage.splits.names import Schemes, hold_same
from mirage.states import COMPLETE, MISSING, NOT_RUN
from mirage.tables.restated import restated_table

DESIGN = Design(
    schemes=["kfold", "out-a", "out-b", "matched-b", "out-c"],
    agents=["words"],
    seeds=[0, 1],
    level=0.95,
    draws=300,
    seed=0,
    reference="kfold",
    held_out=[],
)
MATCHED = {"out-b": "matched-b"}


def rows(group, positives, found, negatives=0, alarms=0):
    """Rows of a group: how many positives and how many of them found, how many negatives and how many of them called positive."""
    called = [1] * found + [0] * (positives - found) + [1] * alarms + [0] * (negatives - alarms)
    return pd.DataFrame({"source": group, "y": [1] * positives + [0] * negatives, "predicted": called})


def runs(split, *parts, agent="words", seeds=(0, 1)):
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.assign(split=split, agent=agent, row=np.arange(len(frame)), unit=np.arange(len(frame)), fold=0)
    return pd.concat([frame.assign(seed=seed) for seed in seeds], ignore_index=True)


def corpus(*groups):
    """Rows of a corpus: groups with how many positives and negatives each has."""
    parts = [rows(name, positives, 0, negatives) for name, positives, negatives in groups]
    return pd.concat(parts, ignore_index=True).rename(columns={"y": "label"})


# A quarter is positive: 40 of 160 rows. a has negatives of its own, b has none, c has no positives.
SECTIONS = corpus(("a", 20, 40), ("b", 20, 0), ("c", 0, 80))
DECIDED = {
    "kfold": runs("kfold", rows("a", 20, 18, 40, 4)),
    "out-a": runs("out-a", rows("a", 20, 10, 40, 10)),
    "out-b": runs("out-b", rows("b", 20, 20)),
    "matched-b": runs("matched-b", rows("b", 20, 5), rows("a", 20, 20, 40, 0), rows("c", 0, 0, 80, 12)),
    "out-c": runs("out-c", rows("c", 0, 0, 80, 8)),
}


def of(scheme, decided=DECIDED, sections=SECTIONS, matched=MATCHED, **changes):
    [found] = drops(decided, sections, dataclasses.replace(DESIGN, **changes), [scheme], matched)
    return found


def test_groups_with_negatives_are_judged_on_their_own():
    found = of("out-a")
    assert (found.status, found.groups, found.reference, found.negatives_of) == (COMPLETE, ("a",), "kfold", OWN)
    assert (found.seeds, found.positives, found.units, found.negatives) == (2, 20, 20, 40)
    # Hits .25 x .9, false alarms .75 x .1; held out .25 x .5 and .75 x .25.
    assert found.f1_reference == pytest.approx(0.45 / (0.225 + 0.075 + 0.25))
    assert found.f1_held_out == pytest.approx(0.25 / (0.125 + 0.1875 + 0.25))
    assert found.drop == pytest.approx(found.f1_reference - found.f1_held_out)
    assert found.reference_draws.shape == found.held_out_draws.shape == (300,)
    low, high = found.interval
    assert low < found.drop < high


def test_groups_without_negatives_take_those_of_the_others_and_recall_from_the_same_models():
    found = of("out-b")
    assert (found.status, found.negatives_of, found.positives, found.negatives) == (COMPLETE, "not b", 20, 120)
    # Recall is the matched scheme's .25, not the 1 of out-b; 12 false alarms among 120 negatives.
    assert found.f1_held_out == pytest.approx(2 * 0.25 * 0.25 / (0.25 * 0.25 + 0.75 * 0.1 + 0.25))


def test_a_drop_is_that_of_the_table_of_restated_f1():
    others = Others("not b", ("a", "c"), "the others")
    source = HeldSource("b", ("b",), ("in", "size", "out"), "matched-b", ("b",), others)
    row = restated_table(DECIDED, SECTIONS, DESIGN, [source]).iloc[0]
    found = of("out-b")
    assert (row["gap"], row["gap_low"], row["gap_high"]) == pytest.approx((found.drop, *found.interval))


def test_others_that_a_scheme_names_give_the_negatives():
    definitions = {"alike": {"out": ["b"], "with_folds_of": ["c"]}}
    decided = {**DECIDED, "alike": DECIDED["matched-b"]}
    found = of("out-b", decided, matched={"out-b": "alike"}, definitions=definitions)
    assert (found.negatives_of, found.negatives) == ("c", 80)


def test_one_fold_a_seed_takes_every_negative_once():
    split = DECIDED["matched-b"]
    turned = split[(split["source"] == "b") | (split["row"] % 2 == split["seed"])]
    found = of("out-b", {**DECIDED, "matched-b": turned})
    assert (found.seeds, found.negatives) == (2, 120)
    assert found.f1_held_out == pytest.approx(of("out-b").f1_held_out)


@pytest.mark.parametrize(
    ("scheme", "options", "status"),
    [
        ("out-c", {}, "no positive rows"),
        ("out-b", {"matched": {}}, "no negatives: add scheme matched-b"),
        ("out-a", {"sections": corpus(("a", 20, 19), ("c", 0, 80))}, "too few negatives (19): add scheme matched-a"),
        ("out-a", {"sections": corpus(("a", 20, 40), ("b", 20, 3))}, "not valid: 3 negatives to train on"),
        ("out-a", {"decided": {**DECIDED, "out-a": DECIDED["out-a"].assign(unit=lambda frame: frame["row"] % 3)}}, "too few units (3)"),
        ("out-a", {"seeds": [0, 1, 2]}, MISSING),
        ("out-b", {"seeds": [0, 1, 2]}, MISSING),
        ("out-a", {"grid": {"words": {"schemes": DESIGN.schemes, "seeds": [0, 1], "reason": "needs a GPU"}}}, NOT_RUN),
        ("out-b", {"grid": {"words": {"schemes": ["kfold", "out-b"], "seeds": [0, 1]}}}, "no cell on matched-b"),
    ],
)  # fmt: skip
def test_what_has_no_drop_says_why(scheme, options, status):
    found = of(scheme, **options)
    assert found.status == status
    assert math.isnan(found.drop)
    assert found.draws.shape == (0,)
    assert all(math.isnan(end) for end in found.interval)


def test_agents_without_the_cell_and_schemes_that_hold_no_group_out_have_none():
    grid = {"words": {"schemes": ["kfold"], "seeds": [0, 1]}}
    design = dataclasses.replace(DESIGN, grid=grid)
    assert drops(DECIDED, SECTIONS, design, ["out-a"], {}) == []
    assert drops(DECIDED, SECTIONS, DESIGN, ["kfold", "matched-b"], {}) == []


def test_a_group_that_the_data_lack_is_told():
    with pytest.raises(StudyError, match="no group of the data is written 'd'"):
        of("out-d")


def test_schemes_that_hold_the_same_groups_out_are_told_by_name_or_by_value():
    facts = Schemes(
        {"b-out": {"out": ["B"]}, "both": {"out": ["B", "a"]}, "alike": {"out": ["a", "B"], "with_folds_of": ["c"]}}
    )
    assert hold_same(facts["b-out"].held, facts["matched-b"].held)
    assert hold_same(facts["both"].held, facts["alike"].held)
    assert not hold_same(facts["both"].held, facts["matched-b"].held)
    assert not hold_same(facts["kfold"].held, facts["matched-b"].held)

"""The difference of two drops by hand: on common rows and seeds, with its interval, its correction, and why there is none."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from mirage.design import Design
from mirage.held_out.drops import Held
from mirage.states import COMPLETE, MISSING, NOT_RUN
from mirage.tables.drop_differences import ALIKE, drop_differences

DESIGN = Design(
    schemes=["kfold", "stratified", "out-b", "matched-b"],
    agents=["words", "trees", "tiny"],
    seeds=[0, 1],
    level=0.95,
    draws=300,
    seed=0,
    reference="kfold",
    fallback="stratified",
    held_out=["out-b"],
    grid={"tiny": {"schemes": ["stratified", "matched-b"], "seeds": [0], "reason": None}},
)
SECTIONS = pd.DataFrame({"source": ["a"] * 60 + ["b"] * 20, "label": [1] * 20 + [0] * 40 + [1] * 20})
PREVALENCE = 0.5


def runs(split, agent, found, alarms, found_b=None, seeds=(0, 1)):
    """Rows of a, of which 20 are positive and ``found`` of these called so, and of b where ``found_b`` says how many of 20."""
    parts = [("a", 1, 20, found), ("a", 0, 40, alarms), *([("b", 1, 20, found_b)] if found_b is not None else [])]
    cells = [(source, y, int(place < called)) for source, y, count, called in parts for place in range(count)]
    frame = pd.DataFrame(cells, columns=["source", "y", "predicted"])
    frame = frame.assign(split=split, agent=agent, row=np.arange(len(frame)), unit=np.arange(len(frame)), fold=0)
    return pd.concat([frame.assign(seed=seed) for seed in seeds], ignore_index=True)


DECIDED = {
    "kfold": pd.concat([runs("kfold", "words", 18, 4), runs("kfold", "trees", 20, 0)]),
    "stratified": pd.concat([runs("stratified", "words", 16, 4), runs("stratified", "tiny", 20, 4, seeds=[0])]),
    "out-b": pd.DataFrame(columns=["split", "agent", "seed", "row", "fold", "y", "predicted", "source", "unit"]),
    "matched-b": pd.concat(
        [
            runs("matched-b", "words", 18, 4, 5),
            runs("matched-b", "trees", 18, 4, 15),
            runs("matched-b", "tiny", 18, 4, 18, seeds=[0]),
        ]
    ),
}


def table(pairs, decided=DECIDED, **changes):
    design = dataclasses.replace(DESIGN, **changes)
    held = Held("out-b", SECTIONS, design, "matched-b")
    return drop_differences(decided, held, design, pairs).to_dict("records")


def f1(recall, fpr):
    hits, alarms = PREVALENCE * recall, (1 - PREVALENCE) * fpr
    return 2 * hits / (hits + alarms + PREVALENCE)


def test_both_drops_are_taken_from_the_reference_and_on_the_rows_held_out():
    [row] = table([("trees", "words")])
    assert (row["status"], row["reference"], row["tested_by"], row["sources"], row["seeds"]) == (
        COMPLETE,
        "kfold",
        "matched-b",
        "b",
        2,
    )
    assert row["drop"] == pytest.approx(f1(1, 0) - f1(0.75, 0.1))
    assert row["drop_against"] == pytest.approx(f1(0.9, 0.1) - f1(0.25, 0.1))
    assert row["difference"] == pytest.approx(row["drop"] - row["drop_against"])
    # Of b's 20 positives the two answer 10 differently, and of a's negatives none.
    assert row["units"] == 10
    assert row["low"] < row["difference"] < row["high"] < 0
    assert row["p_value"] < 0.05


def test_the_rows_of_a_pair_are_drawn_once_for_both():
    [together] = table([("trees", "words")])
    # The same recalls, on rows of which the two have none in common: a difference of -1, 0 or 1 a row where it was 0 or 1.
    trees = runs("matched-b", "trees", 18, 4, 15)
    last = trees.assign(predicted=trees["predicted"].where(trees["source"] == "a", (trees["row"] >= 65).astype(int)))
    apart = {**DECIDED, "matched-b": pd.concat([runs("matched-b", "words", 18, 4, 5), last])}
    [row] = table([("trees", "words")], decided=apart)
    assert row["difference"] == pytest.approx(together["difference"])
    assert together["high"] - together["low"] < row["high"] - row["low"]


def test_an_agent_with_fewer_seeds_and_another_reference_is_compared_on_what_both_have():
    [row] = table([("tiny", "words")])
    assert (row["reference"], row["seeds"]) == ("stratified", 1)
    assert row["drop_against"] == pytest.approx(f1(0.8, 0.1) - f1(0.25, 0.1))
    assert row["drop"] == pytest.approx(f1(1, 0.1) - f1(0.9, 0.1))


def test_agents_without_a_reference_in_common_have_no_row():
    assert (
        table(
            [("tiny", "trees")],
            schemes=["kfold", "matched-b"],
            grid={
                "tiny": {"schemes": ["stratified", "matched-b"], "seeds": [0], "reason": None},
                "trees": {"schemes": ["kfold", "matched-b"], "seeds": [0], "reason": None},
            },
        )
        == []
    )


def test_answers_that_are_the_same_or_nearly_so_have_no_interval():
    same = {**DECIDED, "matched-b": pd.concat([runs("matched-b", "words", 18, 4, 5), runs("matched-b", "trees", 18, 4, 5)])}
    [row] = table([("trees", "words")], decided=same)
    assert row["status"] == ALIKE
    assert math.isnan(row["low"])
    near = {**DECIDED, "matched-b": pd.concat([runs("matched-b", "words", 18, 4, 5), runs("matched-b", "trees", 18, 4, 8)])}
    [row] = table([("trees", "words")], decided=near)
    assert row["status"] == "answers differ in too few «units» held out (3)"
    assert row["difference"] == pytest.approx(f1(1, 0) - f1(0.4, 0.1) - f1(0.9, 0.1) + f1(0.25, 0.1))


def test_what_is_missing_or_not_run_is_said():
    short = {**DECIDED, "kfold": DECIDED["kfold"][DECIDED["kfold"]["seed"] == 0]}
    assert table([("trees", "words")], decided=short)[0]["status"] == MISSING
    left_out = {"trees": {"schemes": ["kfold", "matched-b"], "seeds": [0, 1], "reason": "no GPU"}}
    assert table([("trees", "words")], grid=left_out)[0]["status"] == NOT_RUN


def test_p_is_corrected_for_all_pairs():
    rows = table([("trees", "words"), ("tiny", "words")])
    assert {row["family"] for row in rows} == {2}
    assert rows[0]["p_holm"] >= rows[0]["p_value"]

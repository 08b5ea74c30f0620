"""By source and decade, and calibration: numbers by hand, and what a reader sees."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from mirage.design import Design
from mirage.errors import StudyError
from mirage.states import MISSING, NOT_RUN
from mirage.stats.calibration import graded
from mirage.stats.intervals import wilson_crossed
from mirage.tables.calibration import bins_for, calibration_panels, calibration_table, reliability_points
from mirage.tables.groups import decade_labels, group_masks, group_panels, group_table
from mirage.tables.listed import listed

SPLIT, HELD_OUT = "kfold-grouped", "matched"
DESIGN = Design(
    schemes=[SPLIT, HELD_OUT],
    agents=["words", "scorer"],
    seeds=[0, 1],
    level=0.95,
    draws=200,
    seed=0,
    reference=SPLIT,
    held_out=[HELD_OUT],
)
TITLES = {"words": "Words", "scorer": "Scorer", "encoder": "Encoder"}
# Twelve rows of murray, all positive, in the 1890s; twenty-eight of the experts, twenty negative, in the 1910s; two of 1935.
SOURCE = ["murray"] * 12 + ["project experts"] * 30
LABEL = [1] * 12 + [1] * 8 + [0] * 20 + [0, 1]
YEAR = [1895] * 12 + [1912] * 28 + [1935] * 2
SECTIONS = pd.DataFrame({"source": SOURCE, "label": LABEL, "year": YEAR})
N = len(SECTIONS)


def run(agent, seed, predicted, score=None, split=SPLIT, rows=None):
    rows = np.arange(N) if rows is None else np.array(rows)
    predicted = np.array(predicted, dtype=np.int8)
    frame = {"split": split, "agent": agent, "seed": seed, "row": rows, "y": np.array(LABEL, dtype=np.int8)[rows]}
    frame |= {"score": predicted.astype(float) if score is None else score, "predicted": predicted, "unit": rows // 2}
    return pd.DataFrame(frame)


def words(seed):
    """Finds the experts' positives and calls two of their negatives positive; of murray half, in seed 1 a quarter."""
    found = 6 if seed == 0 else 3
    return [1] * found + [0] * (12 - found) + [1] * 8 + [1, 1] + [0] * 18 + [0, 1]


@pytest.fixture
def decided():
    scores = np.linspace(0.05, 0.95, N)[::-1]
    frames = [run("words", seed, words(seed)) for seed in (0, 1)]
    frames += [run("scorer", seed, scores > 0.5, scores) for seed in (0, 1)]
    return pd.concat(frames, ignore_index=True)


@pytest.fixture
def table(decided):
    return group_table(decided, SECTIONS, DESIGN, SPLIT, 5)


def cell(table, agent, group):
    [row] = table[(table["agent"] == agent) & (table["group"] == group)].to_dict("records")
    return row


def test_decades_of_few_rows_are_joined_to_the_next_and_the_rest_to_the_last():
    years = np.array([1866, 1871, 1872, 1885, 1886, 1887, 1901, 1902, 1903, 1964])
    named = decade_labels(years, 3).tolist()
    assert named == ["1860s-1870s"] * 3 + ["1880s"] * 3 + ["1900s-1960s"] * 4
    assert decade_labels(years[:2], 3).tolist() == ["1860s-1870s"] * 2


def test_rates_of_a_source_by_hand(table):
    murray = cell(table, "words", "murray")
    assert (murray["n"], murray["positives"], murray["seeds"]) == (12, 12, 2)
    assert murray["recall"] == pytest.approx((6 + 3) / 24)
    assert math.isnan(murray["fpr"])
    assert murray["f1"] == pytest.approx(np.mean([2 * 6 / 18, 2 * 3 / 15]))
    hits = np.array([words(0)[:12], words(1)[:12]])
    assert (murray["recall_low"], murray["recall_high"]) == wilson_crossed(hits, 0.95, np.arange(12) // 2)
    experts = cell(table, "words", "project experts")
    assert experts["recall"] == 1
    assert experts["fpr"] == pytest.approx(2 / 21)
    assert experts["f1"] == pytest.approx(2 * 9 / (2 * 9 + 2))
    assert experts["f1_low"] < experts["f1"] < experts["f1_high"]


def test_decades_join_and_all_rows_are_a_group(table):
    assert table.loc[table["agent"] == "words", "group"].tolist() == [
        "all",
        "murray",
        "project experts",
        "1890s",
        "1910s-1930s",
    ]
    assert cell(table, "words", "all")["n"] == N


def test_the_worst_group_has_the_least_recall_among_those_with_enough_positives(decided, table):
    worst = table[table["worst"]]
    assert worst.loc[worst["agent"] == "words", "group"].tolist() == ["murray", "1890s"]
    strict = group_table(decided, SECTIONS, DESIGN, SPLIT, 10)
    assert strict.loc[strict["worst"] & (strict["agent"] == "scorer"), "group"].tolist() == ["murray", "1890s"]


def test_rows_that_are_all_right_get_an_interval_of_some_width():
    perfect = pd.concat([run(agent, seed, LABEL) for agent in ("words", "scorer") for seed in (0, 1)])
    murray = cell(group_table(perfect, SECTIONS, DESIGN, SPLIT, 5), "words", "murray")
    assert (murray["f1"], murray["f1_high"]) == (1, 1)
    assert 0.5 < murray["f1_low"] < 0.95


def test_an_estimate_does_not_depend_on_the_others_made_and_the_seed_decides(decided, table):
    alone = group_table(decided, SECTIONS, dataclasses.replace(DESIGN, agents=["scorer"]), SPLIT, 5)
    pd.testing.assert_frame_equal(alone, table[table["agent"] == "scorer"].reset_index(drop=True))
    other = group_table(decided, SECTIONS, dataclasses.replace(DESIGN, seed=1), SPLIT, 5)
    assert other["f1_low"].tolist() != table["f1_low"].tolist()
    np.testing.assert_array_equal(other["recall_low"], table["recall_low"])


def test_a_scheme_that_does_not_test_every_row_every_seed_is_refused(decided):
    partial = decided[(decided["seed"] == 0) | (decided["row"] > 3)]
    with pytest.raises(StudyError, match=f"groups: {SPLIT} does not test every row with every seed"):
        group_table(partial, SECTIONS, DESIGN, SPLIT, 5)


def test_a_missing_seed_leaves_no_estimate(decided):
    gone = decided[(decided["agent"] != "words") | (decided["seed"] == 0)]
    table = group_table(gone, SECTIONS, DESIGN, SPLIT, 5)
    [row] = table[table["agent"] == "words"].to_dict("records")
    assert row["status"] == MISSING
    assert math.isnan(row["recall"])
    panels = group_panels(table, TITLES, 0.95, 5)
    assert set(panels[0].cells.loc[0].tolist()) == {"Words", "missing"}
    assert set(panels[2].cells["Words"]) == {"missing"}


def test_panels_say_where_rows_are_too_few(table):
    worst, _, recall, fpr, f1, *_ = group_panels(table, TITLES, 0.95, 10)
    assert len(group_panels(table, TITLES, 0.95, 10)) == 8
    murray = cell(table, "words", "murray")
    interval = f"[{murray['recall_low']:.3f}, {murray['recall_high']:.3f}]".replace("0.", ".")
    assert recall.cells["Words"].tolist()[:2] == [f".375 {interval}", "too few rows (9)"]
    assert fpr.cells.set_index("«group»").loc["murray", "Words"] == "no negative rows"
    assert recall.cells["«group»"].tolist() == ["murray", "project experts", "all"]
    assert worst.cells.loc[0, "worst «group»"] == "murray"
    assert worst.cells.loc[0, "mean over «groups»"] == ".375 (of 1)"
    assert "Mean over 2 seeds [95% interval: Wilson at the effective number of units" in recall.caption
    assert "hold a group against always-positive" in f1.caption


def test_bins_hold_twenty_rows_where_they_can():
    assert [bins_for(rows) for rows in (10, 59, 60, 200, 5000)] == [2, 2, 3, 10, 10]


def test_only_scores_between_the_verdicts_are_graded():
    assert not graded(np.array([0.0, 1.0, 1.0]))
    assert graded(np.array([0.0, 0.4, 1.0]))


@pytest.fixture
def calibration(decided):
    held = decided.assign(split=HELD_OUT)
    return calibration_table({SPLIT: decided, HELD_OUT: held[held["row"] < 36]}, SECTIONS, DESIGN, 10)


def test_calibration_by_hand_on_two_bins(calibration):
    row = cell(calibration[calibration["split"] == SPLIT], "scorer", "all")
    assert (row["seed"], row["bins"], row["n"]) == (0, 2, N)
    # Scores fall with the row number: the upper half is rows 0 to 20, the lower half the rest.
    scores = np.linspace(0.05, 0.95, N)[::-1]
    labels = np.array(LABEL)
    error = sum(abs((labels[part] - scores[part]).sum()) for part in (slice(0, 21), slice(21, N))) / N
    assert row["ece"] == pytest.approx(error)
    assert row["low"] <= row["ece_corrected"] <= row["high"]
    assert row["ece_least"] == row["ece_greatest"] == pytest.approx(error)


def test_calibration_says_what_has_no_graded_score_and_what_has_too_few_rows(calibration):
    [words] = calibration[(calibration["agent"] == "words") & (calibration["split"] == SPLIT)].to_dict("records")
    assert not words["graded"]
    assert math.isnan(words["ece"])
    overall, held, by_source, by_decade, held_source = calibration_panels(calibration, TITLES, 0.95)
    assert overall.cells["error"].tolist()[0] == "no graded score"
    assert overall.cells.loc[1, "n (positive)"] == "42 (21)"
    assert held.cells.loc[1, "n (positive)"] == "36 (20)"
    assert by_source.cells.columns.tolist() == ["«group»", "n", "positive", "Scorer"]
    assert by_decade.caption.startswith("Expected calibration error by decade, scheme kfold-grouped, first seed [95% interval:")
    assert "scheme matched" in held_source.caption
    few = calibration_table({SPLIT: run("scorer", 0, [1] * 6, np.full(6, 0.5), rows=range(6))}, SECTIONS, one_seed(), 10)
    [panel, *_] = calibration_panels(few, TITLES, 0.95)
    assert panel.cells["error"].tolist() == ["too few rows (6)"]


def one_seed():
    return dataclasses.replace(DESIGN, seeds=[0], agents=["scorer"])


def test_an_agent_that_does_not_run_here_is_named():
    grid = {"encoder": {"schemes": [SPLIT], "seeds": [0], "reason": "no GPU"}}
    plan = dataclasses.replace(one_seed(), agents=["scorer", "encoder"], grid=grid)
    scores = np.linspace(0.1, 0.9, N)
    frame = run("scorer", 0, scores > 0.5, scores)
    groups = group_table(frame, SECTIONS, plan, SPLIT, 5)
    assert groups.loc[groups["agent"] == "encoder", "status"].tolist() == [NOT_RUN]
    assert set(group_panels(groups, TITLES, 0.95, 5)[2].cells["Encoder"]) == {NOT_RUN}
    [panel, *_] = calibration_panels(calibration_table({SPLIT: frame}, SECTIONS, plan, 5), TITLES, 0.95)
    assert panel.cells["error"].tolist()[1] == NOT_RUN


def test_a_reliability_curve_has_a_point_a_bin_and_none_without_graded_scores(decided):
    points = reliability_points(decided, "scorer", 0.95)
    assert points["rows"].tolist() == [21, 21]
    assert points["observed"].tolist() == pytest.approx([np.mean(LABEL[21:]), np.mean(LABEL[:21])])
    assert (points["low"] <= points["observed"]).all()
    assert (points["observed"] <= points["high"]).all()
    assert reliability_points(decided, "words", 0.95).empty
    assert reliability_points(decided, "encoder", 0.95).empty


def test_rows_of_one_group_and_no_year_have_no_table_but_all_rows():
    masks = group_masks(pd.DataFrame({"source": ["all rows"] * 4}), np.arange(4), 2)
    assert [(kind, name) for kind, name, _ in masks] == [("all", "all")]


def test_of_many_groups_those_with_rows_enough_are_named_and_the_others_stand_together(decided):
    many = SECTIONS.assign(source=["murray"] * 12 + [f"s{place}" for place in range(30)]).drop(columns="year")
    masks = {(kind, name): mask for kind, name, mask in group_masks(many, np.arange(N), 3)}
    assert list(masks) == [("all", "all"), ("source", "murray"), ("rest", "30 smaller ones")]
    assert masks["rest", "30 smaller ones"].tolist() == [False] * 12 + [True] * 30
    panels = group_panels(group_table(decided, many, DESIGN, SPLIT, 3), TITLES, 0.95, 3)
    assert panels[0].cells["worst «group»"].tolist() == ["murray", "murray"]
    assert panels[1].cells["«group»"].tolist() == ["murray", "30 smaller ones", "all"]


def test_all_of_up_to_twelve_groups_are_named_and_of_equally_large_ones_the_first():
    assert listed(pd.Series(["b", "a", "a"]), 2) == ["b", "a"]
    assert listed(pd.Series([f"g{place:02}" for place in range(50)] * 2), 2) == [f"g{place:02}" for place in range(40)]

"""What it is worth to have seen a group: recalls and differences by hand, what is paired, and what is said where there is none."""

import dataclasses
import json
import math

import pandas as pd
import pytest

from frames import decided_rows, score_row
from mirage.design import BOOTSTRAP, Design
from mirage.errors import StudyError
from mirage.held_out.sources import HeldSource, Others
from mirage.states import COMPLETE, MISSING, NOT_RUN
from mirage.tables.exposure import COLUMNS, exposure_panels, exposure_table
from script_loader import COVERAGE, make_table

ARMS = ("arm-in-site-a", "arm-size-site-a", "arm-out-site-a")
SITE = HeldSource("site-a", ("Site A",), ARMS, "matched-site-a", ("Site A",), Others("not Site A", ("Site B",), "the others"))
DESIGN = Design(
    schemes=["stratified", *ARMS],
    agents=["words"],
    seeds=[0, 1],
    level=0.8,
    draws=2000,
    seed=0,
    reference="stratified",
    held_out=[],
)
NEGATIVES = 2


def run(split, found, seed, alarms=0, of_unit=1, agent="words"):
    """One run on ten positive rows, of which the first ``found`` are found, and two negative ones."""
    predicted = [1] * found + [0] * (10 - found) + [1] * alarms + [0] * (NEGATIVES - alarms)
    return decided_rows(split, agent, seed, [1] * 10 + [0] * NEGATIVES, predicted, of_unit=of_unit)


def decided(found=(8, 7, 4), seeds=(0, 1), **options):
    """The arms in, size and out, of which every run finds so many; or a dict of them by seed."""
    return {
        arm: pd.concat([run(arm, count[seed] if isinstance(count, dict) else count, seed, **options) for seed in seeds])
        for arm, count in zip(ARMS, found, strict=True)
    }


def table_of(frames=None, **changes):
    return exposure_table(decided() if frames is None else frames, dataclasses.replace(DESIGN, **changes), [SITE])


def row_of(*found, **options):
    [row] = table_of(decided(found, **options)).to_dict("records")
    return row


def test_recalls_and_differences_by_hand():
    table = table_of()
    assert list(table) == COLUMNS
    [row] = table.to_dict("records")
    assert (row["agent"], row["source"], row["status"], row["interval"]) == ("words", "site-a", COMPLETE, BOOTSTRAP)
    assert (row["seeds"], row["positives"], row["units"]) == (2, 10, 10)
    assert [row[f"recall_{letter}"] for letter in ("in", "size", "out")] == pytest.approx([0.8, 0.7, 0.4])
    assert (row["difference"], row["difference_in"]) == (pytest.approx(0.3), pytest.approx(0.4))
    assert (row["misses_in"], row["misses_out"]) == (pytest.approx(0.2), pytest.approx(0.6))


def test_intervals_of_the_same_rows_by_hand():
    # Three of the ten rows are found in size and not in out: as many as are drawn of them differ, binomial(10, .3). At level .8 three
    # units reach to deviates of 1.8856 sqrt(3 / 2) = -2.309 and, as its skewness of .276 moves the upper end, 2.63: tails of .010 and
    # .004, where it has 0 and 7. The four rows for arm in reach to -1.891 and 2.01: 1 and 7.
    row = row_of(8, 7, 4)
    assert (row["low"], row["high"]) == (pytest.approx(0.0), pytest.approx(0.7))
    assert (row["low_in"], row["high_in"]) == (pytest.approx(0.1), pytest.approx(0.7))


def test_units_are_drawn_whole():
    # Of five units of two rows four differ: binomial(5, .8), in halves of two rows. At level .8 they reach to deviates of 1.891 and, as
    # its skewness of -.671 moves the lower end, -2.52: 1 (.0067 lie there) and 5.
    row = row_of(10, 10, 2, of_unit=2)
    assert row["units"] == 5
    assert (row["low"], row["high"]) == (pytest.approx(0.2), pytest.approx(1.0))


def test_one_unit_that_differs_has_no_interval():
    row = row_of(6, 6, 4, of_unit=2)
    assert row["difference"] == pytest.approx(0.2)
    assert math.isnan(row["low"])


def test_the_arms_of_one_seed_are_drawn_together():
    # Seed 0 finds all and seed 1 nothing, whatever is trained on: drawn apart, recall would differ by up to 1.
    row = row_of(*[{0: 10, 1: 0}] * 3)
    assert (row["recall_in"], row["difference"], row["difference_in"]) == (0.5, 0, 0)
    assert all(math.isnan(row[end]) for end in ("low", "high", "low_in", "high_in"))


def test_negative_rows_do_not_enter():
    pd.testing.assert_frame_equal(table_of(), table_of(decided(alarms=NEGATIVES)))


@pytest.mark.parametrize("arm", ARMS)
def test_a_missing_run_of_any_arm_is_missing(arm):
    frames = decided()
    frames[arm] = frames[arm][frames[arm]["seed"] == 0]
    [row] = table_of(frames).to_dict("records")
    assert row["status"] == MISSING
    assert math.isnan(row["recall_out"])


def test_agents_without_the_arms_are_left_out_and_those_of_another_machine_not_run():
    grid = {"trees": {"schemes": ["stratified"], "seeds": [0, 1], "reason": None}}
    assert table_of(agents=["words", "trees"], grid=grid)["agent"].tolist() == ["words"]
    grid = {"words": {"schemes": DESIGN.schemes, "seeds": [0, 1], "reason": "needs a GPU"}}
    assert table_of(grid=grid)["status"].tolist() == [NOT_RUN]


def test_too_few_units_say_so_and_how_many_rows_there_are():
    row = row_of(8, 7, 4, of_unit=3)
    assert (row["status"], row["positives"], row["units"]) == ("too few units (4)", 10, 4)
    assert math.isnan(row["difference"])


@pytest.mark.parametrize("seeds", [(0,), (0, 1)])
def test_arms_that_test_other_rows_are_one_line(seeds):
    frames = decided()
    out = frames["arm-out-site-a"]
    frames["arm-out-site-a"] = out[~(out["seed"].isin(seeds) & (out["row"] == 3))]
    with pytest.raises(StudyError, match="arm-out-site-a: tests other positive rows than arm-in-site-a"):
        table_of(frames)


def test_the_same_seed_gives_the_same_row_whatever_else_is_estimated():
    alone = table_of()
    trees = decided((9, 6, 5), agent="trees")
    both = {arm: pd.concat([trees[arm], frame]) for arm, frame in decided().items()}
    together = table_of(both, agents=["trees", "words"])
    pd.testing.assert_frame_equal(alone, together[together["agent"] == "words"].reset_index(drop=True))


def test_the_panel_says_what_is_the_same_and_shows_what_is_missing():
    absent = {"agent": "trees", "source": "site-a", "status": MISSING}
    table = pd.concat([table_of(), pd.DataFrame([absent])])
    [panel] = exposure_panels(table, {"words": "Words", "trees": "Trees"}, 0.8)
    assert panel.caption.startswith(
        "What it is worth to have seen site-a: recall at threshold 0.5 on the same 10 positive rows, in 10 "
    )
    assert "The same rows in all three, and the rows of the «group» go to training and test in whole «units»" in panel.caption
    assert "means over 2 seeds [80% interval: bootstrap over units x seeds" in panel.caption
    assert "harder" not in panel.caption
    words, trees = panel.cells.to_dict("records")
    assert list(words.values()) == ["Words", ".800", ".700", ".400", ".300 [.000, .700]", ".400 [.100, .700]", ".200", ".600"]
    assert (trees["agent"], trees["exposure"], trees["missed, in"]) == ("Trees", MISSING, "–")


def test_from_outcomes_to_a_table(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "outcomes").mkdir()
    (tmp_path / "data/sections.json").write_text(json.dumps({"corpus": "synthetic"}), encoding="utf-8")
    pd.DataFrame({"source": ["Site A", "Site B"]}).to_parquet(tmp_path / "data/sections.parquet")
    pd.DataFrame([score_row("stratified", "words", 0, tp=1, stand_in=False)]).to_parquet(tmp_path / "scores.parquet")
    for arm, frame in decided().items():
        frame.to_parquet(tmp_path / f"outcomes/{arm}.parquet")
    study = {"design": dataclasses.asdict(DESIGN), "titles": [["words", "Words"]], "notes": {}}
    entry = {"name": "site-a", "groups": ["Site A"], "arms": list(ARMS), "matched": "matched-site-a"}
    entry |= {"doses": [], "others": None, "title": "the others"}
    assert make_table("mirage.tables.exposure", tmp_path, {"study": study, "taken_apart": [entry]}, [COVERAGE]) == 0
    assert pd.read_csv(tmp_path / "tables/exposure.csv")["stamp"].str.startswith("synthetic corpus").all()
    text = (tmp_path / "tables/exposure.md").read_text(encoding="utf-8")
    assert "| Words | .800 | .700 | .400 | .300 [.000, .700] |" in text
    assert "- `arm-size-site-a`: as arm-in-site-a, less as many random other rows." in text

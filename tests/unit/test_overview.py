import json
import math

import pandas as pd
import pytest

from frames import decided_rows, score_row
from known_schemes import DEFINITIONS
from mirage.design import Design
from mirage.errors import StudyError
from mirage.stats.intervals import wilson_crossed
from mirage.tables.layout import with_interval
from mirage.tables.overview import overview_panels, overview_table
from script_loader import COVERAGE, make_table

TITLES = {"words": "Ten words", "tuned": "Fine-tuned"}
# Rows 0 to 3 are the first source's, 4 to 7 the second's, and 18 negatives a third's: 20 to train on once the first is held out.
Y = [1, 1, 1, 0, 1, 1, 0, 0]
SECTIONS = pd.DataFrame({"source": ["A"] * 4 + ["B"] * 4 + ["C"] * 18, "label": Y + [0] * 18})


def design(reason=None, seeds=(0, 1)):
    own = {"schemes": ["stratified", "source-curated", "source-a"], "seeds": [0], "reason": reason}
    return Design(
        schemes=["stratified", "kfold", "source-curated", "source-a"],
        agents=["words", "tuned"],
        seeds=list(seeds),
        level=0.95,
        draws=100,
        seed=0,
        reference="stratified",
        held_out=["source-curated", "source-a"],
        definitions={**DEFINITIONS, "source-a": {"out": ["a"]}},
        grid={"tuned": own},
    )


def estimate(split, agent, f1, status="complete"):
    row = {"split": split, "agent": agent, "status": status, "seeds": 2, "positives": 5.0, "interval": "some kind"}
    return {**row, "f1": f1, "low": f1 - 0.1, "high": f1 + 0.1}


F1 = pd.DataFrame(
    [
        estimate("stratified", "words", 0.8),
        estimate("source-curated", "words", 0.5),
        estimate("time", "words", 0.2),
        estimate("stratified", "tuned", math.nan, "not run here"),
    ]
)
GAP = pd.DataFrame(
    [
        {"agent": "words", "held_out": "source-curated", "reference": "stratified", "status": "complete", "positives": 5.0}
        | {"gap": 0.3, "low": 0.1, "high": 0.5, "interval": "another kind"}
    ]
)
KFOLD = pd.concat(decided_rows("kfold", "words", seed, Y, [1, 1, 0, 1, 1, seed, 0, 0]) for seed in (0, 1))
RECALLS = [(2 / 3, [[1, 1, 0], [1, 1, 0]]), (0.75, [[1, 0], [1, 1]])]
HELD = pd.concat(decided_rows("source-a", "words", seed, Y[:4], [1, 0, 0, 0]) for seed in (0, 1))


def table(made_for=None, sections=SECTIONS, **decided):
    frames = {"kfold": KFOLD, "source-a": HELD} | decided
    return overview_table(F1, GAP, frames, sections, made_for or design(), "source-curated", "kfold")


def cell(frame, what, group=None, agent="words"):
    chosen = frame[(frame["agent"] == agent) & (frame["what"] == what)]
    [row] = (chosen if group is None else chosen[chosen["group"] == group]).to_dict("records")
    return row


def test_f1_and_gap_are_those_of_their_tables():
    found = table()
    assert [cell(found, what)["value"] for what in ("random", "held out", "gap")] == [0.8, 0.5, 0.3]
    assert cell(found, "gap")["high"] == 0.5


def test_recall_of_a_source_is_the_mean_over_seeds_with_its_own_interval():
    found = table()
    trained, held_out = cell(found, "trained on", "A"), cell(found, "group held out", "A")
    assert (trained["value"], trained["positives"]) == (pytest.approx(2 / 3), 3)
    assert cell(found, "trained on", "B")["value"] == 0.75
    assert held_out["value"] == pytest.approx(1 / 3)
    assert (held_out["low"], held_out["high"]) == wilson_crossed([[1, 0, 0]] * 2, 0.95, [0, 1, 2])
    assert not ((found["what"] == "group held out") & (found["group"] == "B")).any()


def test_a_scheme_that_holds_out_two_sources_has_no_recall_here():
    both = KFOLD.assign(split="source-curated")
    assert set(table(**{"source-curated": both})["split"]) == {"stratified", "source-curated", "kfold", "source-a"}
    recalls = table(**{"source-curated": both}).dropna(subset=["group"])
    assert "source-curated" not in set(recalls["split"])


def test_what_did_not_run_is_said_and_what_is_missing_is_not_averaged():
    lost = HELD[HELD["seed"] == 0]
    found = table(design(reason="no GPU"), **{"source-a": lost})
    assert cell(found, "group held out", "A")["status"] == "missing"
    assert cell(found, "group held out", "A", "tuned")["status"] == "not run here"
    [panel] = overview_panels(found, TITLES, 0.95, 2, "some kind")
    first, second = (with_interval(value, *wilson_crossed(hits, 0.95, range(len(hits[0])))) for value, hits in RECALLS)
    assert panel.cells.to_numpy().tolist() == [
        ["Ten words", ".800 [.700, .900]", ".500 [.400, .600]", ".300 [.100, .500]", first, "missing", second],
        ["Fine-tuned", "not run here", "–", "–", "–", "not run here", "–"],
    ]  # fmt: skip


def test_the_columns_name_scheme_source_and_positives_and_few_rows_are_not_rated():
    [panel] = overview_panels(table(), TITLES, 0.95, 3, "some kind")
    assert list(panel.cells) == [
        "agent", "F1, random (stratified)", "F1, held out (source-curated)", "gap",
        "recall of A (3), in training", "recall of A (3), held out", "recall of B (2), in training",
    ]  # fmt: skip
    assert panel.cells.iloc[0]["recall of B (2), in training"] == "too few rows (2)"
    assert "in training means kfold" in panel.caption


def test_no_recall_is_told_of_a_fit_that_saw_few_negatives():
    found = table(sections=SECTIONS.iloc[:25])
    row = cell(found, "group held out", "A")
    assert row["status"] == "not valid: 19 negatives to train on"
    assert pd.isna([row["value"], row["low"], row["high"]]).all()
    assert cell(found, "trained on", "A")["value"] == pytest.approx(2 / 3)
    [panel] = overview_panels(found, TITLES, 0.95, 2, "some kind")
    assert panel.cells.iloc[0]["recall of A (3), held out"] == "not valid: 19 negatives to train on"


def test_seeds_that_test_different_rows_are_an_error():
    torn = KFOLD[~((KFOLD["seed"] == 1) & (KFOLD["row"] == 0))]
    with pytest.raises(StudyError, match="kfold does not test every row with every seed"):
        table(kfold=torn)


def test_the_command_writes_the_table_with_its_stamp_and_schemes(tmp_path):
    results = tmp_path / "results"
    (results / "data").mkdir(parents=True)
    (results / "tables").mkdir()
    (results / "data/sections.json").write_text(json.dumps({"corpus": "synthetic"}))
    SECTIONS.to_parquet(results / "data/sections.parquet")
    pd.DataFrame([score_row("stratified", "words", 0, tp=1)]).assign(stand_in=False).to_parquet(results / "scores.parquet")
    F1.to_csv(results / "tables/f1.csv", index=False)
    GAP.to_csv(results / "tables/gap.csv", index=False)
    (results / "outcomes").mkdir()
    KFOLD.to_parquet(results / "outcomes/kfold.parquet")
    made = design(reason="no GPU")
    options = {name: getattr(made, name) for name in ("schemes", "agents", "seeds", "level", "draws", "seed", "reference")}
    study = {
        "design": {**options, "held_out": made.held_out, "grid": made.grid, "definitions": made.definitions},
        "titles": list(TITLES.items()),
    }
    study |= {"notes": {"Ten words": "greedy", "Another": "not here"}, "headline": {"held_out": "source-curated"}}
    options = {"study": study, "seen": "kfold", "schemes": ["kfold"], "min_rows": 2}
    assert make_table("mirage.tables.overview", results, options, [COVERAGE]) == 0
    text = (results / "tables/overview.md").read_text(encoding="utf-8")
    assert "**synthetic corpus" in text
    assert "| Ten words | .800 [.700, .900] |" in text
    assert "- `kfold`: cross-validation, stratified by label." in text
    assert "- Ten words: greedy." in text
    assert "- Wilson at effective n, recall, held-out source: nominal 95%; a known model" in text
    assert "Another" not in text
    assert "- Not run here, no GPU: Fine-tuned." in text

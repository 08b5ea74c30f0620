import json
import math

import numpy as np
import pandas as pd
import pytest

from frames import score_row, toy_sections
from mirage.errors import StudyError
from mirage.splits.options import SplitOptions
from mirage.states import COMPLETE, MISSING, NOT_RUN
from mirage.stats.intervals import wilson_crossed
from on_the_books.external_outcomes import collect_outcomes
from on_the_books.external_split import external_split
from on_the_books.supplement import join, write_joined
from on_the_books.tables.external import (
    EXTRINSIC,
    IMPLICIT,
    TOO_FEW,
    WILSON,
    external_notes,
    external_panels,
    external_table,
)
from script_loader import COVERAGE, SCRIPTS, make_table, script_main

OPTIONS = SplitOptions()
PLANNED = {"words": {"seeds": [0, 1], "selection": "last", "reason": None}}
REACHED = {"available": True, "origin": "local file more.csv", "rows": 9, "positives": 9, "extrinsic": 2, "known": True}
REACHED |= {"near_duplicate_threshold": 0.5, "tested": 7, "sharing_chapter": 1}
REACHED |= {"overlap": {"same_id": 0, "same_text": 1, "near_duplicate": 1}}
OUT_OF_REACH = {"available": False, "reason": "no network", "how": "name the file in X", "rows": 0, "tested": 0}


def supplement(rows=8, extrinsic=2, start=0):
    """Positive rows of the supplement, the last ones extrinsic, two to a chapter."""
    numbers = range(start, start + rows)
    return pd.DataFrame(
        {
            "row_id": [f"1913_public laws_{900 + number // 2}_{number}" for number in numbers],
            "text": [" ".join(f"new{number}{letter}" for letter in "abcdefgh") for number in numbers],
            "context": "An act",
            "label": np.ones(rows, dtype=np.int8),
            "source": "murray",
            "year": np.full(rows, 1913, dtype=np.int16),
            "law_type": "public laws",
            "chapter": [f"1913|public laws|{900 + number // 2}" for number in numbers],
            "section": np.arange(rows, dtype=np.int32),
            "extrinsic": [number >= rows - extrinsic for number in range(rows)],
        }
    )


def joined(rows=8, extrinsic=2, n=120):
    corpus = toy_sections(n)
    more = supplement(max(rows, 1), extrinsic)
    more.loc[0, "text"] = corpus["text"][5].upper()
    return join(corpus, more[:rows], 0.5)[0]


# The split


@pytest.fixture(scope="module")
def sections():
    return joined()


def test_the_supplement_is_tested_and_the_corpus_trained_on(sections):
    split = external_split(sections, 0, OPTIONS)
    assert split["row_id"].tolist() == sections["row_id"].tolist()
    assert split["fold"].tolist() == [0] * 128
    parts = split["part"].to_numpy()
    assert parts[120:].tolist() == ["unused", *["test"] * 7]
    corpus = parts[:120]
    assert set(corpus) == {"train", "validation", "unused"}
    assert (corpus == "unused").sum() == 12  # a tenth
    kept = sections[:120][corpus != "unused"]
    assert (parts == "validation").sum() == pytest.approx(len(kept) / 8, abs=3)
    by_unit = split[:120][corpus != "unused"].groupby("group")["part"].nunique()
    assert by_unit.max() == 1


def test_a_seed_redraws_the_training_side_only(sections):
    first, again, second = (external_split(sections, seed, OPTIONS) for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(first, again)
    differ = first["part"] != second["part"]
    assert differ[:120].any()
    assert not differ[120:].any()
    held = [external_split(sections, seed, SplitOptions(vary_split=False)) for seed in (0, 1)]
    pd.testing.assert_frame_equal(*held)


def test_without_supplement_there_is_no_test_row():
    split = external_split(joined(rows=0), 0, OPTIONS)
    assert "test" not in set(split["part"])
    assert len(split) == 120


def test_a_corpus_of_one_label_teaches_nothing(sections):
    with pytest.raises(StudyError, match="all of one label"):
        external_split(sections.assign(label=np.int8(1)), 0, OPTIONS)


# Recall

FOUND = {0: [1, 0, 0, 1, 1, 0], 1: [1, 1, 0, 0, 1, 0]}


def flat(rows=6, extrinsic=2, units=None):
    """Sections with ``rows`` supplementary positives and one corpus row; units by number."""
    unit = list(range(rows)) if units is None else units
    flags = {"external": [False] + [True] * rows, "overlapping": False}
    return pd.DataFrame(
        {
            "row_id": [f"r{number}" for number in range(rows + 1)],
            "label": np.ones(rows + 1, dtype=np.int8),
            "unit": [99, *unit],
            "extrinsic": [False] * (rows + 1 - extrinsic) + [True] * extrinsic,
            **flags,
        }
    )


def decided(sections, found=None, agent="words"):
    frames = []
    for seed, hits in (found or FOUND).items():
        rows = np.arange(1, len(sections))
        columns = {"row": rows, "row_id": sections["row_id"][1:].to_numpy(), "fold": 0, "y": 1, "score": 0.5}
        columns |= {"predicted": np.resize(hits, len(rows)), "predicted_chosen": 1, "source": "murray"}
        frames.append(pd.DataFrame({**columns, "unit": sections["unit"][1:].to_numpy()}))
        frames[-1] = frames[-1].assign(split="external", agent=agent, seed=seed, stand_in=False)
    return pd.concat(frames, ignore_index=True)


SCORES = pd.DataFrame(
    [
        score_row("stratified", "words", 0, tp=4, fn=1, fp=1, tn=9),
        score_row("stratified", "words", 1, tp=2, fn=2, fp=2, tn=8),
        score_row("stratified", "words", 1, tp=0, fn=5, group="murray"),
        score_row("time", "words", 0, tp=0, fn=5),
    ]
)


def table_of(sections, outcomes, planned=PLANNED, scores=SCORES):
    return external_table(outcomes, sections, scores, planned, reference="stratified", level=0.95)


def test_recall_is_the_mean_over_seeds_and_groups_stand_apart():
    sections = flat(rows=12, extrinsic=6)
    table = table_of(sections, decided(sections))
    implicit, extrinsic = table.to_dict("records")
    assert (implicit["group"], extrinsic["group"]) == (IMPLICIT, EXTRINSIC)
    assert implicit["status"] == COMPLETE
    assert (implicit["seeds"], implicit["planned"], implicit["rows"], implicit["units"]) == (2, 2, 6, 6)
    assert (implicit["recall"], implicit["least"], implicit["greatest"]) == pytest.approx((0.5, 0.5, 0.5))
    assert implicit["recall_chosen"] == 1
    low, high = wilson_crossed([FOUND[0], FOUND[1]], 0.95, list(range(6)))
    assert (implicit["low"], implicit["high"], implicit["interval"]) == (low, high, WILSON)
    assert implicit["recall_reference"] == pytest.approx((4 / 5 + 2 / 4) / 2)
    assert implicit["fpr_reference"] == pytest.approx((0.1 + 0.2) / 2)


def test_the_interval_is_wilson_s_where_runs_agree_and_rows_stand_alone():
    sections = flat(rows=10, extrinsic=0)
    hits = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    [row] = table_of(sections, decided(sections, {0: hits, 1: hits})).to_dict("records")
    # 3 of 10 found; t(.975, 9) = 2.262157 and z = 1.959964 scale the effective number; between-unit variance .21 / 9.
    z, t, p = 1.959964, 2.262157, 0.3
    n = (0.21 / (0.21 / 9)) * (z / t) ** 2
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert (row["low"], row["high"]) == pytest.approx((centre - half, centre + half), abs=1e-5)


def test_few_units_give_words_instead_of_an_interval():
    sections = flat(rows=6, extrinsic=0, units=[0, 0, 1, 1, 2, 3])
    [row] = table_of(sections, decided(sections)).to_dict("records")
    assert (row["units"], row["interval"]) == (4, TOO_FEW)
    assert math.isnan(row["low"])
    [panel] = external_panels(table_of(sections, decided(sections)), {"words": "Ten words"}, 0.95, "stratified")
    assert panel.cells["recall"].tolist() == ["too few rows (6)"]


def test_missing_seeds_and_agents_left_out_have_no_numbers():
    sections = flat()
    planned = {**PLANNED, "bert": {"seeds": [0], "selection": "last", "reason": "no GPU"}}
    table = table_of(sections, decided(sections, {0: FOUND[0]}), planned)
    assert table["status"].tolist() == [MISSING, MISSING, NOT_RUN, NOT_RUN]
    assert table[["recall", "low", "recall_chosen", "recall_reference"]].isna().to_numpy().all()
    panels = external_panels(table, {"words": "Ten words", "bert": "BERT"}, 0.95, "stratified")
    assert panels[0].cells["recall"].tolist() == ["missing", "not run here"]


def test_negative_and_overlapping_rows_are_not_counted():
    sections = flat(rows=12, extrinsic=0)
    sections.loc[12, "label"] = 0
    sections.loc[11, "overlapping"] = True
    outcomes = decided(sections)
    outcomes.loc[outcomes["row"] == 12, "y"] = 0
    [row] = table_of(sections, outcomes[outcomes["row"] != 11]).to_dict("records")
    assert row["rows"] == 10
    # Hits 4 of 10 in either run, without the two rows.
    assert row["recall"] == pytest.approx((np.resize(FOUND[0], 12)[:10].mean() + np.resize(FOUND[1], 12)[:10].mean()) / 2)


def test_a_reference_that_lacks_a_seed_has_no_rate():
    sections = flat(rows=12)
    table = table_of(sections, decided(sections), scores=SCORES.iloc[:1])
    assert table["recall_reference"].isna().all()
    assert table["recall"].notna().all()


def test_without_rows_the_table_is_empty():
    sections = flat(rows=0, extrinsic=0)
    table = table_of(sections, collect_outcomes("nowhere", sections, {}))
    assert table.empty
    assert external_panels(table, {}, 0.95, "stratified") == []


# What a reader sees


def test_captions_name_estimand_interval_seeds_and_rows():
    sections = flat(rows=12, extrinsic=6)
    implicit, extrinsic = external_panels(table_of(sections, decided(sections)), {"words": "Ten words"}, 0.95, "stratified")
    assert "Recall at threshold 0.5 on supplementary positives, implicit in the text: n 6 rows in 6 units" in implicit.caption
    assert f"mean over 2 seeds [95% interval: {WILSON}]" in implicit.caption
    assert "extrinsic, judged from outside the text" in extrinsic.caption
    assert implicit.cells["agent"].tolist() == ["Ten words"]
    assert implicit.cells["recall"][0].startswith(".500 [")
    assert implicit.cells["over seeds"].tolist() == ["–"]
    assert implicit.cells["false-positive rate, stratified"].tolist() == [".150"]
    uneven = flat(rows=8, extrinsic=0)
    [panel] = external_panels(table_of(uneven, decided(uneven)), {"words": "Ten words"}, 0.95, "stratified")
    assert panel.cells["over seeds"].tolist() == [".500 to .625"]


def test_notes_count_what_was_removed_or_say_how_to_get_the_set():
    [note] = external_notes(REACHED)
    assert "local file more.csv, 9 rows, 9 positive, 2 extrinsic" in note
    assert "removed: 2 (0 with the same id, 1 with the same text, 1 with a near-duplicate text" in note
    assert "Tested: 7; 1 of these share a chapter" in note
    assert "digest differs" not in note
    assert "their digest differs" in external_notes({**REACHED, "known": False})[0]
    assert external_notes(OUT_OF_REACH) == [
        "The supplementary set was not in reach: no network. To have it, name the file in X."
    ]
    assert external_notes({**OUT_OF_REACH, "how": None}) == ["The supplementary set was not in reach: no network."]


# The commands

AGENTS = {
    "words": {"recipe": {"kind": "wordlist", "words": 3, "min_df": 2}, "code": "a"},
    "always": {"recipe": {"kind": "constant", "strategy": "always-positive"}, "code": "a"},
}
PLAN = {agent: {"seeds": [0, 1], "selection": "last", "reason": None} for agent in AGENTS}
STUDY = {
    "design": {"schemes": ["stratified"], "agents": list(AGENTS), "seeds": [0, 1], "grid": {}, "level": 0.95, "draws": 100}
    | {"seed": 0, "reference": "stratified", "held_out": []},
    "titles": [["words", "Ten words"], ["always", "Always positive"]],
    "notes": {"Ten words": "learned"},
    "headline": {},
}


class Folder:
    """Results on disk and the command line of each step there."""

    def __init__(self, results, sections, record):
        self.results, self.external = results, results / "external"
        write_joined(sections, self.external / "sections.parquet")
        (self.external / "sections.json").write_text(json.dumps(record), encoding="utf-8")
        (results / "data").mkdir()
        (results / "data/sections.json").write_text(json.dumps({"corpus": "custom"}), encoding="utf-8")
        scores = [
            score_row("stratified", agent, seed, tp=4, fn=1, fp=1, tn=9, stand_in=False) for agent in AGENTS for seed in (0, 1)
        ]
        pd.DataFrame(scores).to_parquet(results / "scores.parquet")

    def run(self, name, *words):
        return script_main(name)([str(word) for word in words])

    def split(self):
        return self.run(
            *("split_external", "--sections", self.external / "sections.parquet", "--seeds", 0, 1),
            *("--output", self.external / "splits/external.parquet"),
        )

    def fit(self):
        sections = self.external / "sections.parquet"
        fitting = [SCRIPTS / "fit_cells.py", "--sections", sections, "--provenance", self.results / "data/sections.json"]
        fitting += [
            "--splits",
            self.external / "splits/external.parquet",
            "--split",
            "external",
            "--agents",
            json.dumps(AGENTS),
        ]
        fitting += ["--inner-folds", 2, "--seeds", 0, 1, "--output", self.external / "runs"]
        return self.fit_with([*fitting, "--store", self.results / ".cells"])

    def fit_with(self, command):
        return self.run(
            *("fit_external", "--record", self.external / "sections.json", "--sections", self.external / "sections.parquet"),
            *("--plan", json.dumps(PLAN), "--runs", self.external / "runs"),
            *("--outcomes", self.external / "outcomes/cheap.parquet", "--", *command),
        )

    def estimate(self):
        options = {"study": STUDY, "planned": dict(sorted(PLAN.items()))}
        return make_table("on_the_books.tables.external", self.results, options, [COVERAGE])

    def table(self, kind):
        return (self.results / f"tables/external.{kind}").read_text(encoding="utf-8")


def test_from_joined_rows_to_the_table(sections, tmp_path):
    folder = Folder(tmp_path, sections, REACHED)
    assert [folder.split(), folder.fit(), folder.estimate()] == [0, 0, 0]
    table = pd.read_csv(tmp_path / "tables/external.csv")
    assert table["agent"].tolist() == ["words", "words", "always", "always"]
    assert table["rows"].tolist() == [5, 2, 5, 2]
    assert table.loc[table["agent"] == "always", "recall"].tolist() == [1, 1]
    assert "**custom corpus" in folder.table("md")
    assert "- Ten words: learned." in folder.table("md")


def test_out_of_reach_nothing_is_fitted_and_the_table_says_so(tmp_path):
    folder = Folder(tmp_path, joined(rows=0), OUT_OF_REACH)
    assert [folder.split(), folder.fit(), folder.estimate()] == [0, 0, 0]
    assert not (folder.external / "runs").exists()
    assert pd.read_csv(tmp_path / "tables/external.csv").empty
    assert "The supplementary set was not in reach: no network." in folder.table("md")
    assert "not in reach" in folder.table("tex")


def test_a_fit_that_fails_ends_with_its_status(sections, tmp_path):
    folder = Folder(tmp_path, sections, REACHED)
    (tmp_path / "fail.py").write_text("raise SystemExit(3)", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        folder.fit_with([tmp_path / "fail.py"])
    assert ended.value.code == 3
    assert not (folder.external / "outcomes/cheap.parquet").exists()

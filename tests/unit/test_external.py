import json
import math

import numpy as np
import pandas as pd
import pytest

from frames import toy_sections
from mirage.design import Design
from mirage.errors import StudyError
from mirage.splits.leakage import check_split
from mirage.splits.options import SplitOptions
from mirage.states import COMPLETE, MISSING, NOT_RUN
from mirage.stats.intervals import ratio_of_estimates, wilson_crossed
from on_the_books.external_outcomes import collect_outcomes
from on_the_books.external_split import FACTS, external_split
from on_the_books.supplement import join, write_joined
from on_the_books.tables.external import (
    EXTRINSIC,
    IMPLICIT,
    NO_ALARM,
    NO_NEGATIVES,
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


def parts_of(sections, seed, **options):
    return external_split(sections, seed, SplitOptions(**options))["part"].to_numpy()


def test_the_supplement_and_a_tenth_of_the_corpus_are_tested(sections):
    split = external_split(sections, 0, OPTIONS)
    assert split["row_id"].tolist() == sections["row_id"].tolist()
    assert split["fold"].tolist() == [0] * 128
    parts = split["part"].to_numpy()
    assert parts[120:].tolist() == ["unused", *["test"] * 7]
    corpus, label = parts[:120], sections["label"].to_numpy()[:120]
    # The first law of the supplement repeats one of the corpus, and another law of its chapter is tested.
    related = np.isin(sections["unit"][:120], sections["unit"][121:])
    assert set(corpus[related]) <= {"unused", "test"}
    assert set(corpus[~related]) == {"train", "validation", "test"}
    assert (corpus == "test").sum() == pytest.approx(12, abs=4)
    assert label[corpus == "test"].mean() == pytest.approx(label.mean(), abs=0.15)
    assert (parts == "validation").sum() == pytest.approx((corpus != "test").sum() / 8, abs=3)


def test_every_row_of_the_corpus_is_tested_equally_often_and_labels_keep_their_shares(sections):
    tested = np.array([parts_of(sections, seed)[:120] == "test" for seed in range(20)])
    assert tested[:10].sum(axis=0).tolist() == tested[10:].sum(axis=0).tolist() == [1] * 120
    assert (tested[:10] != tested[10:]).any()
    fifths = np.array([parts_of(sections, seed, subsample=0.8)[:120] == "test" for seed in range(5)])
    assert fifths.sum(axis=0).tolist() == [1] * 120
    positive = sections["label"].to_numpy()[:120] == 1
    assert fifths[:, positive].mean(axis=1) == pytest.approx(0.2 * np.ones(5), abs=0.1)


def test_no_unit_and_no_text_lies_on_both_sides(sections):
    for seed in range(10):
        split = external_split(sections, seed, OPTIONS)
        check_split(sections, split, FACTS)
        parts = split["part"]
        for group in ("unit", "exact_group"):
            by_part = sections.groupby(parts)[group].agg(set)
            assert not by_part["test"] & (by_part["train"] | by_part["validation"])
        assert not set(sections["unit"][parts == "train"]) & set(sections["unit"][parts == "validation"])


def test_a_row_of_the_corpus_in_a_chapter_of_the_supplement_is_never_trained_on():
    corpus, more = toy_sections(120), supplement()
    more["chapter"] = corpus["chapter"][3]
    sections, _ = join(corpus, more, 0.5)
    sibling = sections["unit"][:120] == sections["unit"][127]
    found = np.array([parts_of(sections, seed)[:120][sibling] for seed in range(10)])
    assert sibling.sum() >= 1
    assert set(found.ravel()) == {"test", "unused"}
    # Tested as often as any other row, for the negatives to stand for the corpus.
    assert (found == "test").sum(axis=0).tolist() == [1] * sibling.sum()


def test_a_seed_redraws_the_corpus_only(sections):
    first, again, second = (external_split(sections, seed, OPTIONS) for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(first, again)
    differ = first["part"] != second["part"]
    assert differ[:120].any()
    assert not differ[120:].any()
    held = [external_split(sections, seed, SplitOptions(vary_split=False)) for seed in (0, 1)]
    pd.testing.assert_frame_equal(*held)


def test_a_subsample_of_all_rows_leaves_none_of_the_corpus_to_test(sections):
    parts = parts_of(sections, 0, subsample=1.0)
    assert set(parts[:120]) == {"train", "validation", "unused"}
    assert (parts[120:] == "test").sum() == 7


def test_without_supplement_the_corpus_is_split_alone():
    split = external_split(joined(rows=0), 0, OPTIONS)
    assert len(split) == 120
    assert set(split["part"]) == {"train", "validation", "test"}


def test_a_corpus_of_one_label_teaches_nothing(sections):
    with pytest.raises(StudyError, match="all of one label"):
        external_split(sections.assign(label=np.int8(1)), 0, OPTIONS)


# The measures

FOUND = {0: [1, 0, 0, 1, 1, 0], 1: [1, 1, 0, 0, 1, 0]}
ALARMS = {0: 1, 1: 3}  # false positives of a seed among its ten negatives
DESIGN = Design(schemes=[], agents=["words"], seeds=[0, 1], level=0.95, draws=2000, seed=0, reference="kfold", held_out=[])
NEGATIVES = 20


def flat(rows=6, extrinsic=2, units=None):
    """Sections with 20 negatives of the corpus and below them ``rows`` supplementary positives; units by number."""
    unit = list(range(rows)) if units is None else units
    return pd.DataFrame(
        {
            "row_id": [f"r{number}" for number in range(NEGATIVES + rows)],
            "label": np.array([0] * NEGATIVES + [1] * rows, dtype=np.int8),
            "unit": [*range(100, 100 + NEGATIVES), *unit],
            "extrinsic": [False] * (NEGATIVES + rows - extrinsic) + [True] * extrinsic,
            "external": [False] * NEGATIVES + [True] * rows,
            "overlapping": False,
        }
    )


def decided(sections, found=None, agent="words", alarms=None, score=None):
    """Decide the positives as ``found`` says by seed, and ten negatives a seed, the first ``alarms`` of them wrongly.

    Scores are .8 and .2 for positives that are found or not, .6 and .1 for negatives.
    """
    frames = []
    for seed, hits in (found or FOUND).items():
        own = np.arange(10) + 10 * (seed % 2)
        rows = np.concatenate([own, np.arange(NEGATIVES, len(sections))])
        wrong = (np.arange(10) < (alarms or ALARMS)[seed]).astype(int)
        hit = np.resize(hits, len(sections) - NEGATIVES)
        columns = {"row": rows, "row_id": sections["row_id"][rows].to_numpy(), "fold": 0}
        columns |= {"y": sections["label"][rows].to_numpy(), "predicted": np.concatenate([wrong, hit])}
        columns["score"] = np.concatenate([0.1 + 0.5 * wrong, 0.2 + 0.6 * hit])
        frames.append(pd.DataFrame({**columns, "predicted_chosen": 1, "source": "murray"}))
        frames[-1] = frames[-1].assign(unit=sections["unit"][rows].to_numpy(), split="external", agent=agent, seed=seed)
    table = pd.concat(frames, ignore_index=True).assign(stand_in=False)
    return table if score is None else table.assign(score=score(table))


def table_of(sections, outcomes, planned=PLANNED):
    return external_table(outcomes, sections, planned, DESIGN)


def panels_of(table, titles=None):
    return external_panels(table, titles or {"words": "Ten words"}, 0.95)


def test_recall_is_the_mean_over_seeds_and_groups_stand_apart():
    sections = flat(rows=12, extrinsic=6)
    table = table_of(sections, decided(sections))
    implicit, extrinsic = table.to_dict("records")
    assert (implicit["group"], extrinsic["group"]) == (IMPLICIT, EXTRINSIC)
    assert implicit["status"] == COMPLETE
    assert (implicit["seeds"], implicit["planned"], implicit["rows"], implicit["units"]) == (2, 2, 6, 6)
    assert (implicit["recall"], implicit["least"], implicit["greatest"]) == pytest.approx((0.5, 0.5, 0.5))
    low, high = wilson_crossed([FOUND[0], FOUND[1]], 0.95, list(range(6)))
    assert (implicit["recall_low"], implicit["recall_high"]) == (low, high)


def test_recall_s_interval_is_wilson_s_where_runs_agree_and_rows_stand_alone():
    sections = flat(rows=10, extrinsic=0)
    hits = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    [row] = table_of(sections, decided(sections, {0: hits, 1: hits})).to_dict("records")
    # 3 of 10 found; t(.975, 9) = 2.262157 and z = 1.959964 scale the effective number; between-unit variance .21 / 9.
    z, t, p = 1.959964, 2.262157, 0.3
    n = (0.21 / (0.21 / 9)) * (z / t) ** 2
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert (row["recall_low"], row["recall_high"]) == pytest.approx((centre - half, centre + half), abs=1e-5)


def test_what_stands_against_the_negatives_by_hand():
    sections = flat(extrinsic=0)
    [row] = table_of(sections, decided(sections)).to_dict("records")
    assert (row["negatives"], row["negative_units"]) == (20, 20)
    # Three of six found, at one false positive of ten and at three.
    assert row["fpr"] == pytest.approx(0.2)
    assert row["ratio"] == pytest.approx(2.5)
    # A positive that is found lies above all negatives, another above those that are no false positives: (1 + .9) / 2, (1 + .7) / 2.
    assert row["auc"] == pytest.approx(0.9)
    # No negative scores as high as the three that are found.
    assert (row["recall_at"], row["at_fpr"]) == (pytest.approx(0.5), 0.05)
    for name in ("fpr", "ratio", "auc", "recall_at"):
        assert row[f"{name}_low"] < row[name] < row[f"{name}_high"]
    ends = [(row[f"{name}_low"], row[f"{name}_high"]) for name in ("recall", "fpr")]
    assert (row["ratio_low"], row["ratio_high"]) == ratio_of_estimates(row["recall"], ends[0], row["fpr"], ends[1])


def test_one_false_positive_rate_has_one_interval_in_both_groups():
    sections = flat(rows=18, extrinsic=6)
    table = table_of(sections, decided(sections))
    assert table["fpr_low"].nunique() == table["fpr_high"].nunique() == 1
    assert table["fpr_low"].notna().all()


def test_scores_of_0_and_1_are_compared_at_the_one_rate_by_straight_lines():
    sections = flat(extrinsic=0)
    [row] = table_of(sections, decided(sections, score=lambda table: table["predicted"].astype(float))).to_dict("records")
    # From (0, 0) to (.1, .5), and to (.3, .5).
    assert row["recall_at"] == pytest.approx((0.5 * 0.05 / 0.1 + 0.5 * 0.05 / 0.3) / 2)
    assert row["auc"] == pytest.approx(((1 + 0.5 - 0.1) / 2 + (1 + 0.5 - 0.3) / 2) / 2)


def test_intervals_hang_on_the_names_alone():
    sections = flat(extrinsic=0)
    planned = {**PLANNED, "more": PLANNED["words"]}
    both = pd.concat([decided(sections), decided(sections, agent="more", alarms={0: 4, 1: 2})])
    together, alone = table_of(sections, both, planned), table_of(sections, decided(sections))
    pd.testing.assert_frame_equal(together[together["agent"] == "words"], alone)


def test_calling_everything_positive_is_the_yardstick_that_says_nothing():
    sections = flat(extrinsic=0)
    everything = decided(sections, {0: [1], 1: [1]}, alarms={0: 10, 1: 10}, score=lambda table: 1.0)
    [row] = table_of(sections, everything).to_dict("records")
    assert (row["recall"], row["fpr"], row["ratio"], row["auc"]) == (1, 1, 1, 0.5)
    assert row["recall_at"] == pytest.approx(0.05)
    assert all(math.isnan(row[f"{name}_low"]) for name in ("fpr", "ratio", "auc", "recall_at"))
    [panel] = panels_of(table_of(sections, everything))
    assert panel.cells.iloc[0, 3:].tolist() == ["1.000", "1.0", ".500", ".050"]


def test_without_a_false_positive_there_is_no_ratio():
    sections = flat(extrinsic=0)
    none = decided(sections, alarms={0: 0, 1: 0})
    [row] = table_of(sections, none).to_dict("records")
    assert (row["fpr"], row["ratio_reason"]) == (0, NO_ALARM)
    assert math.isnan(row["ratio"])
    [panel] = panels_of(table_of(sections, none))
    assert panel.cells["likelihood ratio"].tolist() == ["no false positive"]
    assert panel.cells["AUC"].tolist()[0].startswith("1.000")


def test_a_false_positive_rate_that_may_be_zero_leaves_the_ratio_without_an_upper_end():
    sections = flat(extrinsic=0)
    few = table_of(sections, decided(sections, alarms={0: 1, 1: 0}))
    assert math.isinf(few["ratio_high"][0])
    [panel] = panels_of(few)
    assert panel.cells["likelihood ratio"][0].startswith("10.0 [")
    assert panel.cells["likelihood ratio"][0].endswith(", no upper end]")


def test_without_negatives_recall_stands_alone_and_the_reason_in_the_other_cells():
    sections = flat(rows=12, extrinsic=0)
    outcomes = decided(sections)
    for kept in (outcomes["y"] == 1, (outcomes["y"] == 1) | (outcomes["seed"] == 0)):
        table = table_of(sections, outcomes[kept])
        assert table["reason"].tolist() == [NO_NEGATIVES]
        assert table[["fpr", "ratio", "auc", "recall_at"]].isna().to_numpy().all()
        [panel] = panels_of(table)
        assert panel.cells["recall"][0].startswith(".500 [")
        assert panel.cells.iloc[0, 3:].tolist() == [NO_NEGATIVES] * 4
    few = table_of(sections, outcomes[(outcomes["y"] == 1) | (outcomes["row"] % 10 < 2)])
    assert few["reason"].tolist() == ["too few held-out negatives (4)"]


def test_few_units_give_words_instead_of_an_interval():
    sections = flat(rows=6, extrinsic=0, units=[0, 0, 1, 1, 2, 3])
    [row] = table_of(sections, decided(sections)).to_dict("records")
    assert (row["units"], row["reason"]) == (4, "too few rows (6)")
    assert math.isnan(row["recall_low"])
    assert math.isnan(row["auc"])
    [panel] = panels_of(table_of(sections, decided(sections)))
    assert panel.cells["recall"].tolist() == panel.cells["AUC"].tolist() == ["too few rows (6)"]


def test_missing_seeds_and_agents_left_out_have_no_numbers():
    sections = flat()
    planned = {**PLANNED, "bert": {"seeds": [0], "selection": "last", "reason": "no GPU"}}
    table = table_of(sections, decided(sections, {0: FOUND[0]}), planned)
    assert table["status"].tolist() == [MISSING, MISSING, NOT_RUN, NOT_RUN]
    assert table[["recall", "recall_low", "fpr", "ratio", "auc", "recall_at"]].isna().to_numpy().all()
    panels = panels_of(table, {"words": "Ten words", "bert": "BERT"})
    assert panels[0].cells["recall"].tolist() == ["missing", "not run here"]
    assert set(panels[0].cells.iloc[:, 2:].to_numpy().ravel()) == {"–"}


def test_negative_and_overlapping_rows_of_the_supplement_are_not_counted():
    sections = flat(rows=12, extrinsic=0)
    sections.loc[NEGATIVES + 11, "label"] = 0
    sections.loc[NEGATIVES + 10, "overlapping"] = True
    outcomes = decided(sections)
    [row] = table_of(sections, outcomes[outcomes["row"] != NEGATIVES + 10]).to_dict("records")
    assert (row["rows"], row["negatives"]) == (10, 20)
    # Hits 4 of 10 in either run, without the two rows.
    assert row["recall"] == pytest.approx((np.resize(FOUND[0], 12)[:10].mean() + np.resize(FOUND[1], 12)[:10].mean()) / 2)


def test_positives_of_the_corpus_are_not_counted():
    sections = flat(extrinsic=0)
    outcomes = decided(sections)
    one = outcomes["row"] == 0
    sections.loc[0, "label"] = 1
    [row] = table_of(sections, outcomes.assign(y=outcomes["y"].mask(one, 1))).to_dict("records")
    assert (row["rows"], row["recall"], row["negatives"]) == (6, pytest.approx(0.5), 19)
    # The row was the only false positive of seed 0.
    assert row["fpr"] == pytest.approx((0 + 0.3) / 2)


def test_without_rows_the_table_is_empty():
    sections = flat(rows=0, extrinsic=0)
    table = table_of(sections, collect_outcomes("nowhere", sections, {}))
    assert table.empty
    assert panels_of(table) == []


# What a reader sees


def test_captions_name_estimand_interval_seeds_and_rows():
    sections = flat(rows=12, extrinsic=6)
    implicit, extrinsic = panels_of(table_of(sections, decided(sections)))
    assert "Supplementary positives, implicit in the text: n 6 rows in 6 units" in implicit.caption
    assert "the corpus's negative rows that a seed holds out (20 over all seeds)" in implicit.caption
    assert "means over 2 seeds" in implicit.caption
    assert f"95% interval: of recall {WILSON}" in implicit.caption
    assert "false-positive rate is .05" in implicit.caption
    assert "(Fawcett 2006)" in implicit.caption
    assert "extrinsic, judged from outside the text" in extrinsic.caption
    assert implicit.cells["agent"].tolist() == ["Ten words"]
    assert implicit.cells["recall"][0].startswith(".500 [")
    assert implicit.cells["over seeds"].tolist() == ["–"]
    assert implicit.cells["false-positive rate"][0].startswith(".200 [")
    assert implicit.cells["likelihood ratio"][0].startswith("2.5 [")
    assert implicit.cells["recall at false-positive rate .05"][0].startswith(".500 [")
    uneven = flat(rows=8, extrinsic=0)
    [panel] = panels_of(table_of(uneven, decided(uneven)))
    assert panel.cells["over seeds"].tolist() == [".500 to .625"]


def test_notes_count_what_was_removed_or_say_how_to_get_the_set():
    [note] = external_notes(REACHED)
    assert "local file more.csv, 9 rows, 9 positive, 2 extrinsic" in note
    assert "removed: 2 (0 with the same id, 1 with the same text, 1 with a near-duplicate text" in note
    assert "Tested: 7; 1 of these share a chapter with rows of the training set, which no run trains on" in note
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
    "design": {"schemes": ["stratified"], "agents": list(AGENTS), "seeds": [0, 1], "grid": {}, "level": 0.95, "draws": 2000}
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
        fitting += ["--inner-folds", 0, "--seeds", 0, 1, "--output", self.external / "runs"]
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


def test_from_joined_rows_to_the_table(tmp_path):
    sections = joined(rows=16, extrinsic=4)
    folder = Folder(tmp_path, sections, REACHED)
    assert [folder.split(), folder.fit(), folder.estimate()] == [0, 0, 0]
    table = pd.read_csv(tmp_path / "tables/external.csv")
    assert table["agent"].tolist() == ["words", "words", "always", "always"]
    assert table["rows"].tolist() == [11, 4, 11, 4]
    assert table["reason"].fillna("").tolist() == ["", "too few rows (4)"] * 2
    always = table[table["agent"] == "always"].iloc[0]
    assert always[["recall", "fpr", "ratio", "auc"]].tolist() == [1, 1, 1, 0.5]
    # Two of ten folds of the corpus, one a seed.
    splits = [external_split(sections, seed, OPTIONS) for seed in (0, 1)]
    negatives = (sections["label"] == 0) & ~sections["external"]
    assert always["negatives"] == sum(((split["part"] == "test") & negatives).sum() for split in splits)
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

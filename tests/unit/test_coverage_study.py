"""The coverage study on the study's data: worlds, repetitions that are kept, the table and what captions say of it."""

import dataclasses
import logging
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from frames import toy_sections
from mirage.design import Design
from mirage.errors import StudyError
from mirage.files import write_json
from mirage.stats.coverage.repetition import Settings
from mirage.stats.coverage.worlds import GaussianWorld
from mirage.tables import coverage
from mirage.tables.coverage import (
    KNOWN,
    OF_GROUPS,
    RESAMPLED,
    coverage_frame,
    coverage_panels,
    features,
    groups_frame,
    notes_frame,
    worlds,
)
from mirage.tables.notes import NOTE_COLUMNS, coverage_lines, few_runs_notes, few_runs_of, verdict, word_verdict
from script_loader import make_table, script_main

TINY = Settings(repetitions=3, draws=50, runs=3, reference_runs=3)
CURATED = ["murray", "paschal"]
WORLD = {KNOWN: GaussianWorld(rows=80, dimension=4, clusters=(3, 2, 1, 1, 1))}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(coverage, "CHUNK", 2)


def simulate(store, settings=TINY, **changes):
    return coverage_frame(WORLD, settings, **{"seed": 0, "workers": 1, "store": store, "code": "abc", **changes})


def test_worlds_are_made_of_the_corpus_in_units():
    sections = toy_sections(200)
    made = worlds(sections, 8, CURATED)
    world = made[RESAMPLED]
    curated = sections["source"] != "project experts"
    assert world.x.shape == ((~curated).sum(), 8)
    assert world.y.tolist() == sections.loc[~curated, "label"].tolist()
    assert world.held_cluster.tolist() == sections.loc[curated & (sections["label"] == 1), "unit"].tolist()
    assert world.cluster.tolist() == sections.loc[~curated, "unit"].tolist()
    np.testing.assert_array_equal(world.x, worlds(sections, 8, CURATED)[RESAMPLED].x)


def test_features_have_no_more_columns_than_words_allow():
    assert features(["bridge ferry", "ferry", "bridge"] * 4, 50).shape == (12, 1)


def test_a_corpus_without_the_groups_or_their_positives_is_refused():
    sections = toy_sections(200)
    negatives = sections[(sections["source"] == "project experts") | (sections["label"] == 0)]
    with pytest.raises(StudyError, match="coverage: murray have positives in fewer than two units; hold out others"):
        worlds(negatives, 8, ["murray"])
    with pytest.raises(
        StudyError, match=r"config\.yaml: coverage\.held_out: no row has group 'paschal'; groups are 'murray', "
    ):
        worlds(negatives, 8, CURATED)


def test_any_group_can_be_the_held_out_one():
    sections = toy_sections(200).replace({"source": {"murray": "Site A", "paschal": "Site B", "project experts": "Site C"}})
    world = worlds(sections, 8, ["Site B"])[RESAMPLED]
    assert len(world.x) == (sections["source"] != "Site B").sum()
    assert (
        world.held_cluster.tolist()
        == sections.loc[(sections["source"] == "Site B") & (sections["label"] == 1), "unit"].tolist()
    )


def test_finished_repetitions_are_kept_and_the_table_is_the_same(tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    whole = simulate(tmp_path / "whole")
    assert "coverage, a known model: repetition 3 of 3, 0.0 min left" in caplog.text
    made = []
    original = coverage.repeat

    def killed(plan, begin, end, pool=None):
        made.append(begin)
        if len(made) == 2:
            raise KeyboardInterrupt
        return original(plan, begin, end, pool)

    monkeypatch.setattr(coverage, "repeat", killed)
    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path / "cut")
    pd.testing.assert_frame_equal(simulate(tmp_path / "cut"), whole)
    assert made == [0, 2, 2]
    assert "2 of 3 repetitions were there" in caplog.text


@pytest.mark.parametrize("change", [{"seed": 1}, {"code": "abd"}, {"settings": dataclasses.replace(TINY, draws=51)}])
def test_repetitions_of_something_else_are_not_reused(tmp_path, change):
    first = simulate(tmp_path)
    folders = set(tmp_path.iterdir())
    again = simulate(tmp_path, **change)
    assert len(set(tmp_path.iterdir()) - folders) == 1
    if "code" not in change:
        assert not again.equals(first)


def test_more_repetitions_reuse_those_that_are_there(tmp_path):
    simulate(tmp_path)
    more = simulate(tmp_path, dataclasses.replace(TINY, repetitions=5))
    assert len(list(tmp_path.iterdir())) == 1
    pd.testing.assert_frame_equal(more, simulate(tmp_path / "afresh", dataclasses.replace(TINY, repetitions=5)))
    fewer = simulate(tmp_path, dataclasses.replace(TINY, repetitions=1))
    assert set(fewer["repetitions"]) == {1}


def row(**changes):
    base = {"world": KNOWN, "kind": "unit bootstrap", "estimand": "F1", "target": "this corpus", "unit": "clusters x runs"}
    base |= {"printed": "f1, groups", "word": "", "rows": 100, "runs": 10, "level": 0.95}
    base |= {"coverage": 0.951, "low": 0.937, "high": 0.963}
    return {**base, "width": 0.2, "missing": 0.0, "repetitions": 1000, **changes}


def word(coverage, low, high, **changes):
    """A word that is not said wrongly in ``coverage`` of the studies."""
    said = {"kind": "holds", "word": "holds", "estimand": "at a drop of the margin", "printed": "f1", "level": 0.975}
    return row(coverage=coverage, low=low, high=high, **said, **changes)


TABLE = pd.DataFrame(
    [
        row(),
        row(world=RESAMPLED, coverage=0.880, low=0.858, high=0.899),
        row(kind="t over runs", printed="", coverage=0.2, low=0.18, high=0.22),
        row(kind="corrected resampled t", estimand="gap", printed="gap", coverage=math.nan, low=math.nan, high=math.nan),
        row(kind="Wilson", estimand="recall", printed="groups", repetitions=24, low=0.8, high=0.99, missing=0.125),
        row(runs=3, printed="f1", coverage=0.94, low=0.929, high=0.95),
        word(0.98, 0.973, 0.985),
    ]
)


def test_captions_are_told_what_a_table_s_intervals_cover():
    notes = notes_frame(TABLE)
    assert len(notes) == 5
    note, words, bare = coverage_lines(notes, "f1")
    assert note == (
        "How often these intervals hold the truth, by simulation (1000 repetitions; in brackets Wilson's 95 % interval of that share). "
        "One covers where the simulation's own interval lies from 2 points below nominal to 3 above:\n\n"
        "- unit bootstrap, F1: nominal 95%; a known model 95.1 % [93.7, 96.3]: covers; this data resampled 88.0 % [85.8, 89.9]: "
        "falls short.\n"
        "- unit bootstrap, F1, 3 runs: nominal 95%; a known model 94.0 % [92.9, 95.0]: falls short."
    )
    assert words == (
        "How often a word is said wrongly, by the same simulation (1000 repetitions):\n\n"
        "- holds, at a drop of the margin: 2.5% at most; a known model 2.0 % [1.5, 2.7]: not shown to be more."
    )
    assert bare.startswith("An estimate that stands without brackets has no interval")
    note, _ = coverage_lines(notes, "groups")
    assert len(note.splitlines()) == 4
    assert coverage_lines(notes, "gap") == []
    assert coverage_lines(notes, "group") == []


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.930, 0.955, "covers"),
        (0.929, 0.955, "falls short"),  # compatible with .95, and not shown to be near it
        (0.955, 0.980, "covers"),
        (0.960, 0.981, "covers, and is wider than it need be"),
        (0.981, 0.999, "covers, and is wider than it need be"),
        (0.800, 0.990, "too few repetitions (1000)"),
        (0.700, 0.800, "falls short"),
    ],
)
def test_an_interval_covers_only_where_the_simulation_shows_it(low, high, said):
    assert verdict(row(low=low, high=high)) == said


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.976, 0.99, "no more often than it says"),
        (0.970, 0.98, "not shown to be more"),
        (0.950, 0.97, "more often than it says"),
    ],
)
def test_a_word_is_held_against_what_it_promises(low, high, said):
    assert word_verdict(word(0.97, low, high)) == said


def test_only_what_a_table_prints_is_told():
    notes = pd.DataFrame([row(estimand="F1, held-out source"), row(estimand="F1, random splits")])
    note, _ = coverage_lines(notes, "f1", {"F1, random splits"})
    assert "held-out" not in note
    assert coverage_lines(notes, "f1", set()) == []


def test_few_runs_are_told_with_their_number():
    assert few_runs_notes({"Trees": 5, "Words": 10}) == []
    assert few_runs_notes({"Trees": 5, "Tiny": 3, "Small": 4}) == [
        "Fewer than 5 runs tell little of the spread between runs, which intervals that draw runs rest on: Tiny (3); Small (4)."
    ]


def test_a_scheme_of_few_seeds_is_told_itself_and_not_each_agent_on_it():
    grid = {"tiny": {"schemes": ["kfold"], "seeds": [0, 1, 2], "reason": None}}
    design = Design(
        schemes=["kfold", "arm-size-dose"],
        agents=["words", "tiny", "other"],
        seeds=range(10),
        level=0.95,
        draws=10,
        seed=0,
        reference="kfold",
        held_out=[],
        grid=grid,
        definitions={"arm-size-dose": {"arm": "size", "out": ["a"], "spare": ["b"], "dose": 0.5, "seeds": 4}},
    )
    results = SimpleNamespace(design=design, titles={"words": "Words", "tiny": "Tiny", "other": "Other"})
    [note] = few_runs_of(results, ["words", "tiny"], ["kfold", "arm-size-dose"])
    assert note.endswith("rest on: Tiny (3); `arm-size-dose` (4).")
    assert few_runs_of(results, ["words"], ["kfold"]) == []


def test_nothing_is_said_before_anything_was_simulated():
    assert coverage_lines(pd.DataFrame(columns=list(NOTE_COLUMNS)), "f1") == []


def test_panels_keep_printed_kinds_apart_and_give_a_verdict():
    printed, others, words, resampled, none = coverage_panels(TABLE)
    assert printed.cells["verdict"].tolist() == ["covers", "not in this world", "too few repetitions (24)", "falls short"]
    assert printed.cells["held the truth"].tolist()[:3] == [".951 [.937, .963]", "–", ".951 [.800, .990], none in 12.5%"]
    assert printed.cells["runs"].tolist() == [10, 10, 10, 3]
    assert printed.cells["printed in"].tolist() == ["f1, groups", "gap", "groups", "f1"]
    assert others.cells["verdict"].tolist() == ["falls short"]
    assert "printed in" not in others.cells
    assert resampled.cells["verdict"].tolist() == ["falls short"]
    assert none.cells.empty
    [said] = words.cells.to_dict("records")
    assert (said["at most"], said["said wrongly"], said["verdict"]) == (".025", ".020 [.015, .027]", "not shown to be more")
    assert "In a known model: 1000 repetitions" in printed.caption


def test_groups_are_simulated_without_models():
    frame = groups_frame(60, 0.95, 0)
    assert frame["world"].unique().tolist() == list(OF_GROUPS)
    assert set(frame["printed"]) == {"new_group"}
    width = frame.set_index(["world", "kind"])["width"]
    # One more group varies as the mean does and by its own distance, and both vary more where groups differ.
    for world in OF_GROUPS:
        assert width[world, "prediction interval"] > width[world, "Hartung-Knapp interval"]
    assert width["groups that differ", "prediction interval"] > 2 * width["groups that hardly differ", "prediction interval"]
    assert frame.loc[frame["world"] == "groups that differ", "high"].min() >= 0.93
    pd.testing.assert_frame_equal(frame, groups_frame(60, 0.95, 0))
    [panel] = coverage_panels(frame)
    assert panel.cells["groups"].tolist() == ["groups that differ"] * 2 + ["groups that hardly differ"] * 2
    assert "6 groups with 385 rows" in panel.caption


def test_the_script_writes_the_table_and_what_captions_quote(tmp_path):
    data = tmp_path / "results/data"
    data.mkdir(parents=True)
    toy_sections(160).to_parquet(data / "sections.parquet")
    write_json(data / "sections.json", {"corpus": "synthetic", "rows": 160})
    options = {**dataclasses.asdict(TINY), "repetitions": 1, "dimensions": 5, "seed": 0, "held_out": CURATED}
    assert make_table("mirage.tables.coverage", tmp_path / "results", options) == 0
    table = pd.read_csv(tmp_path / "results/tables/coverage.csv")
    assert set(table["world"]) == {KNOWN, RESAMPLED, *OF_GROUPS}
    assert "synthetic corpus" in (tmp_path / "results/tables/coverage.md").read_text(encoding="utf-8")
    notes = tmp_path / "coverage.csv"
    assert script_main("note_coverage")(["--results", str(tmp_path / "results"), "--output", str(notes)]) == 0
    assert pd.read_csv(notes).columns.tolist() == list(NOTE_COLUMNS)


@pytest.mark.parametrize("name", ["coverage.csv", "published.csv", "published_counts.csv"])
def test_what_is_known_of_other_data_is_laid_out_as_what_is_known_of_the_published(name):
    resources = Path(__file__).parents[2] / "workflow/resources"
    assert list(pd.read_csv(resources / "unpublished" / name)) == list(pd.read_csv(resources / name))

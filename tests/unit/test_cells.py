import contextlib
import os
import shutil
import time
from pathlib import Path

import pandas as pd
import pytest

from mirage.cells import Cell, complete
from mirage.runs import PREDICTIONS, RECORD, RECORDS, read_predictions, read_records


def predictions_of(cell):
    return pd.DataFrame({"row_id": ["a", "b"], "score": [cell.seed / 10, cell.inputs["C"] / 10]})


class Maker:
    """Makes cells, remembers which, and breaks off at the seed ``killed_at`` as a killed process would."""

    def __init__(self, killed_at=None):
        self.made = []
        self.killed_at = killed_at

    def __call__(self, cell):
        if cell.seed == self.killed_at:
            raise KeyboardInterrupt
        self.made.append(cell.seed)
        return predictions_of(cell), {"seconds": 1.5}


def cells(*seeds, C=1, agent="tfidf"):
    return [Cell(agent, seed, {"C": C, "training_seed": 1000 + seed}) for seed in seeds]


@pytest.fixture
def output(tmp_path):
    return tmp_path / "runs"


@pytest.fixture
def store(tmp_path):
    return tmp_path / ".cells"


@pytest.fixture(params=[True, False], ids=["one file", "a folder a seed"])
def one_file(request):
    return request.param


@pytest.fixture
def run(output, store, one_file):
    def call(*batch, killed_at=None):
        maker = Maker(killed_at)
        if killed_at is None:
            complete(batch, maker, output=output, store=store, one_file=one_file)
        else:
            with pytest.raises(KeyboardInterrupt):
                complete(batch, maker, output=output, store=store, one_file=one_file)
        return maker.made

    return call


def snakemake_deletes(folder):
    """What Snakemake does to a job's outputs before it runs again."""
    shutil.rmtree(folder)


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def scores_of(output, seed, agent="tfidf"):
    return read_predictions(output / agent, [seed])["score"].tolist()


def test_every_cell_gets_its_predictions_and_a_record_of_what_they_came_from(run, output):
    [cell] = cells(3)
    assert run(cell) == [3]
    found = read_predictions(output / "tfidf", [3])
    assert found.columns.tolist() == ["seed", "row_id", "score"]
    assert found["seed"].tolist() == [3, 3]
    pd.testing.assert_frame_equal(found.drop(columns="seed"), predictions_of(cell))
    record = read_records(output / "tfidf")[3]
    assert {name: record[name] for name in ("seconds", "key", "inputs")} == {
        "seconds": 1.5,
        "key": cell.key,
        "inputs": {"C": 1, "training_seed": 1003},
    }


def test_cheap_agents_have_two_files_and_fine_tunes_two_a_seed(run, output, one_file):
    run(*cells(0, 1))
    places = [""] if one_file else ["seed0/", "seed1/"]
    names = (PREDICTIONS, RECORDS if one_file else RECORD)
    assert sorted(contents(output)) == sorted(f"tfidf/{place}{name}" for place in places for name in names)


def test_finished_cells_are_kept_and_a_new_seed_runs_alone(run, output):
    assert run(*cells(0, 1)) == [0, 1]
    assert run(*cells(0, 1, 2)) == [2]
    snakemake_deletes(output)
    assert run(*cells(0, 1, 2, 3)) == [3]
    snakemake_deletes(output)
    assert run(*cells(0, 1, 2, 3)) == []
    assert [scores_of(output, seed) for seed in range(4)] == [[seed / 10, 0.1] for seed in range(4)]


def test_without_the_store_what_is_published_is_kept(run, output, store):
    run(*cells(0, 1))
    shutil.rmtree(store)
    assert run(*cells(0, 1, 2)) == [2]
    assert scores_of(output, 1) == [0.1, 0.1]


def test_nothing_lies_on_the_disk_twice(run, output, store):
    run(*cells(0, 1))
    for path in output.rglob("*.parquet"):
        assert path.stat().st_nlink == 2
    assert {path.stat().st_ino for path in output.rglob("*.*")} <= {path.stat().st_ino for path in store.rglob("*.*")}


def test_where_files_cannot_be_linked_they_are_copied(run, output, monkeypatch):
    def refuse(*paths):
        raise OSError("another file system")

    monkeypatch.setattr("os.link", refuse)
    run(*cells(0, 1))
    assert scores_of(output, 1) == [0.1, 0.1]


def test_what_is_published_is_dated_now(run, output):
    run(*cells(0))
    snakemake_deletes(output)
    long_ago = time.time() - 1000
    for path in (output.parent / ".cells").rglob("*.*"):
        os.utime(path, (long_ago, long_ago))
    run(*cells(0))
    assert all(path.stat().st_mtime > long_ago + 900 for path in output.rglob("*.*"))


def test_agents_of_a_batch_are_made_and_published_together(run, output):
    batch = [*cells(0, agent="tfidf"), *cells(0, agent="regex"), *cells(1, agent="regex", C=7)]
    assert run(*batch, killed_at=1) == [0, 0]
    assert not output.exists()
    assert run(*batch) == [1]
    assert {agent: sorted(read_records(output / agent)) for agent in ("tfidf", "regex")} == {"tfidf": [0], "regex": [0, 1]}


def test_fewer_seeds_leave_the_others_for_the_day_they_are_wanted_again(run, output):
    run(*cells(0, 1))
    snakemake_deletes(output)
    assert run(*cells(0)) == []
    snakemake_deletes(output)
    assert run(*cells(0, 1)) == []
    assert scores_of(output, 1) == [0.1, 0.1]


def test_a_kill_in_the_middle_publishes_nothing_and_loses_nothing(run, output, tmp_path, one_file):
    assert run(*cells(0, 1, 2, 3), killed_at=2) == [0, 1]
    assert not output.exists()
    assert run(*cells(0, 1, 2, 3)) == [2, 3]
    resumed = contents(output)
    whole = tmp_path / "whole"
    complete(cells(0, 1, 2, 3), Maker(), output=whole, store=tmp_path / "elsewhere", one_file=one_file)
    assert resumed == contents(whole)


def test_a_kill_while_adding_seeds_keeps_what_was_published(run, output):
    run(*cells(0, 1))
    snakemake_deletes(output)
    assert run(*cells(0, 1, 2, 3), killed_at=3) == [2]
    assert run(*cells(0, 1, 2, 3)) == [3]


def test_other_inputs_make_a_cell_again_and_replace_it(run, output):
    run(*cells(0, 1))
    assert run(cells(0, C=1)[0], cells(1, C=5)[0]) == [1]
    assert scores_of(output, 1) == [0.1, 0.5]
    assert read_records(output / "tfidf")[1]["inputs"]["C"] == 5


def test_what_a_killed_batch_left_is_not_used_for_other_inputs(run, output):
    run(*cells(0, 1), killed_at=1)
    assert run(*cells(0, 1, C=5)) == [0, 1]
    assert scores_of(output, 0) == [0.0, 0.5]


def test_a_system_that_does_not_cover_a_seed_has_a_record_and_no_row(tmp_path):
    def make(cell):
        frame, record = predictions_of(cell), {"missing": "no seed 1"} if cell.seed else {}
        return (frame.iloc[:0] if cell.seed else frame), record

    complete(cells(0, 1), make, output=tmp_path / "runs", store=tmp_path / ".cells")
    assert read_records(tmp_path / "runs/tfidf")[1]["missing"] == "no seed 1"
    assert read_predictions(tmp_path / "runs/tfidf", [0, 1])["seed"].tolist() == [0, 0]
    maker = Maker()
    complete(cells(0, 1), maker, output=tmp_path / "runs", store=tmp_path / ".cells")
    assert maker.made == []


def test_an_agent_that_becomes_a_fine_tune_leaves_no_file_of_what_it_was(tmp_path):
    places = {"output": tmp_path / "runs", "store": tmp_path / ".cells"}
    complete(cells(0), Maker(), **places)
    complete(cells(0, C=5), Maker(), **places, one_file=False)
    assert read_predictions(tmp_path / "runs/tfidf", [0])["score"].tolist() == [0.0, 0.5]
    complete(cells(0, C=7), Maker(), **places)
    assert read_predictions(tmp_path / "runs/tfidf", [0])["score"].tolist() == [0.0, 0.7]


def test_the_order_of_inputs_does_not_matter_and_their_values_do():
    assert Cell("tfidf", 0, {"a": 1, "b": [2]}).key == Cell("tfidf", 0, {"b": [2], "a": 1}).key
    assert Cell("tfidf", 0, {"a": 1, "b": [2]}).key != Cell("tfidf", 0, {"a": 1, "b": [3]}).key


def damage(folder, kind, record):
    record, predictions = folder / record, folder / PREDICTIONS
    if kind == "truncated predictions":
        replace(predictions, predictions.read_bytes()[:-10])
    elif kind == "edited predictions":
        predictions.unlink()
        pd.DataFrame({"seed": [1, 1], "row_id": ["a", "b"], "score": [1.0, 1.0]}).to_parquet(predictions, index=False)
    elif kind == "no predictions":
        predictions.unlink()
    elif kind == "no record":
        record.unlink()
    elif kind == "torn record":
        replace(record, record.read_bytes()[:30])
    elif kind == "record of another kind":
        replace(record, b"[]")
    elif kind == "record without key":
        replace(record, b"{}")


def replace(path, data):
    """Write other bytes under a name, and leave what is linked to it as it was."""
    path.unlink()
    path.write_bytes(data)


KINDS = (
    "truncated predictions", "edited predictions", "no predictions", "no record", "torn record", "record of another kind",
    "record without key",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_published_files_come_from_the_store_again(run, output, kind, one_file):
    run(*cells(0, 1, 2))
    whole = contents(output)
    damage(output / "tfidf" / ("" if one_file else "seed1"), kind, RECORDS if one_file else RECORD)
    assert run(*cells(0, 1, 2)) == []
    assert contents(output) == whole


@pytest.mark.parametrize("kind", KINDS)
def test_files_damaged_in_both_places_are_made_again(run, output, store, kind, one_file):
    run(*cells(0, 1, 2))
    whole = contents(output)
    kept = next((store / "tfidf").glob("whole-*")) if one_file else store / "tfidf/seed1"
    for folder in (output / "tfidf" / ("" if one_file else "seed1"), kept):
        damage(folder, kind, RECORDS if one_file else RECORD)
    assert run(*cells(0, 1, 2)) == ([0, 1, 2] if one_file else [1])
    assert contents(output) == whole


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_waiting_cell_is_made_again_and_no_other(run, output, store, kind):
    run(*cells(0, 1, 2), killed_at=2)
    damage(store / "tfidf/seed1", kind, RECORD)
    assert run(*cells(0, 1, 2)) == [1, 2]
    assert sorted(read_records(output / "tfidf")) == [0, 1, 2]


@pytest.mark.parametrize("steps", range(12))
def test_a_kill_while_publishing_leaves_nothing_false_and_loses_nothing(
    run, output, store, tmp_path, monkeypatch, steps, one_file
):
    run(*cells(0, 1))
    snakemake_deletes(output)
    taken = []

    def stop_after(call):
        def counted(*arguments, **options):
            if len(taken) == steps:
                raise KeyboardInterrupt
            taken.append(call)
            return call(*arguments, **options)

        return counted

    batch = [*cells(0, 1), *cells(2)]
    with monkeypatch.context() as patch:
        for owner, name in ((Path, "replace"), (Path, "rename"), (os, "link"), (shutil, "rmtree")):
            patch.setattr(owner, name, stop_after(getattr(owner, name)))
        with contextlib.suppress(KeyboardInterrupt):
            complete(batch, Maker(), output=output, store=store, one_file=one_file)
    assert run(*batch) in ([], [2])
    whole = tmp_path / "whole"
    complete(batch, Maker(), output=whole, store=tmp_path / "elsewhere", one_file=one_file)
    assert contents(output) == contents(whole)


def test_progress_says_how_many_are_there_and_how_many_are_left(run, caplog):
    run(*cells(0))
    caplog.set_level("INFO")
    caplog.clear()
    run(*cells(0, 1, 2))
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0] == "1 of 3 cells are already there, 2 to run"
    assert lines[1].startswith("tfidf/seed1 done, 1 of 2, about ")
    assert lines[2] == "tfidf/seed2 done, 2 of 2, about 0 s left"

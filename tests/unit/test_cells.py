import json
from pathlib import Path

import pandas as pd
import pytest

from mirage.cells import PREDICTIONS, RECORD, Cell, complete
from mirage.provenance import file_digest


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
def staging(tmp_path):
    return tmp_path / ".staging"


@pytest.fixture
def run(output, staging):
    def call(*batch, killed_at=None):
        maker = Maker(killed_at)
        if killed_at is None:
            complete(batch, maker, output=output, staging=staging)
        else:
            with pytest.raises(KeyboardInterrupt):
                complete(batch, maker, output=output, staging=staging)
        return maker.made

    return call


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_every_cell_gets_its_predictions_and_a_record_of_what_they_came_from(run, output, staging):
    [cell] = cells(3)
    assert run(cell) == [3]
    pd.testing.assert_frame_equal(pd.read_parquet(output / "tfidf/seed3" / PREDICTIONS), predictions_of(cell))
    record = json.loads((output / "tfidf/seed3" / RECORD).read_text())
    assert record == {
        "seconds": 1.5,
        "key": cell.key,
        "inputs": {"C": 1, "training_seed": 1003},
        "predictions_sha256": file_digest(output / "tfidf/seed3" / PREDICTIONS),
    }
    assert not staging.exists()


def test_finished_cells_are_kept_and_a_new_seed_runs_alone(run, output):
    assert run(*cells(0, 1)) == [0, 1]
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*.*")}
    assert run(*cells(0, 1, 2)) == [2]
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert run(*cells(0, 1, 2)) == []


def test_agents_of_a_batch_are_made_and_published_together(run, output):
    batch = [*cells(0, agent="tfidf"), *cells(0, agent="regex"), *cells(1, agent="regex", C=7)]
    assert run(*batch, killed_at=1) == [0, 0]
    assert not output.exists()
    assert run(*batch) == [1]
    assert sorted(str(path.parent.relative_to(output)) for path in output.rglob(RECORD)) == [
        "regex/seed0",
        "regex/seed1",
        "tfidf/seed0",
    ]


def test_fewer_seeds_leave_the_others_in_place(run, output):
    run(*cells(0, 1))
    before = contents(output)
    assert run(*cells(0)) == []
    assert contents(output) == before


def test_a_kill_in_the_middle_publishes_nothing_and_loses_nothing(run, output, tmp_path):
    assert run(*cells(0, 1, 2, 3), killed_at=2) == [0, 1]
    assert not output.exists()
    assert run(*cells(0, 1, 2, 3)) == [2, 3]
    resumed = contents(output)
    whole = tmp_path / "whole"
    complete(cells(0, 1, 2, 3), Maker(), output=whole, staging=tmp_path / "elsewhere")
    assert resumed == contents(whole)


def test_a_kill_while_adding_seeds_keeps_what_was_published(run, output):
    run(*cells(0, 1))
    before = contents(output)
    assert run(*cells(0, 1, 2, 3), killed_at=3) == [2]
    assert contents(output) == before
    assert run(*cells(0, 1, 2, 3)) == [3]


def test_other_inputs_make_a_cell_again_and_replace_it(run, output):
    run(*cells(0, 1))
    assert run(cells(0, C=1)[0], cells(1, C=5)[0]) == [1]
    assert pd.read_parquet(output / "tfidf/seed1" / PREDICTIONS)["score"].tolist() == [0.1, 0.5]
    assert json.loads((output / "tfidf/seed1" / RECORD).read_text())["inputs"]["C"] == 5


def test_what_a_killed_batch_left_is_not_used_for_other_inputs(run, output):
    run(*cells(0, 1), killed_at=1)
    assert run(*cells(0, 1, C=5)) == [0, 1]
    assert pd.read_parquet(output / "tfidf/seed0" / PREDICTIONS)["score"].tolist() == [0.0, 0.5]


def test_the_order_of_inputs_does_not_matter_and_their_values_do():
    assert Cell("tfidf", 0, {"a": 1, "b": [2]}).key == Cell("tfidf", 0, {"b": [2], "a": 1}).key
    assert Cell("tfidf", 0, {"a": 1, "b": [2]}).key != Cell("tfidf", 0, {"a": 1, "b": [3]}).key


def damage(folder, kind):
    record, predictions = folder / RECORD, folder / PREDICTIONS
    if kind == "truncated predictions":
        predictions.write_bytes(predictions.read_bytes()[:-10])
    elif kind == "edited predictions":
        pd.DataFrame({"row_id": ["a", "b"], "score": [1.0, 1.0]}).to_parquet(predictions, index=False)
    elif kind == "no predictions":
        predictions.unlink()
    elif kind == "no record":
        record.unlink()
    elif kind == "torn record":
        record.write_text(record.read_text()[:30])
    elif kind == "record of another kind":
        record.write_text("[]")
    elif kind == "record without key":
        record.write_text("{}")


KINDS = (
    "truncated predictions", "edited predictions", "no predictions", "no record", "torn record", "record of another kind",
    "record without key",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_published_cell_is_made_again_and_no_other(run, output, kind):
    run(*cells(0, 1, 2))
    whole = contents(output)
    damage(output / "tfidf/seed1", kind)
    assert run(*cells(0, 1, 2)) == [1]
    assert contents(output) == whole


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_waiting_cell_is_made_again_and_no_other(run, output, staging, kind):
    run(*cells(0, 1, 2), killed_at=2)
    damage(staging / "tfidf/seed1", kind)
    assert run(*cells(0, 1, 2)) == [1, 2]
    assert sorted(path.name for path in (output / "tfidf").iterdir()) == ["seed0", "seed1", "seed2"]


@pytest.mark.parametrize("moves", range(5))
def test_a_kill_while_publishing_leaves_nothing_false(run, output, tmp_path, monkeypatch, moves):
    run(*cells(0, 1))
    whole = tmp_path / "whole"
    complete(cells(0, 1, C=5), Maker(), output=whole, staging=tmp_path / "elsewhere")
    replace, published = Path.replace, []

    def killed(path, target):
        if output in Path(target).parents:
            if len(published) == moves:
                raise KeyboardInterrupt
            published.append(target)
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        if moves < 4:
            with pytest.raises(KeyboardInterrupt):
                complete(cells(0, 1, C=5), Maker(), output=output, staging=tmp_path / ".staging")
        else:
            complete(cells(0, 1, C=5), Maker(), output=output, staging=tmp_path / ".staging")
    made = run(*cells(0, 1, C=5))
    # A cell of which one file was moved and the other not is made again; one that was moved or waits whole is not.
    assert made == {1: [0], 3: [1]}.get(moves, [])
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

import hashlib
import sys

import pandas as pd
import pytest

from mirage.data.given import given_grid, may_have_seen, taken_in
from mirage.errors import StudyError

CONFIG = {"seeds": 2, "agents": {"tfidf": {"kind": "linear", "title": "TF-IDF", "note": "small"}}}


def with_file(path, **others):
    agents = {**CONFIG["agents"], "ours": {"kind": "predictions", "title": "Ours", "path": str(path), **others}}
    return taken_in({**CONFIG, "agents": agents})["agents"]["ours"]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text("row_id,score\na,0.5\n")
    return path


def test_a_study_without_such_agents_stays_as_it_is():
    assert taken_in(CONFIG) == CONFIG


def test_the_digest_of_the_file_is_part_of_the_recipe(file):
    assert with_file(file)["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_note_says_what_the_scores_stand_for(file):
    note = with_file(file)["note"]
    assert note.startswith(
        "Not trained here, and scored from ours.csv, one set of predictions for every split: it may have seen "
    )
    assert "no out-of-sample figure, on random splits least of all" in note
    assert "no threshold is chosen" in note
    assert "AUC" not in note


def test_a_note_of_one_s_own_comes_first_and_a_threshold_is_named(file):
    note = with_file(file, note="trained on tweets.", threshold=0.3)["note"]
    assert note.startswith("Trained on tweets. Not trained here")
    assert "Positive above its own threshold 0.3, where the others' is 0.5" in note


def test_where_the_file_has_splits_the_word_of_its_makers_counts(tmp_path):
    path = tmp_path / "ours.parquet"
    pd.DataFrame({"row_id": ["a"], "label": [1], "split": ["random"]}).to_parquet(path)
    note = with_file(path)["note"]
    assert "split by split" in note
    assert "makers' word" in note
    assert "labels and no scores, so there is no AUC" in note


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("none.csv", None, "{path}: no such file; the path starts at the working directory"),
        ("ours.json", "{}", "found {path}; write a file that ends in .csv or .parquet"),
        ("ours.parquet", "row_id,score", "{path}: not a parquet file: "),
    ],
)
def test_a_file_that_cannot_be_read_is_named_before_anything_runs(tmp_path, name, content, line):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(StudyError) as caught:
        with_file(path)
    assert str(caught.value).startswith("config.yaml: agents.ours.path: " + line.format(path=path))


def test_columns_are_checked_before_anything_runs(file):
    file.write_text("id,score\n")
    with pytest.raises(StudyError, match="column 'row_id' is missing; found id, score; write row_id and score"):
        with_file(file)
    file.write_text("")
    with pytest.raises(StudyError, match=r"ours.csv: the file is empty; expected a csv with a header"):
        with_file(file)


def test_any_usual_mark_may_separate_the_fields_of_predictions(file):
    file.write_text("row_id;score;split\na, b;0.5;time\nc, d;0.5;random\n")
    assert with_file(file)["covers"] == {"split": ["random", "time"]}


def test_a_row_that_breaks_off_is_named_before_anything_runs(file):
    file.write_text("row_id,score,seed\na,0.5,1\nd\ne,0.5,2\n")
    with pytest.raises(StudyError, match=r"ours.csv: row 2: 1 columns; expected 3, as in the header"):
        with_file(file)


def test_parquet_can_be_planned_without_the_package_that_reads_it(tmp_path, monkeypatch):
    path = tmp_path / "ours.parquet"
    pd.DataFrame({"row_id": ["a"], "score": [1.0]}).to_parquet(path)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    agent = with_file(path)
    assert agent["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert "where the file does not say which split its predictions are for, it may have seen test rows" in agent["note"]


def test_a_job_of_another_agent_does_not_need_the_file(tmp_path):
    agents = {"ours": {"kind": "predictions", "title": "Ours", "path": str(tmp_path / "none.csv")}}
    assert taken_in({"agents": agents}, insist=False)["agents"]["ours"]["sha256"] is None


def read(path, rows):
    """Write a file with the columns row_id, score, split and seed; return what the plan has of it."""
    frame = pd.DataFrame(rows, columns=["split", "seed"]).assign(row_id="a", score=0.5)
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)
    return {"ours": with_file(path)}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_of_fewer_splits_and_seeds_than_the_study_has_a_grid_of_its_own(tmp_path, suffix):
    agents = read(tmp_path / f"ours{suffix}", [("time", 1), ("stratified", 0), ("time", 0), ("kfold", 7)])
    row = {"schemes": ["stratified", "time"], "seeds": [0, 1], "given": True, "reason": None}
    assert given_grid(agents, ["stratified", "random", "time"], range(3)) == {"ours": row}
    assert not may_have_seen(agents["ours"])


def test_a_file_without_splits_or_seeds_is_for_all_of_them(file):
    agents = {"ours": with_file(file)}
    assert given_grid(agents, ["stratified"], range(3)) == {}
    assert may_have_seen(agents["ours"])
    file.write_text("row_id,score,seed\na,0.5,0\na,0.5,2.0\n")
    [row] = given_grid({"ours": with_file(file)}, ["stratified", "time"], range(3)).values()
    assert (row["schemes"], row["seeds"]) == (["stratified", "time"], [0, 2])


def test_a_file_that_has_all_of_the_study_has_no_grid_of_its_own(tmp_path):
    agents = read(tmp_path / "ours.csv", [("time", 0), ("time", 1), ("random", 0)])
    assert given_grid(agents, ["time"], range(2)) == {}


def test_what_is_no_seed_is_left_to_the_job_that_names_the_row(file):
    file.write_text("row_id,score,seed\na,0.5,1\nb,0.5,first\nc,0.5,\ne,0.5,inf\n")
    [row] = given_grid({"ours": with_file(file)}, ["time"], range(2)).values()
    assert row["seeds"] == [1]


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        (("random", 0), "column split has random and nothing of this study; write predictions for any of stratified, time"),
        (
            ("time", 10),
            "column seed has 10 and nothing of this study; write predictions for any of 0, 1, 2, 3, 4, 5, 6, 7 and 2 more",
        ),
        ((None, 0), "column split has nothing and nothing of this study"),
    ],
)
def test_a_file_for_another_study_is_named_before_anything_runs(tmp_path, cell, line):
    path = tmp_path / "ours.csv"
    with pytest.raises(StudyError) as caught:
        given_grid(read(path, [cell]), ["stratified", "time"], range(10))
    assert str(caught.value).startswith(f"config.yaml: agents.ours.path: {path}: {line}")

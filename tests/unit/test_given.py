import hashlib
import sys

import pandas as pd
import pytest

from mirage.errors import StudyError
from mirage.given import taken_in

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
    file.write_text("")
    with pytest.raises(StudyError, match="column 'row_id' is missing; found none; write row_id and score"):
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

"""The study's splits go out as csv, a program trains on them, and its predictions come back."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from frames import toy_sections
from known_schemes import SCHEMES
from mirage.agents.predictions import given_cell, read_given
from mirage.data.sections import write_sections
from mirage.errors import StudyError
from mirage.roundtrip.export import export_splits, how_to_return
from mirage.splits.names import Schemes
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split
from mirage.splits.store import write_splits

KFOLD = "kfold"
OPTIONS = SplitOptions()


@pytest.fixture
def results(tmp_path):
    """A study's rows and two seeds of one scheme."""
    sections = toy_sections(60)
    write_sections(sections, tmp_path / "results/data/sections.parquet")
    splits = {seed: make_split(sections, SCHEMES[KFOLD], seed, OPTIONS) for seed in (0, 1)}
    write_splits(tmp_path / f"results/splits/{KFOLD}.parquet", KFOLD, splits)
    return tmp_path / "results"


def test_rows_and_parts_are_written_as_they_are(results, tmp_path):
    written = export_splits(results, [KFOLD], tmp_path / "out")
    assert [path.name for path in written] == ["rows.csv", "kfold.csv", "fit.py"]
    rows, sections = pd.read_csv(written[0], dtype={"row_id": str}), toy_sections(60)
    assert rows["label"].tolist() == sections["label"].tolist()
    parts = pd.read_csv(written[1], dtype={"row_id": str})
    assert sorted(parts["seed"].unique()) == [0, 1]
    assert set(parts["part"]) == {"train", "validation", "test"}
    # Each of 60 rows is tested once a seed and learned from in the four other folds.
    assert (parts["part"] == "test").sum() == 2 * 60
    assert (parts["part"] != "test").sum() == 2 * 4 * 60


def test_the_program_that_comes_along_gives_predictions_the_study_takes(results, tmp_path):
    out = tmp_path / "out"
    export_splits(results, [KFOLD], out)
    subprocess.run([sys.executable, str(out / "fit.py")], check=True, capture_output=True, cwd=tmp_path)
    sections = toy_sections(60)
    given = read_given(out / "predictions.csv", sections, Schemes({}))
    for seed in (0, 1):
        predictions, details = given_cell(
            given, sections, make_split(sections, SCHEMES[KFOLD], seed, OPTIONS), scheme=KFOLD, seed=seed
        )
        assert len(predictions) == 60
        assert details["ranked"]


def test_a_program_that_was_changed_is_kept(results, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/fit.py").write_text("mine")
    assert "fit.py" not in [path.name for path in export_splits(results, [KFOLD], tmp_path / "out")]
    assert (tmp_path / "out/fit.py").read_text() == "mine"


def test_splits_that_were_not_made_are_named(results, tmp_path):
    with pytest.raises(StudyError, match="random was not made yet; run the study, or its target splits, first"):
        export_splits(results, [KFOLD, "random"], tmp_path / "out")


def test_a_study_of_several_classes_is_refused_in_one_line(results, tmp_path):
    sections = toy_sections(60).rename(columns={"label": "class"}).astype({"class": "int16"})
    write_sections(sections, results / "data/sections.parquet")
    with pytest.raises(StudyError, match="this is a study of several; make one with mirage init --positive LABEL"):
        export_splits(results, [KFOLD], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(results, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(StudyError, match="name another folder with --export"):
        export_splits(results, [KFOLD], tmp_path / "out")


def test_the_lines_for_the_configuration_name_the_file(tmp_path):
    assert f"    path: {tmp_path / 'out/predictions.csv'}" in how_to_return(tmp_path / "out").splitlines()


class TestFolds:
    """A row tested in two folds (cross-fitting) has two predictions."""

    SECTIONS = pd.DataFrame({"row_id": ["a", "b"], "label": np.array([1, 0], dtype=np.int8)})
    SPLIT = pd.DataFrame({"row_id": ["a", "b", "a", "b"], "fold": [0, 0, 1, 1], "part": ["test", "train", "test", "test"]})

    def cell(self, tmp_path, **columns):
        path = tmp_path / "ours.csv"
        pd.DataFrame(columns).to_csv(path, index=False)
        given = read_given(path, self.SECTIONS, Schemes({}))
        return given_cell(given, self.SECTIONS, self.SPLIT, scheme="kfold", seed=0)[0]

    def test_each_fold_has_its_own(self, tmp_path):
        cell = self.cell(tmp_path, row_id=["a", "a", "b"], fold=[0, 1, 1], score=[0.1, 0.9, 0.4])
        assert cell[["row_id", "fold", "score"]].to_numpy().tolist() == [["a", 0, 0.1], ["a", 1, 0.9], ["b", 1, 0.4]]

    def test_without_the_column_one_serves_all(self, tmp_path):
        assert self.cell(tmp_path, row_id=["a", "b"], score=[0.1, 0.4])["score"].tolist() == [0.1, 0.1, 0.4]

    def test_a_fold_that_lacks_a_row_is_named(self, tmp_path):
        with pytest.raises(StudyError, match="1 of 3 test rows of kfold, seed 0, have no prediction, first 'a' in fold 1"):
            self.cell(tmp_path, row_id=["a", "b"], fold=[0, 1], score=[0.1, 0.4])

    def test_a_fold_is_a_number(self, tmp_path):
        with pytest.raises(StudyError, match=r"1 row with a fold that is not 0, 1, 2 and so on, first row a: found 'x'"):
            self.cell(tmp_path, row_id=["a"], fold=["x"], score=[0.1])

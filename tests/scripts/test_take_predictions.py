"""Predictions of a system that was trained elsewhere, on six rows, through the commands that take and score them."""

import json

import numpy as np
import pandas as pd
import pytest

from mirage.files import write_json
from mirage.runs import read_records
from mirage.splits.store import write_splits
from script_loader import script_main

LABELS = [1, 1, 1, 0, 0, 0]
IDS = list("abcdef")
# At 0.5: a and c found, b missed, d a false alarm. F1 = 2*2 / (2*2 + 1 + 1) = 2/3; at 0.3, b is found as well: 6/7.
SCORES = [0.9, 0.4, 0.8, 0.7, 0.2, 0.5]
COLUMNS = "write row_id and score (in [0, 1]) or label, and split, seed and fold where predictions differ by them"


class Desk:
    """A corpus of six rows, two seeds of a split on which each is tested, and the commands."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "ours.csv"
        sections = pd.DataFrame({"row_id": IDS, "label": np.array(LABELS, dtype=np.int8), "source": list("xxyxyy")})
        sections.assign(unit=np.arange(6, dtype=np.int32)).to_parquet(folder / "sections.parquet")
        write_json(folder / "sections.json", {"corpus": "synthetic"})
        for seed in (0, 1):
            self.split(seed, ["test"] * 6)

    def split(self, seed, parts):
        frame = pd.DataFrame({"row_id": IDS, "fold": 0, "part": parts, "group": range(6)})
        write_splits(self.folder / f"splits/seed{seed}.parquet", "stratified", {seed: frame})

    def write(self, **columns):
        pd.DataFrame(columns).to_csv(self.file, index=False)

    def take(self, path=None, **recipe):
        agents = {"ours": {"kind": "predictions", "path": str(path or self.file), **recipe}}
        named = {"sections": "sections.parquet", "provenance": "sections.json", "output": "runs"}
        arguments = [word for name, place in named.items() for word in (f"--{name}", str(self.folder / place))]
        arguments += ["--split", "stratified", "--seeds", "0", "1", "--agents", json.dumps(agents), "--code", "abc"]
        return script_main("take_predictions")([*arguments, *self.places])

    @property
    def places(self):
        splits = sorted(str(path) for path in (self.folder / "splits").iterdir())
        return ["--store", str(self.folder / ".cells"), "--splits", *splits]

    def score(self, threshold=0.5, agents=("ours",), others=None, status=0):
        folder = self.folder
        arguments = ["--sections", folder / "sections.parquet", "--runs", folder / "runs", "--split", "stratified"]
        arguments += ["--agents", *agents, "--seeds", 0, 1, "--given", json.dumps({"ours": threshold})]
        arguments += ["--encoders", json.dumps(others or {})]
        arguments += ["--scores", folder / "scores.parquet", "--outcomes", folder / "outcomes.parquet"]
        assert script_main("score_split")([str(argument) for argument in arguments]) == status
        if status:
            return None
        scores = pd.read_parquet(folder / "scores.parquet")
        return scores[scores["group_kind"] == "all"].set_index("seed")


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def fault(desk, capsys):
    """Take a file that is wrong; return the one line that says so."""

    def told(path=None, **recipe):
        capsys.readouterr()
        assert desk.take(path, **recipe) == 1
        [line] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
        assert not (desk.folder / "runs").exists()
        return line.removeprefix("error: ").replace(str(desk.file), "ours.csv")

    return told


def test_f1_is_that_of_the_test_rows(desk):
    desk.write(row_id=IDS, score=SCORES)
    assert desk.take() == 0
    scores = desk.score()
    assert scores["f1"].tolist() == pytest.approx([2 / 3, 2 / 3])
    assert scores.loc[0, ["tp", "fp", "fn", "tn"]].tolist() == [2, 1, 1, 2]
    # Of 9 pairs of a positive and a negative row, b loses to d and f.
    assert scores.loc[0, "auc"] == pytest.approx(7 / 9)
    # No scores of training rows: no threshold is chosen, and nothing is said of what it would give.
    assert scores[["threshold", "f1_chosen", "tp_chosen"]].isna().all(axis=None)
    assert pd.read_parquet(desk.folder / "outcomes.parquet")["predicted_chosen"].isna().all()


def test_its_own_threshold_decides(desk):
    desk.write(row_id=IDS, score=SCORES)
    assert desk.take(threshold=0.3) == 0
    # Above 0.3 lie a to d and f: 3 found, 2 false alarms.
    assert desk.score(threshold=0.3)["f1"].tolist() == pytest.approx([6 / 8, 6 / 8])


def test_only_test_rows_are_scored(desk):
    desk.split(1, ["train", "test", "test", "test", "validation", "unused"])
    desk.write(row_id=IDS, score=SCORES)
    assert desk.take() == 0
    # Of b, c and d: c found, b missed, d a false alarm.
    assert desk.score()["f1"].tolist() == pytest.approx([2 / 3, 1 / 2])


@pytest.mark.parametrize("written", [[1, 0, 1, 1, 0, 0], ["True", "false", "TRUE", "true", "False", "False"]])
def test_labels_have_an_f1_and_no_auc(desk, written):
    desk.write(row_id=IDS, label=written)
    assert desk.take() == 0
    scores = desk.score()
    assert scores["f1"].tolist() == pytest.approx([2 / 3, 2 / 3])
    assert scores[["auc", "ap"]].isna().all(axis=None)
    assert set(scores["missing_reason"]) == {"labels, no scores"}


def test_scores_that_are_all_0_or_1_are_labels(desk):
    desk.write(row_id=IDS, score=[1, 0, 1, 1, 0, 0])
    assert desk.take() == 0
    assert desk.score()["auc"].isna().all()


def test_labels_may_be_names(desk):
    desk.write(row_id=IDS, label=["spam", "ham", "spam", "spam", "ham", "eggs"])
    assert desk.take(positive="spam") == 0
    assert desk.score()["f1"].tolist() == pytest.approx([2 / 3, 2 / 3])


def test_a_label_beside_a_score_may_be_the_truth_and_is_passed_over(desk):
    desk.write(row_id=IDS, label=LABELS, score=SCORES)
    assert desk.take() == 0
    assert desk.score()["f1"].tolist() == pytest.approx([2 / 3, 2 / 3])


def test_parquet_does_as_well(desk):
    path = desk.folder / "ours.parquet"
    pd.DataFrame({"row_id": IDS, "score": SCORES}).to_parquet(path)
    assert desk.take(path) == 0
    assert desk.score()["f1"].tolist() == pytest.approx([2 / 3, 2 / 3])


def test_each_cell_gets_its_own_predictions_and_one_without_any_is_missing(desk):
    right = [float(label) for label in LABELS]
    desk.write(
        row_id=IDS * 3,
        score=SCORES + right + right,
        split=["stratified"] * 6 + ["random"] * 12,
        seed=[1] * 6 + [0] * 6 + [1] * 6,
    )
    assert desk.take() == 0
    scores = desk.score()
    assert scores.index.tolist() == [1]
    assert scores.loc[1, "f1"] == pytest.approx(2 / 3)
    record = read_records(desk.folder / "runs/ours")[0]
    assert record["missing"] == "no predictions for stratified, seed 0"


def test_a_system_may_have_fewer_seeds_than_the_others(desk):
    desk.write(row_id=IDS, score=SCORES, seed=1)
    assert desk.take() == 0
    scores = desk.score(threshold=0.3, agents=(), others={"ours": {"seeds": [1], "selection": "last"}})
    assert scores["f1"].to_dict() == pytest.approx({1: 6 / 8})


def test_where_no_cell_has_predictions_that_is_one_line(desk, capsys):
    desk.write(row_id=IDS, score=SCORES, split="random")
    assert desk.take() == 0
    desk.score(status=1)
    line = capsys.readouterr().err.splitlines()[-1]
    assert line == "error: stratified: no agent has predictions, so there is nothing to score; leave the scheme out"


def test_predictions_by_split_alone_hold_for_every_seed(desk):
    desk.write(row_id=IDS, score=SCORES, split="stratified")
    assert desk.take() == 0
    assert desk.score()["f1"].tolist() == pytest.approx([2 / 3, 2 / 3])


def test_a_changed_file_is_taken_again_and_an_unchanged_one_is_not(desk, capsys):
    desk.write(row_id=IDS, score=SCORES)
    assert desk.take() == 0
    assert desk.take(threshold=0.3) == 0
    assert "2 of 2 cells are already there, 0 to run" in capsys.readouterr().err
    desk.write(row_id=IDS, score=[1.0] * 6)
    assert desk.take() == 0
    assert "0 of 2 cells are already there, 2 to run" in capsys.readouterr().err
    assert desk.score()["f1"].tolist() == pytest.approx([2 / 3, 2 / 3])  # all positive: 3 found, 3 false alarms


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        ({"id": IDS, "score": SCORES}, f"ours.csv: column 'row_id' is missing; found id, score; {COLUMNS}"),
        ({"row_id": IDS, "p": SCORES}, f"ours.csv: neither column 'score' nor 'label'; found row_id, p; {COLUMNS}"),
        ({"row_id": [], "score": []}, "ours.csv: no rows; write one a prediction"),
        (
            {"row_id": ["a", "b", None, "d", "e", "f"], "score": SCORES},
            "ours.csv: 1 row without row_id, first in data row 3; write one in every row",
        ),
        (
            {"row_id": ["a", "b", "y", "z", "e", "f"], "score": SCORES},
            "ours.csv: 2 of 6 values of row_id are not in the corpus, first 'y'; "
            "write ids as in results/data/sections.parquet, such as 'a'",
        ),
        (
            {"row_id": IDS[:4], "score": SCORES[:4]},
            "ours.csv: 2 of 6 test rows of stratified, seed 0, have no prediction, first 'e'; "
            "add them, or a column split that names the schemes they are for",
        ),
        (
            {"row_id": IDS[:5], "score": SCORES[:5], "split": "stratified"},
            "ours.csv: 1 of 6 test rows of stratified, seed 0, have no prediction, first 'f'; add them",
        ),
        (
            {"row_id": [*IDS, "b", "c"], "score": [*SCORES, 0.1, 0.1]},
            "ours.csv: 2 rows with a prediction that is already there, first row_id b; keep one a row_id",
        ),
        (
            {"row_id": [*IDS, "b"], "score": [*SCORES, 0.1], "split": "random", "seed": 3},
            "ours.csv: 1 row with a prediction that is already there, first row_id b, split random, seed 3; "
            "keep one a row_id, split and seed",
        ),
        (
            {"row_id": IDS, "score": [0.1, 1.5, -2, 0, 0, 0]},
            "ours.csv: 2 rows with a score outside [0, 1], first row b: found '1.5'",
        ),
        (
            {"row_id": IDS, "score": [0.1, 0.5, None, 0, 0, 0]},
            "ours.csv: 1 row with a score outside [0, 1], first row c: found nothing",
        ),
        (
            {"row_id": IDS, "score": [0.1, 0.5, "high", 0, 0, 0]},
            "ours.csv: 1 row with a score outside [0, 1], first row c: found 'high'",
        ),
        (
            {"row_id": IDS, "label": ["spam", 0, 0, 1, 0, "ham"]},
            "ours.csv: 2 rows with a label that is none, first row a: found 'spam'; "
            "write 0 or 1, or name the positive label by the agent's key positive",
        ),
        (
            {"row_id": IDS, "score": SCORES, "seed": [0, 0, 0.5, 0, 0, -1]},
            "ours.csv: 2 rows with a seed that is not 0, 1, 2 and so on, first row c: found '0.5'",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line(desk, fault, columns, line):
    desk.write(**columns)
    assert fault() == line


def test_a_split_that_is_no_scheme_is_named(desk, fault):
    desk.write(row_id=IDS, score=SCORES, split=["stratified"] * 5 + ["stratifed"])
    assert fault().startswith("ours.csv: column split: 'stratifed' is no split scheme; write one of random, stratified, ")
    desk.write(row_id=IDS, score=SCORES, split=["stratified"] * 5 + [None])
    assert fault().startswith("ours.csv: column split: nothing is no split scheme; write one of ")


def test_names_of_labels_must_be_there(desk, fault):
    desk.write(row_id=IDS, label=["spam", "ham", "spam", None, "ham", "ham"])
    assert (
        fault(positive="spam")
        == "ours.csv: 1 row with a label that is none, first row d: found nothing; write one in every row"
    )
    desk.write(row_id=IDS, label=["spam", "ham"] * 3)
    assert fault(positive=["eggs", "tofu"]) == "ours.csv: no label is eggs or tofu, the agent's key positive; found ham, spam"


def test_a_file_that_is_not_there_or_is_none_is_one_line(desk, fault):
    assert fault(desk.folder / "none.csv") == f"{desk.folder}/none.csv: no such file"
    path = desk.folder / "ours.parquet"
    path.write_text("row_id,score\n")
    assert fault(path).startswith(f"{path}: not a parquet file: ")
    desk.file.write_text("row_id,score\na,0.5\nb,0.5,1,2\n")
    assert fault().startswith("ours.csv: row 2: 4 columns; expected 2, as in the header")


def test_a_file_with_a_column_twice_is_refused(desk, fault):
    desk.file.write_text("row_id,score,score\na,0.5,0.4\n")
    assert fault() == "ours.csv: column 'score' is there twice; keep one"

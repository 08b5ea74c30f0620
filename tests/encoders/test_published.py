"""Models that agents published, on a loopback Hub: scored as they are, and a line each where they are not to be had."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from hub_models import ModelHub
from mirage.encoders.checkpoints import Checkpoint
from mirage.encoders.models import load_trained
from mirage.errors import StudyError
from mirage.splits.store import write_splits
from script_loader import SCRIPTS

SOURCE = Path(__file__).parents[2] / "workflow" / "src"
REPO = "someone/fine-tuned"


@pytest.fixture(scope="session")
def fine_tuned(standin_folder, tmp_path_factory):
    """Return a function from label names to a folder that holds a stand-in with a head, as an agent would push it."""

    def make(*labels):
        folder = tmp_path_factory.mktemp("fine-tuned")
        torch.manual_seed(1)
        names = dict(enumerate(labels))
        model = AutoModelForSequenceClassification.from_pretrained(
            standin_folder("bert"), num_labels=len(labels), id2label=names
        )
        with torch.no_grad():
            model.classifier.weight.mul_(100)
        model.save_pretrained(folder)
        AutoTokenizer.from_pretrained(standin_folder("bert")).save_pretrained(folder)
        return folder

    return make


@pytest.fixture
def command(sections, split, entry, tmp_path):
    """Return a function that runs the script for some agents' entries, with the variables of a Hub."""
    joined = sections.assign(external=False, overlapping=False)
    more = joined.head(5).assign(
        external=True, overlapping=[False, False, False, True, True], row_id=[f"s{n}" for n in range(5)]
    )
    pd.concat([joined, more], ignore_index=True).to_parquet(tmp_path / "sections.parquet", index=False)
    write_splits(tmp_path / "own.parquet", "exact-sklearn", {0: split})

    def run(models, environment):
        entries = {agent: entry | {"published": repo} for agent, repo in models.items()}
        words = ["--sections", tmp_path / "sections.parquet", "--splits", *[tmp_path / "own.parquet"] * len(entries)]
        words += ["--models", json.dumps(entries), "--attempt", "3"]
        words += ["--options", json.dumps({"device": "cpu", "path": None, "hub": True})]
        words += ["--output", tmp_path / "scores.parquet", "--record", tmp_path / "record.json"]
        variables = {**os.environ, "PYTHONPATH": str(SOURCE), **environment}
        done = subprocess.run(
            [sys.executable, SCRIPTS / "score_published.py", *words], env=variables, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        record = json.loads((tmp_path / "record.json").read_text())
        assert record["attempt"] == 3
        return pd.read_parquet(tmp_path / "scores.parquet"), record["models"], done.stderr

    return run


def test_a_published_model_scores_its_own_test_rows_and_the_supplement(fine_tuned, command, sections, split, tmp_path):
    """The positive class is found by its name, here 0, and a model that the Hub does not know is a line."""
    folder = fine_tuned("jim_crow", "no_jim_crow")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    with ModelHub(REPO, files) as server:
        scores, records, told = command({"tiny": REPO, "lost": "someone/lost"}, server.environment(tmp_path / "home"))
        commit = server.commit
    own = split.loc[split["part"] == "test", "row_id"].tolist()
    assert scores["row_id"].tolist() == [*own, "s0", "s1", "s2"]
    assert scores["external"].tolist() == [False] * 12 + [True] * 3
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    texts = sections.set_index("row_id")["text"].loc[own].tolist()
    batch = AutoTokenizer.from_pretrained(folder)(texts, truncation=True, max_length=32, padding=True, return_tensors="pt")
    with torch.no_grad():
        expected = model(**batch).logits.softmax(-1)[:, 0].numpy()
    np.testing.assert_allclose(scores["score"].to_numpy()[:12], expected, atol=1e-6)
    assert records["tiny"]["checkpoint"]["commit"] == commit
    assert records["tiny"]["stand_in"] is True
    assert "the Hub knows no repository someone/lost" in records["lost"]["missing"]
    assert "lost: its published model is not scored: checkpoint someone/lost is missing" in told


def test_without_the_hub_there_is_a_line_and_no_score(command, tmp_path):
    nowhere = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path / "home"), "NO_PROXY": "127.0.0.1"}
    scores, records, told = command({"tiny": REPO}, nowhere)
    assert scores.empty
    assert "the Hub is out of reach" in records["tiny"]["missing"]
    assert len([line for line in told.splitlines() if "is not scored" in line]) == 1
    assert "Traceback" not in told


def checkpoint_at(folder):
    return Checkpoint(folder, REPO, "main", None, "Hub")


def test_unnamed_labels_have_the_positive_class_second(fine_tuned):
    assert load_trained(checkpoint_at(fine_tuned("LABEL_0", "LABEL_1")))[1] == 1


def test_a_model_without_a_head_or_with_other_labels_is_told(fine_tuned, standin_folder):
    with pytest.raises(
        StudyError, match=r"someone/fine-tuned is not fine-tuned to classify: its weights lack classifier\.bias, "
    ):
        load_trained(checkpoint_at(standin_folder("bert")))
    with pytest.raises(StudyError, match="found the labels good, bad; this study has jim_crow and one for all else"):
        load_trained(checkpoint_at(fine_tuned("good", "bad")))

import json
import os
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("torch")
from mirage.encoders.metric import BinaryScores


def labels(*values):
    return np.array(values, dtype=np.int8)


def scores(*values):
    return np.array(values, dtype=float)


def test_the_metric_s_threshold_can_be_given_and_excludes_itself():
    y, score = labels(1, 0, 0, 1), scores(0.9, 0.2, 0.6, 0.4)
    metric = BinaryScores()
    assert metric.compute(predictions=score, references=y, threshold=0.3)["f1"] == pytest.approx(0.8)
    assert metric.compute(predictions=score, references=y, threshold=0.4)["recall"] == 0.5
    assert metric.compute(predictions=score, references=y)["f1"] == 0.5


OFFLINE = """
import json, socket, sys

def refuse(*address):
    raise AssertionError(f"connected to {address}")

socket.socket.connect = socket.getaddrinfo = refuse
import datasets, evaluate
from mirage.encoders.metric import BinaryScores

class Positives(evaluate.Metric):
    def _info(self):
        return BinaryScores()._info()

    def _compute(self, predictions, references):
        return {"positives": int(sum(references))}

metric = BinaryScores()
metric.add_batch(predictions=[0.9, 0.2], references=[1, 0])
metric.add_batch(predictions=[0.6, 0.4], references=[0, 1])
combined = evaluate.combine([BinaryScores(), Positives()])
print(json.dumps([metric.compute(), combined.compute(predictions=[0.9, 0.2, 0.6, 0.4], references=[1, 0, 0, 1])]))
"""


def test_the_metric_works_with_evaluate_offline(tmp_path):
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    batches, combined = json.loads(done.stdout)
    expected = {"tp": 1, "fp": 1, "fn": 1, "tn": 1, "precision": 0.5, "recall": 0.5, "f1": 0.5, "macro_f1": 0.5, "auc": 0.75}
    expected |= {"ap": pytest.approx(5 / 6), "missing_reason": ""}
    assert batches == expected
    assert combined == {**expected, "positives": 2}

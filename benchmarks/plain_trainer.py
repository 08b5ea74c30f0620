"""A recipe under the plain Trainer of transformers, as an agent's script has it: what the study's own fits are held against."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import (
    AutoModelForSequenceClassification,
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from mirage.encoders.devices import Placement
from mirage.encoders.metric import BinaryScores
from mirage.encoders.models import LABELS
from mirage.encoders.recipe import Recipe
from mirage.encoders.training import FoldRows, class_weights

SCORED_AT_ONCE = 32


def plain_arguments(recipe: Recipe, folder: str, seed: int, *, bf16: bool, cpu: bool) -> TrainingArguments:
    """Return what an agent's script hands the library's Trainer: the facts of the recipe, and the library's defaults for the rest."""
    return TrainingArguments(
        output_dir=folder,
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=SCORED_AT_ONCE,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=recipe.schedule,
        warmup_steps=recipe.warmup,
        weight_decay=recipe.weight_decay,
        bf16=bf16,
        use_cpu=cpu,
        seed=seed,
        eval_strategy="epoch",
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
    )


@dataclass(frozen=True)
class PlainFit:
    """What a fit took and gave.

    Attributes
    ----------
    f1:
        Of the test rows, after the last epoch.
    tokens, padded_tokens:
        Of all training batches, without and with padding.
    training, scoring:
        Seconds of all epochs: of the training steps, and of the validation and test rows after each.
    """

    f1: float
    tokens: int
    padded_tokens: int
    training: float
    scoring: float


def wait_for(device: str) -> None:
    """Wait until a device has computed all that it was given."""
    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()


class _Counting(DataCollatorWithPadding):
    """The library's collator, which counts the tokens of training batches."""

    def __init__(self, tokenizer: Any):
        super().__init__(tokenizer)
        self.trains = False
        self.tokens = self.padded_tokens = 0

    def __call__(self, features: Any) -> Any:
        batch = super().__call__(features)
        if self.trains:
            self.tokens += int(batch["attention_mask"].sum())
            self.padded_tokens += batch["input_ids"].numel()
        return batch


class _Clock(TrainerCallback):
    """Takes the seconds of training and of scoring, and tells the collator which of both it is."""

    def __init__(self, collate: _Counting, device: str):
        self.collate, self.device = collate, device
        self.training = self.scoring = self._since = 0.0

    def _lap(self) -> float:
        wait_for(self.device)
        now = time.perf_counter()
        taken, self._since = now - self._since, now
        return taken

    def on_epoch_begin(self, *unused: Any, **kwargs: Any) -> None:
        self.collate.trains = True
        self._lap()

    def on_epoch_end(self, *unused: Any, **kwargs: Any) -> None:
        self.training += self._lap()
        self.collate.trains = False

    def on_evaluate(self, *unused: Any, **kwargs: Any) -> None:
        self.scoring += self._lap()


def fit_plain(
    checkpoint: Path,
    tokenizer: Any,
    texts: npt.NDArray[Any],
    labels: npt.NDArray[np.int8],
    rows: FoldRows,
    recipe: Recipe,
    placement: Placement,
    seed: int,
    *,
    to_max: bool = False,
) -> PlainFit:
    """Train on the training rows, and score the validation and test rows after every epoch.

    Parameters
    ----------
    texts, labels:
        Of the whole corpus; ``rows`` says which take part.
    to_max:
        Whether every row is padded to the recipe's length, and not each batch to its longest row.
    """

    def examples(numbers: npt.NDArray[np.intp]) -> list[dict[str, Any]]:
        padding = "max_length" if to_max else False
        encoded = tokenizer(texts[numbers].tolist(), truncation=True, max_length=recipe.max_length, padding=padding)[
            "input_ids"
        ]
        return [
            {"input_ids": ids, "attention_mask": [int(each != tokenizer.pad_token_id) for each in ids], "labels": int(label)}
            for ids, label in zip(encoded, labels[numbers], strict=True)
        ]

    weights = torch.tensor(class_weights(labels[rows.train], recipe.class_weight))

    def loss(outputs: Any, targets: torch.Tensor, num_items_in_batch: Any = None) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(outputs.logits, targets, weights.to(targets.device))

    def metrics(predicted: Any) -> dict[str, float]:
        scores = torch.tensor(predicted.predictions).double().softmax(-1)[:, 1].numpy()
        return {"f1": float(BinaryScores().compute(predictions=scores, references=predicted.label_ids)["f1"])}

    set_seed(seed)
    model = AutoModelForSequenceClassification.from_pretrained(checkpoint, dtype=torch.float32, num_labels=len(LABELS))
    collate = _Counting(tokenizer)
    clock = _Clock(collate, placement.device)
    with tempfile.TemporaryDirectory() as folder:
        arguments = plain_arguments(recipe, folder, seed, bf16=placement.precision == "bf16", cpu=placement.device == "cpu")
        trainer = Trainer(
            model=model,
            args=arguments,
            train_dataset=examples(rows.train),
            eval_dataset={"validation": examples(rows.validation), "test": examples(rows.test)},
            data_collator=collate,
            compute_metrics=metrics,
            compute_loss_func=loss,
            callbacks=[clock],
        )
        trainer.train()
    scored = [entry["eval_test_f1"] for entry in trainer.state.log_history if "eval_test_f1" in entry]
    return PlainFit(scored[-1], collate.tokens, collate.padded_tokens, clock.training, clock.scoring)

"""One fit: a model, a seed and the rows of one fold, over the Trainer of ``transformers``, with every epoch's predictions."""

from __future__ import annotations

import contextlib
import logging
import math
import resource
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mirage.encoders import resume
from mirage.encoders.batching import Rows, batches_an_epoch, scoring_batches, training_batches
from mirage.encoders.devices import Placement
from mirage.encoders.memory import STATE_BYTES, is_out_of_memory
from mirage.encoders.models import Encoder
from mirage.encoders.progress import Progress
from mirage.encoders.recipe import AS_RUN, BEST_ON_TEST, BEST_ON_VALIDATION, Recipe
from mirage.encoders.selection import f1_of
from mirage.encoders.tokens import Tokens
from mirage.errors import StudyError
from mirage.provenance import derive_seed

Labels = npt.NDArray[np.int8]

log = logging.getLogger(__name__)

KEPT_MODEL = "model"
CURVE_POINTS = 10
F1_KEYS = {"validation": "f1_validation", "test": "f1_test"}
SCORING_TOKENS = {"cpu": 4096, "cuda": 65536, "mps": 16384}
# Shapes that are multiples of 8 keep a GPU's matrix units busy; a CPU gains nothing from them.
LENGTH_MULTIPLE = {"cpu": 1, "cuda": 8, "mps": 8}


@dataclass(frozen=True)
class Options:
    """How fits run, beside what their recipe says.

    Attributes
    ----------
    save_every:
        Least seconds between two resumable states; states are saved at the end of epochs.
    full_determinism:
        Ask for deterministic kernels on a GPU, which are slower. CPUs are deterministic anyway.
    keep_model:
        Keep the weights of the epoch that counts.
    """

    save_every: float = 30.0
    full_determinism: bool = False
    keep_model: bool = False


@dataclass(frozen=True)
class FoldRows:
    """Row numbers of one fold: what is trained on, and the rows that every epoch is scored on."""

    train: Rows
    validation: Rows
    test: Rows

    @property
    def scored(self) -> Rows:
        """Validation rows, then test rows."""
        return np.concatenate([self.validation, self.test])


@dataclass
class History:
    """What is known after each epoch; plain values, so that it can be stored beside the weights.

    Attributes
    ----------
    epochs:
        One entry an epoch: ``epoch, loss, curve, learning_rate, seconds, scoring_seconds, tokens, padded_tokens`` and
        ``f1_validation, f1_test``.
    scores:
        For each epoch, the probability of class 1 of the rows in :attr:`FoldRows.scored`.
    micro_batch:
        Rows computed at once.
    out_of_memory:
        Optimizer steps at which the micro-batch was halved.
    resumed_at:
        Epochs after which a new process took over.
    """

    micro_batch: int
    epochs: list[dict[str, Any]] = field(default_factory=list)
    scores: list[list[float]] = field(default_factory=list)
    out_of_memory: list[int] = field(default_factory=list)
    resumed_at: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class FitResult:
    """Every epoch's scores, shape (epochs, scored rows), and what the run record keeps of the fit."""

    scores: npt.NDArray[np.float64]
    record: dict[str, Any]
    model: Path | None


def stops(f1s: Sequence[float], patience: int | None) -> bool:
    """Return whether training stops after these epochs: ``patience`` epochs in a row have not beaten the best before them."""
    best, waited = -math.inf, 0
    for f1 in f1s:
        best, waited = (f1, 0) if f1 > best else (best, waited + 1)
    return patience is not None and waited >= patience


def class_weights(labels: Labels, kind: str | None) -> tuple[float, float]:
    """Return the weights of both classes in the loss: n / (2 n_c) for ``balanced``, else 1."""
    if kind is None:
        return 1.0, 1.0
    counts = np.bincount(labels, minlength=2)
    return len(labels) / (2 * int(counts[0])), len(labels) / (2 * int(counts[1]))


def expected_weight(labels: Labels, weights: tuple[float, float]) -> float:
    """Return the mean weight of the training rows, which is 1 for ``balanced``."""
    return float(np.mean(np.asarray(weights)[labels]))


@dataclass(frozen=True)
class Task:
    """Everything one fit depends on.

    Attributes
    ----------
    tokens, labels:
        Of the whole corpus; ``rows`` says which take part.
    seed:
        Decides the order of rows and the dropout noise. On a CPU with one number of threads it decides every byte.
    work:
        Folder for the resumable state; nothing but the kept model is left there.
    name:
        What the log calls this fit.
    """

    encoder: Encoder
    tokens: Tokens
    labels: Labels
    rows: FoldRows
    recipe: Recipe
    placement: Placement
    seed: int
    work: Path
    name: str
    options: Options


def fit(task: Task) -> FitResult:
    """Train, scoring the validation and test rows after every epoch; resume what an earlier process left under ``task.work``.

    Raises
    ------
    StudyError
        When the loss or a score is not finite, the model or one row alone does not fit the memory, or the disk is full.
    """
    resume.check_space(task.work, parameters_of(task.encoder.model))
    state = resume.newest(task.work)
    history = History(**state[1]) if state else History(micro_batch=task.recipe.batch_size)
    if state:
        history.resumed_at.append(len(history.epochs))
        log.info("%s: resumed after epoch %d", task.name, len(history.epochs))
    with _memory_told(task, "while the model is loaded"):
        trainer = _EncoderTrainer(task, history)
    try:
        with _memory_told(task, "in an optimizer step"):
            trainer.train(resume_from_checkpoint=str(state[0]) if state else None)
    finally:
        trainer.progress.close()
    resume.clear(task.work)
    kept = task.work / KEPT_MODEL if task.options.keep_model else None
    return FitResult(np.array(history.scores, dtype=np.float64), trainer.record(), kept)


def parameters_of(model: nn.Module) -> int:
    """Return the number of a model's parameters."""
    return sum(parameter.numel() for parameter in model.parameters())


@contextlib.contextmanager
def _memory_told(task: Task, when: str) -> Iterator[None]:
    """Say in one line that the device has no room for the state of the parameters, which no smaller batch makes smaller."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        needed = STATE_BYTES * parameters_of(task.encoder.model) / 1e9
        raise StudyError(
            f"agent {task.recipe.agent}: the {task.placement.device} device has no memory left {when}: weights, gradients and the "
            f"optimizer's moments take {needed:.1f} GB; free some, or train on a device that has more"
        ) from error


def probabilities(
    model: Any, tokens: Tokens, rows: Rows, device: torch.device, budget: int, multiple: int, positive: int = 1
) -> npt.NDArray[np.float64]:
    """Return the probability of class ``positive`` of every row, shape (rows,), computed in batches of ``budget`` tokens."""
    scores = np.empty(len(rows))
    model.eval()
    with torch.no_grad():
        for chosen in scoring_batches(tokens.lengths[rows], budget):
            ids, mask = (torch.from_numpy(values).to(device) for values in tokens.padded(rows[chosen], multiple))
            logits = model(input_ids=ids, attention_mask=mask).logits
            # Apple's GPUs have no float64.
            scores[chosen] = logits.cpu().double().softmax(-1)[:, positive].numpy()
    return scores


class _Collator:
    """Turns row numbers into a batch, padded to its longest row."""

    def __init__(self, task: Task, multiple: int):
        self._tokens, self._labels, self._multiple = task.tokens, task.labels, multiple

    def __call__(self, rows: Sequence[int] | Rows) -> dict[str, torch.Tensor]:
        rows = np.asarray(rows, dtype=np.intp)
        ids, mask = self._tokens.padded(rows, self._multiple)
        labels = torch.from_numpy(self._labels[rows].astype(np.int64))
        return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask), "labels": labels}


class _Loader:
    """What the Trainer asks of a data loader: batches of like length, one epoch after the other, decided by seed and epoch."""

    def __init__(self, task: Task, collate: _Collator):
        self.dataset, self.batch_size = task.rows.train, task.recipe.batch_size
        self._collate, self._lengths = collate, task.tokens.lengths[task.rows.train]
        self._seed, self._epoch = derive_seed(task.seed, "batches"), 0

    def __len__(self) -> int:
        return batches_an_epoch(len(self.dataset), self.batch_size)

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        rng = np.random.default_rng([self._seed, self._epoch])
        for chosen in training_batches(self._lengths, self.batch_size, rng):
            yield self._collate(self.dataset[chosen])


class _EncoderTrainer(Trainer):
    """A Trainer with a loss over the whole batch however it is cut, and one scoring pass an epoch.

    In an as-run fit rows are shuffled and loaded as the library does it, and a batch's weighted loss is divided by the weights of its
    own rows, as a weighted cross-entropy of PyTorch does it. A controlled fit has batches of like length, which hold a class
    more or less often; there the divisor is the weight that as many rows are expected to have, so that a row weighs the same
    whichever batch it is in.
    """

    def __init__(self, task: Task, history: History):
        self.as_run = task.recipe.mode == AS_RUN
        self.multiple = 1 if self.as_run else LENGTH_MULTIPLE[task.placement.device]
        collate: Any = _Collator(task, self.multiple)
        rows: Any = task.rows.train
        super().__init__(
            model=task.encoder.model,
            args=_arguments(task),
            train_dataset=rows,
            data_collator=collate,
            callbacks=[_Epochs(self)],
        )
        self.remove_callback(PrinterCallback)
        self.task, self.history = task, history
        self.loader = super().get_train_dataloader() if self.as_run else _Loader(task, collate)
        labels = task.labels[task.rows.train]
        weights = class_weights(labels, task.recipe.class_weight)
        self.class_weights = torch.tensor(weights, device=self.args.device)
        self.row_weight = expected_weight(labels, weights)
        self.losses: list[torch.Tensor] = []
        self.padded_tokens = 0
        self.scoring_tokens = SCORING_TOKENS[task.placement.device]
        done = len(history.epochs) * len(self.loader)
        self.progress = Progress(task.name, task.recipe.epochs * len(self.loader), done)

    def get_train_dataloader(self) -> Any:
        return self.loader

    def training_step(
        self, model: nn.Module, inputs: dict[str, Any], num_items_in_batch: torch.Tensor | int | None = None
    ) -> torch.Tensor:
        """Compute a batch's gradients in as few pieces as the memory allows; the sum is the same for any number of pieces."""
        model.train()
        while (loss := self._tried(model, inputs)) is None:
            self._halve()
            model.zero_grad()
            _empty_cache()
        self.losses.append(loss)
        self.padded_tokens += inputs["input_ids"].numel()
        return loss

    def _tried(self, model: nn.Module, inputs: dict[str, torch.Tensor]) -> torch.Tensor | None:
        """Return the loss of a batch, or None where the memory is full; by then what filled it is let go."""
        try:
            return self._batch_gradients(model, inputs)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return None

    def _total_weight(self, labels: torch.Tensor) -> torch.Tensor | float:
        if self.as_run:
            return self.class_weights[labels.to(self.args.device)].sum()
        return len(labels) * self.row_weight

    def _batch_gradients(self, model: nn.Module, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        rows, size = len(inputs["labels"]), self.history.micro_batch
        total_weight = self._total_weight(inputs["labels"])
        total = torch.zeros((), device=self.args.device)
        for start in range(0, rows, size):
            piece = {key: value[start : start + size] for key, value in inputs.items()}
            if size < rows:
                width = int(piece["attention_mask"].sum(1).max())
                piece = {key: value[:, :width] if value.ndim == 2 else value for key, value in piece.items()}
            piece = self._prepare_inputs(piece)
            labels = piece.pop("labels")
            logits = model(**piece).logits
            loss = nn.functional.cross_entropy(logits.float(), labels, self.class_weights, reduction="sum") / total_weight
            self.accelerator.backward(loss)
            total += loss.detach()
        return total

    def _halve(self) -> None:
        if self.history.micro_batch == 1:
            self._tell_row()
        self.history.micro_batch = -(-self.history.micro_batch // 2)
        self.history.out_of_memory.append(self.state.global_step)

    def _tell_row(self) -> NoReturn:
        raise StudyError(
            f"agent {self.task.recipe.agent}: one section of {self.task.recipe.max_length} tokens does not fit the memory of the "
            f"{self.task.placement.device} device; free some, or write a smaller max_length"
        )

    def score(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Return the probability of class 1 of every row, shape (rows,)."""
        if self.as_run:
            # The library's evaluation draws one number, which moves the dropout of the next epoch on a CPU.
            torch.empty((), dtype=torch.int64).random_()
        while (scores := self._scored(rows)) is None:
            self.scoring_tokens //= 2
            _empty_cache()
        return scores

    def _scored(self, rows: Rows) -> npt.NDArray[np.float64] | None:
        """Return the scores of all rows, or None where a batch fills the memory and can be smaller."""
        try:
            return probabilities(self.model, self.task.tokens, rows, self.args.device, self.scoring_tokens, self.multiple)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if self.scoring_tokens < self.task.recipe.max_length:
                self._tell_row()
            return None

    def record(self) -> dict[str, Any]:
        """Return what the run record keeps of this fit."""
        history, rows, recipe = self.history, self.task.rows, self.task.recipe
        return {
            "rows": {"train": len(rows.train), "validation": len(rows.validation), "test": len(rows.test)},
            "seed": self.task.seed,
            "steps": len(self.loader) * len(history.epochs),
            "warmup_steps": self.args.get_warmup_steps(len(self.loader) * recipe.epochs),
            "class_weights": [round(weight, 6) for weight in self.class_weights.tolist()],
            "stopped_early": len(history.epochs) < recipe.epochs,
            "micro_batch": history.micro_batch,
            "out_of_memory_at_steps": history.out_of_memory,
            "resumed_after_epochs": history.resumed_at,
            "epochs": history.epochs,
            "peak_memory_gb": _peak_memory_gb(self.task.placement.device),
        }


class _Epochs(TrainerCallback):
    """Ends an epoch: scores, history, early stopping, the resumable state and the kept model."""

    def __init__(self, trainer: _EncoderTrainer):
        self.trainer = trainer
        self._started = self._saved = time.monotonic()

    def on_epoch_begin(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        task = self.trainer.task
        self._started = time.monotonic()
        self.trainer.losses.clear()
        self.trainer.padded_tokens = 0
        if task.encoder.noise is not None:
            task.encoder.noise.reseed(derive_seed(task.seed, "noise", len(self.trainer.history.epochs)))

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        trainer = self.trainer
        loss = float(trainer.losses[-1]) if trainer.progress.due else None
        trainer.progress.step(len(trainer.history.epochs) + 1, trainer.task.recipe.epochs, loss)

    def on_epoch_end(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        trainer, history, task = self.trainer, self.trainer.history, self.trainer.task
        number = len(history.epochs) + 1
        losses = torch.stack(trainer.losses).cpu().numpy()
        if not np.isfinite(losses).all():
            raise StudyError(
                f"agent {task.recipe.agent}: the loss is not finite in epoch {number}; write a smaller learning_rate, or precision fp32"
            )
        trained = time.monotonic()
        scores = trainer.score(task.rows.scored)
        if not np.isfinite(scores).all():
            raise StudyError(
                f"agent {task.recipe.agent}: the fit diverged: {np.count_nonzero(~np.isfinite(scores))} of {len(scores)} scores after "
                f"epoch {number} are not finite; write a smaller learning_rate, or precision fp32"
            )
        entry: dict[str, Any] = {
            "epoch": number,
            "loss": round(float(losses.mean()), 6),
            "curve": [round(float(part.mean()), 4) for part in np.array_split(losses, min(CURVE_POINTS, len(losses)))],
            "learning_rate": trainer._get_learning_rate(),
            "seconds": round(trained - self._started, 3),
            "scoring_seconds": round(time.monotonic() - trained, 3),
            "tokens": int(task.tokens.lengths[task.rows.train].sum()),
            "padded_tokens": trainer.padded_tokens,
            **_part_scores(task, scores),
        }
        history.epochs.append(entry)
        history.scores.append(scores.tolist())
        told = [f"{part} F1 {entry[f1]:.3f}" for part, f1 in F1_KEYS.items() if entry[f1] is not None]
        trainer.progress.epoch(number, task.recipe.epochs, entry["loss"], ", ".join(told))
        self._keep_model()
        if stops(_followed(history.epochs, "test" if task.recipe.mode == AS_RUN else "validation"), task.recipe.patience):
            control.should_training_stop = True
        elif number < task.recipe.epochs and time.monotonic() - self._saved >= task.options.save_every:
            control.should_save = True

    def on_save(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        resume.seal(self.trainer.task.work / f"{resume.PREFIX}{state.global_step}", dict(vars(self.trainer.history)))
        self._saved = time.monotonic()

    def _keep_model(self) -> None:
        task, epochs = self.trainer.task, self.trainer.history.epochs
        if not task.options.keep_model or epochs[-1]["epoch"] != _counting_epoch(epochs, task.recipe.selection):
            return
        fresh, kept = task.work / f"{KEPT_MODEL}.new", task.work / KEPT_MODEL
        shutil.rmtree(fresh, ignore_errors=True)
        self.trainer.accelerator.unwrap_model(self.trainer.model).save_pretrained(fresh)
        shutil.rmtree(kept, ignore_errors=True)
        fresh.rename(kept)


def _followed(epochs: Sequence[dict[str, Any]], part: str) -> list[float]:
    return [epoch[F1_KEYS[part]] for epoch in epochs if epoch[F1_KEYS[part]] is not None]


def _counting_epoch(epochs: Sequence[dict[str, Any]], selection: str) -> int:
    key = {BEST_ON_VALIDATION: F1_KEYS["validation"], BEST_ON_TEST: F1_KEYS["test"]}.get(selection, "")
    scored = [(epoch[key], epoch["epoch"]) for epoch in epochs if epoch.get(key) is not None]
    # The first of equals, as the selection from predictions picks it.
    return int(max(scored, key=lambda pair: pair[0])[1] if scored else epochs[-1]["epoch"])


def _part_scores(task: Task, scores: npt.NDArray[np.float64]) -> dict[str, float | None]:
    border = len(task.rows.validation)
    parts = {"validation": (task.rows.validation, scores[:border]), "test": (task.rows.test, scores[border:])}
    f1s = {F1_KEYS[part]: f1_of(task.labels[rows], scored) for part, (rows, scored) in parts.items()}
    return {key: None if math.isnan(f1) else f1 for key, f1 in f1s.items()}


def _arguments(task: Task) -> TrainingArguments:
    recipe, placement = task.recipe, task.placement
    arguments = TrainingArguments(
        output_dir=str(task.work),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=recipe.schedule,
        warmup_steps=recipe.warmup,
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.max_grad_norm,
        adam_beta1=recipe.adam_betas[0],
        adam_beta2=recipe.adam_betas[1],
        adam_epsilon=recipe.adam_epsilon,
        optim="adamw_torch_fused",
        bf16=placement.precision == "bf16",
        tf32=True if placement.tf32 else None,
        use_cpu=placement.device == "cpu",
        seed=task.seed,
        full_determinism=task.options.full_determinism,
        save_strategy="no",
        eval_strategy="no",
        logging_strategy="no",
        logging_nan_inf_filter=False,
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
    )
    # Never spread over several cards, should the process see more than one.
    arguments._n_gpu = min(1, arguments.n_gpu)
    return arguments


def _empty_cache() -> None:
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()


def _peak_memory_gb(device: str) -> float:
    if device == "cuda":
        return round(torch.cuda.max_memory_allocated() / 1e9, 3)
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9, 3)

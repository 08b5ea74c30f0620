"""One cell of the study: an encoder trained on every fold of a split with one seed."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirage.contracts import PREDICTION_COLUMNS
from mirage.encoders.checkpoints import Checkpoint
from mirage.encoders.devices import Placement
from mirage.encoders.models import load_encoder
from mirage.encoders.recipe import AS_RUN, Recipe
from mirage.encoders.tokens import Tokens
from mirage.encoders.training import FoldRows, Options, Task, fit
from mirage.errors import StudyError
from mirage.files import read_json, write_json
from mirage.provenance import derive_seed

RESULT = "result.json"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bench:
    """What all cells of a batch share: the corpus as tokens, the checkpoint, and where and how fits run."""

    sections: pd.DataFrame
    tokens: Tokens
    checkpoint: Checkpoint
    recipe: Recipe
    placement: Placement
    options: Options

    @property
    def as_run(self) -> bool:
        """Whether fits run as the agent ran them: the library's own model, batches and loss."""
        return self.recipe.mode == AS_RUN

    def predict_cell(
        self, split: pd.DataFrame, seed: int, work: Path, *, name: str, models: Path | None = None
    ) -> tuple[pd.DataFrame, dict[str, Any]]:
        """Train on each fold and score its validation and test rows after every epoch.

        Parameters
        ----------
        split:
            ``row_id, fold, part, group``, one row a section and fold, in the order of the sections within a fold.
        seed:
            Training seed of the cell. Each fold of a controlled fit derives its own; an as-run fit takes it as it is, so that the
            agent's stated seed decides its head, its order of rows and its dropout.
        work:
            Folder for what a killed process leaves: finished folds, and the last whole epoch of the unfinished one.
        name:
            What the log calls this cell.
        models:
            Folder that gets ``fold{F}/`` with the weights that count, where the options ask for them.

        Returns
        -------
        predictions, details
            The predictions by contract, epochs counted from 1, and the folds' records.

        Raises
        ------
        StudyError
            When the split does not list the corpus row by row, or a fold's training rows are of one class.
        """
        started, cpu_started = time.perf_counter(), time.process_time()
        labels = self.sections["label"].to_numpy().astype(np.int8)
        if not set(np.unique(labels)) <= {0, 1}:
            raise StudyError(f"sections: labels found: {sorted(set(labels.tolist()))}; this study has 2, 0 and 1")
        frames, records = [], []
        for fold, rows in self._folds(split, labels):
            own = seed if self.as_run else derive_seed(seed, fold)
            result = self._fold(rows, labels, own, work / f"fold{fold}", f"{name} fold {fold}", models, fold)
            frames.append(self._frame(rows, labels, np.array(result["scores"]), fold))
            records.append({"fold": fold, **result["record"]})
        seconds = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu_started}
        trained = sum(epoch["tokens"] for record in records for epoch in record["epochs"])
        spent = sum(epoch["seconds"] for record in records for epoch in record["epochs"])
        details = {"folds": records, "tokens_a_second": round(trained / spent, 1)}
        details |= {key: round(value, 3) for key, value in seconds.items()}
        shutil.rmtree(work, ignore_errors=True)
        return pd.concat(frames, ignore_index=True), details

    def _folds(self, split: pd.DataFrame, labels: npt.NDArray[np.int8]) -> Iterator[tuple[int, FoldRows]]:
        for fold, rows in split.groupby("fold", sort=True):
            if not np.array_equal(rows["row_id"].to_numpy(), self.sections["row_id"].to_numpy()):
                raise StudyError(f"split: fold {fold} does not list the corpus's row_id in its order; make the split again")
            chosen = fold_rows(rows["part"].to_numpy(), self.recipe.mode)
            if len(np.unique(labels[chosen.train])) < 2:
                raise StudyError(
                    f"split: the training rows of fold {fold} are all of one class; nothing can be learned from them"
                )
            yield int(fold), chosen

    def _fold(
        self, rows: FoldRows, labels: npt.NDArray[np.int8], seed: int, work: Path, name: str, models: Path | None, fold: int
    ) -> dict[str, Any]:
        if (work / RESULT).is_file():
            log.info("%s: done by an earlier process", name)
            stored: dict[str, Any] = read_json(work / RESULT)
            return stored
        encoder = load_encoder(self.checkpoint, seed, cpu=self.placement.device == "cpu", shortcuts=not self.as_run)
        task = Task(
            encoder, self.tokens, labels, rows, self.recipe, self.placement, seed, work, name=name, options=self.options
        )
        fitted = fit(task)
        if fitted.model is not None and models is not None:
            target = models / f"fold{fold}"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(fitted.model, target)
        about = {"attention": encoder.attention, "shortcuts": list(encoder.shortcuts)}
        result = {"scores": fitted.scores.tolist(), "record": {**fitted.record, **about}}
        write_json(work / RESULT, result)
        return result

    def _frame(self, rows: FoldRows, labels: npt.NDArray[np.int8], scores: npt.NDArray[np.float64], fold: int) -> pd.DataFrame:
        scored, epochs = rows.scored, len(scores)
        parts = np.repeat(np.array(["validation", "test"], dtype=object), [len(rows.validation), len(rows.test)])
        return pd.DataFrame(
            {
                "row_id": np.tile(self.sections["row_id"].to_numpy()[scored], epochs),
                "fold": np.full(len(scored) * epochs, fold, dtype=np.int8),
                "part": np.tile(parts, epochs),
                "epoch": np.repeat(np.arange(1, epochs + 1, dtype=np.int16), len(scored)),
                "y": np.tile(labels[scored], epochs),
                "score": scores.ravel(),
            },
            columns=list(PREDICTION_COLUMNS),
        )


def fold_rows(part: npt.NDArray[Any], mode: str) -> FoldRows:
    """Return the rows of one fold as a mode uses them, from the split's column ``part``.

    An as-run fit trains on the train and validation rows, since the agents kept no third part.
    """
    validation = np.flatnonzero(part == "validation")
    test = np.flatnonzero(part == "test")
    if mode == AS_RUN:
        return FoldRows(np.flatnonzero((part == "train") | (part == "validation")), validation[:0], test)
    return FoldRows(np.flatnonzero(part == "train"), validation, test)

"""How many minutes a fit takes: from past runs of it or of others, else from the machine's measured speed, else by arithmetic.

Standard library only, because Snakemake imports it.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mirage.encoders.devices import CPU_MILLIONS
from mirage.encoders.hardware import Hardware
from mirage.encoders.speed import Speed

BYTES_A_TOKEN = 5.0
PASSED_AN_EPOCH = 0.81
"""Of the rows .72 are trained on; .28 are scored after each epoch, at a third of the operations."""
CORE_FP32, CORE_BF16, SLOW_GPU, FAST_GPU = 0.1e12, 0.35e12, 4e12, 40e12
"""Floating point operations a second where nothing was measured."""


@dataclass(frozen=True)
class Corpus:
    """Size of the data in tokens, and the number of rows where it is known."""

    tokens: float
    rows: int | None

    def kept(self, max_length: int) -> float:
        """Return the tokens that are left where rows are cut, as if lengths were exponentially distributed.

        Of the published study's rows that is a tenth more than are left. Without a number of rows none is cut.
        """
        if self.rows is None:
            return self.tokens
        mean = self.tokens / self.rows
        return self.tokens * (1 - math.exp(-max_length / mean))

    @classmethod
    def of_bytes(cls, size: float) -> Corpus:
        """Guess it from the bytes of the file."""
        return cls(size / BYTES_A_TOKEN, None)


PUBLISHED = Corpus(318_460, 1785)
"""Of On the Books, counted by the tokenizer of BERT."""


def fit_minutes(
    entry: Mapping[str, Any],
    hardware: Hardware,
    speed: Speed | None = None,
    corpus: Corpus = PUBLISHED,
    *,
    lower_precision: bool = True,
) -> float:
    """Estimate the minutes of one fit (one fold, one seed) where no encoder has run.

    They are its operations over the machine's rate as measured, or over what a core or a GPU usually makes.
    """
    core = CORE_BF16 if hardware.cpu_bf16 and lower_precision else CORE_FP32
    usual = FAST_GPU if hardware.accelerated else core
    return fit_operations(entry, corpus) / (speed.rate if speed else usual) / 60


def minutes_taken(records: Iterable[Mapping[str, Any]], *, on_cpu: bool) -> float | None:
    """Return the minutes that one fit of an encoder took by its run records, the median; None where none tells.

    A record speaks of all fits of its cell. A fit on a CPU has one core, and other work on the machine stretches the clock: there
    the processor's seconds count where they are fewer. A cell that was taken up again tells of a part only, and is left out.
    """
    minutes = []
    for record in records:
        own = record.get("device", {}).get("kind", "cpu") == "cpu"
        if own == on_cpu and record.get("seconds") and _in_one_go(record):
            seconds = min(record["seconds"], record.get("cpu_seconds") or math.inf) if own else record["seconds"]
            minutes.append(seconds / 60 / max(1, len(record["folds"])))
    return statistics.median(minutes) if minutes else None


def _in_one_go(record: Mapping[str, Any]) -> bool:
    """Whether all epochs of a cell were trained within the seconds of its record."""
    epochs = (epoch for fold in record["folds"] for epoch in fold.get("epochs", ()))
    return bool(sum(epoch["seconds"] for epoch in epochs) <= record["seconds"])


def minutes_scaled(taken: Iterable[tuple[float, float]], operations: float) -> float:
    """Foretell the minutes of a fit of so many operations from those of other fits.

    Between two of them minutes are a power of the operations, beyond the least and the greatest they are in proportion. Of two fits
    that are foretold, the one with more operations is never the shorter, as long as that holds of those that ran.

    Parameters
    ----------
    taken:
        Operations and minutes of a fit, of one encoder or more.
    """
    by_work: dict[float, list[float]] = {}
    for work, minutes in taken:
        by_work.setdefault(work, []).append(minutes)
    points = [(work, statistics.median(minutes)) for work, minutes in sorted(by_work.items())]
    before = max((point for point in points if point[0] <= operations), default=points[0])
    after = min((point for point in points if point[0] >= operations), default=points[-1])
    if before[0] < operations < after[0]:
        share = math.log(operations / before[0]) / math.log(after[0] / before[0])
        return float(before[1] * (after[1] / before[1]) ** share)
    nearest = after if operations <= after[0] else before
    return nearest[1] * operations / nearest[0]


def fit_operations(entry: Mapping[str, Any], corpus: Corpus = PUBLISHED) -> float:
    """Return the floating point operations of one fit."""
    tokens = corpus.kept(entry["max_length"])
    return training_operations(entry["millions"], PASSED_AN_EPOCH * tokens * entry["epochs"])


def training_operations(millions: float, tokens: float) -> float:
    """Return the floating point operations of training on these tokens: 6 a token and parameter that tokens pass.

    About half of a small model's parameters and most of a large one's are in layers; the rest are looked up.
    """
    return 6 * millions * 1e6 * (0.5 if millions <= CPU_MILLIONS else 0.75) * tokens

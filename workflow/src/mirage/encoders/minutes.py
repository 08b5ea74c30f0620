"""How many minutes a fit takes: from past runs, else from the machine's measured speed, else by arithmetic.

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
    past: Iterable[Mapping[str, Any]] = (),
    speed: Speed | None = None,
    corpus: Corpus = PUBLISHED,
) -> float:
    """Estimate the minutes of one fit (one fold, one seed).

    From run records of the same agent where there are any; else its operations over the machine's rate as measured, or over what
    a core or a GPU usually makes.
    """
    measured = [record["seconds"] / 60 / max(1, len(record["folds"])) for record in past if record.get("seconds")]
    if measured:
        return statistics.median(measured)
    usual = FAST_GPU if hardware.accelerated else CORE_BF16 if hardware.cpu_bf16 else CORE_FP32
    return fit_operations(entry, corpus) / (speed.rate if speed else usual) / 60


def fit_operations(entry: Mapping[str, Any], corpus: Corpus = PUBLISHED) -> float:
    """Return the floating point operations of one fit."""
    tokens = corpus.kept(entry["max_length"])
    return training_operations(entry["millions"], PASSED_AN_EPOCH * tokens * entry["epochs"])


def training_operations(millions: float, tokens: float) -> float:
    """Return the floating point operations of training on these tokens: 6 a token and parameter that tokens pass.

    About half of a small model's parameters and most of a large one's are in layers; the rest are looked up.
    """
    return 6 * millions * 1e6 * (0.5 if millions <= CPU_MILLIONS else 0.75) * tokens

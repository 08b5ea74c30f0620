"""Token ids of the corpus: made once a tokenizer and length limit, kept on disk, and described."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirage.encoders.batching import Lengths, Rows, round_up
from mirage.files import atomic_path

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tokens:
    """Token ids of every section, cut to the limit, special tokens included.

    Attributes
    ----------
    ids:
        All sections' ids one after the other.
    starts:
        Where each section begins in ``ids``, and one more entry where the last ends.
    uncut:
        Tokens each section would have without a limit.
    pad:
        Id of the padding token.
    """

    ids: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]
    uncut: Lengths
    pad: int

    @property
    def lengths(self) -> Lengths:
        """Tokens of every section as cut."""
        return np.diff(self.starts).astype(np.int32)

    def padded(self, rows: Rows, multiple: int = 1) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return ids and attention mask of ``rows``, each of shape (rows, longest of them rounded up to ``multiple``)."""
        lengths = self.lengths[rows]
        width = round_up(int(lengths.max()), multiple)
        mask = np.arange(width) < lengths[:, None]
        ids = np.full(mask.shape, self.pad, dtype=np.int64)
        ids[mask] = np.concatenate([self.ids[self.starts[row] : self.starts[row + 1]] for row in rows])
        return ids, mask.astype(np.int64)

    def statistics(self) -> dict[str, Any]:
        """Return the lengths' distribution and how much the limit cuts off, for the run record."""
        lengths, uncut = self.lengths, self.uncut
        quantiles = {f"p{share}": int(np.percentile(uncut, share, method="higher")) for share in (5, 50, 95, 99)}
        return {
            "sections": len(uncut),
            "tokens": int(uncut.sum()),
            "mean": round(float(uncut.mean()), 1),
            **quantiles,
            "longest": int(uncut.max()),
            "share_of_sections_cut": round(float((uncut > lengths).mean()), 4),
            "share_of_tokens_kept": round(float(lengths.sum() / uncut.sum()), 4),
        }


def tokenise(texts: pd.Series, tokenizer: Any, max_length: int, cache: Path | None = None) -> Tokens:
    """Return the token ids of every text, from ``cache`` where this tokenizer, limit and corpus were seen before.

    Parameters
    ----------
    tokenizer:
        A fast tokenizer of ``transformers`` that has a padding token.
    cache:
        A folder to keep the ids in, or None.
    """
    key = _key(texts, tokenizer, max_length)
    path = cache / f"{key}.npz" if cache else None
    if path is not None and path.is_file():
        with np.load(path) as stored:
            return Tokens(stored["ids"], stored["starts"], stored["uncut"], int(tokenizer.pad_token_id))
    options = {"add_special_tokens": True, "return_attention_mask": False, "return_token_type_ids": False, "verbose": False}
    listed = texts.tolist()
    whole = tokenizer(listed, truncation=False, **options)["input_ids"]
    cut = tokenizer(listed, truncation=True, max_length=max_length, **options)["input_ids"]
    starts = np.concatenate([[0], np.cumsum([len(ids) for ids in cut])]).astype(np.int64)
    ids = np.concatenate([np.asarray(ids, dtype=np.int32) for ids in cut])
    uncut = np.array([len(ids) for ids in whole], dtype=np.int32)
    if path is not None:
        with atomic_path(path) as temporary:
            np.savez(temporary, ids=ids, starts=starts, uncut=uncut)
    log.info(
        "%d sections tokenised, %.1f %% of them cut at %d tokens", len(cut), 100 * (uncut > np.diff(starts)).mean(), max_length
    )
    return Tokens(ids, starts, uncut, int(tokenizer.pad_token_id))


def _key(texts: pd.Series, tokenizer: Any, max_length: int) -> str:
    # A call leaves its limit behind in the tokenizer, which would show in what it says about itself.
    tokenizer.backend_tokenizer.no_truncation()
    digest = hashlib.sha256(f"{tokenizer.backend_tokenizer.to_str()}\n{max_length}\n".encode())
    for text in texts:
        encoded = text.encode()
        digest.update(f"{len(encoded)}\n".encode() + encoded)
    return digest.hexdigest()

"""A learned list of a few words: the least a fine-tune has to beat."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from mirage.agents.interface import Facts, Fit, Rows
from mirage.data.scripts import characters_of
from mirage.lazy import numpy as np
from mirage.models import Count, Model

if TYPE_CHECKING:
    import pandas as pd

FACTS = Facts(yardstick=True)
WORD = re.compile(r"[^\W\d_]+")  # letters of any alphabet
PAIR = 2  # characters that stand for a word where blanks do not separate words


class Parameters(Model):
    """A list of a few words, learned from the training rows."""

    words: Count = Field(description="Greatest number of words.")
    min_df: Count = Field(description="Least number of training rows that must hold a word.")
    analyzer: Literal["word", "char"] = Field(
        default="word",
        description="What a word is: letters in a row, or two characters in a row where blanks do not separate words.",
    )
    quotes: bool = Field(default=True, description="Whether the run record names the words.")


class WordList:
    """At most ``words`` words, picked greedily for F1 on the training rows; a section that holds any of them is positive.

    Each step adds the word that raises the F1 of the union most (the alphabetically first among equals) and the search stops when
    no word raises it. A word must occur in ``min_df`` training rows to be eligible.
    """

    graded = False

    def __init__(self, sections: pd.DataFrame, *, words: int, min_df: int, analyzer: str = "word", quotes: bool = True):
        from scipy import sparse

        taken = _words if analyzer == "word" else _pairs
        documents = [sorted(taken(text)) for text in sections["text"]]
        self._vocabulary = sorted({word for document in documents for word in document})
        column = {word: number for number, word in enumerate(self._vocabulary)}
        indices = np.array([column[word] for document in documents for word in document], dtype=np.int32)
        bounds = np.concatenate([[0], np.cumsum([len(document) for document in documents])])
        shape = (len(documents), len(column))
        self._holds = sparse.csr_matrix((np.ones(len(indices), dtype=np.int32), indices, bounds), shape=shape)
        self._labels = sections["label"].to_numpy()
        self._words = words
        self._min_df = min_df
        self._quotes = quotes

    def fit(self, train: Rows, rows: Rows, seed: int) -> Fit:
        chosen = self._pick(train)
        flagged = np.asarray(self._holds[rows][:, chosen].sum(axis=1)).ravel() > 0
        said = {"words": [self._vocabulary[number] for number in chosen]} if self._quotes else {}
        return Fit(flagged.astype(np.float64), said)

    def _pick(self, train: Rows) -> list[int]:
        holds = self._holds[train]
        positive = self._labels[train] == 1
        eligible = np.asarray(holds.sum(axis=0)).ravel() >= self._min_df
        covered = np.zeros(len(train), dtype=bool)
        chosen: list[int] = []
        best = 0.0
        while len(chosen) < self._words:
            hits = (covered & positive).sum() + holds.T @ (~covered & positive).astype(np.int32)
            false_alarms = (covered & ~positive).sum() + holds.T @ (~covered & ~positive).astype(np.int32)
            f1 = np.where(eligible, 2 * hits / (hits + false_alarms + positive.sum()), -1.0)
            candidate = int(f1.argmax())
            if f1[candidate] <= best:
                break
            best = float(f1[candidate])
            chosen.append(candidate)
            covered |= holds[:, [candidate]].toarray().ravel() > 0
        return chosen


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.lower()))


def _pairs(text: str) -> set[str]:
    characters = characters_of(text)
    return {characters[place : place + PAIR] for place in range(len(characters) - PAIR + 1)}


def build(parameters: Parameters, sections: pd.DataFrame) -> WordList:
    """Make the scorer of a corpus, whose columns ``text`` and ``label`` are used."""
    return WordList(sections, **parameters.model_dump())

"""Every listed setting of TF-IDF with logistic regression, fitted on random splits and on one held-out split."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression

from mirage.agents.interface import Rows
from mirage.agents.text import NgramCounts
from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd
from mirage.metrics import THRESHOLD, confusion_counts, threshold_scores
from mirage.multiverse.choices import CHOICES, level_name

if TYPE_CHECKING:
    import numpy.typing as npt

MEASURES = ("f1", "precision", "recall")


@dataclass(frozen=True)
class Sides:
    """The two sides of one split: training and validation rows together, and the test rows."""

    train: Rows
    test: Rows

    @classmethod
    def of(cls, split: pd.DataFrame, sections: pd.DataFrame) -> list[Sides]:
        """Take the sides from each fold of a split.

        Raises
        ------
        StudyError
            When a fold does not list the corpus row by row.
        """
        found = []
        for _, fold in split.groupby("fold", sort=True):
            if not np.array_equal(fold["row_id"].to_numpy(), sections["row_id"].to_numpy()):
                raise StudyError(
                    "multiverse: a split does not list the corpus's row_id once a fold and in its order; make the splits again"
                )
            part = fold["part"].to_numpy()
            found.append(cls(np.flatnonzero((part == "train") | (part == "validation")), np.flatnonzero(part == "test")))
        return found


def run_universes(
    sections: pd.DataFrame,
    choices: Mapping[str, Sequence[Any]],
    random: Mapping[tuple[str, int], pd.DataFrame],
    held_out: pd.DataFrame,
) -> pd.DataFrame:
    """Fit every setting on every random split and on the held-out split, and take the gap of F1 at 0.5.

    Parameters
    ----------
    choices:
        The levels of each of ``mirage.multiverse.choices.CHOICES``. A setting is one level of each; the universe is all settings
        (Steegen et al. 2016).
    random:
        Random splits by scheme and seed, one row a section and fold; counts are pooled over folds.
    held_out:
        The held-out split: a setting is fitted on it once, because nothing in it varies.

    Returns
    -------
    DataFrame
        One row a setting and random split: the choices as ``level_name`` writes them, ``split, seed``, and for both sides
        (``_random``, ``_held_out``) ``features`` kept (mean over folds), test ``rows`` and ``positives``, ``f1``, ``precision``,
        ``recall``; ``gap`` is ``f1_random - f1_held_out``.

    Raises
    ------
    StudyError
        When a choice lacks levels or has one twice, or a split does not fit the sections.
    """
    _check(choices)
    near = {name: Sides.of(split, sections) for name, split in random.items()}
    far = Sides.of(held_out, sections)
    rows = []
    for ngrams in choices["ngrams"]:
        counts = NgramCounts(sections["text"], tuple(ngrams))
        settings = {**choices, "ngrams": [ngrams]}
        labels = sections["label"].to_numpy()
        of_far = _pooled([_counted(counts, labels, sides, settings) for sides in far])
        for (split, seed), folds in near.items():
            for setting, measured in _pooled([_counted(counts, labels, sides, settings) for sides in folds]).items():
                row: dict[str, Any] = {**dict(zip(CHOICES, setting, strict=True)), "split": split, "seed": seed}
                for side, found in (("random", measured), ("held_out", of_far[setting])):
                    row |= {f"{name}_{side}": value for name, value in found.items()}
                rows.append(row)
    frame = pd.DataFrame(rows)
    return frame.assign(gap=frame["f1_random"] - frame["f1_held_out"])


def _check(choices: Mapping[str, Sequence[Any]]) -> None:
    for choice in CHOICES:
        names = [level_name(choice, value) for value in choices.get(choice, ())]
        if not names:
            raise StudyError(f"config.yaml: multiverse.choices.{choice}: no level found; write a list of at least one")
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise StudyError(f"config.yaml: multiverse.choices.{choice}: {twice[0]} stands there twice; write each level once")


def _pooled(folds: Sequence[Mapping[tuple[str, ...], Mapping[str, int]]]) -> dict[tuple[str, ...], dict[str, float]]:
    """Score every setting from its counts over all folds of a split."""
    found = {}
    for setting in folds[0]:
        total = {name: sum(fold[setting][name] for fold in folds) for name in folds[0][setting]}
        features = total.pop("features")
        measures = threshold_scores(**total)
        found[setting] = {
            "features": features / len(folds),
            "rows": sum(total.values()),
            "positives": total["tp"] + total["fn"],
            **{name: measures[name] for name in MEASURES},
        }
    return found


def _counted(
    counts: NgramCounts, labels: npt.NDArray[np.int8], sides: Sides, choices: Mapping[str, Sequence[Any]]
) -> dict[tuple[str, ...], dict[str, int]]:
    """Fit every setting of one length of n-grams on one fold; count its decisions at 0.5."""
    found: dict[tuple[str, ...], dict[str, int]] = {}
    kept: list[tuple[npt.NDArray[np.intp], str]] = []
    for max_features in choices["max_features"]:
        columns = counts.vocabulary(sides.train, max_features=max_features)
        level = level_name("max_features", max_features)
        same = next((other for known, other in kept if np.array_equal(known, columns)), None)
        kept.append((columns, level))
        if same is not None:
            # A limit that the vocabulary does not reach changes nothing.
            found |= {(key[0], level, *key[2:]): value for key, value in found.items() if key[1] == same}
            continue
        for names, scores in _weighted(counts, columns, labels, sides, choices):
            setting = (level_name("ngrams", choices["ngrams"][0]), level, *names)
            found[setting] = {"features": len(columns), **confusion_counts(labels[sides.test], scores > THRESHOLD)}
    return found


def _weighted(
    counts: NgramCounts,
    columns: npt.NDArray[np.intp],
    labels: npt.NDArray[np.int8],
    sides: Sides,
    choices: Mapping[str, Sequence[Any]],
) -> Iterator[tuple[tuple[str, ...], npt.NDArray[np.float64]]]:
    """Yield the names of the other choices' levels and the scores of the test rows; the tf-idf weights are computed once."""
    train, test = counts.select(sides.train, columns), counts.select(sides.test, columns)
    for sublinear in choices["sublinear_tf"]:
        weights = TfidfTransformer(sublinear_tf=sublinear)
        weighted_train, weighted_test = weights.fit_transform(train), weights.transform(test)
        for class_weight, strength in itertools.product(choices["class_weight"], choices["C"]):
            model = LogisticRegression(C=strength, class_weight=class_weight).fit(weighted_train, labels[sides.train])
            values = (("sublinear_tf", sublinear), ("class_weight", class_weight), ("C", strength))
            yield tuple(level_name(*value) for value in values), model.predict_proba(weighted_test)[:, 1]

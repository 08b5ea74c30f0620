"""How far a column of the data goes with the label, before any text is read: association, and a model of the columns alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from mirage.data.rules import EMPTY
from mirage.provenance import derive_seed
from mirage.stats.bootstrap import SHARE, Basis, percentile_interval
from mirage.stats.intervals import ALIKE, f1_from_counts, wilson
from mirage.tables.layout import number

Codes = npt.NDArray[np.int64]
Counts = npt.NDArray[np.float64]

MOST_VALUES = 20  # of a column of names; rarer ones are joined
BINS = 5  # of a column of numbers
DRAWS = 500
LEVEL = 0.95
FOLDS = 5
_FEW_DIGITS, _ALL_DIGITS = 6, 17  # of a number: 17 tell any two apart


@dataclass(frozen=True)
class Binned:
    """A column as a few values: the code of each row's value, and what each code is called."""

    codes: Codes
    names: Sequence[str]


def binned(values: Sequence[Any]) -> Binned:
    """Bring a column to at most ``MOST_VALUES`` values: numbers of many values into fifths, rare names into one."""
    texts = pd.Series(["" if pd.isna(value) else str(value) for value in values], dtype=object)
    filled = texts[texts != ""]
    numbers = pd.to_numeric(filled, errors="coerce")
    if len(filled) and numbers.notna().all() and filled.nunique() > 2 * BINS:
        edges = np.unique(np.quantile(numbers, np.linspace(0, 1, BINS + 1)[1:-1], method="higher"))
        place = np.searchsorted(edges, numbers.to_numpy(), side="right")
        bins = [numbers[place == bin_] for bin_ in np.unique(place)]
        order = _ranges([(inside.min(), inside.max()) for inside in bins])
        names = texts.copy()
        for inside, name in zip(bins, order, strict=True):
            names[inside.index] = name
    else:
        names = texts
        counts = filled.value_counts()
        order = counts.index[: MOST_VALUES if len(counts) <= MOST_VALUES else MOST_VALUES - 1].tolist()
        order = sorted(order, key=float) if numbers.notna().all() else order
        rest = len(counts) - len(order)
        if rest:
            joined = f"{rest} rarer values"
            names = names.where(names.isin([*order, ""]), joined)
            order.append(joined)
    if len(filled) < len(texts):
        names, order = names.where(names != "", EMPTY), [*order, EMPTY]
    return Binned(pd.Categorical(names, categories=order).codes.astype(np.int64), order)


def _ranges(bins: Sequence[tuple[float, float]]) -> list[str]:
    """Name bins by their least and greatest number, with as many digits as tell the ends of all bins from each other."""
    ends = {end for pair in bins for end in pair}
    digits = next(
        (digits for digits in range(_FEW_DIGITS, _ALL_DIGITS) if len({f"{end:.{digits}g}" for end in ends}) == len(ends)),
        _ALL_DIGITS,
    )
    said = [(f"{low:.{digits}g}", f"{high:.{digits}g}") for low, high in bins]
    return [low if low == high else f"{low} to {high}" for low, high in said]


class Units:
    """Units of rows (documents, patients, near-duplicates) drawn with replacement, ``DRAWS`` times and the same for every estimate."""

    def __init__(self, unit: npt.ArrayLike, seed: int = 0):
        self.ids = np.unique(np.asarray(unit), return_inverse=True)[1].reshape(-1)
        self.count = int(self.ids.max()) + 1
        generator = np.random.default_rng(derive_seed("audit", seed))
        shares = np.full(self.count, 1 / self.count)
        self._draws = np.stack([generator.multinomial(self.count, shares) for _ in range(DRAWS)]).astype(np.float64)

    def totals(self, columns: Counts | sparse.csr_matrix) -> Counts:
        """Return the sums of ``columns`` (rows, k) over the rows of every draw, (draws, k)."""
        rows = np.arange(len(self.ids))
        member = sparse.csr_matrix((np.ones(len(rows)), (self.ids, rows)), shape=(self.count, len(rows)))
        return np.asarray(self._draws @ (member @ columns))


def cramers_v(table: Counts, noise: float = 1.0) -> Counts:
    """Cramér's V of tables of counts, (..., values, labels), corrected for bias.

    The expected value of chi-square without association, ``(k - 1) (r - 1)``, is taken off ``noise`` times (Bergsma 2013).
    ``scipy.stats.contingency.association`` takes one table, without empty rows, and corrects nothing; a draw may miss a value.
    """
    table = np.asarray(table, dtype=float)
    n = table.sum(axis=(-2, -1))
    down, across = table.sum(axis=-1, keepdims=True), table.sum(axis=-2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = down * across / n[..., None, None]
        chi2 = np.where(expected > 0, (table - expected) ** 2 / expected, 0.0).sum(axis=(-2, -1))
        k, r = ((axis > 0).sum(axis=(-2, -1)) for axis in (down, across))
        phi2 = np.maximum(0, chi2 / n - noise * (k - 1) * (r - 1) / (n - 1))
        least = np.minimum(k - (k - 1) ** 2 / (n - 1), r - (r - 1) ** 2 / (n - 1)) - 1
        return np.where(least > 0, np.sqrt(np.minimum(1, phi2 / least)), 0.0)


def estimate_text(row: Mapping[str, Any], name: str) -> str:
    """Write the estimate of a name with its interval, or say that it has none."""
    if row["low"] is None:
        return f"{number(row[name])}, no interval"
    return f"{number(row[name])} [{number(row['low'])}, {number(row['high'])}]"


def association(column: Binned, label: Codes, units: Units) -> dict[str, Any]:
    """Return how a column goes with a label of any number of classes: ``v, low, high``.

    That is Cramér's V, corrected for bias, with its 95 % bootstrap interval over units; None where all draws are alike, because a
    zero width would claim certainty.
    """
    classes = int(label.max()) + 1
    shape, rows = (len(column.names), classes), np.arange(len(label))
    places = classes * column.codes + label
    cells = sparse.csr_matrix((np.ones(len(rows)), (rows, places)), shape=(len(rows), shape[0] * classes))
    counts = np.bincount(places, minlength=cells.shape[1])
    return _of_draws(counts, units.totals(cells), shape)


def association_of_rows(column: Binned, label: Codes, seed: int = 0) -> dict[str, Any]:
    """Return what :func:`association` returns where every row is a unit by itself, in time and memory that do not grow with the rows.

    Drawing rows with replacement is one multinomial draw of the table of counts.
    """
    shape = (len(column.names), int(label.max()) + 1)
    counts = np.bincount(shape[1] * column.codes + label, minlength=shape[0] * shape[1])
    generator = np.random.default_rng(derive_seed("audit", seed))
    draws = generator.multinomial(len(label), counts / len(label), size=DRAWS).astype(np.float64)
    return _of_draws(counts, draws, shape)


def _of_draws(counts: npt.NDArray[Any], drawn: Counts, shape: tuple[int, int]) -> dict[str, Any]:
    v = float(cramers_v(counts.reshape(shape).astype(float)))
    # A draw carries the noise of sampling twice: that of the data, and its own.
    draws = cramers_v(drawn.reshape(-1, *shape), noise=2.0)
    if np.ptp(draws) < ALIKE:
        return {"v": v, "low": None, "high": None}
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"v": v, "low": min(float(low), v), "high": max(float(high), v)}


def rates(column: Binned, label: Codes) -> list[dict[str, Any]]:
    """Return for each value of a column its rows, positives and the rate of positives with Wilson's 95 % interval over rows."""
    rows, positives = (np.bincount(column.codes, weights=weights, minlength=len(column.names)) for weights in (None, label))
    return [_rate(name, int(rows[place]), int(positives[place])) for place, name in enumerate(column.names)]


def metadata_model(columns: Mapping[str, Binned], label: Codes, units: Units, seed: int = 0) -> dict[str, Any] | None:
    """Score a model that sees the columns and no text: logistic regression with balanced classes, every row tested once.

    Cross-validation keeps units whole. Returns ``f1, low, high`` (95 % bootstrap interval over units, None where all draws are
    alike or units are few), ``auc`` (mean over folds) and ``folds``; None where a class has rows in fewer than two units.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedGroupKFold

    folds = min(FOLDS, *(len(np.unique(units.ids[label == kind])) for kind in (0, 1)))
    if folds < 2:
        return None
    features = sparse.hstack([indicators(column) for column in columns.values()]).tocsr()
    guess, areas, tested = np.zeros(len(label), dtype=bool), [], np.zeros(len(label), dtype=bool)
    for train, test in StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(features, label, units.ids):
        if len(np.unique(label[train])) < 2:
            continue
        model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(features[train], label[train])
        scores = model.predict_proba(features[test])[:, 1]
        guess[test], tested[test] = scores > 0.5, True
        if len(np.unique(label[test])) == 2:
            areas.append(float(roc_auc_score(label[test], scores)))
    truth = label == 1
    counts = np.stack([guess & truth & tested, guess & ~truth & tested, ~guess & truth & tested], axis=1).astype(float)
    tp, fp, fn = counts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b, c = units.totals(counts).T
        draws = np.nan_to_num(2 * a / (2 * a + b + c))
    low, high = percentile_interval(draws, LEVEL, Basis(units.count), SHARE)
    return {
        "f1": f1_from_counts(tp, fp, fn),
        "low": None if math.isnan(low) else low,
        "high": None if math.isnan(high) else high,
        "auc": float(np.mean(areas)) if areas else None,
        "folds": folds,
    }


def indicators(column: Binned) -> sparse.csr_matrix:
    """Return a column a value, 1 where a row has it, (rows, values)."""
    rows = np.arange(len(column.codes))
    return sparse.csr_matrix((np.ones(len(rows)), (rows, column.codes)), shape=(len(rows), len(column.names)))


def _rate(name: str, rows: int, positives: int) -> dict[str, Any]:
    low, high = wilson(positives, rows) if rows else (0.0, 1.0)
    return {
        "value": name,
        "rows": rows,
        "positives": positives,
        "rate": positives / rows if rows else 0.0,
        "low": low,
        "high": high,
    }

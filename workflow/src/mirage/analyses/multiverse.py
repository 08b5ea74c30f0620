"""Where the published gap lies among the gaps of all reasonable settings, and which choice moves the gap (Steegen et al. 2016)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from mirage.analyses.choices import CHOICES
from mirage.errors import StudyError
from mirage.stats.decompose import multiverse

SPLIT = "split"
INTERACTIONS = "interactions"
PLACEMENT, LEVEL, VARIANCE = "placement", "level", "variance"
EVERYTHING = "every setting, every random split"
ON_PUBLISHED_SPLIT = "every setting, the published split"
MEANS = "every setting, mean over the redrawn splits"
PUBLISHED_SETTING = "the published setting, every redrawn split"

MEASURES = ("f1_random", "f1_held_out", "recall_random", "recall_held_out")
COLUMNS = [
    *("kind", "choice", "level", "universes", "published", "quantile", "holds"),
    *("lowest", "quarter", "median", "three_quarters", "highest", "gap", *MEASURES, "share", "swing"),
]


def published_f1(published: pd.DataFrame, agent: str, split: str) -> float:
    """Return the F1 that is quoted for an agent on all rows of a split.

    Raises
    ------
    StudyError
        When there is none, or more than one.
    """
    found = published[
        (published["agent"] == agent)
        & (published["split"] == split)
        & (published["metric"] == "f1")
        & (published["group"] == "all")
    ]
    if len(found) != 1:
        raise StudyError(
            f"published figures: {len(found)} rows quote the F1 of {agent} on {split}; multiverse in config.yaml needs exactly one"
        )
    return float(found["value"].iloc[0])


def multiverse_table(runs: pd.DataFrame, published: float, setting: Mapping[str, str], published_split: str) -> pd.DataFrame:
    """Place the published gap among all gaps, and say how much each choice moves the gap.

    Parameters
    ----------
    runs:
        One row a setting and random split (:func:`mirage.analyses.universes.run_universes`), every combination once.
    published:
        The gap as quoted.
    setting:
        The levels of the published setting, by choice.
    published_split:
        Name of the random split of the published figure; the other split is redrawn with every seed.

    Returns
    -------
    DataFrame
        Rows of three kinds. ``placement``: a set of universes (``level``), their number, range, quartiles and mean ``gap``, and
        the ``quantile`` of the published gap among them (share below, ties half); ``holds`` says whether it lies in their range.
        ``level``: the same for the universes with one level of one choice. ``variance``: a choice's ``share`` of the variance of
        the gap over all universes, its main effect in the balanced design, and the ``swing`` from its lowest level mean to its
        highest; the rest are interactions. Not every row has every column; nan elsewhere.

    Raises
    ------
    StudyError
        When a combination of levels is missing or stands there twice, or a gap is missing.
    """
    drawn = runs.assign(draw=runs[SPLIT] + " " + runs["seed"].astype(str))
    factors = [*CHOICES, "draw"]
    _check_balanced(drawn, factors)
    on_published = runs[SPLIT] == published_split
    redrawn = runs[~on_published]
    same = pd.Series(True, index=redrawn.index)
    for choice in CHOICES:
        same &= redrawn[choice] == setting[choice]
    means = redrawn.groupby(list(CHOICES), sort=False)[["gap", *MEASURES]].mean().reset_index()

    rows = [
        _placed(PLACEMENT, "all", EVERYTHING, runs, published),
        _placed(PLACEMENT, "all", ON_PUBLISHED_SPLIT, runs[on_published], published),
        _placed(PLACEMENT, "all", MEANS, means, published),
        _placed(PLACEMENT, "all", PUBLISHED_SETTING, redrawn[same], published),
    ]
    for choice in CHOICES:
        if runs[choice].nunique() > 1:
            rows += [_placed(LEVEL, choice, level, part, published) for level, part in runs.groupby(choice, sort=False)]
    rows += _variance(drawn, factors)
    return pd.DataFrame(rows, columns=COLUMNS)


def most_moving_choice(table: pd.DataFrame) -> str:
    """Return the choice of the settings with the largest share of the variance."""
    shares = table[(table["kind"] == VARIANCE) & table["choice"].isin(CHOICES)]
    return str(shares["choice"].iloc[shares["share"].argmax()])


def repeated_settings(runs: pd.DataFrame) -> tuple[int, int]:
    """Return the number of settings, and how many of them keep just the n-grams of an earlier one and so repeat its results."""
    others = [choice for choice in CHOICES if choice != "max_features"]
    by_setting = runs.groupby(list(CHOICES), sort=False)
    kept = by_setting.agg({"features_random": tuple, "features_held_out": "first"}).reset_index()
    return len(kept), int(kept.duplicated([*others, "features_random", "features_held_out"]).sum())


def _placed(kind: str, choice: str, level: str, part: pd.DataFrame, published: float) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": kind, "choice": choice, "level": level, "universes": len(part), "published": published}
    if part.empty:
        return row
    found = dataclasses.asdict(multiverse(part["gap"], published))
    del found["choices"]
    quarters = dict(zip(("quarter", "three_quarters"), part["gap"].quantile([0.25, 0.75]), strict=True))
    return {**row, **found, **quarters, **part[["gap", *MEASURES]].mean().to_dict()}


def _check_balanced(runs: pd.DataFrame, factors: list[str]) -> None:
    expected = math.prod(runs[factor].nunique() for factor in factors)
    distinct = len(runs.drop_duplicates(factors))
    if runs.empty or len(runs) != expected or distinct != expected:
        raise StudyError(
            f"multiverse: {len(runs)} rows, {distinct} of them distinct, but the choices make {expected} combinations; "
            "make results/multiverse.parquet again"
        )


def _variance(runs: pd.DataFrame, factors: list[str]) -> list[dict[str, Any]]:
    """Split the sum of squares of the gap into main effects and the rest (Fisher 1925).

    In a balanced design main effects are orthogonal, so their shares do not depend on an order and sum to at most 1. A share
    is the first-order index of Sobol (1993) for levels drawn evenly and independently.
    """
    mean = runs["gap"].mean()
    total = float(((runs["gap"] - mean) ** 2).sum())
    rows: list[dict[str, Any]] = []
    shares: list[float] = []
    for factor in factors:
        levels = runs.groupby(factor, sort=False)["gap"].mean()
        explained = len(runs) * float(((levels - mean) ** 2).mean())
        shares.append(explained / total if total > 0 else 0.0)
        row = {"kind": VARIANCE, "choice": SPLIT if factor == "draw" else factor, "universes": len(levels), "share": shares[-1]}
        rows.append({**row, "swing": float(levels.max() - levels.min())})
    rest = 1 - sum(shares) if total > 0 else 0.0
    return [*rows, {"kind": VARIANCE, "choice": INTERACTIONS, "share": rest}]

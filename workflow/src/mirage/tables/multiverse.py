"""Where the published gap lies among the gaps of all listed settings, and which choice moves the gap (Steegen et al. 2016)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mirage.declared import Table
from mirage.errors import StudyError
from mirage.lazy import pandas as pd
from mirage.multiverse.choices import CHOICES, setting_of
from mirage.paths import PROVENANCE
from mirage.stats.decompose import multiverse
from mirage.stats.intervals import f1_from_counts
from mirage.tables.layout import NOTHING, Panel, Presented, number

RUNS = "multiverse.parquet"

if TYPE_CHECKING:
    from mirage.results import Results
    from mirage.study.grid import Study


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
TITLES = {
    "ngrams": "length of n-grams",
    "max_features": "n-grams kept",
    "sublinear_tf": "sublinear counts",
    "class_weight": "class weights",
    "C": "C, inverse of the penalty",
    SPLIT: "random split",
}
NOT_AMONG = "not among the choices"
NO_INTERVAL = (
    "No interval: what varies is the choices and the random split, not the rows, and no choice is more likely than another."
)


TABLE = Table(
    title="The gap over the settings listed in config.yaml",
    question="Where does the published gap lie among those of the settings and splits listed in config.yaml?",
    reads=lambda study: [PROVENANCE, RUNS],
    options=lambda study: {**study.config["multiverse"], "recipe": study.recipe(study.config["multiverse"]["agent"])},
    resources=("published.csv",),
    made=lambda study: has_multiverse(study),
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`multiverse_table` of the fitted settings."""
    options, quoted = results.options, results.resource_table("published.csv")
    near, far = (published_f1(quoted, options["agent"], options[side]) for side in ("published", "held_out"))
    return multiverse_table(results.parquet(RUNS), near - far, setting_of(options["recipe"]), options["published"])


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return the place of the published gap, each setting's mean gap, and the variance that each choice carries."""
    runs = results.parquet(RUNS)
    return multiverse_panels(table, runs), multiverse_notes(runs, repeated_settings(runs))


def has_multiverse(study: Study) -> bool:
    """Whether the study has the splits that the published gap was measured on, and a random one."""
    wanted = study.config.get("multiverse", {})
    return bool(wanted) and {wanted[side] for side in ("random", "published", "held_out")} <= set(study.schemes)


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
        One row a setting and random split (:func:`mirage.multiverse.universes.run_universes`), every combination once.
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


def multiverse_panels(table: pd.DataFrame, runs: pd.DataFrame) -> list[Panel]:
    """Three panels, from the table of :func:`mirage.tables.multiverse.multiverse_table` and the runs behind it."""
    return [_placements(table, runs), _levels(table), _variance_panel(table)]


def multiverse_notes(runs: pd.DataFrame, repeated: tuple[int, int]) -> list[str]:
    """Say what calling everything positive scores, and how many settings repeat another."""
    near, far = (_always(runs, side) for side in ("random", "held_out"))
    lines = [
        f"- Calling every row positive has F1 {near} on the random test sets and {far} held out: the two differ in prevalence.",
    ]
    settings, same = repeated
    if same:
        lines.append(
            f"- {same} of the {settings} settings keep the n-grams of another, as the vocabulary does not reach their limit; "
            "each is counted."
        )
    return ["\n".join(lines)]


def _always(runs: pd.DataFrame, side: str) -> str:
    positives, rows = runs[f"positives_{side}"].mean(), runs[f"rows_{side}"].mean()
    return number(f1_from_counts(positives, rows - positives, 0))


def quantile_words(row: pd.Series) -> str:
    """Write where the published gap lies: its quantile, or that it lies outside."""
    if row["universes"] == 0:
        return NOT_AMONG
    if row["holds"]:
        return number(row["quantile"])
    return f"{'below' if row['quantile'] == 0 else 'above'} all"


def _placements(table: pd.DataFrame, runs: pd.DataFrame) -> Panel:
    part = table[table["kind"] == PLACEMENT]
    cells = pd.DataFrame(
        {
            "universes": part["level"],
            "number": part["universes"].map("{:.0f}".format),
            "published gap (quoted)": part["published"].map(number),
            "its quantile": [quantile_words(row) for _, row in part.iterrows()],
            **_spread(part),
            **_means(part),
        }
    )
    seeds = runs.groupby(SPLIT, sort=False)["seed"].nunique()
    drawn = " and ".join(f"{split} ({count} {'seed' if count == 1 else 'seeds'})" for split, count in seeds.items())
    caption = (
        "Gap of F1 at threshold 0.5 between random rows and the curated lists held out, TF-IDF with logistic regression, over all "
        f"combinations of settings; the published gap is quoted. Random split: {drawn}, n {_n(runs, 'random')}; held out: one fit a "
        f"setting, n {_n(runs, 'held_out')}. {NO_INTERVAL}"
    )
    return Panel(caption, cells)


def _levels(table: pd.DataFrame) -> Panel:
    part = table[table["kind"] == LEVEL]
    cells = pd.DataFrame(
        {
            "choice": part["choice"].map(TITLES),
            "level": part["level"],
            "universes": part["universes"].map("{:.0f}".format),
            **_means(part),
            **_spread(part),
            "quantile of the published gap": [quantile_words(row) for _, row in part.iterrows()],
        }
    )
    return Panel(f"The same gap by level of each choice, over all levels of the others. {NO_INTERVAL}", cells)


def _variance_panel(table: pd.DataFrame) -> Panel:
    part = table[table["kind"] == VARIANCE]
    cells = pd.DataFrame(
        {
            "choice": part["choice"].map(lambda name: TITLES.get(name, name)),
            "levels": ["–" if pd.isna(value) else f"{value:.0f}" for value in part["universes"]],
            "share of variance": ["–" if pd.isna(value) else f"{value:.1%}" for value in part["share"]],
            "highest less lowest level mean": part["swing"].map(number),
        }
    )
    caption = (
        "Variance of the gap over all universes by choice: main effects in the balanced design, every redrawn split a level; what "
        f"choices do together is the interactions. {NO_INTERVAL}"
    )
    return Panel(caption, cells)


def _spread(part: pd.DataFrame) -> dict[str, list[str]]:
    return {
        "median gap": part["median"].map(number).tolist(),
        "quartiles": [_span(*pair) for pair in zip(part["quarter"], part["three_quarters"], strict=True)],
        "range": [_span(*pair) for pair in zip(part["lowest"], part["highest"], strict=True)],
    }


def _means(part: pd.DataFrame) -> dict[str, list[str]]:
    names = {"gap": "mean gap", "f1_random": "F1 random", "f1_held_out": "F1 held out", "recall_held_out": "recall held out"}
    return {title: part[column].map(number).tolist() for column, title in names.items()}


def _span(low: float, high: float) -> str:
    return NOTHING if pd.isna(low) else f"{number(low)} to {number(high)}"


def _n(runs: pd.DataFrame, side: str) -> str:
    def span(column: str) -> str:
        low, high = int(runs[column].min()), int(runs[column].max())
        return str(low) if low == high else f"{low} to {high}"

    return f"{span(f'rows_{side}')} (positive {span(f'positives_{side}')})"

"""The tables of the multiverse: the published gap among all gaps, the gap by level, and the variance by choice."""

from __future__ import annotations

import pandas as pd

from mirage.analyses.multiverse import EVERYTHING, LEVEL, PLACEMENT, SPLIT, VARIANCE, most_moving_choice
from mirage.stats.intervals import f1_from_counts
from mirage.tables import NOTHING, Panel, number

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
    "No interval: what varies is the choices and the random split, not the laws, and no choice is more likely than another."
)


def multiverse_panels(table: pd.DataFrame, runs: pd.DataFrame) -> list[Panel]:
    """Three panels, from the table of :func:`mirage.analyses.multiverse.multiverse_table` and the runs behind it."""
    return [_placements(table, runs), _levels(table), _variance(table)]


def multiverse_notes(table: pd.DataFrame, runs: pd.DataFrame, repeated: tuple[int, int]) -> list[str]:
    """Say in words where the published gap lies and what moves the gap; what calling everything positive scores; repeats."""
    near, far = (_always(runs, side) for side in ("random", "held_out"))
    lines = [
        f"- {_place_in_words(table)} {_mover_in_words(table)}",
        f"- Calling every row positive has F1 {near} on the random test sets and {far} held out: the two differ in prevalence.",
    ]
    settings, same = repeated
    if same:
        lines.append(
            f"- {same} of the {settings} settings keep the n-grams of another, as the vocabulary does not reach their limit; "
            "each is counted."
        )
    return ["\n".join(lines)]


def _place_in_words(table: pd.DataFrame) -> str:
    row = table[table["level"] == EVERYTHING].iloc[0]
    place = f"is larger than {row['quantile']:.0%} of" if row["holds"] else f"lies {quantile_words(row)} of"
    return f"The published gap, {number(row['published'])}, {place} the {row['universes']:.0f} gaps of all settings and splits."


def _mover_in_words(table: pd.DataFrame) -> str:
    if not (table["kind"] == LEVEL).any():
        return "There is one setting only."
    choice = most_moving_choice(table)
    levels = table[(table["kind"] == LEVEL) & (table["choice"] == choice)]
    share = table.loc[(table["kind"] == VARIANCE) & (table["choice"] == choice), "share"].iloc[0]
    means = ", ".join(f"{number(gap)} with {level}" for level, gap in zip(levels["level"], levels["gap"], strict=True))
    return f"Most of what a single setting moves is due to {TITLES[choice]} ({share:.0%} of the variance): mean gap {means}."


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
        "Gap of F1 at threshold 0.5 between random rows and held-out curators, TF-IDF with logistic regression, over all "
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


def _variance(table: pd.DataFrame) -> Panel:
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

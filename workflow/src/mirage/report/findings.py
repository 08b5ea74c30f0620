"""The study's answer in sentences: every number in them is a cell of a table, and a sentence without its cells is not written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from mirage.lazy import pandas as pd
from mirage.listing import listing
from mirage.states import COMPLETE
from mirage.tables.decomposition import gap_in_words
from mirage.tables.layout import number, with_interval
from mirage.tables.multiverse import PLACEMENT, PUBLISHED_SETTING

if TYPE_CHECKING:
    Tables = Mapping[str, pd.DataFrame]
    Writer = Callable[[Tables, Mapping[str, str], Mapping[str, str]], str | None]

CONSTANT = ("always-positive", "prevalence")


def sentences(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, str], more: Sequence[Writer] = ()) -> list[str]:
    """Say what was found, most important first.

    Parameters
    ----------
    tables:
        Tables by name, as their csv has them: ``f1, gap, reproduction, published, decomposition, multiverse, external``; those
        that a run did not make are left out, and what would be said from them with them.
    titles:
        What agents are called.
    headline:
        ``agent`` and ``held_out``: the gap that is taken apart in words.
    more:
        Further writers, whose sentences stand last.
    """
    writers: list[Writer] = [
        _ties,
        _gap,
        _reproduced,
        _terms,
        _choices,
        _others,
        *more,
    ]
    found = [write(tables, titles, headline) for write in writers]
    return [sentence for sentence in found if sentence]


def _ties(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, str]) -> str | None:
    published, f1, gap = tables.get("published"), tables.get("f1"), tables.get("gap")
    if published is None or f1 is None or gap is None:
        return None
    models = published[published["part"] == "models"]
    test = published[published["part"] == "homogeneity"].iloc[0]
    again = published[published["part"] == "rerun"].iloc[0]
    yardsticks = complete(f1, split=reference(gap))
    yardsticks = yardsticks[~yardsticks["agent"].isin(CONSTANT) & (yardsticks["f1"] >= models["low"].min())]
    beside = "; ".join(f"{titles[row.agent]} {with_interval(row.f1, row.low, row.high)}" for row in yardsticks.itertuples())
    said = (
        f"The published F1s, {number(models['f1'].min())} to {number(models['f1'].max())} (quoted), cannot be told apart "
        f"(chi-square test that one F1 lies behind them all: p = {number(test['p_value'], 2)}), and new test rows alone would "
        f"reorder them with probability {number(again['any_change'], 2)}."
    )
    return f"{said} On random splits of the same «rows» these reach as much: {beside}." if beside else said


def _gap(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, str]) -> str | None:
    gap = tables.get("gap")
    rows = None if gap is None else complete(gap, agent=headline["agent"], held_out=headline["held_out"])
    if rows is None or rows.empty:
        return None
    row = rows.iloc[0]
    return (
        f"{titles[headline['agent']]}: F1 {number(row['f1_reference'])} on random splits and {number(row['f1_held_out'])} on "
        f"{headline['held_out']}, a gap of {with_interval(row['gap'], row['low'], row['high'])}. Calling everything positive scores "
        f"{number(row['always_positive_reference'])} and {number(row['always_positive_held_out'])} on the same rows."
    )


def _reproduced(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, str]) -> str | None:
    table = tables.get("reproduction")
    placed = None if table is None else table.dropna(subset=["orders"])
    if placed is None or placed.empty:
        return None
    parts = [
        f"{number(row.value, int(row.digits))} on {row.split} comes out in {row.matching:.0f} of {row.orders:.0f} "
        f"({number(row.tie_least)} to {number(row.tie_greatest)})"
        for row in placed.itertuples()
    ]
    return (
        f"{titles[headline['agent']]}: which of the equally frequent n-grams its vocabulary keeps is left open. Of the quoted F1s "
        f"{listing(parts, 'and')} random orders of them. Its settings were found by matching these figures."
    )


def _terms(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, str]) -> str | None:
    table = tables.get("decomposition")
    if table is None or table.empty:
        return None
    return gap_in_words(table, titles, headline["agent"], str(table["source"].iloc[0]))


def _choices(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, str]) -> str | None:
    table = tables.get("multiverse")
    if table is None:
        return None
    places = table[table["kind"] == PLACEMENT]
    every = places.iloc[0]
    said = (
        f"The published gap of {number(every['published'])} (quoted) lies above {every['quantile']:.0%} of the gaps of "
        f"{every['universes']:.0f} reasonable settings and splits, which range from {number(every['lowest'])} to "
        f"{number(every['highest'])} with median {number(every['median'])}."
    )
    own = places[places["level"] == PUBLISHED_SETTING]
    if len(own):
        row = own.iloc[0]
        said += (
            f" The published setting itself gives {number(row['lowest'])} to {number(row['highest'])} on "
            f"{row['universes']:.0f} redrawn splits."
        )
    shares = table[(table["kind"] == "variance") & table["swing"].notna()].sort_values("share", ascending=False, kind="stable")
    if shares.empty:
        return said
    most = shares.iloc[0]
    weight = f"{most['share']:.0%} of the variance, {number(most['swing'])} between its levels"
    return f"{said} What moves it most is {most['choice']}: {weight}."


def _others(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, str]) -> str | None:
    gap = tables.get("gap")
    if gap is None:
        return None
    rows = complete(gap, held_out=headline["held_out"])
    rows = rows[~rows["agent"].isin([*CONSTANT, headline["agent"]])]
    if rows.empty:
        return None
    parts = [f"{titles[row.agent]} {with_interval(row.gap, row.low, row.high)}" for row in rows.itertuples()]
    return f"The same gap for the others: {listing(parts, 'and')}."


def complete(table: pd.DataFrame, **where: str) -> pd.DataFrame:
    """Return the rows of a table that have all their runs and these values."""
    chosen = table[table["status"] == COMPLETE]
    for column, value in where.items():
        chosen = chosen[chosen[column] == value]
    return chosen


def reference(gap: pd.DataFrame) -> str:
    """Return the scheme that the gap is taken from."""
    return str(gap["reference"].iloc[0])

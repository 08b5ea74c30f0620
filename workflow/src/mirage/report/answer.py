"""The study's answer in three sentences, from the tables of a run: what random splits show, what is left, and where the rest went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mirage.lazy import pandas as pd
from mirage.report.findings import CONSTANT, complete, reference
from mirage.splits.names import Schemes
from mirage.tables.decomposition import EXPOSURE, GAP, TERM_NOTES, TERMS
from mirage.tables.layout import number, with_interval
from mirage.tables.overview import SOURCE_HELD_OUT, TRAINED_ON

if TYPE_CHECKING:
    from mirage.report.findings import Tables

TIE = 0.05  # p values from here on tell no difference


def answer(
    tables: Tables,
    titles: Mapping[str, str],
    headline: Mapping[str, Any],
    facts: Schemes,
    notes: Mapping[str, str] | None = None,
) -> list[str]:
    """Answer in three sentences, or fewer where a run did not make what one speaks of.

    Parameters
    ----------
    tables:
        Tables by name, as their csv has them: ``f1, gap, overview``, and ``published, decomposition`` where the study has them.
    titles:
        What agents are called.
    headline:
        ``agent`` and ``held_out``: whose gap is told; ``taken_apart``, the source of the decomposition that is about it, or None.
    facts:
        The split schemes.
    notes:
        What has to be known of an agent, by title; it is told where the agent is the one that scores as much as the published.
    """
    named = {agent: f"“{title}”" for agent, title in titles.items()}
    told = {
        agent: f"{named[agent]} ({note.rstrip('.')})" for agent, title in titles.items() if (note := (notes or {}).get(title))
    }
    said = (
        _on_random_rows(tables, named | told),
        _held_out(tables, named, headline, facts),
        _where_it_goes(tables, named, headline),
    )
    return [sentence for sentence in said if sentence]


def _on_random_rows(tables: Tables, titles: Mapping[str, str]) -> str | None:
    f1, gap, published = tables.get("f1"), tables.get("gap"), tables.get("published")
    if f1 is None or gap is None:
        return None
    rows = complete(f1, split=reference(gap))
    rows = rows[~rows["agent"].isin(CONSTANT)]
    if published is None:
        return _best(rows, titles)
    models = published[published["part"] == "models"]
    p_value = published.loc[published["part"] == "homogeneity", "p_value"].iloc[0]
    told = "cannot be told apart" if p_value >= TIE else "differ by more than chance"
    said = f"The published F1s of {number(models['f1'].min())} to {number(models['f1'].max())} (quoted) {told} (p = {number(p_value, 2)})"
    # Agents stand from the simplest to the most costly, so the first of these needs least to score as much.
    simple = rows[rows["f1"] >= models["low"].min()]
    if simple.empty:
        return f"{said}."
    first = simple.iloc[0]
    return f"{said}, and on random splits of the same rows {_called(first, titles)} scores {_value(first, 'f1')}."


def _best(rows: pd.DataFrame, titles: Mapping[str, str]) -> str | None:
    if rows.empty:
        return None
    best = rows.loc[rows["f1"].idxmax()]
    dummy = number(best["always_positive_f1"])
    return f"On random splits {_called(best, titles)} scores best, F1 {_value(best, 'f1')}; calling everything positive scores {dummy}."


def _held_out(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, str], facts: Schemes) -> str | None:
    gap = tables.get("gap")
    if gap is None:
        return None
    rows = complete(gap, held_out=headline["held_out"])
    own = rows[rows["agent"] == headline["agent"]]
    if own.empty:
        return None
    row = own.iloc[0]
    said = (
        f"{_upper(facts[headline['held_out']].description)}, {_called(row, titles)} goes from F1 "
        f"{number(row['f1_reference'])} to {number(row['f1_held_out'])}, a gap of {_value(row, 'gap')}"
    )
    if "published" not in tables:
        said += _elsewhere(complete(gap, agent=headline["agent"]), headline["held_out"])
    others = rows[~rows["agent"].isin([*CONSTANT, headline["agent"]])]
    if len(others) < 2:
        return f"{said}."
    least, most = (others.loc[place] for place in (others["gap"].idxmin(), others["gap"].idxmax()))
    return (
        f"{said}; the gaps of the other agents lie between {number(least['gap'])} ({_called(least, titles)}) and "
        f"{number(most['gap'])} ({_called(most, titles)})."
    )


def _elsewhere(own: pd.DataFrame, told: str) -> str:
    """Tell the least and the greatest gap on the other test sets held out: the one that is told need not be the worst."""
    others = own[own["held_out"] != told]
    if len(others) < 2:
        return ""
    least, most = (others.loc[place] for place in (others["gap"].idxmin(), others["gap"].idxmax()))
    return (
        f" (on the other test sets held out between {number(least['gap'])}, {least['held_out']}, and {number(most['gap'])}, "
        f"{most['held_out']})"
    )


def _where_it_goes(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, Any]) -> str | None:
    table = tables.get("decomposition")
    if table is None or table.empty:
        return _by_source(tables, titles, headline)
    told = headline.get("taken_apart")
    source = told or str(table["source"].iloc[0])
    own = complete(table, agent=headline["agent"], source=source).set_index("term")
    if own.empty:
        return None
    gap = float(own.loc[GAP, "value"])
    # The greatest of those that go the way of the gap.
    most = max(TERMS, key=lambda term: float(own.loc[term, "value"]) * (1 if gap >= 0 else -1))
    which = "Of that gap" if told else f"Of the gap to {source}"
    said = (
        f"{which}, {number(gap)} over the runs that take it apart{'' if gap >= 0 else ' (a minus is F1 gained)'}, "
        f"{_value(own.loc[most], 'value')} is {most}: "
        f"{TERM_NOTES[most].split(';')[0]}"
    )
    return (
        f"{said}; never having seen the «group» carries {_value(own.loc[EXPOSURE], 'value')}."
        if most != EXPOSURE
        else f"{said}."
    )


def _by_source(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, str]) -> str | None:
    overview = tables.get("overview")
    if overview is None:
        return None
    recalls = complete(overview, agent=headline["agent"]).dropna(subset=["group", "value"])
    wide = recalls.pivot_table(index="group", columns="what", values="value", sort=False)
    if not {TRAINED_ON, SOURCE_HELD_OUT} <= set(wide.columns):
        return None
    fall = (wide[TRAINED_ON] - wide[SOURCE_HELD_OUT]).dropna()
    if fall.empty:
        return None
    worst = fall.idxmax()
    seen, unseen = (
        recalls[(recalls["group"] == worst) & (recalls["what"] == what)].iloc[0] for what in (TRAINED_ON, SOURCE_HELD_OUT)
    )
    return (
        f"The recall of {titles[headline['agent']]} changes most for {worst}: {_value(seen, 'value')} with it in training, "
        f"{_value(unseen, 'value')} with it held out."
    )


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]


def _called(row: pd.Series, titles: Mapping[str, str]) -> str:
    return titles[row["agent"]]


def _value(row: pd.Series, column: str) -> str:
    return with_interval(float(row[column]), float(row["low"]), float(row["high"]))

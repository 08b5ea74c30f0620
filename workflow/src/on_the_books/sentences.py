"""What is found about the published study, a function for each fact: from the tables to one sentence, or to None without them.

``tables`` are by name, as their csv has them; ``titles`` are what agents are called.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.lazy import pandas as pd
from mirage.listing import listing
from mirage.report.sentences.evidence import Estimate, complete
from mirage.states import COMPLETE
from mirage.tables.comparisons import p_text
from mirage.tables.layout import number, with_interval
from mirage.tables.multiverse import EVERYTHING, LEVEL, PUBLISHED_SETTING, TITLES, VARIANCE, most_moving_choice
from mirage.tables.verdict import CANNOT_TELL, FALLS, HOLDS
from on_the_books.tables.external import IMPLICIT
from on_the_books.tables.published import YARDSTICKS

if TYPE_CHECKING:
    from mirage.report.findings import Writer
    from mirage.report.sentences.evidence import Tables

CHANCE = 0.5  # AUC of scores that rank nothing
LIMIT = 0.05  # a smaller p value says that F1s differ
ENCODERS = ("minilm", "mpnet")  # those whose weights could be had; none is of the agents
# What a word says of a drop that is left.
LEFT = {
    HOLDS: "no more than the margin is left",
    FALLS: "some is left",
    CANNOT_TELL: "it cannot be told whether any is left",
}
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def order_of_published(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, Any]) -> str | None:
    """Tell whether the published F1s differ, and how often new test rows would reorder them and as many equal models."""
    parts = _parts(tables, "models", "homogeneity", "rerun")
    if parts is None:
        return None
    models, test, again = parts["models"], parts["homogeneity"].iloc[0], parts["rerun"].iloc[0]
    count = _count(len(models))
    return (
        f"The published F1s lie between {number(models['f1'].min())} and {number(models['f1'].max())} (quoted); "
        f"{_test_in_words(float(test['p_value']), count)}. New test rows alone would reorder them with probability "
        f"{number(again['any_change'], 2)}; {count} equal models would be reordered with {number(again['any_change_equal'], 2)}."
    )


def beside_yardsticks(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, Any]) -> str | None:
    """Tell for each list of words its F1 on the test rows of every published F1, and how far that lies ahead."""
    said = []
    for agent, rows in _yardsticks(tables, titles):
        parts = [
            f"{number(row.f1_yardstick)} where {row.published_by} has {number(row.f1)} (quoted), a difference of {_difference(row)}"
            for row in rows.itertuples()
        ]
        said.append(
            f"On the test rows of the published F1s, as rebuilt here, {titles[agent]} scores {'; '.join(parts)}. {_clear(rows)}."
        )
    return " ".join(said) or None


def range_of_yardsticks(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, Any]) -> str | None:
    """Tell the range of each list of words on the test rows of the published F1s, and of the differences to these."""
    said = [
        f"On their test rows, as rebuilt here, {titles[agent]} scores {_range(rows['f1_yardstick'])}; the published F1s less these are "
        f"{_range(rows['difference'])}. {_clear(rows)}."
        for agent, rows in _yardsticks(tables, titles)
    ]
    return " ".join(said) or None


def ties_in_quoted(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, Any]) -> str | None:
    """Tell in how many orders of equally frequent n-grams each quoted F1 comes out."""
    table = tables.get("reproduction")
    placed = None if table is None else table.dropna(subset=["orders"])
    if placed is None or placed.empty:
        return None
    said = []
    for agent, rows in placed.groupby("agent", sort=False):
        parts = [
            f"{number(row.value, int(row.digits))} ({row.what}) comes out in {row.matching:.0f} of {row.orders:.0f} "
            f"({number(row.tie_least)} to {number(row.tie_greatest)})"
            for row in rows.itertuples()
        ]
        said.append(
            f"{titles[str(agent)]}: the settings do not say which of the equally frequent n-grams its vocabulary keeps. Of the quoted F1s "
            f"{listing(parts, 'and')} random orders of them. Its settings were found by matching these figures."
        )
    return " ".join(said)


def place_of_gap(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, Any]) -> str | None:
    """Tell where the published gap lies among those of all settings and splits, and among those of its own setting."""
    table = tables.get("multiverse")
    if table is None:
        return None
    [every] = table[table["level"] == EVERYTHING].to_dict("records")
    place = (
        f"above {every['quantile']:.0%} of" if every["holds"] else f"{'below' if every['quantile'] == 0 else 'above'} all of"
    )
    said = (
        f"The published gap of {number(every['published'])} (quoted) lies {place} the gaps of the {every['universes']:,.0f} settings and "
        f"splits listed in config.yaml, which range from {number(every['lowest'])} to {number(every['highest'])} with median "
        f"{number(every['median'])}."
    )
    own = table[(table["level"] == PUBLISHED_SETTING) & (table["universes"] > 0)]
    for row in own.to_dict("records"):
        said += (
            f" The published setting itself gives {number(row['lowest'])} to {number(row['highest'])} on {row['universes']:.0f} redrawn "
            "splits."
        )
    return said


def choice_that_moves_the_gap(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, Any]) -> str | None:
    """Tell which of the settings listed carries the largest share of the variance of the gap, with the mean gap at its levels."""
    table = tables.get("multiverse")
    if table is None or not (table["kind"] == LEVEL).any():
        return None
    choice = most_moving_choice(table)
    levels = table[(table["kind"] == LEVEL) & (table["choice"] == choice)]
    share = table.loc[(table["kind"] == VARIANCE) & (table["choice"] == choice), "share"].iloc[0]
    means = [f"{number(gap)} with {level}" for level, gap in zip(levels["level"], levels["gap"], strict=True)]
    return (
        f"Of the settings listed in config.yaml the one with the largest share of the variance of that gap is {TITLES[choice]}, "
        f"{share:.0%}: mean gap {listing(means, 'and')}."
    )


def strong_models(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, Any]) -> str | None:
    """Tell of each encoder that was run whether it narrows the headline's drop and closes it, as is said of them."""
    rows = narrowed(tables, titles, headline)
    if not rows:
        return None
    facts = [_narrowing(row, titles, tables.get("verdict")) for row in rows]
    fits = listing([f"{row['seeds']:.0f} of {titles[str(row['agent'])]}" for row in rows], "and")
    return (
        "Strong models will narrow the gap but not close it, the post says (quoted; its gap is between test sets as they are). At one "
        f"share of positives: {' '.join(facts)} These are few seeds, {fits}, of encoders that no coding agent trained; they say nothing of "
        "other models or other «groups»."
    )


def narrowed(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, Any]) -> list[Mapping[Any, Any]]:
    """Return the rows of encoders against the headline's agent."""
    table = tables.get("drop_differences")
    if table is None or table.empty:
        return []
    rows = complete(table, against=headline["agent"]).dropna(subset=["low"])
    return rows[rows["agent"].isin([agent for agent in ENCODERS if agent in titles])].to_dict("records")


def outside(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, str]) -> str | None:
    """Tell how agents rank the supplement's laws and how many they find, or nothing where no run reached them."""
    table = tables.get("external")
    if table is None or table.empty:
        return None
    rows = complete(table, group=IMPLICIT)
    rows = rows[rows["agent"].isin(list(titles))]
    facts = [said for fact in (ranked_above, not_ranked_above, found_at_one_rate) if (said := fact(rows, titles))]
    if not facts:
        return None
    return (
        f"On {rows['rows'].iloc[0]:.0f} Jim Crow laws from outside the data set that mostly do not name race, set against laws of the "
        f"data set that are not Jim Crow and that the same models were not trained on: {'; '.join(facts)}."
    )


def ranked_above(rows: pd.DataFrame, titles: Mapping[str, str]) -> str | None:
    """Name the agents whose AUC lies above chance with its whole interval."""
    able = rows[rows["auc_low"] > CHANCE]
    return None if able.empty else f"AUC lies above {number(CHANCE, 1)} for {_listed(able, titles, 'auc')}"


def not_ranked_above(rows: pd.DataFrame, titles: Mapping[str, str]) -> str | None:
    """Name the agents whose AUC may be that of chance, or less."""
    unable = rows[rows["auc_low"] <= CHANCE]
    return None if unable.empty else f"AUC is not shown to lie above {number(CHANCE, 1)} for {_listed(unable, titles, 'auc')}"


def found_at_one_rate(rows: pd.DataFrame, titles: Mapping[str, str]) -> str | None:
    """Tell recall at the one false-positive rate at which all agents are compared."""
    known = rows.dropna(subset=["recall_at", "recall_at_low"])
    if known.empty:
        return None
    rate = number(known["at_fpr"].iloc[0], 2)
    return f"at a false-positive rate of {rate} recall is {_listed(known, titles, 'recall_at')}"


# By section of the page: what answers its question, and what is told below that.
ANSWERS: Mapping[str, Sequence[Writer]] = {"apart": (order_of_published,)}
DETAILS: Mapping[str, Sequence[Writer]] = {
    "held_out": (strong_models, place_of_gap, choice_that_moves_the_gap),
    "apart": (beside_yardsticks, ties_in_quoted),
    "practice": (outside,),
}
OPENING: Sequence[Writer] = (order_of_published, range_of_yardsticks)
FINDINGS: Sequence[Writer] = (
    order_of_published,
    beside_yardsticks,
    ties_in_quoted,
    strong_models,
    place_of_gap,
    choice_that_moves_the_gap,
    outside,
)


def _listed(rows: pd.DataFrame, titles: Mapping[str, str], name: str) -> str:
    parts = [
        f"{titles[row['agent']]} {with_interval(row[name], row[f'{name}_low'], row[f'{name}_high'])}"
        for row in rows.to_dict("records")
    ]
    return listing(parts, "and")


def _parts(tables: Tables, *names: str) -> dict[str, pd.DataFrame] | None:
    """Return parts of the table of published F1s; None where one has no row."""
    table = tables.get("published")
    if table is None:
        return None
    found = {name: table[table["part"] == name] for name in names}
    return None if any(part.empty for part in found.values()) else found


def _yardsticks(tables: Tables, titles: Mapping[str, str]) -> list[tuple[str, pd.DataFrame]]:
    parts = _parts(tables, YARDSTICKS)
    if parts is None:
        return []
    rows = parts[YARDSTICKS]
    rows = rows[(rows["status"] == COMPLETE) & rows["agent"].isin(list(titles))].dropna(subset=["difference"])
    return [(str(agent), own) for agent, own in rows.groupby("agent", sort=False)]


def _test_in_words(p_value: float, count: str) -> str:
    if math.isnan(p_value):
        return f"a test of one F1 behind all {count} is not defined"
    p = f"p = {number(p_value, 2)}" if p_value >= 0.1 else f"p = {p_text(p_value)}".replace("= <", "< ")
    said = f"a test of one F1 behind all {count} gives {p}"
    return f"{said}: these {count} runs give no ground for an order" if p_value >= LIMIT else f"{said}: they differ"


def _difference(row: Any) -> Estimate:
    return Estimate(row.difference, row.low_difference, row.high_difference)


def _clear(rows: pd.DataFrame) -> str:
    """Count the differences that are shown; their intervals are too wide rather than too narrow."""
    shown, count = sum(_difference(row).sign != 0 for row in rows.itertuples()), _count(len(rows))
    if not shown:
        return f"No interval of the {count} differences leaves out zero"
    intervals = "The interval of one" if shown == 1 else f"The intervals of {_count(shown)}"
    return f"{intervals} of the {count} differences leave{'s' if shown == 1 else ''} out zero"


def _narrowing(row: Mapping[Any, Any], titles: Mapping[str, str], verdict: pd.DataFrame | None) -> str:
    """Say how an encoder's drop differs from another agent's on the same rows, and what is left of it."""
    difference = Estimate.of(row, "difference")
    told = {
        -1: f"drops {difference.turned} less",
        1: f"drops {difference} more",
        0: f"is neither shown to drop less nor more, {difference},",
    }[difference.sign]
    own = [] if verdict is None else complete(verdict, agent=row["agent"], held_out=row["held_out"]).to_dict("records")
    left = "".join(f"; of its own drop, {Estimate.of(judged, 'drop')}, {LEFT[judged['word']]}" for judged in own)
    return f"{titles[str(row['agent'])]} {told} than {titles[str(row['against'])]} on the same rows{left}."


def _range(values: pd.Series) -> str:
    return f"{number(values.min())} to {number(values.max())}"


def _count(number_of: int) -> str:
    return COUNTS[number_of] if number_of < len(COUNTS) else str(number_of)

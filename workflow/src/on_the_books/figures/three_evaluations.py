"""The post's bars from data: one agent on a random split, with the curated lists and with the experts held out, beside the quotes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mirage import declared
from mirage.crossing import outcomes_of_runs
from mirage.figures.grid import Panel, finish, stack
from mirage.figures.plan import level_of
from mirage.figures.style import BLUE, GREEN, ORANGE
from mirage.lazy import pandas as pd
from mirage.paths import RUN, outcomes_of, tables_named
from mirage.states import COMPLETE, NOT_RUN
from mirage.stats.effective import f1_wilson_clustered
from mirage.tables.layout import number, with_interval
from on_the_books.evaluations import TIE_ORDERS, rebuilt

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mirage.results import Results
    from mirage.study.grid import Study

LINES = (
    "quoted from the post",
    "ours, threshold 0.5",
    "ours, other tie orders",
    "ours, chosen threshold",
    "all called positive",
)
QUOTED, OURS, ORDERS, CHOSEN, ALWAYS = range(len(LINES))


def _caption(study: Study) -> str:
    return f"""
        The post's second figure from data: F1 of the positive class for TF-IDF on its random split
        and with the curated lists or the experts held out, each on the rows of the published split.
        Diamond: the post's value, quoted. Dot: ours at threshold 0.5, which of the n-grams that tie
        at the limit of the vocabulary keeps the alphabetically first. Upright lines: every value
        that {study.config.get("tie_orders", 100)} random orders of the tied n-grams give. Square:
        ours at the threshold chosen on training rows by cross-validation, mean over
        {study.config["seeds"]} seeds, which vary that choice alone. Lines: {level_of(study)}
        intervals, Wilson on the Jaccard index at the number of independent rows that the units
        are worth; they speak of further units like these. Narrow diamond: calling everything
        positive.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [*RUN, *tables_named("f1"), TIE_ORDERS, *outcomes_of(list(study.config["evaluations"]))],
    options=lambda study: {
        "agent": study.config["headline"]["agent"],
        # Pairs, because their order is that of the panels.
        "evaluations": list(study.config["evaluations"].items()),
        "level": study.config["intervals"]["level"],
    },
    resources=("published.csv",),
    made=rebuilt,
)


def draw(results: Results) -> Figure:
    """Return :func:`three_evaluations_figure` of the agent that was quoted."""
    options, evaluations = results.options, dict(results.options["evaluations"])
    ties, quoted = results.parquet(TIE_ORDERS), results.resource_table("published.csv")
    table, decided = results.table("f1"), results.outcomes(list(evaluations))
    return three_evaluations_figure(table, decided, ties, quoted, evaluations, options["agent"], options["level"])


def three_evaluations_figure(
    table: pd.DataFrame,
    decided: Mapping[str, pd.DataFrame],
    ties: pd.DataFrame,
    published: pd.DataFrame,
    evaluations: Mapping[str, str],
    agent: str,
    level: float,
) -> Figure:
    """Draw one panel an evaluation: the quoted F1, ours at either threshold with its interval, and that of no model at all.

    Parameters
    ----------
    table:
        The F1 table: ``split, agent, status, rows, positives, f1, low, high, f1_chosen, always_positive_f1``.
    decided:
        The decided test rows of each evaluation, which give the interval at the chosen threshold, of the kind that the table gives
        to one published split.
    ties:
        F1 under random orders of the n-grams that tie: ``split, tied, kept, f1``.
    published:
        Quoted figures: ``split, agent, group, metric, value, digits``.
    evaluations:
        The published evaluations, by scheme, and what they are called.
    agent:
        The agent that was quoted.
    level:
        Of that interval; the table's own are taken as they are.
    """
    quoted = published[(published["agent"] == agent) & (published["metric"] == "f1") & (published["group"] == "all")]
    rows = {split: _row(table[(table["split"] == split) & (table["agent"] == agent)]) for split in evaluations}
    figure, panels = stack([Panel(title, _tested(rows[split]), LINES) for split, title in evaluations.items()], right=1.5)
    for axes, (split, row) in zip(panels, rows.items(), strict=True):
        runs = decided[split][decided[split]["agent"] == agent]
        _panel(axes, row, runs, ties[ties["split"] == split], quoted[quoted["split"] == split], level)
    finish(figure, "F1 of the positive class", [])
    return figure


def _row(own: pd.DataFrame) -> dict[str, Any]:
    return {str(key): value for key, value in own.iloc[0].items()} if len(own) else {"status": NOT_RUN}


def _tested(row: Mapping[str, Any]) -> str:
    return f"{row['positives']:.0f} of {row['rows']:,.0f} rows positive" if row["status"] == COMPLETE else ""


def _panel(axes: Axes, row: dict[str, Any], runs: pd.DataFrame, ties: pd.DataFrame, quoted: pd.DataFrame, level: float) -> None:
    axes.set_xlim(0, 1.02)
    axes.set_xticks([0, 0.5, 1])
    said = ["not quoted", *[row["status"]] * (len(LINES) - 1)]
    if len(quoted):
        value = float(quoted["value"].iloc[0])
        axes.plot(value, QUOTED, "D", color=GREEN, markerfacecolor="white", markersize=7, markeredgewidth=1.6, clip_on=False)
        said[QUOTED] = number(value, int(quoted["digits"].iloc[0]))
    if row["status"] == COMPLETE:
        chosen = (row["f1_chosen"], *f1_wilson_clustered(outcomes_of_runs(runs, "predicted_chosen"), level))
        for position, values, marker in ((OURS, (row["f1"], row["low"], row["high"]), "o"), (CHOSEN, chosen, "s")):
            axes.plot(values[1:], [position, position], color=BLUE, linewidth=2)
            axes.plot(values[0], position, marker, color=BLUE, markersize=6, clip_on=False)
            said[position] = with_interval(*values)
        said[ORDERS] = _orders(axes, ties)
        axes.plot(row["always_positive_f1"], ALWAYS, "d", color=ORANGE, markersize=8, clip_on=False)
        said[ALWAYS] = number(row["always_positive_f1"])
    for position, words in enumerate(said):
        axes.text(1.05, position, words, transform=axes.get_yaxis_transform(), va="center")


def _orders(axes: Axes, ties: pd.DataFrame) -> str:
    """Mark every F1 that some order of the tied n-grams gives, and say their range."""
    values = ties.loc[ties["tied"] > ties["kept"], "f1"]
    if values.empty:
        return "no n-gram ties"
    axes.plot(values.unique(), [ORDERS] * values.nunique(), "|", color=BLUE, markersize=9, markeredgewidth=1.2, clip_on=False)
    low, high = number(values.min()), number(values.max())
    return f"{low} in all {len(values)}" if low == high else f"{low} to {high} in {len(values)}"

"""Published figures against ours on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mirage.declared import Table
from mirage.lazy import pandas as pd
from mirage.paths import RUN
from mirage.states import NOT_RUN
from mirage.tables.layout import NOTHING, Panel, Presented, number
from on_the_books.evaluations import TIE_ORDERS, tie_order_files

if TYPE_CHECKING:
    from mirage.results import Results


REPRODUCED = "equal as printed"
CONSISTENT = "consistent"
WITHIN = "within tolerance"
DIFFERS = "differs"


TABLE = Table(
    title="Published figures",
    question="Does the study reproduce what was published?",
    reads=lambda study: [*RUN, *tie_order_files(study)],
    options=lambda study: {"study": study.estimate_options, "recipe": study.recipe(study.config["headline"]["agent"])},
    resources=("published.csv",),
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`reproduction_table` of the run."""
    ties = results.parquet(TIE_ORDERS) if results.has(TIE_ORDERS) else None
    agent = results.study["headline"]["agent"]
    return reproduction_table(results.resource_table("published.csv"), results.scores, ties, agent)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return one panel: quoted figure, ours, verdict."""
    return reproduction_panels(table), reproduction_notes(table, results.options["recipe"])


def reproduction_table(
    published: pd.DataFrame, scores: pd.DataFrame, ties: pd.DataFrame | None = None, tied_agent: str | None = None
) -> pd.DataFrame:
    """Hold published figures against ours.

    Parameters
    ----------
    published:
        ``published_by, what, split, agent, group, metric, value, digits, tolerance, source, note``. ``value`` is quoted. With a
        ``tolerance`` the verdict allows that much; otherwise all ``digits`` must agree. ``agent`` is empty for a figure that the
        study does not rebuild.
    ties, tied_agent:
        Scores of ``tied_agent`` under random orders of the n-grams that tie, by
        :func:`on_the_books.tie_orders.tie_order_runs`. Where n-grams do tie, the quoted figure is placed among them.

    Returns
    -------
    DataFrame
        The same with ``ours`` (mean over seeds), ``least`` and ``greatest`` (over seeds), ``difference``, ``verdict`` and, where
        n-grams tie, ``orders``, ``matching`` (orders that give the figure as it is printed), ``tie_least`` and ``tie_greatest``.
    """
    rows = []
    for quoted in published.to_dict("records"):
        runs = scores[
            (scores["split"] == quoted["split"]) & (scores["agent"] == quoted["agent"]) & (scores["group"] == quoted["group"])
        ]
        row = {**quoted, "verdict": NOT_RUN}
        if len(runs):
            values = runs["positives"] / runs["n"] if quoted["metric"] == "prevalence" else runs[quoted["metric"]]
            ours = float(values.mean())
            row |= {"ours": ours, "least": float(values.min()), "greatest": float(values.max())}
            row |= {"difference": ours - quoted["value"], "verdict": _verdict(ours, quoted)}
            if ties is not None and quoted["agent"] == tied_agent and quoted["group"] == "all":
                row |= _among_orders(ties, quoted)
        rows.append(row)
    columns = [*published.columns, "ours", "least", "greatest", "difference", "orders", "matching", "tie_least", "tie_greatest"]
    return pd.DataFrame(rows, columns=[*columns, "verdict"])


def _verdict(ours: float, quoted: Mapping[str, Any]) -> str:
    if round(ours, int(quoted["digits"])) == round(quoted["value"], int(quoted["digits"])):
        return REPRODUCED
    if pd.notna(quoted["tolerance"]) and abs(ours - quoted["value"]) <= quoted["tolerance"]:
        return WITHIN
    return DIFFERS


def _among_orders(ties: pd.DataFrame, quoted: Mapping[str, Any]) -> dict[str, Any]:
    """Count the orders that give a quoted figure; nothing where no n-gram ties, or the figure is not of these measures."""
    runs = ties[(ties["split"] == quoted["split"]) & (ties["tied"] > ties["kept"])]
    if runs.empty or quoted["metric"] not in runs:
        return {}
    values = runs[quoted["metric"]]
    digits = int(quoted["digits"])
    matching = int((values.round(digits) == round(quoted["value"], digits)).sum())
    verdict = CONSISTENT if matching else DIFFERS
    how_many = (
        f"{matching or 'none'} of {len(runs)} tie orders give{'s' if matching == 1 else ''} {number(quoted['value'], digits)}"
    )
    found = {"orders": len(runs), "matching": matching, "tie_least": float(values.min()), "tie_greatest": float(values.max())}
    return {**found, "verdict": f"{verdict}: {how_many}"}


def reproduction_panels(table: pd.DataFrame) -> list[Panel]:
    """One panel: quoted figure, ours, verdict."""

    def rounded(value: float, digits: int) -> str:
        return number(value, max(digits, 4) if digits > 0 else 0)

    def span(low: float, high: float, digits: int) -> str:
        return f"{rounded(low, digits)} to {rounded(high, digits)}" if low == low and low != high else NOTHING

    cells = pd.DataFrame(
        {
            "published by": table["published_by"],
            "figure": table["what"],
            "quoted": [number(row.value, int(row.digits)) for row in table.itertuples()],
            "ours": [rounded(row.ours, int(row.digits)) for row in table.itertuples()],
            "over seeds": [span(row.least, row.greatest, int(row.digits)) for row in table.itertuples()],
            "over tie orders": [span(row.tie_least, row.tie_greatest, int(row.digits)) for row in table.itertuples()],
            "difference": [rounded(row.difference, int(row.digits)) for row in table.itertuples()],
            "verdict": table["verdict"],
            "on": table["split"].fillna("–"),
            "note": table["note"].astype(object).fillna(""),
        }
    )
    return [Panel("Published figures, as quoted from their source, against ours on the same rows (mean over seeds).", cells)]


def reproduction_notes(table: pd.DataFrame, recipe: Mapping[str, Any]) -> list[str]:
    """Say what a tie order is and what agreement means; nothing where no figure hangs on one."""
    placed = table.dropna(subset=["orders"])
    if placed.empty:
        return []
    return [
        f"- Tie orders: the model keeps the {recipe['max_features']:,} n-grams that occur most often in its training rows, and many "
        "n-grams are as frequent as the last one kept. Ours keeps the alphabetically first of them; scikit-learn keeps those that an "
        f"unstable sort leaves in front, which differs between processors. The verdict counts, of {placed['orders'].iloc[0]:.0f} "
        "random orders of the tied n-grams, those that give the quoted figure.\n"
        "- The settings of this model were found by matching these figures, so agreement does not confirm them independently."
    ]

"""The models that the agents published: do their own weights keep the reported F1, and do they find laws that they never saw?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.declared import Table
from mirage.encoders.recipe import AS_RUN_SUFFIX, PUBLISHED
from mirage.encoders.selection import THRESHOLD
from mirage.encoders.standins import stamp_with
from mirage.lazy import pandas as pd
from mirage.paths import PROVENANCE
from mirage.stamps import stamp_of
from mirage.states import COMPLETE, MISSING
from mirage.stats.intervals import f1_from_counts, f1_wilson, wilson_crossed
from mirage.tables.layout import NOTHING, Panel, Presented, number, with_interval
from on_the_books import external_plan, published_plan

if TYPE_CHECKING:
    from mirage.results import Results

OWN, SUPPLEMENT = "own test rows", "supplement"
COLUMNS = ["agent", "repository", "commit", "rows", "split", "status", "n", "positives", "tp", "fp", "fn", "precision"]
COLUMNS += ["recall", "recall_low", "recall_high", "f1", "f1_low", "f1_high", "reported_f1", "reason"]

TABLE = Table(
    title="The published models themselves",
    question="Do the weights that the agents published keep their F1, and do they find Jim Crow laws that they never saw?",
    reads=lambda study: [PROVENANCE, external_plan.SECTIONS, published_plan.SCORES, published_plan.RECORD],
    options=lambda study: {"models": published_plan.models_here(study), "study": study.estimate_options},
    resources=("published.csv",),
    made=lambda study: "supplement" in study.config["data"] and bool(published_plan.models_here(study)),
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`published_models_table` of the run."""
    return published_models_table(
        results.parquet(published_plan.SCORES),
        _records(results),
        results.parquet(external_plan.SECTIONS),
        results.options["models"],
        results.resource_table("published.csv"),
        results.design.level,
    )


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return one panel, and what stands behind it."""
    notes = [
        "The weights are the agents' own; nothing is trained here. Those that say how they chose the epoch chose it on these rows.",
        "Which function drew a split is not stated for every agent, and rows of another draw may have been trained on.",
    ]
    lacking = table[(table["rows"] == OWN) & (table["status"] == MISSING)]
    notes += [f"{results.titles[row.agent]}: not scored, {row.reason}." for row in lacking.itertuples()]
    return [published_models_panel(table, results.titles, results.design.level)], notes


def stamp(table: pd.DataFrame, results: Results) -> str | None:
    """Return the stamp of the data, and that of stand-in weights."""
    return stamp_with(stamp_of(results.provenance), _records(results).values())


def _records(results: Results) -> dict[str, Any]:
    records: dict[str, Any] = results.json(published_plan.RECORD)["models"]
    return records


def published_models_table(
    scores: pd.DataFrame,
    records: Mapping[str, Mapping[str, Any]],
    sections: pd.DataFrame,
    models: Mapping[str, Mapping[str, Any]],
    published: pd.DataFrame,
    level: float,
) -> pd.DataFrame:
    """Measure each published model at threshold 0.5 on its own test rows and on the supplementary laws, which are all positive.

    F1 has Wilson's interval on the Jaccard index, and recall Wilson's at the effective number of units: one fitted model on further
    rows like these.

    Parameters
    ----------
    scores:
        ``agent, row_id, external, score``.
    records:
        By agent its ``checkpoint``, or why it is ``missing``.
    sections:
        The corpus's rows and the supplement's; ``row_id, external, label, unit``.
    models:
        The agents' entries.
    published:
        Published values (resources/published.csv).

    Returns
    -------
    DataFrame
        Two rows a model, with the columns of :data:`COLUMNS`; F1 and precision are nan where no row is negative.
    """
    known = scores.astype({"external": bool}).merge(
        sections[["row_id", "external", "label", "unit"]], on=["row_id", "external"]
    )
    rows = []
    for agent, entry in models.items():
        record, reported = records[agent], _reported(published, agent)
        about = {"agent": agent, "repository": entry[PUBLISHED], "commit": record.get("checkpoint", {}).get("commit")}
        for name, external in ((OWN, False), (SUPPLEMENT, True)):
            row = {**about, "rows": name, "split": None if external else published_plan.split_of(entry)}
            row["reported_f1"] = math.nan if external else reported
            tested = known[(known["agent"] == agent) & (known["external"] == external)]
            if tested.empty:
                reason = record.get("missing") or "no supplementary row is in reach"
                rows.append({**row, "status": MISSING, "n": 0, "reason": reason})
            else:
                rows.append({**row, "status": COMPLETE, **_measured(tested, level)})
    return pd.DataFrame(rows, columns=COLUMNS)


def _reported(published: pd.DataFrame, agent: str) -> float:
    found = published[(published["agent"] == agent + AS_RUN_SUFFIX) & (published["metric"] == "f1")]
    return float(found["value"].iloc[0]) if len(found) else math.nan


def _measured(tested: pd.DataFrame, level: float) -> dict[str, Any]:
    positive, called = tested["label"] == 1, tested["score"] > THRESHOLD
    tp, fp, fn = int((positive & called).sum()), int((~positive & called).sum()), int((positive & ~called).sum())
    found: dict[str, Any] = {"n": len(tested), "positives": tp + fn, "tp": tp, "fp": fp, "fn": fn}
    if tp + fn:
        hits = called[positive].to_numpy()[None, :]
        low, high = wilson_crossed(hits, level, tested.loc[positive, "unit"].to_numpy())
        found |= {"recall": tp / (tp + fn), "recall_low": low, "recall_high": high}
    if (~positive).any():
        low, high = f1_wilson(tp, fp, fn, level)
        found |= {"f1": f1_from_counts(tp, fp, fn), "f1_low": low, "f1_high": high}
        found |= {"precision": tp / (tp + fp) if tp + fp else math.nan}
    return found


def published_models_panel(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> Panel:
    """Lay the table out for a reader, one line a model."""
    own, supplement = (table[table["rows"] == name].set_index("agent") for name in (OWN, SUPPLEMENT))
    cells = pd.DataFrame(
        {
            "model of": [titles[agent] for agent in own.index],
            "on the Hub": own["repository"].tolist(),
            "its own split": own["split"].tolist(),
            "F1 there": _estimates(own, "f1"),
            "F1 on its card": [NOTHING if math.isnan(value) else number(value, 4) for value in own["reported_f1"]],
            "precision": [number(value) for value in own["precision"]],
            "recall": _estimates(own, "recall"),
            "recall on the supplement": _estimates(supplement, "recall"),
        }
    )
    caption = f"F1, precision and recall of the positive class at threshold {THRESHOLD:g}, with {level:.0%} intervals"
    return Panel(caption, cells)


def _estimates(rows: pd.DataFrame, name: str) -> Sequence[str]:
    triples = zip(rows[name], rows[f"{name}_low"], rows[f"{name}_high"], strict=True)
    return [with_interval(*(float(value) for value in triple)) for triple in triples]

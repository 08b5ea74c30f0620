"""The dose curve of exposure: recall on the same rows by how many of their group's other rows are trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.design import BOOTSTRAP, Design
from mirage.held_out.sources import HeldSource, sources_of, with_titles
from mirage.held_out.taken_apart import LETTERS, dose_of
from mirage.lazy import pandas as pd
from mirage.states import COMPLETE
from mirage.stats.bootstrap import SHARE, Outcomes, basis, paired_basis, percentile_interval
from mirage.tables import apart
from mirage.tables.cells import about_interval, about_positives, shown, signed
from mirage.tables.layout import NOTHING, Panel, Presented

if TYPE_CHECKING:
    from mirage.results import Results
    from mirage.study.grid import Study

COLUMNS = ["agent", "source", "dose", "split", "status", "seeds", "positives", "units", "recall", "low", "high"]
COLUMNS += ["difference", "diff_low", "diff_high", "interval"]


def _curves(study: Study) -> list[str]:
    return [
        scheme
        for entry in study.taken_apart
        if entry["doses"]
        for scheme in (entry["arms"][LETTERS.index("out")], *entry["doses"], entry["arms"][LETTERS.index("size")])
    ]


TABLE = apart.declare(
    title="Exposure by dose",
    question="How does recall on the rows of a «group» grow with the share of its other rows that is trained on?",
    schemes=_curves,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`dose_table` of the run."""
    sources = sources_of(results)
    return dose_table(results.outcomes(_schemes(sources)), results.design, sources)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return a panel a held-out source that has doses."""
    sources = sources_of(results)
    notes = apart.notes_of(results, "dose", table, _schemes(sources))
    return dose_panels(with_titles(table, sources), results.titles, results.design.level), notes


def _schemes(sources: Sequence[HeldSource]) -> list[str]:
    return [scheme for source in sources for scheme in source.curve]


def dose_table(decided: Mapping[str, pd.DataFrame], design: Design, sources: Sequence[HeldSource]) -> pd.DataFrame:
    """Measure recall on each source's positive rows by the share of its rows of the other folds that is trained on.

    The number of training rows is the same at every dose: as many rows of the others leave as rows of the source enter. All points of a
    curve are of the seeds that every dose has, and one bootstrap over units crossed with seeds (Owen 2007) draws them together.

    Parameters
    ----------
    decided:
        The decided test rows of each curve's schemes: ``split, agent, seed, row, y, predicted, unit``.

    Returns
    -------
    DataFrame
        A row a point: ``agent, source, dose`` (0 is the arm out, 1 the arm in at the size of out), ``split, status, seeds, positives,
        units, recall, low, high``; ``difference`` (recall minus that at dose 0; nan there) with ``diff_low, diff_high``; ``interval``.
        Where a planned run of any dose is missing, or fewer than five units hold the source's positive rows, ``status`` says so at each.
    """
    records = []
    for source in sources:
        for agent in design.agents:
            found = apart.same_positives(decided, source.curve, agent, design) if source.curve else None
            if found is not None:
                record, outcomes = found
                points = [
                    {"agent": agent, "source": source.name, "dose": dose_of(design.facts[split]), "split": split, **record}
                    for split in source.curve
                ]
                if outcomes:
                    generator = design.generator("dose", source.arm("out"), agent)
                    recalls, drawn = apart.paired_recalls(outcomes, design.draws, generator)
                    estimates = _estimates(outcomes, recalls, drawn, design.level)
                    points = [one | more for one, more in zip(points, estimates, strict=True)]
                records += points
    return pd.DataFrame(records, columns=COLUMNS)


def _estimates(outcomes: Sequence[Outcomes], recalls: Sequence[float], drawn: Any, level: float) -> list[dict[str, Any]]:
    points = []
    for place, recall in enumerate(recalls):
        low, high = percentile_interval(drawn[place], level, basis(outcomes[place]), SHARE)
        one: dict[str, Any] = {"recall": recall, "low": low, "high": high, "interval": BOOTSTRAP}
        if place:
            low, high = percentile_interval(drawn[place] - drawn[0], level, paired_basis(outcomes[place], outcomes[0]))
            one |= {"difference": recall - recalls[0], "diff_low": low, "diff_high": high}
        points.append(one)
    return points


def dose_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """Two panels a held-out source, agents down and doses across: recall, and its change from dose 0."""
    panels = []
    for source, part in table.groupby("source", sort=False):
        about = (
            f"{about_positives(part)} of {source}, threshold 0.5, by the share of their «group»'s rows of the other folds that is "
            f"trained on, at one number of training rows; {about_interval(part, level)}. All points of a line are of the seeds that every "
            "share has."
        )
        change = "Change in recall from share 0: positive where recall rises as more of the «group» is trained on;"
        panels.append(Panel(f"Recall {about}", _cells(part, titles, ("recall", "low", "high"))))
        panels.append(
            Panel(f"{change} {about}", _cells(part[part["dose"] > 0], titles, ("difference", "diff_low", "diff_high")))
        )
    return panels


def _cells(part: pd.DataFrame, titles: Mapping[str, str], columns: tuple[str, str, str]) -> pd.DataFrame:
    records = []
    for agent in shown(part, titles):
        own = part[part["agent"] == agent].sort_values("dose", kind="stable").to_dict("records")
        cells = {f"{row['dose']:.0%}": signed(*(row[name] for name in columns)) for row in own}
        if own[0]["status"] != COMPLETE:
            cells = dict.fromkeys(cells, NOTHING) | {list(cells)[-1]: own[0]["status"]}
        records.append({"agent": titles[agent], **cells})
    return pd.DataFrame(records)

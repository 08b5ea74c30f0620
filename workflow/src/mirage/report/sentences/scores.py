"""F1 on the reference scheme and held out, and the gap between the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage.lazy import pandas as pd
from mirage.listing import listing
from mirage.report.sentences.evidence import Estimate, Evidence
from mirage.report.sentences.listings import GAP
from mirage.tables.layout import number

if TYPE_CHECKING:
    from mirage.report.sentences.evidence import Row


def f1_of_agents(evidence: Evidence) -> str | None:
    """Tell each agent's F1 on its reference, with its interval."""
    by_reference = _by_reference(evidence)
    if not by_reference:
        return None
    parts = [
        f"{evidence.plain(name)}: {listing([f'{evidence.called(row.agent)} {_f1(row._asdict())}' for row in rows.itertuples()], 'and')}"
        for name, rows in by_reference.items()
    ]
    return f"F1, {'; by another scheme, '.join(parts)}."


def range_of_f1(evidence: Evidence) -> str | None:
    """Tell between which agents the F1 on the headline's reference lies, and what calling everything positive scores there."""
    rows = _by_reference(evidence).get(str(evidence.reference))
    if rows is None:
        return None
    least, most = (rows.loc[place] for place in (rows["f1"].idxmin(), rows["f1"].idxmax()))
    said = f"of {evidence.introduced(most['agent'])} is {_f1(most)}"
    if len(rows) > 1:
        ends = [f"{number(row['f1'])} for {evidence.introduced(row['agent'])}" for row in (least, most)]
        said = f"lies between {ends[0]} and {ends[1]}, point estimates"
    dummy = number(most["always_positive_f1"])
    return f"F1 ({evidence.plain(str(evidence.reference))}) {said}; calling everything positive scores {dummy}."


def gap_of_headline(evidence: Evidence) -> str | None:
    """Tell the headline's two F1s and what the interval of their gap shows."""
    rows = evidence.rows("gap", agent=evidence.headline["agent"], held_out=evidence.headline["held_out"])
    if rows.empty:
        return None
    [row] = rows.to_dict("records")
    gap = Estimate.of(row, "gap")
    shown = {1: f"a gap of {gap}", -1: f"no gap but a rise: {gap}"}.get(gap.sign, f"no gap is shown: {gap}")
    return (
        f"{evidence.called(row['agent'])} scores F1 {number(row['f1_reference'])} ({evidence.plain(row['reference'])}) and "
        f"{number(row['f1_held_out'])} ({evidence.plain(row['held_out'])}); {shown}. Calling everything positive scores "
        f"{number(row['always_positive_reference'])} and {number(row['always_positive_held_out'])} on the same «rows»."
    )


def gaps_of_others(evidence: Evidence) -> str | None:
    """Tell the same gap of every other agent, by what its interval shows, apart where it is taken from another reference."""
    rows = evidence.rows("gap", held_out=evidence.headline["held_out"])
    if rows.empty:
        return None
    rows = rows[rows["agent"] != evidence.headline["agent"]]
    own = rows["reference"] == evidence.reference
    parts = [f"The same gap of the other agents: {_gaps(evidence, rows[own])}"] if own.any() else []
    for name, part in rows[~own].groupby("reference", sort=False):
        parts.append(
            f"Against another reference ({evidence.plain(str(name))}), which does not compare: {_gaps(evidence, part)}"
        )
    return f"{'. '.join(parts)}." if parts else None


def gaps_elsewhere(evidence: Evidence) -> str | None:
    """Tell the headline agent's gap on every other test set held out that leaves enough to train on."""
    rows = evidence.rows("gap", agent=evidence.headline["agent"])
    if rows.empty:
        return None
    rows = rows[~rows["held_out"].isin([evidence.headline["held_out"], *evidence.not_valid])]
    if rows.empty:
        return None
    named = [(evidence.plain(row.held_out), Estimate.of(row._asdict(), "gap")) for row in rows.itertuples()]
    return f"{evidence.called(evidence.headline['agent'])} on the other test sets held out: {GAP.listed(named)}."


def notes_on_agents(evidence: Evidence) -> str | None:
    """Tell what has to be known of the agents that have a gap."""
    rows = evidence.rows("gap", held_out=evidence.headline["held_out"])
    agents = [] if rows.empty else [agent for agent in rows["agent"] if evidence.note(agent)]
    return f"{'. '.join(f'Of {evidence.called(agent)}: {evidence.note(agent)}' for agent in agents)}." if agents else None


def _by_reference(evidence: Evidence) -> dict[str, pd.DataFrame]:
    """Return the F1 of the agents by the scheme that their gaps are taken from, the headline's first."""
    gap = evidence.tables.get("gap")
    if gap is None or evidence.rows("f1").empty:
        return {}
    references = gap.groupby("agent", sort=False)["reference"].first()
    rows = evidence.rows("f1")
    rows = rows[rows["split"] == rows["agent"].map(references)]
    names = sorted(rows["split"].unique(), key=lambda name: name != evidence.reference)
    return {str(name): rows[rows["split"] == name] for name in names}


def _f1(row: Row) -> str:
    return str(Estimate.of(row, "f1"))


def _gaps(evidence: Evidence, rows: pd.DataFrame) -> str:
    return GAP.listed([(evidence.called(row.agent), Estimate.of(row._asdict(), "gap")) for row in rows.itertuples()])

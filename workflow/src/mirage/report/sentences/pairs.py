"""Whether agents differ on the same test rows."""

from __future__ import annotations

from mirage.listing import listing
from mirage.report.sentences.evidence import Estimate, Evidence
from mirage.tables.layout import number

LIMIT = 0.05  # a smaller p value, after Holm's correction, says that two agents differ


def pairs_that_differ(evidence: Evidence) -> str | None:
    """Count the pairs of agents that differ on the same rows of the first scheme compared, after the correction for all pairs."""
    rows = evidence.rows("comparisons")
    rows = rows if rows.empty else rows[rows["against"].isin(evidence.told)].dropna(subset=["p_holm"])
    if rows.empty:
        return None
    scheme = str(rows["split"].iloc[0])
    own = rows[rows["split"] == scheme]
    differ = int((own["p_holm"] < LIMIT).sum())
    where, limit = f"on the same «rows» ({evidence.plain(scheme)})", f"in F1 at {number(LIMIT, 2)}, after Holm's correction"
    if len(own) == 1:
        return f"The two agents compared {where} {'differ' if differ else 'are not shown to differ'} {limit}."
    told = {0: "none is shown to differ", 1: "one differs"}.get(differ, f"{differ} differ")
    return f"Of {len(own)} pairs of agents compared {where}, {told} {limit}."


def drops_against_headline(evidence: Evidence) -> str | None:
    """Tell of every agent whether its drop is shown to be smaller or larger than the headline agent's on the same rows."""
    agent = evidence.headline["agent"]
    rows = evidence.rows("drop_differences", against=agent)
    rows = rows if rows.empty else rows.dropna(subset=["low"])
    if rows.empty:
        return None
    said: dict[int, list[str]] = {-1: [], 1: [], 0: []}
    for row in rows.to_dict("records"):
        difference = Estimate.of(row, "difference")
        said[difference.sign].append(f"{evidence.called(row['agent'])} {difference}")
    heads = {-1: "smaller for", 1: "larger for", 0: "not told apart for"}
    parts = [f"{heads[sign]} {listing(told, 'and')}" for sign, told in said.items() if told]
    where = evidence.groups(rows.iloc[0])
    return f"On the same «rows» of {where}, held out, the drop less that of {evidence.called(agent)} is {'; '.join(parts)}."

"""What the gap comes from: its terms, and what rows of the held-out group in training are worth."""

from __future__ import annotations

from collections.abc import Mapping

from mirage.listing import listing
from mirage.report.sentences.evidence import Estimate, Evidence, gap_of
from mirage.report.sentences.listings import Shown
from mirage.tables.decomposition import GAP, TERMS
from mirage.tables.overview import SOURCE_HELD_OUT, TRAINED_ON

MOST = 5  # groups that one sentence names
WORTH = Shown("it is above zero for", "it is below zero for", "it is not told apart from zero for")


def terms_of_gap(evidence: Evidence) -> str | None:
    """Tell the terms of the headline agent's gap, the greatest first, and whose intervals leave out zero."""
    source = evidence.source("decomposition")
    rows = evidence.rows("decomposition", agent=evidence.headline["agent"], source=source)
    if rows.empty:
        return None
    by_term = {row["term"]: Estimate.of(row, "value") for row in rows.to_dict("records")}
    terms = sorted(TERMS, key=lambda name: -abs(by_term[name].value))
    clear = [term for term in terms if by_term[term].sign]
    gap = _gap(evidence, by_term)
    shown = {1: "", -1: " (a rise)"}.get(gap.sign, " (no gap is shown)")
    ends = "No term's interval leaves out zero"
    if clear:
        ends = f"Zero lies outside the interval{'s' if len(clear) > 1 else ''} of {listing(clear, 'and')} only"
    listed = ", ".join(f"{term} {by_term[term]}" for term in terms)
    agent = evidence.called(evidence.headline["agent"])
    return f"{agent}, {evidence.spoken(source)} held out: the gap of {gap}{shown} is the sum of {listed}. {ends}."


def largest_term(evidence: Evidence) -> str | None:
    """Tell the headline agent's gap and its largest term, where the intervals of both leave out zero; without such a term say so."""
    source = evidence.source("decomposition")
    rows = evidence.rows("decomposition", agent=evidence.headline["agent"], source=source)
    if rows.empty:
        return None
    by_term = {row["term"]: Estimate.of(row, "value") for row in rows.to_dict("records")}
    gap, agent = _gap(evidence, by_term), evidence.called(evidence.headline["agent"])
    if gap.sign <= 0:
        return f"With {evidence.spoken(source)} held out no gap is shown for {agent}: {gap}."
    clear = {term: by_term[term] for term in TERMS if by_term[term].sign > 0}
    why = "no part of it has an interval above zero"
    if clear:
        term, value = max(clear.items(), key=lambda item: item[1].value)
        why = f"its largest part with an interval above zero is “{term}”, {value}"
    return f"With {evidence.spoken(source)} held out, the gap of {agent} is {gap}; {why}."


def _gap(evidence: Evidence, by_term: Mapping[str, Estimate]) -> Estimate:
    """Return the gap that is taken apart, as the headline's sentence has it where it is the headline's."""
    told = gap_of(evidence.tables, evidence.headline) if evidence.headline.get("taken_apart") else None
    return told or by_term[GAP]


def exposure(evidence: Evidence) -> str | None:
    """Tell for every agent what the group's other rows in training are worth in recall, by what its interval shows."""
    return _exposure(evidence, list(evidence.titles))


def exposure_of_headline(evidence: Evidence) -> str | None:
    """Tell the same of the headline agent alone."""
    return _exposure(evidence, [evidence.headline["agent"]])


def _exposure(evidence: Evidence, agents: list[str]) -> str | None:
    source = evidence.source("exposure")
    rows = evidence.rows("exposure", source=source)
    if rows.empty:
        return None
    rows = rows[rows["agent"].isin(agents)]
    if rows.empty:
        return None
    named = [(evidence.called(row.agent), Estimate.of(row._asdict(), "difference")) for row in rows.itertuples()]
    return (
        f"Exposure is recall with the «group»'s other «rows» in training less recall without them, on the same "
        f"{rows['positives'].iloc[0]:.0f} positive «rows» ({evidence.spoken(source)}) and with as many training «rows»: "
        f"{WORTH.listed(named)}."
    )


def recall_by_group(evidence: Evidence) -> str | None:
    """Tell the headline agent's recall of the groups whose recall differs most between training with and without them."""
    recalls = evidence.rows("overview", agent=evidence.headline["agent"])
    if recalls.empty:
        return None
    recalls = recalls.dropna(subset=["group", "value"])
    with_it, without = (recalls[recalls["what"] == what].set_index("group") for what in (TRAINED_ON, SOURCE_HELD_OUT))
    both = with_it.index.intersection(without.index, sort=False)
    if both.empty:
        return None
    differs = (with_it.loc[both, "value"] - without.loc[both, "value"]).abs()
    told = differs.sort_values(ascending=False, kind="stable").index[:MOST]
    parts = [
        f"{group} {Estimate.of(with_it.loc[group], 'value')} and {Estimate.of(without.loc[group], 'value')}" for group in told
    ]
    which = (
        f"the {MOST} of {len(both)} «groups» where it differs most, by point estimates" if len(both) > MOST else "each «group»"
    )
    return (
        f"Recall of {evidence.called(evidence.headline['agent'])} for {which}, with it in training and with it held out: "
        f"{'; '.join(parts)}."
    )

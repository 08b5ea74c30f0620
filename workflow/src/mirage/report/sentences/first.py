"""What stands on the first screen: one word for each agent, and one sentence over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mirage.lazy import pandas as pd
from mirage.listing import listing
from mirage.report.sentences.evidence import Estimate, Evidence
from mirage.report.sentences.no_group import holds_no_group_out
from mirage.report.sentences.verdict import falls_elsewhere
from mirage.tables.layout import number
from mirage.tables.new_group import ONE
from mirage.tables.verdict import CANNOT_TELL, FALLS, HOLDS, WORDS

if TYPE_CHECKING:
    from mirage.report.sentences.evidence import Row

NO_GROUP = "no «group» is held out"
SAID = ((FALLS, "falls"), (HOLDS, "holds"), (CANNOT_TELL, "cannot be told to hold or to fall"))


@dataclass(frozen=True)
class Verdict:
    """The word for one agent.

    Attributes
    ----------
    agent, title:
        Its name in the configuration, and what it is called.
    word:
        One of :data:`mirage.tables.verdict.WORDS`.
    said:
        What is written beside the word: the drop with its interval, or why nothing can be told.
    drop:
        The drop in points of the measure; None where none was estimated.
    basis:
        On how many rows, against which scheme, and at which margin; empty without a drop.
    """

    agent: str
    title: str
    word: str
    said: str
    drop: float | None = None
    basis: str = ""


def verdicts(evidence: Evidence) -> list[dict[str, Any]]:
    """Return the :class:`Verdict` of every agent that was run, as plain values; those of a study without a judged drop say why."""
    return [asdict(verdict) for verdict in _verdicts(evidence)]


def lead(evidence: Evidence) -> str | None:
    """Tell in one sentence for how many agents the F1 holds, falls, and cannot be told; in a second one in which groups it falls."""
    found = _verdicts(evidence)
    if not found:
        return None
    measure = evidence.measure.name
    if holds_no_group_out(evidence):
        return (
            f"No «group» is held out, so whether {measure} holds on «rows» from elsewhere cannot be told; what follows is about "
            "«rows» like these."
        )
    by_word = {word: [verdict for verdict in found if verdict.word == word] for word in WORDS}
    told = [(word, verb) for word, verb in SAID if by_word[word]]
    parts = [f"{verb} for {len(by_word[word])}" for word, verb in told]
    parts[0] = f"{told[0][1]} for {_counted(len(by_word[told[0][0]]), len(found), told[0][0])}"
    if by_word[FALLS]:
        parts[0] += f" (by {_reach(by_word[FALLS])})"
    elsewhere = falls_elsewhere(evidence)
    return f"{_where(evidence)}, {measure} {listing(parts, 'and')}." + (f" {elsewhere}" if elsewhere else "")


def about(evidence: Evidence) -> str | None:
    """Say what the drops beside the words are, at which margin they are judged, and that brackets are intervals."""
    rows = _judged(evidence)
    if rows.empty:
        return None
    measure, references = evidence.measure, listing([evidence.plain(name) for name in rows["reference"].unique()], "or")
    return (
        f"Drop in {measure.name} from {references} to {_held(evidence)}, at {measure.shares}; margin "
        f"{number(rows['margin'].iloc[0], 2)}. Each agent is judged by itself."
    )


def notes(evidence: Evidence) -> list[str]:
    """Tell what has to be known of the agents that have a word."""
    found = [(verdict.title, evidence.note(verdict.agent)) for verdict in _verdicts(evidence)]
    return [f"{title}: {note}." for title, note in found if note]


def _counted(own: int, every: int, word: str) -> str:
    if own < every or every == 1:
        return f"{own} of {every} agents" if every > 1 else "the one agent"
    if every == 2:
        return "either agent" if word == CANNOT_TELL else "both agents"
    return f"any of {every} agents" if word == CANNOT_TELL else f"all {every} agents"


def _reach(falling: Sequence[Verdict]) -> str:
    drops = [verdict.drop for verdict in falling if verdict.drop is not None]
    least, most = number(min(drops)), number(max(drops))
    return least if len(drops) == 1 else f"{least} to {most}, point estimates"


def _where(evidence: Evidence) -> str:
    kind = evidence.answer.kind
    if kind is None:
        return f"On «rows» of {_held(evidence)} that no agent was trained on"
    return "In one new «group» like those of this study" if kind == ONE else "In new «groups» like those of this study"


def _held(evidence: Evidence) -> str:
    kind, rows = evidence.answer.kind, evidence.answer.rows
    if kind is None:
        return evidence.groups(rows.iloc[0])
    return "one new «group»" if kind == ONE else "new «groups»"


def _judged(evidence: Evidence) -> pd.DataFrame:
    rows = evidence.answer.rows
    return rows if rows.empty else rows[rows["word"].isin(WORDS)]


def _verdicts(evidence: Evidence) -> list[Verdict]:
    rows = evidence.answer.rows
    if rows.empty and holds_no_group_out(evidence):
        agents = evidence.rows("gap")["agent"].unique()
        return [Verdict(agent, evidence.titles[agent], CANNOT_TELL, NO_GROUP) for agent in agents]
    return [_verdict(evidence, row) for row in rows.to_dict("records")]


def _drop(row: Row) -> Estimate | None:
    if row["word"] not in WORDS:
        return None
    return Estimate.of(row, "drop")


def _verdict(evidence: Evidence, row: Row) -> Verdict:
    title, drop = evidence.titles[row["agent"]], _drop(row)
    if drop is None:
        # What follows the colon is advice on the configuration.
        return Verdict(row["agent"], title, CANNOT_TELL, str(row["status"]).partition(":")[0])
    said = f"by {drop}" if row["word"] == FALLS else f"drop {drop}"
    return Verdict(row["agent"], title, row["word"], said, drop.value, _basis(evidence, row))


def _basis(evidence: Evidence, row: Row) -> str:
    measure = evidence.measure
    count = row.get("positives")
    rows = f"{count:,.0f} {measure.rows} held out; " if count is not None and not pd.isna(count) else ""
    both = f"{measure.name} {number(row['f1_reference'])} on {evidence.plain(row['reference'])}, {number(row['f1_held_out'])} held out"
    return f"{rows}{both}; margin {number(row['margin'], 2)}"

"""All sessions of the study: read once each, measured and searched together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mirage.traces.columns import Columns
from mirage.traces.evidence import Verdict
from mirage.traces.fetch import AVAILABLE
from mirage.traces.gather import parts_beside
from mirage.traces.measures import Measures
from mirage.traces.noticed import Noticed
from mirage.traces.record import Observed
from mirage.traces.redact import printable, redact
from mirage.traces.rulings import Ruling, ruled, void
from mirage.traces.seen import Seen
from mirage.traces.sessions import NoSession, Session
from mirage.traces.steps import steps
from mirage.traces.tools import Grouping

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Terms:
    """How sessions are looked at.

    Attributes
    ----------
    grouping:
        Tools by group.
    columns:
        Label and group that questions ask for; None where nobody declared them.
    rulings:
        Answers by people.
    excerpts:
        Whether words of the sessions are shown as evidence, redacted; the places always are.
    """

    grouping: Grouping
    columns: Columns | None = None
    rulings: Sequence[Ruling] = ()
    excerpts: bool = False


def observe(manifest: Mapping[str, Any], agents: Iterable[str], locate: Callable[[str], Path], terms: Terms) -> Observed:
    """Read every session that the manifest says is there, in the order of ``agents``; ``locate`` says where an agent's lies.

    A file that holds no session of a known format is told in one line and counts as no trace.
    """
    observed = Observed({}, {}, {}, manifest["stamp"])
    for agent in agents:
        trace = manifest["traces"][agent]
        observed.values[agent] = observed.verdicts[agent] = None
        observed.sessions[agent] = unread(trace["file"], trace["sha256"], trace["reason"])
        if trace["status"] == AVAILABLE:
            path = locate(agent)
            look(observed, agent, path, parts_beside(path), terms)
    for line in void(terms.rulings, [own["sha256"] for own in observed.sessions.values() if own["sha256"]]):
        logger.warning("traces: %s", line)
    return observed


def unread(file: str, digest: str | None, reason: str | None) -> dict[str, Any]:
    """Return the record of a session that is not read, or not yet."""
    record: dict[str, Any] = {"file": printable(redact(file)), "sha256": digest, "format": None, "reason": reason}
    return record | {"lines": 0, "broken": 0, "problems": [], "outside": {}, "unknown": {}, "exceptions": {}, "written": {}}


def look(observed: Observed, agent: str, path: Path, parts: Sequence[Path], terms: Terms, others: Seen | None = None) -> None:
    """Read one session and put what is found beside the others'.

    Parameters
    ----------
    parts:
        Files of its sub-agents.
    others:
        What was read before of other sessions: what this one copies of them is searched, and not counted again.
    """
    record = observed.sessions[agent]
    try:
        session = Session(path, parts, others=others)
        measures, noticed = Measures(terms.grouping), Noticed(terms.columns)
        for step in steps(session.events()):
            measures.see(step)
            noticed.see(step)
    except NoSession as reason:
        record["reason"] = f"{record['file']}: {redact(str(reason))}"
        logger.warning("traces: %s", record["reason"])
        return
    broken = session.broken
    for problem in broken.first:
        logger.warning("traces: %s, %s", record["file"], problem)
    if broken.count > len(broken.first):
        logger.warning("traces: %s, %d more unreadable lines", record["file"], broken.count - len(broken.first))
    observed.values[agent] = measures.values(session.lines, broken.count, session.repeated)
    answers = ruled(noticed.verdicts(broken.count), record["sha256"], terms.rulings)
    observed.verdicts[agent] = {question: _shown(verdict, terms.excerpts) for question, verdict in answers.items()}
    record |= {"format": session.format, "lines": session.lines, "broken": broken.count, "problems": broken.first}
    record |= {name: dict(getattr(measures, name)) for name in ("outside", "unknown", "exceptions", "written")}
    if measures.outside:
        logger.warning(
            "traces: %s: tools that no group lists, counted as other: %s", record["file"], ", ".join(measures.outside)
        )


def _shown(verdict: Verdict, excerpts: bool) -> Verdict:
    if excerpts:
        return verdict
    return replace(verdict, evidence=tuple(replace(place, excerpt="") for place in verdict.evidence))

"""All sessions of the study: read once each, measured and searched together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from mirage.traces.fetch import AVAILABLE
from mirage.traces.measures import Measures
from mirage.traces.noticed import Noticed
from mirage.traces.record import Observed
from mirage.traces.redact import redact
from mirage.traces.sessions import NoSession, Session
from mirage.traces.steps import steps
from mirage.traces.tools import Grouping

logger = logging.getLogger(__name__)


def observe(manifest: Mapping[str, Any], agents: Iterable[str], locate: Callable[[str], Path], grouping: Grouping) -> Observed:
    """Read every session that the manifest says is there, in the order of ``agents``; ``locate`` says where an agent's lies.

    A file that holds no session of a known format is told in one line and counts as no trace.
    """
    observed = Observed({}, {}, {}, manifest["stamp"])
    for agent in agents:
        trace = manifest["traces"][agent]
        observed.values[agent] = observed.verdicts[agent] = None
        record: dict[str, Any] = {"file": trace["file"], "sha256": trace["sha256"], "format": None, "reason": trace["reason"]}
        record |= {"lines": 0, "broken": 0, "problems": [], "outside": {}, "unknown": {}, "exceptions": {}, "written": {}}
        observed.sessions[agent] = record
        if trace["status"] != AVAILABLE:
            continue
        try:
            session = Session(locate(agent))
        except NoSession as reason:
            record["reason"] = f"{trace['file']}: {redact(str(reason))}"
            logger.warning("traces: %s", record["reason"])
            continue
        measures, noticed = Measures(grouping), Noticed()
        for step in steps(session.events()):
            measures.see(step)
            noticed.see(step)
        broken = session.broken
        for problem in broken.first:
            logger.warning("traces: %s, %s", trace["file"], problem)
        if broken.count > len(broken.first):
            logger.warning("traces: %s, %d more unreadable lines", trace["file"], broken.count - len(broken.first))
        observed.values[agent] = measures.values(session.lines, broken.count)
        observed.verdicts[agent] = noticed.verdicts(broken.count)
        record |= {"format": session.format, "lines": session.lines, "broken": broken.count, "problems": broken.first}
        record |= {name: dict(getattr(measures, name)) for name in ("outside", "unknown", "exceptions", "written")}
        if measures.outside:
            logger.warning(
                "traces: %s: tools that no group lists, counted as other: %s", trace["file"], ", ".join(measures.outside)
            )
    return observed

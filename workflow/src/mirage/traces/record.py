"""What one pass over the agents' sessions found, as a file between the steps."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mirage.files import write_json
from mirage.traces.evidence import Evidence, Verdict
from mirage.traces.measures import names
from mirage.traces.tools import Grouping

if TYPE_CHECKING:
    from mirage.results import Results
    from mirage.study.grid import Study

RECORD = "traces/observed.json"


@dataclass(frozen=True)
class Observed:
    """What one pass over the sessions found, by agent; ``values`` and ``verdicts`` are None where there is no session.

    ``sessions`` holds for each agent: file, sha256, format, reason (why it has no format), lines, broken, problems, outside (tools
    no group lists), unknown (types of events), exceptions, and written (files, with how often), none with a secret in it.
    ``stamp`` says where sessions are made up.
    """

    values: dict[str, dict[str, float | None] | None]
    verdicts: dict[str, dict[str, Verdict] | None]
    sessions: dict[str, dict[str, Any]]
    stamp: str | None = None


def write_record(path: Path, observed: Observed) -> None:
    """Write what was found of every session."""
    write_json(path, dataclasses.asdict(observed))


def read_record(results: Results) -> Observed:
    """Return what was found of every session, in the order of the titles: a JSON file is sorted by its keys."""
    record = results.json(RECORD)
    agents = [agent for agent, _ in results.options["titles"]]
    return Observed(
        values={agent: record["values"][agent] for agent in agents},
        verdicts={agent: _verdicts(record["verdicts"][agent]) for agent in agents},
        sessions={agent: record["sessions"][agent] for agent in agents},
        stamp=record["stamp"],
    )


def _verdicts(own: Mapping[str, Any] | None) -> dict[str, Verdict] | None:
    if own is None:
        return None
    return {
        question: Verdict(said["answer"], said["reason"], tuple(Evidence(**place) for place in said["evidence"]))
        for question, said in own.items()
    }


def titles_of(study: Study) -> list[tuple[str, str]]:
    """Return what the agents that left sessions are called, in the order of tables and figures."""
    options = study.config["traces"]
    return [(agent, options["titles"].get(agent, agent)) for agent in options["files"]]


def table_options(study: Study) -> dict[str, Any]:
    """Return what tables of sessions depend on: titles, files, and the names of what is measured."""
    options = study.config["traces"]
    return {"titles": titles_of(study), "files": options["files"], "measures": names(Grouping(options["groups"]))}

"""What one pass over the agents' sessions found, as a file between the steps."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mirage.files import write_json
from mirage.traces.columns import Columns
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
        question: Verdict(
            said["answer"], said["reason"], tuple(Evidence(**place) for place in said["evidence"]), said["ruled_by"]
        )
        for question, said in own.items()
    }


def titles_of(study: Study) -> list[tuple[str, str]]:
    """Return what the agents that left sessions are called, in the order of tables and figures."""
    options = study.config["traces"]
    return [(agent, options["titles"].get(agent, agent)) for agent in options["files"]]


def are_published(study: Study) -> bool:
    """Tell whether the sessions are those that the posts are about: only beside them stands what the posts say.

    Files of a local directory are taken for others, unless the configuration says that they are the published ones.
    """
    options = study.config["traces"]
    return bool(options.get("published", study.config.get("published") and not options["path"]))


def looked_at(study: Study) -> dict[str, Any]:
    """Return the terms on which sessions are looked at, as plain values: columns, rulings and whether words are shown."""
    options, columns = study.config["traces"], Columns.declared(study.config)
    return {
        "columns": dataclasses.asdict(columns) if columns else None,
        "rulings": options.get("rulings"),
        "excerpts": bool(options.get("excerpts", are_published(study))),
    }


def table_options(study: Study) -> dict[str, Any]:
    """Return what tables of sessions depend on: titles, files, the names of what is measured, and whether quotes stand beside."""
    options = study.config["traces"]
    measured = names(Grouping(options["groups"]))
    return {"titles": titles_of(study), "files": options["files"], "measures": measured, "published": are_published(study)}

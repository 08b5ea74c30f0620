"""The command ``mirage sessions PATH ...``: anybody's sessions in numbers, and what was noticed in each."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mirage.errors import StudyError
from mirage.lazy import pandas as pd
from mirage.place import project_root
from mirage.provenance import file_digest
from mirage.tables.layout import NOTHING, Panel, write_table
from mirage.tables.noticed import noticed_notes, noticed_panels
from mirage.tables.traces import trace_notes
from mirage.traces.columns import Columns
from mirage.traces.gather import Gathered, gather
from mirage.traces.measures import measures_table, names
from mirage.traces.noticed import QUESTIONS, meanings, noticed_table
from mirage.traces.record import Observed
from mirage.traces.redact import printable, redact
from mirage.traces.rulings import read_rulings, void
from mirage.traces.seen import Seen
from mirage.traces.study import Terms, look, unread
from mirage.traces.tools import Grouping

logger = logging.getLogger(__name__)

_DRAWN = 40  # sessions that a figure has room for
_QUOTED = ("value", "tolerance", "answer", "published_by", "source", "note")
_SHOWN = ("human prompts", "model turns", "calls", "errors", "tokens: output", "wall time, min", "active time, min")


def sessions(args: argparse.Namespace) -> None:
    """Read the sessions, write ``sessions`` and ``noticed`` as tables, draw both, and print one line a session.

    Raises
    ------
    mirage.errors.StudyError
        When a path stands for no session file, none of the files is a session, or the rulings or the configuration cannot be read.
    """
    config = _config(args.config)
    terms = Terms(
        Grouping(_groups(config)),
        _columns(args, config),
        read_rulings(args.rulings or (config.get("traces") or {}).get("rulings"), list(QUESTIONS)),
        args.excerpts,
    )
    gathered = gather(args.paths)
    observed = observe_all(gathered, terms)
    if not any(own["format"] for own in observed.sessions.values()):
        reasons = list(dict.fromkeys(str(own["reason"]) for own in observed.sessions.values()))
        raise StudyError(f"none of {len(reasons)} files is a session: {reasons[0]}")
    _write(args.output, observed, terms)
    print(overview(observed).to_string(index=False))
    print(f"\n{args.output}: sessions and noticed as csv, md and tex, with figures")


def observe_all(gathered: Sequence[Gathered], terms: Terms) -> Observed:
    """Read gathered sessions one after the other; what one of them copies of another counts in the first only."""
    observed, seen = Observed({}, {}, {}), Seen()
    for session in gathered:
        agent = _unique(printable(redact(session.name)), observed.sessions)
        digest = file_digest(session.path)
        observed.values[agent] = observed.verdicts[agent] = None
        observed.sessions[agent] = unread(session.path.name, digest, None)
        look(observed, agent, session.path, session.parts, terms, seen)
    for line in void(terms.rulings, [own["sha256"] for own in observed.sessions.values()]):
        logger.warning("sessions: %s", line)
    seen.close()
    return observed


def _unique(name: str, taken: Mapping[str, Any]) -> str:
    number = 2
    unique = name
    while unique in taken:
        unique, number = f"{name} ({number})", number + 1
    return unique


def overview(observed: Observed) -> pd.DataFrame:
    """Return a row a session: its format, or why it is not read, and the measures that most ask for."""
    rows = []
    for agent, own in observed.sessions.items():
        values = observed.values[agent] or {}
        cells = {name: NOTHING if (value := values.get(name)) is None else f"{value:,.6g}" for name in _SHOWN}
        rows.append({"session": agent, "format": own["format"] or "not read", **cells})
    return pd.DataFrame(rows)


def _config(path: Path | None) -> Mapping[str, Any]:
    import yaml

    try:
        found = yaml.safe_load((path or project_root() / "config.yaml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StudyError(f"{path}: cannot be read as YAML ({' '.join(str(error).split())})") from None
    if not isinstance(found, Mapping):
        raise StudyError(f"{path}: found no mapping; write a study's configuration")
    return found


def _groups(config: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """Return the tools by group, those of the project's own configuration where another has none."""
    own = (config.get("traces") or {}).get("groups")
    return dict(own or _config(None)["traces"]["groups"])


def _columns(args: argparse.Namespace, config: Mapping[str, Any]) -> Columns | None:
    if args.label or args.group:
        if not (args.label and args.group):
            raise StudyError("--label and --group go together: write both, or neither")
        return Columns(args.label, tuple(args.group), tuple(args.level or ()))
    if args.config is None:
        return None
    if not isinstance(config.get("data"), Mapping):
        raise StudyError(f"{args.config}: data is missing; write a study's configuration, or --label and --group")
    return Columns.declared(config)


def _write(folder: Path, observed: Observed, terms: Terms) -> None:
    titles = {agent: agent for agent in observed.sessions}
    files = {agent: str(own["file"]) for agent, own in observed.sessions.items()}
    counted = measures_table(observed.values, names(terms.grouping), pd.DataFrame(columns=["agent", "measure", *_QUOTED]))
    answered = noticed_table(observed.verdicts, files, pd.DataFrame(columns=["agent", "question", *_QUOTED]))
    wide = pd.DataFrame([_row(agent, own, observed.values[agent], terms.grouping) for agent, own in observed.sessions.items()])
    notes = [note.replace("traces.path", "the path") for note in trace_notes(observed.sessions, titles, None)]
    write_table(folder / "sessions", "Sessions in numbers", wide, _panels(wide, terms.grouping), notes, None)
    beside = noticed_notes(observed.sessions, titles, meanings(), answered, None)
    write_table(
        folder / "noticed", "What was noticed in each session", answered, noticed_panels(answered, titles), beside, None
    )
    _draw(folder, counted, answered, titles, terms.grouping)


def _row(agent: str, own: Mapping[str, Any], values: Mapping[str, float | None] | None, grouping: Grouping) -> dict[str, Any]:
    told = {"session": agent, "format": own["format"] or "", "sha256": own["sha256"], "reason": own["reason"] or ""}
    return told | {name: (values or {}).get(name) for name in names(grouping)}


def _panels(wide: pd.DataFrame, grouping: Grouping) -> list[Panel]:
    measured = names(grouping)
    calls = [name for name in measured if name == "calls" or name.startswith("calls: ")]
    rest = [name for name in measured if name not in calls]
    state = pd.DataFrame(
        {
            "session": wide["session"],
            "format": wide["format"].where(wide["format"] != "", NOTHING),
            "sha256, first 12 digits": wide["sha256"].str[:12],
            "state": wide["reason"].where(wide["reason"] != "", "read"),
        }
    )
    return [
        Panel("The sessions, in the order of their first times.", state),
        Panel("Tool calls by group.", _cells(wide, calls)),
        Panel(f"What else the sessions amount to. “{NOTHING}” is not recorded, and not zero.", _cells(wide, rest)),
    ]


def _cells(wide: pd.DataFrame, measured: Sequence[str]) -> pd.DataFrame:
    def said(value: Any) -> str:
        return NOTHING if pd.isna(value) else f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"

    return pd.DataFrame({"session": wide["session"], **{name: [said(value) for value in wide[name]] for name in measured}})


def _draw(folder: Path, counted: pd.DataFrame, answered: pd.DataFrame, titles: Mapping[str, str], grouping: Grouping) -> None:
    from mirage.figures.noticed import noticed_figure
    from mirage.figures.style import styled, write_figure
    from mirage.figures.tool_calls import tool_calls_figure
    from mirage.lazy import pyplot as plt

    shown = dict(list(titles.items())[:_DRAWN])
    if len(titles) > _DRAWN:
        logger.warning("sessions: the figures show the first %d of %d sessions", _DRAWN, len(titles))
    with styled():
        drawn = {"tool_calls": tool_calls_figure(counted, grouping.names, shown), "noticed": noticed_figure(answered, shown)}
        for name, figure in drawn.items():
            write_figure(figure, folder / f"{name}.svg", folder / f"{name}.png", None)
            plt.close(figure)

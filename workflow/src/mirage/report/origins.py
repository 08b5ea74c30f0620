"""What a run was made from and what it left out, gathered from its files for the report."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mirage.data.rules import left_out_words
from mirage.encoders.described import how_to_run
from mirage.lazy import pandas as pd
from mirage.runs import folder_of, read_records
from mirage.states import NOT_RUN
from mirage.tables.notes import not_run_notes

UNKNOWN = "not known"


def run_records(results: Path, scores: pd.DataFrame) -> list[dict[str, Any]]:
    """Read the record of every run of ours that was scored; that of predictions from elsewhere names no machine, and is none."""
    cells = scores[["split", "agent", "seed"]].drop_duplicates()
    found = []
    for (split, agent), seeds in cells.groupby(["split", "agent"], sort=False)["seed"]:
        records = read_records(folder_of(results, split, agent))
        found += [records[seed] for seed in seeds if "machine" in records.get(seed, {})]
    return found


def commit_of(folder: Path) -> str:
    """Return the git commit of a checkout, and whether files differ from it; "not known" without git and for any other folder.

    A folder below somebody else's checkout, such as an unpacked archive or an environment with this package in it, is no part of
    that, even where its files are committed there.
    """
    try:
        if Path(_git(folder, "rev-parse", "--show-toplevel")).resolve() != folder.resolve():
            return UNKNOWN
        commit = _git(folder, "rev-parse", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN
    return f"{commit}, with changes" if changed else commit


def _git(folder: Path, *arguments: str) -> str:
    # Called from a hook, git would answer for the repository that its variables name.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    called = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(called, check=True, capture_output=True, encoding="utf-8", errors="replace", env=environment)
    return done.stdout.strip()


def provenance_rows(
    data: Mapping[str, Any], records: Sequence[Mapping[str, Any]], traces: Mapping[str, Any] | None, hours: float | None
) -> list[tuple[str, str]]:
    """Say what the data, the runs and the sessions were.

    Parameters
    ----------
    data:
        ``sections.json``.
    records:
        Run records.
    traces:
        ``traces.json``, where the study looks at sessions.
    hours:
        Time of all runs together.
    """
    labels = f"{data['positives']:,} positive" if "positives" in data else f"{len(data['classes']):,} classes"
    rows = [
        ("corpus", f"{data['corpus']}, {data['rows']:,} rows, {labels}"),
        *([("rows left out", left_out_words(data["left_out"]))] if data.get("left_out") else []),
        ("origin", data["origin"]),
        ("revision", data.get("revision") or UNKNOWN),
        ("digest of the normalised rows", data["content_sha256"]),
        ("licence of the data", data["licence"]),
        ("machines of the runs", _counted(_machine(record) for record in records)),
        ("devices of the runs", _counted(_device(record) for record in records)),
        ("versions of the runs", _versions(records)),
    ]
    rows += [("time of the runs", f"{hours:.2f} hours, of one core of a CPU or one GPU")] if hours is not None else []
    rows += [(f"model {name}", said) for name, said in _checkpoints(records).items()]
    rows.append(
        ("code of the runs", "; ".join(f"{agent} {', '.join(codes)}" for agent, codes in _codes(records).items()) or UNKNOWN)
    )
    if traces is not None:
        read = ", ".join(f"{own['file']} (sha256 {own['sha256'][:12]}…)" for own in traces["traces"].values() if own["sha256"])
        rows.append(("sessions", f"{traces['origin']} at {traces['revision'] or UNKNOWN}: {read}" if read else "none in reach"))
    return rows


def _counted(names: Iterable[str]) -> str:
    counts = Counter(names).most_common()
    return "; ".join(f"{name} ({number:,} runs)" for name, number in counts) or "no runs of ours"


def _machine(record: Mapping[str, Any]) -> str:
    return ", ".join(dict.fromkeys(record["machine"].values()))


def _device(record: Mapping[str, Any]) -> str:
    device = record.get("device")
    return f"{device['kind'].upper()} {device['name']}" if device else f"CPU {record['machine']['processor']}"


def _versions(records: Iterable[Mapping[str, Any]]) -> str:
    found: dict[str, dict[str, None]] = {}
    for record in records:
        for name, version in record["versions"].items():
            found.setdefault(name, {})[version] = None
    return ", ".join(f"{name} {' and '.join(sorted(found[name]))}" for name in sorted(found)) or UNKNOWN


def _checkpoints(records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    found = {}
    for record in records:
        checkpoint = record.get("checkpoint")
        if checkpoint:
            weights = checkpoint.get("sha256", {}).get("model.safetensors")
            parts = [f"revision {checkpoint['revision']}", f"commit {checkpoint.get('commit') or UNKNOWN}"]
            parts += [f"from {checkpoint['origin']}"] if checkpoint.get("origin") else []
            found[checkpoint["name"]] = ", ".join(parts + ([f"sha256 of the weights {weights}"] if weights else []))
    return found


def _codes(records: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for record in records:
        found.setdefault(record["inputs"]["agent"], set()).add(record["inputs"]["code"])
    return {agent: sorted(codes) for agent, codes in found.items()}


def not_run_here(grid: Mapping[str, Mapping[str, Any]], titles: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the titles of the ``agents`` that were not run here and ``how`` one is run; None where all were.

    A second recipe of an agent, whose title goes on where that of the first ends, goes without saying.
    """
    agents = [agent for agent, own in grid.items() if own["reason"]]
    if not agents:
        return None
    named = [titles[agent] for agent in agents]
    first = [title for title in named if not any(title.startswith(f"{other}, ") for other in named)]
    return {"agents": first, "how": how_to_run(agents[0])}


def left_out(
    study: Mapping[str, Any],
    reproduction: pd.DataFrame | None,
    sessions: Mapping[str, Any] | None,
    supplement: Mapping[str, Any] | None,
    absent: Sequence[str],
) -> list[str]:
    """Say what was not run or not in reach, in sentences without their full stop.

    Parameters
    ----------
    study:
        ``design`` (with ``grid, schemes, seeds``) and ``titles``, as the tables got them.
    reproduction, sessions, supplement:
        The table of published figures, the records of the sessions and of the supplementary set, where the study has them.
    absent:
        Tables and figures of the report that were not made.
    """
    design, titles = study["design"], dict(study["titles"])
    said = [line.removeprefix("- ").rstrip(".") for note in not_run_notes(design["grid"], titles) for line in note.splitlines()]
    for agent, own in design["grid"].items():
        if not own["reason"] and own["schemes"] and (len(own["schemes"]), len(own["seeds"])) != _all(design):
            did = "has predictions for" if own.get("given") else "ran on"
            said.append(
                f"{titles[agent]} {did} {len(own['schemes'])} of {len(design['schemes'])} schemes, with {len(own['seeds'])} of "
                f"{len(design['seeds'])} seeds"
            )
    if reproduction is not None:
        quoted = reproduction[reproduction["verdict"] == NOT_RUN]
        if len(quoted):
            names = ", ".join(f"{row.published_by} ({row.what})" for row in quoted.itertuples())
            said.append(f"Published figures that are quoted and not rebuilt here: {names}")
    if sessions is not None:
        reasons: dict[str, list[str]] = {}
        for own in sessions.values():
            if not own["format"]:
                reasons.setdefault(own["reason"], []).append(own["file"])
        said += [f"Sessions not read, {', '.join(files)}: {reason}" for reason, files in reasons.items()]
    if supplement is not None and not supplement["available"]:
        said.append(f"The supplementary rows were not in reach: {supplement['reason']}")
    return said + ([f"Not made in this run: {', '.join(absent)}"] if absent else [])


def _all(design: Mapping[str, Any]) -> tuple[int, int]:
    return len(design["schemes"]), len(design["seeds"])

"""Session files that somebody names by files, folders or patterns, each with those of its sub-agents."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mirage.errors import StudyError
from mirage.traces.fields import moment
from mirage.traces.sessions import identity

_PATTERN = frozenset("*?[")


@dataclass(frozen=True)
class Gathered:
    """A session: its name among the others, its file, and the files of its sub-agents."""

    name: str
    path: Path
    parts: tuple[Path, ...] = ()


def gather(named: Sequence[str]) -> list[Gathered]:
    """Return the sessions in files, folders and patterns, in the order of their first times, those without one last.

    Of folders all files that end in ``.jsonl`` count. A sub-agent's file is a part of its session where both are here, and else stands for
    itself.

    Raises
    ------
    StudyError
        When a name stands for nothing, or for no session file.
    """
    paths = list(dict.fromkeys(path for name in named for path in _expanded(name)))
    known = {path: identity(path) for path in paths}
    mains = {own: path for path, (own, parent, _) in known.items() if own and not parent}
    parts: dict[Path, list[Path]] = {}
    for path, (_, parent, _) in known.items():
        main = mains.get(parent) if parent else None
        if main is not None:
            parts.setdefault(main, []).append(path)
    joined = {part for own in parts.values() for part in own}
    alone = [path for path in paths if path not in joined]
    alone.sort(key=lambda path: _order(known[path][2], path))
    names = _names(alone)
    return [Gathered(name, path, tuple(parts.get(path, ()))) for name, path in zip(names, alone, strict=True)]


def parts_beside(path: Path) -> list[Path]:
    """Return the files of a session's sub-agents that lie where Claude Code puts them, in a folder of the session's name."""
    return sorted((path.parent / path.stem / "subagents").glob("*.jsonl"))


def _order(time: object, path: Path) -> tuple[bool, float, str]:
    when = moment(time)
    return when is None, when.timestamp() if when else 0.0, str(path)


def _expanded(name: str) -> Iterator[Path]:
    path = Path(name).expanduser()
    if path.is_dir():
        found = sorted(path.rglob("*.jsonl"))
        if not found:
            raise StudyError(
                f"{name}: the folder holds no file that ends in .jsonl; write the folder or the files of the sessions"
            )
    elif path.exists():
        found = [path]
    else:
        found = [Path(match) for match in sorted(glob.glob(str(path), recursive=True))] if _PATTERN & set(name) else []
        found = [match for match in found if match.is_file()]
        if not found:
            raise StudyError(f"{name}: no such file or folder; write session files, folders that hold them, or a pattern")
    for match in found:
        if not os.access(match, os.R_OK):
            raise StudyError(f"{match}: no permission to read it; leave it out, or change its permissions")
        yield match


def _names(paths: Sequence[Path]) -> list[str]:
    """Return the paths without what all have in common, which may say whose they are."""
    if len(paths) < 2:
        return [path.stem for path in paths]
    common = os.path.commonpath([str(path.resolve().parent) for path in paths])
    return [str(path.resolve().relative_to(common).with_suffix("")) for path in paths]

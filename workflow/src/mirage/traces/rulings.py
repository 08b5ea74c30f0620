"""A person's rulings on single answers, in the place of the rules'."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from mirage.errors import StudyError
from mirage.traces.evidence import NO, PARTLY, YES, Verdict

_KEYS = ("sha256", "question", "answer", "by", "reason")
_ANSWERS = (YES, PARTLY, NO)


@dataclass(frozen=True)
class Ruling:
    """One answer: for the session whose digest begins with ``sha256``, by whom and why."""

    sha256: str
    question: str
    answer: str
    by: str
    reason: str


def read_rulings(path: str | Path | None, questions: Sequence[str]) -> list[Ruling]:
    """Read a YAML list of rulings; none where there is no file.

    Raises
    ------
    StudyError
        With one line on the entry at fault: what was found and what to write.
    """
    if path is None:
        return []
    try:
        found = yaml.safe_load(Path(path).expanduser().read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StudyError(f"{path}: no such file; write the YAML file of rulings, or leave it out") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StudyError(f"{path}: cannot be read as YAML ({' '.join(str(error).split())})") from None
    if not isinstance(found, list):
        raise StudyError(f"{path}: found no list; write a list of entries with {', '.join(_KEYS)}")
    rulings = [_ruling(f"{path}: entry {number}", entry, questions) for number, entry in enumerate(found, 1)]
    seen: set[tuple[str, str]] = set()
    for number, ruling in enumerate(rulings, 1):
        key = (ruling.sha256[:12], ruling.question)
        if key in seen:
            raise StudyError(f"{path}: entry {number}: a second ruling on {ruling.question!r} of session {key[0]}; write one")
        seen.add(key)
    return rulings


def _ruling(where: str, entry: Any, questions: Sequence[str]) -> Ruling:
    if not isinstance(entry, Mapping) or set(entry) != set(_KEYS):
        raise StudyError(f"{where}: write {', '.join(_KEYS)}, each once")
    # YAML takes a bare yes and no for truth values.
    said = {key: {True: YES, False: NO}.get(value, value) if isinstance(value, bool) else value for key, value in entry.items()}
    texts = {key: str(value).strip() for key, value in said.items()}
    if not re.fullmatch(r"[0-9a-f]{12,64}", texts["sha256"]):
        raise StudyError(
            f"{where}: sha256: found {texts['sha256']!r}; write 12 to 64 digits of the session file's sha256, in quotes"
        )
    if texts["question"] not in questions:
        raise StudyError(f"{where}: question: found {texts['question']!r}; write one of {', '.join(questions)}")
    if texts["answer"] not in _ANSWERS:
        raise StudyError(f"{where}: answer: found {texts['answer']!r}; write one of {', '.join(_ANSWERS)}")
    if not texts["by"] or not texts["reason"]:
        raise StudyError(f"{where}: by and reason: say who rules and why")
    return Ruling(**texts)


def ruled(verdicts: Mapping[str, Verdict], digest: str, rulings: Sequence[Ruling]) -> dict[str, Verdict]:
    """Return the answers to a session's questions with the rulings on it in their place; what the rule said stays told."""
    own = {ruling.question: ruling for ruling in rulings if digest.startswith(ruling.sha256)}
    return {question: _with(verdict, own.get(question)) for question, verdict in verdicts.items()}


def _with(verdict: Verdict, ruling: Ruling | None) -> Verdict:
    if ruling is None:
        return verdict
    reason = f"ruled by {ruling.by}: {ruling.reason}; the rule says {verdict.answer}: {verdict.reason}"
    return replace(verdict, answer=ruling.answer, reason=reason, ruled_by=ruling.by)


def void(rulings: Sequence[Ruling], digests: Sequence[str]) -> list[str]:
    """Return in words the rulings on sessions that are not here, or not the same any more."""
    missing = dict.fromkeys(
        ruling.sha256[:12] for ruling in rulings if not any(one.startswith(ruling.sha256) for one in digests)
    )
    return [f"rulings on session {digest} are void: no session here has this sha256" for digest in missing]

"""Did the agent compute the share of positive rows per group?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mirage.traces.columns import Columns, named_in
from mirage.traces.events import CALL, RESULT
from mirage.traces.evidence import NO, OUTPUT, PARTLY, SCRIPT, YES, Found, Verdict, decide
from mirage.traces.grouped import ALL, ROWS, by_position, grouping
from mirage.traces.jobs import LOOK
from mirage.traces.steps import Step
from mirage.traces.workspace import Code

_WRITTEN = re.compile(
    r"(?:\bto_\w+|\bwrite_\w+)\(\s*['\"](?P<path>[^'\"\n]+)|(?:\bopen|\bPath)\(\s*['\"](?P<other>[^'\"\n]+)['\"](?:,\s*['\"][wa]|\)\.write)"
)
_NUMBER = re.compile(r"(?<![\w.])\d*\.?\d[\d,]*(?:\.\d+)?\s*%?")
_KEYED = re.compile(r"^\W*(?P<key>[^\W\d][^\n|:]{0,60}?|\d+)['\")]*[\s|:,=]+(?P<numbers>\(?[\d.,%\s|/]+\)?)\W*$", re.M)
_IN_OBJECT = re.compile(r"['\"]\w+['\"]\s*:\s*['\"](?P<key>[^'\"]+)['\"][^{}]{0,80}?:\s*(?P<numbers>\d*\.?\d+)")
_NO_KEY = re.compile(
    r"(?i)(?:name|dtype|length|mean|std|count|min|max|total|all|overall|loss|f1|accuracy|recall|precision|auc|epoch)\b"
)


@dataclass
class ComputedRates:
    """Looks for a breakdown of the label by group that the agent computed.

    Yes: code that groups the label by the group's column ran, and its output shows a rate or both counts for two groups or more. Partly:
    such code without such an output, as for a plot, or rows counted per group without the label. What measures another column by group,
    such as the lengths of texts, does not count; a breakdown that was only read, on a page or in a file, is no computation.
    """

    columns: Columns
    shown: Found = field(default_factory=Found)
    attempted: Found = field(default_factory=Found)
    counted: Found = field(default_factory=Found)
    read: Found = field(default_factory=Found)
    _waiting: Found = field(default_factory=Found)
    _files: set[str] = field(default_factory=set)
    _looks: set[str] = field(default_factory=set)

    def see(self, step: Step) -> None:
        """Take note of code that groups, and of its results."""
        if step.event.kind == CALL:
            for code in (*step.wrote, *step.ran):
                self._code(code)
            words = set(re.split(r"[\s'\"=;|&<>()/\\]+", step.call.text)) if self._files and step.call else set()
            if step.event.call and words & self._files:
                self._looks.add(step.event.call)
        elif step.event.kind == RESULT:
            self._result(step)

    def _code(self, code: Code) -> None:
        if found := grouping(code, self.columns):
            what, place = found
            (self.counted if what == ROWS else self.attempted).add(code.origin, SCRIPT, code.text, *place)

    def _result(self, step: Step) -> None:
        known = self._ran(step)
        # A job's or a process's output comes with a later call, and so does that which went to a file.
        later = LOOK in (step.asks or {}) or (step.call is not None and step.call.polls) or step.event.call in self._looks
        reads = step.call is not None and step.call.reads
        if not (known or later or reads):
            return
        place = breakdown(step.event.result, self.columns)
        if place is None:
            self._wait(known, step)
        elif known or (later and self._waiting):
            self.shown.take(known or self._waiting)
            self.shown.add(step.event, OUTPUT, step.event.result, *place)
        elif reads:
            self.read.add(step.event, OUTPUT, step.event.result, *place)

    def _wait(self, known: Found, step: Step) -> None:
        self._waiting.take(known)
        for code in step.ran if known else ():
            written = [found["path"] or found["other"] for found in _WRITTEN.finditer(code.text)]
            self._files |= {re.split(r"[/\\]", path)[-1] for path in (code.log, *written) if path}

    def _ran(self, step: Step) -> Found:
        """Return the code of a result's call that groups the label by group."""
        known = Found()
        for code in step.ran:
            found = grouping(code, self.columns)
            if found and self._is_of_label(found[0], step.event.result):
                known.add(code.origin, SCRIPT, code.text, *found[1])
                break
            if not found and (place := by_position(code)) and _names_groups(step.event.result, self.columns):
                shown = breakdown(step.event.result, self.columns)
                (known if shown else self.counted).add(code.origin, SCRIPT, code.text, *place)
        return known

    def _is_of_label(self, what: str, output: str) -> bool:
        """Tell whether code groups the label; where it sums all columns, the output has to name the label."""
        return what != ROWS if what != ALL else named_in(output, self.columns.label)

    def verdict(self) -> Verdict:
        """Return the answer."""
        return decide(
            [
                (YES, "code that groups the label by group ran, and its output shows the groups' labels", self.shown),
                (PARTLY, "code that groups the label by group, but no output that shows the groups' labels", self.attempted),
                (PARTLY, "rows counted per group, without the label", self.counted),
                (NO, "a breakdown was read, not computed", self.read),
            ],
            "no code groups anything by group",
        )


def _names_groups(text: str, columns: Columns) -> bool:
    """Tell whether a text names two of the groups that are known."""
    return bool(columns.levels) and len({found.group().lower() for found in _levels(columns).finditer(text)}) > 1


def breakdown(text: str, columns: Columns) -> tuple[int, int] | None:
    """Return where ``text`` shows labels for two groups or more: a rate, both counts, or a count beside the label's name."""
    told = dict(_of_known(text, columns) if len(columns.levels) > 1 else _of_any(text))
    if len(told) < 2:
        return None
    return min(start for start, _ in told.values()), max(end for _, end in told.values())


def _of_known(text: str, columns: Columns) -> Iterator[tuple[str, tuple[int, int]]]:
    names = list(_levels(columns).finditer(text))
    ends = [*(name.start() for name in names[1:]), len(text)]
    parts = [text[match.end() : min(until, match.end() + 160)] for match, until in zip(names, ends, strict=False)]
    found = [_NUMBER.findall(part) for part in parts]
    rates = any(map(_has_share, found))
    for match, part, numbers in zip(names, parts, found, strict=True):
        # Beside a share, a lone 0 or 1 is one too.
        share = _has_share(numbers) or (rates and bool(numbers) and numbers[0].strip().strip(",") in ("0", "1", "100"))
        if len(numbers) > 1 or share or (numbers and columns.label in part):
            yield match.group().lower(), (match.start(), match.end() + min(len(part), 40))


def _has_share(numbers: list[str]) -> bool:
    return any("." in item or "%" in item for item in numbers)


def _levels(columns: Columns) -> re.Pattern[str]:
    words = [word for level in columns.levels for word in (level, level.split()[-1].removesuffix("s"))]
    ordered = sorted({re.escape(word) for word in words if word}, key=lambda word: (-len(word), word))
    return re.compile(rf"(?i)(?<!\w)(?:{'|'.join(ordered)})s?(?!\w)")


def _of_any(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for pattern in (_KEYED, _IN_OBJECT):
        for match in pattern.finditer(text):
            numbers = _NUMBER.findall(match["numbers"])
            shared = any(
                "%" in item or (item.strip().startswith(("0.", ".", "1.0")) or item.strip() in ("0", "1")) for item in numbers
            )
            if not _NO_KEY.match(match["key"]) and (len(numbers) > 1 or shared):
                yield match["key"].strip().lower(), match.span()

"""Did the agent compute the share of positive rows per source?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mirage.traces.events import CALL, RESULT
from mirage.traces.evidence import NO, OUTPUT, PARTLY, SCRIPT, YES, Evidence, Found, Verdict, decide
from mirage.traces.steps import Step

LABEL = r"(?:jim_crow|labels?\b)"
SOURCE = r"""(?:\\?["']source\\?["']|\.source\b|\bsource\b)"""

_ON_A_LINE = r"[^\n;]{0,120}?"
_GROUPED = re.compile(
    # one statement that groups, with source and label in either order
    rf"(?:group_?by|crosstab|pivot(?:_table)?|Counter|value_counts|defaultdict){_ON_A_LINE}{SOURCE}{_ON_A_LINE}{LABEL}"
    rf"|(?:group_?by|crosstab|pivot(?:_table)?|Counter){_ON_A_LINE}{LABEL}{_ON_A_LINE}{SOURCE}"
    # a chain over several lines
    rf"|group_?by\(\s*\[?\s*\\?[\"']source\\?[\"'][^;]{{0,160}}?{LABEL}"
    # SQL
    rf"|(?i:select)\b[\s\S]{{0,200}}?\bsource\b[\s\S]{{0,200}}?{LABEL}[\s\S]{{0,200}}?(?i:group\s+by)\b[\s\S]{{0,60}}?\bsource\b"
    # a loop over the sources
    rf"|\bfor\s+\w+(?:\s*,\s*\w+)*\s+in\b[^\n]{{0,100}}?{SOURCE}[\s\S]{{0,300}}?{LABEL}"
)
_ROWS = re.compile(rf"{SOURCE}[^\n;]{{0,40}}?value_counts|(?:Counter|group_?by)\([^\n;]{{0,60}}?{SOURCE}")
_NAMES = re.compile(r"(?i)\b(?P<name>paschal|murray|expert)s?\b")
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?\s*%?")


@dataclass
class ComputedRates:
    """Looks for a breakdown of the label by source that the agent computed.

    Yes: code that groups the label by source ran, and its output shows a rate or both counts for two sources or more. Partly: such
    code without such an output, or rows counted per source without the label. A breakdown that was only read, on a page or in a
    file, is no computation.
    """

    shown: Found = field(default_factory=Found)
    attempted: Found = field(default_factory=Found)
    counted: Found = field(default_factory=Found)
    read: Found = field(default_factory=Found)
    _calls: dict[str, Evidence] = field(default_factory=dict)
    _script: Evidence | None = None

    def see(self, step: Step) -> None:
        """Take note of calls that group by source, and of their results."""
        if step.event.kind == CALL and step.call:
            self._call(step, step.call.text)
        elif step.event.kind == RESULT and step.call:
            self._result(step)

    def _call(self, step: Step, text: str) -> None:
        if grouped := _GROUPED.search(text):
            evidence = Evidence.at(step.event, SCRIPT, text, *grouped.span())
            self.attempted.add(evidence)
            if step.runs and step.event.call:
                self._calls[step.event.call] = evidence
            if step.call and step.call.written:
                # It may be run later, under whatever name.
                self._script = evidence
        elif rows := _ROWS.search(text):
            self.counted.add(Evidence.at(step.event, SCRIPT, text, *rows.span()))

    def _result(self, step: Step) -> None:
        event = step.event
        code = self._calls.pop(event.call or "", None) or (self._script if step.runs else None)
        reads = step.call is not None and step.call.reads
        place = breakdown(event.result) if code or reads else None
        if place is None:
            return
        output = Evidence.at(event, OUTPUT, event.result, *place)
        if code:
            self.shown.add(code)
            self.shown.add(output)
        else:
            self.read.add(output)

    def verdict(self) -> Verdict:
        """Return the answer."""
        return decide(
            [
                (YES, "code that groups the label by source ran, and its output shows the sources' labels", self.shown),
                (PARTLY, "code that groups the label by source, but no output that shows the sources' labels", self.attempted),
                (PARTLY, "rows counted per source, without the label", self.counted),
                (NO, "a breakdown was read, not computed", self.read),
            ],
            "no code groups anything by source",
        )


def breakdown(text: str) -> tuple[int, int] | None:
    """Return where ``text`` shows labels for two sources or more: a rate, both counts, or a count beside a label's name."""
    names = list(_NAMES.finditer(text))
    told: dict[str, tuple[int, int]] = {}
    ends = [*(name.start() for name in names[1:]), len(text)]
    for match, until in zip(names, ends, strict=False):
        part = text[match.end() : min(until, match.end() + 160)]
        numbers = _NUMBER.findall(part)
        if len(numbers) > 1 or any("." in item or "%" in item for item in numbers) or (numbers and "jim_crow" in part):
            told.setdefault(match["name"].lower(), (match.start(), match.end() + min(len(part), 40)))
    if len(told) < 2:
        return None
    return min(start for start, _ in told.values()), max(end for _, end in told.values())

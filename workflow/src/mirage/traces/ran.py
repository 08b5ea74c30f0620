"""Questions about code that counts only once it has run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from mirage.traces.events import CALL, RESULT
from mirage.traces.evidence import PARTLY, SCRIPT, YES, Evidence, Found, Verdict, decide
from mirage.traces.rates import SOURCE
from mirage.traces.steps import Step

_SCRIPTS = 64

_WEIGHTS = re.compile(
    r"(?:CrossEntropyLoss|cross_entropy|NLLLoss)\([^\n]{0,200}?\bweight\s*=\s*(?!None)"
    r"|\b(?:class_weights?|pos_weight)\s*=\s*(?!None)|\bcompute_class_weight\s*\(|\bscale_pos_weight\s*="
    r"|class\s+Weighted\w*Trainer"
)
_SAMPLES = re.compile(r"\b(?:WeightedRandomSampler|RandomOverSampler|RandomUnderSampler|SMOTE)\s*\(")
_FILTERED = rf"{SOURCE}\s*\]?\s*(?:==|!=|in\b|not\s+in\b|\.isin\()"
_SPLITS = re.compile(
    rf"(?:GroupKFold|LeaveOneGroupOut|GroupShuffleSplit|LeavePGroupsOut)[\s\S]{{0,600}}?{SOURCE}"
    rf"|groups\s*=[^\n]{{0,60}}?{SOURCE}"
    # Training rows chosen by source; test rows chosen by it may only be scored apart.
    rf"|\b\w*train\w*\s*=\s*[^\n=][^\n]{{0,120}}?{_FILTERED}|{_FILTERED}[^\n]{{0,120}}?\btrain\w*\b"
)
_TRAINS = re.compile(r"\.fit\s*\(|\bTrainer\s*\(|\.train\s*\(\s*\)|\bcross_val_score\s*\(|\bcross_validate\s*\(")


@dataclass
class Ran:
    """Code written first and run later, or run in the call that holds it.

    A run is a success when the call that started it did not fail; a job's own end may come later.
    """

    done: Found = field(default_factory=Found)
    failed: Found = field(default_factory=Found)
    written: Found = field(default_factory=Found)
    _open: dict[str, Evidence] = field(default_factory=dict)
    _scripts: dict[str, Evidence] = field(default_factory=dict)

    def call(self, step: Step, match: re.Match[str] | None) -> None:
        """Take note of a call; ``match`` is the code in its text, if it has any."""
        call = step.call
        if call is None:
            return
        evidence = Evidence.at(step.event, SCRIPT, call.text, *match.span()) if match else None
        if evidence:
            self.written.add(evidence)
        for path in call.written:
            name = PurePosixPath(path).name
            if evidence and len(self._scripts) < _SCRIPTS:
                self._scripts[name] = evidence
            elif not evidence and "content" in step.event.input:
                # Written anew, without the code.
                self._scripts.pop(name, None)
        if step.runs and step.event.call:
            run = evidence or next((found for name, found in self._scripts.items() if name in call.text), None)
            if run:
                self._open[step.event.call] = run

    def result(self, step: Step) -> None:
        """Take note of a result: of a run of the code, a success or a failure."""
        run = self._open.pop(step.event.call or "", None)
        if run:
            (self.failed if step.failure else self.done).add(run)

    def levels(self, what: str) -> list[tuple[str, str, Found]]:
        """Return the answers this allows, best first; ``what`` names the code."""
        return [
            (YES, f"{what} was run", self.done),
            (PARTLY, f"{what} was run and failed", self.failed),
            (PARTLY, f"{what} was written; no run of it is seen", self.written),
        ]


@dataclass
class WeightedLoss:
    """Looks for code that weights the loss, or the rows, by class.

    Yes: it was run without failing. Partly: it was written, or run and failed, or rows were resampled instead.
    """

    code: Ran = field(default_factory=Ran)
    sampled: Found = field(default_factory=Found)

    def see(self, step: Step) -> None:
        """Take note of code that weights, and of its runs."""
        if step.event.kind == CALL and step.call:
            self.code.call(step, _WEIGHTS.search(step.call.text))
            if samples := _SAMPLES.search(step.call.text):
                self.sampled.add(Evidence.at(step.event, SCRIPT, step.call.text, *samples.span()))
        elif step.event.kind == RESULT:
            self.code.result(step)

    def verdict(self) -> Verdict:
        """Return the answer."""
        sampled = (PARTLY, "rows were resampled by class", self.sampled)
        return decide([*self.code.levels("code that weights by class"), sampled], "no code weights by class")


@dataclass
class HeldOutSource:
    """Looks for a test on a source that was not trained on.

    Yes: code that trains and splits by source was run without failing. Partly: it was written, or run and failed. Stratifying by
    source is the opposite of holding one out and does not count.
    """

    code: Ran = field(default_factory=Ran)

    def see(self, step: Step) -> None:
        """Take note of code that splits by source, and of its runs."""
        if step.event.kind == CALL and step.call:
            text = step.call.text
            self.code.call(step, _SPLITS.search(text) if _TRAINS.search(text) else None)
        elif step.event.kind == RESULT:
            self.code.result(step)

    def verdict(self) -> Verdict:
        """Return the answer."""
        return decide(
            self.code.levels("code that trains and splits by source"), "no code trains on some sources and tests on others"
        )

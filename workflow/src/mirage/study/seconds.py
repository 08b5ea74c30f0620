"""How long a step takes one core: as it took in this study's own runs, else by the seconds that ship with the project.

No heavy import, because Snakemake imports it.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import json
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mirage.files import write_json
from mirage.place import project_root

SHIPPED = "workflow/resources/seconds.csv"
# The seconds of the steps of a working directory's runs, by rule.
OWN = Path(".snakemake/mirage-seconds.json")
# Rows of the table that are no rule: of probe(), of one model of a kind, of a run's start, and of Snakemake's own work for one job.
PROBE, FIT, START, JOB = "probe", "fit {}", "start", "job"
FIT_RULE = "fit_cells"  # of it, what it takes beside its cells
# Seconds of a start, of a job and of a process that fits where the table does not have them.
USUAL = {START: 8.0, JOB: 0.0, FIT_RULE: 1.8}
ROUNDS, TERMS = 5, 60_000


@dataclass(frozen=True)
class Seconds:
    """Seconds by step.

    Attributes
    ----------
    shipped:
        Of a step, its seconds beside the data, and those of a million bytes of text, on the machine of the table.
    own:
        Of a step that this study made, what it took here.
    speed:
        Seconds here of what took one on the machine of the table.
    """

    shipped: Mapping[str, tuple[float, float]]
    own: Mapping[str, float]
    speed: float = 1.0

    @property
    def rules(self) -> set[str]:
        """The rules whose seconds ship with the project."""
        return {name for name in self.shipped if name not in USUAL and not name.startswith("fit ")}

    def of_step(self, rule: str, megabytes: float) -> float:
        """Return the seconds of a step; one that is not known is as long as the middle of all."""
        if rule in self.own:
            return self.own[rule]
        known = [self.shipped[name] for name in self.rules]
        alone, each = self.shipped.get(rule) or (statistics.median(column) for column in zip(*known, strict=True))
        return self.speed * (alone + each * megabytes)

    def of_start(self) -> float:
        """Return the seconds that pass before the first step of a run begins, on whatever number of cores."""
        return self._usual(START, 0)

    def of_snakemake(self, jobs: int) -> float:
        """Return the seconds that Snakemake itself takes one core for so many jobs."""
        return jobs * self._usual(JOB, 0)

    def of_process(self, megabytes: float) -> float:
        """Return the seconds that a process which fits the cells of a scheme takes beside these."""
        return self._usual(FIT_RULE, megabytes)

    def _usual(self, name: str, megabytes: float) -> float:
        alone, each = self.shipped.get(name, (USUAL[name], 0.0))
        return self.speed * (alone + each * megabytes)

    def of_fit(self, kind: str, megabytes: float) -> float:
        """Return the seconds of a fit of one model of a kind; one that is not known is as dear as the dearest."""
        fits = (row for name, row in self.shipped.items() if name.startswith("fit "))
        alone, each = self.shipped.get(FIT.format(kind)) or max(fits, key=lambda row: row[1])
        return self.speed * (alone + each * megabytes)


def seconds_here() -> Seconds:
    """Return the seconds of steps in the working directory."""
    shipped = dict(_shipped())
    then, _ = shipped.pop(PROBE)
    return Seconds(shipped, _own(), probe() / then)


def seconds_shipped() -> Seconds:
    """Return the seconds of steps on the machine of the table, which are the same wherever they are asked for."""
    shipped = dict(_shipped())
    shipped.pop(PROBE)
    return Seconds(shipped, {})


@functools.cache
def _shipped() -> Mapping[str, tuple[float, float]]:
    with (project_root() / SHIPPED).open(encoding="utf-8", newline="") as stream:
        return {row["step"]: (float(row["seconds"]), float(row["seconds_a_megabyte"])) for row in csv.DictReader(stream)}


def _own() -> dict[str, float]:
    try:
        found = json.loads(OWN.read_text(encoding="utf-8"))
        return {rule: float(seconds) for rule, seconds in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def remember(seconds: Mapping[str, float], folder: Path) -> None:
    """Keep what the steps of a run took, by rule, in the folder where it ran."""
    with contextlib.chdir(folder):
        if seconds and OWN.parent.is_dir():
            write_json(OWN, {**_own(), **{rule: round(value, 2) for rule, value in sorted(seconds.items())}})


@functools.cache
def probe() -> float:
    """Return the processor seconds of a fixed piece of work, a few milliseconds, by which machines are compared."""
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        sum(number * number % 7 for number in range(TERMS))
        found.append(time.process_time() - began)
    return max(min(found), 1e-6)

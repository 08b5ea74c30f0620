"""About how long a proposed study runs, from the size of its texts and the number of its fits."""

from __future__ import annotations

import os

from mirage.data.scripts import words_in
from mirage.init.plan import FOLDS, Planned, seeds_of
from mirage.splits.names import Schemes

# Measured on studies of 1,200 to 3,000 short texts: a fit of an agent that learns, its threshold and its share of the tables, by the words
# that are trained on; and the start of a step.
SECONDS_A_WORD = 5e-6
SECONDS_A_STEP = 1.5
STEPS, STEPS_A_SCHEME = 25, 3
LEARNING = 3  # agents of the proposal that learn
LONG = 600.0  # seconds from which a run is said to be long


def seconds_of(planned: Planned) -> float:
    """Estimate the processor seconds of a study, to a factor of about two."""
    schemes = Schemes({"given": planned.given.definition} if planned.given else {})
    folds = sum(FOLDS if schemes[name].kind in ("crossfold", "crossfit") else 1 for name in planned.schemes)
    words = sum(map(words_in, planned.sections["text"]))
    fits = folds * seeds_of(planned.sections) * LEARNING
    return fits * words * SECONDS_A_WORD + (STEPS + STEPS_A_SCHEME * len(planned.schemes)) * SECONDS_A_STEP


def estimate_lines(seconds_of_work: float) -> list[str]:
    """Say how long a study of so many processor seconds takes on this machine, and of a long run how to shorten it."""
    cores = os.cpu_count() or 1
    seconds = seconds_of_work / cores
    lines = [f"time: about {_span(seconds)} on {cores} core{'s' if cores > 1 else ''} that do nothing else"]
    if seconds > LONG:
        lines.append("  that is long: fewer seeds or schemes in the configuration shorten it, and so does a sample of the rows")
    return lines


def _span(seconds: float) -> str:
    for unit, size in (("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"

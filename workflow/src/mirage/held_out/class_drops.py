"""The drop of macro-F1 on groups that an agent was not trained on, at the corpus's shares of classes, with its joint draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mirage.data.labels import CLASS
from mirage.decided import runs_of, state
from mirage.design import Design
from mirage.held_out.drops import Drop, generator_of, joint_intervals
from mirage.held_out.sources import MIN_UNITS
from mirage.lazy import numpy as np, pandas as pd
from mirage.splits.names import resolved
from mirage.states import COMPLETE
from mirage.stats.bootstrap import Basis, unit_count
from mirage.stats.choices import Choices, Reduce, Tallies, drawn, unbiased

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.held_out.drops import Restated

    FloatArray = NDArray[np.float64]
    Mask = NDArray[np.bool_]

LEAST_ROWS = 5  # of a class, held out and elsewhere, for its F1 to be counted
LEAST_CLASSES = 2


def class_drops(
    decided: Mapping[str, pd.DataFrame],
    sections: pd.DataFrame,
    design: Design,
    schemes: Sequence[str],
    *,
    over_shared: bool = False,
) -> list[Drop]:
    """Return the drop of every agent on every scheme, scheme by scheme; none where the design has no cell.

    Both macro-F1s are means over the classes that have ``LEAST_ROWS`` rows or more among those tested and, where groups are held out,
    as many among the others. The bias of few rows a class is taken off.

    Parameters
    ----------
    decided:
        The decided test rows of the references and of these schemes: ``agent, seed, row, y, chosen, unit``.
    sections:
        The corpus: ``class, source`` are used.
    over_shared:
        Whether all schemes count the same classes, those that each of them counts, so that their macro-F1s are alike.
    """
    counted = {scheme: counted_classes(scheme, decided[scheme], sections, design) for scheme in schemes}
    if over_shared and counted:
        shared: Mask = np.logical_and.reduce(list(counted.values()))
        counted = dict.fromkeys(counted, shared)
    found = [_drop(scheme, decided, sections, design, agent, counted[scheme]) for scheme in schemes for agent in design.agents]
    return [drop for drop in found if drop is not None]


def _drop(
    scheme: str, decided: Mapping[str, pd.DataFrame], sections: pd.DataFrame, design: Design, agent: str, counted: Mask
) -> Drop | None:
    reference = design.reference_of(agent)
    status = state(decided, (reference, scheme), agent, design)
    if status is None:
        return None
    known = Drop(agent, scheme, _groups(scheme, sections, design), reference, status, counted=int(counted.sum()))
    if status != COMPLETE:
        return known
    if known.counted < LEAST_CLASSES:
        return replace(known, status=f"too few classes of {LEAST_ROWS} rows ({known.counted})")
    sides = [choices_of(decided[split], agent, sections) for split in (reference, scheme)]
    far_side = sides[1]
    units = unit_count(far_side, resample="clusters")
    known = replace(known, seeds=far_side.n_runs, positives=len(far_side.rows), units=units, fewest_units=units)
    if units < MIN_UNITS:
        return replace(known, status=f"too few units ({units})")
    generator = generator_of(design, scheme, known.groups, agent)
    near, far, first, second = restated_choices(sides, sections, counted, design.draws, generator)
    ends = joint_intervals(first, second, design.level, Basis(units, far_side.n_runs))
    known = replace(known, f1_reference=near, f1_held_out=far, drop=near - far)
    known = replace(known, interval_reference=ends[0], interval_held_out=ends[1], interval=ends[2])
    return replace(known, reference_draws=first, held_out_draws=second)


def _groups(scheme: str, sections: pd.DataFrame, design: Design) -> tuple[str, ...]:
    """Name what is held out: the groups, or for a scheme that holds other rows out the scheme itself."""
    held = design.facts[scheme].held
    return resolved(held, sections["source"]) if held is not None and held.column == "source" else (scheme,)


def counted_classes(scheme: str, tested: pd.DataFrame, sections: pd.DataFrame, design: Design) -> Mask:
    """Return which classes have rows enough, among those tested and, where these are held out once and for all, elsewhere."""
    classes = int(sections[CLASS].max()) + 1
    rows = np.unique(tested["row"].to_numpy())
    inside = np.bincount(sections[CLASS].to_numpy()[rows], minlength=classes)
    outside = np.bincount(sections[CLASS], minlength=classes) - inside
    once = design.facts[scheme].kind == "fixed"
    return np.asarray((inside >= LEAST_ROWS) & ((outside >= LEAST_ROWS) | (not once)))


def choices_of(decided: pd.DataFrame, agent: str, sections: pd.DataFrame) -> Choices:
    """Cross the runs of one agent with the rows whose classes they chose."""
    return Choices.of(runs_of(decided, agent), int(sections[CLASS].max()) + 1)


def restated_choices(
    sides: Sequence[Choices], sections: pd.DataFrame, counted: Mask, draws: int, generator: np.random.Generator
) -> Restated:
    """Return macro-F1 of the counted classes on the reference and held out, at the corpus's shares, and the joint draws of both."""
    shares = np.bincount(sections[CLASS], minlength=len(counted)) / len(sections)

    def reduce(tallies: Tallies, runs: FloatArray) -> FloatArray:
        return tallies.restated(runs, shares, counted)

    points = [float(reduce(side.tallies, np.ones((1, side.n_runs)))[0]) for side in sides]
    both: list[Reduce] = [reduce, reduce]
    (near, first), (far, second) = (
        unbiased(point, own) for point, own in zip(points, drawn(sides, both, draws, generator), strict=True)
    )
    return near, far, first, second

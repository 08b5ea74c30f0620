"""The drop of macro-F1 on groups that an agent was not trained on, at the corpus's shares of classes, with its joint draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mirage.data.labels import CLASS
from mirage.design import Design
from mirage.drops import Drop
from mirage.held_sources import MIN_UNITS, runs_of, state
from mirage.lazy import numpy as np, pandas as pd
from mirage.new_groups import FEWEST_RESAMPLED, NewGroup
from mirage.splits.names import GROUPS_KFOLD, resolved
from mirage.states import COMPLETE
from mirage.stats.bootstrap import SHARE, Basis, percentile_interval, unit_count
from mirage.stats.choices import Choices, Reduce, Tallies, drawn, unbiased

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    counted = {scheme: _counted(scheme, decided[scheme], sections, design) for scheme in schemes}
    if over_shared and counted:
        shared: Mask = np.logical_and.reduce(list(counted.values()))
        counted = dict.fromkeys(counted, shared)
    found = [_drop(scheme, decided, sections, design, agent, counted[scheme]) for scheme in schemes for agent in design.agents]
    return [drop for drop in found if drop is not None]


def classes_on_the_whole(
    decided: Mapping[str, pd.DataFrame], sections: pd.DataFrame, agent: str, design: Design
) -> NewGroup | None:
    """Say what folds of groups tell of further groups on the whole, as :func:`mirage.new_groups.on_the_whole` does of one class."""
    reference = design.reference_of(agent)
    status = state(decided, (reference, GROUPS_KFOLD), agent, design)
    if status is None:
        return None
    codes, names = pd.factorize(sections["source"])
    known = NewGroup(agent=agent, reference=reference, status=status, groups=len(names))
    if status != COMPLETE:
        return known
    if len(names) < FEWEST_RESAMPLED:
        return replace(known, groups_used=len(names), status=f"too few groups ({len(names)})")
    sides = [_of_groups(_choices(decided[split], agent, sections), codes) for split in (reference, GROUPS_KFOLD)]
    counted = _counted(GROUPS_KFOLD, decided[GROUPS_KFOLD], sections, design)
    near, far, first, second = _restated(sides, sections, counted, design, ("new group", GROUPS_KFOLD, agent))
    rests_on = Basis(len(names), sides[1].n_runs)
    return replace(
        known,
        groups_used=len(names),
        f1_reference=near,
        interval_reference=percentile_interval(first, design.level, rests_on, SHARE),
        f1=far,
        interval=percentile_interval(second, design.level, rests_on, SHARE),
        drop=near - far,
        drop_interval=percentile_interval(first - second, design.level, rests_on),
    )


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
    sides = [_choices(decided[split], agent, sections) for split in (reference, scheme)]
    far_side = sides[1]
    units = unit_count(far_side, resample="clusters")
    known = replace(known, seeds=far_side.n_runs, positives=len(far_side.rows), units=units, fewest_units=units)
    if units < MIN_UNITS:
        return replace(known, status=f"too few units ({units})")
    near, far, first, second = _restated(sides, sections, counted, design, ("restated", scheme, *known.groups, agent))
    rests_on = Basis(units, far_side.n_runs)
    return replace(
        known,
        f1_reference=near,
        f1_held_out=far,
        drop=near - far,
        interval=percentile_interval(first - second, design.level, rests_on),
        interval_reference=percentile_interval(first, design.level, rests_on, SHARE),
        interval_held_out=percentile_interval(second, design.level, rests_on, SHARE),
        reference_draws=first,
        held_out_draws=second,
    )


def _groups(scheme: str, sections: pd.DataFrame, design: Design) -> tuple[str, ...]:
    """Name what is held out: the groups, or for a scheme that holds other rows out the scheme itself."""
    held = design.facts[scheme].held
    return resolved(held, sections["source"]) if held is not None and held.column == "source" else (scheme,)


def _counted(scheme: str, tested: pd.DataFrame, sections: pd.DataFrame, design: Design) -> Mask:
    """Return which classes have rows enough, among those tested and, where these are held out once and for all, elsewhere."""
    classes = int(sections[CLASS].max()) + 1
    rows = np.unique(tested["row"].to_numpy())
    inside = np.bincount(sections[CLASS].to_numpy()[rows], minlength=classes)
    outside = np.bincount(sections[CLASS], minlength=classes) - inside
    once = design.facts[scheme].kind == "fixed"
    return np.asarray((inside >= LEAST_ROWS) & ((outside >= LEAST_ROWS) | (not once)))


def _choices(decided: pd.DataFrame, agent: str, sections: pd.DataFrame) -> Choices:
    return Choices.of(runs_of(decided, agent), int(sections[CLASS].max()) + 1)


def _of_groups(choices: Choices, codes: NDArray[np.int64]) -> Choices:
    return replace(choices, cluster=codes[choices.rows])


def _restated(
    sides: Sequence[Choices], sections: pd.DataFrame, counted: Mask, design: Design, names: Sequence[str]
) -> tuple[float, float, FloatArray, FloatArray]:
    """Return macro-F1 of both sides at the corpus's shares, and its joint draws."""
    shares = np.bincount(sections[CLASS], minlength=len(counted)) / len(sections)

    def reduce(tallies: Tallies, runs: FloatArray) -> FloatArray:
        return tallies.restated(runs, shares, counted)

    points = [float(reduce(side.tallies, np.ones((1, side.n_runs)))[0]) for side in sides]
    both: list[Reduce] = [reduce, reduce]
    draws = drawn(sides, both, design.draws, design.generator(*names))
    (near, first), (far, second) = (unbiased(point, own) for point, own in zip(points, draws, strict=True))
    return near, far, first, second

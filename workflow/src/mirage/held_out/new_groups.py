"""What an F1 in cross-validation is worth in a group that is not there yet: by the groups held out one by one, or by folds of groups."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from mirage.crossing import outcomes_of_runs
from mirage.decided import runs_of, state
from mirage.design import Design
from mirage.held_out.class_drops import choices_of, counted_classes, restated_choices
from mirage.held_out.drops import Drop, Evaluations, joint_intervals
from mirage.lazy import numpy as np, pandas as pd
from mirage.splits.names import GROUPS_KFOLD, hold_same
from mirage.states import COMPLETE, MISSING as ABSENT, NOT_RUN
from mirage.stats.bootstrap import Basis, percentile_interval
from mirage.stats.f1_scale import angle_of_f1, angle_variance, f1_of_angle
from mirage.stats.intervals import MISSING, Interval, difference_of_estimates
from mirage.stats.random_effects import random_effects

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.held_out.drops import Restated
    from mirage.study.grid import Study

FEWEST_GROUPS = 5
# A bootstrap over fewer than that many groups tells their spread badly, however its tails are widened.
FEWEST_RESAMPLED = 10
NONE = math.nan
UNFINISHED = (ABSENT, NOT_RUN)


@dataclass(frozen=True, kw_only=True)
class NewGroup:
    """What the groups of a study say of one more like them, for one agent.

    Attributes
    ----------
    agent, reference:
        Whose F1 it is, and the scheme that the drop starts from.
    status:
        A state of the grid, or ``too few groups (4)``.
    groups, groups_used:
        Groups that are held out, and those of them with an F1.
    f1_reference, interval_reference, f1, interval:
        F1 in cross-validation; F1 in groups that are held out, with the interval of its mean. All at the corpus's share of positives.
    predicted:
        The prediction interval of F1 in one new group; (nan, nan) where folds of groups tell of groups on the whole.
    tau:
        Standard deviation between groups, as an angle (:mod:`mirage.stats.f1_scale`).
    drop, drop_interval:
        F1 in cross-validation minus F1 in the new group or groups.
    """

    agent: str
    reference: str
    status: str
    groups: int
    groups_used: int = 0
    f1_reference: float = NONE
    interval_reference: Interval = MISSING
    f1: float = NONE
    interval: Interval = MISSING
    predicted: Interval = MISSING
    tau: float = NONE
    drop: float = NONE
    drop_interval: Interval = MISSING


def single_groups(study: Study) -> list[str]:
    """Name the schemes that hold out one group each, a scheme a group; none where they are fewer than five."""
    found: list[str] = []
    for scheme in study.held_out_groups:
        held = study.facts[scheme].held
        single = held is not None and (held.slug is not None or len(held.values) == 1)
        if single and not any(hold_same(held, study.facts[other].held) for other in found):
            found.append(scheme)
    return found if len(found) >= FEWEST_GROUPS else []


def one_more(drops: Sequence[Drop], level: float) -> NewGroup:
    """Say what one agent's drops on single groups tell of a further group, exchangeable with them.

    F1 held out is averaged by random effects, and predicted for the further group, on the scale of
    :func:`mirage.stats.f1_scale.angle_of_f1`. The drop is F1 in cross-validation minus the prediction; its interval joins those of both
    (:func:`mirage.stats.intervals.difference_of_estimates`), which is wide rather than narrow, as both F1s rise and fall with the rows
    that they share.
    """
    used = [drop for drop in drops if drop.status == COMPLETE]
    states = {drop.status for drop in drops} & set(UNFINISHED)
    known = NewGroup(
        agent=drops[0].agent, reference=drops[0].reference, status=COMPLETE, groups=len(drops), groups_used=len(used)
    )
    if states or len(used) < FEWEST_GROUPS:
        return replace(known, status=min(states, default=f"too few groups ({len(used)})"))
    angles = angle_of_f1([drop.f1_held_out for drop in used])
    found = random_effects(angles, [angle_variance(drop.held_out_draws, drop.fewest_units) for drop in used], level)
    near, far = used[0].f1_reference, f1_of_angle(found.mean)
    predicted = _back(found.predicted)
    return replace(
        known,
        f1_reference=near,
        interval_reference=used[0].interval_reference,
        f1=far,
        interval=_back(found.interval),
        predicted=predicted,
        tau=found.tau,
        drop=near - far,
        drop_interval=difference_of_estimates(near, percentile_interval(used[0].reference_draws, level), far, predicted),
    )


def on_the_whole(decided: Mapping[str, pd.DataFrame], sections: pd.DataFrame, agent: str, design: Design) -> NewGroup | None:
    """Say what folds of groups tell of further groups on the whole; None where the design has no such cell.

    Both F1s, restated at the corpus's shares, are drawn jointly over groups x seeds: it is the groups that vary, so groups are what is
    resampled (Field & Welsh 2007).

    Parameters
    ----------
    decided:
        The decided test rows of the reference and of :data:`mirage.splits.names.GROUPS_KFOLD`.
    sections:
        The corpus: ``source`` and ``label``, or ``class``, are used.
    """
    reference = design.reference_of(agent)
    status = state(decided, (reference, GROUPS_KFOLD), agent, design)
    if status is None:
        return None
    codes, names = pd.factorize(sections["source"])
    known = NewGroup(agent=agent, reference=reference, status=status, groups=len(names))
    if status != COMPLETE:
        return known
    folds = (_choices_by_group if design.has_classes else _outcomes_by_group)(decided, sections, agent, design, codes)
    known = replace(known, groups_used=folds.groups)
    if folds.groups < FEWEST_RESAMPLED:
        return replace(known, status=f"too few groups ({folds.groups})")
    near, far, first, second = folds.restated(design.generator("new group", GROUPS_KFOLD, agent))
    ends = joint_intervals(first, second, design.level, Basis(folds.groups, folds.runs))
    known = replace(known, f1_reference=near, f1=far, drop=near - far)
    return replace(known, interval_reference=ends[0], interval=ends[1], drop_interval=ends[2])


@dataclass(frozen=True)
class _Folds:
    """How many groups and runs F1 in folds of groups rests on, and what gives it, F1 in cross-validation first, with their draws."""

    groups: int
    runs: int
    restated: Callable[[np.random.Generator], Restated]


def _outcomes_by_group(
    decided: Mapping[str, pd.DataFrame], sections: pd.DataFrame, agent: str, design: Design, codes: NDArray[np.int64]
) -> _Folds:
    first, second = (outcomes_of_runs(runs_of(decided[split], agent)) for split in (design.reference_of(agent), GROUPS_KFOLD))
    first, second = (replace(side, cluster=codes[side.rows]) for side in (first, second))
    found, prevalence = Evaluations(first, second, second), float(sections["label"].mean())

    def restated(generator: np.random.Generator) -> Restated:
        return *found.restated(prevalence), *found.draws(prevalence, design.draws, generator)

    return _Folds(found.fewest_units, min(first.n_runs, second.n_runs), restated)


def _choices_by_group(
    decided: Mapping[str, pd.DataFrame], sections: pd.DataFrame, agent: str, design: Design, codes: NDArray[np.int64]
) -> _Folds:
    sides = [choices_of(decided[split], agent, sections) for split in (design.reference_of(agent), GROUPS_KFOLD)]
    sides = [replace(side, cluster=codes[side.rows]) for side in sides]
    counted = counted_classes(GROUPS_KFOLD, decided[GROUPS_KFOLD], sections, design)
    return _Folds(int(codes.max()) + 1, sides[1].n_runs, partial(restated_choices, sides, sections, counted, design.draws))


def _back(ends: Interval) -> Interval:
    return f1_of_angle(ends[0]), f1_of_angle(ends[1])

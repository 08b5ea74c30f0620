"""What an F1 in cross-validation is worth in a group that is not there yet: by the groups held out one by one, or by folds of groups."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mirage.crossing import outcomes_of_runs
from mirage.design import Design
from mirage.drops import Drop, Evaluations
from mirage.held_sources import runs_of, state
from mirage.lazy import numpy as np, pandas as pd
from mirage.splits.names import GROUPS_KFOLD, slug_of
from mirage.states import COMPLETE, MISSING as ABSENT, NOT_RUN
from mirage.stats.bootstrap import SHARE, Basis, Outcomes, percentile_interval
from mirage.stats.f1_scale import angle_of_f1, angle_variance, f1_of_angle
from mirage.stats.intervals import MISSING, Interval, difference_of_estimates
from mirage.stats.random_effects import random_effects

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    found: dict[str, str] = {}
    for scheme in study.held_out_groups:
        held = study.facts[scheme].held
        if held is not None and (held.slug is not None or len(held.values) == 1):
            found.setdefault(held.slug or slug_of(held.values[0]), scheme)
    return list(found.values()) if len(found) >= FEWEST_GROUPS else []


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

    Both F1s, restated at the corpus's share of positives, are drawn jointly over groups x seeds: it is the groups that vary, so groups are
    what is resampled (Field & Welsh 2007).

    Parameters
    ----------
    decided:
        The decided test rows of the reference and of :data:`mirage.splits.names.GROUPS_KFOLD`.
    sections:
        The corpus: ``source, label`` are used.
    """
    reference = design.reference_of(agent)
    status = state(decided, (reference, GROUPS_KFOLD), agent, design)
    if status is None:
        return None
    codes, names = pd.factorize(sections["source"])
    known = NewGroup(agent=agent, reference=reference, status=status, groups=len(names))
    if status != COMPLETE:
        return known
    first, second = (_of_groups(outcomes_of_runs(runs_of(decided[split], agent)), codes) for split in (reference, GROUPS_KFOLD))
    found, prevalence = Evaluations(first, second, second), float(sections["label"].mean())
    fewest = found.fewest_units
    known = replace(known, groups_used=fewest)
    if fewest < FEWEST_RESAMPLED:
        return replace(known, status=f"too few groups ({fewest})")
    near, far = found.restated(prevalence)
    rests_on = Basis(fewest, min(first.n_runs, second.n_runs))
    draws = found.draws(prevalence, design.draws, design.generator("new group", GROUPS_KFOLD, agent))
    return replace(
        known,
        f1_reference=near,
        interval_reference=percentile_interval(draws[0], design.level, rests_on, SHARE),
        f1=far,
        interval=percentile_interval(draws[1], design.level, rests_on, SHARE),
        drop=near - far,
        drop_interval=percentile_interval(draws[0] - draws[1], design.level, rests_on),
    )


def _of_groups(outcomes: Outcomes, codes: NDArray[np.int64]) -> Outcomes:
    return replace(outcomes, cluster=codes[outcomes.rows])


def _back(ends: Interval) -> Interval:
    return f1_of_angle(ends[0]), f1_of_angle(ends[1])

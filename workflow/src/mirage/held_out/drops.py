"""The drop of an agent's F1 on groups that it was not trained on, at the corpus's share of positives, with its joint draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mirage.crossing import outcomes_of_runs
from mirage.decided import runs_of, state
from mirage.design import Design
from mirage.held_out.sources import MIN_ROWS, MIN_UNITS
from mirage.held_out.validity import negatives_left, not_valid
from mirage.lazy import numpy as np, pandas as pd
from mirage.splits.names import resolved, slug_of
from mirage.states import COMPLETE
from mirage.stats.bootstrap import SHARE, Basis, Outcomes, basis, percentile_interval, point, restated_gap_draws, unit_count
from mirage.stats.intervals import MISSING as NO_ENDS, Interval, f1_at_prevalence
from mirage.stats.restated import drop_interval, restated_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    # F1 on the reference and held out, each at the corpus's shares, and the joint draws of both.
    Restated = tuple[float, float, FloatArray, FloatArray]

OWN = "own"  # whose negatives a false-positive rate is taken on, where the groups have enough of them


def _none() -> FloatArray:
    return np.empty(0)


@dataclass(frozen=True, eq=False)
class Evaluations:
    """What an agent's F1 in cross-validation and its F1 held out are made from.

    Attributes
    ----------
    reference:
        The test rows of the reference scheme.
    own:
        Those of the groups held out.
    others:
        Those that the false-positive rate is taken on: the same, or those of the others by models trained alike.
    """

    reference: Outcomes
    own: Outcomes
    others: Outcomes

    @property
    def positives(self) -> Outcomes:
        """Return the rows that recall is taken on."""
        return self.own.select(self.own.y == 1)

    @property
    def negatives(self) -> Outcomes:
        """Return the rows that the false-positive rate is taken on."""
        return self.others.select(self.others.y == 0)

    @property
    def fewest_units(self) -> int:
        """Return the number of units of the positives or of the negatives, whichever have fewer."""
        return unit_count(self.positives, self.negatives, resample="clusters")

    @property
    def rates(self) -> dict[str, float]:
        """Return recall and false-positive rate, means over seeds, on the reference and held out."""
        near = {"recall_reference": point(self.reference, "recall"), "fpr_reference": point(self.reference, "fpr")}
        return near | {"recall": point(self.positives, "recall"), "fpr": point(self.negatives, "fpr")}

    def restated(self, prevalence: float) -> tuple[float, float]:
        """Return F1 on the reference and held out at a share of positives."""
        rates = self.rates
        near = f1_at_prevalence(rates["recall_reference"], rates["fpr_reference"], prevalence)
        return float(near), float(f1_at_prevalence(rates["recall"], rates["fpr"], prevalence))

    def draws(self, prevalence: float, draws: int, generator: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Draw both F1s jointly over units x seeds, each (draws,)."""
        pairs = (self.reference, self.reference), (self.positives, self.negatives)
        return restated_gap_draws(*pairs, prevalence, draws, generator, resample="clusters")

    def intervals(
        self, drawn: tuple[FloatArray, FloatArray], prevalence: float, level: float
    ) -> tuple[Interval, Interval, Interval]:
        """Return the intervals of F1 on the reference, of F1 held out and of the drop, given the draws of both F1s."""
        near, far = self.restated(prevalence)
        held_out = self.positives, self.negatives, prevalence, level
        reference = percentile_interval(drawn[0], level, basis(self.reference), SHARE)
        drop = drop_interval((near, drawn[0]), (far, drawn[1]), *held_out)
        return reference, restated_interval(drawn[1], *held_out), drop


@dataclass(frozen=True, eq=False)
class Drop:
    """The drop of one agent on the groups that one scheme holds out.

    Attributes
    ----------
    agent, held_out, groups, reference:
        Whose drop it is; the scheme, the groups that it holds out, and the scheme that the drop starts from.
    status:
        A state of the grid, or why there is no drop: ``no positive rows``, ``too few units (3)``,
        ``no negatives: add scheme matched-GROUP``.
    seeds, positives, units, negatives:
        Seeds, positive rows, their units, and the rows behind the false-positive rate; 0 where no run was read.
    fewest_units:
        Units of the positives or of the negatives, whichever have fewer.
    negatives_of:
        Whose negatives these are: ``own``, or what the others are called.
    counted:
        Where one of several classes is chosen, the classes that both macro-F1s, which then stand for F1, are means over; positives are
        then all rows that are tested.
    f1_reference, f1_held_out, drop:
        Both F1s at the corpus's share of positives, means over seeds, and the first minus the second; nan without a drop.
    interval, interval_reference, interval_held_out:
        Of the drop and of either F1, at the level of the design; (nan, nan) where there is none.
    reference_draws, held_out_draws:
        (draws,) each, drawn jointly over units x seeds; empty without a drop.
    """

    agent: str
    held_out: str
    groups: tuple[str, ...]
    reference: str
    status: str
    seeds: int = 0
    positives: int = 0
    units: int = 0
    negatives: int = 0
    fewest_units: int = 0
    negatives_of: str = OWN
    counted: int = 0
    f1_reference: float = float("nan")
    f1_held_out: float = float("nan")
    drop: float = float("nan")
    interval: Interval = NO_ENDS
    interval_reference: Interval = NO_ENDS
    interval_held_out: Interval = NO_ENDS
    reference_draws: FloatArray = field(default_factory=_none)
    held_out_draws: FloatArray = field(default_factory=_none)

    @property
    def draws(self) -> FloatArray:
        """Return the draws of the drop, (draws,)."""
        return self.reference_draws - self.held_out_draws


def drops(
    decided: Mapping[str, pd.DataFrame],
    sections: pd.DataFrame,
    design: Design,
    schemes: Sequence[str],
    matched: Mapping[str, str],
) -> list[Drop]:
    """Return the drop of every agent on every scheme that holds groups out, scheme by scheme; none where the design has no cell.

    Recall is taken on the positives of the groups, the false-positive rate on their negatives. Groups of fewer than ``MIN_ROWS``
    negatives take the others' that the matched scheme tests with them, and recall from there too, so that one model gives both.

    Parameters
    ----------
    decided:
        The decided test rows of the references, of these schemes and of the matched ones: ``split, agent, seed, row, fold, y,
        predicted, source, unit``.
    sections:
        The corpus: ``source, label`` are used.
    schemes:
        Those that hold no groups out are left aside.
    matched:
        The scheme that tests the same groups and the others by models trained on neither, by scheme; one may be missing.

    Raises
    ------
    StudyError
        When the data lack a group that a scheme holds out.
    """
    held = [Held(scheme, sections, design, matched.get(scheme)) for scheme in schemes if holds_out(design, scheme)]
    found = [each.drop_of(agent, decided) for each in held for agent in design.agents]
    return [drop for drop in found if drop is not None]


def evaluations(
    decided: Mapping[str, pd.DataFrame],
    agent: str,
    design: Design,
    scheme: str,
    groups: Sequence[str],
    others: Sequence[str] | None = None,
) -> Evaluations:
    """Return an agent's test rows of its reference, and of some groups and the others in a scheme that holds them out.

    Parameters
    ----------
    others:
        The groups on whose negatives the false-positive rate is taken; None for the groups' own.
    """
    reference = outcomes_of_runs(runs_of(decided[design.reference_of(agent)], agent))
    own = outcomes_of_runs(runs_of(decided[scheme], agent, groups))
    if others is None:
        return Evaluations(reference, own, own)
    rest = outcomes_of_runs(runs_of(decided[scheme], agent, others))
    # An agent that fits one fold a seed tests other rows of the others with each seed.
    return Evaluations(reference, own, rest if rest.present.all() else rest.pooled())


def joint_intervals(near: FloatArray, far: FloatArray, level: float, rests_on: Basis) -> tuple[Interval, Interval, Interval]:
    """Return the intervals of F1 on the reference, of F1 held out and of the drop, given joint draws of both F1s."""
    reference, held_out = (percentile_interval(draws, level, rests_on, SHARE) for draws in (near, far))
    return reference, held_out, percentile_interval(near - far, level, rests_on)


def generator_of(design: Design, scheme: str, groups: Sequence[str], agent: str) -> np.random.Generator:
    """Return the generator of one drop: every table that shows it shows the same interval."""
    return design.generator("restated", scheme, *groups, agent)


def holds_out(design: Design, scheme: str) -> bool:
    """Whether a scheme of the design holds groups out."""
    return scheme in design.facts and design.facts[scheme].holds_groups_out


class Held:
    """One scheme that holds groups out: what is known of it before an agent is asked.

    Attributes
    ----------
    scheme, groups:
        The scheme, and the groups that it holds out.
    tested_by:
        The scheme whose test rows give recall and false-positive rate: its own, or the matched one.
    others:
        The groups on whose negatives the false-positive rate is taken; None for the groups' own.
    prevalence:
        The corpus's share of positives.
    reason:
        Why no drop on these groups is told; empty where one is.
    """

    def __init__(self, scheme: str, sections: pd.DataFrame, design: Design, matched: str | None):
        present = sorted(set(sections["source"]))
        self.scheme, self._design = scheme, design
        self.groups = _groups_of(design, scheme, present)
        self.prevalence = float(sections["label"].mean())
        labels = sections.loc[sections["source"].isin(self.groups), "label"]
        negatives = int((labels == 0).sum())
        self.tested_by: str = scheme
        self.others: tuple[str, ...] | None = None
        self._called = OWN
        self.reason = not_valid(negatives_left(sections, self.groups)) or ("" if labels.any() else "no positive rows")
        if negatives < MIN_ROWS and matched is not None:
            self.tested_by = matched
            self.others, self._called = _others_of(design, matched, self.groups, present)
        elif negatives < MIN_ROWS and not self.reason:
            few = f"too few negatives ({negatives})" if negatives else "no negatives"
            self.reason = f"{few}: add {_advised(self.groups)}"

    def drop_of(self, agent: str, decided: Mapping[str, pd.DataFrame]) -> Drop | None:
        """Return an agent's drop; None where the design has no such cell."""
        reference = self._design.reference_of(agent)
        # An agent with few fits may have the scheme alone that its recall and false-positive rate are taken from.
        if not self._planned(agent, reference) or not self._planned(agent, self.scheme, self.tested_by):
            return None
        known = Drop(agent, self.scheme, self.groups, reference, self.reason, negatives_of=self._called)
        if self.reason:
            return known
        status = state(decided, (reference, self.tested_by), agent, self._design) or f"no cell on {self.tested_by}"
        return self._filled(replace(known, status=status), decided)

    def _planned(self, agent: str, *schemes: str) -> bool:
        return any(self._design.planned(scheme, agent) is not None for scheme in schemes)

    def _filled(self, known: Drop, decided: Mapping[str, pd.DataFrame]) -> Drop:
        if known.status != COMPLETE:
            return known
        found = evaluations(decided, known.agent, self._design, self.tested_by, self.groups, self.others)
        positives, fewest = found.positives, found.fewest_units
        known = replace(
            known,
            seeds=found.own.n_runs,
            positives=len(positives.rows),
            units=unit_count(positives, resample="clusters"),
            negatives=len(found.negatives.rows),
            fewest_units=fewest,
        )
        if fewest < MIN_UNITS:
            return replace(known, status=f"too few units ({fewest})")
        near, far = found.restated(self.prevalence)
        generator = generator_of(self._design, self.tested_by, self.groups, known.agent)
        drawn = found.draws(self.prevalence, self._design.draws, generator)
        reference, held_out, drop = found.intervals(drawn, self.prevalence, self._design.level)
        known = replace(known, f1_reference=near, f1_held_out=far, drop=near - far)
        known = replace(known, interval=drop, interval_reference=reference, interval_held_out=held_out)
        return replace(known, reference_draws=drawn[0], held_out_draws=drawn[1])


def _groups_of(design: Design, scheme: str, present: Sequence[str]) -> tuple[str, ...]:
    held = design.facts[scheme].held
    return resolved(held, present) if held else ()


def _others_of(design: Design, matched: str, groups: Sequence[str], present: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Return the groups that a matched scheme tests beside those held out, and what they are called."""
    named = design.facts[matched].arguments["others"]
    if named is None:
        return tuple(group for group in present if group not in groups), f"not {' + '.join(groups)}"
    others = resolved(named, present)
    return others, " + ".join(others)


def _advised(groups: Sequence[str]) -> str:
    return (
        f"scheme matched-{slug_of(groups[0])}"
        if len(groups) == 1
        else f"a scheme out: [{', '.join(groups)}] with_folds_of others"
    )

"""The intervals of one small study, as the tables make them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mirage.lazy import numpy as np
from mirage.stats import bootstrap
from mirage.stats.bootstrap import SHARE, Basis, Outcomes, basis, paired_basis, percentile_interval
from mirage.stats.calibration import ece_interval, quantile_bins
from mirage.stats.compare import corrected_difference, paired_difference
from mirage.stats.coverage.runs import FEW, TEST_SHARE, ArmRuns, FoldRuns, HeldOutRuns, RandomRuns, first_runs
from mirage.stats.decompose import AVERAGING, Rates, gap_terms
from mirage.stats.effective import f1_wilson_clustered
from mirage.stats.intervals import (
    Interval,
    corrected_resampled_t,
    f1_at_prevalence,
    f1_at_prevalence_jeffreys,
    f1_wilson,
    wilson,
    wilson_crossed,
)
from mirage.stats.ranking import mean_over_runs, run_shares, unit_weights, weighted_curve
from mirage.stats.restated import drop_interval, restated_interval
from mirage.stats.variance import difference_of_published

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from mirage.stats.coverage.repetition import Settings

    FloatArray = NDArray[np.float64]

RATIO = TEST_SHARE / (1 - TEST_SHARE)


class Intervals:
    """Makes intervals at the level, with the number of draws and from the stream of one repetition."""

    def __init__(self, settings: Settings, rng: np.random.Generator):
        self.level, self.draws, self.rng = settings.level, settings.draws, rng

    def of(self, draws: FloatArray, rests_on: Basis) -> Interval:
        """Return the tables' interval of draws of a difference."""
        return percentile_interval(draws, self.level, rests_on)

    def share(self, draws: FloatArray, rests_on: Basis) -> Interval:
        """Return the tables' interval of draws that lie from 0 to 1."""
        return percentile_interval(draws, self.level, rests_on, SHARE)

    def means(self, *outcomes: Outcomes, statistic: bootstrap.Statistic = "f1") -> list[Interval]:
        """Return the tables' intervals of means over runs on the same rows; one draw of units serves them all."""
        terms = [(each, statistic) for each in outcomes]
        drawn = bootstrap.ratio_draws(terms, self.draws, self.rng, resample="clusters")
        return [self.share(draws, basis(each)) for draws, each in zip(drawn, outcomes, strict=True)]

    def differences(self, *pairs: tuple[Outcomes, Outcomes]) -> list[Interval]:
        """Return the tables' intervals of gaps between two F1s; the pairs are on the same rows."""
        terms: list[tuple[Outcomes, bootstrap.Statistic]] = [(each, "f1") for pair in pairs for each in pair]
        drawn = bootstrap.ratio_draws(terms, self.draws, self.rng, resample="clusters")
        gaps = drawn[0::2] - drawn[1::2]
        return [self.of(draws, basis(*pair)) for draws, pair in zip(gaps, pairs, strict=True)]

    def drops(self, *sets: tuple[Outcomes, Outcomes, Outcomes], prevalence: float) -> list[tuple[Interval, Interval]]:
        """Return the tables' intervals of F1 held out, restated, and of the drop to it.

        A set is cross-validation, positives and negatives held out; the sets are on the same rows.
        """
        terms: list[tuple[Outcomes, bootstrap.Statistic]] = []
        for folds, positives, negatives in sets:
            terms += [(folds, "recall"), (folds, "fpr"), (positives, "recall"), (negatives, "fpr")]
        groups = [place // 2 for place in range(len(terms))]
        rates = bootstrap.ratio_draws(terms, self.draws, self.rng, resample="clusters", seed_groups=groups)
        found = []
        for place, (_, positives, negatives) in enumerate(sets):
            of_set = slice(4 * place, 4 * place + 4)
            points, drawn = np.array([bootstrap.point(*term) for term in terms[of_set]]), rates[of_set]
            near, far = (
                (
                    float(f1_at_prevalence(points[at], points[at + 1], prevalence)),
                    f1_at_prevalence(drawn[at], drawn[at + 1], prevalence),
                )
                for at in (0, 2)
            )
            own = positives, negatives, prevalence, self.level
            found.append((restated_interval(far[1], *own), drop_interval(near, far, *own)))
        return found

    def random(self, random: RandomRuns) -> dict[str, Interval]:
        """Intervals on random splits, and of two published models on one each."""
        first, second, level = random.first, random.second, self.level
        cells = [outcomes.counts()[place][run] for run, outcomes in enumerate((first, second)) for place in range(3)]
        one = first_runs(first, 1).select(first.present[0])
        corrected = corrected_difference(first, second, RATIO, level=level)
        f1, runs = random.tested[0], first.n_runs
        return {
            "f1_wilson": f1_wilson(float(cells[0]), float(cells[1]), float(cells[2]), level),
            "f1_effective": f1_wilson_clustered(one, level),
            "f1_bootstrap": percentile_interval(bootstrap.f1_draws(one, self.draws, self.rng), level),
            "corrected_t": corrected_resampled_t(f1[:runs], RATIO, level),
            "corrected_t_few": corrected_resampled_t(f1[:FEW], RATIO, level),
            "naive_t": corrected_resampled_t(f1[:runs], 0.0, level),
            "agents_t": (corrected.low, corrected.high),
            "relatives_t": corrected_resampled_t(random.relatives[:runs], RATIO, level),
            "published": difference_of_published(cells[0::3], cells[1::3], cells[2::3], level),
        }

    def folds(self, folds: FoldRuns, whole: FoldRuns) -> dict[str, Interval]:
        """Intervals of cross-validation, rows loose and clusters whole."""
        [loose], [steady, few] = self.means(folds.outcomes), self.means(whole.outcomes, whole.unsteady)
        return {
            "folds_wilson": self._pooled(folds.outcomes),
            "folds_boot": loose,
            "whole_wilson": self._pooled(whole.outcomes),
            "whole_effective": f1_wilson_clustered(whole.outcomes, self.level),
            "whole_boot": steady,
            "whole_boot_few": few,
        }

    def _pooled(self, outcomes: Outcomes) -> Interval:
        tp, fp, fn = (float(cell.mean()) for cell in outcomes.counts()[:3])
        return f1_wilson(tp, fp, fn, self.level)

    def held_out(self, folds: FoldRuns, out: HeldOutRuns, prevalence: float) -> dict[str, Interval]:
        """Intervals on the held-out source, alone and set against cross-validation."""
        recalled, alarmed = parts(out.first, out)
        few, few_alarmed = parts(out.unsteady, out)
        hits, alarms, level = recalled.predicted, alarmed.predicted, self.level
        found, m = float(hits[0].sum()), hits.shape[1]
        held, mixed = self.means(recalled, few), self.means(out.first, out.unsteady)
        gap_held = self.differences((folds.outcomes, recalled), (folds.unsteady, few))
        gap_mixed = self.differences((folds.outcomes, out.first), (folds.chosen, out.chosen))
        by_rows = folds.outcomes, recalled, alarmed
        steady, unsteady = self.drops(by_rows, (folds.unsteady, few, few_alarmed), prevalence=prevalence)
        [rows] = self.drops((_row_by_row(folds.outcomes), _row_by_row(recalled), _row_by_row(alarmed)), prevalence=prevalence)
        return {
            "recall_wilson": wilson(found, m, level),
            "recall_once": wilson_crossed(hits[0], level, recalled.cluster),
            "recall_rows": wilson_crossed(hits, level),
            "recall_clusters": wilson_crossed(hits, level, recalled.cluster),
            "recall_few": wilson_crossed(few.predicted, level, recalled.cluster),
            "fpr_clusters": wilson_crossed(alarms, level, alarmed.cluster),
            "recall_boot": self.means(recalled)[0],
            "recall_t": corrected_resampled_t(hits.mean(axis=1), 0.0, level),
            "restated_jeffreys": f1_at_prevalence_jeffreys(
                found, m, float(alarms[0].sum()), alarms.shape[1], prevalence, self.rng, level, self.draws
            ),
            "held_wilson": f1_wilson(found, 0.0, m - found, level),
            "held_once": f1_wilson_clustered(first_runs(recalled, 1), level),
            "held_effective": f1_wilson_clustered(recalled, level),
            "held_boot": held[0],
            "held_boot_few": held[1],
            "mixed_boot": mixed[0],
            "mixed_boot_few": mixed[1],
            "gap_held": gap_held[0],
            "gap_held_few": gap_held[1],
            "gap_mixed": gap_mixed[0],
            "gap_chosen": gap_mixed[1],
            "restated_boot": steady[0],
            "restated_boot_few": unsteady[0],
            "drop": steady[1],
            "drop_few": unsteady[1],
            "drop_rows": rows[1],
            "agents_mixed": self._agents(out),
        }

    def _agents(self, out: HeldOutRuns) -> Interval:
        found = paired_difference(out.first, out.second, self.draws, self.rng, level=self.level)
        return found.low, found.high

    def terms(self, folds: Outcomes, out: HeldOutRuns, arms: ArmRuns) -> dict[str, Interval]:
        """Intervals of the terms of the gap, and of what exposure is worth."""
        recalled, _ = parts(out.first, out)
        rows = out.first.select(out.positives | (out.first.y == 0))
        everything = [replace(item, predicted=np.ones_like(item.predicted)) for item in (folds, rows)]
        measured: list[tuple[Outcomes, bootstrap.Statistic]] = [(folds, "f1"), (folds, "recall"), (folds, "fpr")]
        measured += [(everything[0], "precision"), (everything[1], "precision"), (rows, "f1"), (rows, "fpr")]
        measured += [(arms.inside, "recall"), (arms.size, "recall"), (recalled, "recall")]
        drawn = bootstrap.ratio_draws(
            measured, self.draws, self.rng, resample="clusters", seed_groups=[0, 0, 0, 0, 1, 1, 1, 1, 1, 1]
        )
        rests_on = basis(recalled)
        pairs = {"training size": (arms.inside, arms.size), "exposure": (arms.size, recalled)}
        rests = {name: paired_basis(*pair) for name, pair in pairs.items()}
        terms = shapley_terms(Rates(drawn[1], drawn[2], drawn[3]), drawn[7:10], drawn[6], drawn[4], drawn[0] - drawn[5])
        intervals = {f"term {name}": self.of(draws, rests.get(name, rests_on)) for name, draws in terms.items()}
        return intervals | {"exposure": self.of(drawn[8] - drawn[9], rests["exposure"])}

    def auc(self, out: HeldOutRuns) -> Interval:
        """Interval of the area under the ROC curve of the source's positives against the fifth's negatives."""
        kept = out.positives | (out.first.y == 0)
        rows = out.first.select(kept)
        weights = unit_weights(rows.cluster, rows.y, self.draws, self.rng)
        areas = np.stack([weighted_curve(rows.y, score, weights).auc() for score in out.score[:, kept]])
        shares = run_shares(len(areas), self.draws, self.rng)
        units = min(len(np.unique(rows.cluster[rows.y == label])) for label in (0, 1))
        return self.share(mean_over_runs(areas, shares), Basis(units, len(areas)))

    def ece(self, rows: int) -> tuple[Interval, float]:
        """Interval of one sample of an overconfident classifier whose true probabilities are known, with the truth."""
        logit = 2 * self.rng.standard_normal(rows) - 1
        score, probability = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(-0.6 * logit))
        found = ece_interval(self.rng.random(rows) < probability, score, self.rng, level=self.level, draws=self.draws)
        truth = np.abs(np.bincount(quantile_bins(score), weights=probability - score)).sum() / rows
        return (found.low, found.high), float(truth)


def _row_by_row(outcomes: Outcomes) -> Outcomes:
    """Return the outcomes with each row a cluster of its own."""
    return replace(outcomes, cluster=outcomes.rows)


def parts(outcomes: Outcomes, out: HeldOutRuns) -> tuple[Outcomes, Outcomes]:
    """Return the source's positives, and the negatives of the fifth of the corpus."""
    return outcomes.select(out.positives), outcomes.select(~out.positives & (outcomes.y == 0))


def shapley_terms(
    reference: Rates, recalls: FloatArray, fpr: ArrayLike, prevalence: ArrayLike, gap: ArrayLike
) -> dict[str, FloatArray]:
    """Return the terms of a gap, given recall with the source in, so at the size of out, and out."""
    inside, size, out = recalls
    steps = {"found less often": inside - reference.recall, "training size": size - inside, "exposure": out - size}
    terms = gap_terms(reference, steps, fpr, prevalence, gap)
    return {name: terms[name] for name in (*steps, "false positives", "prevalence", AVERAGING)}


def restated_f1(recall: float, fpr: float, prevalence: float) -> float:
    """Return F1 at mean rates, as the tables restate it."""
    return float(f1_at_prevalence(recall, fpr, prevalence))

"""The crossed bootstrap: what it resamples, against closed forms, and the same bits from the same generator."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

from mirage.errors import StudyError
from mirage.stats import bootstrap
from mirage.stats.bootstrap import SHARE, Basis, Outcomes, percentile_interval
from mirage.stats.intervals import f1_at_prevalence


def outcomes(y, predicted, *, rows=None, present=None, cluster=None, split="random", agent="a"):
    y = np.asarray(y, dtype=np.int8)
    predicted = np.atleast_2d(np.asarray(predicted, dtype=np.int8))
    rows = np.arange(len(y)) if rows is None else np.asarray(rows)
    present = np.ones(predicted.shape, dtype=bool) if present is None else np.atleast_2d(np.asarray(present, dtype=bool))
    cluster = rows if cluster is None else np.asarray(cluster)
    return Outcomes(split, agent, rows, y, predicted, present, cluster)


def noisy(n=200, runs=5, seed=0, rate=0.1, **kwargs):
    rng = np.random.default_rng(seed)
    y = (np.arange(n) % 3 == 0).astype(np.int8)
    flips = rng.random((runs, n)) < rate
    return outcomes(y, np.where(flips, 1 - y, y), **kwargs)


def rng(seed=1):
    return np.random.default_rng(seed)


HAND = outcomes([1, 1, 1, 0, 0, 0], [[1, 1, 0, 1, 0, 0], [1, 1, 1, 0, 0, 0]])


def test_counts_and_statistics_of_runs_by_hand():
    # Run 1: TP 2, FP 1, FN 1, TN 2. Run 2: all right.
    assert [cell.tolist() for cell in HAND.counts()] == [[2, 3], [1, 0], [1, 0], [2, 3]]
    assert bootstrap.by_run(HAND, "f1").tolist() == pytest.approx([4 / 6, 1])
    assert bootstrap.by_run(HAND, "recall").tolist() == pytest.approx([2 / 3, 1])
    assert bootstrap.by_run(HAND, "precision").tolist() == pytest.approx([2 / 3, 1])
    assert bootstrap.by_run(HAND, "fpr").tolist() == pytest.approx([1 / 3, 0])
    assert bootstrap.point(HAND) == pytest.approx((4 / 6 + 1) / 2)


def test_a_row_outside_a_runs_test_set_does_not_count():
    partial = outcomes([1, 1, 0], [[1, 0, 1], [1, 0, 1]], present=[[1, 1, 0], [1, 0, 1]])
    # Run 1 sees rows 1 and 2: TP 1, FN 1, F1 2 / 3. Run 2 sees rows 1 and 3: TP 1, FP 1, F1 2 / 3, recall 1.
    assert bootstrap.by_run(partial).tolist() == pytest.approx([2 / 3, 2 / 3])
    assert bootstrap.by_run(partial, "recall").tolist() == pytest.approx([1 / 2, 1])


def test_select_keeps_rows_and_their_corpus_index():
    part = noisy(n=9).select(np.arange(9) >= 6)
    assert part.rows.tolist() == [6, 7, 8]
    assert part.predicted.shape == (5, 3)


def test_outcomes_from_long_columns():
    columns = {
        "seed": [2, 1, 1, 2],
        "rows": [30, 20, 10, 10],
        "y": [1, 0, 1, 1],
        "predicted": [1, 1, 0, 1],
        "cluster": [7, 8, 9, 9],
    }
    found = bootstrap.from_long("random", "a", **columns)
    assert found.rows.tolist() == [10, 20, 30]
    assert found.y.tolist() == [1, 0, 1]
    assert found.cluster.tolist() == [9, 8, 7]
    assert found.present.tolist() == [[True, True, False], [True, False, True]]
    assert found.predicted[found.present].tolist() == [0, 1, 1, 1]
    with pytest.raises(StudyError, match="label or cluster differs between runs"):
        bootstrap.from_long("random", "a", **{**columns, "y": [1, 0, 0, 1]})


# Row 10 is positive and tested by two models a run, rows 20 and 30 by one, 20 in the first run alone and 30 in the second.
REPEATED = {
    "seed": [1, 1, 1, 2, 2, 2],
    "rows": [10, 10, 20, 10, 10, 30],
    "y": [1, 1, 0, 1, 1, 0],
    "predicted": [1, 0, 1, 1, 1, 0],
    "cluster": [5, 5, 6, 5, 5, 7],
}


def test_a_row_that_several_models_of_a_run_test_counts_each_test():
    found = bootstrap.from_long("matched", "a", **REPEATED)
    assert found.tested.tolist() == [[2, 1, 0], [2, 0, 1]]
    assert found.votes.tolist() == [[1, 1, 0], [2, 0, 0]]
    assert [cell.tolist() for cell in found.counts()] == [[1, 2], [1, 0], [1, 0], [0, 1]]
    assert bootstrap.by_run(found, "recall").tolist() == [0.5, 1.0]
    assert bootstrap.by_run(found, "fpr").tolist() == [1.0, 0.0]
    assert bootstrap.by_run(found, "precision").tolist() == [0.5, 1.0]
    # Half of the models are not most of them.
    assert found.right(0).tolist() == [False, False]
    assert found.right(1).tolist() == [True, True]


def test_pooled_runs_weigh_a_row_once_however_often_it_was_tested():
    pooled = bootstrap.from_long("matched", "a", **REPEATED).pooled()
    assert (pooled.tested / pooled.tested.max()).tolist() == [[1, 1, 1]]
    assert bootstrap.point(pooled, "recall") == pytest.approx(3 / 4)
    assert bootstrap.point(pooled, "fpr") == pytest.approx(1 / 2)


@pytest.mark.parametrize("statistic", bootstrap.STATISTICS)
@pytest.mark.parametrize("resample", ["rows", "clusters"])
def test_draws_agree_with_a_plain_loop(statistic, resample):
    data = noisy(n=60, runs=3, rate=0.2, cluster=np.arange(60) // 4)
    draws = bootstrap.ratio_draws([(data, statistic)], 4000, rng(), resample=resample)[0]

    generator = rng(9)
    unit = data.rows if resample == "rows" else data.cluster
    units = np.unique(unit)
    slow = []
    for _ in range(1500):
        rows = np.concatenate([np.flatnonzero(unit == u) for u in generator.choice(units, len(units))])
        values = []
        for run in generator.integers(0, 3, 3):
            y, p = data.y[rows], data.predicted[run, rows]
            tp, fp, fn, tn = ((y & p).sum(), ((1 - y) & p).sum(), (y & (1 - p)).sum(), ((1 - y) & (1 - p)).sum())
            values.append(
                {
                    "f1": 2 * tp / (2 * tp + fp + fn),
                    "recall": tp / (tp + fn),
                    "precision": tp / (tp + fp),
                    "fpr": fp / (fp + tn),
                }[statistic]
            )
        slow.append(np.mean(values))
    error = np.std(slow) * math.sqrt(1 / 1500 + 1 / 4000)
    assert draws.mean() == pytest.approx(np.mean(slow), abs=4 * error)
    assert draws.std() == pytest.approx(np.std(slow), rel=0.08)


def test_variance_of_recall_over_rows_is_the_binomial_one():
    # 40 positives, recall .75: standard error sqrt(.75 * .25 / 40) = .0684653
    data = outcomes(np.ones(40), np.repeat([1, 0], [30, 10]))
    draws = bootstrap.statistic_draws(data, "recall", 20_000, rng())
    assert draws.mean() == pytest.approx(0.75, abs=0.002)
    assert draws.std() == pytest.approx(0.0684653, rel=0.02)


def test_variance_over_clusters_counts_clusters():
    # 10 clusters of 4 like rows, 5 found: sqrt(.5 * .5 / 10) = .158114, whereas 40 single rows would give .079057.
    data = outcomes(np.ones(40), np.repeat([1, 0], 20), cluster=np.arange(40) // 4)
    assert bootstrap.statistic_draws(data, "recall", 20_000, rng(), resample="clusters").std() == pytest.approx(
        0.158114, rel=0.02
    )
    assert bootstrap.statistic_draws(data, "recall", 20_000, rng()).std() == pytest.approx(0.079057, rel=0.02)


def test_runs_alone_vary_where_rows_are_alike():
    # Every row of a run is alike, so rows add nothing; recalls 1 and 0 of two runs: mean of two draws has sd .5 / sqrt(2).
    data = outcomes(np.ones(30), [np.ones(30), np.zeros(30)])
    assert bootstrap.statistic_draws(data, "recall", 20_000, rng()).std() == pytest.approx(0.5 / math.sqrt(2), rel=0.02)
    assert bootstrap.statistic_draws(data, "recall", 50, rng(), seeds=False).tolist() == [0.5] * 50


def test_same_seed_same_bits_whatever_the_chunk():
    data = noisy(cluster=np.arange(200) // 3)
    first = bootstrap.f1_draws(data, 501, rng(5), resample="clusters")
    assert first.tobytes() == bootstrap.f1_draws(data, 501, rng(5), resample="clusters").tobytes()
    chunked = bootstrap.ratio_draws([(data, "f1")], 501, rng(5), resample="clusters", chunk=7)[0]
    assert first.tobytes() == chunked.tobytes()
    assert first.tobytes() != bootstrap.f1_draws(data, 501, rng(6), resample="clusters").tobytes()


def test_another_seed_gives_an_interval_that_overlaps():
    low, high = percentile_interval(bootstrap.f1_draws(noisy(), 1000, rng(1)))
    other_low, other_high = percentile_interval(bootstrap.f1_draws(noisy(), 1000, rng(2)))
    assert low < bootstrap.point(noisy()) < high
    assert max(low, other_low) < min(high, other_high)


def test_an_agent_keeps_its_draws_when_others_join():
    first, second = noisy(agent="a"), noisy(agent="b", seed=3)
    alone = bootstrap.ratio_draws([(first, "f1")], 100, rng())
    both = bootstrap.ratio_draws([(first, "f1"), (second, "f1")], 100, rng())
    assert alone[0].tobytes() == both[0].tobytes()


def test_the_same_outcomes_twice_differ_by_runs_only():
    data = noisy()
    a, b = bootstrap.joint_draws(data, data, 200, rng(), paired_seeds=True)
    assert (a == b).all()
    a, b = bootstrap.joint_draws(data, data, 200, rng(), seeds=False)
    assert (a == b).all()
    a, b = bootstrap.joint_draws(data, data, 200, rng())
    assert 0.3 < np.corrcoef(a, b)[0, 1] < 1


def test_rows_are_shared_by_their_corpus_index():
    # The second holds rows 50 to 99 of the first, in reverse order: on those rows the two agree in every draw.
    whole = noisy(n=100, runs=2, rate=0.3)
    part = whole.select(np.arange(100) >= 50)
    flipped = outcomes(part.y[::-1], part.predicted[:, ::-1], rows=part.rows[::-1])
    a, b = bootstrap.joint_draws(part, flipped, 100, rng(), seeds=False)
    assert (a == b).all()
    a, b = bootstrap.joint_draws(whole, flipped, 2000, rng(), seeds=False)
    assert np.corrcoef(a, b)[0, 1] > 0.3


def test_disjoint_rows_are_drawn_independently():
    a, b = bootstrap.joint_draws(
        noisy(n=100, rate=0.3), noisy(n=100, rate=0.3, rows=np.arange(100, 200)), 4000, rng(), seeds=False
    )
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.06


def test_a_small_held_out_set_keeps_its_size_in_every_draw():
    # Two found positives among 100 rows: F1 is 1 unless a draw holds neither, which would befall 13 % of unstratified draws.
    whole = noisy(n=100)
    part = outcomes(np.ones(2), np.ones(2), rows=[98, 99])
    _, b = bootstrap.joint_draws(whole, part, 500, rng())
    assert (b == 1).all()


def test_restated_draws_combine_recall_and_false_positive_rate():
    positives = outcomes(np.ones(30), np.repeat([1, 0], [24, 6]))
    negatives = outcomes(np.zeros(200), np.repeat([1, 0], [20, 180]), rows=np.arange(100, 300))
    draws = bootstrap.restated_draws(positives, negatives, 0.3, 8000, rng())
    # r = .8, q = .1 at p = .3: .48 / .61
    assert np.median(draws) == pytest.approx(0.48 / 0.61, abs=0.01)
    rates = bootstrap.ratio_draws([(positives, "recall"), (negatives, "fpr")], 8000, rng(), seed_groups=[0, 0])
    assert (draws == f1_at_prevalence(rates[0], rates[1], 0.3)).all()


def test_restated_gap_of_one_set_with_itself_is_zero():
    data = noisy()
    a, b = bootstrap.restated_gap_draws((data, data), (data, data), 0.287, 300, rng(), paired_seeds=True)
    assert (a == b).all()
    a, b = bootstrap.restated_gap_draws((data, data), (data, data), 0.287, 300, rng())
    assert (a != b).any()


def test_percentile_interval_by_hand():
    # 0 .. 100: the 2.5 % and 97.5 % points are 2.5 and 97.5.
    assert percentile_interval(np.arange(101)) == pytest.approx((2.5, 97.5))
    assert percentile_interval(np.arange(101), 0.8) == pytest.approx((10, 90))


# Draws 0, .0001, .. 1: their percentile p is p, and they lean to no side.
EVEN = np.arange(10_001) / 10_000
MANY = 10**9


def shuffled(draws, seed=0):
    """Draws in an order in which a pair says nothing."""
    return np.random.default_rng(seed).permutation(draws)


def test_ends_that_are_alike_are_no_interval():
    mostly_alike = np.r_[np.zeros(1000), 0.1]
    assert np.isnan(percentile_interval(mostly_alike)).all()
    assert np.isnan(percentile_interval(mostly_alike, 0.95, Basis(30))).all()


def test_few_units_widen_the_percentile_interval():
    # Ten units: sqrt(10 / 9) * 2.262157 = 2.384525, whose normal tail is .008551.
    assert percentile_interval(EVEN, 0.95, Basis(10)) == pytest.approx((0.008551, 0.991449), abs=1e-5)
    assert percentile_interval(EVEN, 0.95, Basis(MANY)) == pytest.approx((0.025, 0.975), abs=1e-5)
    assert np.isnan(percentile_interval(EVEN, 0.95, Basis(1))).all()


def test_few_runs_widen_the_percentile_interval_by_their_part_of_the_variance():
    # Pairs that share all: three runs alone vary. sqrt(3 / 2) * 4.302653 = 5.269652, beyond all draws; at level .8, 2.309401.
    alike = np.repeat(shuffled(EVEN[:-1]), 2)
    assert percentile_interval(alike, 0.8, Basis(MANY, 3)) == pytest.approx((0.010461, 0.989539), abs=2e-4)
    # Pairs that share nothing: units alone vary, and three runs tell what they can.
    assert percentile_interval(shuffled(EVEN), 0.8, Basis(MANY, 3)) == pytest.approx((0.1, 0.9), abs=0.01)
    assert percentile_interval(alike, 0.8, Basis(MANY)) == pytest.approx((0.1, 0.9), abs=1e-3)


def test_both_parts_of_the_variance_widen_by_satterthwaite():
    # Each draw is the sum of a part that its pair shares and one that it does not, of one variance. With five units and three runs:
    # V = 1 * 5/4 + 1 * 3/2 = 2.75, degrees of freedom 2.75^2 / (1.25^2 / 4 + 1.5^2 / 2) = 4.989, t at 90 % 1.4764.
    own, shared = np.random.default_rng(0).standard_normal((2, 200_000))
    draws = (own + np.repeat(shared[: len(own) // 2], 2)) / 100
    deviate = math.sqrt(2.75) * 1.4764
    assert percentile_interval(draws, 0.8, Basis(5, 3)) == pytest.approx((-deviate / 100, deviate / 100), rel=0.02)


def test_skewed_draws_move_the_end_of_their_long_tail_outward_alone():
    # Draws e^x, evenly spaced in probability, cut to a skewness of more than .9: a sixth of .9 is .15. The upper deviate is .15 +
    # (.15 + 1.959964) / (1 - .15 * 2.109964) = 3.236930; the lower one would be -1.267, and stays at -1.959964.
    draws = np.exp(stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)) / 1000
    assert stats.skew(draws) > 0.9
    assert percentile_interval(draws, 0.95, Basis(MANY)) == pytest.approx(
        (math.exp(-1.959964) / 1000, math.exp(3.236930) / 1000), rel=0.02
    )
    low, high = percentile_interval(-draws, 0.95, Basis(MANY))
    assert (-high, -low) == pytest.approx((math.exp(-1.959964) / 1000, math.exp(3.236930) / 1000), rel=0.02)


def test_an_end_beyond_the_steady_draws_is_stretched_to_a_bound_or_not_told():
    # 999 draws: five of a thousand lie beyond the last that is steady, at a deviate of 2.575829. Four units reach as far as 3.674772.
    draws = 0.5 + stats.norm.ppf(np.arange(1, 1000) / 1000) / 100
    assert percentile_interval(draws, 0.95, Basis(4)) == pytest.approx((0.5 - 0.03674772, 0.5 + 0.03674772), abs=1e-3)
    # Two units, sqrt(2) * 12.706205, reach further than three times that.
    assert np.isnan(percentile_interval(draws, 0.95, Basis(2))).all()
    wide = 0.9 + stats.norm.ppf(np.arange(1, 1000) / 1000) / 30
    low, high = percentile_interval(wide, 0.95, Basis(4), SHARE)
    assert (low, high) == (pytest.approx(0.9 - 3.674772 / 30, abs=4e-3), 1.0)


def test_draws_come_in_pairs_that_share_their_runs():
    # Runs that find all or nothing, on rows that say nothing: a draw is the share of the runs drawn that find all.
    y = np.ones(4, dtype=np.int8)
    predicted = np.repeat([[1], [0], [0]], 4, axis=1).astype(np.int8)
    data = Outcomes("s", "a", np.arange(4), y, predicted, np.ones((3, 4), dtype=bool), np.arange(4))
    drawn = bootstrap.statistic_draws(data, "recall", 101, rng())
    assert (drawn[0:100:2] == drawn[1:100:2]).all()
    assert len(np.unique(drawn)) > 2
    # Pairs stay whole where draws are made in parts, an odd number at a time.
    in_parts = bootstrap.ratio_draws([(data, "recall")], 101, rng(), chunk=7)[0]
    assert (in_parts[0:100:2] == in_parts[1:100:2]).all()


def test_a_percentile_beyond_the_draws_is_not_their_extreme():
    # The tail of 2.5 % is 1 of 40: 39 draws reach it, 38 do not.
    assert percentile_interval(np.arange(39)) == pytest.approx((0.95, 37.05))
    assert np.isnan(percentile_interval(np.arange(38))).all()


def test_units_that_carry_f1_have_a_row_that_is_positive_or_called_so():
    # Units 0 to 3: a positive; a negative that one run calls positive; a negative that none does; a positive that no run tests.
    y, cluster = np.array([1, 0, 0, 1], dtype=np.int8), np.array([5, 6, 7, 8])
    predicted = np.array([[1, 0, 0, 1], [1, 1, 0, 1]], dtype=np.int8)
    tested = np.array([[1, 1, 1, 0], [1, 1, 1, 0]], dtype=bool)
    data = Outcomes("s", "a", np.arange(4), y, predicted, tested, cluster)
    assert bootstrap.carrying_units(data) == 2
    assert bootstrap.basis(data) == Basis(2, 2)
    other = dataclasses.replace(data, predicted=np.ones((2, 4), dtype=np.int8))
    assert bootstrap.basis(data, other.select(y == 1)) == Basis(1, 2)
    # One negative is called otherwise by both runs, and one by one run.
    assert bootstrap.paired_basis(data, other) == Basis(2, 2)
    assert bootstrap.paired_basis(data, data).units == 0


def test_draws_that_are_all_alike_have_no_interval():
    assert np.isnan(percentile_interval([0.5] * 100)).all()
    assert np.isnan(percentile_interval([0.1 + 0.2, 0.3, math.nan] * 100, 0.4)).all()


def test_units_are_those_of_the_smallest_set():
    whole = noisy(n=12, cluster=np.arange(12) // 4)
    part = whole.select(np.arange(12) >= 7)
    assert bootstrap.unit_count(whole, part) == 5
    assert bootstrap.unit_count(whole, resample="clusters") == 3
    assert bootstrap.unit_count(whole, part, resample="clusters") == 2


def test_percentile_interval_leaves_out_few_undefined_draws_but_not_many():
    draws = np.arange(100.0)
    draws[:5] = np.nan
    assert percentile_interval(draws)[0] > 5
    draws[:6] = np.nan
    assert np.isnan(percentile_interval(draws)).all()
    assert np.isnan(percentile_interval([])).all()


def test_no_positives_and_no_alarms_is_undefined():
    silent = outcomes(np.zeros(20), np.zeros((3, 20)))
    assert math.isnan(bootstrap.point(silent))
    assert np.isnan(bootstrap.f1_draws(silent, 50, rng())).all()
    assert np.isnan(percentile_interval(bootstrap.f1_draws(silent, 50, rng()))).all()


def test_one_run_and_one_row():
    assert bootstrap.f1_draws(outcomes([1], [1]), 10, rng()).tolist() == [1.0] * 10
    assert bootstrap.f1_draws(outcomes([1], [0]), 10, rng()).tolist() == [0.0] * 10


def test_an_undefined_run_spoils_only_draws_that_hold_it():
    data = outcomes([1, 0], [[1, 0], [0, 0]], present=[[1, 1], [0, 1]])
    draws = bootstrap.statistic_draws(data, "recall", 4000, rng(), resample="clusters")
    assert 0.25 < np.isnan(draws).mean() < 1
    assert set(draws[~np.isnan(draws)]) == {1.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.zeros(3, dtype=np.int8)}, r"both must be \(6,\)"),
        ({"tested": np.ones((1, 6), dtype=bool)}, r"both must be \(runs, 6\)"),
        ({"predicted": np.zeros((0, 6), dtype=np.int8), "tested": np.zeros((0, 6), dtype=bool)}, "no run"),
        ({"rows": np.array([0, 1, 2, 3, 4, 4])}, "occurs twice"),
        ({"y": np.full(6, 2, dtype=np.int8)}, "a label is neither 0 nor 1"),
        ({"predicted": np.full((2, 6), 2, dtype=np.int8)}, "a prediction is neither 0 nor 1"),
        ({"predicted": np.full((2, 6), 0.5)}, "a prediction is neither 0 nor 1"),
    ],
)
def test_tables_that_do_not_fit_are_refused_by_name(change, message):
    with pytest.raises(StudyError, match=f"outcomes of random/a: .*{message}"):
        dataclasses.replace(HAND, **change)


def test_bad_requests_say_what_to_write():
    with pytest.raises(StudyError, match="write rows or clusters"):
        bootstrap.f1_draws(HAND, 10, rng(), resample="seeds")
    with pytest.raises(StudyError, match="write one of f1, recall, precision, fpr"):
        bootstrap.statistic_draws(HAND, "accuracy", 10, rng())
    with pytest.raises(StudyError, match="at least 1"):
        bootstrap.f1_draws(HAND, 0, rng())
    with pytest.raises(StudyError, match="random/a has 2 runs and random/b has 5; give both the same seeds"):
        bootstrap.joint_draws(HAND, noisy(agent="b"), 10, rng(), paired_seeds=True)
    with pytest.raises(StudyError, match="1 labels for 2 terms"):
        bootstrap.ratio_draws([(HAND, "f1"), (HAND, "f1")], 10, rng(), seed_groups=[0])


def test_no_terms_no_draws():
    assert bootstrap.ratio_draws([], 10, rng()).shape == (0, 10)

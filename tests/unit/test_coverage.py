"""The coverage study: worlds that draw what they promise, and a table that tells good intervals from bad ones."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from mirage.errors import StudyError
from mirage.stats.coverage.kinds import KINDS
from mirage.stats.coverage.linear import Table, fit, scores
from mirage.stats.coverage.repetition import Settings, prepare
from mirage.stats.coverage.summary import open_pool, repeat, summarise
from mirage.stats.coverage.worlds import GaussianWorld, ResampledWorld, with_drop

SMALL = Settings(repetitions=24, draws=99, runs=4, reference_runs=5)


def simulated(world, rng, settings, workers=1):
    """Simulate a whole study of coverage at once, in this process or in several."""
    plan = prepare(world, rng, settings)
    if workers == 1:
        return summarise(plan, repeat(plan, 0, settings.repetitions))
    with open_pool(plan, workers) as pool:
        return summarise(plan, repeat(plan, 0, settings.repetitions, pool))


@pytest.fixture(scope="module")
def table():
    return simulated(GaussianWorld(rows=400), np.random.default_rng(0), SMALL)


def find(table, kind, estimand, unit):
    (row,) = [row for row in table if (row.kind, row.unit) == (kind, unit) and row.estimand.startswith(estimand)][:1]
    return row


def test_gaussian_world_draws_its_numbers():
    world = GaussianWorld(rows=4000, prevalence=0.25, clusters=(3, 2))
    corpus = world.corpus(np.random.default_rng(0))
    assert corpus.x.shape == (4000, 20)
    assert corpus.y.mean() == pytest.approx(0.25, abs=0.03)
    assert corpus.x[corpus.y == 1, 0].mean() == pytest.approx(3.6, abs=0.15)
    held = world.held_out(np.random.default_rng(0), times=2)
    assert held.cluster.tolist() == [0, 0, 0, 1, 1, 2, 2, 2, 3, 3]
    assert held.y.all()


def test_held_out_rows_of_one_cluster_are_alike():
    world = GaussianWorld(clusters=(2,), cluster_sd=0.8)
    along = world.held_out(np.random.default_rng(0), times=4000).x[:, 0].reshape(-1, 2)
    # The offset's variance .64 is shared, of a total of 1.
    assert np.corrcoef(along.T)[0, 1] == pytest.approx(0.64, abs=0.03)


HELD = np.array([[0.0, 0.0], [1.0, 1.0], [50.0, 50.0]])
TEN = np.arange(20.0).reshape(10, 2)


def test_resampled_world_keeps_clusters_whole_and_moves_rows_a_little():
    world = ResampledWorld(TEN, np.repeat([0, 1], 5).astype(np.int8), HELD, np.array([4, 4, 9]), bandwidth=0.001)
    for seed in range(5):
        drawn = world.held_out(np.random.default_rng(seed))
        assert len(np.unique(drawn.cluster)) == 2
        for cluster in np.unique(drawn.cluster):
            rows = drawn.x[drawn.cluster == cluster]
            assert rows.round().tolist() in ([[0, 0], [1, 1]], [[50, 50]])
    corpus = world.corpus(np.random.default_rng(1))
    assert len(np.unique(corpus.cluster)) == len(corpus.y) == 10
    assert ((corpus.x.round()[:, 0] // 2 >= 5) == corpus.y).all()


def test_resampled_world_draws_the_corpus_in_clusters_where_it_has_them():
    cluster = np.array([7, 7, 7, 7, 3, 3, 3, 1, 1, 0])
    world = ResampledWorld(TEN, np.zeros(10, dtype=np.int8), HELD, np.arange(3), cluster=cluster, bandwidth=0.001)
    sizes = {len(world.corpus(np.random.default_rng(seed)).y) for seed in range(20)}
    assert len(sizes) > 1
    corpus = world.corpus(np.random.default_rng(0))
    for number in np.unique(corpus.cluster):
        drawn = (corpus.x[corpus.cluster == number].round()[:, 0] // 2).astype(int)
        assert len(set(cluster[drawn])) == 1
        assert sorted(drawn.tolist()) == np.flatnonzero(cluster == cluster[drawn[0]]).tolist()


def drawn_rates(world, model, draws=40, seed=0):
    """Recall, false-positive rate and recall held out of a model on fresh rows."""
    rng = np.random.default_rng(seed)
    corpora, held = [world.corpus(rng) for _ in range(draws)], [world.held_out(rng) for _ in range(40 * draws)]
    x, y = (np.concatenate([getattr(sample, name) for sample in corpora]) for name in ("x", "y"))
    called = x @ model[:-1] + model[-1] > 0.5
    far = np.concatenate([sample.x for sample in held]) @ model[:-1] + model[-1]
    return called[y == 1].mean(), called[y == 0].mean(), (far > 0.5).mean()


@pytest.mark.parametrize("make", [lambda source: source, lambda source: resampled(source)], ids=["known", "resampled"])
def test_what_a_model_does_in_the_population_is_what_it_does_on_fresh_rows(make):
    world = make(GaussianWorld(rows=400, dimension=4, clusters=(3, 2, 1, 1)))
    corpus = world.corpus(np.random.default_rng(1))
    model = fit([Table(corpus.x, corpus.y).squares()])
    rates = world.rates(model)
    assert (rates.recall[0], rates.fpr[0], rates.held[0]) == pytest.approx(drawn_rates(world, model[0]), abs=0.015)
    # A threshold that every score exceeds, one a model.
    assert world.rates(model, np.array([-50.0])).fpr == pytest.approx([1])


def resampled(source):
    corpus, held = source.corpus(np.random.default_rng(2)), source.held_out(np.random.default_rng(3))
    return ResampledWorld(corpus.x, corpus.y, held.x, held.cluster)


def test_rates_by_hand():
    # The score is the first feature, whose mean is 0 of negatives, 2 of positives and 1 of held-out positives, and its noise 1.
    world = GaussianWorld(dimension=2, separation=2.0, shift=0.5, prevalence=0.25)
    rates = world.rates(np.array([[1.0, 0.0, 0.0]]), 1.0)
    assert (rates.recall[0], rates.fpr[0], rates.held[0]) == pytest.approx((0.841345, 0.158655, 0.5), abs=1e-6)
    assert rates.f1[0] == pytest.approx(2 * 0.25 * 0.841345 / (0.25 * 0.841345 + 0.75 * 0.158655 + 0.25), abs=1e-6)
    assert rates.restated[0] == pytest.approx(0.25 / (0.125 + 0.75 * 0.158655 + 0.25), abs=1e-6)
    # Two scores one apart, each with noise 1: Phi(1 / sqrt 2).
    assert world.auc(np.array([[1.0, 0.0, 0.0]])) == pytest.approx([0.760250])


def test_the_area_of_a_resampled_world_is_the_mean_over_pairs_of_rows():
    # One feature; noise of a tenth of its standard deviation, and scores so far apart that only order counts.
    world = ResampledWorld(
        np.array([[0.0], [10.0], [20.0]]),
        np.array([0, 0, 1], dtype=np.int8),
        np.array([[5.0], [15.0]]),
        np.arange(2),
        bandwidth=0.001,
    )
    assert world.auc(np.array([[1.0, 0.0]])) == pytest.approx([3 / 4])


@pytest.mark.parametrize("make", [lambda source: source, lambda source: resampled(source)], ids=["known", "resampled"])
def test_a_world_is_moved_until_f1_drops_by_so_much(make):
    world = make(GaussianWorld(rows=400, dimension=4, clusters=(3, 2, 1, 1)))
    corpus = world.corpus(np.random.default_rng(1))
    model = fit([Table(corpus.x, corpus.y).squares()])
    at_zero, moved = world.moved(0.0).rates(model), with_drop(world, model, 0.05).rates(model)
    assert at_zero.held == pytest.approx(at_zero.recall)
    assert moved.f1 - moved.restated == pytest.approx([0.05], abs=1e-6)
    sizes = [len(np.unique(each.held_out(np.random.default_rng(0)).cluster)) for each in (world, with_drop(world, model, 0.05))]
    assert sizes == [4, 4]


def test_a_model_without_some_rows_is_the_model_of_the_rest():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((30, 3)), rng.integers(0, 2, 30).astype(np.int8)
    table = Table(x, y)
    left = np.arange(5)
    [rest] = fit([table.squares() - table.squares(left)])
    [own] = fit([Table(x[5:], y[5:]).squares()])
    np.testing.assert_allclose(rest, own)
    [half] = fit([table.squares()], 2)
    np.testing.assert_allclose(half[[0, 1, 3]], fit([Table(x[:, :2], y).squares()])[0])
    assert half[2] == 0
    np.testing.assert_allclose(scores(own[None], table.rows)[0], x @ own[:-1] + own[-1])


def test_resampled_world_refuses_tables_that_do_not_fit():
    x, y = np.zeros((4, 2)), np.zeros(4, dtype=np.int8)
    with pytest.raises(StudyError, match="equally many columns"):
        ResampledWorld(x, y, np.zeros((2, 3)), np.zeros(2, dtype=int))
    with pytest.raises(StudyError, match="one a row"):
        ResampledWorld(x, y[:3], np.zeros((2, 2)), np.zeros(2, dtype=int))
    with pytest.raises(StudyError, match="one a row"):
        ResampledWorld(x, y, np.zeros((2, 2)), np.zeros(2, dtype=int), cluster=np.zeros(5, dtype=int))


def test_every_kind_has_one_row_with_its_numbers(table):
    assert len(table) == len(KINDS)
    # Rows that are drawn one by one have no relatives.
    unknown = [row for row in table if row.missing == 1]
    assert [row.estimand for row in unknown] == ["F1, all rows minus rows without relatives"]
    for row in table:
        assert row.repetitions == 24
        if row not in unknown:
            assert 0 <= row.low <= row.coverage <= row.high <= 1
            assert row.width > 0
            # Runs that all score alike have no spread to make a t interval of; agents that hardly differ, and few runs that differ
            # much, have no steady one.
            assert row.missing < (0.9 if row.kind == "t over runs" or "unit bootstrap" in row.kind or row.word else 1e-9)
    assert {row.rows for row in table} == {400, 35}


def test_a_kind_is_named_once():
    kinds = [(kind.name, kind.estimand, kind.target, kind.unit, kind.runs) for kind in KINDS]
    assert len(set(kinds)) == len(kinds)


def test_the_bonus_of_relatives_in_training_is_part_of_the_truth():
    plan = prepare(GaussianWorld(rows=100), np.random.default_rng(0), dataclasses.replace(SMALL, repetitions=2))
    names = {kind.interval: kind.truth for kind in KINDS}
    columns = {f"{name}_low": [0.55, 0.55] for name in names} | {f"{name}_high": [0.75, 0.75] for name in names}
    columns |= {f"truth_{truth}": [0.5, 0.7] for truth in names.values()}
    without = summarise(plan, pd.DataFrame(columns))
    shares = {row.target: row.coverage for row in without if not row.word}
    assert shares == {"this model": 0.5, "this corpus": 0.5, "new corpus": 1.0}
    # The mean bonus, .1, lifts the truths to .6 and .8, and their mean to .7.
    bonus = summarise(plan, pd.DataFrame({**columns, "bonus_random_f1": [0.05, 0.15]}))
    t = [row.coverage for row in bonus if row.kind == "corrected resampled t" and row.estimand == "F1, random splits"]
    assert t == [1.0, 1.0]
    lifted = summarise(plan, pd.DataFrame({**columns, "bonus_random_f1": [0.2, 0.2]}))
    assert [row.coverage for row in lifted if row.kind == "t over splits"] == [0.0]


def test_a_word_is_wrong_beyond_the_end_that_decides_it():
    plan = prepare(GaussianWorld(rows=100), np.random.default_rng(0), dataclasses.replace(SMALL, repetitions=4))
    names = {kind.interval: kind.truth for kind in KINDS}
    # The truth lies above, at the upper end, inside and below.
    columns = {f"{name}_low": [0.2] * 4 for name in names} | {f"{name}_high": [0.6] * 4 for name in names}
    columns |= {f"truth_{truth}": [0.7, 0.6, 0.5, 0.1] for truth in names.values()}
    found = {row.kind: row for row in summarise(plan, pd.DataFrame(columns)) if row.word}
    # A margin of .7 or .6 would be held by an interval up to .6; a drop of .1 would be said to be more by one from .2.
    assert (found["holds"].coverage, found["falls"].coverage) == (0.5, 0.75)
    assert found["holds"].level == pytest.approx(0.975)


def test_the_table_tells_bad_intervals_from_good_ones(table):
    assert find(table, "t over runs", "recall", "runs").high < 0.93
    assert find(table, "t over runs", "recall", "runs").coverage < 0.6
    assert find(table, "Wilson on Jaccard", "F1, one run", "rows").high >= 0.93
    assert find(table, "corrected resampled t", "F1", "splits").high >= 0.93
    assert find(table, "unit bootstrap", "F1, held-out source", "clusters x runs").high >= 0.93
    once = find(table, "Wilson on Jaccard", "F1, held-out source, one run", "rows")
    assert once.coverage < 0.9 < find(table, "Wilson on Jaccard at effective n", "F1, held-out source", "clusters x runs").high
    rows, clusters = (find(table, "Wilson at effective n", "recall", f"{unit} x runs") for unit in ("rows", "clusters"))
    assert rows.width < clusters.width
    assert rows.coverage < clusters.coverage


def test_clusters_in_the_corpus_widen_what_draws_them_and_no_other():
    source = GaussianWorld(rows=120, clusters=(2,) * 8)
    corpus, held = source.corpus(np.random.default_rng(0)), source.held_out(np.random.default_rng(1))
    # Fifteen rows that stand four times each, and sixty that stand alone.
    place = np.concatenate([np.repeat(np.arange(15), 4), np.arange(15, 75)])
    x, y, cluster = corpus.x[place], corpus.y[place], place
    alone = ResampledWorld(x, y, held.x, held.cluster, bandwidth=0.05)
    together = dataclasses.replace(alone, cluster=cluster)
    settings = dataclasses.replace(SMALL, repetitions=6)
    tables = [simulated(world, np.random.default_rng(2), settings) for world in (alone, together)]
    widths = [
        find(table, "unit bootstrap", "F1, 5-fold, clusters whole", "clusters x runs").width
        / find(table, "Wilson on Jaccard, pooled counts", "F1, 5-fold, clusters whole", "rows").width
        for table in tables
    ]
    assert widths[0] < 1.3 < widths[1]
    assert find(tables[1], "corrected resampled t", "F1, all rows", "splits").missing < 1


def test_same_generator_same_table_on_any_number_of_workers():
    tiny = dataclasses.replace(SMALL, repetitions=4)
    world = GaussianWorld(rows=200)
    first = pd.DataFrame(simulated(world, np.random.default_rng(3), tiny))
    pd.testing.assert_frame_equal(first, pd.DataFrame(simulated(world, np.random.default_rng(3), tiny, workers=2)))
    assert not first.equals(pd.DataFrame(simulated(world, np.random.default_rng(4), tiny)))


def test_a_repetition_has_its_own_stream():
    tiny = dataclasses.replace(SMALL, repetitions=3)
    world = GaussianWorld(rows=200)
    plan = prepare(world, np.random.default_rng(3), tiny)
    longer = prepare(world, np.random.default_rng(3), dataclasses.replace(tiny, repetitions=5))
    once, again, in_longer = (repeat(of, 1, 2) for of in (plan, plan, longer))
    pd.testing.assert_frame_equal(once, again)
    pd.testing.assert_frame_equal(once, in_longer)


def test_a_study_runs_on_resampled_data():
    source = GaussianWorld(rows=300, clusters=(3, 2, 1, 1, 1, 1, 1))
    corpus, held = source.corpus(np.random.default_rng(0)), source.held_out(np.random.default_rng(1))
    world = ResampledWorld(corpus.x, corpus.y, held.x, held.cluster)
    table = simulated(world, np.random.default_rng(2), dataclasses.replace(SMALL, repetitions=3))
    assert len(table) == len(KINDS)

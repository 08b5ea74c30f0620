"""The coverage study: worlds that draw what they promise, and a table that tells good intervals from bad ones."""

import dataclasses

import numpy as np
import pytest

from mirage.errors import StudyError
from mirage.stats import coverage
from mirage.stats.coverage import CHEAP, GaussianWorld, ResampledWorld, Settings

SMALL = Settings(repetitions=40, draws=99, runs=5, reference_runs=8, fresh=2000)


@pytest.fixture(scope="module")
def table():
    return coverage.coverage_table(GaussianWorld(rows=600), np.random.default_rng(0), SMALL)


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


def test_resampled_world_keeps_clusters_whole_and_moves_rows_a_little():
    x = np.arange(20.0).reshape(10, 2)
    held = np.array([[0.0, 0.0], [1.0, 1.0], [50.0, 50.0]])
    world = ResampledWorld(x, np.repeat([0, 1], 5).astype(np.int8), held, np.array([4, 4, 9]), bandwidth=0.001)
    drawn = world.held_out(np.random.default_rng(1), times=10)
    for cluster in np.unique(drawn.cluster):
        rows = drawn.x[drawn.cluster == cluster]
        assert rows.round().tolist() in ([[0, 0], [1, 1]], [[50, 50]])
    corpus = world.corpus(np.random.default_rng(1), 30)
    assert ((corpus.x.round()[:, 0] // 2 >= 5) == corpus.y).all()


def test_resampled_world_refuses_tables_that_do_not_fit():
    x, y = np.zeros((4, 2)), np.zeros(4, dtype=np.int8)
    with pytest.raises(StudyError, match="equally many columns"):
        ResampledWorld(x, y, np.zeros((2, 3)), np.zeros(2, dtype=int))
    with pytest.raises(StudyError, match="one a row"):
        ResampledWorld(x, y[:3], np.zeros((2, 2)), np.zeros(2, dtype=int))


def test_every_kind_has_one_row_with_its_numbers(table):
    assert len(table) == len(coverage.KINDS)
    for row in table:
        assert row.repetitions == 40
        assert 0 <= row.low <= row.coverage <= row.high <= 1
        assert row.width > 0
        assert row.missing == 0
    assert {row.rows for row in table} == {600, 35}


def test_the_table_tells_bad_intervals_from_good_ones(table):
    assert not find(table, "t over runs", "recall", "runs").held
    assert not find(table, "t over runs", "gap", "runs").held
    assert find(table, "t over runs", "recall", "runs").coverage < 0.6
    assert find(table, "Wilson on Jaccard", "F1, one run", "rows").held
    assert find(table, "corrected resampled t", "F1", "splits").held
    rows, clusters = (find(table, "Wilson at effective n", "recall", f"{unit} x runs") for unit in ("rows", "clusters"))
    assert rows.width < clusters.width
    assert rows.coverage < clusters.coverage


def test_same_generator_same_table_on_any_number_of_workers():
    tiny = dataclasses.replace(SMALL, repetitions=4, fresh=400)
    world = GaussianWorld(rows=200)
    first = coverage.coverage_table(world, np.random.default_rng(3), tiny)
    assert first == coverage.coverage_table(world, np.random.default_rng(3), tiny, workers=2)
    assert first != coverage.coverage_table(world, np.random.default_rng(4), tiny)


def test_the_cheap_setting_runs_on_resampled_data():
    source = GaussianWorld(rows=300, clusters=(3, 2, 1, 1, 1, 1, 1))
    corpus, held = source.corpus(np.random.default_rng(0)), source.held_out(np.random.default_rng(1))
    world = ResampledWorld(corpus.x, corpus.y, held.x, held.cluster)
    table = coverage.coverage_table(world, np.random.default_rng(2), dataclasses.replace(CHEAP, repetitions=3, fresh=500))
    assert len(table) == len(coverage.KINDS)

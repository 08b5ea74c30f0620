import numpy as np

from mirage.encoders.batching import batches_an_epoch, round_up, scoring_batches, training_batches

LENGTHS = np.random.default_rng(1).integers(5, 257, size=203).astype(np.int32)


def epoch(seed, window=50):
    return training_batches(LENGTHS, 8, np.random.default_rng(seed), window)


def padded_tokens(lengths, batches):
    return sum(len(rows) * int(lengths[rows].max()) for rows in batches)


def test_every_row_is_trained_once_an_epoch():
    batches = epoch(0)
    assert sorted(np.concatenate(batches).tolist()) == list(range(203))
    assert sorted(len(rows) for rows in batches) == [3] + [8] * 25
    assert len(batches) == batches_an_epoch(203, 8)


def test_one_state_gives_one_order_and_another_state_another():
    assert [rows.tolist() for rows in epoch(0)] == [rows.tolist() for rows in epoch(0)]
    assert [rows.tolist() for rows in epoch(0)] != [rows.tolist() for rows in epoch(1)]


def test_rows_of_like_length_meet_so_that_little_is_padded():
    real = int(LENGTHS.sum())
    shuffled = padded_tokens(LENGTHS, epoch(0, window=1))
    assert padded_tokens(LENGTHS, epoch(0)) < 1.15 * real
    assert shuffled > 1.5 * real


def test_batches_do_not_come_by_length():
    longest = [int(LENGTHS[rows].max()) for rows in epoch(0)]
    assert longest != sorted(longest)
    assert longest != sorted(longest, reverse=True)
    assert int(np.argmax(longest)) != 0 or int(np.argmax([int(LENGTHS[rows].max()) for rows in epoch(1)])) != 0


def test_a_batch_meets_other_rows_in_another_epoch():
    lengths = np.arange(1600, dtype=np.int32) % 250 + 1
    first, second = (training_batches(lengths, 16, np.random.default_rng(seed), 50) for seed in (0, 1))
    assert not {frozenset(rows.tolist()) for rows in first} & {frozenset(rows.tolist()) for rows in second}


def test_the_small_batch_holds_rows_drawn_at_random():
    kept = [min(epoch(seed), key=len) for seed in range(200)]
    mean = float(np.mean([LENGTHS[rows].mean() for rows in kept]))
    assert abs(mean - LENGTHS.mean()) < 12


def test_scoring_keeps_to_its_budget_of_tokens_longest_first():
    batches = scoring_batches(LENGTHS, 1024)
    assert sorted(np.concatenate(batches).tolist()) == list(range(203))
    assert all(len(rows) * LENGTHS[rows].max() <= 1024 for rows in batches)
    assert [int(LENGTHS[rows].max()) for rows in batches] == sorted(
        (int(LENGTHS[rows].max()) for rows in batches), reverse=True
    )


def test_a_row_longer_than_the_budget_stands_alone():
    batches = scoring_batches(np.array([3, 50, 4], dtype=np.int32), 10)
    assert [rows.tolist() for rows in batches] == [[1], [2, 0]]


def test_no_rows_make_no_batches():
    assert scoring_batches(np.empty(0, dtype=np.int32), 10) == []


def test_lengths_are_rounded_up():
    assert [round_up(length, 8) for length in (1, 8, 9)] == [8, 8, 16]

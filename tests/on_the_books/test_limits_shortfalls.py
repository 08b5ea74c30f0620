"""Which kinds of intervals docs/limits.md names: those that fall short in a simulated world, and no others."""

from __future__ import annotations

import pandas as pd

from on_the_books.limits import shortfalls


def row(world, low, high, **more):
    """A kind simulated at 95 %: it covers where ``low`` is .93 or more and ``high`` .98 or less."""
    known = {"kind": "Wilson", "estimand": "recall", "printed": "groups, external", "word": None, "runs": 1, "level": 0.95}
    return known | {"world": world, "coverage": (low + high) / 2, "low": low, "high": high, "repetitions": 2000} | more


def test_a_kind_is_named_with_the_worlds_in_which_it_falls_short():
    table = pd.DataFrame(
        [row("known", 0.94, 0.96), row("resampled", 0.91, 0.93), row("known", 0.94, 0.96, estimand="F1", runs=10)]
    )
    assert shortfalls(table) == ["", "- Wilson, recall (`groups`, `external`): resampled 92.0 % [91.0, 93.0].", ""]


def test_runs_are_named_where_there_are_several():
    table = pd.DataFrame([row("known", 0.9, 0.92, runs=10)])
    assert shortfalls(table)[1] == "- Wilson, recall, 10 runs (`groups`, `external`): known 91.0 % [90.0, 92.0]."


def test_a_kind_that_no_table_prints_or_that_was_not_simulated_is_left_out():
    table = pd.DataFrame([row("known", 0.9, 0.92, printed=None), row("known", 0.9, 0.92) | {"coverage": float("nan")}])
    assert shortfalls(table) == ["", ""]


def test_a_word_is_named_unless_it_is_said_wrongly_no_more_often_than_it_says():
    words = {"kind": "falls", "estimand": "at a drop of 0", "printed": "verdict", "word": "falls", "level": 0.975}
    table = pd.DataFrame([row("known", 0.977, 0.989, **words), row("resampled", 0.96, 0.976, **words)])
    assert shortfalls(table)[1:-1] == ["- falls, at a drop of 0 (`verdict`): resampled said wrongly in 3.2 % [2.4, 4.0]."]

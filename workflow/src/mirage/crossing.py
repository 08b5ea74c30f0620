"""From long tables of decided test rows to the run x row tables that the bootstrap resamples."""

from __future__ import annotations

from mirage.lazy import pandas as pd
from mirage.stats.bootstrap import Outcomes, from_long


def one_test_a_row(decided: pd.DataFrame) -> pd.DataFrame:
    """Keep one test of each row and run, where several folds of a run test a row: by turns, so that each fold has its share.

    A mean over the folds would judge a committee that nobody trained.

    Parameters
    ----------
    decided:
        Columns ``seed, row, fold``: one row a test, of one split and agent.
    """
    if not decided.duplicated(["seed", "row"]).any():
        return decided
    tests = decided.groupby(["seed", "row"])["fold"]
    turn, place = decided["row"] % tests.transform("size"), tests.rank(method="first") - 1
    return decided[(place == turn).to_numpy()]


def outcomes_of_runs(decided: pd.DataFrame, column: str = "predicted") -> Outcomes:
    """Cross the runs of one agent on one split with the rows they decided.

    Parameters
    ----------
    decided:
        Columns ``split, agent, seed, row, y, unit`` and ``column``: one row a test of a row by a run, of one split and agent.
    column:
        Which decision to take: ``predicted`` (at 0.5) or ``predicted_chosen`` (at the threshold chosen on validation rows).
    """
    return from_long(
        str(decided["split"].iloc[0]),
        str(decided["agent"].iloc[0]),
        seed=decided["seed"].to_numpy(),
        rows=decided["row"].to_numpy(),
        y=decided["y"].to_numpy(),
        predicted=decided[column].to_numpy(),
        cluster=decided["unit"].to_numpy(),
    )

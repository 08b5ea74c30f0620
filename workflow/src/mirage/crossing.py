"""From long tables of decided test rows to the run x row tables that the bootstrap resamples."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mirage.stats.bootstrap import Outcomes


def outcomes_of_runs(decided: pd.DataFrame, column: str = "predicted") -> Outcomes:
    """Cross the runs of one agent on one split with the rows they decided.

    Parameters
    ----------
    decided:
        Columns ``split, agent, seed, row, y, unit`` and ``column``: one row a run and test row, of one split and agent.
    column:
        Which decision to take: ``predicted`` (at 0.5) or ``predicted_chosen`` (at the threshold chosen on validation rows).
    """
    wide = decided.pivot(index="seed", columns="row", values=column)
    rows = decided.drop_duplicates("row").set_index("row").loc[wide.columns]
    return Outcomes(
        split=str(decided["split"].iloc[0]),
        agent=str(decided["agent"].iloc[0]),
        rows=wide.columns.to_numpy(dtype=np.int64),
        y=rows["y"].to_numpy(dtype=np.int8),
        predicted=wide.fillna(0).to_numpy(dtype=np.int8),
        present=wide.notna().to_numpy(),
        cluster=rows["unit"].to_numpy(dtype=np.int64),
    )

"""From predictions of the supplementary rows to decided rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mirage.analyses.external_split import NAME
from mirage.cells import PREDICTIONS, RECORD
from mirage.contracts import OUTCOME_COLUMNS
from mirage.files import read_json
from mirage.scoring import check_predictions, outcomes_of


def collect_outcomes(runs: Path, sections: pd.DataFrame, plan: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Decide the test rows of the runs in a folder.

    Parameters
    ----------
    runs:
        Folder that holds ``AGENT/seedN/predictions.parquet``.
    sections:
        The corpus's rows and the supplement's.
    plan:
        ``seeds`` and ``selection`` (of the epoch that counts) by agent.

    Returns
    -------
    DataFrame
        ``OUTCOME_COLUMNS`` and ``split, agent, seed, stand_in``; no row without agents.
    """
    frames = [pd.DataFrame(columns=[*OUTCOME_COLUMNS, "split", "agent", "seed", "stand_in"])]
    for agent, own in plan.items():
        for seed in own["seeds"]:
            folder = runs / agent / f"seed{seed}"
            predictions = pd.read_parquet(folder / PREDICTIONS)
            check_predictions(predictions, sections, str(folder / PREDICTIONS))
            decided, _ = outcomes_of(predictions, sections, own["selection"])
            stand_in = bool(read_json(folder / RECORD).get("stand_in"))
            frames.append(decided.assign(split=NAME, agent=agent, seed=seed, stand_in=stand_in))
    return pd.concat(frames[1:] or frames, ignore_index=True)

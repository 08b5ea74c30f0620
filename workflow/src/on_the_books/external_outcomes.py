"""From predictions on the split of the supplementary set to decided rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mirage.contracts import OUTCOME_COLUMNS
from mirage.lazy import pandas as pd
from mirage.runs import read_predictions, read_records
from mirage.scoring import check_predictions, outcomes_of
from on_the_books.external_split import NAME


def collect_outcomes(runs: Path, sections: pd.DataFrame, plan: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Decide the test rows of the runs in a folder.

    Parameters
    ----------
    runs:
        Folder that holds the runs of each agent (:mod:`mirage.runs`).
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
        folder = runs / agent
        predictions, records = read_predictions(folder, own["seeds"]), read_records(folder)
        check_predictions(predictions, sections, f"{folder}: predictions")
        decided, _ = outcomes_of(predictions, sections, own["selection"])
        stand_in = decided["seed"].map({seed: bool(records[seed].get("stand_in")) for seed in own["seeds"]})
        frames.append(decided.assign(split=NAME, agent=agent, stand_in=stand_in)[frames[0].columns])
    return pd.concat(frames[1:] or frames, ignore_index=True)

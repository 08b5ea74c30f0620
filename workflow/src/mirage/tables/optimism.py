"""What choosing the epoch on the test rows adds to F1."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.declared import Table
from mirage.design import BOOTSTRAP, CORRECTED_T, interval_generator
from mirage.encoders.recipe import BEST_ON_TEST, BEST_ON_VALIDATION, LAST
from mirage.encoders.selection import THRESHOLD, optimism, select_epoch
from mirage.encoders.standins import stamp_with
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import PROVENANCE, SECTIONS
from mirage.runs import fit_files, folder_of, predictions_by_seed, read_records, training_rows
from mirage.splits.names import Schemes
from mirage.stats.bootstrap import Outcomes, basis, from_long, joint_draws, percentile_interval
from mirage.stats.intervals import Interval, corrected_resampled_t
from mirage.tables.layout import Panel, Presented, number, with_interval
from mirage.tables.notes import few_runs_notes

if TYPE_CHECKING:
    from mirage.encoders.plan import Batch
    from mirage.results import Results
    from mirage.study.grid import Study

    Runs = Mapping[int, pd.DataFrame]


DIFFERENCES = {"over_validation": BEST_ON_VALIDATION, "over_last": LAST}


TABLE = Table(
    title="Choosing the epoch on the test rows",
    question="How much F1 does an encoder gain when its epoch is chosen on the test rows?",
    reads=lambda study: [SECTIONS, PROVENANCE, *encoder_runs(study)],
    options=lambda study: encoder_options(study),
    made=lambda study: bool(encoder_runs(study)),
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`optimism_table` of the encoders that ran."""
    options = results.options
    runs = {
        (split, agent): predictions_by_seed(folder_of(results.folder, split, agent), options["seeds"][agent])
        for split, agent in options["batches"]
    }
    trained = {
        (split, agent): float(np.mean([training_rows(records[seed]) for seed in options["seeds"][agent]]))
        for split, agent in options["batches"]
        for records in [read_records(folder_of(results.folder, split, agent))]
    }
    generator = functools.partial(interval_generator, options["seed"])
    facts = Schemes(options["definitions"])
    return optimism_table(
        runs, trained, results.sections, level=options["level"], draws=options["draws"], facts=facts, generator=generator
    )


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return one panel a kind of scheme."""
    note = "The epochs are chosen once; an interval resamples rows and runs, not the choice."
    titles = results.options["titles"]
    drawn = table[table["interval"] == BOOTSTRAP]
    few = few_runs_notes({titles[agent]: seeds for agent, seeds in drawn.groupby("agent", sort=False)["seeds"].min().items()})
    return optimism_panels(table, titles, results.options["level"]), [note, *few]


def stamp(table: pd.DataFrame, results: Results) -> str | None:
    """Return the stamp of the data and of the models that ran."""
    found = []
    for split, agent in results.options["batches"]:
        records = read_records(folder_of(results.folder, split, agent))
        found += [records[seed] for seed in results.options["seeds"][agent]]
    return stamp_with(results.stamp, found)


def encoder_runs(study: Study) -> list[str]:
    """Name the predictions and records of the encoders that run here."""
    return [file for batch in _batches(study) for file in fit_files(batch.split, batch.agent, batch.seeds)]


def encoder_options(study: Study) -> dict[str, Any]:
    """Return which encoders ran, and how intervals are drawn."""
    return {
        **study.config["intervals"],
        "definitions": study.definitions,
        "batches": [(batch.split, batch.agent) for batch in _batches(study)],
        "seeds": {batch.agent: batch.seeds for batch in _batches(study)},
        "titles": dict(study.titles),
    }


def _batches(study: Study) -> list[Batch]:
    return [batch for batch in study.encoder_batches if batch.reason is None]


def optimism_table(
    runs: Mapping[tuple[str, str], Runs],
    trained: Mapping[tuple[str, str], float],
    sections: pd.DataFrame,
    *,
    level: float,
    draws: int,
    facts: Schemes,
    generator: Callable[..., np.random.Generator],
) -> pd.DataFrame:
    """Compare the three ways to choose an epoch for every encoder and split.

    Parameters
    ----------
    runs:
        Predictions of every epoch by seed, for each split and agent.
    trained:
        Rows that the models of each were fitted on, without those that an epoch is chosen on; mean over runs.
    sections:
        The corpus; ``row_id`` and ``unit`` are used.
    facts:
        The split schemes.
    generator:
        Returns the generator of one estimate from the names of it.

    Returns
    -------
    DataFrame
        ``split, agent, seeds, last, best_on_validation, best_on_test`` (F1 of the test rows, means over seeds), and for both
        differences ``over_*, low_*, high_*``, with the kind of ``interval``. Where a split has no validation rows, selection on
        them is not possible and its columns are nan.
    """
    rows = []
    for (split, agent), by_seed in runs.items():
        seeds = sorted(by_seed)
        found = pd.DataFrame([optimism(by_seed[seed]) for seed in seeds])
        row: dict[str, Any] = {"split": split, "agent": agent, "seeds": len(seeds), **found.mean().to_dict()}
        resampled = facts[split].kind == "resampled"
        row["interval"] = CORRECTED_T if resampled else BOOTSTRAP
        for difference, other in DIFFERENCES.items():
            if resampled:
                interval = _over_splits(found[difference], by_seed, trained[split, agent], level)
            else:
                rng = generator("optimism", difference, split, agent)
                interval = _over_rows(split, agent, by_seed, other, sections, level, draws, rng)
            row |= {f"low_{difference}": interval[0], f"high_{difference}": interval[1]}
        if not all((predictions["part"] == "validation").any() for predictions in by_seed.values()):
            row |= dict.fromkeys(("best_on_validation", "epoch_best_on_validation"), float("nan"))
            row |= dict.fromkeys(("over_validation", "low_over_validation", "high_over_validation"), float("nan"))
        rows.append(row)
    columns = ["split", "agent", "seeds", "last", "best_on_validation", "best_on_test"]
    columns += [f"{prefix}{name}" for name in DIFFERENCES for prefix in ("", "low_", "high_")]
    columns += ["interval", "epoch_last", "epoch_best_on_validation", "epoch_best_on_test"]
    return pd.DataFrame(rows, columns=columns)


def _over_splits(differences: pd.Series, by_seed: Runs, trained: float, level: float) -> Interval:
    tested = float(np.mean([_tested(predictions) for predictions in by_seed.values()]))
    return corrected_resampled_t(differences.to_numpy(), tested / trained, level)


def _tested(predictions: pd.DataFrame) -> int:
    return int(predictions.loc[predictions["part"] == "test", "row_id"].nunique())


def _over_rows(
    split: str,
    agent: str,
    by_seed: Runs,
    other: str,
    sections: pd.DataFrame,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> Interval:
    first = _outcomes(split, agent, by_seed, BEST_ON_TEST, sections)
    second = _outcomes(split, agent, by_seed, other, sections)
    both = joint_draws(first, second, draws, rng, resample="clusters", paired_seeds=True)
    return percentile_interval(np.subtract(*both), level, basis(first, second))


def _outcomes(split: str, agent: str, by_seed: Runs, selection: str, sections: pd.DataFrame) -> Outcomes:
    chosen = pd.concat([select_epoch(predictions, selection).assign(seed=seed) for seed, predictions in by_seed.items()])
    test = chosen[chosen["part"] == "test"]
    place = pd.Series(np.arange(len(sections)), index=sections["row_id"])[test["row_id"]].to_numpy()
    return from_long(
        split,
        agent,
        seed=test["seed"].to_numpy(),
        rows=place,
        y=test["y"].to_numpy(),
        predicted=(test["score"] > THRESHOLD).to_numpy().astype(np.int8),
        cluster=sections["unit"].to_numpy()[place],
    )


def optimism_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """Lay the table out for a reader, a panel an encoder."""
    panels = []
    for agent, part in table.groupby("agent", sort=False):
        cells = pd.DataFrame(
            {
                "split": part["split"],
                "last": part["last"].map(number),
                "best on validation": part["best_on_validation"].map(number),
                "best on test": part["best_on_test"].map(number),
                "test over validation": _cells(part, "over_validation"),
                "test over last": _cells(part, "over_last"),
            }
        )
        kinds = " or ".join(sorted(part["interval"].unique()))
        panels.append(
            Panel(
                f"{titles[str(agent)]}: F1 of the test rows at threshold 0.5, by how the epoch is chosen, and what choosing it on the test "
                f"rows adds. Mean over {part['seeds'].max()} seeds [{level:.0%} interval: {kinds}].",
                cells,
            )
        )
    return panels


def _cells(part: pd.DataFrame, difference: str) -> Sequence[str]:
    columns = zip(part[difference], part[f"low_{difference}"], part[f"high_{difference}"], strict=True)
    return [number(value) if np.isnan(value) else with_interval(value, low, high) for value, low, high in columns]

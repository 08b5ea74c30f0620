"""The coverage study on the study's own data: its worlds, repetitions that survive a kill, and what captions say of it."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from threadpoolctl import threadpool_limits

from mirage.errors import StudyError
from mirage.files import atomic_path
from mirage.provenance import derive_seed
from mirage.stats.coverage import GaussianWorld, Plan, ResampledWorld, Settings, World, open_pool, prepare, repeat, summarise
from mirage.taken_apart import require_groups

log = logging.getLogger(__name__)

KNOWN, RESAMPLED = "a known model", "this data resampled"
NOTE_COLUMNS = ("kind", "estimand", "target", "unit", "printed", "world", "level", "coverage", "low", "high", "repetitions")
TOLERANCE = 0.02
CHUNK = 20


def features(texts: Sequence[str], dimensions: int) -> np.ndarray:
    """Return a dense table of texts, (n, dimensions): word counts weighted by TF-IDF, reduced by a truncated singular value
    decomposition (Deerwester et al. 1990)."""
    counts = TfidfVectorizer(sublinear_tf=True, min_df=3, stop_words="english").fit_transform(texts)
    with threadpool_limits(1):  # The same bits on any number of cores.
        return np.asarray(TruncatedSVD(min(dimensions, counts.shape[1] - 1), random_state=0).fit_transform(counts))


def resampled_world(sections: pd.DataFrame, dimensions: int, groups: Sequence[str]) -> ResampledWorld:
    """Return the corpus as a population: the rows of other groups, and the positives of ``groups`` as held-out source, both in
    their units.

    Raises
    ------
    StudyError
        When the corpus lacks a group, or the groups have positives in fewer than two units.
    """
    require_groups(groups, sections["source"], "coverage.held_out")
    out = sections["source"].isin(groups).to_numpy()
    label, unit = sections["label"].to_numpy(dtype=np.int8), sections["unit"].to_numpy(dtype=np.int64)
    held = out & (label == 1)
    if len(np.unique(unit[held])) < 2:
        raise StudyError(
            f"coverage: {' and '.join(groups)} have positives in fewer than two units; hold out others, or use a larger corpus"
        )
    x = features(sections["text"].tolist(), dimensions)
    return ResampledWorld(x[~out], label[~out], x[held], unit[held], cluster=unit[~out])


def worlds(sections: pd.DataFrame, dimensions: int, groups: Sequence[str]) -> dict[str, World]:
    """Return both worlds by name, ``groups`` held out; the known model has its own numbers, whatever the corpus."""
    return {KNOWN: GaussianWorld(), RESAMPLED: resampled_world(sections, dimensions, groups)}


def coverage_frame(
    named: Mapping[str, World], settings: Settings, seed: int, *, workers: int, store: Path, code: str
) -> pd.DataFrame:
    """Simulate every world and return a row for each world and kind of interval.

    Parameters
    ----------
    seed:
        Seed of the simulation; every world has a stream of its own.
    workers:
        Processes; the numbers do not depend on it.
    store:
        Folder of finished repetitions, reused by a later call with the same world, settings, seed and ``code``, more
        repetitions or not.
    code:
        Digest of the code that simulates.

    Returns
    -------
    DataFrame
        ``world``, and the fields of ``mirage.stats.coverage.Coverage``.
    """
    rows = []
    for name, world in named.items():
        plan = prepare(world, np.random.default_rng(derive_seed("coverage", seed, name)), settings)
        studies = _repetitions(name, plan, workers, store / _key(name, plan, seed, code))
        rows += [{"world": name, **asdict(row)} for row in summarise(plan, studies)]
    return pd.DataFrame(rows)


def _key(name: str, plan: Plan, seed: int, code: str) -> str:
    """Name what the numbers of one repetition depend on: not the number of repetitions, each of which has its own stream."""
    settings = {key: value for key, value in asdict(plan.settings).items() if key != "repetitions"}
    digest = hashlib.sha256(json.dumps([name, settings, seed, code], sort_keys=True).encode())
    for sample in (plan.fresh, plan.fresh_held):
        digest.update(np.ascontiguousarray(sample.x).tobytes() + np.ascontiguousarray(sample.y).tobytes())
    return digest.hexdigest()[:16]


def _repetitions(name: str, plan: Plan, workers: int, folder: Path) -> pd.DataFrame:
    total = plan.settings.repetitions
    parts: dict[int, pd.DataFrame] = {}
    for begin in range(0, total, CHUNK):
        path = folder / f"{begin:06d}.parquet"
        # A last chunk that was short when it was written is done again once more repetitions are asked for.
        if path.is_file() and len(found := pd.read_parquet(path)) >= min(CHUNK, total - begin):
            parts[begin] = found.iloc[: total - begin]
    if parts:
        log.info("coverage, %s: %d of %d repetitions were there", name, sum(map(len, parts.values())), total)
    missing = [begin for begin in range(0, total, CHUNK) if begin not in parts]
    started, made = time.monotonic(), 0
    left = sum(min(CHUNK, total - begin) for begin in missing)
    pool_of = open_pool(plan, workers) if workers > 1 and missing else nullcontext()
    with pool_of as pool:
        for begin in missing:
            parts[begin] = _chunk(plan, begin, pool, folder)
            made += len(parts[begin])
            minutes = (time.monotonic() - started) / made * (left - made) / 60
            done = total - left + made
            log.info("coverage, %s: repetition %d of %d, %.1f min left", name, done, total, minutes)
    return pd.concat([parts[begin] for begin in sorted(parts)])


def _chunk(plan: Plan, begin: int, pool: ProcessPoolExecutor | None, folder: Path) -> pd.DataFrame:
    found = repeat(plan, begin, begin + CHUNK, pool)
    with atomic_path(folder / f"{begin:06d}.parquet") as path:
        found.to_parquet(path)
    return found


def notes_frame(table: pd.DataFrame) -> pd.DataFrame:
    """Return the part of a coverage table that captions quote: the kinds that some table prints."""
    known = table[(table["printed"] != "") & table["coverage"].notna()]
    return known[list(NOTE_COLUMNS)].reset_index(drop=True)


def coverage_notes(notes: pd.DataFrame, table: str) -> list[str]:
    """Say of the intervals that a table prints how often they cover, by simulation.

    Parameters
    ----------
    notes:
        The columns of :data:`NOTE_COLUMNS`, as in workflow/resources/coverage.csv.
    table:
        Name of the table, such as ``gap``.

    Returns
    -------
    list of str
        One block with a line a kind and estimand, the worlds beside one another; those that do not cover within two points of
        the nominal level, simulation error allowed for, say so. Empty where no kind is known of the table.
    """
    own = notes[notes["printed"].map(lambda printed: table in str(printed).split(", ")).astype(bool)]
    lines = []
    for (kind, estimand), rows in own.groupby(["kind", "estimand"], sort=False):
        shares = ", ".join(f"{100 * row.coverage:.1f} % in {row.world}" for row in rows.itertuples())
        off = any(not within(row) for row in rows.to_dict("records"))
        level = rows["level"].iloc[0]
        verdict = " Read it as an interval of that coverage." if off else ""
        lines.append(f"- {kind}, {estimand}: nominal {level:.0%}, covers {shares}.{verdict}")
    if not lines:
        return []
    count = int(own["repetitions"].min())
    return [f"How often these intervals hold the truth, by simulation ({count} repetitions):\n\n" + "\n".join(lines)]


def within(row: Mapping[Any, Any]) -> bool:
    """Whether a coverage within two points of the nominal level is compatible with the simulation's interval ``low, high``."""
    return bool(row["low"] <= row["level"] + TOLERANCE and row["high"] >= row["level"] - TOLERANCE)

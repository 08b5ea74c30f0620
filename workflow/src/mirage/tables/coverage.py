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
from typing import TYPE_CHECKING

from mirage.declared import Table
from mirage.errors import StudyError
from mirage.files import atomic_path
from mirage.held_out.taken_apart import require_groups
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import PROVENANCE, SECTIONS
from mirage.provenance import code_digest, derive_seed
from mirage.stats.coverage import new_group, repetition
from mirage.stats.coverage.repetition import Plan, Settings, prepare
from mirage.stats.coverage.runs import FEW
from mirage.stats.coverage.summary import open_pool, repeat, summarise
from mirage.stats.coverage.worlds import GaussianWorld, ResampledWorld, World
from mirage.tables.layout import NOTHING, Panel, Presented, number
from mirage.tables.notes import NOTE_COLUMNS, covers_where, verdict, word_verdict

if TYPE_CHECKING:
    from mirage.results import Results


log = logging.getLogger(__name__)
KNOWN, RESAMPLED = "a known model", "this data resampled"
# Worlds without models: by how much, as an angle of F1, groups differ.
OF_GROUPS = {"groups that differ": 0.15, "groups that hardly differ": 0.03}
CHUNK = 20
SIMULATED = "the simulation's own 95 % interval: Wilson over repetitions"
WORDS = (
    "The words. Share of repetitions in which a word was said wrongly where it is most easily so [the simulation's own 95 % interval]: "
    "holds where the drop is the margin, falls where there is none, each held against the study's own true drop."
)
ABOUT = {
    "this model": "one fitted model in the population",
    "this corpus": "further runs of the recipe on these training rows, in the population",
    "new corpus": "everything drawn afresh",
}


TABLE = Table(
    title="Do the intervals cover",
    question="How often do the intervals hold the truth, in studies of this size?",
    reads=lambda study: [SECTIONS, PROVENANCE],
    options=lambda study: {
        key: value
        for key, value in {**study.config["intervals"], **study.config["coverage"], "margin": study.config["margin"]}.items()
        if key != "workers"
    },
    made=lambda study: "coverage" in study.config,
    by_default=False,
    threads=lambda study: study.config["coverage"]["workers"],
)


def compute(results: Results) -> pd.DataFrame:
    """Simulate every kind of interval; killed, it goes on from the last finished repetitions."""
    options = results.options
    settings = Settings(
        **{name: options[name] for name in ("repetitions", "draws", "runs", "reference_runs", "margin", "level")}
    )
    frame = coverage_frame(
        worlds(results.sections, options["dimensions"], options["held_out"]),
        settings,
        options["seed"],
        workers=results.threads,
        store=results.folder / ".cache/coverage",
        code=code_digest(repetition.__file__),
    )
    return pd.concat([frame, groups_frame(options["repetitions"], options["level"], options["seed"])], ignore_index=True)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return two panels a world."""
    return coverage_panels(table), target_notes()


def features(texts: Sequence[str], dimensions: int) -> np.ndarray:
    """Return a dense table of texts, (n, dimensions): word counts weighted by TF-IDF, reduced by a truncated singular value
    decomposition (Deerwester et al. 1990)."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from threadpoolctl import threadpool_limits

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
        Digest of the code that simulates. What a caption says of it does not count.

    Returns
    -------
    DataFrame
        ``world``, and the fields of ``mirage.stats.coverage.summary.Coverage``.
    """
    rows = []
    for name, world in named.items():
        plan = prepare(world, np.random.default_rng(derive_seed("coverage", seed, name)), settings)
        studies = _repetitions(name, plan, workers, store / _key(name, plan, seed, code))
        rows += [{"world": name, **asdict(row)} for row in summarise(plan, studies)]
    return pd.DataFrame(rows)


def groups_frame(repetitions: int, level: float, seed: int) -> pd.DataFrame:
    """Simulate groups that differ by much and by little, and return the columns of :func:`coverage_frame`."""
    rows = []
    for world, spread in OF_GROUPS.items():
        found = new_group.simulate(spread, repetitions, level, np.random.default_rng(derive_seed("coverage", seed, world)))
        rows += [{"world": world, **asdict(row)} for row in found]
    return pd.DataFrame(rows)


def _key(name: str, plan: Plan, seed: int, code: str) -> str:
    """Name what the numbers of one repetition depend on: not the number of repetitions, each of which has its own stream."""
    settings = {key: value for key, value in asdict(plan.settings).items() if key != "repetitions"}
    digest = hashlib.sha256(json.dumps([name, settings, seed, code], sort_keys=True).encode())
    for draw in (plan.world.corpus, plan.world.held_out):
        sample = draw(np.random.default_rng(0))
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


def coverage_panels(table: pd.DataFrame) -> list[Panel]:
    """Three panels a world: the kinds that tables print, those that they do not, and the words; and one on new groups."""
    panels = []
    about_groups = table["world"].isin(list(OF_GROUPS))
    for world, part in table[~about_groups].groupby("world", sort=False):
        first = part.iloc[0]
        size = (
            f"{world}: {first['repetitions']} repetitions of a study in small, some {part['rows'].max()} rows and "
            f"{part['rows'].min()} held-out positives, {part['runs'].max()} runs, linear models"
        )
        words = part["word"] != ""
        for printed, said in (
            (True, "Intervals that the tables print"),
            (False, "Intervals that no table prints, to hold against"),
        ):
            rows = part[~words & ((part["printed"] != "") == printed)]
            caption = (
                f"{said}. Share of repetitions in which the interval held the truth [{SIMULATED}], and its mean width. In {size}; "
                f"{FEW} runs are those of an unsteady recipe, whose threshold moves from run to run. {covers_where()}."
            )
            panels.append(Panel(caption, _cells(rows, printed)))
        if words.any():
            panels.append(Panel(f"{WORDS} In {size}.", _word_cells(part[words])))
    return [*panels, _of_groups(table[about_groups])] if about_groups.any() else panels


def _of_groups(rows: pd.DataFrame) -> Panel:
    first = rows.iloc[0]
    caption = (
        f"New groups. Share of repetitions in which the interval held the truth [{SIMULATED}], and its mean width, as an angle (the "
        f"arcsine of the root of the Jaccard index). {first['repetitions']} repetitions of {new_group.GROUPS} groups with {first['rows']} "
        f"rows together that are positive or predicted so, drawn from a population of groups. {covers_where()}."
    )
    return Panel(caption, pd.DataFrame({"groups": rows["world"].tolist(), **_cells(rows, printed=True)}))


def _word_cells(rows: pd.DataFrame) -> pd.DataFrame:
    records = rows.to_dict("records")
    return pd.DataFrame(
        {
            "word": rows["kind"].tolist(),
            "where": rows["estimand"].tolist(),
            "runs": rows["runs"].tolist(),
            "at most": [number(1 - row["level"]) for row in records],
            "said wrongly": [
                f"{number(1 - row['coverage'])} [{number(1 - row['high'])}, {number(1 - row['low'])}]" for row in records
            ],
            "verdict": [word_verdict(row) for row in records],
            "printed in": rows["printed"].tolist(),
        }
    )


def target_notes() -> list[str]:
    """Say what an interval can be about."""
    return ["\n".join(f"- {target}: {meaning}." for target, meaning in ABOUT.items())]


def _cells(rows: pd.DataFrame, printed: bool) -> pd.DataFrame:
    records = rows.to_dict("records")
    cells = {
        "interval": rows["kind"].tolist(),
        "of": rows["estimand"].tolist(),
        "about": rows["target"].tolist(),
        "units": rows["unit"].tolist(),
        "runs": rows["runs"].tolist(),
        "nominal": [number(row["level"], 2) for row in records],
        "held the truth": [_covers(row) for row in records],
        "width": [number(row["width"]) for row in records],
        "verdict": [_verdict(row) for row in records],
    }
    if printed:
        cells["printed in"] = rows["printed"].tolist()
    return pd.DataFrame(cells)


def _covers(row: dict) -> str:
    if pd.isna(row["coverage"]):
        return NOTHING
    told = f"{number(row['coverage'])} [{number(row['low'])}, {number(row['high'])}]"
    return told if row["missing"] == 0 else f"{told}, none in {row['missing']:.1%}"


def _verdict(row: dict) -> str:
    return "not in this world" if pd.isna(row["coverage"]) else verdict(row)

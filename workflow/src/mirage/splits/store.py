"""Split files: written only when they pass the leakage check."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mirage.errors import StudyError
from mirage.files import atomic_path, write_json
from mirage.provenance import file_digest
from mirage.splits.facts import Held, SchemeFacts
from mirage.splits.leakage import check_split, leakage_report
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split, split_seed

SCHEMA = pa.schema(
    [
        ("scheme", pa.dictionary(pa.int8(), pa.string())),
        ("seed", pa.int32()),
        ("row_id", pa.string()),
        ("fold", pa.int8()),
        ("part", pa.string()),
        ("group", pa.int32()),
    ]
)
ROWS = ("row_id", "fold", "part", "group")

log = logging.getLogger(__name__)


def write_splits(path: Path, scheme: str, splits: Mapping[int, pd.DataFrame]) -> None:
    """Write the splits of one scheme by seed, whole or not at all; the same splits give the same bytes."""
    tables = []
    for seed, split in splits.items():
        own = {"scheme": pd.Categorical([scheme] * len(split)), "seed": np.full(len(split), seed, dtype=np.int32)}
        columns = {**own, **{name: split[name].to_numpy() for name in ROWS}}
        tables.append(pa.Table.from_pydict(columns, schema=SCHEMA))
    with atomic_path(path) as temporary:
        pq.write_table(pa.concat_tables(tables), temporary, compression="zstd")


def read_splits(paths: Sequence[Path]) -> dict[tuple[str, int], pd.DataFrame]:
    """Read split files, one for all seeds of a scheme or one a seed: the frames by scheme and seed, with columns ``ROWS``.

    Raises
    ------
    StudyError
        When a file is not one of :func:`write_splits`.
    """
    found: dict[tuple[str, int], pd.DataFrame] = {}
    for path in paths:
        table = _read(path).select(SCHEMA.names)
        for (scheme, seed), rows in table.to_pandas().groupby(["scheme", "seed"], sort=False, observed=True):
            found[str(scheme), int(seed)] = rows[list(ROWS)].reset_index(drop=True)
    return found


def read_seeds(paths: Sequence[Path]) -> dict[int, pd.DataFrame]:
    """Read the split files of one scheme, as :func:`read_splits` does: the frames by seed."""
    return {seed: split for (_, seed), split in read_splits(paths).items()}


def _read(path: Path) -> pa.Table:
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise StudyError(f"{path}: not a readable split file ({error}); make the splits again") from error
    missing = [name for name in SCHEMA.names if name not in table.column_names]
    if missing:
        raise StudyError(f"{path}: not a split file, column {missing[0]!r} is missing; make the splits again")
    return table


def split_digest(split: pd.DataFrame) -> str:
    """Return the sha256 of a split's rows, which does not change when other seeds join them in a file."""
    digest = hashlib.sha256()
    for name in ROWS:
        values = split[name]
        packed = "\n".join(values).encode() if name in ("row_id", "part") else values.to_numpy(dtype=np.int64).tobytes()
        digest.update(f"{name} {len(packed)}\n".encode() + packed)
    return digest.hexdigest()


def make_splits(
    sections_path: Path, facts: SchemeFacts, seeds: Sequence[int], options: SplitOptions, target: Path, record_path: Path
) -> dict[int, dict[str, Any]]:
    """Make one scheme's splits, check them, and write them to ``target``, and what leaks in each to ``record_path``.

    Returns
    -------
    dict
        The leakage report of every seed.

    Raises
    ------
    StudyError
        When the sections cannot be read, or a split cannot be made, breaks the contract or leaks
        (:func:`mirage.splits.leakage.check_split`).
    """
    sections_sha256, sections = file_digest(sections_path), _read_sections(sections_path)
    splits, reports = {}, {}
    for seed in dict.fromkeys(seeds):
        split = make_split(sections, facts, seed, options)
        check_split(sections, split, facts)
        splits[seed], reports[seed] = split, leakage_report(sections, split)
    record = {
        "scheme": facts.name,
        "made_of": {name: asdict(value) if isinstance(value, Held) else value for name, value in facts.arguments.items()},
        "options": options.used_by(facts.options),
        "sections_sha256": sections_sha256,
        "kind": facts.kind,
        "keeps_whole": facts.keeps_whole,
        "forbids": sorted(facts.forbids),
        "seeds": {
            str(seed): {"split_seed": None if facts.kind == "exact" else split_seed(facts, seed, options), "leakage": report}
            for seed, report in reports.items()
        },
    }
    # The record last: a file of splits without it was not finished.
    record_path.unlink(missing_ok=True)
    write_splits(target, facts.name, splits)
    write_json(record_path, record)
    log.info("%s: made %d", facts.name, len(splits))
    return reports


def options_from_json(text: str) -> SplitOptions:
    """Read split options from a JSON object.

    Raises
    ------
    StudyError
        When the text is not JSON or the options do not fit.
    """
    try:
        mapping = json.loads(text)
    except json.JSONDecodeError as error:
        raise StudyError(f"split options: not JSON ({error}); write for example {json.dumps(_example())}") from error
    return SplitOptions.from_mapping(mapping)


def _example() -> dict[str, Any]:
    return {key: value for key, value in asdict(SplitOptions()).items() if key in ("folds", "test_fraction")}


def _read_sections(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise StudyError(f"{path}: not a readable parquet file ({error}); make the sections again") from error

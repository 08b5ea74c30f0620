"""Split files: written only when they pass the leakage check, kept when nothing they depend on has changed."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mirage.errors import StudyError
from mirage.files import atomic_path, read_json, write_json
from mirage.provenance import file_digest
from mirage.splits.facts import Held, SchemeFacts
from mirage.splits.leakage import check_split, leakage_report
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split, split_seed

SCHEMA = pa.schema([("row_id", pa.string()), ("fold", pa.int8()), ("part", pa.string()), ("group", pa.int32())])

log = logging.getLogger(__name__)


def write_split(sections: pd.DataFrame, split: pd.DataFrame, scheme: SchemeFacts, path: Path) -> None:
    """Check a split and write it, whole or not at all; the same split gives the same bytes.

    Raises
    ------
    StudyError
        When the split breaks the contract or leaks (:func:`mirage.splits.leakage.check_split`).
    """
    check_split(sections, split, scheme)
    table = pa.Table.from_pydict({name: split[name].to_numpy() for name in SCHEMA.names}, schema=SCHEMA)
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def write_splits(
    sections_path: Path, facts: SchemeFacts, seeds: Sequence[int], options: SplitOptions, out_dir: Path, code: str = ""
) -> tuple[int, int]:
    """Bring ``out_dir/seed{s}.parquet`` and ``seed{s}.json`` up to date for every seed.

    A seed is kept when both files are there and the json records the key of the split that would be made: the digest of the
    sections file, scheme and what it is made of, seed, the options the scheme uses, and ``code``.

    Returns
    -------
    kept, made
        Numbers of seeds.

    Raises
    ------
    StudyError
        When the sections cannot be read, or the split cannot be made.
    """
    seeds = list(dict.fromkeys(seeds))
    shared = {
        "sections_sha256": file_digest(sections_path),
        "scheme": facts.name,
        "made_of": {name: asdict(value) if isinstance(value, Held) else value for name, value in facts.arguments.items()},
        "options": options.used_by(facts.options),
        "code": code,
    }
    cells = {seed: {**shared, "seed": seed} for seed in seeds}
    todo = [seed for seed, cell in cells.items() if not _is_current(out_dir, seed, _key(cell))]
    if todo:
        sections = _read_sections(sections_path)
        for seed in todo:
            split = make_split(sections, facts, seed, options)
            record = _path(out_dir, seed, "json")
            record.unlink(missing_ok=True)
            write_split(sections, split, facts, _path(out_dir, seed, "parquet"))
            write_json(
                record,
                {
                    **cells[seed],
                    "key": _key(cells[seed]),
                    "kind": facts.kind,
                    "keeps_whole": facts.keeps_whole,
                    "forbids": sorted(facts.forbids),
                    "split_seed": None if facts.kind == "exact" else split_seed(facts, seed, options),
                    "leakage": leakage_report(sections, split),
                },
            )
    kept, made = len(seeds) - len(todo), len(todo)
    log.info("%s: kept %d, made %d", facts.name, kept, made)
    return kept, made


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


def _path(out_dir: Path, seed: int, suffix: str) -> Path:
    return out_dir / f"seed{seed}.{suffix}"


def _key(cell: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(cell, sort_keys=True).encode()).hexdigest()


def _is_current(out_dir: Path, seed: int, key: str) -> bool:
    try:
        return _path(out_dir, seed, "parquet").exists() and read_json(_path(out_dir, seed, "json"))["key"] == key
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False


def _read_sections(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise StudyError(f"{path}: not a readable parquet file ({error}); make the sections again") from error

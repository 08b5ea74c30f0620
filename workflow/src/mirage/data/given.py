"""Systems that are not trained here: what the plan has to know of their files of predictions.

Standard library only, because every Snakemake process imports it; a parquet file alone asks for pyarrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mirage.data.readers import Reading, TableFile, open_csv, read_bytes
from mirage.errors import StudyError
from mirage.listing import first_of
from mirage.provenance import file_digest

KIND = "predictions"
CSV = ".csv"
SUFFIXES = (CSV, ".parquet")

ROW, SCORE, LABEL, SPLIT, SEED, FOLD = "row_id", "score", "label", "split", "seed", "fold"

COVERS = "covers"
"""Key of an agent's entry: the splits and the seeds that its file names, each only where predictions differ by it."""

# Why a system that gives labels has no AUC.
LABELS_ONLY = "labels, no scores"


def taken_in(config: Mapping[str, Any], *, insist: bool = True) -> dict[str, Any]:
    """Return the configuration with what it does not say of its files of predictions.

    Each agent of kind ``predictions`` gets the digest of its file (``sha256``), so that another file under the same name is
    another system, the splits and seeds that it ``covers``, and a ``note`` that says below the tables what its scores stand for.

    Parameters
    ----------
    insist:
        Whether a file must be there. It need not be where only a job of some other agent runs.

    Raises
    ------
    StudyError
        When a file is missing, is neither csv nor parquet, or lacks a column.
    """
    of_classes = bool(config.get("data", {}).get("columns", {}).get("classes"))
    agents = {name: _described(name, agent, insist, of_classes) for name, agent in config["agents"].items()}
    return {**config, "agents": agents}


def is_given(agent: Mapping[str, Any]) -> bool:
    """Whether an agent's predictions are given and not made here."""
    return bool(agent["kind"] == KIND)


def positive_of(recipe: Mapping[str, Any]) -> list[str]:
    """Return the labels that a recipe counts as positive; none where labels are 0 and 1."""
    named = recipe.get("positive", [])
    return [named] if isinstance(named, str) else list(named)


def columns_of(path: Path) -> list[str]:
    """Return the names of a file's columns, without reading its rows.

    Raises :class:`StudyError` for a csv that cannot be read, and :class:`ImportError` for parquet where pyarrow is not installed,
    as in a Snakemake that brings its jobs' packages by conda.
    """
    if path.suffix == CSV:
        return list(opened(path).names)
    import pyarrow.parquet

    return [str(name) for name in pyarrow.parquet.read_schema(path).names]


def opened(path: Path) -> TableFile:
    """Look into a csv of predictions, whatever separates its fields.

    Raises
    ------
    StudyError
        As :func:`mirage.data.readers.open_csv`.
    """
    return open_csv(read_bytes(path, "write a csv or parquet file of predictions"), str(path), Reading())


def covered(agent: Mapping[str, Any], column: str) -> list[Any] | None:
    """Return the splits or seeds that an agent's file names; None where it has no such column, or was not looked into."""
    found: list[Any] | None = agent.get(COVERS, {}).get(column)
    return found


def may_have_seen(agent: Mapping[str, Any]) -> bool:
    """Whether one set of predictions stands for every split, so that training may have held rows of any test set."""
    return covered(agent, SPLIT) is None


def given_grid(
    agents: Mapping[str, Mapping[str, Any]], schemes: Sequence[str], seeds: Sequence[int]
) -> dict[str, dict[str, Any]]:
    """Return the ``schemes`` and ``seeds`` of each given agent whose file has fewer of them than the study, in the form of the grid.

    A cell of these that the file leaves out is missing; what lies beyond them is not part of the design.

    Raises
    ------
    StudyError
        When a file has nothing for any split or any seed of the study.
    """
    grid = {}
    for name, agent in agents.items():
        row: dict[str, Any] = {"given": True, "reason": None}
        for key, column, planned in (("schemes", SPLIT, schemes), ("seeds", SEED, seeds)):
            found = covered(agent, column)
            row[key] = [value for value in planned if found is None or value in found]
            if not row[key]:
                raise StudyError(
                    f"config.yaml: agents.{name}.path: {agent['path']}: column {column} has {_few(found or ())} and nothing of this "
                    f"study; write predictions for any of {_few(planned)}"
                )
        if (len(row["schemes"]), len(row["seeds"])) != (len(schemes), len(seeds)):
            grid[name] = row
    return grid


def check_columns(columns: Sequence[str], name: str) -> None:
    """Raise :class:`StudyError` unless the columns hold a row's id and its score or label."""
    needed = f"write {ROW} and {SCORE} (in [0, 1]) or {LABEL}, and {SPLIT}, {SEED} and {FOLD} where predictions differ by them"
    found = ", ".join(columns) or "none"
    if ROW not in columns:
        raise StudyError(f"{name}: column {ROW!r} is missing; found {found}; {needed}")
    if SCORE not in columns and LABEL not in columns:
        raise StudyError(f"{name}: neither column {SCORE!r} nor {LABEL!r}; found {found}; {needed}")
    if len(set(columns)) < len(columns):
        twice = next(column for column in columns if columns.count(column) > 1)
        raise StudyError(f"{name}: column {twice!r} is there twice; keep one")


def _described(name: str, agent: Mapping[str, Any], insist: bool, of_classes: bool) -> dict[str, Any]:
    if not is_given(agent):
        return dict(agent)
    key, path = f"config.yaml: agents.{name}.path", Path(agent["path"])
    if path.suffix not in SUFFIXES:
        raise StudyError(f"{key}: found {path}; write a file that ends in {' or '.join(SUFFIXES)}")
    if not path.is_file():
        if insist:
            raise StudyError(f"{key}: {path}: no such file; the path starts at the working directory")
        return {**agent, "sha256": None}
    try:
        columns: list[str] | None = columns_of(path)
    except ImportError:
        # The job that reads the rows checks their columns.
        columns = None
    except (ValueError, OSError) as error:
        raise StudyError(f"{key}: {path}: not a {path.suffix[1:]} file: {error}") from error
    covers: dict[str, Any] = {}
    if columns is not None:
        check_columns(columns, str(path))
        covers = _covers(path, columns)
    return {**agent, "sha256": file_digest(path), COVERS: covers, "note": _note(agent, path.name, columns, of_classes)}


def _covers(path: Path, columns: Sequence[str]) -> dict[str, list[Any]]:
    """Return the splits and the seeds of a file; a value that is none is told of by the job that reads the rows."""
    found = _values(path, [column for column in (SPLIT, SEED) if column in columns], columns)
    covers: dict[str, list[Any]] = {SPLIT: sorted(filter(None, found[SPLIT]))} if SPLIT in found else {}
    if SEED in found:
        covers[SEED] = sorted({int(number) for number in map(_number, found[SEED]) if number % 1 == 0})
    return covers


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _values(path: Path, wanted: Sequence[str], columns: Sequence[str]) -> dict[str, set[str]]:
    """Return the different values of some columns, in one pass over the file and without its other columns in memory."""
    found: dict[str, set[str]] = {column: set() for column in wanted}
    if wanted and path.suffix == CSV:
        for _, row in opened(path).table(wanted):
            for column, value in zip(wanted, row, strict=True):
                found[column].add(value.strip())
    elif wanted:
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path, columns=list(wanted))
        for column in wanted:
            found[column] = {str(value).strip() for value in table.column(column).unique().to_pylist() if value is not None}
    return found


def _few(values: Iterable[Any], at_most: int = 8) -> str:
    return first_of([str(value) for value in values], at_most) or "nothing"


def _note(agent: Mapping[str, Any], file: str, columns: Sequence[str] | None, of_classes: bool) -> str:
    said = [agent["note"].rstrip(".")] if agent.get("note") else []
    taken = f"not trained here, and scored from {file}"
    if columns is None:
        said.append(f"{taken}: where the file does not say which split its predictions are for, it may have seen test rows")
    elif SPLIT in columns:
        said.append(f"{taken}, split by split: that its training saw no test row is its makers' word")
    else:
        said.append(
            f"{taken}, one set of predictions for every split: it may have seen test rows, so its F1 is no out-of-sample figure, on "
            "random splits least of all"
        )
    if "threshold" in agent:
        said.append(f"positive above its own threshold {agent['threshold']:g}, where the others' is 0.5")
    if columns is not None and SCORE not in columns and not of_classes:
        said.append("it gives labels and no scores, so there is no AUC")
    said += [] if of_classes else ["it has no scores of training rows, so no threshold is chosen for it"]
    return ". ".join(f"{text[0].upper()}{text[1:]}" for text in said)

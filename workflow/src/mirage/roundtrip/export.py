"""The study's rows and splits as plain csv files, with a program to start from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mirage.errors import StudyError
from mirage.files import atomic_path, write_text
from mirage.lazy import pandas as pd

ROWS, SPLITS, PROGRAM, PREDICTIONS = "rows.csv", "splits", "fit.py", "predictions.csv"


def export_splits(results: Path, schemes: Sequence[str], output: Path) -> list[Path]:
    """Write what a system needs to be trained outside the study on the very same splits.

    Parameters
    ----------
    results:
        The study's folder of results, with its rows and splits made.
    schemes:
        The split schemes to write.
    output:
        Folder for ``rows.csv`` (``row_id, text, label``: 1 is positive), ``splits/SCHEME.csv`` (``seed, fold, row_id, part``: train,
        validation or test) and ``fit.py``, which fits a model on each of them. A ``fit.py`` that is there already is kept.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    StudyError
        When rows or splits were not made, the study is of several classes, or the folder cannot be written.
    """
    from mirage.data.labels import has_classes
    from mirage.data.sections import read_sections
    from mirage.splits.store import read_splits

    sections_path = results / "data/sections.parquet"
    files = {scheme: _split_files(results / SPLITS, scheme) for scheme in schemes}
    lacking = [str(sections_path)] * (not sections_path.is_file()) + [name for name, found in files.items() if not found]
    if lacking:
        raise StudyError(f"{results}: {lacking[0]} was not made yet; run the study, or its target splits, first")
    written = []
    try:
        sections = read_sections(sections_path)
        if has_classes(sections):
            raise StudyError(
                f"{results}: the program that comes along tells one class from the rest, and this is a study of several; make one with "
                "mirage init --positive LABEL"
            )
        written.append(_write_csv(output / ROWS, sections[["row_id", "text", "label"]]))
        for scheme, found in files.items():
            parts = [split.assign(seed=seed) for (_, seed), split in sorted(read_splits(found).items())]
            written.append(_write_csv(output / SPLITS / f"{scheme}.csv", _used(pd.concat(parts))))
        program = output / PROGRAM
        if not program.exists():
            write_text(program, Path(__file__).with_name(PROGRAM).read_text(encoding="utf-8"))
            written.append(program)
    except OSError as error:
        raise StudyError(f"{output}: {(error.strerror or str(error)).lower()}; name another folder with --export") from None
    return written


def how_to_return(output: Path) -> str:
    """Say how predictions come back: the lines that the configuration needs."""
    return "\n".join(
        [
            f"change fit_and_score in {output / PROGRAM} to train your system, and run it; then add to agents of the configuration:",
            "",
            "  ours:",
            "    title: Our system",
            "    kind: predictions",
            f"    path: {(output / PREDICTIONS).resolve()}",
        ]
    )


def _split_files(folder: Path, scheme: str) -> list[Path]:
    """Return the files of one scheme: one for all seeds, or one a seed."""
    whole = folder / f"{scheme}.parquet"
    return [whole] if whole.is_file() else sorted((folder / scheme).glob("seed*.parquet"))


def _used(parts: pd.DataFrame) -> pd.DataFrame:
    return parts.loc[parts["part"] != "unused", ["seed", "fold", "row_id", "part"]]


def _write_csv(target: Path, frame: pd.DataFrame) -> Path:
    with atomic_path(target) as path:
        frame.to_csv(path, index=False)
    return target

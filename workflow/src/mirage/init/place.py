"""Where the study of a file lies, and how its configuration names the file."""

from __future__ import annotations

import os
from pathlib import Path

from mirage.errors import StudyError
from mirage.folder import CONFIG
from mirage.program import typed
from mirage.splits.names import slug_of

PACKED = (".gz",)  # a suffix after the one that says what the file is


def folder_of(file: Path, output: Path | None) -> Path:
    """Return the folder for the study of a file: the one asked for, or in the working directory one with the file's name.

    Raises
    ------
    StudyError
        When what is asked for is, or looks like, a file.
    """
    if output is None:
        name = file.with_suffix("") if file.suffix.lower() in PACKED else file
        return Path(f"{slug_of(name.stem)}-study")
    if output.suffix in (".yaml", ".yml") or (output.exists() and not output.is_dir()):
        raise StudyError(f"--output {output}: names a file; write the name of a folder, in which {CONFIG} and results will lie")
    return output


def free(folder: Path) -> None:
    """Refuse a folder that holds a study.

    Raises
    ------
    StudyError
        With what to do instead.
    """
    config = folder / CONFIG
    if config.exists():
        raise StudyError(
            f"{config}: is there already, and may have been edited; to run it: {typed('run', folder)}; or name another folder "
            "with --output"
        )


def path_in_config(file: Path, folder: Path) -> str:
    """Return how the configuration of a study in a folder names its file.

    Relative to the folder where the file lies in the same place as the study or below it, so that both can be moved together; whole
    where it lies elsewhere, so that the study can be moved alone.
    """
    whole, start = Path(os.path.abspath(file)), Path(os.path.abspath(folder))
    return os.path.relpath(whole, start) if whole.is_relative_to(start.parent) else str(whole)

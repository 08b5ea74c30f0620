"""Where the supplementary set lies. Standard library only, because the Snakefile asks too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE_NAME = "training_set_suppl_v2.csv"
FILE_VARIABLE = "ON_THE_BOOKS_SUPPLEMENT_CSV"
TRAINING_VARIABLE = "ON_THE_BOOKS_CSV"
SETTING = "data.supplement.path"


def local_file(data: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the path of the local file and what named it, or None where there is none.

    In order: :data:`SETTING`, the environment variable :data:`FILE_VARIABLE`, and a file called :data:`FILE_NAME` beside the local
    training file. The first two are the user's word and need not exist; the third counts only where it exists.

    Parameters
    ----------
    data:
        The configuration's ``data``.
    environment:
        Environment variables.
    """
    path = (data.get("supplement") or {}).get("path")
    if path:
        return str(path), SETTING
    if environment.get(FILE_VARIABLE):
        return environment[FILE_VARIABLE], FILE_VARIABLE
    training = data.get("path") or environment.get(TRAINING_VARIABLE)
    if training:
        beside = Path(training).expanduser().with_name(FILE_NAME)
        if beside.is_file():
            return str(beside), f"beside {Path(training).name}"
    return None


def address(training_url: str) -> str:
    """Return the address of the supplementary set: the same folder and commit as UNC's training set."""
    return f"{training_url.rpartition('/')[0]}/{FILE_NAME}"


def how_to_get(url: str) -> str:
    """Say how a user puts the supplementary set in reach."""
    return f"name the file in {SETTING} or {FILE_VARIABLE}, or put it beside the training file as {FILE_NAME}; it is at {url}"

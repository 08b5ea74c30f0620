"""The files of a study that one table or figure declares to read, and what of the configuration it depends on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from mirage.contracts import NAME_COLUMNS
from mirage.csv_cells import unguarded
from mirage.data.rules import left_out_words
from mirage.design import Decisions, Design
from mirage.encoders.standins import stamp_with
from mirage.errors import StudyError
from mirage.files import read_json
from mirage.lazy import pandas as pd
from mirage.paths import PROVENANCE, SCORES, SECTIONS, outcomes_of
from mirage.stamps import stamp_of
from mirage.words import Words


class Results:
    """What ``compute``, ``present`` and ``draw`` are handed: files, each read once, and options.

    A file that was not declared cannot be read, so that the workflow knows all that a table or figure hangs on.

    Parameters
    ----------
    folder:
        The folder of results.
    reads:
        Files that may be read, as the workflow names them.
    resources:
        Further files; they go by their name.
    options:
        What the declaration's ``options`` returned. ``study`` among them is the grid, the titles and the interval settings.
    words:
        What people call a row, a unit and a group.
    threads:
        Processes that may be used.
    """

    def __init__(
        self,
        folder: Path,
        *,
        reads: Sequence[Path],
        options: Mapping[str, Any],
        resources: Sequence[Path] = (),
        words: Words | None = None,
        threads: int = 1,
    ):
        self.folder, self.options, self.threads = folder, options, threads
        self.words = words or Words()
        self._reads = dict.fromkeys(_same(path) for path in reads)
        self._resources = {path.name: path for path in resources}
        self._read: dict[Any, Any] = {}

    def path(self, name: str) -> Path:
        """Return a file's path, given its name below the folder of results.

        Raises
        ------
        StudyError
            When the file is not among those declared.
        """
        path = self.folder / name
        if _same(path) not in self._reads:
            raise StudyError(f"{name}: is read and not declared; add it to what the table or figure reads")
        return path

    def paths(self, folder: str, suffix: str) -> list[Path]:
        """Return the declared files of one kind below a folder, in the order of their declaration."""
        return [path for path in self._reads if path.is_relative_to(_same(self.folder / folder)) and path.suffix == suffix]

    def has(self, name: str) -> bool:
        """Whether a file is among those declared: some are made by some studies only."""
        return _same(self.folder / name) in self._reads

    def json(self, name: str) -> Any:
        """Return what a JSON file holds."""
        return self._once(read_json, self.path(name))

    def parquet(self, name: str, **options: Any) -> pd.DataFrame:
        """Return a parquet file's rows; ``options`` are those of pandas."""
        return self._once(pd.read_parquet, self.path(name), **options)

    def table(self, name: str, folder: str = "tables") -> pd.DataFrame:
        """Return the csv of a table; of text only the empty cell is no value, since "NA" and "null" can be names."""
        return self._once(read_csv, self.path(f"{folder}/{name}.csv"))

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the csv of every table that is declared, by name."""
        paths = sorted(path for path in self._reads if path.suffix == ".csv")
        return {path.stem: read_csv(path) for path in paths}

    def resource(self, name: str) -> Path:
        """Return the path of a resource.

        Raises
        ------
        StudyError
            When it is not among those declared.
        """
        if name not in self._resources:
            raise StudyError(f"{name}: is read and not declared; add it to the resources of the table or figure")
        return self._resources[name]

    def resource_table(self, name: str) -> pd.DataFrame:
        """Return the rows of a resource that is a csv."""
        return self._once(read_csv, self.resource(name))

    def outcomes(self, schemes: Sequence[str]) -> dict[str, pd.DataFrame]:
        """Return the decided test rows of all runs, by scheme."""
        return {scheme: self.parquet(outcomes_of([scheme])[0]) for scheme in schemes}

    def decisions(self, schemes: Sequence[str]) -> Decisions:
        """Return the decided test rows of these schemes, crossed with their runs when asked for."""
        return Decisions(self.outcomes(schemes))

    def _once(self, read: Callable[..., Any], path: Path, **options: Any) -> Any:
        key = (path, repr(options))
        if key not in self._read:
            self._read[key] = read(path, **options)
        return self._read[key]

    @cached_property
    def study(self) -> Mapping[str, Any]:
        """Return what all tables are told of the study."""
        return self.options["study"]

    @cached_property
    def design(self) -> Design:
        """Return the grid that a table must fill, and how intervals are drawn."""
        return Design(**self.study["design"])

    @cached_property
    def titles(self) -> dict[str, str]:
        """Return what agents are called, in the order of the configuration."""
        return dict(self.study["titles"])

    @property
    def scores(self) -> pd.DataFrame:
        """Return one row a run and group of test rows."""
        return self.parquet(SCORES)

    @property
    def sections(self) -> pd.DataFrame:
        """Return the rows of the data."""
        return self.parquet(SECTIONS)

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Return where the rows came from."""
        return self.json(PROVENANCE)

    @property
    def left_out(self) -> list[str]:
        """Return the note on rows that the rules of the data left out, for a table that reads where the rows came from."""
        said = left_out_words(self.provenance.get("left_out", {})) if self.has(PROVENANCE) else ""
        return [f"{said}."] if said else []

    @cached_property
    def stamp(self) -> str | None:
        """Return what marks the run as not about the real data: by where rows came from and, where scores are read, by its models."""
        stamp = stamp_of(self.provenance)
        return stamp_with(stamp, self.scores[["stand_in"]].to_dict("records")) if self.has(SCORES) else stamp


def _same(path: Path) -> Path:
    """Return one spelling of a path: storage of Snakemake's calls files in the working directory by absolute paths."""
    return Path(os.path.abspath(path))


def read_csv(path: Path) -> pd.DataFrame:
    """Return the rows of a csv that the study wrote: names stay text, and of text only the empty cell is no value."""
    names = dict.fromkeys(NAME_COLUMNS, "str")
    return unguarded(pd.read_csv(path, dtype=names, keep_default_na=False, na_values=[""], low_memory=False))

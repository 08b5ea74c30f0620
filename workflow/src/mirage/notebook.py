"""A study of a DataFrame, for notebooks: the same folder, workflow and numbers as those of the command line."""

from __future__ import annotations

import atexit
import base64
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mirage.data.readers.values import plain
from mirage.errors import StudyError
from mirage.files import atomic_path, listed
from mirage.folder import StudyFolder
from mirage.frames import plain_frame, scalar
from mirage.init.command import make_study
from mirage.init.place import free
from mirage.whole import run_study

if TYPE_CHECKING:
    import pandas as pd

DATA = "data.parquet"
STUDY = "study"
SHOWN = ("dumbbell", "forest", "gap", "f1_random")  # figures, the one to show first


class Tables(Mapping[str, "pd.DataFrame"]):
    """The tables of a study by name, each read when it is asked for."""

    def __init__(self, folder: Path):
        self._folder = folder

    def __getitem__(self, name: str) -> pd.DataFrame:
        from mirage.results import read_csv

        if name not in self._names():
            raise KeyError(f"{name}: no such table; there are {', '.join(self._names()) or 'none'}")
        return read_csv(self._folder / f"{name}.csv")

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def _names(self) -> list[str]:
        return [path.stem for path in listed(self._folder, "*.csv")]


@dataclass(frozen=True)
class Answer:
    """What a study found.

    Attributes
    ----------
    folder:
        Its folder, with the configuration, in which ``mirage run`` goes on.
    """

    folder: Path

    @property
    def tables(self) -> Tables:
        """The tables by name: every column, numbers unrounded."""
        return Tables(self._study.results / "tables")

    @property
    def verdict(self) -> pd.DataFrame:
        """The table of words: for every agent and each set of groups held out whether its F1 holds, falls, or cannot be told."""
        return self.tables["verdict"]

    @property
    def page(self) -> Path | None:
        """The study on one page; None where a budget left it out."""
        return self._study.page if self._study.page.is_file() else None

    @property
    def headline(self) -> list[str]:
        """The word and the numbers to read first."""
        from mirage.headline import headline_lines

        return headline_lines(self._study.results)

    def figure(self, name: str) -> Path:
        """Return the svg of a figure.

        Raises
        ------
        KeyError
            When the study has no such figure.
        """
        folder = self._study.results / "figures"
        path = folder / f"{name}.svg"
        if not path.is_file():
            known = ", ".join(found.stem for found in listed(folder, "*.svg"))
            raise KeyError(f"{name}: no such figure; there are {known or 'none'}")
        return path

    def __repr__(self) -> str:
        return "\n".join([*self.headline, f"folder: {self.folder}"])

    def _repr_html_(self) -> str:
        """Show the word, the table of words and a figure."""
        from html import escape

        said = "".join(f"<p>{escape(line)}</p>" for line in self.headline)
        table = self._study.results / "tables/verdict.md"
        return said + (_table_html(table) if table.is_file() else "") + self._drawn()

    def _drawn(self) -> str:
        figures = (self._study.results / f"figures/{name}.svg" for name in SHOWN)
        first = next((path for path in figures if path.is_file()), None)
        if first is None:
            return ""
        # As an image, since ids in a drawing would clash with those of another one on the page.
        return f'<img alt="{first.stem}" src="data:image/svg+xml;base64,{base64.b64encode(first.read_bytes()).decode()}">'

    @property
    def _study(self) -> StudyFolder:
        return StudyFolder(self.folder)


def check(
    df: pd.DataFrame,
    *,
    text: str | Sequence[str] | None = None,
    label: str | None = None,
    group: str | None = None,
    unit: str | None = None,
    time: str | None = None,
    positive: Any = None,
    folder: str | Path | None = None,
    budget: str | None = None,
    cores: int | str = "all",
    texts: bool = True,
) -> Answer:
    """Study the rows of a DataFrame: is an F1 on them real?

    The frame is written to a folder and studied as ``mirage init FILE --run`` does it, so the numbers are the same.

    Parameters
    ----------
    df:
        A row a text. An index that has a name is a column too.
    text, label, group, unit, time:
        Columns; what is left out is proposed, and :attr:`Answer.folder` holds the configuration with the reasons.
    positive:
        The label that counts as positive; of more than two, it against the rest.
    folder:
        Where the study lies; a temporary folder, gone with this process, by default.
    budget:
        A first answer within a time such as ``5m``; see ``mirage run --help``.
    cores:
        How many may be used.
    texts:
        Whether tables, figures and page may hold texts of the rows and words of them.

    Raises
    ------
    StudyError
        With one line, when the frame does not do for a study, the folder holds one already, or a step fails.

    Examples
    --------
    >>> answer = mirage.check(df, text="tweet", label="stance", positive="favor", group="target", budget="2m")  # doctest: +SKIP
    >>> answer.verdict[["agent", "held_out", "word", "drop", "low", "high"]]  # doctest: +SKIP
    >>> answer.tables["f1"]  # doctest: +SKIP
    """
    given = {"text": text, "label": label, "group": group, "unit": unit, "time": time}
    chosen: dict[str, Any] = {role: _named(columns) for role, columns in given.items()} | {"id": None}
    frame = plain_frame(
        df, [name for names in chosen.values() if names for name in ([names] if isinstance(names, str) else names)]
    )
    chosen["positive"] = None if positive is None else plain(scalar(positive))
    made = _made(frame, chosen, _place(folder), texts)
    run_study(made, cores=str(cores), budget=budget)
    return Answer(made.path)


def _named(columns: Any) -> Any:
    """Return the name of a column, or the names of several, as texts."""
    return [str(name) for name in columns] if isinstance(columns, list | tuple) else None if columns is None else str(columns)


def _made(frame: pd.DataFrame, chosen: Mapping[str, Any], place: Path, texts: bool) -> StudyFolder:
    free(place)
    data = place / DATA
    if data.exists():
        raise StudyError(f"{data}: is there already, and would be written over; name another folder with folder=")
    try:
        with atomic_path(data) as path:
            frame.to_parquet(path, index=False)
        made = make_study(data, chosen, place, texts=texts).folder
    except BaseException as error:
        data.unlink(missing_ok=True)
        if not isinstance(error, StudyError):
            raise
        # What is an option of the command is an argument here.
        said = re.sub(r"--(\w+)", r"\1=", str(error).replace(str(data), "the frame"))
        raise StudyError(said) from None
    return made


def _place(folder: str | Path | None) -> Path:
    if folder is not None:
        return Path(folder)
    temporary = tempfile.mkdtemp(prefix="mirage-")
    atexit.register(shutil.rmtree, temporary, ignore_errors=True)
    return Path(temporary) / STUDY


def _table_html(path: Path) -> str:
    from mirage.report.markup import sheet_of, whole_html

    return whole_html(sheet_of(path.read_text(encoding="utf-8")))

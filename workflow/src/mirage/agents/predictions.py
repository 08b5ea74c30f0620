"""A system that was trained elsewhere: its predictions are read from a file, and nothing is fitted.

The other kinds answer for any rows after training on any others; this one has the answers that its file holds, for a split and a
seed where the file tells them apart. So it is no :class:`~mirage.agents.interface.Scorer`, and its cells are made by a script of
their own, ``take_predictions.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from mirage.agents.interface import Facts
from mirage.contracts import CHOSEN, PREDICTION_COLUMNS
from mirage.data.given import CSV, FOLD, LABEL, ROW, SCORE, SEED, SPLIT, check_columns, columns_of, opened
from mirage.data.labels import labels_of
from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd
from mirage.listing import first_of, listing
from mirage.models import Model, OneOrMore, Text, absent
from mirage.splits.names import Schemes

FACTS = Facts(learns=False, chooses=True)


class Parameters(Model):
    """Predictions of a system that was trained elsewhere."""

    path: Text = Field(
        description="A csv or parquet file with the columns row_id and score (in [0, 1]) or label, and split, seed and fold where "
        "predictions differ by them; relative to the working directory."
    )
    threshold: Annotated[float, Field(ge=0, lt=1)] = absent("A row is positive above it; 0.5 where nothing is said.")
    positive: OneOrMore = absent(
        "The label or labels that count as positive, where labels are names and not 0 and 1. Not where one of several classes is "
        "chosen: there label is the name of the class, and score may stand beside it."
    )


@dataclass(frozen=True)
class Given:
    """One system's predictions: ``row_id, score``, with ``split``, ``seed`` and ``fold`` where the file has them.

    Where one of several classes is chosen, ``chosen`` is the number of the class.

    ``ranked`` says whether scores carry more than the two values 0 and 1, so that they rank rows.
    """

    frame: pd.DataFrame
    name: str
    ranked: bool

    @property
    def keys(self) -> list[str]:
        """What a prediction is told apart by within one cell: the row and, where the file has it, the fold."""
        return [column for column in (ROW, FOLD) if column in self.frame]

    def of(self, split: str, seed: int) -> pd.DataFrame | None:
        """Return the predictions of one cell by :attr:`keys`, or None where the file has nothing for that split or seed."""
        rows = self.frame
        for column, value in ((SPLIT, split), (SEED, seed)):
            if column in rows:
                rows = rows[rows[column] == value]
        return None if rows.empty else rows.set_index(self.keys)[[name for name in (SCORE, CHOSEN) if name in rows]]


def read_given(
    path: Path, sections: pd.DataFrame, facts: Schemes, positive: Sequence[str] = (), classes: Sequence[str] = ()
) -> Given:
    """Read a file of predictions and hold it against the corpus.

    Parameters
    ----------
    path:
        A csv or parquet file: ``row_id``; ``score`` in [0, 1], or else ``label``, 0 or 1; ``split``, ``seed`` and ``fold`` where
        predictions differ by them. Other columns are passed over, and so is ``label`` beside ``score``: there it may be the truth.
    sections:
        The corpus; ``row_id`` is used.
    positive:
        The labels that count as positive, where they are names and not 0 and 1.
    classes:
        The names of the classes in the order of their numbers, where one of several is chosen: ``label`` is one of them, and
        ``score``, where it stands, is that of the class.

    Raises
    ------
    StudyError
        When a column is missing, a value is no id, score, label, scheme, seed or fold, a row is not in the corpus, or a row has two
        predictions.
    """
    name = str(path)
    raw = _read(path, name)
    if raw.empty:
        raise StudyError(f"{name}: no rows; write one a prediction")
    frame = pd.DataFrame({ROW: raw[ROW].astype("string")})
    if frame[ROW].isna().any():
        first = int(np.flatnonzero(frame[ROW].isna())[0]) + 1
        raise StudyError(f"{name}: {_rows(frame[ROW].isna())} without {ROW}, first in data row {first}; write one in every row")
    if classes:
        frame[CHOSEN] = _chosen(raw, classes, name)
        frame[SCORE] = _scores(raw, name) if SCORE in raw else 1.0
    else:
        frame[SCORE] = _labels(raw, positive, name) if SCORE not in raw else _scores(raw, name)
    if SPLIT in raw:
        frame[SPLIT] = _schemes(raw, facts, name)
    for column in (SEED, FOLD):
        if column in raw:
            frame[column] = _numbers(raw, column, name)
    unknown = ~frame[ROW].isin(sections["row_id"])
    if unknown.any():
        ids = frame.loc[unknown, ROW]
        raise StudyError(
            f"{name}: {ids.nunique()} of {frame[ROW].nunique()} values of {ROW} are not in the corpus, first {ids.iloc[0]!r}; "
            f"write ids as in results/data/sections.parquet, such as {sections['row_id'].iloc[0]!r}"
        )
    keys = [column for column in (ROW, SPLIT, SEED, FOLD) if column in frame]
    twice = frame.duplicated(keys)
    if twice.any():
        place = ", ".join(f"{key} {frame.loc[twice, key].iloc[0]}" for key in keys)
        raise StudyError(
            f"{name}: {_rows(twice)} with a prediction that is already there, first {place}; keep one a {listing(keys, 'and')}"
        )
    return Given(frame, name, ranked=not frame[SCORE].isin([0, 1]).all())


def given_cell(
    given: Given, sections: pd.DataFrame, split: pd.DataFrame, *, scheme: str, seed: int
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Take a system's predictions of the test rows of one split.

    Parameters
    ----------
    split:
        ``row_id, fold, part``: one row a section and fold.

    Returns
    -------
    predictions, details
        The predictions by contract, and for the run record whether they ``rank`` rows. Where the file has nothing for the split and
        seed there are no predictions, and ``missing`` says so.

    Raises
    ------
    StudyError
        When the file has predictions for the cell, but not of every test row.
    """
    tested = split[split["part"] == "test"]
    details = {"ranked": given.ranked, "folds": [{"fold": int(fold)} for fold in sorted(tested["fold"].unique())]}
    scores = given.of(scheme, seed)
    if scores is None:
        nothing = _frame(tested.iloc[:0], sections, given.frame.set_index(ROW).iloc[:0])
        return nothing, {**details, "missing": f"no predictions for {scheme}, seed {seed}"}
    wanted = pd.MultiIndex.from_frame(tested[given.keys]) if FOLD in given.keys else pd.Index(tested[ROW])
    lacking = tested[~wanted.isin(scores.index)]
    if len(lacking):
        hint = "add them" if SPLIT in given.frame else "add them, or a column split that names the schemes they are for"
        fold = f" in fold {lacking[FOLD].iloc[0]}" if FOLD in given.keys else ""
        raise StudyError(
            f"{given.name}: {len(lacking)} of {len(tested)} test rows of {scheme}, seed {seed}, have no prediction, first "
            f"{lacking[ROW].iloc[0]!r}{fold}; {hint}"
        )
    return _frame(tested, sections, scores.loc[wanted]), details


def _frame(tested: pd.DataFrame, sections: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    labels = pd.Series(labels_of(sections), sections["row_id"]).loc[tested["row_id"]]
    frame = pd.DataFrame(
        {
            "row_id": tested["row_id"].to_numpy(),
            "fold": tested["fold"].to_numpy(dtype=np.int8),
            "part": "test",
            "epoch": np.zeros(len(tested), dtype=np.int16),
            "y": labels.to_numpy(),
            "score": given[SCORE].to_numpy(dtype=np.float64),
        },
        columns=list(PREDICTION_COLUMNS),
    )
    return frame.assign(**{CHOSEN: given[CHOSEN].to_numpy(dtype=np.int16)}) if CHOSEN in given else frame


def _read(path: Path, name: str) -> pd.DataFrame:
    try:
        check_columns(columns_of(path), name)
        raw = _read_csv(path) if path.suffix == CSV else pd.read_parquet(path)
    except ValueError as error:
        raise StudyError(f"{name}: not a {path.suffix[1:]} file: {error}") from error
    return raw.rename(columns=lambda column: str(column).strip())


def _read_csv(path: Path) -> pd.DataFrame:
    # A row or a label may be called "NA" or "null": the empty cell alone is no value.
    file = opened(path)
    columns = [column for column in (ROW, SCORE, LABEL, SPLIT, SEED, FOLD) if column in file.names]
    frame = pd.DataFrame((row for _, row in file.table(columns)), columns=columns, dtype=object)
    return frame.mask(frame == "")


def _scores(raw: pd.DataFrame, name: str) -> pd.Series:
    values = pd.to_numeric(raw[SCORE], errors="coerce").astype("float64")
    bad = ~values.between(0, 1)
    if bad.any():
        raise StudyError(f"{name}: {_rows(bad)} with a score outside [0, 1], first {_found(raw, bad, SCORE)}")
    return values


def _chosen(raw: pd.DataFrame, classes: Sequence[str], name: str) -> pd.Series:
    if LABEL not in raw:
        raise StudyError(f"{name}: column {LABEL!r} is missing; write the name of the class that is chosen")
    numbers = {label: number for number, label in enumerate(classes)}
    chosen = raw[LABEL].astype("string").str.strip().map(numbers)
    if chosen.isna().any():
        known = first_of([repr(label) for label in classes], 5)
        raise StudyError(
            f"{name}: {_rows(chosen.isna())} with a label that names no class, first {_found(raw, chosen.isna(), LABEL)}; classes are "
            f"{known}"
        )
    return chosen.astype("int16")


def _labels(raw: pd.DataFrame, positive: Sequence[str], name: str) -> pd.Series:
    labels = raw[LABEL].astype("string").str.strip()
    if positive:
        bad = labels.isna()
        values = labels.isin(positive).astype("float64")
    else:
        values = pd.to_numeric(labels.str.lower().replace({"true": "1", "false": "0"}), errors="coerce").astype("float64")
        bad = ~values.isin([0, 1])
    if bad.any():
        hint = "write one in every row" if positive else "write 0 or 1, or name the positive label by the agent's key positive"
        raise StudyError(f"{name}: {_rows(bad)} with a label that is none, first {_found(raw, bad, LABEL)}; {hint}")
    if positive and not values.any():
        known = ", ".join(sorted(labels.unique())[:5])
        raise StudyError(f"{name}: no label is {' or '.join(positive)}, the agent's key positive; found {known}")
    return values


def _schemes(raw: pd.DataFrame, facts: Schemes, name: str) -> pd.Series:
    values = raw[SPLIT].astype("string").str.strip()
    for value in values.unique():
        if pd.isna(value) or value not in facts:
            raise StudyError(f"{name}: column {SPLIT}: {_shown(value)} is no split scheme; write one of {', '.join(facts)}")
    return values


def _numbers(raw: pd.DataFrame, column: str, name: str) -> pd.Series:
    values = pd.to_numeric(raw[column], errors="coerce").astype("float64")
    bad = values.isna() | (values < 0) | (values % 1 != 0)
    if bad.any():
        raise StudyError(
            f"{name}: {_rows(bad)} with a {column} that is not 0, 1, 2 and so on, first {_found(raw, bad, column)}"
        )
    return values.astype("int64")


def _rows(mask: pd.Series) -> str:
    count = int(mask.sum())
    return f"{count} row" if count == 1 else f"{count} rows"


def _found(raw: pd.DataFrame, bad: pd.Series, column: str) -> str:
    return f"row {raw.loc[bad, ROW].iloc[0]}: found {_shown(raw.loc[bad, column].iloc[0])}"


def _shown(value: Any) -> str:
    return "nothing" if pd.isna(value) else repr(value) if isinstance(value, str) else str(value)

"""A DataFrame of a user as a table that a file can hold: its columns by name, their values as numbers, truth values, times and texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mirage.data.readers.values import plain
from mirage.errors import StudyError
from mirage.lazy import pandas as pd
from mirage.listing import listing


def plain_frame(df: Any, needed: Sequence[str]) -> pd.DataFrame:
    """Return a frame whose columns can be written and read back as texts.

    An index that has a name becomes a column. Categories, periods, intervals and the like become what they print as; a column of
    lists or mappings is left out where it is not needed.

    Parameters
    ----------
    df:
        A DataFrame, or what has ``to_pandas``, such as a data set of ``datasets``.
    needed:
        Columns that must be there and hold one value a row.

    Raises
    ------
    StudyError
        With one line: no frame, two columns of one name, or a needed column of lists.
    """
    frame = df.to_pandas() if hasattr(df, "to_pandas") else df
    if not isinstance(frame, pd.DataFrame):
        raise StudyError(f"check: found {type(df).__name__}; hand over a pandas DataFrame")
    if frame.columns.nlevels > 1:
        raise StudyError(
            "the frame has several levels of column names; flatten them, as in df.columns = df.columns.map('_'.join)"
        )
    named = [name for name in frame.index.names if name is not None]
    frame = frame.reset_index(level=named, allow_duplicates=True) if named else frame
    frame = frame.set_axis([str(name) for name in frame.columns], axis="columns")
    twice = frame.columns[frame.columns.duplicated()].unique().tolist()
    if twice:
        raise StudyError(f"the frame has the column {listing(twice)} twice (the index counts where it has a name); rename one")
    held = {name: _values(frame[name]) for name in frame}
    for name in needed:
        if held.get(name, ()) is None:
            raise StudyError(f"the column {name} of the frame holds lists or mappings; it must hold one value a row")
    return pd.DataFrame({name: values for name, values in held.items() if values is not None}).reset_index(drop=True)


def scalar(value: Any) -> Any:
    """Return a value of numpy as Python's own."""
    return value.item() if hasattr(value, "item") else value


def _values(column: pd.Series) -> pd.Series | None:
    """Return a column of values that parquet holds; None for one of lists or mappings."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    kinds = pd.api.types
    if (kinds.is_numeric_dtype(column) and not kinds.is_complex_dtype(column)) or kinds.is_datetime64_any_dtype(column):
        return column
    filled = column.dropna()
    if filled.map(lambda value: isinstance(value, list | tuple | set | dict) or hasattr(value, "__array__")).any():
        return None
    return column.map(lambda value: plain(scalar(value)), na_action="ignore").astype("str")

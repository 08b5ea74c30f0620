"""The label of every row as a number: 0 or 1 where one class stands against the rest, the number of its class where one is chosen.

The two stand in columns of different names, ``label`` and ``class``, so that what is about positive rows alone cannot be asked of a
study of several classes.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

LABEL, CLASS = "label", "class"


def has_classes(table: Collection[Any]) -> bool:
    """Whether a table of rows, or its columns, says which of several classes each row has."""
    return CLASS in table


def labels_of(sections: pd.DataFrame) -> npt.NDArray[np.integer[Any]]:
    """Return the label of every row, (rows,): int8, or int16 where it numbers a class."""
    return sections[CLASS if has_classes(sections) else LABEL].to_numpy()

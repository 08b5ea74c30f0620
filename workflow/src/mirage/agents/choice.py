"""What a model of several classes answers: of each row the class with the highest probability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mirage.agents.interface import Fit
from mirage.lazy import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def most_probable(classes: npt.NDArray[Any], probabilities: npt.NDArray[np.float64], details: dict[str, Any]) -> Fit:
    """Choose by probabilities, (rows, classes); of equal ones the class with the lowest number, which is the most frequent.

    Parameters
    ----------
    classes:
        The number of each column's class, ascending.
    """
    place = probabilities.argmax(axis=1)
    return Fit(probabilities[np.arange(len(place)), place], details, classes[place])

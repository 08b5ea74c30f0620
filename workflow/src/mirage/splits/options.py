"""What the configuration may say about splits."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mirage.errors import StudyError


@dataclass(frozen=True)
class SplitOptions:
    """The configuration's ``split`` mapping, checked.

    Attributes
    ----------
    test_fraction:
        Share of rows tested by the resampled schemes, and of the others' rows tested beside those held out by the matched ones.
    folds:
        Folds of the cross-validated schemes; fewer where the corpus has fewer groups.
    validation_fraction:
        Share of the training rows cut off for validation.
    subsample:
        Share of the training rows that a seed uses where the test set is fixed.
    time_cut:
        First year of the test set of ``time``.
    vary_split:
        False holds the split of seed 0 for every seed.

    Raises
    ------
    StudyError
        When a value has the wrong type or lies outside its range.
    """

    test_fraction: float = 0.2
    folds: int = 5
    validation_fraction: float = 0.125
    subsample: float = 0.9
    time_cut: int = 1931
    vary_split: bool = True

    def __post_init__(self) -> None:
        for name in ("test_fraction", "validation_fraction", "subsample"):
            value = getattr(self, name)
            upper = "up to 1" if name == "subsample" else "below 1"
            if not _is_number(value) or not 0 < value <= 1 or (value == 1 and name != "subsample"):
                raise _wrong(name, value, f"a share above 0 and {upper}")
        if not _is_whole(self.folds) or not 2 <= self.folds <= 100:
            raise _wrong("folds", self.folds, "a whole number from 2 to 100")
        if not _is_whole(self.time_cut):
            raise _wrong("time_cut", self.time_cut, "a year")
        if not isinstance(self.vary_split, bool):
            raise _wrong("vary_split", self.vary_split, "true or false")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> SplitOptions:
        """Read options from a configuration mapping; keys left out keep their defaults.

        Raises
        ------
        StudyError
            When a key is unknown or a value does not fit.
        """
        if not isinstance(mapping, Mapping):
            raise StudyError(f"split: expected a mapping of options, found {mapping!r}")
        known = [field.name for field in dataclasses.fields(cls)]
        for key in mapping:
            if key not in known:
                raise StudyError(f"split.{key}: unknown option; write one of {', '.join(known)}")
        return cls(**mapping)

    def used_by(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Return the options in ``names``, with their values."""
        return {name: getattr(self, name) for name in sorted(names)}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _wrong(name: str, value: object, wanted: str) -> StudyError:
    return StudyError(f"split.{name}: found {value!r}; write {wanted}")

"""Which schemes an analysis is about. Standard library only: the workflow's rules import it."""

from __future__ import annotations

from collections.abc import Iterable

from mirage.splits.names import SCHEMES


def random_schemes(schemes: Iterable[str]) -> list[str]:
    """Return the schemes that draw their test rows one by one, whatever their relatives."""
    return [
        name for name in schemes if SCHEMES[name].kind in ("resampled", "crossfold") and SCHEMES[name].keeps_whole == "nothing"
    ]

"""Which schemes an analysis is about. Standard library only: the workflow's rules import it."""

from __future__ import annotations

from collections.abc import Iterable

from mirage.splits.names import Schemes


def random_schemes(schemes: Iterable[str], facts: Schemes) -> list[str]:
    """Return the schemes that draw their test rows one by one, whatever their relatives."""
    return [name for name in schemes if facts[name].kind in ("resampled", "crossfold") and facts[name].keeps_whole == "nothing"]

"""How much of a reported F1 survives when a data source is held out.

The package holds the steps of the study as functions over files; ``scripts/`` turns each into a command and the Snakefile into a
rule. Importing the package itself loads nothing heavy, because every Snakemake process does it.

In a notebook, :func:`mirage.check` is the whole study of a DataFrame.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mirage.notebook import check as check

    __version__: str

__all__ = ["__version__", "check"]


def __getattr__(name: str) -> Any:
    # By name, since what this file says and imports counts as code that every job runs: a new version alone reruns no fit.
    if name == "check":
        return importlib.import_module("mirage.notebook").check
    if name == "__version__":
        return importlib.import_module("mirage.version").VERSION
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

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

__version__ = "0.1.0"
__all__ = ["check"]


def __getattr__(name: str) -> Any:
    if name == "check":
        # By name, since what this file imports counts as code that every job runs.
        return importlib.import_module("mirage.notebook").check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

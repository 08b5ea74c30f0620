"""Libraries that load at their first use.

Snakemake reads the declarations of tables, figures and agents at every start and computes nothing with them; loading numpy and its
like takes longer than the rest of that start.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any

__all__ = ["numpy", "pandas", "pyplot", "scipy_stats"]


class _Later(ModuleType):
    """Stands for a module until one of its names is asked for, and then holds all of them."""

    def __getattr__(self, name: str) -> Any:
        module = importlib.import_module(self.__name__)
        self.__dict__.update({key: value for key, value in vars(module).items() if not key.startswith("__")})
        return getattr(module, name)


if TYPE_CHECKING:
    import matplotlib.pyplot as pyplot
    import numpy
    import pandas
    import scipy.stats as scipy_stats
else:
    numpy = _Later("numpy")
    pandas = _Later("pandas")
    pyplot = _Later("matplotlib.pyplot")
    scipy_stats = _Later("scipy.stats")

"""numpy and pandas, imported when they are first used: for modules that the Snakefile imports and that compute in jobs alone."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any


class _Later(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)


if TYPE_CHECKING:
    import numpy as numpy
    import pandas as pandas
else:
    numpy = _Later("numpy")
    pandas = _Later("pandas")

"""The kinds of agent that there are: the modules of this folder that have parameters.

No fit imports this module, so that an edit to one kind leaves the cells of the others alone.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import mirage.agents
from mirage.agents import module_of
from mirage.agents.interface import Facts


@functools.cache
def kinds() -> Mapping[str, ModuleType]:
    """Return the module of each kind, by name, in alphabetical order."""
    names = sorted(found.name for found in pkgutil.iter_modules(mirage.agents.__path__))
    modules = {name: importlib.import_module(module_of(name)) for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "Parameters")}


def facts_of(kind: str) -> Facts:
    """Return the facts of a kind."""
    facts: Facts = kinds()[kind].FACTS
    return facts


def quotes(kind: str) -> bool:
    """Whether run records of a kind hold words of the texts, unless its parameter ``quotes`` is false."""
    return "quotes" in kinds()[kind].Parameters.model_fields


def modules_of(recipe: Mapping[str, Any]) -> list[str]:
    """Return the dotted names of the modules that a recipe's cells run: that of its kind, and the user's own."""
    kind = str(recipe["kind"])
    own = getattr(kinds()[kind], "modules", None)
    return [module_of(kind), *(own(recipe) if own else ())]

"""The choices that make up the multiverse of TF-IDF with logistic regression, and how tables name their levels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

# In the order in which work is shared: words are counted once a level of the first, weighted once a level of the third.
CHOICES = ("ngrams", "max_features", "sublinear_tf", "class_weight", "C")
# scikit-learn's defaults, for what an agent's recipe leaves open.
DEFAULTS: Mapping[str, Any] = {
    "ngrams": (1, 1),
    "max_features": None,
    "sublinear_tf": False,
    "class_weight": None,
    "C": 1.0,
}


def level_name(choice: str, value: Any) -> str:
    """Return how tables write a level of a choice: ``1-2``, ``all``, ``none``, ``yes``, ``0.3``."""
    if value is None:
        return "all" if choice == "max_features" else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "-".join(str(item) for item in value)
    if isinstance(value, str):
        return value
    return json.dumps(float(value) if choice == "C" else value)


def setting_of(recipe: Mapping[str, Any]) -> dict[str, str]:
    """Return the levels of an agent's recipe."""
    return {choice: level_name(choice, recipe.get(choice, DEFAULTS[choice])) for choice in CHOICES}

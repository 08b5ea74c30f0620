"""Holding the configuration against its schema, with errors a user can act on, and filling in what it leaves open."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from mirage.errors import StudyError

# Reads what SafeLoader does, and the schema in a tenth of its time; not every build of PyYAML has it.
FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What a configuration of other data may leave out. The published study states all of it.
DEFAULTS: Mapping[str, Any] = {
    "vary": ["split", "training"],
    "split": {"test_fraction": 0.2, "folds": 5, "validation_fraction": 0.125, "subsample": 0.9},
    "inner_folds": 3,
    "intervals": {"level": 0.95, "draws": 2000, "seed": 0},
    "scheme_definitions": {},
    "variance": {"fixed": []},
    "figures": {},
    "encoders": {
        "run": "none",
        "where": "here",
        "kept": "results/reference/predictions",
        "schemes": [],
        "seeds": 1,
        "device": "auto",
        "lower_precision": True,
        "full_determinism": False,
        "keep_model": False,
        "save_every": 30,
    },
    "checkpoints": {"path": None, "hub": True},
}


def fill_defaults(config: MutableMapping[str, Any]) -> None:
    """Put in what the configuration leaves out of :data:`DEFAULTS`, section by section and key by key."""
    for section, values in DEFAULTS.items():
        if isinstance(values, dict):
            config[section] = {**values, **config.get(section, {})}
        else:
            config.setdefault(section, values)


def check_config(config: Mapping[str, Any], schema: str | Path) -> None:
    """Raise :class:`StudyError` with one line on the fault that matters most: which key, what was found, what is allowed."""
    rules = yaml.load(Path(schema).read_text(encoding="utf-8"), Loader=FAST_LOADER)
    error = best_match(Draft202012Validator(rules).iter_errors(config))
    if error is not None:
        raise StudyError(f"config.yaml: {_describe(error)}")


def _describe(error: ValidationError) -> str:
    key = ".".join(str(step) for step in error.absolute_path) or "top level"
    meaning = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
    hint = f" ({meaning.rstrip('.')})" if meaning and error.validator not in ("additionalProperties", "required") else ""
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = sorted(set(error.instance) - set(known), key=str)
        return f"{key}: unknown key {unknown[0]!r}; known are {', '.join(known)}"
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return f"{key}: key {missing!r} is missing"
    if error.validator == "enum":
        allowed = ", ".join("null" if value is None else str(value) for value in error.validator_value)
        return f"{key}: found {error.instance!r}; write one of {allowed}{hint}"
    return f"{key}: {error.message}{hint}"

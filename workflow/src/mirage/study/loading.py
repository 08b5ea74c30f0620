"""From what the files of a configuration say to a configuration that a study can be made of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from pydantic import ValidationError

from mirage.data.declaration import Declaration
from mirage.encoders.recipe import AS_RUN_SUFFIX, variants
from mirage.errors import StudyError
from mirage.models import Model, is_absent
from mirage.study.configuration import configuration
from mirage.study.messages import ROOT, shown, told

WHERE = "config.yaml"
# What YAML 1.1 makes of words that a name may well be.
WORDS = {True: "true, yes or on", False: "false, no or off", None: "null, ~ or nothing"}


def check_config(config: Any) -> None:
    """Hold a configuration against its models.

    Raises
    ------
    StudyError
        With one line on the fault that matters most: which key, what was found, what to write.
    """
    for key, fault in _odd(config):
        raise StudyError(f"{WHERE}: {key or ROOT}: {fault}")
    model = configuration()
    try:
        model.model_validate(config)
    except ValidationError as faults:
        # Only here, since making the schema takes longer than the check.
        from mirage.study.schema import json_schema

        raise StudyError(f"{WHERE}: {told(faults, json_schema())}") from None
    try:
        Declaration.from_mapping(config["data"]["columns"])
    except StudyError as error:
        raise StudyError(f"{WHERE}: {error}") from None
    _check_agents(config["agents"])


def fill_defaults(config: MutableMapping[str, Any]) -> None:
    """Put in the defaults of what the configuration leaves out, section by section and key by key.

    Only of the sections that every study has: one that may be left out stays as it is written, and so do agents, whose recipes are
    what their jobs depend on.
    """
    for section, field in configuration().model_fields.items():
        if field.is_required() or is_absent(field):
            continue
        default = field.get_default(call_default_factory=True)
        if isinstance(default, Model):
            config[section] = {**_plain(default), **config.get(section, {})}
        else:
            config.setdefault(section, default)


def _plain(section: Model) -> dict[str, Any]:
    return {name: getattr(section, name) for name, field in type(section).model_fields.items() if not is_absent(field)}


def _odd(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Find names that YAML has made no text of, and numbers that are none, wherever they stand."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if not isinstance(name, str):
                wrote = f", as YAML reads {WORDS[name]}" if name is None or isinstance(name, bool) else ""
                yield key, f"found the name {shown(name)}{wrote}; write it in quotes"
            yield from _odd(item, f"{key}.{name}".lstrip("."))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _odd(item, f"{key}.{place}".lstrip("."))
    elif isinstance(value, float) and not math.isfinite(value):
        yield key, f"found {value}; write a finite number"


def _check_agents(agents: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse agents that folders or tables could not tell apart."""
    for name in agents:
        if name.endswith(AS_RUN_SUFFIX) and agents.get(name.removesuffix(AS_RUN_SUFFIX), {}).get("as_run") is not None:
            raise StudyError(
                f"{WHERE}: agents.{name}: that is the name of {name.removesuffix(AS_RUN_SUFFIX)} as its agent ran it; write another"
            )
    known: dict[str, str] = {}
    for name, entry in variants(agents).items():
        other = known.setdefault(entry["title"], name)
        if other != name:
            raise StudyError(
                f"{WHERE}: agents.{name}.title: found {shown(entry['title'])}, which is the title of {other} too; write another"
            )

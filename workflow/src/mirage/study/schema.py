"""The schema of the configuration, made from its models: editors complete from it, and people read it."""

from __future__ import annotations

import functools
from typing import Any

import yaml

from mirage.place import project_root
from mirage.study.configuration import configuration

HEAD = "# Made from the models in workflow/src/mirage/study and workflow/src/mirage/agents by `make schema`; edit those.\n"
SCHEMA = "workflow/schemas/config.schema.yaml"


@functools.cache
def json_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of the configuration, as plain values."""
    made = configuration().model_json_schema()
    said: dict[str, Any] = _without_titles(made)
    definitions = said.pop("$defs")
    said["title"] = "The study's configuration"
    head = {key: said.pop(key) for key in ("title", "description", "type", "additionalProperties", "required")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **head,
        **said,
        "$defs": dict(sorted(definitions.items())),
    }


def schema_text() -> str:
    """Return the schema as YAML, as it is committed."""
    return HEAD + yaml.dump(
        json_schema(), Dumper=_Plain, default_flow_style=None, sort_keys=False, width=120, allow_unicode=True
    )


def schema_uri() -> str:
    """Return where the schema lies, as the first line of a configuration anywhere can name it."""
    return (project_root() / SCHEMA).as_uri()


class _Plain(yaml.SafeDumper):
    """Writes values that stand in two places twice, and not as anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _without_titles(node: Any) -> Any:
    """Drop the titles that are a key's own name in capitals, and what only says how a value is looked up."""
    if isinstance(node, list):
        return [_without_titles(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    return {
        key: _properties(value) if key in ("properties", "$defs") else _without_titles(value) for key, value in kept.items()
    }


def _properties(named: dict[str, Any]) -> dict[str, Any]:
    return {name: _without_titles(node) for name, node in named.items()}

"""What is wrong with a configuration, in one line: ``KEY.PATH: found X; write Y (what the key means)``.

Where a fault lies is pydantic's to say; what to write there is read off the schema, so that every key has its words.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mirage.listing import close_to, listing
from mirage.models import WHOLE

LONGEST = 60  # characters of a value that are shown
ROOT = "top level"


class Place(NamedTuple):
    """A place in the configuration: its key, what the schema says of it, and what it means."""

    key: str
    node: Mapping[str, Any]
    meaning: str


PlaceOf: TypeAlias = Callable[[Sequence[int | str]], Place]


def told(faults: ValidationError, schema: Mapping[str, Any], under: str = "") -> str:
    """Return the line about the fault that explains most: first an unknown key or name, then one that is missing, then a value.

    Parameters
    ----------
    schema:
        The JSON schema of the model that found the faults.
    under:
        The key of what the model stands for, where it is not the whole configuration.
    """
    found = min(faults.errors(include_url=False), key=_rank)
    return _line(found, functools.partial(_place, schema, under))


def _rank(error: ErrorDetails) -> int:
    if error["type"] == "extra_forbidden" or error["loc"][-1:] == ("[key]",):
        return 0
    return 1 if error["type"] == "missing" else 2


def _line(error: ErrorDetails, place_of: PlaceOf) -> str:
    kind, loc, value = error["type"], error["loc"], error["input"]
    if kind in ("extra_forbidden", "missing"):
        parent = place_of(loc[:-1])
        named = {name: place_of((*loc[:-1], name)) for name in _keys(parent.node)}
        return _missing(str(loc[-1]), parent, named) if kind == "missing" else _unknown(str(loc[-1]), parent, named)
    if kind.startswith("union_tag"):
        return _tag(place_of(loc), value)
    if loc and loc[-1] == "[key]":
        parent = place_of(loc[:-2])
        return f"{parent.key}: found the name {shown(value)}; write {_own_words(error)}{_hint(parent)}"
    place = place_of(loc)
    own = _own_words(error)
    if own and isinstance(value, Mapping):
        return f"{place.key}: {own if kind == WHOLE else f'write {own}'}"
    return f"{place.key}: found {shown(value)}; write {own or expected(place.node)}{_quotes(value, place.node)}{_hint(place)}"


def _own_words(error: ErrorDetails) -> str:
    """Return what the validator that found the fault says; nothing where it is pydantic's own."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return error["msg"] if error["type"] == WHOLE else ""


def _missing(name: str, parent: Place, named: Mapping[str, Place]) -> str:
    return f"{parent.key}: key {name!r} is missing; write {expected(named[name].node)}{_hint(named[name])}"


def _unknown(name: str, parent: Place, named: Mapping[str, Place]) -> str:
    near = close_to(name, named)
    if near:
        return f"{parent.key}: unknown key {name!r}; write {near}{_hint(named[near])}"
    return f"{parent.key}: unknown key {name!r}; known are {', '.join(named)}"


def _tag(place: Place, value: Mapping[str, Any]) -> str:
    key = place.node["discriminator"]["propertyName"]
    known = list(place.node["discriminator"]["mapping"])
    if key not in value:
        return f"{place.key}: key {key!r} is missing; write {key}: one of {', '.join(known)}"
    near = close_to(value[key], known)
    first = f"{near}, or another" if near else "one"
    return f"{place.key}.{key}: found {shown(value[key])}; write {first} of {', '.join(known)}"


def _hint(place: Place) -> str:
    return f" ({place.meaning.rstrip('.')})" if place.meaning else ""


def _quotes(value: Any, node: Mapping[str, Any]) -> str:
    """Return the advice for what YAML read as another type than its writer meant."""
    types = set(_types(node))
    if types & {"number", "integer"} and isinstance(value, str) and _is_number(value):
        return ", without quotes; YAML reads 3.0e-5 as a number, 3e-5 as text"
    if "string" in types and not isinstance(value, str | list | Mapping) and value is not None:
        return ", in quotes"
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def shown(value: Any) -> str:
    """Return a value as a configuration writes it, cut where it is long."""
    if value is None or isinstance(value, bool):
        text = json.dumps(value)
    elif isinstance(value, Mapping):
        text = f"{{{', '.join(f'{key}: {shown(item)}' for key, item in value.items())}}}"
    elif isinstance(value, list | tuple):
        text = f"[{', '.join(map(shown, value))}]"
    else:
        text = repr(value) if isinstance(value, str | int | float) else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def expected(node: Mapping[str, Any]) -> str:
    """Say in words what a place of the schema takes."""
    if "anyOf" in node:
        return listing(["null" if option.get("type") == "null" else expected(option) for option in _null_first(node)], "or")
    if "oneOf" in node:
        return "a mapping"
    if "enum" in node or "const" in node:
        values = node.get("enum", [node.get("const")])
        names = ", ".join(value if isinstance(value, str) else json.dumps(value) for value in values)
        return f"one of {names}" if len(values) > 1 else names
    words = {
        "integer": _number("a whole number", node),
        "number": _number("a number", node),
        "boolean": "true or false",
        "string": _text(node),
        "array": _list(node),
        "object": _mapping(node),
        "null": "null",
    }
    return listing([words[kind] for kind in _types(node)], "or") or "another value"


def _null_first(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return sorted(node["anyOf"], key=lambda option: option.get("type") != "null")


def _types(node: Mapping[str, Any]) -> Sequence[str]:
    if "anyOf" in node:
        return [kind for option in node["anyOf"] for kind in _types(option)]
    found = node.get("type", [])
    return [found] if isinstance(found, str) else found


def _number(word: str, node: Mapping[str, Any]) -> str:
    bounds = {
        "minimum": "{:g} or more",
        "exclusiveMinimum": "above {:g}",
        "maximum": "at most {:g}",
        "exclusiveMaximum": "below {:g}",
    }
    said = [words.format(node[name]) for name, words in bounds.items() if name in node]
    return f"{word}, {listing(said, 'and')}" if said else word


def _text(node: Mapping[str, Any]) -> str:
    if node.get("pattern", r"\S") == r"\S":
        return "a text"
    return f"a text of the form {node['pattern']}"


def _list(node: Mapping[str, Any]) -> str:
    least, most = node.get("minItems"), node.get("maxItems")
    size = f" of {least}" if least is not None and least == most else " of one or more" if least else ""
    return f"a list{size}" + (", each once" if node.get("uniqueItems") else "")


def _mapping(node: Mapping[str, Any]) -> str:
    required = node.get("required", ())
    if required and node.get("properties"):
        return f"a mapping with {listing([name for name in node['properties'] if name in required], 'and')}"
    return "a mapping" + (", not an empty one" if node.get("minProperties") else "")


def _place(schema: Mapping[str, Any], under: str, loc: Sequence[int | str]) -> Place:
    """Follow the steps of a fault through the schema; which of several kinds an entry is, is a step of pydantic's and no key."""
    node, meaning, steps = _resolved(schema, schema), "", [under] if under else []
    for step in loc:
        tagged = node.get("discriminator", {}).get("mapping", {})
        if step in tagged:
            node = _resolved({"$ref": tagged[step]}, schema)
            continue
        steps.append(str(step))
        node = next(_below(node, step, schema), {})
        meaning = node.get("description", meaning)
    return Place(".".join(steps) or ROOT, node, meaning)


def _below(node: Mapping[str, Any], step: int | str, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for option in [node, *node.get("anyOf", ())]:
        if isinstance(step, int):
            inner = [option.get("items")]
        else:
            named = option.get("properties", {}).get(step)
            inner = [named, *option.get("patternProperties", {}).values(), option.get("additionalProperties")]
        yield from (_resolved(found, schema) for found in inner if isinstance(found, Mapping))


def _resolved(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put what a reference stands for in its place; what stands beside it wins."""
    if "anyOf" in node:
        return {**node, "anyOf": [_resolved(option, schema) for option in node["anyOf"]]}
    if "$ref" not in node:
        return node
    name = node["$ref"].rpartition("/")[2]
    return {**schema["$defs"][name], **{key: value for key, value in node.items() if key != "$ref"}}


def _keys(node: Mapping[str, Any]) -> list[str]:
    """Return the keys that a mapping may have, or one that may be null."""
    return [key for option in [node, *node.get("anyOf", ())] for key in option.get("properties", ())]

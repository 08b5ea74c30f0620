"""The base of every model of the configuration, and the types that several of them share.

A validator raises :class:`ValueError` with what to write instead; the line that a user reads adds the key and what was found.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function

from mirage.errors import StudyError

WHOLE = "whole"
"""Type of a fault that a validator of a whole mapping tells in words of its own, which the line then ends with."""


class Model(BaseModel):
    """A mapping of the configuration: an unknown key is an error, and no value is turned into another type."""

    # Built at the first check, once, with everything that it holds: a Snakemake process pays for no model by itself.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


def _unsaid(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def absent(description: str | None = None) -> Any:
    """Return the field of a key that may be left out, and then is nowhere; null is no value of it unless its type says so."""
    return Field(default=None, description=description, json_schema_extra=_unsaid)


def is_absent(field: FieldInfo) -> bool:
    """Whether a key that is left out stays so, and gets no default."""
    return field.json_schema_extra is _unsaid


@dataclass(frozen=True)
class _Once:
    """Makes a list hold each of its values once."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_after_validator_function(_different, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "uniqueItems": True}


def _different(values: list[Any]) -> list[Any]:
    for place, value in enumerate(values):
        # True equals 1 in Python, and is another value in a configuration.
        if any(value == other and type(value) is type(other) for other in values[:place]):
            raise ValueError(f"each once: {value!r} stands there twice")
    return values


def _low_to_high(bounds: list[int]) -> list[int]:
    if bounds[0] > bounds[1]:
        raise ValueError(f"the shortest first: {bounds[::-1]}")
    return bounds


def _expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"a regular expression; this is none: {error}") from None
    return pattern


def _one_or_more(value: Any) -> Any:
    names = value if isinstance(value, list) else [value]
    if not names or any(not isinstance(name, str) or not name.strip() for name in names):
        raise ValueError("a name, or a list of names; in quotes where one is a number, yes or no")
    return value


ONCE = _Once()

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Names = Annotated[list[Text], Field(min_length=1), ONCE]
"""One name or more, each once."""
AnyNames = Annotated[list[Text], ONCE]
"""Names, each once; the list may be empty."""
Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Ngrams = Annotated[list[Count], Field(min_length=2, max_length=2), AfterValidator(_low_to_high)]
"""The shortest and the longest word n-gram."""
OneOrMore = Annotated[
    Any,
    PlainValidator(_one_or_more),
    WithJsonSchema({"type": ["string", "array"], "items": {"type": "string", "minLength": 1}, "minLength": 1, "minItems": 1}),
]
"""One name as it stands, or a list of them."""
Pattern = Annotated[str, Field(min_length=1, json_schema_extra={"format": "regex"}), AfterValidator(_expression)]

Checked = TypeVar("Checked", bound=Model)


def checked(model: type[Checked], values: Mapping[str, Any], where: str) -> Checked:
    """Read values into a model.

    Parameters
    ----------
    where:
        The key of the values, such as ``agents.tfidf``.

    Raises
    ------
    StudyError
        With one line on the fault that matters most.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as faults:
        # By name: the words of an error are no part of the code that results depend on.
        told = importlib.import_module("mirage.study.messages").told
        raise StudyError(f"config.yaml: {told(faults, model.model_json_schema(), where)}") from None

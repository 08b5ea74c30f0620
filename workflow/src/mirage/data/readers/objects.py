"""Reading JSON: one object a line, or an array of objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from mirage.data.readers.files import refuse_other
from mirage.data.readers.reading import Reading
from mirage.data.readers.table import LIST, STRUCT, TableFile
from mirage.data.readers.text import Text, line_after, text_of
from mirage.data.readers.values import plain
from mirage.errors import StudyError
from mirage.listing import first_of

_HALF = re.compile("[\ud800-\udfff]")
_MOST_KEYS = 8  # that an error lists


def open_json(data: bytes, name: str, reading: Reading) -> TableFile:
    """Look into an array of JSON objects, or objects of one line each.

    A key that an object lacks is a missing value, and so is ``null`` or ``NaN``; a key that stands twice in an object is an error.

    Raises
    ------
    StudyError
        At the first line or object at fault: no JSON, no object, or half of a character (a lone surrogate).
    """
    reading.refuse(name, "JSON", "delimiter", "sheet")
    refuse_other(data, name, "JSON")
    text = text_of(data, name, "JSON", reading, line_after)
    if text.empty:
        raise StudyError(f"{name}: the file is empty; expected one JSON object a line, or an array of them")
    in_array = next(_filled(text))[1].lstrip().startswith("[")
    columns = _Columns(name)
    for where, found in _of_array(text, name) if in_array else _of_lines(text, name):
        columns.add(found, where)
    columns.close()
    form = "an array of objects" if in_array else "one object a line"

    def rows_of(places: Sequence[int]) -> Iterator[Sequence[str]]:
        asked = list(columns.values.values())
        return zip(*(asked[place] for place in places), strict=True) if places else iter([()] * columns.rows)

    lacks = f"no {'object' if in_array else 'line'} has the key"
    return TableFile(name, columns.names, rows_of, f"{text.said} JSON, {form}", columns.kinds, lacks)


class _Columns:
    """The values of each key, as text."""

    def __init__(self, name: str):
        self._name = name
        self.rows = 0
        self.values: dict[str, list[str]] = {}
        self.kinds: dict[str, str] = {}

    @property
    def names(self) -> list[str]:
        return [key.strip() for key in self.values]

    def add(self, found: dict[str, Any], where: str) -> None:
        """Add an object to the rows."""
        for key, value in found.items():
            values = self.values.setdefault(key, [])
            values += [""] * (self.rows - len(values))
            if isinstance(value, list | dict):
                self.kinds[key.strip()] = LIST if isinstance(value, list) else STRUCT
                values.append("")
            else:
                values.append(_whole(plain(value), key, f"{self._name}: {where}"))
        self.rows += 1

    def close(self) -> None:
        """Give every key a value in every row."""
        for values in self.values.values():
            values += [""] * (self.rows - len(values))


def _whole(text: str, key: str, where: str) -> str:
    for given in (text, key):
        if not given.isascii() and (half := _HALF.search(given)):
            raise StudyError(
                f"{where}: {key!r} holds half of a character (\\u{ord(half[0]):04x}), which no text can; remove it or write the whole"
            )
    return text


def _filled(text: Text) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers."""
    lines = ((number, line.lstrip("\ufeff").rstrip("\r\n")) for number, line in enumerate(text.lines(), start=1))
    return ((number, line) for number, line in lines if line.strip())


def _of_lines(text: Text, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    first, *second = islice(_filled(text), 2)
    if first[1].strip() == "{":
        # Laid out for people over several lines.
        _refuse_whole(_loaded(text.whole().lstrip("\ufeff"), name, "one object a line, or an array of objects"), name)
    for number, line in _filled(text):
        found = _loaded(line, f"{name}: line {number}", "one object")
        if not isinstance(found, dict):
            raise StudyError(f"{name}: line {number}: found {line.strip()[:40]!r}; expected one JSON object a line")
        if not second and any(isinstance(value, list | dict) for value in found.values()):
            _refuse_whole(found, name)
        yield f"line {number}", found


def _refuse_whole(found: dict[str, Any], name: str) -> None:
    """Raise the error of one object that holds all rows."""
    keys = first_of([repr(key) for key in found], _MOST_KEYS)
    raise StudyError(
        f"{name}: found one object with the keys {keys}; expected one object a row: an array of them, such as what stands under one "
        "of the keys, or one a line"
    )


def _of_array(text: Text, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, found in enumerate(_loaded(text.whole().lstrip("\ufeff"), name, "an array of objects"), start=1):
        if not isinstance(found, dict):
            raise StudyError(f"{name}: object {number}: found {str(found)[:40]!r}; expected an array of JSON objects")
        yield f"object {number}", found


def _loaded(text: str, where: str, expected: str) -> Any:
    try:
        # A whole number stays as it is written, whatever its length.
        return json.loads(text, object_pairs_hook=_once, parse_int=str)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise StudyError(f"{where}: not JSON ({error.msg} at {line}column {error.colno}); expected {expected}") from None
    except RecursionError:
        raise StudyError(f"{where}: values lie too deep within each other to be read; expected {expected}") from None
    except _TwiceError as error:
        raise StudyError(f"{where}: the key {error} is there twice in one object; expected {expected}, each key once") from None


class _TwiceError(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _TwiceError(repr(next(key for key in keys if keys.count(key) > 1)))
    return found

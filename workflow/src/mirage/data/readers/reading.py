"""How a file is to be read where the user says so: what separates its fields, its encoding, the sheet of a workbook.

Standard library only: the configuration check imports this module.
"""

from __future__ import annotations

from dataclasses import dataclass

from mirage.errors import StudyError
from mirage.listing import listing

# What may separate fields, in the order in which equally good ones are taken, and how each is called.
MARKS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}

_BY_NAME = {**{name: mark for mark, name in MARKS.items()}, "\\t": "\t", "pipe": "|", "space": " "}


def mark_of(delimiter: str) -> str:
    """Return the character that separates fields, which may be given by its name.

    Raises
    ------
    ValueError
        With what to write instead.
    """
    mark = _BY_NAME.get(delimiter.lower(), delimiter)
    if len(mark) != 1 or mark in '"\\\r\n\0':
        raise ValueError(f"one character, or its name: {listing(MARKS.values(), 'or')}")
    return mark


def codec_of(encoding: str) -> str:
    """Return the name of an encoding of text.

    Raises
    ------
    ValueError
        With what to write instead.
    """
    try:
        "".encode(encoding)
    except (LookupError, UnicodeError, ValueError):
        raise ValueError("the name of an encoding, such as utf-8, cp1252, latin-1 or utf-16") from None
    return encoding


@dataclass(frozen=True)
class Reading:
    """What the user says of a file; ``None`` leaves it to what stands in the file.

    Raises
    ------
    StudyError
        For a delimiter that is no character, or an encoding that is none.
    """

    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None

    def __post_init__(self) -> None:
        for name, given, check in (("delimiter", self.delimiter, mark_of), ("encoding", self.encoding, codec_of)):
            try:
                if given is not None:
                    check(given)
            except ValueError as error:
                raise StudyError(f"{name} {given!r}: write {error}") from None

    @property
    def mark(self) -> str | None:
        """The character that separates fields."""
        return None if self.delimiter is None else mark_of(self.delimiter)

    def refuse(self, name: str, what: str, *unused: str) -> None:
        """Raise the error of an option that says nothing of a kind of file."""
        for option in unused:
            if getattr(self, option) is not None:
                raise StudyError(f"{name}: {option} {getattr(self, option)!r} says nothing of {what}; leave it out")


def mark_name(mark: str) -> str:
    """Name a character that separates fields."""
    return MARKS.get(mark, repr(mark))

"""Text of a file, read in pieces: its encoding, and how its lines end."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mirage.data.readers.reading import Reading
from mirage.errors import StudyError

_UTF_8 = "utf-8-sig"  # with or without a byte order mark
_MARKS_OF_ORDER = {b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SAID = {_UTF_8: "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32"}
_PIECE = 2**20  # characters
_LOOKED_AT = 2**16  # characters from which the ends of lines are told
_LONE = re.compile("\r(?!\n)")


@dataclass(frozen=True)
class Text:
    """Text that is decoded anew, line by line, whenever it is read.

    Attributes
    ----------
    encoding:
        Its codec.
    newline:
        What ends a line, in the words of :func:`open`: ``""`` for any usual end; ``"\\n"`` where a lone carriage return is part of
        what stands in a line.
    quotes:
        Whether there is a double quote anywhere.
    empty:
        Whether there are blanks at most.
    """

    data: bytes
    encoding: str
    newline: str
    quotes: bool
    empty: bool

    @property
    def said(self) -> str:
        """The encoding in words."""
        return _SAID.get(self.encoding, self.encoding)

    def lines(self) -> Iterator[str]:
        """Yield the lines with their ends; a lone carriage return within one is a blank."""
        handle = _open(self.data, self.encoding, self.newline)
        if self.newline == "":
            return iter(handle)
        return (_LONE.sub(" ", line) if "\r" in line else line for line in handle)

    def whole(self) -> str:
        """Return all of it."""
        return self.data.decode(self.encoding)


def text_of(data: bytes, name: str, what: str, reading: Reading, place: Callable[[str], str]) -> Text:
    """Decode a text by what the user says, else by its byte order mark, else as UTF-8.

    Parameters
    ----------
    what:
        What is expected, such as ``a csv``.
    place:
        Names the place that follows a text, such as ``row 3``.

    Raises
    ------
    StudyError
        When the bytes are not of that encoding, or hold a NUL; the line names the place and the byte, and how to name another
        encoding.
    """
    encoding = _codec(data, reading)
    quotes, empty = False, True
    handle = _open(data, encoding, "")
    try:
        while piece := handle.read(_PIECE):
            if "\0" in piece:
                raise StudyError(_nul(data, name, encoding, place))
            quotes, empty = quotes or '"' in piece, empty and not piece.strip()
    except UnicodeError as error:
        raise StudyError(f"{name}: {_undecodable(data, encoding, place, error)}; {_expected(what)}") from None
    ends = handle.newlines
    newline = "\n" if "\r" in (ends if isinstance(ends, tuple) else (ends,)) and not _ends_in_cr(data, encoding) else ""
    return Text(data, encoding, newline, quotes, empty)


def line_after(text: str) -> str:
    """Name the line in which a text ends."""
    return f"line {text.count(chr(10)) + 1}"


def _codec(data: bytes, reading: Reading) -> str:
    if reading.encoding is None:
        return next((codec for mark, codec in _MARKS_OF_ORDER.items() if data.startswith(mark)), _UTF_8)
    return _UTF_8 if codecs.lookup(reading.encoding).name == "utf-8" else reading.encoding


def _open(data: bytes, encoding: str, newline: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding, newline=newline)


def _ends_in_cr(data: bytes, encoding: str) -> bool:
    """Whether carriage returns alone end the lines, as on an old Mac; those within quotes are no ends."""
    head = _open(data, encoding, "").read(_LOOKED_AT)
    bare = re.sub(r'"[^"]*"', "", head)
    return len(_LONE.findall(bare)) > bare.count("\n")


def _nul(data: bytes, name: str, encoding: str, place: Callable[[str], str]) -> str:
    for codec, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        side = data[:200][first::2]
        if encoding == _UTF_8 and side.count(0) > 0.8 * len(side):
            return f"{name}: looks like UTF-16 without a byte order mark; name its encoding, {_how(codec)}"
    before = data.decode(encoding, errors="replace").partition("\0")[0]
    expected = f"expected text; if it is UTF-16, name its encoding, {_how('utf-16-le')}"
    return f"{name}: {place(before)}: a NUL character, which no text has; {expected}"


def _undecodable(data: bytes, encoding: str, place: Callable[[str], str], error: UnicodeError) -> str:
    """Say where a text is not of its encoding; ``error`` is of a piece of it."""
    said = _SAID.get(encoding, encoding)
    try:
        data.decode(encoding)
    except UnicodeDecodeError as fault:
        # What the error counts from leaves out a byte order mark.
        start = fault.start + len(data) - len(fault.object)
        before = data[:start].decode(encoding, errors="replace")
        return f"{place(before)}, byte {start}: 0x{data[start]:02x} is not {said} text"
    except UnicodeError as fault:
        error = fault
    return f"not {said} text ({error})"


def _expected(what: str) -> str:
    return f"expected {what} saved as UTF-8; else name its encoding, {_how('such as cp1252')}"


def _how(codec: str) -> str:
    return f"{codec}, with --encoding or under data.encoding"

"""The bytes of a file that anybody may have named: a pipe, a folder, a page of a site that asks to log in."""

from __future__ import annotations

import gzip
import io
import re
import stat
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from mirage.errors import StudyError

_TIMES = 6  # memory that reading takes, in sizes of the file
_SMALL = 2**26  # bytes that no machine lacks the memory for
_PIECE = 2**22

_NO_FILES: Mapping[Callable[[int], bool], str] = {
    stat.S_ISDIR: "is a directory",
    stat.S_ISFIFO: "is a pipe; write what comes out of it to a file",
    stat.S_ISSOCK: "is a socket",
    stat.S_ISCHR: "is a device",
    stat.S_ISBLK: "is a device",
}

ZIP, OLE, GZIP, PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"PAR1"

_BEGINNINGS: Mapping[bytes, str] = {
    b"version https://git-lfs.github.com/": "a pointer of git-lfs and not the file itself; fetch that with git lfs pull",
    ZIP: "a zip archive, such as a workbook of Excel; name a workbook .xlsx, and unpack another archive",
    OLE: "a workbook of old Excel, or one with a password; save it as .xlsx without a password",
    GZIP: "packed by gzip; let its name end in .gz, such as rows.csv.gz",
    PARQUET: "a parquet file; let its name end in .parquet",
    b"BZh": "packed by bzip2; unpack it",
    b"\xfd7zXZ": "packed by xz; unpack it",
    b"(\xb5/\xfd": "packed by zstd; unpack it",
    b"7z\xbc\xaf": "a 7z archive; unpack it",
    b"%PDF-": "a PDF; save its table as csv",
    b"SQLite format 3": "a database of SQLite; write the table to a csv",
    b"ARROW1": "an Arrow file; save it as .parquet",
    b"{\\rtf": "a rich text document; save its table as csv",
}
_HTML = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype|!--|html|head|body|meta|title|script|div|p\b)", flags=re.IGNORECASE)
_XML = re.compile(rb"(\xef\xbb\xbf)?\s*<\?xml", flags=re.IGNORECASE)


def read_bytes(path: Path, wanted: str) -> bytes:
    """Return what a file holds.

    Parameters
    ----------
    wanted:
        What to write instead, for the error of a file that is not there.

    Raises
    ------
    StudyError
        When the path names no file or one that cannot be read, or when it is too large for the memory at hand.
    """
    try:
        found = path.stat()
        for is_one, what in _NO_FILES.items():
            if is_one(found.st_mode):
                raise StudyError(f"{path}: {what}; {wanted}")
        _check_memory(found.st_size, str(path))
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise StudyError(f"{path}: {reason}; {wanted}") from None


def unpacked(data: bytes, name: str) -> bytes:
    """Return what gzip packed.

    Raises
    ------
    StudyError
        When the data are not gzip's, break off, are damaged, or unpack to more than the memory holds.
    """
    parts, size = [], 0
    try:
        with gzip.open(io.BytesIO(data)) as file:
            while part := file.read(_PIECE):
                parts.append(part)
                size += len(part)
                _check_memory(size, name)
    except EOFError:
        raise StudyError(f"{name}: breaks off before the end of what gzip packed; fetch the whole file again") from None
    except (OSError, zlib.error) as error:
        raise StudyError(
            f"{name}: not packed by gzip, or damaged ({error}); fetch it again, or name it by what it is"
        ) from None
    return b"".join(parts)


def refuse_other(data: bytes, name: str, what: str, own: bytes = b"\0") -> None:
    """Raise the error of data whose beginning says that they are no ``what`` but something else.

    Parameters
    ----------
    own:
        How a file of this format begins.
    """
    for beginning, said in _BEGINNINGS.items():
        if beginning != own and data.startswith(beginning):
            raise StudyError(f"{name}: this is {said}; expected {what}")
    for pattern, kind in ((_HTML, "an HTML page"), (_XML, "an XML file")):
        if pattern.match(data):
            raise StudyError(f"{name}: this is {kind}, not {what}; expected the raw file")


def _check_memory(size: int, name: str) -> None:
    if size < _SMALL:
        return
    free = memory_free()
    if size * _TIMES > free:
        raise StudyError(
            f"{name}: {_giga(size)} GB, which takes some {_giga(size * _TIMES)} GB of memory to read, and {_giga(free)} GB are free; "
            "write some of its rows, or only the columns that are needed, to a file"
        )


def memory_free() -> int:
    """Return the bytes of memory that are free."""
    import psutil

    return int(psutil.virtual_memory().available)


def _giga(size: int) -> str:
    return f"{size / 1e9:.1f}"

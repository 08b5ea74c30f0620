"""What `mirage init` says of a file that it cannot read: one line, at once, with nothing written.

The cases are a table: what the file is, what makes it, and the line, in which ``{}`` stands for its path.
"""

import gzip
import io
import json
import os
import random
import socket
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mirage.__main__ import main
from mirage.data.readers import files

CSV = b"text,label\nsome words here,a\nother words here,b\n"
HTML = b"<!DOCTYPE html>\n<html><body>Sign in</body></html>"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
WANTED = "name a csv, tsv, json, jsonl, parquet or xlsx file"
BY_NAME = "such as cp1252, with --encoding or under data.encoding"


def parquet(**columns):
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="snappy", use_dictionary=False)
    return buffer.getvalue()


def damaged_page():
    """A parquet file whose end is whole and whose texts are not."""
    draw = random.Random(0)
    data = bytearray(parquet(text=["".join(draw.choices("abcdefgh ", k=50)) for _ in range(200)], label=["a"] * 200))
    data[300:2000] = bytes(b ^ 0x5A for b in data[300:2000])
    return bytes(data)


def archive(**files_of):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in files_of.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def listening(path):
    socket.socket(socket.AF_UNIX).bind(str(path))


GZIPPED = gzip.compress(CSV * 100)
LISTS = b'{"text": "some words here", "labels": ["a"], "by": {"name": "x"}}\n{"text": "other words here"}\n'

# What the file is: its name, its bytes or what makes it, the line, and further arguments.
REFUSED = {
    "a missing file": ("rows.csv", lambda path: None, f"{{}}: no such file or directory; {WANTED}"),
    "a folder": ("rows.csv", Path.mkdir, f"{{}}: is a directory; {WANTED}"),
    "a pipe": ("rows.csv", os.mkfifo, f"{{}}: is a pipe; write what comes out of it to a file; {WANTED}"),
    "a device": ("rows.csv", lambda path: path.symlink_to("/dev/zero"), f"{{}}: is a device; {WANTED}"),
    "a socket": ("s.csv", listening, f"{{}}: is a socket; {WANTED}"),
    "a link to itself": ("rows.csv", lambda path: path.symlink_to(path), f"{{}}: too many levels of symbolic links; {WANTED}"),
    "a name too long": ("x" * 300 + ".csv", lambda path: None, f"{{}}: file name too long; {WANTED}"),
    "a name with a NUL": ("a\0.csv", lambda path: None, f"a\N{REPLACEMENT CHARACTER}.csv: embedded null byte; {WANTED}"),
    "a name over two lines": ("the \"rows\"\nof 'it'.csv", b"", "{}: the file is empty; expected a csv with a header and one row a text"),
    "a kind that is not read": (
        "rows.sav",
        CSV,
        "{}: unknown kind of file '.sav'; write a file that ends in .csv, .tsv, .tab, .txt, .json, .jsonl, .ndjson, .parquet, .xlsx or "
        ".xlsm, or in one of these and .gz",
    ),
    "an empty csv": ("rows.csv", b"", "{}: the file is empty; expected a csv with a header and one row a text"),
    "blanks alone": ("rows.tsv", b"\xef\xbb\xbf \r\n\r\n", "{}: the file is empty; expected a csv with a header and one row a text"),
    "a header alone": ("rows.csv", b"text,label\n", "{}: no rows; a study needs some"),
    "an empty jsonl": ("rows.jsonl", b"\n", "{}: the file is empty; expected one JSON object a line, or an array of them"),
    "an empty array": ("rows.json", b"[]", "{}: no rows; a study needs some"),
    "an empty parquet file": ("rows.parquet", b"", "{}: the file is empty; expected a parquet file"),
    "parquet without rows": ("rows.parquet", parquet(text=pa.array([], pa.string())), "{}: no rows; a study needs some"),
    "an empty sheet": (
        "rows.xlsx",
        workbook(),
        "{}: sheet 'Sheet' is empty; expected a header and one row a text, or another sheet by --sheet",
    ),
    "a pointer of git-lfs": (
        "rows.csv",
        POINTER,
        "{}: this is a pointer of git-lfs and not the file itself; fetch that with git lfs pull; expected a csv",
    ),
    "a pointer of git-lfs, parquet": (
        "rows.parquet",
        POINTER,
        "{}: this is a pointer of git-lfs and not the file itself; fetch that with git lfs pull; expected a parquet file",
    ),
    "an HTML page": ("rows.csv", HTML, "{}: this is an HTML page, not a csv; expected the raw file"),
    "an HTML page, jsonl": ("rows.jsonl", b"\n" + HTML.lower(), "{}: this is an HTML page, not JSON; expected the raw file"),
    "an HTML page, xlsx": (
        "rows.xlsx",
        HTML,
        "{}: this is an HTML page, not a workbook of Excel (.xlsx); expected the raw file",
    ),
    "XML": ("rows.csv", b"<?xml version='1.0'?>\n<rows/>", "{}: this is an XML file, not a csv; expected the raw file"),
    "a csv named parquet": (
        "rows.parquet",
        CSV,
        "{}: this is no parquet file (Parquet magic bytes not found in footer); write the file again, or name it by what it is",
    ),
    "parquet named csv": (
        "rows.csv",
        parquet(text=["a"]),
        "{}: this is a parquet file; let its name end in .parquet; expected a csv",
    ),
    "parquet that breaks off": (
        "rows.parquet",
        parquet(text=["some words here"] * 9)[:-30],
        "{}: this is no parquet file (Parquet magic bytes not found in footer); write the file again, or name it by what it is",
    ),
    "a damaged page of parquet": (
        "rows.parquet",
        damaged_page(),
        "{}: a part of the file is damaged (Corrupt snappy compressed data); write the file again, or name it by what it is",
    ),
    "a csv named gz": (
        "rows.csv.gz",
        CSV,
        "{}: not packed by gzip, or damaged (Not a gzipped file (b'te')); fetch it again, or name it by what it is",
    ),
    "gzip named csv": (
        "rows.csv",
        GZIPPED,
        "{}: this is packed by gzip; let its name end in .gz, such as rows.csv.gz; expected a csv",
    ),
    "gzip that breaks off": (
        "rows.csv.gz",
        GZIPPED[:-20],
        "{}: breaks off before the end of what gzip packed; fetch the whole file again",
    ),
    "a zip named csv": (
        "rows.csv",
        archive(**{"rows.csv": CSV}),
        "{}: this is a zip archive, such as a workbook of Excel; name a workbook .xlsx, and unpack another archive; expected a csv",
    ),
    "a zip that is no workbook": (
        "rows.xlsx",
        archive(**{"rows.csv": CSV}),
        "{}: this is no workbook of Excel (KeyError: \"There is no item named '[Content_Types].xml' in the archive\"); expected a "
        "workbook saved as .xlsx",
    ),
    "a workbook that breaks off": (
        "rows.xlsx",
        workbook(["text", "label"], ["a", "b"])[:-200],
        "{}: this is no workbook of Excel, or a damaged one; expected a workbook saved as .xlsx",
    ),
    "a workbook with a password": (
        "rows.xlsx",
        OLD_EXCEL,
        "{}: this is a workbook of old Excel, or one with a password; save it as .xlsx without a password; expected a workbook of "
        "Excel (.xlsx)",
    ),
    "a sheet that is not there": (
        "rows.xlsx",
        workbook(["text"]),
        "{}: no sheet is called '2024'; the sheets are Sheet",
        "--sheet",
        "2024",
    ),
    "cp1252": (
        "rows.csv",
        CSV.replace(b"other", b"caf\xe9"),
        f"{{}}: row 2, byte 32: 0xe9 is not UTF-8 text; expected a csv saved as UTF-8; else name its encoding, {BY_NAME}",
    ),
    "not the encoding that is named": (
        "rows.csv",
        CSV.replace(b"other", b"\x81"),
        f"{{}}: row 2, byte 29: 0x81 is not cp1252 text; expected a csv saved as UTF-8; else name its encoding, {BY_NAME}",
        "--encoding",
        "cp1252",
    ),
    "an encoding that is none": (
        "rows.csv",
        CSV,
        "encoding 'ansi-ish': write the name of an encoding, such as utf-8, cp1252, latin-1 or utf-16",
        "--encoding",
        "ansi-ish",
    ),
    "UTF-16 without a byte order mark": (
        "rows.csv",
        CSV.decode().encode("utf-16-le"),
        "{}: looks like UTF-16 without a byte order mark; name its encoding, utf-16-le, with --encoding or under data.encoding",
    ),
    "UTF-16 that breaks off": (
        "rows.csv",
        CSV.decode().encode("utf-16")[:-1],
        f"{{}}: row 2, byte 96: 0x0a is not UTF-16 text; expected a csv saved as UTF-8; else name its encoding, {BY_NAME}",
    ),
    "a NUL": (
        "rows.csv",
        CSV.replace(b"other", b"ot\0er"),
        "{}: row 2: a NUL character, which no text has; expected text; if it is UTF-16, name its encoding, utf-16-le, with --encoding or "
        "under data.encoding",
    ),
    "a row too wide": (
        "rows.csv",
        CSV.replace(b"some", b"some,"),
        "{}: row 1: 3 columns; expected 2, as in the header (a text with a comma must be quoted)",
    ),
    "a row too short": ("rows.csv", CSV.replace(b"here,a", b"here"), "{}: row 1: 1 columns; expected 2, as in the header"),
    "a file that breaks off": (
        "rows.csv",
        CSV[:-6],
        "{}: row 2, the last: 1 columns, so the file looks truncated; expected 2, as in the header",
    ),
    "an open quote": (
        "rows.csv",
        CSV.replace(b"some", b'"some'),
        "{}: row 1: a quoted field is still open at the end of the file, which looks truncated; expected RFC 4180 csv, quotes inside a "
        "field doubled",
    ),
    "a delimiter of two characters": (
        "rows.csv",
        CSV,
        "delimiter '||': write one character, or its name: comma, tab, semicolon or bar",
        "--delimiter",
        "||",
    ),
    "a delimiter of JSON": (
        "rows.jsonl",
        b'{"text": "a"}',
        "{}: delimiter ';' says nothing of JSON; leave it out",
        "--delimiter",
        ";",
    ),
    "a line that is no JSON": (
        "rows.jsonl",
        b'{"text": "a"}\n{"text": \n',
        "{}: line 2: not JSON (Expecting value at column 10); expected one object",
    ),
    "a line that is no object": ("rows.jsonl", b'{"text": "a"}\n[1]\n', "{}: line 2: found '[1]'; expected one JSON object a line"),
    "an array of no objects": ("rows.json", b'[{"text": "a"}, 5]', "{}: object 2: found '5'; expected an array of JSON objects"),
    "an array that breaks off": (
        "rows.json",
        b'[{"text": "a"},\n {"text": "b"}',
        "{}: not JSON (Expecting ',' delimiter at line 2, column 15); expected an array of objects",
    ),
    "an array within an object": (
        "rows.json",
        json.dumps({"version": 1, "data": [{"text": "a"}]}, indent=1).encode(),
        "{}: found one object with the keys 'version', 'data'; expected one object a row: an array of them, such as what stands under one "
        "of the keys, or one a line",
    ),
    "an array within an object, on one line": (
        "rows.json",
        b'{"version": 1, "data": [{"text": "a"}]}',
        "{}: found one object with the keys 'version', 'data'; expected one object a row: an array of them, such as what stands under one "
        "of the keys, or one a line",
    ),
    "half of a character": (
        "rows.jsonl",
        b'{"text": "a"}\n{"text": "b \\ud800"}\n',
        "{}: line 2: 'text' holds half of a character (\\ud800), which no text can; remove it or write the whole",
    ),
    "JSON too deep": (
        "rows.jsonl",
        b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "{}: line 1: values lie too deep within each other to be read; expected one object",
    ),
    "a key that is there twice": (
        "rows.jsonl",
        b'{"label": 1, "label": 2}',
        "{}: line 1: the key 'label' is there twice in one object; expected one object, each key once",
    ),
    "lists as labels": (
        "rows.jsonl",
        LISTS,
        "the column labels holds lists of labels; several labels a row are not studied: write one column a label, with 0 and 1, and "
        "study each",
        "--label",
        "labels",
    ),
    "lists in the only column named like a label": (
        "rows.jsonl",
        LISTS,
        "the column labels holds lists of labels; several labels a row are not studied: write one column a label, with 0 and 1, and "
        "study each",
    ),
    "objects as a group": (
        "rows.jsonl",
        LISTS,
        "{}: the column by holds objects; write each of their parts as a column of its own",
        "--group",
        "by",
    ),
    "bytes as text": (
        "rows.parquet",
        parquet(text=[b"a"], label=["b"]),
        "{}: the column text holds bytes, no text; write it as text",
        "--text",
        "text",
    ),
    "a column that is there twice": (
        "rows.csv",
        b"text,label,label\nsome words here,a,b\n",
        "{}: the column label is there more than once; expected each of them once",
        "--label",
        "label",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_not_read_is_told_in_one_line(case, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    name, made, line, *arguments = REFUSED[case]
    path = Path(name)
    path.write_bytes(made) if isinstance(made, bytes) else made(path)
    before = sorted(tmp_path.iterdir())
    assert main(["init", name, *arguments]) == 1
    printed = capsys.readouterr()
    assert printed.err == f"error: {line.format(' '.join(name.split()))}\n"
    assert printed.out == ""
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_told_in_one_line(tmp_path, capsys):
    path = tmp_path / "rows.csv"
    path.write_bytes(CSV)
    path.chmod(0)
    assert main(["init", str(path)]) == 1
    assert capsys.readouterr().err == f"error: {path}: permission denied; {WANTED}\n"


def test_a_file_that_vanishes_while_it_is_read_is_told_in_one_line(tmp_path, monkeypatch, capsys):
    path = tmp_path / "rows.csv"
    path.write_bytes(CSV)
    monkeypatch.setattr(Path, "read_bytes", lambda path: os.stat(path.with_name("gone")))
    assert main(["init", str(path)]) == 1
    assert capsys.readouterr().err == f"error: {path}: no such file or directory; {WANTED}\n"


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_a_file_too_large_for_the_memory_is_told_before_it_is_read(tmp_path, monkeypatch, capsys, name):
    path = tmp_path / name
    monkeypatch.setattr(files, "memory_free", lambda: 400_000_000)
    if name.endswith("gz"):
        path.write_bytes(gzip.compress(bytes(100_000_000)))
    else:
        with path.open("wb") as file:
            file.truncate(3_000_000_000)
    assert main(["init", str(path)]) == 1
    error = capsys.readouterr().err
    assert error.endswith("0.4 GB are free; write some of its rows, or only the columns that are needed, to a file\n")
    assert error.count("\n") == 1

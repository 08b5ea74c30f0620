"""Snakemake's own command with every value quoted for the shell.

Snakemake writes values as Python would: ``'C:\\\\x'`` for ``C:\\x``, and in double quotes, where a shell expands ``$(...)``,
what has an apostrophe. A job would get another value than the driver has.
"""

import ast
import re
import shlex
from collections.abc import Iterator

# A text as Python writes it, standing alone.
_LITERAL = re.compile(r"""(?<!\S)(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")(?!\S)""")
_SPECIAL = "\\'"


def shell_words(command: str) -> str:
    """The command with what Python has quoted quoted as a POSIX shell with ``$'...'`` reads it, on one line."""
    return _LITERAL.sub(lambda match: _requoted(match[0]), command)


def quote(value: str) -> str:
    """One word of the shell for any text; control characters are written as escapes, so that the line stays one."""
    if value.isprintable():
        return shlex.quote(value)
    return "$'" + "".join(char if char.isprintable() and char not in _SPECIAL else _escaped(char) for char in value) + "'"


def misread(command: str) -> Iterator[str]:
    """Values that a shell does not read as they are meant in Snakemake's own quoting."""
    for match in _LITERAL.finditer(command):
        value = ast.literal_eval(match[0])
        expands = match[0].startswith('"') and re.search(r"[$`!]", value)
        if expands or match[0][1:-1] != value:
            yield value


def _escaped(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", errors="surrogateescape"))


def _requoted(literal: str) -> str:
    value = ast.literal_eval(literal)
    # What was quoted for the shell already, such as a path, reads otherwise or is written otherwise by Python.
    return quote(value) if repr(value) == literal else literal

"""Scripts of a shell as simple commands, the values of variables in their place.

The reading is of what agents write, not of all that a shell allows; paths and texts of PowerShell are taken too.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t\r]|\\\r?\n)+)
    | (?P<comment>\#[^\n]*)
    | (?P<herestring><<<)
    | <<(?P<tabs>-?)[ \t]*(?:'(?P<single>[^'\n]+)'|"(?P<double>[^"\n]+)"|\\?(?P<bare>[\w.-]+))
    | (?P<joined>\d*[<>]&\d?-?)
    | (?P<redirect>&>>?|\d*>>?\|?|\d*<)
    | (?P<operator>;;|&&|\|\||\|&|[;&|\n()])
    | (?P<word>(?:[^\s'"\\;&|<>()`$\#]++|'[^']*+'|"(?:[^"\\]++|\\.)*+"|\$\((?:[^()]++|\([^()]*+\))*+\)|`[^`]*+`|\\.|\$|(?<=\S)\#)++)
    | (?P<odd>.)""",
    re.VERBOSE | re.DOTALL,
)
_PIECE = re.compile(r"""'(?P<single>[^']*)'|"(?P<double>(?:\\.|[^"\\])*)"|\\(?P<escaped>.)""", re.DOTALL)
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_HERE_STRING = re.compile(r"@(?P<mark>['\"])[ \t]*\r?\n(?P<body>.*?)\r?\n(?P=mark)@", re.S)
_VARIABLE = re.compile(
    r"\$\{(?:env:)?(?P<braced>\w+|@)(?::?-(?P<default>[^{}]*))?\}|\$(?:env:)?(?P<bare>[A-Za-z_]\w*|\d|@|\*)", re.I
)
_MOST_VALUES = 8  # of a loop's variable
# The value of such a variable is left where it is, so that it is known for a secret where it is quoted.
_SECRET = re.compile(r"(?i)token|secret|pass|pwd|key|auth|cred")


@dataclass
class Command:
    """One simple command: its words without quotes, what it reads, where its output goes.

    ``inputs`` are here-documents and here-strings, ``reads`` the file it is fed, ``piped`` the command before it in a pipe, ``output`` the
    file that its output goes to, ``after`` the operator behind it. ``masked`` says that the exit code of the whole is not this command's,
    ``open`` that the shell puts values in the place of variables in the inputs.
    """

    words: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    reads: str | None = None
    output: str | None = None
    appends: bool = False
    piped: Command | None = None
    masked: bool = False
    after: str = ""
    open: bool = True

    @property
    def name(self) -> str:
        """Return the program's name without its folder."""
        return PurePosixPath(self.words[0]).name if self.words else ""


def commands(text: str) -> list[Command]:
    """Return the simple commands of a script, in order; what cannot be read as one is passed over."""
    return _Reading(_HERE_STRING.sub(lambda found: shlex.quote(found["body"]), text)).commands


class _Reading:
    """One pass over a script."""

    def __init__(self, text: str):
        self.commands: list[Command] = []
        self._text = text
        self._place = 0
        self._command = Command()
        self._open: list[tuple[Command, str, bool]] = []
        self._to: Callable[[str], None] | None = None
        self._begun: list[int] = []
        self._group: list[Command] = []
        while self._place < len(text):
            found = _TOKEN.match(text, self._place)
            assert found is not None  # the last alternative takes anything
            self._place = found.end()
            self._take(found)
        self._close("")
        self._mask()

    def _take(self, found: re.Match[str]) -> None:
        if word := found["word"] or found["odd"]:
            (self._to or self._command.words.append)(unquoted(word))
            self._to = None
        elif found["herestring"]:
            self._to = self._command.inputs.append
        elif tag := found["single"] or found["double"] or found["bare"]:
            self._command.open = found["bare"] is not None
            self._open.append((self._command, tag, bool(found["tabs"])))
        elif redirect := found["redirect"]:
            self._to = self._into if ">" in redirect else self._from
            self._command.appends = ">>" in redirect
        elif operator := found["operator"]:
            self._close(operator)
            self._grouped(operator)
            if operator == "\n":
                self._documents()

    def _grouped(self, operator: str) -> None:
        """Tell the commands in parentheses or braces what comes behind them."""
        closed = operator == ")" or (self.commands and self.commands[-1].words == ["}"])
        if operator == "(":
            self._begun.append(len(self.commands))
        elif closed and self._begun:
            self._group = self.commands[self._begun.pop() :]
            for command in self._group if operator != ")" else ():
                command.output = command.output or self.commands[-1].output
        if operator in ("|", "|&", "||", "&"):
            for command in self._group:
                command.after = operator if command.after in (")", "") else command.after
                command.masked = True
        if operator != ")":
            self._group = []

    def _into(self, path: str) -> None:
        for command in self._group if not self._command.words else ():
            command.output = command.output or path
        self._command.output = path

    def _from(self, path: str) -> None:
        self._command.reads = path

    def _close(self, operator: str) -> None:
        command = self._command
        self._to = None
        self._command = Command(piped=command if operator in ("|", "|&") else None)
        if command.words or command.inputs:
            command.after = operator
            self.commands.append(command)
            if command.words[:1] == ["{"]:
                self._begun.append(len(self.commands) - 1)

    def _documents(self) -> None:
        """Take the bodies of the here-documents that were opened on the line before."""
        for command, tag, tabs in self._open:
            end = re.compile(rf"^{'[	]*' if tabs else ''}{re.escape(tag)}[ \t\r]*$", re.MULTILINE).search(
                self._text, self._place
            )
            command.inputs.append(self._text[self._place : end.start() if end else len(self._text)].removesuffix("\n"))
            self._place = min(end.end() + 1, len(self._text)) if end else len(self._text)
        self._open = []

    def _mask(self) -> None:
        stops = re.search(r"\bset\s+-\w*e", self._text) is not None
        later: Command | None = None
        for command in reversed(self.commands):
            if command.after == "&&":
                command.masked = command.masked or (later is not None and later.masked)
            else:
                command.masked = command.masked or command.after in ("|", "|&", "||", "&") or (later is not None and not stops)
            later = command


def unquoted(word: str) -> str:
    """Return a word as the program sees it, but for what the shell would put in place of variables."""
    return _PIECE.sub(_unquoted_piece, word)


def _unquoted_piece(piece: re.Match[str]) -> str:
    if piece["double"] is not None:
        return re.sub(r"\\([\"\\$`\n])", r"\1", piece["double"])
    if piece["single"] is not None:
        return piece["single"]
    # No shell needs an escape before a letter: it is the path of another system.
    path = re.match(r"\\(?:\w|\.[\w-]+\\)", piece.string[piece.start() :])
    return f"/{piece['escaped']}" if path else piece["escaped"]


def filled(text: str, given: Mapping[str, str]) -> Iterator[Command]:
    """Yield the commands of a script with the values of its variables in their place, one for each value that a loop goes through."""
    values = {name: [value] for name, value in given.items()}
    for command in commands(text):
        words = command.words
        if words[:1] == ["for"] and words[2:3] == ["in"]:
            values[words[1]] = [_put(word, values) for word in words[3 : 3 + _MOST_VALUES]]
            continue
        if words[:1] in (["export"], ["local"], ["declare"], ["readonly"], ["set"]):
            words = [word for word in words[1:] if not word.startswith("-")]
        if len(words) == 3 and words[0].startswith("$") and words[1] == "=":
            words = [f"{words[0][1:]}={words[2]}"]
        if words and all(ASSIGNMENT.match(word) for word in words):
            for word in words:
                name, _, value = word.partition("=")
                if not _SECRET.search(name):
                    values[name.removeprefix("env:")] = [_put(value, values)]
            continue
        looped = next((name for name, known in values.items() if len(known) > 1 and _uses(command, name)), None)
        for value in values[looped] if looped else [""]:
            yield _with(command, values | ({looped: [value]} if looped else {}))


def _uses(command: Command, name: str) -> bool:
    return any(re.search(rf"\$\{{?{re.escape(name)}\b", word) for word in (*command.words, *command.inputs))


def _with(command: Command, values: Mapping[str, list[str]]) -> Command:
    words = [
        made
        for word in command.words
        for made in ([_put(word, values)] if word not in ("$@", "$*") else _put(word, values).split())
    ]
    if words and words[0] != command.words[0] and " " in words[0]:
        words = [*words[0].split(), *words[1:]]
    return replace(
        command,
        words=words,
        inputs=[_put(text, values) if command.open else text for text in command.inputs],
        reads=_put(command.reads, values) if command.reads else command.reads,
        output=_put(command.output, values) if command.output else command.output,
        piped=_with(command.piped, values) if command.piped else None,
    )


def _put(word: str, values: Mapping[str, list[str]]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found["braced"] or found["bare"]
        known = values.get("@" if name == "*" else name)
        return known[0] if known else found.group() if found["default"] is None else found["default"]

    return _VARIABLE.sub(value, word) if "$" in word else word

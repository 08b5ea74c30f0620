"""Commands of a shell, told apart: which files they write, and which code they run.

A command that holds code does not run it: a here-document may only write a file, and ``grep``, ``git commit -m`` and ``echo`` only name
what they are given. The reading is of what agents write, not of all that a shell allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePosixPath

from mirage.traces.acts import PYTHON, QUERY, RECIPES, SHELL, Act, Copy, Edit, Run, Write, logged, patched

_DEEPEST = 4  # shells within shells

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
_INNER = re.compile(r"\$\((?P<code>(?:[^()]|\([^()]*\))*)\)|`(?P<old>[^`]*)`")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_OPTION = re.compile(r"-|\d+(?:\.\d+)?[smhd]?$")

_PREFIXES = frozenset((
    "sudo", "env", "time", "nohup", "nice", "timeout", "stdbuf", "exec", "command", "setsid", "do", "then", "else",
    "if", "while", "until", "!", "{", "ionice", "watch", "unbuffer",
))  # fmt: skip
_LAUNCHERS = frozenset((
    "uv", "uvx", "poetry", "pipenv", "pdm", "hatch", "rye", "pixi", "conda", "mamba", "micromamba", "accelerate", "hf",
    "torchrun", "deepspeed", "docker", "podman", "kubectl", "ssh", "xargs", "parallel", "tmux", "screen", "srun",
    "sbatch", "modal",
))  # fmt: skip
_PYTHON = re.compile(r"(?:i?python|pypy)[\d.]*$")
_SHELLS = frozenset({"bash", "sh", "zsh", "dash"})
_INTERPRETERS = {"Rscript": "-e", "R": "-e", "node": "-e", "perl": "-e", "ruby": "-e", "julia": "-e"}
_QUERIES = frozenset((
    "duckdb", "sqlite3", "psql", "mysql", "clickhouse", "clickhouse-local", "bq", "jq", "yq", "gojq", "awk", "gawk",
    "mawk", "mlr", "xsv", "xan", "qsv", "csvsql", "q", "datamash", "dsq", "nu",
))  # fmt: skip
_MODULE_LAUNCHERS = ("torch.distributed.run", "torch.distributed.launch", "accelerate.commands.launch")
_TOOL_MODULES = frozenset((
    "pip", "venv", "http.server", "json.tool", "pytest", "black", "ruff", "mypy", "ensurepip", "unittest", "build",
))  # fmt: skip
_SCRIPT = re.compile(r"\.(?:py|sh|R|r|ipynb|jl|js|sql)$")
_VIEWERS = frozenset((
    "cat", "head", "tail", "less", "more", "bat", "nl", "grep", "egrep", "fgrep", "rg", "ag", "find", "ls", "tree",
    "wc", "stat", "file", "diff", "sort", "uniq", "cut", "sed", "cd", "pwd", "echo", "git", "true", "sleep",
))  # fmt: skip
_MAKERS = {"make": "Makefile", "gmake": "Makefile", "just": "justfile"}
_TELLERS = frozenset({"printf", "tee"})
_EXPRESSION = re.compile(
    r"s(?P<mark>[/|#,@!])(?P<old>(?:\\.|(?!(?P=mark)).)*)(?P=mark)(?P<new>(?:\\.|(?!(?P=mark)).)*)(?P=mark)", re.S
)


@dataclass
class Command:
    """One simple command: its words without quotes, what it reads, where its output goes.

    ``inputs`` are here-documents and here-strings, ``reads`` the file it is fed, ``piped`` the command before it in a pipe, ``output`` the
    file that its output goes to, ``after`` the operator behind it. ``masked`` says that the exit code of the whole is not this command's.
    """

    words: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    reads: str | None = None
    output: str | None = None
    appends: bool = False
    piped: Command | None = None
    masked: bool = False
    after: str = ""

    @property
    def name(self) -> str:
        """Return the program's name without its folder."""
        return PurePosixPath(self.words[0]).name if self.words else ""


def commands(text: str) -> list[Command]:
    """Return the simple commands of a script, in order; what cannot be read as one is passed over."""
    return _Reading(text).commands


class _Reading:
    """One pass over a script."""

    def __init__(self, text: str):
        self.commands: list[Command] = []
        self._text = text
        self._place = 0
        self._command = Command()
        self._open: list[tuple[Command, str, bool]] = []
        self._to: Callable[[str], None] | None = None
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
            self._open.append((self._command, tag, bool(found["tabs"])))
        elif redirect := found["redirect"]:
            self._to = self._into if ">" in redirect else self._from
            self._command.appends = ">>" in redirect
        elif operator := found["operator"]:
            self._close(operator)
            if operator == "\n":
                self._documents()

    def _into(self, path: str) -> None:
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
                command.masked = later is not None and later.masked
            else:
                command.masked = command.after in ("|", "|&", "||", "&") or (later is not None and not stops)
            later = command


def unquoted(word: str) -> str:
    """Return a word as the program sees it, but for what the shell would put in place of variables."""
    return _PIECE.sub(_unquoted_piece, word)


def _unquoted_piece(piece: re.Match[str]) -> str:
    if piece["double"] is not None:
        return re.sub(r"\\([\"\\$`\n])", r"\1", piece["double"])
    return piece["single"] if piece["single"] is not None else piece["escaped"]


def acts(text: str, depth: int = 0, masked: bool = False) -> Iterator[Act]:
    """Yield what a script does, in order: files written, edited and copied, and code run."""
    if depth > _DEEPEST:
        return
    for inner in _INNER.finditer(text):
        if len(inner.group()) < len(text):
            yield from acts(inner["code"] or inner["old"] or "", depth + 1, True)
    for command in commands(text):
        command.masked = command.masked or masked
        for act in _acts(command, depth):
            yield logged(act, command.output)


def only_looks(text: str) -> bool:
    """Tell whether a script only shows what is there: whatever its output says, nothing was tried."""
    found = commands(text)
    return bool(found) and all(command.name in _VIEWERS and not command.output for command in found)


def executed(text: str) -> str:
    """Return the commands of a script that do more than show or store what they are given, one a line."""
    return "\n".join(" ".join(command.words) for command in commands(text) if command.name not in _VIEWERS | _TELLERS)


def _acts(command: Command, depth: int) -> Iterator[Act]:
    words = _bare(command.words)
    if not words:
        return
    name, rest = PurePosixPath(words[0]).name, words[1:]
    if _PYTHON.match(name):
        yield from _python(command, rest)
    elif name in _SHELLS:
        yield from _shell(command, rest, depth)
    elif name in (".", "source"):
        yield from (Run(path=path, language=SHELL, masked=command.masked) for path in rest[:1])
    elif name in _QUERIES:
        yield from _query(command, rest)
    elif name in _INTERPRETERS:
        yield from _interpreted(command, rest, _INTERPRETERS[name], name)
    elif name == "eval":
        yield from acts(" ".join(rest), depth + 1, command.masked)
    elif name in ("papermill", "jupyter"):
        yield from (Run(path=word, masked=command.masked) for word in [word for word in rest if word.endswith(".ipynb")][:1])
    elif name in _MAKERS:
        yield _made(rest, command, _MAKERS[name])
    elif name == "apply_patch":
        yield from patched("\n".join([*rest, *command.inputs]))
    elif name in ("cp", "mv", "install"):
        yield from _copied(rest)
    elif name == "sed" and any(word.startswith(("-i", "--in-place")) for word in rest):
        yield from _edited(rest)
    elif name in _LAUNCHERS:
        yield from _launched(command, rest, depth)
    elif _SCRIPT.search(words[0]) or words[0].startswith("./"):
        yield Run(path=words[0], arguments=tuple(rest), language=SHELL if name.endswith(".sh") else None, masked=command.masked)
    else:
        yield from _written(command, name, rest)


def _bare(words: Sequence[str]) -> list[str]:
    """Return the words from the program's name on: without assignments, keywords and programs that start another."""
    left = list(words)
    while left and (_ASSIGNMENT.match(left[0]) or left[0] in _PREFIXES):
        prefix = left.pop(0)
        while prefix in _PREFIXES and len(left) > 1 and _OPTION.match(left[0]):
            left.pop(0)
    return left


def _fed(command: Command, language: str | None) -> Iterator[Run]:
    """Yield the code that a program reads from its input."""
    base = Run(language=language, masked=command.masked)
    if command.inputs:
        yield base.of(code="\n".join(command.inputs))
    elif command.reads:
        yield base.of(path=command.reads)
    elif before := command.piped:
        if before.name == "cat":
            yield from (base.of(path=path) for path in before.words[1:] if not path.startswith("-"))
            yield from (base.of(code=text) for text in before.inputs)
        elif before.name in ("echo", "printf"):
            yield base.of(code=_echoed(before))


def _python(command: Command, rest: list[str]) -> Iterator[Act]:
    for place, word in enumerate(rest):
        after = rest[place + 1 :]
        if word == "-c" or (word.startswith("-") and word.endswith("c") and not word.startswith("--") and after):
            yield Run(code=after[0] if after else "", language=PYTHON, masked=command.masked)
            return
        if word == "-m" and after:
            yield from _module(command, after)
            return
        if word in ("-W", "-X") or (place and rest[place - 1] in ("-W", "-X")):
            continue
        if word == "-":
            break
        if not word.startswith("-"):
            yield Run(path=word, language=PYTHON, masked=command.masked, arguments=tuple(after))
            return
    yield from _fed(command, PYTHON)


def _module(command: Command, after: list[str]) -> Iterator[Act]:
    module = after[0]
    if module in _MODULE_LAUNCHERS:
        yield from _launched(command, after[1:], 0)
    elif module not in _TOOL_MODULES:
        path = module.replace(".", "/") + ".py"
        yield Run(path=path, language=PYTHON, masked=command.masked, arguments=tuple(after[1:]))


def _shell(command: Command, rest: list[str], depth: int) -> Iterator[Act]:
    for place, word in enumerate(rest):
        if re.match(r"-\w*c$", word) and place + 1 < len(rest):
            yield from acts(rest[place + 1], depth + 1, command.masked)
            return
        if not word.startswith("-"):
            yield Run(path=word, language=SHELL, masked=command.masked)
            return
    for run in _fed(command, SHELL):
        yield from acts(run.code, depth + 1, command.masked) if run.code is not None else [run]


def _query(command: Command, rest: list[str]) -> Iterator[Act]:
    yield Run(code="\n".join([*rest, *command.inputs]), language=QUERY, masked=command.masked)
    if command.reads:
        yield Run(path=command.reads, language=QUERY, masked=command.masked)
    for flag, path in pairwise(rest):
        if flag in ("-f", "--file", "--from-file", "-init"):
            yield Run(path=path, language=QUERY, masked=command.masked)


def _interpreted(command: Command, rest: list[str], flag: str, language: str) -> Iterator[Act]:
    if flag in rest[:-1]:
        yield Run(code=rest[rest.index(flag) + 1], language=language, masked=command.masked)
        return
    paths = [word for word in rest if not word.startswith("-")]
    yield from [Run(path=paths[0], language=language, masked=command.masked)] if paths else _fed(command, language)


def _launched(command: Command, rest: list[str], depth: int) -> Iterator[Act]:
    """A program that starts another: what it starts is the first word that names an interpreter or a script."""
    for place, word in enumerate(rest):
        name = PurePosixPath(word).name
        if " " in word:
            yield from acts(word, depth + 1, command.masked)
        elif _PYTHON.match(name) or name in _SHELLS or name in _QUERIES or name in _INTERPRETERS or _SCRIPT.search(word):
            inner = Command(rest[place:], command.inputs, command.reads, piped=command.piped, masked=command.masked)
            yield from _acts(inner, depth)
            return
    if "-" in rest:
        yield from _fed(command, PYTHON)


def _made(rest: list[str], command: Command, file: str) -> Run:
    """The recipes of a file of them, by default of the first target."""
    left, targets = list(rest), []
    while left:
        word = left.pop(0)
        if word in ("-f", "--file", "--makefile", "--justfile") and left:
            file = left.pop(0)
        elif word in ("-C", "--directory", "-d", "--working-directory") and left:
            file = f"{left.pop(0)}/{file}"
        elif not word.startswith("-") and "=" not in word:
            targets.append(word)
    return Run(path=file, language=RECIPES, arguments=tuple(targets), masked=command.masked)


def _copied(rest: list[str]) -> Iterator[Act]:
    paths = [word for word in rest if not word.startswith("-")]
    if len(paths) == 2:
        yield Copy(paths[0], paths[1])


def _edited(rest: list[str]) -> Iterator[Act]:
    paths = [word for word in rest if not word.startswith("-") and not _EXPRESSION.match(word)]
    for word in rest:
        for found in _EXPRESSION.finditer(word):
            yield from (Edit(path, found["old"], found["new"].replace("\\n", "\n")) for path in paths)


def _echoed(command: Command) -> str:
    words = [word for word in command.words[1:] if word not in ("-e", "-n", "-ne", "-en", "--")]
    return " ".join(words).replace("\\n", "\n")


def _written(command: Command, name: str, rest: list[str]) -> Iterator[Act]:
    """Text that goes into a file by ``>`` or ``tee``, from a here-document, from ``echo``, or from another file."""
    paths = [
        path for path in (command.output, *(rest if name == "tee" else ())) if path and not path.startswith(("-", "/dev/"))
    ]
    source = command.piped if name == "tee" and command.piped else command
    appends = command.appends or "-a" in rest
    for path in paths:
        if source.inputs:
            yield Write(path, "\n".join(source.inputs), appends)
        elif source.name in ("echo", "printf"):
            yield Write(path, _echoed(source), appends)
        elif source.name == "cat":
            yield from (Copy(other, path, appends) for other in source.words[1:] if not other.startswith("-"))

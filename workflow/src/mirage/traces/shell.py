"""Commands of a shell, told apart: which files they write, and which code they run.

A command that holds code does not run it: a here-document may only write a file, and ``grep``, ``git commit -m`` and ``echo`` only name
what they are given. The reading is of what agents write, not of all that a shell allows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from mirage.traces.acts import PYTHON, QUERY, RECIPES, SHELL, Act, Copy, Rewrite, Run, Write, logged, patched, unified
from mirage.traces.sed import is_script
from mirage.traces.shell_words import ASSIGNMENT, Command, commands, filled

_DEEPEST = 4  # shells within shells

_INNER = re.compile(r"\$\((?P<code>(?:[^()]|\([^()]*\))*)\)|`(?P<old>[^`]*)`")
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
_DETACHES = frozenset({"tmux", "screen", "sbatch"})
_PYTHON = re.compile(r"(?:i?python|pypy|py)w?[\d.]*(?:\.exe)?$", re.I)
_SHELLS = frozenset(
    {"bash", "sh", "zsh", "dash", "bash.exe", "powershell", "powershell.exe", "pwsh", "pwsh.exe", "cmd", "cmd.exe"}
)
_COMMAND_FOLLOWS = re.compile(r"(?i)-\w*c$|-command$|/c$")
_NOTEBOOKS = frozenset({"papermill", "jupyter", "nbconvert", "jupytext", "jupyter-nbconvert", "jupyter-execute"})
_EXECUTES = re.compile(r"--execute$|execute$|run$|--ExecutePreprocessor\.enabled=True$")
_MAY_TELL = re.compile(r"\|\||\$\{?(?:\?|PIPESTATUS|LASTEXITCODE)")
_CODE_OF_LAST = re.compile(r"\$(?:\?|\{\?\}|\{?PIPESTATUS\[0\]\}?|LASTEXITCODE)")
_INTERPRETERS = {"Rscript": "-e", "R": "-e", "node": "-e", "perl": "-e", "ruby": "-e", "julia": "-e"}
_QUERIES = frozenset((
    "duckdb", "sqlite3", "psql", "mysql", "clickhouse", "clickhouse-local", "bq", "jq", "yq", "gojq", "awk", "gawk",
    "mawk", "mlr", "xsv", "xan", "qsv", "csvsql", "q", "datamash", "dsq", "nu",
))  # fmt: skip
_MODULE_LAUNCHERS = ("torch.distributed.run", "torch.distributed.launch", "accelerate.commands.launch")
_TOOL_MODULES = frozenset((
    "pip", "venv", "http.server", "json.tool", "pytest", "black", "ruff", "mypy", "ensurepip", "unittest", "build",
))  # fmt: skip
_SCRIPT = re.compile(r"\.(?:py|sh|R|r|ipynb|jl|js|sql|ps1|bat|cmd)$")
_VIEWERS = frozenset((
    "cat", "head", "tail", "less", "more", "bat", "nl", "grep", "egrep", "fgrep", "rg", "ag", "find", "ls", "tree",
    "wc", "stat", "file", "diff", "sort", "uniq", "cut", "sed", "cd", "pwd", "echo", "git", "true", "sleep",
))  # fmt: skip
_MAKERS = {"make": "Makefile", "gmake": "Makefile", "just": "justfile"}
_SETTERS = frozenset({"set-content", "add-content", "out-file"})  # PowerShell's
_TELLERS = frozenset({"printf", "tee"})


def acts(text: str, depth: int = 0, masked: bool = False, values: Mapping[str, str] | None = None) -> Iterator[Act]:
    """Yield what a script does, in order: files written, edited and copied, and code run; ``values`` are those of its variables."""
    if depth > _DEEPEST:
        return
    for inner in _INNER.finditer(text):
        if len(inner.group()) < len(text):
            yield from acts(inner["code"] or inner["old"] or "", depth + 1, True)
    for command in filled(text, values or {}):
        command.masked = command.masked or masked
        for act in _acts(command, depth):
            yield logged(act, command.output)


def only_looks(text: str) -> bool:
    """Tell whether a script only shows what is there: whatever its output says, nothing was tried."""
    found = commands(text)
    return bool(found) and all(command.name in _VIEWERS and not command.output for command in found)


def told_failure(text: str) -> str | None:
    """Return the pattern of what a script itself says where its code fails, by ``echo $?`` or ``|| echo``, or None."""
    if not _MAY_TELL.search(text):
        return None
    found = list(filled(text, {}))
    runs = [any(isinstance(act, Run) for act in _acts(command, 0)) for command in found]
    told = []
    for place, command in enumerate(found):
        said = " ".join(command.words[1:])
        if command.name not in ("echo", "printf") or not any(runs[:place]):
            continue
        if code := _CODE_OF_LAST.search(said):
            before = said[: code.start()].removeprefix("-e ").strip()
            told.append(rf"{re.escape(before)}\s*(?!0\b)\d+" if before else r"^(?!0\b)\d{1,3}\s*\Z")
        elif place and found[place - 1].after == "||" and said and "$" not in said:
            told.append(rf"^{re.escape(said)}\s*$")
    return "|".join(f"(?:{pattern})" for pattern in told) or None


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
        yield from _interpreted(command, rest, _INTERPRETERS[name], "R" if name == "Rscript" else name)
    elif name == "eval":
        yield from acts(" ".join(rest), depth + 1, command.masked)
    elif name in _NOTEBOOKS:
        yield from _notebook(command, name, rest)
    elif name in _MAKERS:
        yield _made(rest, command, _MAKERS[name])
    elif name == "patch" or (name == "git" and rest[:1] == ["apply"]):
        yield from unified("\n".join(command.inputs))
    elif name == "apply_patch":
        yield from patched("\n".join([*rest, *command.inputs]))
    elif name in ("cp", "mv", "install"):
        yield from _copied(rest)
    elif name == "sed" and any(re.match(r"-\w*i|--in-place", word) for word in rest):
        yield from _edited(rest)
    elif name == "perl" and any(re.match(r"-[0-9a-z]*i", word) for word in rest):
        yield from _edited(["-E", *rest])
    elif name == "uniq" and any(re.match(r"-\w*c|--count", word) for word in rest):
        yield Run(code=_pipe(command), language=QUERY, masked=command.masked)
    elif name in _LAUNCHERS:
        yield from _launched(command, rest, depth)
    elif _SCRIPT.search(words[0]) or words[0].startswith("./"):
        yield Run(path=words[0], arguments=tuple(rest), language=SHELL if name.endswith(".sh") else None, masked=command.masked)
    else:
        yield from _written(command, name, rest)


def _bare(words: Sequence[str]) -> list[str]:
    """Return the words from the program's name on: without assignments, keywords and programs that start another."""
    left = list(words)
    while left and (ASSIGNMENT.match(left[0]) or left[0] in _PREFIXES):
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
        elif before.name in ("Get-Content", "gc", "type"):
            yield from (base.of(path=path) for path in before.words[1:] if not path.startswith("-"))
        elif len(before.words) == 1 and re.search(r"[\n (]", before.words[0]):
            yield base.of(code=before.words[0])


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
    if module in _NOTEBOOKS:
        yield from _notebook(command, module, after[1:])
    elif module in _MODULE_LAUNCHERS:
        yield from _launched(command, after[1:], 0)
    elif module not in _TOOL_MODULES:
        path = module.replace(".", "/") + ".py"
        yield Run(path=path, language=PYTHON, masked=command.masked, arguments=tuple(after[1:]))


def _shell(command: Command, rest: list[str], depth: int) -> Iterator[Act]:
    for place, word in enumerate(rest):
        after = rest[place + 1 :]
        if _COMMAND_FOLLOWS.match(word) and after:
            # What stands behind the command are its parameters; to PowerShell and cmd they are more of the command.
            yield from acts(
                after[0] if word.startswith("-") and word.endswith("c") else " ".join(after), depth + 1, command.masked
            )
            return
        if not word.startswith("-") and not (place and rest[place - 1].lower() == "-executionpolicy"):
            yield Run(path=word, language=SHELL, masked=command.masked, arguments=tuple(after))
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
            yield from acts(word, depth + 1, command.masked or command.name in _DETACHES)
        elif (
            _PYTHON.match(name)
            or name in _SHELLS
            or name in _NOTEBOOKS
            or name in _QUERIES
            or name in _INTERPRETERS
            or _SCRIPT.search(word)
        ):
            masked = command.masked or command.name in _DETACHES
            inner = Command(rest[place:], command.inputs, command.reads, piped=command.piped, masked=masked)
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


def _notebook(command: Command, name: str, rest: list[str]) -> Iterator[Act]:
    """The notebook that a program executes, and does not only convert."""
    if name in ("papermill", "jupyter-execute") or any(_EXECUTES.match(word) for word in rest):
        yield from (Run(path=word, masked=command.masked) for word in [word for word in rest if word.endswith(".ipynb")][:1])


def _pipe(command: Command) -> str:
    before = f"{_pipe(command.piped)} | " if command.piped else ""
    return before + " ".join(command.words)


def _copied(rest: list[str]) -> Iterator[Act]:
    paths = [word for word in rest if not word.startswith("-")]
    if len(paths) == 2:
        yield Copy(paths[0], paths[1])


def _edited(rest: list[str]) -> Iterator[Act]:
    scripts = [word for word in rest if is_script(word)]
    extended = any(re.match(r"-\w*[Er]|--regexp-extended", word) for word in rest)
    paths = [word for word in rest if word and not word.startswith("-") and word not in scripts]
    yield from (Rewrite(path, tuple(scripts), extended) for path in paths if scripts)


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
    if name.lower() in _SETTERS:
        yield from _set(command, rest)
    for path in paths:
        if source.inputs:
            yield Write(path, "\n".join(source.inputs), appends)
        elif source.name in ("echo", "printf"):
            yield Write(path, _echoed(source), appends)
        elif source.name == "cat":
            yield from (Copy(other, path, appends) for other in source.words[1:] if not other.startswith("-"))


def _set(command: Command, rest: list[str]) -> Iterator[Act]:
    """Text that PowerShell puts into a file: what it is given, or fed."""
    named = {flag.lower(): value for flag, value in pairwise(rest) if flag.startswith("-")}
    plain = [
        word for place, word in enumerate(rest) if not word.startswith("-") and not (place and rest[place - 1].startswith("-"))
    ]
    path = named.get("-path") or named.get("-filepath") or named.get("-literalpath") or next(iter(plain), None)
    text = named.get("-value") or next((word for word in plain if word != path), None)
    if text is None and command.piped and len(command.piped.words) == 1:
        text = command.piped.words[0]
    if path and text is not None:
        yield Write(path, text, command.name.lower() == "add-content" or "-append" in named)

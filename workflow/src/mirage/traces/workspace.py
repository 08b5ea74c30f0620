"""The files that an agent wrote, as they stand when they are run."""

from __future__ import annotations

import ast
import functools
import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from mirage.traces.acts import PYTHON, RECIPES, SETTINGS, SHELL, Act, Copy, Edit, Rewrite, Run, Write, logged
from mirage.traces.events import Event
from mirage.traces.fields import mapping, objects, said
from mirage.traces.sed import edited
from mirage.traces.shell import acts
from mirage.traces.started import started
from mirage.traces.trees import parsed, walk

_FILES = 128
_LONGEST = 200_000  # characters kept of a file
_DEEPEST = 3  # scripts that run scripts, modules that import modules

_LANGUAGES = {".py": PYTHON, ".ipynb": PYTHON, ".R": "R", ".r": "R"}
_LANGUAGES |= dict.fromkeys((".sh", ".bash", ".ps1", ".bat", ".cmd"), SHELL)
_LANGUAGES |= dict.fromkeys((".yaml", ".yml", ".json", ".toml", ".ini", ".cfg"), SETTINGS)
_TARGET = re.compile(
    r"^(?P<names>[\w./%-][\w./% -]{0,200}?)[ \t]*:(?![:=])(?P<needs>[^\n]*)\n(?P<recipe>(?:[ \t]+[^\n]*(?:\n|\Z))*)", re.M
)
_VARIABLE = re.compile(r"^(?P<name>[\w-]+)[ \t]*[:?]*=[ \t]*(?P<value>.*?)[ \t]*$", re.M)
_IMPORTED = re.compile(r"^[ \t]*(?:from\s+\.?(?P<of>[\w.]+)\s+import|import\s+(?P<names>[\w., ]+))", re.M)


@dataclass(frozen=True, slots=True)
class Code:
    """A text that was written to a file or run.

    ``origin`` is the event that wrote it, without what was said there. ``masked`` and ``log`` are those of
    :class:`mirage.traces.acts.Run`; ``ran`` says that it was run.
    """

    text: str
    origin: Event
    path: str | None = None
    language: str | None = None
    arguments: tuple[str, ...] = ()
    masked: bool = False
    log: str | None = None
    ran: bool = False

    @property
    def given(self) -> tuple[str, ...] | None:
        """Return the arguments that it is run with, or None where it is only written."""
        return self.arguments if self.ran else None


class Workspace:
    """What is known of the agent's files; the oldest are forgotten where there are many."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, Code] = OrderedDict()

    def take(self, done: Iterable[Act], event: Event) -> tuple[list[Code], list[Code]]:
        """Bring the files up to date with what a call does, and return what it writes and what it runs."""
        origin = replace(event, input={}, text="", result="")
        wrote: list[Code] = []
        ran: list[Code] = []
        for act in done:
            self._act(act, origin, wrote, ran, 0)
        return wrote, ran

    def _act(self, act: Act, origin: Event, wrote: list[Code], ran: list[Code], depth: int) -> None:
        if isinstance(act, Run):
            self._run(act, origin, wrote, ran, depth)
        elif (text := self._text(act)) is not None:
            path = act.target if isinstance(act, Copy) else act.path
            made = self._keep(Code(text[:_LONGEST], self._origin(act, origin), path, language_of(path)))
            wrote.append(replace(made, text=_cells(made.text)) if path.endswith(".ipynb") else made)

    def _text(self, act: Write | Edit | Rewrite | Copy) -> str | None:
        if isinstance(act, Write):
            before = self._find(act.path) if act.appends else None
            return f"{_cells(before.text)}\n{act.text}" if before else act.text
        if isinstance(act, Edit):
            before = self._find(act.path)
            known = before.text if before else ""
            return known.replace(act.old, act.new, 1) if act.old and act.old in known else f"{known}\n{act.new}".lstrip("\n")
        if isinstance(act, Rewrite):
            before = self._find(act.path)
            return edited(before.text, act.scripts, act.extended) if before else None
        source = self._find(act.source)
        target = self._find(act.target) if act.appends else None
        return None if source is None else f"{target.text}\n{source.text}" if target else source.text

    def _origin(self, act: Write | Edit | Rewrite | Copy, origin: Event) -> Event:
        source = self._find(act.source) if isinstance(act, Copy) else None
        return source.origin if source else origin

    def _run(self, run: Run, origin: Event, wrote: list[Code], ran: list[Code], depth: int) -> None:
        file = self._find(run.path) if run.path else None
        text = run.code if run.code is not None else file.text if file else None
        if text is None or depth > _DEEPEST or _asks_for_help(run.arguments):
            return
        language = run.language or (file.language if file else None)
        if language in (SHELL, RECIPES):
            commands = text if language == SHELL else recipes(text, run.arguments)
            given = {str(place): word for place, word in enumerate(run.arguments, 1)} | {"@": " ".join(run.arguments)}
            for act in acts(commands, masked=run.masked, values=given if language == SHELL else {}):
                self._act(logged(act, run.log), file.origin if file else origin, wrote, ran, depth + 1)
            return
        if language == PYTHON:
            text = self._whole(_cells(text) if text.startswith("{") else text, depth)
        code = Code(
            text[:_LONGEST], file.origin if file else origin, run.path, language, run.arguments, run.masked, run.log, True
        )
        ran.append(code)
        # A file of settings that it is given is part of what is run.
        for argument in run.arguments:
            settings = self._find(argument.rpartition("=")[2]) if language_of(argument) == SETTINGS else None
            ran += [replace(settings, masked=run.masked)] if settings else []
        if language == PYTHON:
            for done in (*written_files(code.text), *started(code.text)):
                self._act(done, origin, wrote, ran, depth + 1)

    def _whole(self, text: str, depth: int) -> str:
        """Return a script with the agent's own modules that it imports before it."""
        parts = []
        for name in imported(text) if depth < _DEEPEST and self._files else ():
            module = self._find(f"{name.replace('.', '/')}.py")
            if module and module.text not in text:
                parts.append(module.text)
        return "\n".join([*parts, text])

    def _keep(self, code: Code) -> Code:
        key = _key(code.path or "")
        self._files.pop(key, None)
        self._files[key] = code
        if len(self._files) > _FILES:
            self._files.popitem(last=False)
        return code

    def _find(self, path: str | None) -> Code | None:
        """Return the file of this path: of those of the same name the one with most folders in common, the last written first."""
        parts = _parts(_key(path or ""))
        best: tuple[int, Code] | None = None
        for key, code in reversed(self._files.items()):
            shared = _shared(parts, _parts(key))
            if shared and (best is None or shared > best[0]):
                best = (shared, code)
        return best[1] if best else None


def _asks_for_help(arguments: Iterable[str]) -> bool:
    """Tell whether a program is only asked how it is called."""
    given = list(arguments)
    return "--help" in given or given == ["-h"]


def recipes(text: str, targets: Iterable[str]) -> str:
    """Return the commands that ``make`` or ``just`` runs for targets, by default the first, with those of what they need before them."""
    known: dict[str, tuple[list[str], list[str]]] = {}
    text = _filled(text)
    for found in _TARGET.finditer(text):
        lines = [re.sub(r"^[ \t]+[@+-]*", "", line) for line in found["recipe"].splitlines()]
        for name in found["names"].split():
            known.setdefault(name, (re.sub(r"#.*", "", found["needs"]).split(), lines))
    wanted = list(targets) or [name for name in known if not name.startswith(".")][:1]
    return "\n".join(_recipe(known, wanted, set()))


def _filled(text: str) -> str:
    """Return a file of recipes with the values of its variables in their place."""
    values = {found["name"]: found["value"] for found in _VARIABLE.finditer(text)}
    for _ in range(_DEEPEST):
        text = re.sub(
            r"\$[({](?P<make>\w+)[)}]|\{\{\s*(?P<just>[\w-]+)\s*\}\}",
            lambda found: values.get(found["make"] or found["just"], found.group()),
            text,
        )
    return text


def _recipe(known: Mapping[str, tuple[list[str], list[str]]], wanted: Iterable[str], done: set[str]) -> Iterator[str]:
    for name in wanted:
        if name in known and name not in done:
            done.add(name)
            needs, lines = known[name]
            yield from _recipe(known, needs, done)
            yield from lines


def _key(path: str) -> str:
    return path.replace("\\", "/").removeprefix("./")


@functools.lru_cache(maxsize=4 * _FILES)
def _parts(key: str) -> tuple[str, ...]:
    return PurePosixPath(key).parts


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    shared = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        shared += 1
    return shared


def language_of(path: str) -> str | None:
    """Return the language that a file's name tells, or None."""
    return _LANGUAGES.get(PurePosixPath(path).suffix)


def _cells(notebook: str) -> str:
    """Return the code of a notebook's cells; of any other text, the text."""
    try:
        cells = list(objects(mapping(json.loads(notebook)).get("cells")))
    except (ValueError, RecursionError):
        return notebook
    sources = [cell.get("source") for cell in cells if cell.get("cell_type") == "code"]
    return "\n".join("".join(said(source)) for source in sources) if cells else notebook


def imported(text: str) -> Iterator[str]:
    """Yield the modules that Python code imports, each once."""
    names: dict[str, None] = {}
    for found in _IMPORTED.finditer(text):
        for name in [found["of"]] if found["of"] else re.split(r"[, ]+", found["names"]):
            names.setdefault(name)
    yield from names


def written_files(text: str) -> Iterator[Write]:
    """Yield the files that Python code writes whose path and text stand in it."""
    if "write" not in text:
        return
    tree = parsed(text)
    if tree is None:
        return
    values: dict[str, str] = {}
    opened: dict[str, str] = {}
    for node in walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if (said := _string(node.value, values)) is not None:
                values[name] = said
            if (path := _opened(node.value, values)) is not None:
                opened[name] = path
        elif isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
            opened[node.optional_vars.id] = _opened(node.context_expr, values) or ""
    for node in walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            said = _string(node.args[0], values)
            path = _target(node.func, values, opened)
            if said is not None and path:
                yield Write(path, said)


def _target(function: ast.Attribute, values: dict[str, str], opened: dict[str, str]) -> str | None:
    receiver = function.value
    if function.attr not in ("write", "write_text", "write_bytes"):
        return None
    return opened.get(receiver.id) if isinstance(receiver, ast.Name) and receiver.id in opened else _opened(receiver, values)


def _opened(node: ast.expr, values: dict[str, str]) -> str | None:
    """Return the path of ``open(path, ...)`` and ``Path(path)``."""
    if not isinstance(node, ast.Call):
        return None
    name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if name == "open" and isinstance(node.func, ast.Attribute):
        return _opened(node.func.value, values)
    return _string(node.args[0], values) if name in ("open", "Path") and node.args else None


def _string(node: ast.expr, values: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return values.get(node.id)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value for part in node.values if isinstance(part, ast.Constant) and isinstance(part.value, str))
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("strip", "lstrip", "dedent", "encode")
    ):
        return _string(node.args[0] if node.func.attr == "dedent" and node.args else node.func.value, values)
    return None

"""What a parser loses: a key that stands twice in a file of the configuration, of which it keeps the last alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mirage.errors import StudyError

# Does what SafeLoader does, in a tenth of its time; not every build of PyYAML has it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def check_files(paths: Iterable[str | Path]) -> None:
    """Refuse a file in which a mapping has one key twice; one that is not there, or no YAML, is told of elsewhere.

    Raises
    ------
    StudyError
        With one line: the file, the line, and the key; also where it lies too deep to be read.
    """
    for path in map(Path, paths):
        try:
            root = yaml.compose(path.read_text(encoding="utf-8"), Loader=LOADER)
            twice = next(_twice(root, "", set()), None)
        except RecursionError:
            raise StudyError(
                f"{path}: brackets or lines lie too deep within each other to be read; close each bracket that is opened"
            ) from None
        except (OSError, yaml.YAMLError, UnicodeDecodeError):
            continue
        if twice:
            key, line, first = twice
            raise StudyError(f"{path}, line {line}: the key {key} stands there twice, first in line {first}; write it once")


def _twice(node: Node | None, key: str, seen: set[int]) -> Iterator[tuple[str, int, int]]:
    """Find keys that stand twice, with the lines of the second and of the first."""
    # What an anchor names is reached by each of its aliases.
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, MappingNode):
        lines: dict[tuple[str, str], int] = {}
        for name, value in node.value:
            inner = f"{key}.{name.value}".lstrip(".") if isinstance(name, ScalarNode) else key
            if isinstance(name, ScalarNode):
                line = name.start_mark.line + 1
                if (name.tag, name.value) in lines:
                    yield inner, line, lines[name.tag, name.value]
                lines[name.tag, name.value] = line
            yield from _twice(value, inner, seen)
    elif isinstance(node, SequenceNode):
        for place, value in enumerate(node.value):
            yield from _twice(value, f"{key}.{place}".lstrip("."), seen)

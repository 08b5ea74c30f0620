"""Whatever stands in a path or a name, a command of a rule hands it over as one word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

RULES = sorted((Path(__file__).parents[2] / "workflow/rules").glob("*.smk"))
# A number, and the folder of the scripts, which is quoted once for all rules.
BARE = {"threads", "params.scripts"}

_COMMAND = re.compile(r"^ +shell:\n((?: +\".*\n)+)", re.MULTILINE)
_FIELD = re.compile(r"\{([\w.]+)(:q)?\}")


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_field_of_a_command_is_quoted(path: Path) -> None:
    commands = _COMMAND.findall(path.read_text())
    fields = [field for command in commands for field in _FIELD.findall(command)]
    assert {name for name, quoted in fields if not quoted} <= BARE


def test_the_commands_of_rules_are_found() -> None:
    texts = [path.read_text() for path in RULES]
    assert sum(len(_COMMAND.findall(text)) for text in texts) == sum(text.count("shell:") for text in texts) > 20

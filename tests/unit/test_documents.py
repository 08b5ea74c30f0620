"""The documents against the project: their links, commands, options and keys are there."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
import shlex
from pathlib import Path

import pytest
import yaml

from mirage import tables
from mirage.__main__ import COMMANDS
from on_the_books import tables as published_tables

ROOT = Path(__file__).parents[2]
ELSEWHERE = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "config/README.md", "results/README.md")]
DOCUMENTS = sorted([*ELSEWHERE, *(ROOT / "docs").glob("*.md")])
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def typed(text: str) -> list[list[str]]:
    """Return the commands that a document shows, each as its words."""
    lines = [line for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    shown = [line.strip()[2:] for line in lines if line.strip().startswith("$ ")]
    quoted = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    parts = [part for command in [*shown, *quoted] for part in re.split(r"&&|2>&1|\||>", command)]
    return [shlex.split(part, comments=True) for part in parts if re.match(r"\s*((mirage|make)\s|python scripts/)", part)]


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@every_document
def test_links_lead_somewhere(path):
    # What stands in a code span, such as a hostile cell, is no link.
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]+`", "", text_of(path))):
        if re.match(r"https?://", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", text_of(found), re.MULTILINE)
            assert anchor in map(slug, headings), target


def options_of(command: str) -> set[str]:
    parser = argparse.ArgumentParser()
    importlib.import_module(COMMANDS[command]).add_arguments(parser)
    return set(re.findall(r"--?[a-z][a-z-]*", parser.format_help()))


@every_document
def test_commands_and_their_options_exist(path):
    for program, *words in typed(text_of(path)):
        shown = " ".join([program, *words])
        own = words[: words.index("--")] if "--" in words else words
        options = {word.partition("=")[0] for word in own if word.startswith("-")}
        if program == "mirage":
            if words and words[0] not in ("--version", "--help", "COMMAND"):
                assert words[0] in COMMANDS, shown
                assert options <= options_of(words[0]), shown
        elif program == "make":
            variables = {word.partition("=")[0] for word in words if "=" in word}
            targets = {word for word in words if "=" not in word}
            assert targets <= set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)), shown
            assert all(f"$({name})" in MAKEFILE for name in variables), shown
        else:
            script = ROOT / words[0]
            assert script.is_file(), shown
            assert all(f'"{option}"' in text_of(script) for option in options - {"--help"}), shown


FILES = ("csv", "json", "md", "parquet", "yaml")


def below(node: dict, key: str) -> dict | None:
    """Return what the schema says of a key of a node, through whatever it refers to or offers."""
    while "$ref" in node:
        node = SCHEMA["$defs"][node["$ref"].rpartition("/")[2]]
    if key in node.get("properties", {}):
        return node["properties"][key]
    offered = [*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())]
    return next((found for each in offered if (found := below(each, key)) is not None), None)


@every_document
def test_keys_of_the_configuration_exist(path):
    for quoted in re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)(?:: [^`]*)?`", text_of(path)):
        first, *rest = quoted.split(".")
        if first not in SCHEMA["properties"] or rest[-1] in FILES:
            continue
        node = SCHEMA["properties"][first]
        for key in rest:
            node = below(node, key)
            assert node is not None, quoted


@every_document
def test_files_that_are_named_exist(path):
    tops = "benchmarks|config|docs|envs|examples|scripts|tests|workflow"
    for named in re.findall(rf"`((?:{tops})/[\w./-]+)`", text_of(path)):
        assert re.search("NAME|KIND", named) or (ROOT / named).exists(), named


TABLES = {
    module.name
    for package in (tables, published_tables)
    for module in pkgutil.iter_modules(package.__path__)
    if any(hasattr(importlib.import_module(f"{package.__name__}.{module.name}"), name) for name in ("TABLE", "tables"))
}


def test_every_table_that_the_methods_name_exists():
    rows = re.findall(r"^\|.*\|$", text_of(ROOT / "docs/methods.md").partition("## Intervals")[0], re.MULTILINE)[2:]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split(" | ")[2])}
    assert len(named) > 10
    assert named <= TABLES


def test_every_table_has_its_question_on_the_page_about_tables():
    named = re.findall(r"`(\w+)`", text_of(ROOT / "docs/reading-tables.md"))
    assert set(named) >= TABLES


def test_every_command_is_on_the_page_about_commands():
    named = re.findall(r"^\| `mirage (\w+)", text_of(ROOT / "docs/commands.md"), re.MULTILINE)
    assert sorted(named) == sorted(COMMANDS)


def test_every_split_that_the_page_about_tables_names_is_one():
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    part = text_of(ROOT / "docs/reading-tables.md").partition("## The names of splits")[2]
    names = re.findall(r"`([a-z-]+)`", "\n".join(row.split(" | ")[0] for row in part.splitlines() if row.startswith("| `")))
    assert len(names) > 10
    assert set(names) <= set(config["schemes"])


def test_every_document_is_in_the_sites_contents():
    site = text_of(ROOT / "mkdocs.yml")
    assert [path.name for path in DOCUMENTS if path.parent.name == "docs" and f" {path.name}\n" not in site] == []

"""The page of licences names every package that is installed, at the version of its lock."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("licences", ROOT / "envs/licences.py")
licences = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(licences)
PAGE = (ROOT / "docs/licences.md").read_text(encoding="utf-8")


def test_every_lock_has_a_part():
    assert set(licences.LOCKS) == {path.name for path in ROOT.glob("requirements*.lock")}


@pytest.mark.parametrize("lock", licences.LOCKS)
def test_every_package_of_a_lock_is_named_with_its_version(lock):
    part = PAGE.split(f"(`{lock}`)")[1].split("\n## ")[0]
    named = dict(re.findall(r"^\| (\S+) \| (\d\S*) \| .+ \|$", part, re.MULTILINE))
    assert {name.replace("\\", ""): version for name, version in named.items()} == licences.pins()[lock], "make licences"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"license_expression": "MIT", "license": "x", "classifier": ["License :: OSI Approved :: BSD License"]}, "MIT"),
        ({"classifier": ["License :: OSI Approved", "License :: OSI Approved :: BSD License", "Topic :: x"]}, "BSD License"),
        ({"license": "Apache 2.0"}, "Apache 2.0"),
        ({"license": "Copyright " * 20}, "Copyright Copyright Copyright Copyright Copyright Copyright …"),
        ({}, "not declared"),
    ],
)
def test_a_licence_is_what_a_package_declares(metadata, expected):
    assert licences.licence_of(metadata) == expected


def test_copyleft_is_told():
    locks = {lock: {} for lock in licences.LOCKS} | {"requirements.lock": {"a": "1", "b": "2"}}
    assert "None declares the GPL" in licences.page(locks, {("a", "1"): "MIT", ("b", "2"): "LGPL-3.0"})
    assert "in part: b." in licences.page(locks, {("a", "1"): "MIT", ("b", "2"): "GPL-3.0"})

"""What of a machine stops a study before it starts, in one line."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from mirage.errors import StudyError
from mirage.machine import check_folder, check_home, full

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def unwritable(monkeypatch):
    """A function: let nobody write to a folder, whoever runs the test."""
    refused = set()
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) not in refused and allowed(path, mode))
    return refused.add


def fault(check, *arguments):
    with pytest.raises(StudyError) as caught:
        check(*arguments)
    return str(caught.value)


def test_a_folder_that_can_be_written_does_with_or_without_results_and_as_a_link(tmp_path):
    check_folder(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "results").symlink_to(tmp_path / "elsewhere")
    check_folder(tmp_path)


def test_what_is_no_folder_is_told(tmp_path):
    (tmp_path / "logs").touch()
    assert fault(check_folder, tmp_path) == f"{tmp_path}/logs: is no folder, and a run writes there; move it away"


def test_a_link_to_nowhere_is_told(tmp_path):
    (tmp_path / "results").symlink_to("/nowhere/at all")
    said = f"{tmp_path}/results: links to /nowhere/at all, which is not there; make that folder, or delete the link"
    assert fault(check_folder, tmp_path) == said


@pytest.mark.parametrize("name", ["", "results", ".snakemake"])
def test_a_folder_that_cannot_be_written_is_told(tmp_path, unwritable, name):
    place = tmp_path / name
    place.mkdir(exist_ok=True)
    unwritable(place)
    assert fault(check_folder, tmp_path).startswith(f"{place}: user {os.getuid()} cannot write here; work in a folder that can")


def test_a_disk_that_is_full_is_told_before_a_run_and_where_one_stops(tmp_path, monkeypatch):
    assert full(tmp_path) is None
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(9e9, 9e9, 1_400_000))
    said = f"{tmp_path}: the disk has 1 MB left, and even a small study writes 20 MB; free some space"
    assert full(tmp_path) == said
    assert fault(check_folder, tmp_path) == said


def test_a_home_that_cannot_be_written_is_told_with_the_way_round(tmp_path, monkeypatch, unwritable):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    check_home()
    unwritable(tmp_path)
    assert fault(check_home) == (
        f"{tmp_path}/.cache: cannot be written, and Snakemake keeps its cache there; type: export XDG_CACHE_HOME=FOLDER, with a "
        "folder that can"
    )
    (tmp_path / "mine").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "mine/cache"))
    check_home()

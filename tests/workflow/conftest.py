"""The small study, run once, for the tests that look at it and for those that change it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from copied_project import TERMINAL, Project


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The small study, run once for all workers, each of which has a copy; tests that change it work on a copy of that."""
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "small"
    with FileLock(shared.with_suffix(".lock")):
        if not shared.with_suffix(".done").exists():
            shutil.rmtree(shared, ignore_errors=True)
            project = Project.copied_to(shared)
            one_line = [*project.command("--cores", "2"), "--logger", "mirage"]
            (shared / TERMINAL).write_bytes(project.on_terminal(one_line).encode())
            shared.with_suffix(".done").touch()
    shutil.copytree(shared, own / "finished", symlinks=True)
    return Project(own / "finished")


@pytest.fixture
def study(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished small study, free to change."""
    shutil.copytree(finished.folder, tmp_path / "study", symlinks=True)
    return Project(tmp_path / "study")

"""A copy of the project, in which the workflow runs as a user would run it in a clone."""

from __future__ import annotations

import contextlib
import os
import pty
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "config.yaml", "CITATION.cff", "scripts", "workflow", "envs", "tests/workflow/small.yaml")

TERMINAL = "terminal.txt"  # what the run of the small study wrote on its terminal


@dataclass(frozen=True)
class Project:
    """A copy of the project's files with the commands a user types there."""

    folder: Path

    @classmethod
    def copied_to(cls, folder: Path) -> Project:
        for part in PARTS:
            source, target = ROOT / part, folder / part
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        return cls(folder)

    @property
    def environment(self) -> dict[str, str]:
        found = {name: value for name, value in os.environ.items() if name != "ON_THE_BOOKS_CSV"}
        search = os.pathsep.join([str(self.folder / "workflow/src"), found.get("PYTHONPATH", "")])
        path = os.pathsep.join([str(Path(sys.executable).parent), found["PATH"]])
        return {**found, "PYTHONPATH": search, "PATH": path}

    def command(self, *arguments: str) -> list[str]:
        small = ["--configfile", "tests/workflow/small.yaml"]
        return [sys.executable, "-m", "snakemake", *small, "--quiet", "rules", "reason", *arguments]

    def snakemake(self, *arguments: str, status: int = 0) -> str:
        """Run snakemake on the small study, expect an exit status, and return everything printed."""
        return self.run(self.command(*arguments), status)

    def script(self, name: str, *arguments: str, status: int = 0) -> str:
        return self.run([sys.executable, f"scripts/{name}", *arguments], status)

    def run(self, command: list[str], status: int = 0) -> str:
        """Run a command in the folder, expect an exit status, and return everything printed."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def on_terminal(self, command: list[str]) -> str:
        """Run a command in the folder on a terminal of its own, expect success, and return everything that is written there."""
        ours, theirs = pty.openpty()
        environment = {**self.environment, "TERM": "xterm", "COLUMNS": "100"}
        running = subprocess.Popen(
            command, cwd=self.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        written = b""
        # Linux says by an error that the other end is closed.
        with contextlib.suppress(OSError):
            while piece := os.read(ours, 4096):
                written += piece
        os.close(ours)
        assert running.wait() == 0, written.decode()
        return written.decode()

    def planned(self, *arguments: str) -> dict[str, int]:
        """Return how many jobs of each rule a run would execute now."""
        printed = self.snakemake("--dry-run", "--cores", "2", *arguments)
        counts = (line.split() for line in printed.splitlines())
        return {row[0]: int(row[1]) for row in counts if len(row) == 2 and row[1].isdigit() and row[0] not in ("total", "job")}

    def tables(self) -> dict[str, bytes]:
        """Return the bytes of every table and of the headline."""
        files = [*(self.folder / "results/tables").iterdir(), self.folder / "results/headline.json"]
        return {path.name: path.read_bytes() for path in files}

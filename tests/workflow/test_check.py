"""The study of a DataFrame is that of its file: one answer, by a function and by a command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from copied_project import ROOT
from notes import notes_csv

pytestmark = pytest.mark.workflow

# In a process of its own, as a notebook's kernel is.
CODE = """
import pandas as pd, mirage
answer = mirage.check(pd.read_csv("notes.csv"), label="specialty", positive="cardiology", folder="frame", budget="1s", cores=2)
print("|".join(answer.tables), answer.page, *answer.verdict["word"].unique(), sep="\\n")
print(answer._repr_html_())
"""


def test_a_frame_gets_the_answer_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_bytes(notes_csv(rows=200))
    environment = {name: value for name, value in os.environ.items() if name != "ON_THE_BOOKS_CSV"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "workflow/src"), environment.get("PYTHONPATH", "")])

    def run(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    shown = run("-c", CODE)
    assert "Does the F1 hold?" in shown
    assert "verdict" in shown
    chosen = ("--label", "specialty", "--positive", "cardiology", "--output", "file", "--yes")
    said = run("-m", "mirage", "init", "notes.csv", *chosen, "--run", "--budget", "1s", "--cores", "2")
    assert "mirage run file" in said.splitlines()[-1]
    for name in ("verdict", "f1", "gap"):
        frame, file = (pd.read_csv(tmp_path / f"{folder}/results/tables/{name}.csv") for folder in ("frame", "file"))
        pd.testing.assert_frame_equal(frame, file)

"""Running what was just configured."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from mirage.errors import StudyError
from mirage.place import project_root
from mirage.splits.names import slug_of


def run_study(data: Path, target: Path) -> Path:
    """Run the whole study of a configuration below ``runs/`` and return its report.

    Raises
    ------
    StudyError
        When a step fails; its own lines, printed before, say why. Also when this package carries no workflow.
    """
    project = project_root()
    folder = Path("runs") / slug_of(data.stem)
    snakemake = [sys.executable, "-m", "snakemake", "--snakefile", str(project / "Snakefile"), "--cores", "all"]
    quiet = ["--rerun-incomplete", "--show-failed-logs", "--quiet", "host", "reason"]
    _run([*snakemake, *quiet, "--configfile", str(target), "--directory", str(folder)], str(target))
    return folder / "results/report/index.html"


def _run(command: Sequence[str], what: str) -> None:
    # The commands of the rules say "python".
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    if subprocess.run(command, check=False, env={**os.environ, "PATH": path}).returncode:
        raise StudyError(
            f"{what}: the study did not come to its end; see the lines above, and run the printed command to go on"
        )

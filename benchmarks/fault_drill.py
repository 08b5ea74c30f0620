"""Kill a running small study again and again, take it up each time, and compare what it leaves with a study that nobody killed.

The whole process group gets SIGKILL, at moments that a seed decides: some by the clock, while Snakemake starts, most by how many files
have come to be, so that a slow machine is killed in the same places. At each kill every file that has its name must be whole; where a
study comes to its end, its results must be the same bytes. Then the next study begins, until all kills are spent.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "tests/workflow/small.yaml"

AT_START = 0.2  # of the kills: within the first seconds
FIRST = 8.0  # seconds
LATER = 0.5  # seconds that a kill may come after a file
PARTS = 4  # a run makes half of a fourth of the files on average before it is killed
POLL = 0.05  # seconds

# What tells times, and what only the store and Snakemake read.
UNLIKE = re.compile(r"^(\.|benchmarks/|cost/|figures/cost\.|report/)")
WRITING = ".writing-"


@dataclass(frozen=True)
class Moment:
    """When a run is killed: so many files after its start, or none, and then so many seconds."""

    files: int
    seconds: float


def moments(kills: int, files: int, seed: int) -> list[Moment]:
    """Return the moments of all kills of a study with so many files."""
    chance = random.Random(seed)
    found = []
    for _ in range(kills):
        by_clock = chance.random() < AT_START
        after = 0 if by_clock else chance.randrange(1, max(2, files // PARTS))
        found.append(Moment(after, chance.uniform(0, FIRST if by_clock else LATER)))
    return found


def content(path: Path) -> Any:
    """Return what must not change from run to run: bytes, and of run records all but their times."""
    if path.name not in ("runs.json", "run.json"):
        return path.read_bytes()
    text = path.read_text(encoding="utf-8")
    return re.sub(r'"seconds": [\d.e+-]+', '"seconds": 0', text)


def files_of(results: Path) -> dict[str, Path]:
    """Return the files of a study by their place below its results, hidden ones too."""
    return {str(path.relative_to(results)): path for path in results.rglob("*") if path.is_file()}


def faults_of(results: Path, reference: Path, *, finished: bool) -> list[str]:
    """Say what is not as in a study that nobody killed; a file that is not there yet is no fault before the end."""
    found, wanted = files_of(results), files_of(reference)
    compared = [name for name in found if not UNLIKE.match(name) and WRITING not in name]
    faults = [f"{name}: unlike" for name in compared if name not in wanted or content(found[name]) != content(wanted[name])]
    faults += [f"{name}: no JSON" for name in found if name.endswith(".json") and not _is_json(found[name])]
    if finished:
        faults += [f"{name}: missing" for name in wanted if not name.startswith(".") and name not in found]
        faults += [f"{name}: left behind" for name in found if WRITING in name]
    return faults


def _is_json(path: Path) -> bool:
    if WRITING in str(path):
        return True
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True


class Drill:
    """Studies below a folder that are killed and taken up again."""

    def __init__(self, folder: Path, reference: Path, cores: int):
        self.folder, self.reference, self.cores = folder, reference, cores
        self.faults: list[str] = []
        self.kills, self.studies = 0, 0

    def run(self, plan: list[Moment]) -> None:
        """Spend all kills, and bring the last study to its end."""
        waiting = list(plan)
        while waiting or not self.studies:
            self.studies += 1
            study = self.folder / f"study{self.studies}"
            # A study that comes to its end before its moment leaves the kill to the next.
            while waiting and self._killed(study, waiting[0]):
                waiting.pop(0)
            start(study, self.cores, check=True)
            self._look(study, f"study {self.studies}", finished=True)

    def _killed(self, study: Path, moment: Moment) -> bool:
        """Start or take up a study, and kill it at a moment; return whether it had not come to its end before."""
        running = start(study, self.cores)
        results = study / "results"
        before, begun = len(files_of(results)), moment.files == 0
        end = time.monotonic() + moment.seconds
        while running.poll() is None:
            if not begun and len(files_of(results)) >= before + moment.files:
                begun, end = True, time.monotonic() + moment.seconds
            if begun and time.monotonic() >= end:
                break
            time.sleep(POLL)
        if running.poll() is not None:
            return False
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        self.kills += 1
        self._look(study, f"kill {self.kills}", finished=False)
        return True

    def _look(self, study: Path, when: str, *, finished: bool) -> None:
        found = faults_of(study / "results", self.reference, finished=finished)
        self.faults += [f"{when}: {fault}" for fault in found]
        print(f"{when}: {len(files_of(study / 'results'))} files, {len(found)} faults", flush=True)


def start(folder: Path, cores: int, *, check: bool = False) -> subprocess.Popen[bytes]:
    """Start a run as make does, in a process group of its own; with ``check``, wait for its end, which must be a good one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    search = os.pathsep.join([str(ROOT / "workflow/src"), os.environ.get("PYTHONPATH", "")])
    environment = {name: value for name, value in os.environ.items() if name != "ON_THE_BOOKS_CSV"}
    environment |= {"PATH": path, "PYTHONPATH": search}
    subprocess.run(
        [sys.executable, ROOT / "scripts/before_run.py"], cwd=folder, env=environment, check=True, capture_output=True
    )
    command: list[str | Path] = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--configfile", CONFIG]
    command += ["--workflow-profile", "none", "--cores", str(cores), "--rerun-incomplete", "--quiet", "all"]
    with (folder / "run.log").open("ab") as log:
        running = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    if check and running.wait():
        raise SystemExit(f"a run did not come to its end; see {folder / 'run.log'}")
    return running


def drill(folder: Path, kills: int, seed: int, cores: int, reference: Path | None = None) -> Drill:
    """Kill studies below a folder so often; return what was found.

    Parameters
    ----------
    reference:
        The results of a study that nobody killed; by default it is made first.
    """
    if reference is None:
        start(folder / "reference", cores, check=True)
        reference = folder / "reference/results"
    made = Drill(folder, reference, cores)
    made.run(moments(kills, len(files_of(reference)), seed))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--reference", type=Path, help="results of a small study that nobody killed; made first by default")
    args = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        made = drill(Path(folder), args.kills, args.seed, args.cores, args.reference)
    print("\n".join(made.faults))
    spoilt = len({fault.split(":")[0] for fault in made.faults})
    print(
        f"{made.kills} kills of {made.studies} studies, {(time.monotonic() - started) / 60:.0f} min: "
        f"{made.kills + made.studies - spoilt} of {made.kills + made.studies} looks found every file whole and the bytes of a study "
        "that nobody killed"
    )
    sys.exit(bool(made.faults))


if __name__ == "__main__":
    main()

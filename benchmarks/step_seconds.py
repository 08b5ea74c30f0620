"""Measure how long the steps of a study take a core, and write the table by which a first run is foretold.

Two runs tell what a step takes beside the data and what a million bytes of text add to it: one of a small study, one of a large one, of
which some steps are enough. `measure` runs a command of Snakemake with a `python` before all others on the path that notes the processor
seconds of each step; `write` makes the table of both notes, and of the run records and benchmarks of the fits of the large run.

    python benchmarks/step_seconds.py measure small.jsonl -- snakemake --cores all --configfile tests/workflow/small.yaml --directory small
    python benchmarks/step_seconds.py measure large.jsonl -- snakemake --cores all --workflow-profile none --config 'encoders={run: none}'
    python benchmarks/step_seconds.py write small.jsonl small large.jsonl .

The machine should do nothing else. Steps that run side by side take more seconds than alone, since they share memory, and so they do where
a study is run on all cores. A run that is taken up again may add to the notes of its first part.
"""

import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from mirage.place import project_root
from mirage.runs import folder_of, read_records
from mirage.study import Study, check_config, fill_defaults
from mirage.study.forecast import CELL, models_of_cell
from mirage.study.seconds import FIT, FIT_RULE, JOB, PROBE, SHIPPED, START, probe
from mirage.study.size import megabytes_known

# A step by the folder or name of its log; what is known by the time of its fits is left out.
FAMILIES = ("table", "figure")
FITS = (FIT_RULE, "fit_encoder", "fit_encoder_external")
SHIM = """#!{python}
import json, os, resource, subprocess, sys
log = os.readlink("/proc/self/fd/1")
status = subprocess.call([{python!r}, *sys.argv[1:]])
used, own = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
note = {{"log": log, "seconds": used.ru_utime + used.ru_stime, "noting": own.ru_utime + own.ru_stime}}
with open({notes!r}, "a") as stream:
    stream.write(json.dumps(note) + "\\n")
sys.exit(status)
"""


def measure(args: argparse.Namespace) -> int:
    """Run the command; note the processor seconds of every step, and of Snakemake itself."""
    noted = len(_notes(args.notes)) if args.notes.exists() else 0
    with tempfile.TemporaryDirectory() as folder:
        shim = Path(folder) / "python"
        shim.write_text(SHIM.format(python=sys.executable, notes=str(args.notes.resolve())), encoding="utf-8")
        shim.chmod(0o755)
        path = os.pathsep.join([folder, os.environ["PATH"]])
        status = subprocess.run([sys.executable, "-m", *args.command], env={**os.environ, "PATH": path}, check=False).returncode
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    steps = _notes(args.notes)[noted:] if args.notes.exists() else []
    of_steps = sum(note["seconds"] + note["noting"] for note in steps)
    note = {"snakemake": max(0.0, used.ru_utime + used.ru_stime - of_steps), "jobs": len(steps)}
    with args.notes.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(note) + "\n")
    return status


def _notes(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write(args: argparse.Namespace) -> int:
    """Write the table."""
    small, large = _steps(args.small_notes), _steps(args.large_notes)
    config = yaml.safe_load(args.config.read_text(encoding="utf-8"))
    check_config(config)
    fill_defaults(config)
    sizes = [_size(folder) for folder in (args.small, args.large)]
    study = Study.from_config(config)
    cells = _cells(study, args.large)
    rows = {PROBE: (probe(), 0.0)}
    rows |= {FIT.format(kind): (0.0, each / sizes[1]) for kind, each in sorted(_fits(study, cells).items())}
    rows |= {name: (seconds, 0.0) for name, seconds in _of_snakemake(args.small_notes, args.large_notes).items()}
    if FIT_RULE in large and cells:
        # What is left of a process that fits the cells of a scheme when its cells are taken off.
        schemes = {split for split, *_ in cells}
        rows[FIT_RULE] = (large[FIT_RULE] - sum(seconds for *_, seconds in cells) / len(schemes), 0.0)
    both = {
        step: max(0.0, large[step] - small[step]) / (sizes[1] - sizes[0])
        for step in {*small, *large} - set(FITS)
        if step in small and step in large
    }
    for step in sorted({*small, *large} - set(FITS)):
        # One that the large run left out grows as the middle one of its family does.
        family = [each for other, each in both.items() if other.partition("_")[0] == step.partition("_")[0]]
        each = both.get(step, statistics.median(family) if family and step in small else 0.0)
        rows[step] = (small[step] - each * sizes[0] if step in small else large[step], each)
    with args.output.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(["step", "seconds", "seconds_a_megabyte"])
        out.writerows([step, f"{max(0.0, alone):.4f}", f"{each:.4f}"] for step, (alone, each) in rows.items())
    return 0


def _steps(notes: Path) -> dict[str, float]:
    """Return the mean processor seconds of each step."""
    found = defaultdict(list)
    for note in _notes(notes):
        if "log" in note:
            parts = Path(note["log"].rpartition("/logs/")[2]).with_suffix("").parts
            found["_".join(parts[:2]) if parts[0] in FAMILIES else parts[0]].append(note["seconds"])
    return {step: statistics.mean(seconds) for step, seconds in found.items()}


def _of_snakemake(small: Path, large: Path) -> dict[str, float]:
    """Return the processor seconds of a start and of a job, from one run each."""
    # Of a run that was taken up again, the longer part.
    parts = ([note for note in _notes(path) if "snakemake" in note] for path in (small, large))
    runs = [max(notes, key=lambda note: note["jobs"]) for notes in parts]
    (few, less), (many, more) = ((run["jobs"], run["snakemake"]) for run in runs)
    job = max(0.0, (more - less) / (many - few)) if many > few else 0.0
    return {START: max(0.0, less - job * few), JOB: job}


def _size(folder: Path) -> float:
    size = megabytes_known({}, folder / "results")
    assert size is not None, f"{folder}: no rows were read there"
    return size


def _cells(study: Study, folder: Path) -> list[tuple[str, str, float]]:
    """Return the scheme, the agent and the processor seconds of every cell that was fitted."""
    found = []
    for split in study.schemes:
        benchmark = folder / f"results/benchmarks/{split}/cheap.jsonl"
        if not benchmark.is_file():
            continue
        # Run records have seconds of the clock, of which a busy machine gives a process a part.
        job = json.loads(benchmark.read_text(encoding="utf-8").splitlines()[-1])
        busy = min(1.0, job["cpu_time"] / job["s"])
        for agent in study.trained_agents:
            records = read_records(folder_of(folder / "results", split, agent)).values()
            found += [(split, agent, busy * float(record.get("seconds") or 0.0)) for record in records]
    return found


def _fits(study: Study, cells: Sequence[tuple[str, str, float]]) -> dict[str, float]:
    """Return for each kind the processor seconds of a fit of one model: of all cells together, so that their sum is foretold."""
    spent: dict[str, float] = defaultdict(float)
    models: dict[str, int] = defaultdict(int)
    for split, agent, seconds in cells:
        kind, fitted = study.kind(agent), models_of_cell(study, split, agent)
        models[kind] += fitted
        spent[kind] += max(0.0, seconds - CELL) if fitted else 0.0
    return {kind: spent[kind] / fitted if fitted else 0.0 for kind, fitted in models.items()}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    measuring = commands.add_parser("measure")
    measuring.add_argument("notes", type=Path)
    measuring.add_argument("command", nargs="+")
    measuring.set_defaults(body=measure)
    writing = commands.add_parser("write")
    for name in ("small_notes", "small", "large_notes", "large"):
        writing.add_argument(name, type=Path)
    writing.add_argument("--config", type=Path, default=project_root() / "config.yaml", help="of the large run")
    writing.add_argument("--output", type=Path, default=project_root() / SHIPPED)
    writing.set_defaults(body=write)
    args = parser.parse_args(argv)
    return int(args.body(args))


if __name__ == "__main__":
    sys.exit(main())

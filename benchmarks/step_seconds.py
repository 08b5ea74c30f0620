"""Measure how long the steps of a study take a core, and write the table by which a first run is foretold.

Two runs tell what a step takes beside the data and what a million bytes of text add to it: one of a small study, one of a large one, of
which some steps are enough. `measure` runs a command of Snakemake with a `python` before all others on the path that notes the processor
seconds of each step; `write` makes the table of both notes, and of the run records and benchmarks of the fits of the large run.

    python benchmarks/step_seconds.py measure small.jsonl -- snakemake --cores 1 --configfile tests/workflow/small.yaml --directory small
    python benchmarks/step_seconds.py measure large.jsonl -- snakemake --cores 1 --directory large --forceall
    python benchmarks/step_seconds.py write small.jsonl small large.jsonl large
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import yaml

from mirage.encoders.plan import folds_of
from mirage.place import project_root
from mirage.runs import folder_of, read_records
from mirage.study import Study, check_config, fill_defaults
from mirage.study.forecast import CELL
from mirage.study.seconds import FIT, PROBE, SHIPPED, probe
from mirage.study.size import megabytes_known

# A step by the folder or name of its log; what is known by the time of its fits is left out.
FAMILIES = ("table", "figure")
FITS = ("fit_cells", "fit_encoder", "fit_encoder_external")
SHIM = """#!{python}
import json, os, resource, subprocess, sys
log = os.readlink("/proc/self/fd/1")
status = subprocess.call([{python!r}, *sys.argv[1:]])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open({notes!r}, "a") as stream:
    stream.write(json.dumps({{"log": log, "seconds": used.ru_utime + used.ru_stime}}) + "\\n")
sys.exit(status)
"""


def measure(args: argparse.Namespace) -> int:
    """Run the command, and note the processor seconds of every step."""
    with tempfile.TemporaryDirectory() as folder:
        shim = Path(folder) / "python"
        shim.write_text(SHIM.format(python=sys.executable, notes=str(args.notes.resolve())), encoding="utf-8")
        shim.chmod(0o755)
        path = os.pathsep.join([folder, os.environ["PATH"]])
        return subprocess.run([sys.executable, "-m", *args.command], env={**os.environ, "PATH": path}, check=False).returncode


def write(args: argparse.Namespace) -> int:
    """Write the table."""
    small, large = _steps(args.small_notes), _steps(args.large_notes)
    config = yaml.safe_load(args.config.read_text(encoding="utf-8"))
    check_config(config)
    fill_defaults(config)
    sizes = [_size(folder) for folder in (args.small, args.large)]
    rows = {PROBE: (probe(), 0.0)}
    rows |= {
        FIT.format(kind): (0.0, each) for kind, each in sorted(_fits(Study.from_config(config), args.large, sizes[1]).items())
    }
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
    for line in notes.read_text(encoding="utf-8").splitlines():
        note = json.loads(line)
        parts = Path(note["log"].rpartition("/logs/")[2]).with_suffix("").parts
        found["_".join(parts[:2]) if parts[0] in FAMILIES else parts[0]].append(note["seconds"])
    return {step: statistics.mean(seconds) for step, seconds in found.items()}


def _size(folder: Path) -> float:
    size = megabytes_known({}, folder / "results")
    assert size is not None, f"{folder}: no rows were read there"
    return size


def _fits(study: Study, folder: Path, size: float) -> dict[str, float]:
    """Return for each kind the processor seconds of a fit of one model to a million bytes: of the middle cell."""
    found = defaultdict(list)
    for split in study.schemes:
        benchmark = folder / f"results/benchmarks/{split}/cheap.jsonl"
        if not benchmark.is_file():
            continue
        # Run records have seconds of the clock, of which a busy machine gives a process a part.
        job = json.loads(benchmark.read_text(encoding="utf-8").splitlines()[-1])
        busy = min(1.0, job["cpu_time"] / job["s"])
        for agent in study.trained_agents:
            inner = study.inner_folds(split)
            fits = folds_of(split, study.config["split"]["folds"], study.facts) * (1 + inner)
            for record in read_records(folder_of(folder / "results", split, agent)).values():
                if record.get("seconds"):
                    found[study.kind(agent)].append(max(0.0, busy * record["seconds"] - CELL) / fits / size)
    return {kind: statistics.median(seconds) for kind, seconds in found.items()}


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

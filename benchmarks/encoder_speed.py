"""Measure how fast encoders are fine-tuned on this machine, unattended and within minutes: the plain Trainer against the study's own way.

Every architecture of the configuration's recipes is made at full size with random weights, which is right for speed; nothing is
downloaded. Both ways fine-tune it in turn, always in the same order, on the same rows. At the end as many processes as its measured
memory lets onto the card fine-tune it side by side.

    python benchmarks/encoder_speed.py --output speed
    python benchmarks/encoder_speed.py --output speed --tiny  # all of it at tiny sizes, in a minute on a CPU; no figure of speed

The rows are those of the csv that ON_THE_BOOKS_CSV names, else a made-up corpus. Both tables, encoder_speed.csv and encoder_speed.md,
are written anew after each architecture.

What a fine-tune takes is extrapolated: loading the weights once, and for each of the recipe's epochs the seconds of the timed batches and
of the timed scoring, by the number of batches and of rows. Timed is one epoch of rows that are spread evenly over the lengths of all
training rows: of all of them, where the minutes allow. Starting Python and tokenising are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from timed_ways import OURS, PLAIN, WAYS, Task

from mirage.data.options import DataOptions
from mirage.data.sources import fetch
from mirage.encoders.hardware import Gpu, Hardware, detect
from mirage.encoders.recipe import KIND
from mirage.encoders.slots import places_on
from mirage.errors import StudyError
from mirage.files import atomic_path, write_text
from mirage.machine import cores, memory_mb
from mirage.stamps import stamp_of
from mirage.tables.layout import NOTHING, Panel, markdown
from on_the_books.corpus import ON_THE_BOOKS

ROOT = Path(__file__).parents[1]
CHILD = Path(__file__).with_name("timed_ways.py")

PEAKS = (
    ("H200 NVL", 836e12),
    ("H200", 989e12),
    ("H100 PCIe", 756e12),
    ("H100 NVL", 836e12),
    ("H100", 989e12),
    ("A100", 312e12),
    ("A10", 125e12),
    ("L40S", 362e12),
    ("L4", 121e12),
    ("T4", 65e12),
)
"""Dense products in half precision (bf16; fp16 on a T4, which has no bf16) a second, from the makers' data sheets, by the words of a card's
name; the first that fits."""

RANDOM = "random weights: speed alone, no statement about any encoder's scores"
TINY = "tiny sizes: a test of this program, no figure of speed"
ALTERNATIONS, TINY_ALTERNATIONS = 3, 2
TINY_ROWS = 120
NOT_TIMED = "not timed"
FOR_SLOTS = 0.25
"""Share of the minutes kept for several processes at once."""
GRACE = 3.0
POLL = 0.05
STARTS, PREPARES = 20.0, 6.0
"""Seconds in which processes that start together are ready for an architecture, and those that are there already; guessed."""
LEAST_TOGETHER = 10.0
MOST_FITS = 5


def peak_of(card: str) -> float | None:
    """Return a card's peak, or None where it is not known; a part of a card (MIG) has none of its own here."""
    words = re.split(r"[^A-Za-z0-9]+", card)
    if "MIG" in words:
        return None
    return next((peak for name, peak in PEAKS if set(name.split()) <= set(words)), None)


@dataclass
class Measured:
    """What is known of one architecture.

    Attributes
    ----------
    about:
        Facts that its process told, empty where it told none.
    timed:
        Timings in the order in which they were taken.
    batches:
        Timed batches, and batches of an epoch.
    together:
        Processes at once, and how many times as many fine-tunes an hour as by one.
    why:
        By what is missing (``timed`` or ``together``), the reason.
    """

    agent: str
    entry: Mapping[str, Any]
    about: dict[str, Any] = field(default_factory=dict)
    timed: list[dict[str, Any]] = field(default_factory=list)
    batches: tuple[int, int] = (0, 0)
    memory_gb: float = math.nan
    together: tuple[int, float] | None = None
    why: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The checkpoint's name without its owner."""
        return str(self.entry["checkpoint"]).rpartition("/")[2]

    def whole(self) -> list[dict[str, dict[str, Any]]]:
        """Return the timings of each alternation in which both ways were timed."""
        found: dict[int, dict[str, dict[str, Any]]] = {}
        for each in self.timed:
            found.setdefault(each["alternation"], {})[each["way"]] = each
        return [both for both in found.values() if len(both) == len(WAYS)]

    def seconds(self, timed: Mapping[str, Any]) -> float:
        """Return the seconds of a whole fine-tune, extrapolated from the timing of a part of an epoch."""
        done, all_batches = self.batches
        scoring = timed["scoring"] * self.about["scored_rows"] / timed["scored"]
        return float(timed["start"] + self.about["epochs"] * (timed["training"] * all_batches / done + scoring))

    def mean_seconds(self, way: str) -> float:
        """Return the mean over the alternations."""
        return statistics.mean(self.seconds(both[way]) for both in self.whole())

    def ratios(self) -> list[float]:
        """Return for each alternation how many times as many fine-tunes an hour ours makes."""
        return [self.seconds(both[PLAIN]) / self.seconds(both[OURS]) for both in self.whole()]

    def seconds_of(self, batches: int) -> float:
        """Return the seconds of one timing by ours on this many batches."""
        each = [both[OURS] for both in self.whole()]
        worked = statistics.mean(timed["training"] + timed["scoring"] for timed in each) / self.batches[0]
        return statistics.mean(timed["start"] for timed in each) + worked * batches


def architectures(agents: Mapping[str, Mapping[str, Any]]) -> list[Measured]:
    """Return the first recipe of each checkpoint, in the configuration's order."""
    found: dict[str, Measured] = {}
    for agent, entry in agents.items():
        if entry.get("kind") == KIND:
            found.setdefault(entry["checkpoint"], Measured(agent, entry))
    return list(found.values())


class Worker:
    """A process of ``timed_ways.py``, and what it answers to the task it was given last."""

    def __init__(self, environment: Mapping[str, str], log: Path):
        self._log = log
        with log.open("w", encoding="utf-8") as stream:
            self._process = subprocess.Popen(
                [sys.executable, str(CHILD)],
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=stream,
                text=True,
                env={**environment},
            )
        self._answers = Path()
        self._stopped = False

    def give(self, task: Task) -> None:
        """Give it a task."""
        self._answers = Path(task.answers)
        assert self._process.stdin is not None
        # One that has died says why in its log.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(dataclasses.asdict(task)) + "\n")
            self._process.stdin.flush()

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return what it told of a kind so far; half a line is none."""
        if not self._answers.is_file():
            return []
        lines = self._answers.read_text(encoding="utf-8").split("\n")[:-1]
        return [each for line in lines if (each := json.loads(line))["event"] == kind]

    def wait(self, until: float, kind: str = "done") -> bool:
        """Wait until then for a kind of answer; return whether it came. A process that does not answer in time is ended."""
        while not self.events(kind):
            if self._process.poll() is not None or self.events("done"):
                return False
            if time.time() > until:
                self._stopped = True
                self.end()
                return False
            time.sleep(POLL)
        return True

    def end(self) -> None:
        """End the process."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    @property
    def usable(self) -> bool:
        """Whether it takes another task: it lives, and its last one did not fail, which a card may remember."""
        failed = any(not each["out_of_time"] for each in self.events("stopped"))
        return self._process.poll() is None and not failed

    def why(self) -> str | None:
        """Return in one line why it has not done all of its task, or None where it has."""
        for each in self.events("stopped"):
            return f"{NOT_TIMED}: {each['why']}" if each["out_of_time"] else f"failed: {each['why']}"
        if self._stopped:
            return f"{NOT_TIMED}: its share of the minutes ran out"
        status = self._process.poll()
        if status is None:
            return None
        last = (self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        return f"failed: the process ended with status {status}: {last[:200]}"


@dataclass
class Run:
    """One run of this benchmark.

    Attributes
    ----------
    began, until:
        When it began and when the minutes are over, in seconds since 1970.
    workers:
        Processes that are there for the next architecture too.
    """

    found: list[Measured]
    work: Path
    sections: Path
    environment: Mapping[str, str]
    device: str
    tiny: bool
    alternations: int
    hardware: Hardware
    began: float
    until: float
    workers: list[Worker] = field(default_factory=list)

    def task(self, number: int, name: str, until: float, **more: Any) -> Task:
        """Return a process's task on an architecture."""
        measured = self.found[number]
        return Task(
            agent=measured.agent,
            entry=dict(measured.entry),
            folder=str(self.work / f"checkpoint{number}"),
            sections=str(self.sections),
            answers=str(self.work / f"{name}.jsonl"),
            device=self.device,
            tiny=self.tiny,
            alternations=self.alternations,
            until=until,
            **more,
        )

    def staff(self, number: int) -> list[Worker]:
        """Return as many processes, those of earlier architectures among them where they may be."""
        # The machine's memory that a process once held counts for it for good, so that on a CPU each architecture has its own.
        if not (self.tiny or self.hardware.accelerated):
            self.dismiss()
        for worker in self.workers:
            if not worker.usable:
                worker.end()
        self.workers = [worker for worker in self.workers if worker.usable]
        while len(self.workers) < number:
            log = self.work / f"worker{time.monotonic_ns()}.log"
            self.workers.append(Worker(self.environment, log))
        return self.workers[:number]

    def dismiss(self) -> None:
        """End all processes."""
        for worker in self.workers:
            worker.end()
        self.workers.clear()

    def both_ways(self, number: int) -> None:
        """Time both ways of an architecture in its share of the time for that."""
        measured, now = self.found[number], time.time()
        end = self.until - FOR_SLOTS * (self.until - self.began)
        until = now + (end - now) / (len(self.found) - number)
        if until <= now:
            measured.why["timed"] = f"{NOT_TIMED}: the minutes ran out"
            return
        [worker] = self.staff(1)
        worker.give(self.task(number, f"ways{number}", until))
        worker.wait(until + GRACE)
        measured.about = next(iter(worker.events("about")), {})
        measured.timed = worker.events("timed")
        measured.batches = next(((each["batches"], each["of"]) for each in worker.events("share")), (0, 0))
        ours = [each["memory_gb"] for each in measured.timed if each["way"] == OURS]
        measured.memory_gb = max([*(each["gb"] for each in worker.events("memory")), *ours], default=math.nan)
        measured.why.pop("timed")
        if why := worker.why():
            done = len(measured.whole())
            measured.why["timed"] = f"after {done} of {self.alternations} alternations: {why}" if done else why

    def at_once(self, number: int) -> None:
        """Fine-tune an architecture by as many processes as its measured memory lets onto the device."""
        measured = self.found[number]
        if not measured.whole():
            return
        processes, why = self.places(measured)
        if processes < 2:
            measured.why["together"] = why
            return
        prepare = PREPARES if len(self.workers) >= processes else STARTS
        left = self.until - time.time()
        left = min(left, max(left / (len(self.found) - number), prepare + LEAST_TOGETHER))
        if left < prepare + LEAST_TOGETHER:
            measured.why["together"] = f"{NOT_TIMED}: the minutes ran out"
            return
        # On a card as if it were full with one already: then all of them take as long as one after the other.
        aim = (left - prepare) / (1 if measured.about["device"] == "cpu" else processes)
        batches, fits = measured.batches[0], 1
        if measured.seconds_of(batches) > aim:
            start = measured.seconds_of(0)
            batches = int((aim - start) / (measured.seconds_of(1) - start))
        elif not self.tiny:
            fits = min(MOST_FITS, int(aim / measured.seconds_of(batches)))
        if batches < 1:
            measured.why["together"] = f"{NOT_TIMED}: a batch by each of {processes} processes takes longer than the time left"
            return
        self._together(number, processes, batches, fits, time.time() + left)

    def _together(self, number: int, processes: int, batches: int, fits: int, until: float) -> None:
        measured, go = self.found[number], self.work / f"go{number}"
        workers = self.staff(processes)
        for each, worker in enumerate(workers):
            worker.give(self.task(number, f"slot{number}-{each}", until, go=str(go), batches=batches, fits=fits))
        if all(worker.wait(until + GRACE, "ready") for worker in workers):
            go.touch()
            for worker in workers:
                worker.wait(until + GRACE)
        spans = [span for worker in workers for span in worker.events("together")]
        if len(spans) < processes:
            reasons = [why for worker in workers if (why := worker.why())] or [NOT_TIMED]
            measured.why["together"] = f"{processes} at once: {min(reasons, key=lambda why: why.startswith(NOT_TIMED))}"
            # Those that wait for the others would wait on.
            self.dismiss()
            return
        wall = max(span["ended"] for span in spans) - min(span["begun"] for span in spans)
        measured.together = (processes, processes * fits * measured.seconds_of(batches) / wall)

    def places(self, measured: Measured) -> tuple[int, str]:
        """Return how many processes run at once, and why no more."""
        need, device = measured.memory_gb, measured.about["device"]
        if device == "mps":
            return 1, "one process at a time on this device"
        # On a CPU the machine's memory is what a card's own is elsewhere.
        holder = self.hardware.gpus[0] if device == "cuda" else Gpu("this machine", memory_mb() / 1000)
        allowed = min(places_on(holder, need), cores())
        return min(allowed, 2) if self.tiny else allowed, f"one process: {need:.1f} GB each, {cores()} cores"


def rows_of(run: Measured, tiny: bool) -> Iterator[dict[str, Any]]:
    """Yield the csv's rows of an architecture: one a way, and one of several processes; what was not timed has a reason."""
    about = run.about
    fixed = {"architecture": run.name, "agent": run.agent}
    shared = {
        "device": about.get("card"),
        "parameters_millions": about["parameters"] / 1e6 if about else math.nan,
        "epochs": about.get("epochs", run.entry["epochs"]),
        "tokens_a_row": about.get("tokens_a_row", math.nan),
        "alternations": len(run.whole()),
        "timed_batches": run.batches[0],
        "epoch_batches": run.batches[1],
    }
    for way in WAYS:
        row = {**fixed, "way": way, "processes": 1, "precision": about.get("precision", {}).get(way), **shared}
        if run.whole():
            row |= _figures(run, way, tiny)
        yield {**row, "note": run.why.get("timed", "")}
    processes, gain = run.together or (math.nan, math.nan)
    row = {**fixed, "way": f"{OURS}, several at once", "processes": processes, "memory_gb": run.memory_gb}
    row |= {"precision": about.get("precision", {}).get(OURS), **shared}
    if run.together:
        row["fine_tunes_an_hour"] = gain * 3600 / run.mean_seconds(OURS)
        row["ratio"] = gain * run.mean_seconds(PLAIN) / run.mean_seconds(OURS)
    yield {**row, "note": run.why.get("together", "" if run.together else run.why.get("timed", NOT_TIMED))}


def _figures(run: Measured, way: str, tiny: bool) -> dict[str, Any]:
    timed = [both[way] for both in run.whole()]
    trained = sum(each["training"] for each in timed)
    tokens = sum(each["tokens"] for each in timed)
    peak = None if tiny else peak_of(run.about["card"])
    figures = {
        "fine_tunes_an_hour": 3600 / run.mean_seconds(way),
        "tokens_a_second": tokens / trained,
        "padded_to_real": sum(each["padded"] for each in timed) / tokens,
        "share_of_peak": 6 * run.about["passed"] * tokens / trained / peak if peak else math.nan,
        "memory_gb": max(each["memory_gb"] for each in timed),
    }
    if way == OURS:
        ratios = run.ratios()
        mean = run.mean_seconds(PLAIN) / run.mean_seconds(OURS)
        figures |= {"ratio": mean, "ratio_lowest": min(ratios), "ratio_highest": max(ratios)}
    return figures


COLUMNS = (
    "architecture",
    "agent",
    "way",
    "processes",
    "device",
    "precision",
    "parameters_millions",
    "epochs",
    "tokens_a_row",
    "fine_tunes_an_hour",
    "tokens_a_second",
    "padded_to_real",
    "share_of_peak",
    "ratio",
    "ratio_lowest",
    "ratio_highest",
    "alternations",
    "timed_batches",
    "epoch_batches",
    "memory_gb",
    "note",
)

NOTES = (
    "A fine-tune: loading the weights once, then the recipe's epochs of training and of scoring the validation and test rows; starting "
    "Python and tokenising are left out. It is extrapolated from one epoch of the timed batches, whose rows are spread evenly over the "
    "lengths of all training rows, by the number of batches and of scored rows. A recipe's early stopping is not looked at.",
    "Plain Trainer: the agent's recipe, in its own precision, rows shuffled, each batch padded to its longest row, 32 rows scored at "
    "once. Ours: batches of like length, in the precision that is fastest here. Both train the same rows, in turn, the plain Trainer "
    "first. Ratio: fine-tunes an hour of ours by those of the plain Trainer, from mean seconds; in brackets the lowest and the highest "
    "of the alternations.",
    "Tokens a second: of the training steps, padding not counted. Share of the peak: 6 operations for each of these tokens and each "
    "parameter of a linear layer, attention not counted, by the data sheet's dense products in half precision; none where the card is "
    "not known.",
    "Several at once: as many processes as the measured memory of one lets onto the device, one a core at most; each fine-tunes by our "
    "way, and the clock runs from the first start to the last end.",
)


def write_tables(found: Sequence[Measured], output: Path, stamps: Sequence[str], tiny: bool) -> None:
    """Write encoder_speed.csv and encoder_speed.md."""
    frame = pd.DataFrame([row for run in found for row in rows_of(run, tiny)], columns=list(COLUMNS))
    stamp = "; ".join(stamps)
    with atomic_path(output / "encoder_speed.csv") as path:
        frame.assign(processes=frame["processes"].astype("Int64"), stamp=stamp).to_csv(
            path, index=False, float_format="%.4f", lineterminator="\n"
        )
    devices = sorted({str(device) for device in frame["device"].dropna()}) or ["a device that is not known yet"]
    panel = Panel(f"Fine-tunes on {', '.join(devices)}.", cells_of(frame))
    write_text(output / "encoder_speed.md", markdown("How fast encoders are fine-tuned", [panel], NOTES, stamp))


def cells_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the cells that people read."""

    def whole(value: float) -> str:
        return NOTHING if math.isnan(value) else f"{value:,.0f}" if value >= 10 else f"{value:.2f}"

    def ratio(row: Any) -> str:
        if math.isnan(row.ratio):
            return NOTHING
        spread = "" if math.isnan(row.ratio_lowest) else f" [{row.ratio_lowest:.2f}, {row.ratio_highest:.2f}]"
        return f"{row.ratio:.2f}{spread}"

    def timed(row: Any) -> str:
        return f"{row.alternations} × {row.timed_batches} of {row.epoch_batches} batches" if row.alternations else NOTHING

    rows = list(frame.itertuples())
    return pd.DataFrame(
        {
            "architecture": [row.architecture for row in rows],
            "way": [row.way for row in rows],
            "processes": [whole(row.processes).removesuffix(".00") for row in rows],
            "precision": frame["precision"].fillna(NOTHING).tolist(),
            "fine-tunes an hour": [whole(row.fine_tunes_an_hour) for row in rows],
            "ours / plain": [ratio(row) for row in rows],
            "tokens a second": [whole(row.tokens_a_second) for row in rows],
            "padded / real tokens": [
                NOTHING if math.isnan(row.padded_to_real) else f"{row.padded_to_real:.2f}" for row in rows
            ],
            "share of peak": [NOTHING if math.isnan(row.share_of_peak) else f"{100 * row.share_of_peak:.1f} %" for row in rows],
            "GB a process": [NOTHING if math.isnan(row.memory_gb) else f"{row.memory_gb:.1f}" for row in rows],
            "timed": [timed(row) for row in rows],
            "note": [row.note or NOTHING for row in rows],
        }
    )


def sections_and_stamps(tiny: bool) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows to train on, and what has to be said of all figures."""
    if tiny:
        options: dict[str, Any] = {"source": "synthetic", "synthetic": {"rows": TINY_ROWS}}
    else:
        options = {"source": "file" if os.environ.get(ON_THE_BOOKS.variable) else "synthetic"}
    sections, provenance = fetch(DataOptions.from_mapping(options, ON_THE_BOOKS))
    stamps = [RANDOM, *([TINY] if tiny else [])]
    if of_corpus := stamp_of(provenance):
        stamps.append(of_corpus)
    return sections, stamps


def busy() -> str | None:
    """Say so where other work runs on this machine."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return f"other work ran beside it: load {load:.1f} on {cores()} cores at the start" if load > 0.5 else None


def environment_of(hardware: Hardware, threads: int) -> dict[str, str]:
    """Return the processes' environment: one card at most is visible, since the Trainer would spread over all."""
    environment = {**os.environ, "CUDA_DEVICE_ORDER": "PCI_BUS_ID", "HF_HUB_OFFLINE": "1"}
    environment |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    if hardware.accelerated and (variable := hardware.gpus[0].variable):
        environment[variable] = hardware.gpus[0].number
    return environment


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="folder for both tables")
    parser.add_argument("--minutes", type=float, default=8.0, help="all of it is done by then (default: 8)")
    parser.add_argument("--tiny", action="store_true", help="tiny sizes and a made-up corpus, as a test")
    parser.add_argument(
        "--alternations", type=int, help=f"how often each way is timed (default: {ALTERNATIONS}, tiny {TINY_ALTERNATIONS})"
    )
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda", "mps"])
    parser.add_argument("--threads", type=int, default=1, help="of each process (default: 1)")
    parser.add_argument("--config", type=Path, default=ROOT / "config.yaml")
    args = parser.parse_args(argv)
    began = time.time()
    hardware, other = detect(), busy()
    try:
        sections, stamps = sections_and_stamps(args.tiny)
    except StudyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    found = architectures(yaml.safe_load(args.config.read_text(encoding="utf-8"))["agents"])
    stamps += [other] if other else []
    with tempfile.TemporaryDirectory(prefix="encoder-speed-") as folder:
        work = Path(folder)
        sections.to_parquet(work / "sections.parquet")
        run = Run(
            found,
            work,
            work / "sections.parquet",
            environment_of(hardware, args.threads),
            args.device,
            args.tiny,
            args.alternations or (TINY_ALTERNATIONS if args.tiny else ALTERNATIONS),
            hardware,
            began,
            began + 60 * args.minutes,
        )
        for measured in found:
            measured.why["timed"] = NOT_TIMED
        try:
            for part in (run.both_ways, run.at_once):
                for number, measured in enumerate(found):
                    part(number)
                    write_tables(found, args.output, stamps, args.tiny)
                    print(f"{measured.name}: {'; '.join(measured.why.values()) or 'timed'}", file=sys.stderr, flush=True)
                # The card is free for those that share it.
                run.dismiss()
        finally:
            run.dismiss()
    print((args.output / "encoder_speed.md").read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())

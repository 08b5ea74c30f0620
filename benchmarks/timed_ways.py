"""Time one architecture: a recipe under the plain Trainer and as the study runs it, in turn, on the same rows.

A process of its own for benchmarks/encoder_speed.py, so that whatever goes wrong costs one architecture. It reads tasks from standard
input, a line of JSON each, and appends what it finds to the task's file ``answers``, likewise: what is there counts when it is stopped.
"""

import dataclasses
import gc
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PLAIN, OURS = "plain Trainer", "ours"
WAYS = (PLAIN, OURS)
PROBED = 4
"""Batches by which the time of a whole epoch is foretold."""
FEWEST = 2
SPARE = 0.85
"""Of the time left that is planned for: batches differ, and machines."""
TINY_LENGTH = 64


@dataclass(frozen=True)
class Task:
    """What the parent asks for.

    Attributes
    ----------
    agent, entry:
        A recipe's name and its entry of the configuration.
    folder:
        Where the checkpoint is, or is made.
    sections:
        Parquet file of the rows.
    tiny:
        Make the architecture as small as its tests allow.
    alternations:
        How often each way is timed.
    until:
        When to be done, in seconds since 1970.
    go:
        A file to wait for before ``fits`` fits of ours on ``batches`` batches, in place of both ways in turn; or None.
    """

    agent: str
    entry: dict[str, Any]
    folder: str
    sections: str
    answers: str
    device: str
    tiny: bool
    alternations: int
    until: float
    go: str | None = None
    batches: int = 0
    fits: int = 0


class OutOfTimeError(Exception):
    """The time left does not do for what is to come."""


class Answers:
    """Lines of JSON in a file, each there for good when it is written."""

    def __init__(self, path: Path):
        self._path = path

    def add(self, event: str, **values: Any) -> None:
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"event": event, **values}) + "\n")


class Bench:
    """An architecture with its texts, and fits of it by both ways."""

    def __init__(self, task: Task):
        import pandas as pd
        from torch import nn

        from mirage.encoders.cell import fold_rows
        from mirage.encoders.checkpoints import Checkpoint
        from mirage.encoders.devices import pick_device, place
        from mirage.encoders.hardware import detect
        from mirage.encoders.models import load_encoder, load_tokenizer
        from mirage.encoders.recipe import AS_RUN, resolve
        from mirage.encoders.tokens import tokenise
        from mirage.splits.names import Schemes
        from mirage.splits.options import SplitOptions
        from mirage.splits.registry import make_split

        recipe = resolve(task.agent, task.entry)
        if task.tiny:
            recipe = dataclasses.replace(recipe, max_length=min(recipe.max_length, TINY_LENGTH))
        sections = pd.read_parquet(task.sections)
        _make_checkpoint(task, recipe.checkpoint, sections["text"].tolist())
        self.recipe = recipe
        self.device = pick_device(task.device, detect())
        # The agent's own precision, as its script had it on this device, and the study's.
        as_run = dataclasses.replace(recipe, mode=AS_RUN)
        self.placements = {PLAIN: place(as_run, self.device), OURS: place(recipe, self.device)}
        self.checkpoint = Checkpoint(Path(task.folder), recipe.checkpoint, recipe.revision, None, "made with random weights")
        self.texts, self.labels = sections["text"].to_numpy(), sections["label"].to_numpy()
        self.tokenizer = load_tokenizer(self.checkpoint)
        self.tokens = tokenise(sections["text"], self.tokenizer, recipe.max_length)
        part = make_split(sections, Schemes()["stratified"], 0, SplitOptions())["part"].to_numpy()
        self.rows = fold_rows(part, recipe.mode)
        model = load_encoder(self.checkpoint, 0, cpu=True, shortcuts=False).model
        self.parameters = sum(each.numel() for each in model.parameters())
        self.passed = sum(module.weight.numel() for module in model.modules() if isinstance(module, nn.Linear))

    @property
    def batches(self) -> int:
        """Batches of an epoch."""
        return -(-len(self.rows.train) // self.recipe.batch_size)

    def sample(self, batches: int) -> Any:
        """Return as many training rows as fill these batches, and the same share of the scored rows, spread evenly over all lengths."""
        from mirage.encoders.training import FoldRows

        if batches >= self.batches:
            return self.rows
        share = batches / self.batches
        scored = (self._spread(rows, max(1, round(share * len(rows)))) for rows in (self.rows.validation, self.rows.test))
        return FoldRows(self._spread(self.rows.train, batches * self.recipe.batch_size), *scored)

    def _spread(self, rows: Any, number: int) -> Any:
        import numpy as np

        by_length = rows[np.argsort(self.tokens.lengths[rows], kind="stable")]
        return np.sort(by_length[((np.arange(number) + 0.5) / number * len(rows)).astype(int)])

    def longest(self) -> Any:
        """Return one batch of the longest rows and one of others, which need as much memory as any."""
        import numpy as np

        from mirage.encoders.training import FoldRows

        train = self.rows.train[np.argsort(-self.tokens.lengths[self.rows.train], kind="stable")]
        return FoldRows(train[: self.recipe.batch_size], self.rows.validation[:1], self.rows.test[:1])

    def timed(self, way: str, rows: Any, seed: int, work: Path) -> dict[str, Any]:
        """Fit one epoch and return its seconds, of training, of scoring and of all else, and its tokens."""
        started = time.perf_counter()
        fit = self._plain if way == PLAIN else self._ours
        training, scoring, tokens, padded = fit(rows, seed, work)
        start = time.perf_counter() - started - training - scoring
        scored = len(rows.validation) + len(rows.test)
        spent = {"start": start, "training": training, "scoring": scoring}
        return {"way": way, **spent, "rows": len(rows.train), "scored": scored, "tokens": tokens, "padded": padded}

    def _plain(self, rows: Any, seed: int, work: Path) -> tuple[float, float, int, int]:
        from plain_trainer import fit_plain

        recipe = dataclasses.replace(self.recipe, epochs=1)
        place = self.placements[PLAIN]
        done = fit_plain(self.checkpoint.path, self.tokenizer, self.texts, self.labels, rows, recipe, place, seed)
        return done.training, done.scoring, done.tokens, done.padded_tokens

    def _ours(self, rows: Any, seed: int, work: Path) -> tuple[float, float, int, int]:
        from mirage.encoders import training
        from mirage.encoders.models import load_encoder

        recipe = dataclasses.replace(self.recipe, epochs=1)
        encoder = load_encoder(self.checkpoint, seed, cpu=self.device == "cpu")
        task = training.Task(
            encoder, self.tokens, self.labels, rows, recipe, self.placements[OURS], seed, work, "timed", training.Options()
        )
        [epoch] = training.fit(task).record["epochs"]
        return epoch["seconds"], epoch["scoring_seconds"], epoch["tokens"], epoch["padded_tokens"]

    def memory_gb(self) -> float:
        """Return the most memory that this process held since :meth:`forget_memory`, on the card or else of the machine, in GB."""
        import resource

        import torch

        if self.device == "cuda":
            free, total = torch.cuda.mem_get_info()
            # What torch does not hold is the driver's own part, and whatever else runs there.
            return (torch.cuda.max_memory_reserved() + total - free - torch.cuda.memory_reserved()) / 1e9
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9

    def forget_memory(self) -> None:
        """Let :meth:`memory_gb` count from now on; the machine's memory, once held, is never forgotten."""
        import torch

        # The Trainer is held by its own callbacks until it is collected, and its model with it.
        gc.collect()
        if self.device == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def device_name(self) -> str:
        """Return the card's name, or the device's."""
        import torch

        return torch.cuda.get_device_name() if self.device == "cuda" else self.device


def _make_checkpoint(task: Task, name: str, texts: list[str]) -> None:
    folder = Path(task.folder)
    if folder.is_dir():
        return
    sys.path.insert(0, str(ROOT / "tests"))
    from standins import family_of, full_size, make_standin, small_size

    make_standin(folder, family_of(name), texts, size=small_size(name) if task.tiny else full_size(name))


def alternate(bench: Bench, task: Task, answers: Answers, work: Path) -> None:
    """Time both ways in turn, always in the same order, on as large a share of the epoch as the time left allows."""
    warm = {}
    for way in (OURS, PLAIN):
        bench.forget_memory()
        warm[way] = bench.timed(way, bench.longest(), 0, work)
        if way == OURS:
            answers.add("memory", gb=bench.memory_gb())
    probed, batches = warm, 1
    if not task.tiny and PROBED * sum(_seconds(each) for each in warm.values()) < 0.2 * (task.until - time.time()):
        batches = min(PROBED, bench.batches)
        probed = {way: bench.timed(way, bench.sample(batches), 0, work) for way in WAYS}
    a_batch = sum(each["training"] + each["scoring"] for each in probed.values()) / batches
    start = sum(each["start"] for each in probed.values())
    left = SPARE * (task.until - time.time()) / task.alternations - start
    affordable = bench.batches if task.tiny else min(bench.batches, int(left / a_batch))
    if affordable < FEWEST:
        needed = start + FEWEST * a_batch
        raise OutOfTimeError(
            f"{FEWEST} batches by both ways take {needed:.0f} s, {max(0.0, task.until - time.time()):.0f} s are left"
        )
    rows = bench.sample(affordable)
    answers.add("share", batches=affordable, of=bench.batches)
    for number in range(1, task.alternations + 1):
        for way in WAYS:
            bench.forget_memory()
            answers.add("timed", alternation=number, **bench.timed(way, rows, number, work), memory_gb=bench.memory_gb())


def _seconds(timed: dict[str, Any]) -> float:
    return sum(float(timed[part]) for part in ("start", "training", "scoring"))


def beside_others(bench: Bench, task: Task, answers: Answers, work: Path) -> None:
    """Warm up, wait for the others, and fit by ours."""
    rows = bench.sample(task.batches)
    bench.timed(OURS, rows if task.tiny else bench.sample(1), 0, work)
    answers.add("ready")
    assert task.go is not None
    while not Path(task.go).exists():
        time.sleep(0.02)
    begun = time.time()
    for seed in range(task.fits):
        bench.timed(OURS, rows, seed, work)
    answers.add("together", begun=begun, ended=time.time())


def about(bench: Bench) -> dict[str, Any]:
    """Return what the table says of an architecture and its device."""
    return {
        "device": bench.device,
        "card": bench.device_name(),
        "precision": {way: placement.precision for way, placement in bench.placements.items()},
        "parameters": bench.parameters,
        "passed": bench.passed,
        "epochs": bench.recipe.epochs,
        "train_rows": len(bench.rows.train),
        "scored_rows": len(bench.rows.scored),
        "tokens_a_row": float(bench.tokens.lengths[bench.rows.train].mean()),
    }


def why(error: BaseException) -> str:
    """Return an error's reason in one line."""
    from mirage.errors import StudyError

    told = " ".join(str(error).split())
    return (told if isinstance(error, OutOfTimeError | StudyError) else f"{type(error).__name__}: {told}")[:300]


def work_off(task: Task) -> None:
    """Do a task, or say why it cannot be done."""
    answers = Answers(Path(task.answers))
    try:
        bench = Bench(task)
        answers.add("about", **about(bench))
        (beside_others if task.go else alternate)(bench, task, answers, Path(task.answers).with_suffix(".work"))
    except Exception as error:
        answers.add("stopped", why=why(error), out_of_time=isinstance(error, OutOfTimeError))
    answers.add("done")


def main() -> int:
    from mirage.encoders.runtime import ENVIRONMENT, keep_freed_memory

    os.environ |= ENVIRONMENT
    # Both ways have what the study sets for its own: on a CPU the plain Trainer is a little faster for it.
    keep_freed_memory()
    for line in sys.stdin:
        work_off(Task(**json.loads(line)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""From the configuration of a study to its page: plan, first answer where a budget asks for one, the rest, and what was found."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mirage.errors import StudyError
from mirage.files import listed, write_text
from mirage.folder import StudyFolder
from mirage.headline import headline_lines
from mirage.machine import cores as every_core
from mirage.program import typed
from mirage.running import command, run_workflow
from mirage.spans import said
from mirage.study.budget import first_answer, seconds_of
from mirage.study.forecast import forecast, seconds_left
from mirage.study.grid import Study

FIRST = ".first-answer.yaml"  # the part of the study that a budget allows
ANSWER = "answer"  # the workflow's target with the first tables


def run_study(folder: StudyFolder, *, cores: str = "all", budget: str | None = None, further: Sequence[str] = ()) -> None:
    """Run a study to its page, or as far as a budget allows.

    Parameters
    ----------
    cores:
        A number, or ``all``.
    budget:
        A time such as 5m; without it the study runs to its page.
    further:
        What Snakemake is told beside; then all that it prints is shown.

    Raises
    ------
    StudyError
        When the configuration does not do, a step fails, or an option makes no sense.
    StoppedError
        When the user stops it.
    """
    number, seconds = number_of(cores), seconds_of(budget) if budget else None
    started = time.monotonic()
    config = folder.read()
    study = folder.study(config)
    print("\n".join(plan_lines(folder, study, number)), flush=True)
    if seconds is not None and not _fits(folder, study, number, seconds):
        left_out = _first(folder, config, study, number, seconds)
        rest = seconds - (time.monotonic() - started)
        if not _fits(folder, study, number, rest):
            print(f"\nleft out: {'; '.join(left_out)}\nto run it: {typed('run', folder.path)}")
            return
    run_workflow(folder, command(str(number), further=further), shown=bool(further))
    if folder.page.is_file() and not further:
        print("\n".join(["", *headline_lines(folder.results), "", f"page: {folder.page}"]), flush=True)


def plan_lines(folder: StudyFolder, study: Study, cores: int) -> list[str]:
    """Return what a run would do, what is done, and how long the rest takes."""
    with folder.at_work():
        cheap, *encoders, page = forecast(study, Path("results"), cores)
    lines = [cheap, *(encoders if study.encoder_grid else []), page]
    return [f"{study.config['study']} ({folder.path}):", *(f"  {line}" for line in lines)]


def _fits(folder: StudyFolder, study: Study, cores: int, budget: float) -> bool:
    with folder.at_work():
        seconds = seconds_left(study, Path("results"), cores)
    return seconds is not None and seconds <= budget


def _first(folder: StudyFolder, config: dict[str, Any], study: Study, cores: int, budget: float) -> Sequence[str]:
    """Run the part of the study that the budget allows, print its answer, and return what it leaves out."""
    import yaml

    with folder.at_work():
        part = first_answer(study, config, Path("results"), cores, budget)
    told = "a time that cannot be foretold" if part.seconds is None else f"about {said(part.seconds)}"
    over = part.seconds is not None and part.seconds > budget
    print(
        f"the whole does not fit {said(budget)}; first an answer from {part.config['seeds']} seeds, "
        f"{len(part.config['agents'])} agents and {len(part.config['schemes'])} splits, in {told}"
        + (", the least there is, which does not fit either" if over else ""),
        flush=True,
    )
    write_text(folder.path / FIRST, yaml.safe_dump(dict(part.config), allow_unicode=True, sort_keys=False))
    run_workflow(folder, command(str(cores), FIRST, [ANSWER]))
    tables = ", ".join(path.name for path in listed(folder.results / "tables", "*.md"))
    print("\n".join(["", *headline_lines(folder.results), "", f"tables: {folder.results}/tables/ ({tables})"]), flush=True)
    return part.left_out


def number_of(cores: str) -> int:
    if cores == "all":
        return every_core()
    if not cores.isdigit() or not int(cores):
        raise StudyError(f"--cores {cores}: no number of cores; write 1 or more, or all")
    return int(cores)

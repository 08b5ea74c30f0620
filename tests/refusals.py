"""Hostile inputs and machines, each met for real, with the line that its user gets: what docs/refusals.md is made of.

`python tests/refusals.py`, with the folder of the package on PYTHONPATH, writes the page.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import functools
import getpass
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
import yaml

from mirage.__main__ import main
from mirage.errors import StudyError
from mirage.locks import MARK, clear_stale_lock, mark
from mirage.logs import run_main
from mirage.machine import check_folder, check_home
from mirage.markdown import cell, table_lines
from mirage.report.origins import commit_of
from mirage.tables.layout import Panel, latex, write_table
from snakemake_logger_plugin_mirage.refused import in_one_line

PAGE = Path(__file__).parents[1] / "docs/refusals.md"
ROWS = "text,label,site\n" + "".join(f"some words of row {n} here,{'yes' if n % 2 else 'no'},s{n % 4}\n" for n in range(60))

ABOUT = """\
inputs and machines that a study cannot use as they are, or that look as if it could not, with what is told.
`python tests/refusals.py` meets each of them and writes this page, and a test holds the page to it. Errors that a test cannot bring about
everywhere, as of a disk that is full, are put in the place where the system raises them.

No traceback is shown; `--debug` after a `mirage` command, or MIRAGE_DEBUG=1 before any other, shows it. Plain `snakemake` tells the same,
by the logger `mirage`, which the profile of the checkout names. Without it (`--workflow-profile none`, or a profile of your own) Snakemake
speaks for itself: of a home that cannot be written, a traceback that ends in `PermissionError: [Errno 13] Permission denied:` and the
folder, where `export XDG_CACHE_HOME=FOLDER` helps; of a lock, whoever holds it, `LockException: Error: Directory cannot be locked.` and the
advice to use `--unlock`. While a run is at work that would let a second one write into its files: add `--logger mirage` to the command to
be told whose the lock is.

What a study does not show, and what was not tried, stands in [Limits](limits.md)."""

Case = Callable[[], str]


def told(*arguments: str) -> str:
    """Return the one line that a call of mirage in the working directory puts on standard error."""
    error = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(error), contextlib.suppress(SystemExit):
        main(list(arguments))
    return error.getvalue().strip()


def script(error: BaseException) -> str:
    """Return the line that a command of a rule ends with, given what goes wrong in it."""

    def body(args: argparse.Namespace) -> None:
        raise error

    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        run_main(argparse.ArgumentParser(), body, [])
    return said.getvalue().strip()


def refused(check: Callable[..., Any], *arguments: Any) -> str:
    """Return what a check says that must not pass."""
    try:
        check(*arguments)
    except StudyError as error:
        return f"error: {error}"
    raise AssertionError(f"{check.__name__} refused nothing")


def reading(content: str | bytes, name: str = "my.csv", *more: str) -> Case:
    """Make a study of a file."""

    def met() -> str:
        Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return told("init", name, *more)

    return met


def csv(label: str, rows: int = 50) -> str:
    """Return a csv of rows, given a label with {n} where the row's number stands."""
    return "text,label\n" + "".join(f"some words of row {n},{label.format(n=n)}\n" for n in range(rows))


@functools.cache
def configuration() -> dict[str, Any]:
    """Return the configuration that is proposed for the rows."""
    with at_work():
        Path("my.csv").write_text(ROWS)
        told("init", "my.csv", "--yes", "--output", "study")
        return yaml.safe_load(Path("study/config.yaml").read_text())


def configured(change: Callable[[dict[str, Any]], object] | str) -> Case:
    """Plan a study whose configuration is changed, or is another text."""

    def met() -> str:
        config = json.loads(json.dumps(configuration()))
        if not isinstance(change, str):
            change(config)
        Path("my.csv").write_text(ROWS)
        config["data"]["path"] = "my.csv"
        Path("config.yaml").write_text(change if isinstance(change, str) else yaml.safe_dump(config))
        return told("plan")

    return met


def locked(**facts: Any) -> Case:
    """Start beside the lock of a run, whose mark says so."""

    def met() -> str:
        Path(".snakemake/locks").mkdir(parents=True)
        Path(".snakemake/locks/0.output.lock").touch()
        mark(Path())
        found = json.loads(Path(MARK).read_text())
        Path(MARK).write_text(json.dumps({**found, "user": "ann", "pid": 4711, **facts}))
        return refused(clear_stale_lock, Path.cwd())

    return met


def with_mark(text: str | None) -> Case:
    """Start beside a lock with a mark that is damaged or gone."""

    def met() -> str:
        Path(".snakemake/locks").mkdir(parents=True)
        Path(".snakemake/locks/0.output.lock").touch()
        if text is not None:
            Path(MARK).write_text(text)
        return refused(clear_stale_lock, Path.cwd())

    return met


def start_of_make() -> str:
    return refused(clear_stale_lock, Path.cwd())


def start_of_snakemake(exception: str = "LockException") -> str:
    """Return what is told of what Snakemake refuses to start for."""
    said = in_one_line(exception, Path.cwd())
    assert said, f"{exception} is left to Snakemake's words"
    return said


def beside(code: str, *words: str, marked: bool = False, start: Case = start_of_make) -> Case:
    """Start beside a process at work in the folder."""

    def met() -> str:
        ends = f"{code}; print('up', flush=True); input()"
        running = subprocess.Popen([sys.executable, "-c", ends, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert running.stdout
            running.stdout.readline()
            if marked:
                mark(Path(), running.pid)
            return start()
        finally:
            running.communicate(b"\n")

    return met


def after_a_kill() -> str:
    """Start plain Snakemake where a killed run left its lock."""
    Path(".snakemake/locks").mkdir(parents=True)
    Path(".snakemake/locks/0.output.lock").touch()
    dead = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark(Path(), dead.pid)
    dead.communicate(b"\n")
    return start_of_snakemake()


HELD = "from pathlib import Path; from mirage.locks import hold; hold(Path())"


def full_disk() -> str:
    with mock.patch.object(shutil, "disk_usage", return_value=mock.Mock(free=1_400_000)):
        return refused(check_folder, Path.cwd())


def unwritable(name: str, start: Case = lambda: refused(check_home)) -> Case:
    def met() -> str:
        allowed = os.access
        with mock.patch.object(os, "access", lambda path, mode: Path(path).name != name and allowed(path, mode)):
            if name == "home":
                Path("home").mkdir()
                with mock.patch.dict(os.environ, {"XDG_CACHE_HOME": str(Path("home/.cache").absolute())}):
                    return start()
            Path(name).mkdir()
            return refused(check_folder, Path.cwd())

    return met


def no_folder() -> str:
    Path("results").touch()
    return refused(check_folder, Path.cwd())


def link_to_nowhere() -> str:
    Path("results").symlink_to("/nowhere")
    return refused(check_folder, Path.cwd())


def link_to_a_folder() -> str:
    Path("elsewhere").mkdir()
    Path("results").symlink_to("elsewhere")
    check_folder(Path.cwd())
    return "runs; the results lie where the link leads"


def killed_writer() -> str:
    code = "from mirage.files import atomic_path; import os\nwith atomic_path('tables/f1.md'): os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code], check=False)
    from mirage.files import listed, sweep

    assert list(Path("tables").iterdir())
    assert listed(Path("tables")) == []
    assert sweep(Path()) == 1
    assert list(Path("tables").iterdir()) == []
    return "runs; what it was writing is listed nowhere, and swept away"


def archive_elsewhere() -> str:
    def git(*arguments: str) -> None:
        named = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", *named, *arguments], check=True, capture_output=True)

    git("init", "--quiet")
    Path("mirage").mkdir()
    Path("mirage/Snakefile").touch()
    git("add", ".")
    git("commit", "--quiet", "--message", "theirs")
    return f"runs; the page says: commit {commit_of(Path('mirage'))}"


def without_git() -> str:
    with mock.patch.dict(os.environ, {"PATH": ""}):
        return f"runs; the page says: commit {commit_of(Path.cwd())}"


def named(name: str) -> Case:
    """Show how tables write a group."""

    def met() -> str:
        frame = pd.DataFrame({"group": [name], "f1": [".5"]})
        write_table(Path("t"), "T", frame, [], [], None)
        in_csv = Path("t.csv").read_text().splitlines()[1:]
        body = re.search(r"\\midrule\n(.*) & \.5", latex("T", [Panel("F1.", frame)], [], None))
        assert body
        shown = "csv `" + " ".join(in_csv).rpartition(",")[0] + "`"
        return f"Markdown `{cell(name)}`, {shown}, LaTeX `{body[1]}`"

    return met


CASES: dict[str, dict[str, Case]] = {
    "Files": {
        "no such file": lambda: told("init", "my.csv"),
        "a folder": lambda: (os.mkdir("my.csv"), told("init", "my.csv"))[1],
        "an empty file": reading(""),
        "a header alone": reading("text,label\n"),
        "bytes that are no text": reading(bytes(range(256)) * 20),
        "text in another encoding": reading(csv("ö{n}").encode("latin-1")),
        "NUL characters": reading("text,label\n" + "wo\0rds,1\n" * 50),
        "an image": reading(b"\x89PNG\r\n\x1a\n", "my.png"),
        "a zip": reading(b"PK\x03\x04", "my.zip"),
        "a workbook that is none": reading(b"hello", "my.xlsx"),
        "a parquet file cut off": reading(b"PAR1xxxx", "my.parquet"),
        "JSON cut off": reading('{"a": ', "my.json"),
        "JSON lines, one of them broken": reading('{"text": "a", "label": "b"}\n{"text":\n', "my.jsonl"),
        "JSON of something else": reading("5", "my.json"),
        "rows longer than the header": reading("text,label\n" + "a,b,c\n" * 10),
        "a quote that is never closed": reading('text,label\n"never closed,1\n' + "a b,0\n" * 30),
        "two columns of one name": reading("text,text,label\na b,c d,1\n"),
        "no column of texts": reading("text\n" + "a b c\n" * 50),
        "one label in all rows": reading(csv("yes")),
        "a label for each row": reading(csv("l{n}")),
        "too few rows": reading("text,label\na b,1\nc d,0\n"),
        "a column that is not there": reading(ROWS, "my.csv", "--label", "nowhere"),
        "one column for the label and the group": reading(ROWS, "my.csv", "--label", "label", "--group", "label"),
        "an option written twice": reading(ROWS, "my.csv", "--positive", "yes", "--positive", "no"),
    },
    "Configurations": {
        "no configuration": lambda: told("plan"),
        "no such folder": lambda: told("plan", "nowhere"),
        "no YAML": configured("seeds: [\n"),
        "an empty file": configured(""),
        "a list": configured("- 1\n"),
        "a key written twice": configured("study: a\nseeds: 1\nseeds: 2\n"),
        "a misspelt key": configured(lambda config: config.update(sedes=3)),
        "no seeds": configured(lambda config: config.update(seeds=0)),
        "words for a number": configured(lambda config: config.update(seeds="many")),
        "a split that is unknown": configured(lambda config: config.update(schemes=["nowhere"])),
        "an agent called ../x": configured(
            lambda config: config["agents"].update({"../x": {"title": "X", "kind": "constant"}})
        ),
        "an agent of an unknown kind": configured(lambda config: config["agents"].update(x={"title": "X", "kind": "oracle"})),
        "no number of cores": lambda: (configured(lambda config: None)(), told("run", "--cores", "none"))[1],
        "a budget that is no time": lambda: (configured(lambda config: None)(), told("run", "--budget", "soon"))[1],
        "sessions that are not there": lambda: told("sessions", "nowhere"),
    },
    "Other runs": {
        "a run at work, whoever started it": beside(HELD),
        "plain snakemake beside a run at work": beside(HELD, start=start_of_snakemake),
        "plain snakemake after a run that was killed": after_a_kill,
        "two calls of make at once": beside("pass", "make", marked=True),
        "a lock of another machine": locked(host="node-17"),
        "a lock of another container": locked(namespace="pid:[1]"),
        "a lock without a mark": with_mark(None),
        "a mark that is damaged": with_mark("{"),
        "a mark of something else": with_mark("[]"),
        "a command that a killed run left at work": beside("pass", "scripts/fit_cells.py"),
        "what a killed process was writing": killed_writer,
    },
    "Machines": {
        "a disk that is full": full_disk,
        "a disk that becomes full": lambda: script(OSError(errno.ENOSPC, "", "results/tables/f1.csv")),
        "a quota that is used up": lambda: script(OSError(errno.EDQUOT, "", "results/tables/f1.csv")),
        "a folder without the right to write": unwritable("results"),
        "a file without the right to write": lambda: script(PermissionError(errno.EACCES, "", "results/tables/f1.csv")),
        "a read-only file system": lambda: script(OSError(errno.EROFS, "", "results/tables/f1.csv")),
        "a home that cannot be written": unwritable("home"),
        "plain snakemake with such a home": unwritable("home", lambda: start_of_snakemake("PermissionError")),
        "results is a file": no_folder,
        "results is a link to nowhere": link_to_nowhere,
        "results is a link to a folder": link_to_a_folder,
        "a folder where a file belongs": lambda: script(
            IsADirectoryError(errno.EISDIR, "", "a", None, "results/tables/f1.csv")
        ),
        "a name too long": lambda: script(OSError(errno.ENAMETOOLONG, "", "n" * 20 + "…")),
        "no memory left": lambda: script(MemoryError()),
        "Ctrl-C": lambda: script(KeyboardInterrupt()),
        "no git": without_git,
        "an archive of the project in another repository": archive_elsewhere,
        "a defect of ours": lambda: re.sub(r"logs\.py:\d+|refusals\.py:\d+", "FILE:LINE", script(KeyError("a key"))),
    },
    "Names of groups, labels and agents": {
        f"`{name}`": named(name)
        for name in (
            *("<script>alert(1)</script>", "a & b &amp;", "**bold** _x_", "[a](javascript:b)", "\\ ~ ^", "$x^2$ and $y$"),
            *("=1+1", "+1+cmd", "-2+3", "@SUM(A1)", "'=1", "50 % {a} #2"),
            *("NA", "nan", "null", "1e3", "007", "-5"),
        )
    },
}


def line_of(case: Case) -> str:
    """Meet a case in a folder of its own, and return its line with names that are the same everywhere."""
    with at_work() as folder:
        said = case()
    for found, name in ((f"{folder}/", ""), (str(folder), "FOLDER"), (f"of {getpass.getuser()}", "of USER")):
        said = said.replace(found, name)
    said = re.sub(r"\b(process|kill|user) \d+", r"\1 N", said.replace("process 4711", "process N"))
    return " ".join(said.split())


@contextlib.contextmanager
def at_work() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield Path(folder).resolve()


def page() -> str:
    """Return the page."""
    number = sum(map(len, CASES.values()))
    lines = ["# Refusals: what is told, and when", "", f"{number} {ABOUT}"]
    for title, cases in CASES.items():
        names = title.startswith("Names")
        rows = [(name if names else cell(name), _code(line_of(case), names)) for name, case in cases.items()]
        head = ("name", "as it is written") if names else ("what", "what is told, or what becomes of it")
        lines += ["", f"## {title}", "", *table_lines(head, rows, marked_up=True)]
    return "\n".join(lines) + "\n"


def _code(line: str, names: bool) -> str:
    return line if names or not line.startswith(("error:", "stopped")) else f"`{line}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

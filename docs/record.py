"""Record the runs of `make` in docs/terminal.md again: what each leaves on a terminal of 80 columns.

`python docs/record.py` takes the last commit into a folder of its own, with the environment that `make` made here, and runs the small
study there once, in four parts. Below each heading of RECORDINGS the first block is written anew; the words around it are read over by
hand. Of the line that is written over, at most MOMENTS states are shown, one under the other.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import tempfile
import termios
from pathlib import Path

from snakemake_logger_plugin_mirage.screen import CLEAR

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/terminal.md"
MAKE = 'make ARGS="--configfile tests/workflow/small.yaml"'
# Below each heading its command, and the number of finished steps at which Ctrl-C is typed. Each run goes on from the one before.
RECORDINGS = {
    "A first run, and Ctrl-C": (MAKE, 22),
    "A failure": (f'{MAKE[:-1]} mine.yaml"', None),
    "A pipe": (f"{MAKE} 2>&1 | tee run.txt", None),
    "A run again": (MAKE, None),
}
FAILS = "agents: {mine: {title: Mine, kind: sklearn, estimator: 'mine:Model'}}\n"
MODEL = "class Model:\n    pass\n"
COLUMNS, LINES = 80, 24
MOMENTS = 4
CTRL_C = "^C"
STEPS = re.compile(r"(\d+) of \d+ steps")


def checkout(folder: Path) -> Path:
    """Clone the project into the folder, with links to the environment of this checkout."""
    clone = folder / "mirage"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    (clone / ".venv").mkdir()
    for part in ("bin", "lib", "pyvenv.cfg"):
        (clone / ".venv" / part).symlink_to((ROOT / ".venv" / part).resolve())
    for step in ("installed", "plugins", "encoders"):
        (clone / ".venv" / step).touch()
    (clone / "mine.yaml").write_text(FAILS)
    (clone / "mine.py").write_text(MODEL)
    return clone


def typed(command: str, folder: Path, stop_at: int | None) -> str:
    """Return all that a command writes on a terminal; Ctrl-C is typed when so many steps are done."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ |= {"TERM": "xterm", "PYTHONPATH": str(folder / "workflow/src")}
        os.environ.pop("COLUMNS", None)
        os.execvp("bash", ["bash", "-c", command])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    written, stopped = b"", False
    # Linux says by an error that the other end is closed.
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 4096):
            written += piece
            done = STEPS.findall(written.decode(errors="replace"))
            if stop_at is not None and not stopped and done and int(done[-1]) >= stop_at:
                os.write(terminal, b"\x03")
                stopped = True
    os.waitpid(child, 0)
    return written.decode()


def lines_of(written: str) -> list[str]:
    """Return the lines that stay, and in the place of a line that was written over some of its states."""
    lines: list[str] = []
    for line in written.replace("\r\n", "\n").rstrip("\n").split("\n"):
        *over, last = line.split(CLEAR)
        states = [state for state in over if state]
        lines += [
            *moments([state.removesuffix(CTRL_C) for state in states]),
            *(CTRL_C for state in states if state.endswith(CTRL_C)),
            last,
        ]
    return lines


def moments(states: list[str]) -> list[str]:
    """Return the first state, the last, and some between, as far apart as can be."""
    places = range(min(MOMENTS, len(states)))
    return [states[place * (len(states) - 1) // max(len(places) - 1, 1)] for place in places]


def wrapped(line: str) -> str:
    """Return a line as a terminal breaks it."""
    return "\n".join(line[start : start + COLUMNS].rstrip() for start in range(0, max(len(line), 1), COLUMNS))


def written_below(page: str, heading: str, command: str, lines: list[str]) -> str:
    """Put a command and its lines into the first block below a heading of the page."""
    before, found, after = page.partition(f"## {heading}\n")
    block = "\n".join(["```console", f"$ {command}", *map(wrapped, lines), "```"])
    return before + found + re.sub(r"```console\n.*?```", lambda _: block, after, count=1, flags=re.DOTALL)


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        clone = checkout(Path(temporary))
        for heading, (command, stop_at) in RECORDINGS.items():
            lines = lines_of(typed(command, clone, stop_at).replace(str(clone), "mirage"))
            page = PAGE.read_text(encoding="utf-8")
            PAGE.write_text(written_below(page, heading, command, lines), encoding="utf-8")


if __name__ == "__main__":
    main()

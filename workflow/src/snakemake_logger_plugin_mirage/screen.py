"""Where a run is told: on a terminal one line that is written over, elsewhere plain lines."""

from __future__ import annotations

import os
import shutil
import threading
from typing import TextIO

CLEAR = "\r\x1b[2K"
NARROWEST = 20  # columns
# Left free at the end of the live line: what a terminal writes there for Ctrl-C must not begin a second row, which alone would be cleared.
TYPED = len("^C")


class Screen:
    """A stream with at most one live line at its end. Every method may be called from any thread.

    Parameters
    ----------
    stream:
        What is written to; it has a live line where it is a terminal that can clear one.
    """

    def __init__(self, stream: TextIO):
        self._stream = stream
        self.live = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._shown = ""
        self._lock = threading.Lock()

    def print(self, text: str) -> None:
        """Write lines that stay, above the live one."""
        with self._lock:
            self._write(f"{CLEAR if self._shown else ''}{text}\n{self._shown}")

    def show(self, line: str) -> None:
        """Write over the live line; nothing happens where there is none."""
        with self._lock:
            cut = _cut(line, max(NARROWEST, shutil.get_terminal_size().columns) - TYPED)
            if self.live and cut != self._shown:
                self._shown = cut
                self._write(f"{CLEAR}{cut}")

    def clear(self) -> None:
        """Take the live line away."""
        with self._lock:
            if self._shown:
                self._shown = ""
                self._write(CLEAR)

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            # Whoever read has gone; the run goes on.
            pass
        except UnicodeEncodeError:
            encoding = self._stream.encoding or "ascii"
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 3]}..."

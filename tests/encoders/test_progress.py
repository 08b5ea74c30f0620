import io
import logging

import pytest

from mirage.encoders import progress as progress_module
from mirage.encoders.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves only when told to."""
    now = [100.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    return now


def test_a_terminal_gets_one_line_that_is_drawn_over(clock, caplog):
    caplog.set_level(logging.INFO)
    stream = Terminal()
    progress = Progress("tiny", steps=20, stream=stream)
    for _ in range(5):
        clock[0] += 1.0
        progress.step(1, 2, 0.25)
    assert stream.getvalue().count("\r") == 5
    assert "\n" not in stream.getvalue()
    assert stream.getvalue().endswith("tiny: epoch 1/2, step 5/20, loss 0.250, 15 s left")
    progress.epoch(1, 2, 0.25, "test F1 0.900")
    assert stream.getvalue().endswith("\r\x1b[2K")
    assert caplog.messages == ["tiny: epoch 1/2, loss 0.2500, test F1 0.900, 15 s left"]


def test_the_line_is_drawn_no_more_than_twice_a_second(clock):
    stream = Terminal()
    progress = Progress("tiny", steps=100, stream=stream)
    for _ in range(100):
        clock[0] += 0.05
        progress.step(1, 1)
    assert 5 <= stream.getvalue().count("\r") <= 10


def test_elsewhere_there_are_log_lines_only(clock, caplog):
    caplog.set_level(logging.INFO)
    stream = io.StringIO()
    progress = Progress("tiny", steps=600, done=300, stream=stream)
    for _ in range(100):
        clock[0] += 1.0
        progress.step(4, 6, 0.5 if progress.due else None)
    assert not progress.due
    progress.epoch(4, 6, 0.5, "validation F1 0.800")
    progress.close()
    assert stream.getvalue() == ""
    # 100 steps in 100 seconds in this process, 200 to go.
    *within, epoch = caplog.messages
    assert epoch == "tiny: epoch 4/6, loss 0.5000, validation F1 0.800, 3.3 min left"
    assert len(within) == 6
    assert within[0] == "tiny: epoch 4/6, step 315/600, loss 0.500, 4.8 min left"

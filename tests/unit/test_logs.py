import argparse
import errno
import logging
import os
import subprocess
import sys

import pandas as pd
import pytest

from mirage.errors import StudyError
from mirage.logs import run_main


@pytest.fixture
def parser():
    parser = argparse.ArgumentParser(prog="fit")
    parser.add_argument("--seed", type=int, required=True)
    return parser


def test_success_passes_the_arguments_on_and_returns_zero(parser):
    seen = []
    assert run_main(parser, lambda args: seen.append(args.seed), ["--seed", "7"]) == 0
    assert seen == [7]


def test_log_lines_go_to_standard_error_with_the_time(parser, capsys):
    run_main(parser, lambda args: logging.getLogger("mirage.x").info("%d cells", args.seed), ["--seed", "3"])
    printed = capsys.readouterr()
    assert printed.out == ""
    clock, words = printed.err.rstrip("\n").split(" ", 1)
    assert len(clock.split(":")) == 3
    assert words == "3 cells"


def test_a_study_error_is_one_line_and_status_one(parser, capsys):
    def body(args):
        raise StudyError("laws.csv: row 3:\nlabel is '2'; write 0 or 1")

    assert run_main(parser, body, ["--seed", "0"]) == 1
    assert capsys.readouterr().err == "error: laws.csv: row 3: label is '2'; write 0 or 1\n"


@pytest.mark.parametrize("read", [open, pd.read_csv, pd.read_parquet])
def test_a_missing_file_is_named_whoever_looked_for_it(parser, capsys, tmp_path, read):
    path = str(tmp_path / "nowhere.file")
    assert run_main(parser, lambda args: read(path), ["--seed", "0"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert path in line


def broken(args):
    return {}["a key"]


def test_a_defect_is_one_line_that_says_where_it_is(parser, capsys):
    assert run_main(parser, broken, ["--seed", "0"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: KeyError: 'a key'; a defect of mirage, at mirage/logs.py:")
    assert line.endswith("; to see more: the same command after MIRAGE_DEBUG=1")


def test_a_traceback_is_shown_on_demand(parser, monkeypatch):
    with pytest.raises(KeyError):
        run_main(parser, broken, ["--seed", "0", "--debug"])
    monkeypatch.setenv("MIRAGE_DEBUG", "1")
    with pytest.raises(KeyError):
        run_main(argparse.ArgumentParser(), broken, [])


def test_who_stops_a_command_gets_no_traceback(parser, capsys):
    def body(args):
        raise KeyboardInterrupt

    assert run_main(parser, body, ["--seed", "0"]) == 130
    assert capsys.readouterr().err == "stopped\n"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space", "/d/a.csv"), "/d/a.csv: the disk is full; free some space"),
        (OSError(errno.ENOSPC, "[errno 28] while writing"), "the disk is full; free some space"),
        (OSError(errno.EDQUOT, "x", "a"), "a: the quota of the disk is used up; free some space"),
        (OSError(errno.EACCES, "x", "a"), "a: permission denied; give this user the right, or work in a folder of your own"),
        (OSError(errno.EROFS, "x", "a"), "a: the file system is read-only; work in a folder that can be written"),
        (OSError(errno.EISDIR, "x", ".a.tmp", None, "a.csv"), "a.csv: is a folder where a file belongs; move it away"),
        (OSError(errno.ENOTDIR, "x", "a"), "a: is a file where a folder belongs; move it away"),
        (OSError(errno.EIO, "Input/output error", "a"), "a: input/output error"),
        (OSError("no number"), "no number"),
        (MemoryError(), "the memory of this machine does not do; run with fewer --cores, or close other programs"),
    ],
)
def test_what_a_machine_refuses_is_told_with_what_to_do(parser, capsys, error, expected):
    def body(args):
        raise error

    assert run_main(parser, body, ["--seed", "0"]) == 1
    assert capsys.readouterr().err == f"error: {expected}\n"


def test_a_wrong_command_line_is_argparse_s_to_tell(parser, capsys):
    with pytest.raises(SystemExit) as stopped:
        run_main(parser, lambda args: None, ["--seed", "one"])
    assert stopped.value.code == 2
    assert "invalid int value: 'one'" in capsys.readouterr().err


def test_whoever_stops_reading_gets_no_traceback():
    body = "import argparse, sys; from mirage.logs import run_main; parser = argparse.ArgumentParser(); "
    body += "sys.exit(run_main(parser, lambda args: print('a line', flush=True), []))"
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run([sys.executable, "-c", body], stdout=writes, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writes)
    assert (done.returncode, done.stderr) == (1, "")

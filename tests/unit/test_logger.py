"""What the one-line logger makes of the records of a run."""

from __future__ import annotations

import io
import logging
from types import SimpleNamespace

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

import snakemake_logger_plugin_mirage as plugin
from snakemake_logger_plugin_mirage import LogHandler, LogHandlerSettings
from snakemake_logger_plugin_mirage.screen import CLEAR, Screen
from snakemake_logger_plugin_mirage.steps import Step, Steps, how_far

QUIET = SimpleNamespace(dryrun=False, verbose=False, printshellcmds=False, debug_dag=False, nocolor=True, stdout=False)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Run:
    """A run of Snakemake, whose records go to the logger; a second passes between two of them."""

    def __init__(self, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(plugin.sys, "stderr", stream)
        monkeypatch.setattr(plugin, "REFRESH", 1000)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "80")
        self.stream, self.now = stream, 100.0
        self.handler = LogHandler(QUIET, LogHandlerSettings())

    def say(self, message: str | None = None, level: int = logging.INFO, **extra: object) -> None:
        record = logging.LogRecord("snakemake", level, "", 0, message, (), None)
        record.created = self.now = self.now + 1
        record.__dict__.update(extra)
        self.handler.handle(record)

    def start(self) -> None:
        self.say("Config file a.yaml is extended by additional config specified via the command line.")
        self.say("Workflow has started!", event=LogEvent.WORKFLOW_STARTED)

    def plan(self, **counts: int) -> None:
        self.say("Job stats:", event=LogEvent.RUN_INFO, stats={**counts, "total": sum(counts.values())})

    def begin(self, number: int, rule: str, message: str | None = None, log: str = "logs/none.log") -> None:
        self.say("Job", event=LogEvent.JOB_INFO, jobid=number, rule_name=rule, rule_msg=message, log=[log])

    def finish(self, number: int, done: int, total: int) -> None:
        self.say("Finished", event=LogEvent.JOB_FINISHED, job_id=number)
        self.say(None, event=LogEvent.PROGRESS, done=done, total=total)

    def fail(self, number: int, rule: str, *logs: str) -> None:
        self.say("RuleException:\nCalledProcessError in file", logging.ERROR, event=LogEvent.ERROR, exception="RuleException")
        self.say("Error in rule", logging.ERROR, event=LogEvent.JOB_ERROR, jobid=number, rule_name=rule, log=list(logs))

    def end(self) -> str:
        self.handler.close()
        return self.stream.getvalue()


@pytest.fixture
def piped(monkeypatch):
    return Run(io.StringIO(), monkeypatch)


@pytest.fixture
def terminal(monkeypatch):
    return Run(Terminal(), monkeypatch)


def whole(run: Run, total: int = 20) -> str:
    run.start()
    run.say("Building DAG of jobs...")
    run.plan(fit=total)
    run.say("what is planned", shown=True)
    for number in range(1, total + 1):
        run.say("Select jobs to execute...")
        run.begin(number, "fit", f"Fitting number {number}")
        run.finish(number, number, total)
    return run.end()


def test_in_a_pipe_a_run_is_a_line_a_tenth_of_the_way(piped):
    lines = whole(piped).splitlines()
    assert lines[0] == "what is planned"
    assert [line.partition(",")[0] for line in lines[1:10]] == [f"{done} of 20 steps" for done in range(2, 19, 2)]
    # Four seconds to a step.
    assert lines[10:] == ["20 steps in 80 s"]
    assert CLEAR not in "".join(lines)


def test_on_a_terminal_it_is_one_line_that_goes_at_the_end(terminal):
    said = whole(terminal)
    assert said.count("\n") == 2
    assert said.endswith(f"{CLEAR}20 steps in 80 s\n")
    assert f"{CLEAR}19 of 20 steps, about 5 s left" in said


def test_a_line_is_no_wider_than_the_terminal(terminal):
    terminal.plan(fit=2)
    terminal.begin(1, "fit", "x" * 200)
    terminal.begin(2, "fit", "y" * 200)
    terminal.finish(1, 1, 2)
    line = terminal.stream.getvalue().rpartition(CLEAR)[2]
    assert len(line + "^C") == 80
    assert line.endswith("y...")


def test_what_stays_stands_above_the_live_line():
    screen = Screen(Terminal())
    screen.show("1 of 2")
    screen.print("a warning")
    assert screen._stream.getvalue() == f"{CLEAR}1 of 2{CLEAR}a warning\n1 of 2"


def test_a_failure_is_told_at_once_with_the_end_of_its_log(piped, tmp_path):
    log = tmp_path / "f1.log"
    log.write_text("\n".join([*(f"line {number}" for number in range(40)), "error: f1: no run is there", ""]))
    piped.plan(table_f1=1, fit=2)
    piped.begin(1, "table_f1", "Table f1", str(log))
    piped.begin(2, "fit", "Fitting", str(tmp_path / "none.log"))
    piped.fail(1, "table_f1", str(log))
    piped.fail(2, "fit", str(tmp_path / "none.log"))
    piped.say("Exiting because a job execution failed. Look below for error messages", logging.ERROR)
    piped.say("failed: table_f1, see logs", logging.ERROR, told=True)
    piped.say("2 finished fits are kept", logging.ERROR, shown=True)
    piped.say("WorkflowError:\nAt least one job did not complete successfully.", logging.ERROR, event=LogEvent.ERROR)
    said = piped.end().splitlines()
    # What Snakemake says of it in its own words is in its log.
    assert said[0] == f"failed: Table f1; the end of {log}:"
    assert said[1] == "    line 29"
    assert said[12] == "    error: f1: no run is there"
    assert said[13] == "1 more at work; the run ends with it"
    assert said[14:] == [f"failed: Fitting; it wrote nothing in {tmp_path / 'none.log'}", "2 finished fits are kept"]


def test_a_run_that_its_user_stops_has_no_failures(terminal):
    terminal.plan(fit=2)
    terminal.begin(1, "fit", "Fitting")
    terminal.say("Terminating processes on user request, this might take some time.")
    terminal.fail(1, "fit")
    terminal.say("Restored previous version of results/a", logging.WARNING)
    terminal.say("stopped before the end", logging.ERROR, told=True)
    terminal.say("no fit was finished; to go on, type the same command again", logging.ERROR, shown=True)
    terminal.say("WorkflowError:\nAt least one job did not complete successfully.", logging.ERROR, event=LogEvent.ERROR)
    said = terminal.end()
    assert said.rpartition(CLEAR)[2].splitlines() == ["stopping", "no fit was finished; to go on, type the same command again"]


def test_warnings_and_errors_of_snakemake_are_told(piped):
    piped.say("the disk is nearly full", logging.WARNING)
    piped.say(
        "WorkflowError:\nconfiguration: seeds: found 'five'", logging.ERROR, event=LogEvent.ERROR, exception="WorkflowError"
    )
    assert piped.end().splitlines() == ["the disk is nearly full", "WorkflowError:", "configuration: seeds: found 'five'"]


def test_where_all_is_there_it_says_so(piped):
    piped.say("Nothing to be done (all requested files are present and up to date).")
    assert piped.end() == "nothing to be done: everything is there\n"


def test_where_nothing_is_run_what_snakemake_says_is_told(piped):
    piped.say("Assuming unrestricted shared filesystem usage.")
    piped.say("Unlocked working directory.")
    assert piped.end() == "Unlocked working directory.\n"


def test_a_target_alone_is_no_progress(piped):
    piped.plan(plan=1)
    piped.say("the plan", shown=True)
    piped.begin(0, "plan")
    piped.finish(0, 1, 1)
    assert piped.end() == "the plan\n"


def test_the_time_left_is_as_foretold_and_then_at_the_pace_of_the_run():
    steps = Steps(0)
    steps.plan({"fit": 10, "table": 10}, 0)
    assert steps.seconds_left(0) is None
    steps.foretell({"fit": 8.0, "table": 2.0}, 2)
    # 100 seconds of work, on two cores.
    assert steps.seconds_left(0) == pytest.approx(50)
    for number in range(5):
        steps.begin(number, Step("fit", "Fitting", [], 0))
        steps.finish(number, 1)
    # 40 of 100 in 80 s, where the first 5 s were trusted to do 10: 60 are left at 50 in 85 s.
    assert steps.seconds_left(80) == pytest.approx(60 * 85 / 50)


def test_without_a_forecast_the_steps_that_are_done_tell_the_pace():
    steps = Steps(0)
    steps.plan({"fit": 10}, 0)
    steps.begin(1, Step("fit", "Fitting", [], 0))
    assert steps.line(5) == "0 of 10 steps: Fitting"
    steps.finish(1, 1)
    assert steps.line(10) == "1 of 10 steps, about 90 s left"


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("12:00:01 minilm: epoch 2/6, step 30/300, 3.2 min left", "minilm: epoch 2/6, step 30/300, 3.2 min left"),
        ("12:00:01 tfidf/seed7 done, 48 of 70, about 6 s left\n\n", "tfidf/seed7 done, 48 of 70, about 6 s left"),
        ("12:00:01 reading", ""),
        ("", ""),
    ],
)
def test_what_a_step_says_of_itself_stands_in_the_line(tmp_path, last, told):
    log = tmp_path / "a.log"
    log.write_text(f"12:00:00 1 of 2\n{last}" if last else "")
    assert how_far([str(log)]) == told
    assert how_far([str(tmp_path / "none.log")]) == how_far([]) == ""
    steps = Steps(0)
    steps.plan({"fit": 2}, 0)
    steps.begin(1, Step("fit", "Fitting", [str(log)], 0))
    steps.begin(2, Step("fit", "Later", [], 1))
    assert steps.line(2) == f"0 of 2 steps: Fitting{f' ({told})' if told else ''}, and 1 more"


def test_the_descriptor_of_another_gets_the_steps_and_no_plan(tmp_path, monkeypatch):
    path = tmp_path / "told"
    stream = path.open("w")
    run = Run(io.StringIO(), monkeypatch)
    run.handler = LogHandler(QUIET, LogHandlerSettings(fd=stream.fileno(), at="my-study"))
    assert not run.handler.writes_to_stream
    whole(run)
    run.fail(1, "fit", "logs/fit.log")
    first, *_, last = path.read_text().splitlines()
    assert first.startswith("2 of 20 steps")
    assert last == "failed: fit; it wrote nothing in my-study/logs/fit.log"


@pytest.fixture
def locked(tmp_path, monkeypatch):
    """The working directory, with the lock of a run and no word whose it is."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake/locks").mkdir(parents=True)
    (tmp_path / ".snakemake/locks/0.output.lock").touch()
    return tmp_path


LOCKED = "LockException:\nError: Directory cannot be locked. It can be removed with the --unlock argument."


@pytest.mark.parametrize("whole_words", [False, True])
def test_a_lock_is_told_by_whose_it_is(locked, monkeypatch, whole_words):
    stream = io.StringIO()
    run = Run(stream, monkeypatch)
    run.handler = LogHandler(SimpleNamespace(**{**vars(QUIET), "verbose": whole_words}), LogHandlerSettings())
    run.say("Building DAG of jobs...")
    run.say(LOCKED, logging.ERROR, event=LogEvent.ERROR, exception="LockException")
    told = run.end().splitlines()[-1]
    assert (
        told
        == f"error: {locked} is locked, and nothing says by which run or on which machine; if that run is dead, type: snakemake --unlock"
    )


def test_a_home_that_cannot_be_written_is_no_traceback(tmp_path, piped, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file/cache"))
    piped.say("Traceback (most recent call last): ...", logging.ERROR, event=LogEvent.ERROR, exception="NotADirectoryError")
    assert piped.end().startswith(
        f"error: {tmp_path}/file/cache: cannot be written, and Snakemake keeps its cache there; type: export"
    )


def test_other_errors_before_the_first_step_keep_their_words(tmp_path, piped, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    piped.say("WorkflowError:\nconfig.yaml: seeds: found 0", logging.ERROR, event=LogEvent.ERROR, exception="WorkflowError")
    piped.say("OSError: something else", logging.ERROR, event=LogEvent.ERROR, exception="OSError")
    assert piped.end() == "WorkflowError:\nconfig.yaml: seeds: found 0\nOSError: something else\n"


def test_a_run_that_has_begun_tells_errors_in_their_words(locked, piped):
    piped.start()
    piped.plan(fit=20)
    piped.say(LOCKED, logging.ERROR, event=LogEvent.ERROR, exception="LockException")
    assert LOCKED in piped.end()

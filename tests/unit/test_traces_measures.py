import math
from collections import Counter

import pandas as pd
import pytest

from mirage.traces.failures import EXIT, FLAGGED, NOT_FOUND, REFUSED, TIMEOUT, TRACEBACK, tracebacks
from mirage.traces.measures import Measures, measures_table, names
from mirage.traces.sessions import Session
from mirage.traces.steps import steps
from mirage.traces.tools import Grouping, is_card
from trace_lines import ClaudeCode, ClaudeStream, Codex, Pi, write_lines

GROUPING = Grouping({"bash": ["bash"], "edit / write": ["write", "edit"], "HF / research": ["hf_*"], "other": ["read"]})
CLAUDE, STREAM, PI, CODEX = ClaudeCode(), ClaudeStream(), Pi(), Codex()
TRACE = "Traceback (most recent call last):\n  File \"t.py\", line 1, in <module>\n    d['label']\n"
JOB, OTHER_JOB = "0123456789abcdef01234567", "fedcba9876543210fedcba98"


def measured(tmp_path, *lines):
    session = Session(write_lines(tmp_path / "session.jsonl", lines))
    measures = Measures(GROUPING)
    for step in steps(session.events()):
        measures.see(step)
    return measures, measures.values(session.lines, session.broken.count)


def turn(number, tool, given, result, error=None, writer=STREAM):
    """A call and its result."""
    more = {} if error is None else {"error": error}
    return [writer.call(f"c{number}", tool, number, **given), writer.result(f"c{number}", result, number, **more)]


def test_calls_are_counted_by_group_and_a_tool_outside_all_groups_is_named(tmp_path):
    tools = ["bash", "Bash", "write", "hf_jobs", "hf_papers", "read", "oracle", "oracle"]
    lines = [line for number, tool in enumerate(tools) for line in turn(number, tool, {"operation": "ps"}, "ok")]
    measures, values = measured(tmp_path, STREAM.prompt("Go."), *lines)
    found = {name: value for name, value in values.items() if name.startswith("calls")}
    assert found == {
        "calls": 8, "calls: bash": 2, "calls: edit / write": 1, "calls: HF / research": 2, "calls: other": 3, "calls by sub-agents": 0,
    }  # fmt: skip
    assert measures.outside == {"oracle": 2}
    assert (values["events"], values["results"], values["human prompts"], values["model turns"]) == (17, 8, 1, 8)


def test_sub_agents_are_counted_apart_and_in_all(tmp_path):
    below = {**CLAUDE.call("c1", "Bash", command="ls"), "isSidechain": True}
    _, values = measured(tmp_path, CLAUDE.prompt("Go."), below, CLAUDE.call("c2", "Bash", command="ls"))
    assert (values["calls"], values["calls by sub-agents"], values["model turns"]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("text", "error", "kind"),
    [
        (TRACE + "KeyError: 'label'", None, TRACEBACK),
        ("Exit code 1\n" + TRACE + "KeyError: 'label'", True, TRACEBACK),
        ("Command timed out after 120s and was killed.", None, TIMEOUT),
        ("bash: line 1: hf: command not found", None, NOT_FOUND),
        ("python: can't open file: No such file or directory", None, NOT_FOUND),
        ("Exit code 2\nusage: hf", None, EXIT),
        ("usage: hf\n\nCommand exited with code 2", None, EXIT),
        ("Chunk\nProcess exited with code 1\nOutput:", None, EXIT),
        ("You must read card.md before editing it.", None, REFUSED),
        ("Request failed with status code 400", True, FLAGGED),
        ("Request failed with status code 400", None, None),
        ("Process exited with code 0\nOutput:", None, None),
        ("it says Exit code 1 in the middle", None, None),
        ("fine", False, None),
    ],
)
def test_a_failure_has_one_kind(tmp_path, text, error, kind):
    writer = STREAM if error is None else CLAUDE
    _, values = measured(tmp_path, writer.prompt("Go."), *turn(1, "bash", {"command": "x"}, text, error, writer))
    found = {name: value for name, value in values.items() if name.startswith("errors") and value}
    assert found == ({"errors": 1, f"errors: {kind}": 1} if kind else {})


def test_the_words_of_a_file_that_is_only_read_are_no_ones_failure(tmp_path):
    text = TRACE + "KeyError: 'label'"
    _, values = measured(
        tmp_path,
        *turn(1, "read", {"path": "log.txt"}, text),
        *turn(2, "bash", {"command": "cat log.txt"}, text),
        *turn(3, "bash", {"command": "python train.py"}, text),
    )
    assert (values["errors"], values["tracebacks: results"]) == (1, 1)


def test_tracebacks_are_counted_three_ways(tmp_path):
    first, second = TRACE + "KeyError: 'label'\n", TRACE + "torch.cuda.OutOfMemoryError: CUDA\n"
    logs = [
        turn(1, "bash", {"command": "a"}, first),
        turn(2, "bash", {"command": "b"}, first + second),
        turn(3, "bash", {"command": "c"}, first),
    ]
    measures, values = measured(tmp_path, *(line for lines in logs for line in lines))
    assert [values[f"tracebacks: {way}"] for way in ("results", "occurrences", "distinct")] == [3, 4, 2]
    assert measures.exceptions == {"KeyError": 3, "torch.cuda.OutOfMemoryError": 1}


def test_the_exception_is_the_last_line_of_its_traceback():
    chained = TRACE + "KeyError: 'label'\n\nDuring handling of the above exception, another exception occurred:\n\n" + TRACE
    assert list(tracebacks(chained + "TypeError: got an unexpected keyword argument 'tokenizer'\nERROR: stopped")) == [
        "KeyError: 'label'",
        "TypeError: got an unexpected keyword argument 'tokenizer'",
    ]
    assert list(tracebacks(TRACE + "KeyboardInterrupt")) == ["KeyboardInterrupt"]
    assert list(tracebacks(TRACE)) == ["unknown"]
    assert list(tracebacks("no traceback")) == []


def jobs(values):
    return [values[f"jobs {what}"] for what in ("submitted", "refused by the user", "cancelled", "failed")]


def test_jobs_of_the_hub_tool(tmp_path):
    lines = [
        *turn(1, "hf_jobs", {"operation": "run", "script": "x"}, f"**Job ID:** {JOB}\n**Final Status:** FAILED"),
        *turn(2, "hf_jobs", {"operation": "run", "script": "x"}, "Job execution cancelled by user"),
        *turn(3, "hf_jobs", {"operation": "uv", "script": "x"}, f"**Job ID:** {OTHER_JOB}\n**Final Status:** COMPLETED"),
        *turn(4, "hf_jobs", {"operation": "cancel", "job_id": OTHER_JOB}, f"Job {OTHER_JOB} has been cancelled."),
        *turn(5, "hf_jobs", {"operation": "inspect", "job_id": OTHER_JOB}, '{"status": "CANCELED"}'),
        *turn(6, "hf_jobs", {"operation": "inspect", "job_id": JOB}, '{"stage": "ERROR"}'),
    ]
    measures, values = measured(tmp_path, *lines)
    assert jobs(values) == [3, 1, 1, 1]
    assert (measures.jobs.cancelled, measures.jobs.failed) == ({OTHER_JOB}, {JOB})
    assert values["first job, event"] == 1


def test_jobs_of_the_command_line(tmp_path):
    lines = [
        *turn(1, "bash", {"command": "hf jobs uv run --help"}, "usage: hf jobs uv run"),
        *turn(2, "bash", {"command": "hf jobs uv run --flavor l4x1 train.py"}, f"Job started with ID: {JOB}\nView at: x"),
        *turn(3, "bash", {"command": "hf jobs ps -a"}, f"{JOB} python t4 ERROR\n{OTHER_JOB} python l4 COMPLETED"),
        *turn(4, "bash", {"command": f"hf jobs cancel me/{OTHER_JOB}"}, "Job cancelled"),
        *turn(5, "bash", {"command": f"hf jobs cancel {OTHER_JOB}"}, "Job cancelled"),
        *turn(6, "bash", {"command": "hf jobs cancel nonsense"}, "Exit code 1\nNot found"),
        *turn(7, "bash", {"command": "echo status: ERROR"}, "status: ERROR"),
        *turn(8, "bash", {"command": "git commit -m 'hf jobs uv run train.py' && grep 'hf jobs run' notes"}, "ok"),
        *turn(9, "bash", {"command": "cat > go.sh <<'E'\nhf jobs uv run train.py\nE"}, "ok"),
    ]
    measures, values = measured(tmp_path, *lines)
    assert jobs(values) == [1, 0, 1, 1]
    assert (measures.jobs.cancelled, measures.jobs.failed) == ({OTHER_JOB}, {JOB})
    assert values["first job, event"] == 3


def test_a_job_whose_log_ends_in_a_traceback_has_failed_once(tmp_path):
    log = TRACE + "ValueError: no loss"
    looks = [line for number in (1, 2) for line in turn(number, "bash", {"command": f"hf jobs logs {JOB}"}, log)]
    assert jobs(measured(tmp_path, *looks)[1]) == [0, 0, 0, 1]


def test_a_log_that_speaks_of_an_error_is_no_failed_job(tmp_path):
    lines = turn(1, "bash", {"command": f"hf jobs logs {JOB}"}, "INFO start\nERROR could not cache, going on\nf1 .9")
    assert jobs(measured(tmp_path, *lines)[1]) == [0, 0, 0, 0]


def cycle_lines(*moves):
    made = {
        "edit": ("write", {"path": "t.py", "content": "x"}, "ok"),
        "run": ("bash", {"command": "python t.py"}, "f1 .9"),
        "fail": ("bash", {"command": "python t.py"}, TRACE + "KeyError: 'label'"),
        "here": ("bash", {"command": "cat > u.py <<'E'\nx\nE\npython u.py"}, TRACE + "KeyError: 'label'"),
        "refused": ("edit", {"path": "t.py", "old_string": "a", "new_string": "b"}, "You must read t.py before editing it."),
        "look": ("read", {"path": "t.py"}, TRACE + "KeyError: 'label'"),
    }
    return [line for number, move in enumerate(moves) for line in turn(number, *made[move])]


@pytest.mark.parametrize(
    ("moves", "cycles"),
    [
        (["edit", "fail", "edit"], 1),
        (["edit", "fail", "fail", "run", "edit", "run"], 1),
        (["edit", "fail", "edit", "fail", "edit"], 2),
        (["edit", "run", "edit"], 0),
        (["fail", "edit"], 0),
        (["edit", "fail"], 0),
        (["edit", "edit", "run"], 0),
        (["here", "here"], 1),
        (["edit", "look", "edit"], 0),
        (["edit", "fail", "refused"], 0),
    ],
)
def test_a_cycle_is_a_file_written_a_failed_run_and_a_file_written_again(tmp_path, moves, cycles):
    assert measured(tmp_path, *cycle_lines(*moves))[1]["edit-run-fail-edit cycles"] == cycles


def test_files_written_by_tools_here_documents_and_patches(tmp_path):
    patch = "*** Begin Patch\n*** Add File: src/a.py\n+x\n*** Update File: b.py\n+y\n*** End Patch"
    command = "cat > c.py <<'E'\nx\nE\ncat <<E > d.md\ny\nE\necho z | tee -a e.txt\npython c.py > log.txt 2>&1"
    lines = [CODEX.header(), CODEX.patch("p", patch), CODEX.patched("p", 0), CODEX.patch("q", patch), CODEX.patched("q", 1)]
    measures, _ = measured(tmp_path, *lines, CODEX.call("s", "exec_command", cmd=command), CODEX.result("s", "ok"))
    assert measures.written == Counter({"src/a.py": 1, "b.py": 1, "c.py": 1, "d.md": 1, "e.txt": 1})
    again = [line for number in (1, 2, 3) for line in turn(number, "write", {"path": "t.py", "content": "x"}, "ok")]
    values = measured(tmp_path, *again)[1]
    assert (values["files written"], values["rewrites of a file"]) == (1, 2)


def test_times_are_taken_from_the_events_and_missing_where_all_are_the_same(tmp_path):
    def lines(writer):
        submit = {"command": "hf jobs uv run train.py"}
        return [writer.prompt("Go.", 60), *turn(150, "Bash", submit, "ok", writer=writer), writer.say("Done.", 870)]

    values = measured(tmp_path, *lines(CLAUDE))[1]
    # From 10:01:00 to 10:14:30, the job at 10:02:30.
    assert (values["wall time, min"], values["time to first job, min"]) == (13.5, 1.5)
    values = measured(tmp_path, *lines(STREAM))[1]
    assert (values["wall time, min"], values["time to first job, min"], values["first job, event"]) == (None, None, 2)


def test_tokens_are_missing_where_none_are_recorded(tmp_path):
    values = measured(tmp_path, PI.header(), PI.say("a", output=7), PI.say("b", output=9))[1]
    kinds = ("input", "cache read", "cache written", "output")
    assert [values[f"tokens: {kind}"] for kind in kinds] == [20, 100, 10, 16]
    values = measured(tmp_path, STREAM.say("a"))[1]
    assert [values[f"tokens: {kind}"] for kind in kinds] == [None] * 4


def test_what_is_counted_by_name_holds_no_secret(tmp_path):
    secret = "ghp_" + "a1B2c3D4" * 4
    lines = [*turn(1, secret, {}, "ok"), *turn(2, "write", {"path": f"{secret}.md", "content": "x"}, "ok"), {"type": secret}]
    measures, _ = measured(tmp_path, *lines)
    assert len(measures.outside) == len(measures.unknown) == len(measures.written) == 1
    assert secret not in str((measures.outside, measures.unknown, measures.written))


def test_names_without_end_are_counted_together(tmp_path):
    lines = [STREAM.prompt("Go."), *({"type": f"odd {number}"} for number in range(80))]
    measures, values = measured(tmp_path, *lines)
    assert values["unknown events"] == 80
    assert measures.unknown["more"] == 30


def test_model_cards_are_told_by_their_names():
    assert [is_card(name) for name in ("README.md", "out/model_card.md", "card.md", "readme.txt", "scorecard.md")] == [
        True, True, True, False, False,
    ]  # fmt: skip


PUBLISHED = pd.DataFrame(
    [
        {"agent": "a", "measure": "calls", "value": 2, "tolerance": math.nan, "published_by": "p", "source": "s", "note": "n"},
        {
            "agent": "a",
            "measure": "wall time, min",
            "value": 13,
            "tolerance": 1,
            "published_by": "p",
            "source": "s",
            "note": math.nan,
        },
        {
            "agent": "b",
            "measure": "calls",
            "value": 9,
            "tolerance": math.nan,
            "published_by": "p",
            "source": "s",
            "note": math.nan,
        },
    ]
)


def test_ours_stand_beside_what_is_quoted():
    def rows(own, measures=("calls", "wall time, min")):
        table = measures_table(own, measures, PUBLISHED).fillna(-1)
        return table[["agent", "measure", "ours", "status", "quoted", "verdict"]].to_numpy().tolist()

    assert rows({"a": {"calls": 2, "wall time, min": 13.9}}) == [
        ["a", "calls", 2.0, "computed", 2.0, "agree"],
        ["a", "wall time, min", 13.9, "computed", 13.0, "agree"],
    ]
    assert rows({"a": {"calls": 3, "wall time, min": None}, "b": None}) == [
        ["a", "calls", 3.0, "computed", 2.0, "differ"],
        ["a", "wall time, min", -1.0, "not recorded by this format", 13.0, "not computable"],
        ["b", "calls", -1.0, "no trace", 9.0, "not computable"],
        ["b", "wall time, min", -1.0, "no trace", -1.0, ""],
    ]
    assert rows({"a": {"first job, event": None, "jobs submitted": 0}}, ["first job, event"])[0][3] == "no job"


def test_the_measures_are_known_without_a_session():
    assert names(GROUPING)[:2] == ["events", "unreadable lines"]
    assert "calls: HF / research" in names(GROUPING)

"""One definition of a prompt, a turn and an event over all formats: copies, sub-agents, pauses, tokens, other harnesses."""

import json

import pytest

from mirage.traces.events import CALL, INJECTED, PROMPT, RESULT, TEXT, THINKING
from mirage.traces.fields import moment
from mirage.traces.measures import Measures
from mirage.traces.seen import Seen
from mirage.traces.sessions import NoSession, Session
from mirage.traces.steps import steps
from mirage.traces.tools import Grouping
from trace_lines import ClaudeCode, ClaudeStream, Codex, Pi, write_lines

CLAUDE, STREAM, PI, CODEX = ClaudeCode(), ClaudeStream(), Pi(), Codex()
IMAGE = {"type": "image", "source": {}}
UUID = "0190a2b3-0000-4000-8000-{:012d}"


def read(tmp_path, *lines, name="session", parts=(), others=None):
    session = Session(write_lines(tmp_path / f"{name}.jsonl", lines), parts, others=others)
    measures = Measures(Grouping({"bash": ["bash"]}))
    for step in steps(session.events()):
        measures.see(step)
    return measures.values(session.lines, session.broken.count, session.repeated)


def kinds(tmp_path, *lines):
    return [event.kind for event in Session(write_lines(tmp_path / "session.jsonl", lines)).events()]


def said(*blocks):
    return CLAUDE._line("user", list(blocks), 0)


@pytest.mark.parametrize(
    ("line", "prompts"),
    [
        (CLAUDE.prompt("Go."), 1),
        (said({"type": "text", "text": "Go."}, {"type": "text", "text": "Now."}), 1),
        (said(IMAGE), 1),
        (said(IMAGE, {"type": "text", "text": "See?"}), 1),
        ({**CLAUDE.prompt("Summary of before"), "isCompactSummary": True}, 0),
        ({**CLAUDE.prompt("Caveat"), "isMeta": True}, 0),
        ({**CLAUDE.prompt("Below."), "isSidechain": True}, 0),
        *(
            (CLAUDE.prompt(text), 0)
            for text in (
                "<bash-input>ls</bash-input>",
                "<bash-stdout>a</bash-stdout>",
                "<task-notification>done</task-notification>",
                '<teammate-message teammate_id="a">hi</teammate-message>',
                "<user-prompt-submit-hook>x</user-prompt-submit-hook>",
                "<local-command-stdout></local-command-stdout>",
                "<command-name>/clear</command-name>",
                "Stop hook feedback: go on",
                "This session is being continued from a previous conversation that ran out of context.",
            )
        ),
        (CLAUDE.prompt("<div> is a tag, mend it"), 1),
    ],
)
def test_a_prompt_is_what_a_person_typed_or_attached_however_many_parts_it_has(tmp_path, line, prompts):
    assert kinds(tmp_path, line).count(PROMPT) == (1 if line.get("isSidechain") else prompts)
    assert read(tmp_path, CLAUDE.say("Yes."), line)["human prompts"] == (prompts or None)


def test_a_persons_words_in_codex_count_once_whichever_ways_they_come(tmp_path):
    def sent(text):
        return CODEX._line("response_item", 1, type="message", role="user", content=[{"type": "input_text", "text": text}])

    def completed(text):
        item = {"type": "UserMessage", "content": [{"type": "text", "text": text}]}
        return CODEX._line("event_msg", 1, type="item_completed", item=item)

    for lines, prompts in [
        ([CODEX.prompt("Go.")], 1),
        ([completed("Go.")], 1),
        ([sent("Go.")], 1),
        ([sent("Go."), CODEX.prompt("Go."), completed("Go.")], 1),
        ([sent("Go."), CODEX.prompt("Go."), CODEX.say("Yes."), sent("Now."), CODEX.prompt("Now.")], 2),
        ([sent("<environment_context>x</environment_context>"), sent("# AGENTS.md instructions"), CODEX.prompt("Go.")], 1),
    ]:
        assert kinds(tmp_path, CODEX.header(), *lines).count(PROMPT) == prompts


def test_a_turn_is_what_one_request_gave_in_every_format(tmp_path):
    for writer, header in ((CLAUDE, []), (PI, [PI.header()]), (CODEX, [CODEX.header()]), (STREAM, [])):
        lines = [
            writer.prompt("Go."),
            writer.call("c1", "bash", 1, command="ls"),
            writer.result("c1", "a", 2),
            writer.say("Done.", 3),
        ]
        assert read(tmp_path, *header, *lines)["model turns"] == 2
    # Codex writes thoughts, words and calls of one answer on lines of their own.
    thought = CODEX._line("response_item", 1, type="reasoning", summary=[])
    answer = [thought, CODEX.say("I look.", 1), CODEX.call("c1", "bash", 1, cmd="ls"), CODEX.call("c2", "bash", 1, cmd="pwd")]
    rest = [CODEX.result("c1", "a", 2), CODEX.result("c2", "/", 2), CODEX.say("Done.", 3)]
    assert read(tmp_path, CODEX.header(), CODEX.prompt("Go."), *answer, *rest)["model turns"] == 2
    failed = {**CLAUDE.say("API Error"), "isApiErrorMessage": True}
    assert read(tmp_path, CLAUDE.prompt("Go."), failed)["model turns"] == 0


def numbered(lines):
    return [{**line, "uuid": UUID.format(number)} for number, line in enumerate(lines)]


def work():
    usage = [CLAUDE.answer("m1", {"type": "tool_use", "id": "c1", "name": "Bash", "input": {"command": "ls"}}, 1, 9)]
    return numbered([CLAUDE.prompt("Go."), *usage, CLAUDE.result("c1", "a", 2), CLAUDE.say("Done.", 3)])


COUNTS = ("human prompts", "model turns", "calls", "results", "tokens: output")


def test_lines_that_a_resumed_session_repeats_count_once(tmp_path):
    once, again = read(tmp_path, *work()), read(tmp_path, *work(), *work(), CLAUDE.prompt("More.", 60))
    assert [again[name] for name in COUNTS] == [2, *(once[name] for name in COUNTS[1:])]
    assert (once["repeated lines"], again["repeated lines"], again["events"]) == (0, 4, 9)


def test_what_a_fork_copies_of_another_session_counts_there_only(tmp_path):
    others = Seen()
    first = read(tmp_path, *work(), others=others)
    copied = [{**line, "sessionId": "other"} for line in work()]
    fork = read(tmp_path, *copied, {**CLAUDE.prompt("More.", 60), "uuid": UUID.format(9)}, others=others)
    assert [first[name] for name in COUNTS] == [1, 2, 1, 1, 9]
    assert [fork[name] for name in COUNTS] == [1, 0, 0, 0, None]
    assert fork["repeated lines"] == 4


def test_sessions_that_only_say_the_same_are_no_copies(tmp_path):
    others = Seen()
    lines = [CLAUDE.prompt("Go."), CLAUDE.call("c1", "Bash", 1, command="ls"), CLAUDE.result("c1", "a", 2)]
    assert read(tmp_path, *lines, others=others) == read(tmp_path, *lines, others=others)


def test_sub_agents_in_files_of_their_own_are_part_of_the_session(tmp_path):
    below = [{**line, "isSidechain": True, "agentId": "a"} for line in work()]
    part = write_lines(tmp_path / "agent-a.jsonl", below[1:3])
    values = read(tmp_path, *[line for line in work() if line["type"] == "user"][:1], parts=[part])
    assert (values["calls"], values["calls by sub-agents"], values["human prompts"], values["events"]) == (1, 1, 1, 3)


def test_a_sub_agents_file_that_is_no_session_is_told_and_the_session_counts(tmp_path):
    part = write_lines(tmp_path / "agent-a.jsonl", [{"rows": []}])
    session = Session(write_lines(tmp_path / "session.jsonl", work()), [part])
    assert len(list(session.events())) == 4
    [problem] = session.broken.first
    assert problem.startswith("agent-a.jsonl: no session of a known format")


def test_active_time_leaves_out_pauses_and_not_the_work(tmp_path):
    def at(line, stamp):
        return {**line, "timestamp": stamp}

    lines = [
        at(CLAUDE.prompt("Go."), "2026-05-01T10:00:00Z"),
        at(CLAUDE.call("c1", "Bash", command="python train.py"), "2026-05-01T10:01:00Z"),
        # An hour of training is work; the week before the next words is none.
        at(CLAUDE.result("c1", "ok"), "2026-05-01T11:01:00Z"),
        at(CLAUDE.say("Done."), "2026-05-01T11:02:00Z"),
        at(CLAUDE.prompt("And now?"), "2026-05-08T11:02:00Z"),
        at(CLAUDE.say("Nothing."), "2026-05-08T11:04:00Z"),
    ]
    values = read(tmp_path, *lines)
    assert values["active time, min"] == 64
    assert values["wall time, min"] == 7 * 24 * 60 + 64


def test_numbers_are_seconds_or_milliseconds_by_their_size():
    stamps = (1_777_629_600, 1_777_629_600_000, 1_777_629_600_000_000, "2026-05-01T10:00:00Z")
    assert len({moment(stamp) for stamp in stamps}) == 1


def test_tokens_of_summaries_and_of_a_printed_stream_count(tmp_path):
    compaction = {"type": "compaction", "summary": "x", "timestamp": "2026-05-01T10:00:09Z", "usage": {"input": 5, "output": 3}}
    values = read(tmp_path, PI.header(), PI.say("a", output=7), compaction)
    assert (values["tokens: input"], values["tokens: output"]) == (15, 10)

    def streamed(kind, **more):
        return {"type": kind, "session_id": "s", "parent_tool_use_id": None, **more}

    usage = {"input_tokens": 3, "output_tokens": 1}
    answer = {"id": "m1", "role": "assistant", "content": [{"type": "text", "text": "Done."}], "usage": usage}
    lines = [
        streamed("system", subtype="init"),
        streamed("assistant", message=answer),
        streamed("result", subtype="success", usage={"input_tokens": 3, "output_tokens": 40}),
    ]
    values = read(tmp_path, *lines)
    assert (values["tokens: input"], values["tokens: output"], values["human prompts"]) == (3, 40, None)


OTHERS = [
    (
        [{"type": "session_start", "id": "x"}, {"type": "message", "message": {"role": "user", "content": "Go."}}],
        "Factory Droid",
    ),
    ([{"schema_version": "ATIF-v1.2", "steps": []}], "ATIF"),
    ([{"role": "user", "content": "Go."}], "OpenAI's form"),
    ([{"type": "user.message", "data": {}}], "GitHub Copilot"),
    (
        [
            {"type": "system", "version": "1", "sessionId": "s"},
            {"type": "user", "version": "1", "sessionId": "s", "message": {"role": "user", "parts": [{"text": "Go."}]}},
        ],
        "Qwen Code",
    ),
    (
        [
            {"type": "system", "subtype": "init", "session_id": "s"},
            {"type": "user", "session_id": "s", "message": {"role": "user", "content": [{"type": "text", "text": "Go."}]}},
            {"type": "tool_call", "subtype": "started", "call_id": "c", "session_id": "s", "tool_call": {}},
        ],
        "Cursor",
    ),
]


@pytest.mark.parametrize(("lines", "named"), OTHERS)
def test_sessions_of_other_harnesses_are_refused_in_one_line(tmp_path, lines, named):
    with pytest.raises(NoSession, match=named) as caught:
        Session(write_lines(tmp_path / "x.jsonl", lines))
    assert "\n" not in str(caught.value)


def test_the_hubs_own_form_is_read(tmp_path):
    def message(role, content, **more):
        return {"type": "message", "message": {"role": role, "content": content, "timestamp": 1_777_629_600_000, **more}}

    call = {"id": "c1", "function": {"name": "bash", "arguments": json.dumps({"command": "ls"})}}
    lines = [
        {"type": "session", "harness": "made-up", "id": "x"},
        message("system", "Be good."),
        message("user", "Go."),
        message("assistant", "I look.", reasoningContent="Hm.", toolCalls=[call]),
        message("tool", "a.py", toolCallId="c1"),
    ]
    session = Session(write_lines(tmp_path / "x.jsonl", lines))
    assert session.format == "session-traces"
    events = list(session.events())[1:]
    assert [event.kind for event in events] == [INJECTED, PROMPT, THINKING, TEXT, CALL, RESULT]
    assert dict(events[4].input) == {"command": "ls"}


def test_what_is_not_read_is_not_zero(tmp_path):
    values = read(tmp_path, PI.header(), {"type": "hologram"}, {"type": "hologram"})
    assert (values["calls"], values["model turns"], values["unknown events"]) == (None, None, 2)


def test_an_exit_code_that_is_told_goes_before_words(tmp_path):
    def errors(writer, text, header=(), **more):
        call = writer.call("c1", "bash", 1, command="python train.py")
        return read(tmp_path, *header, writer.prompt("Go."), call, writer.result("c1", text, 2, **more))["errors"]

    old = "Traceback (most recent call last):\nKeyError: 'x'\nwas mended; Process exited with code 1\n"
    assert errors(CLAUDE, old) == 0
    assert errors(PI, old, [PI.header()]) == 0
    assert errors(CODEX, f"Process exited with code 0\nOutput:\n{old}", [CODEX.header()]) == 0
    assert errors(CODEX, "Process exited with code 1\nOutput:\nf1 .9", [CODEX.header()]) == 1
    assert errors(STREAM, old) == 1

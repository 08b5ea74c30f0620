import json
import tracemalloc
from collections import Counter

import pytest

from mirage.traces.columns import Columns
from mirage.traces.events import CALL, INJECTED, META, PROMPT, RESULT, TEXT, THINKING, UNKNOWN, Tokens
from mirage.traces.lines import Broken, records
from mirage.traces.measures import Measures
from mirage.traces.noticed import Noticed
from mirage.traces.sessions import FORMATS, NoSession, Session
from mirage.traces.steps import steps
from mirage.traces.tools import Grouping
from trace_lines import ClaudeCode, ClaudeStream, Codex, Pi, write_lines

WRITERS = {"claude-stream": ClaudeStream(), "claude-code": ClaudeCode(), "pi": Pi(), "codex": Codex()}


def session(tmp_path, *lines):
    return Session(write_lines(tmp_path / "session.jsonl", lines))


def common(writer):
    """The same small session in any format: a prompt, a call, its result, an answer."""
    header = [writer.header()] if hasattr(writer, "header") else []
    body = [writer.prompt("Train it."), writer.call("c1", "bash", 1, command="ls"), writer.result("c1", "a.py", 2)]
    return [*header, *body, writer.say("Done.", 3)]


@pytest.mark.parametrize("name", WRITERS)
def test_the_format_is_told_from_the_lines_and_all_formats_give_the_same_events(tmp_path, name):
    opened = session(tmp_path, *common(WRITERS[name]))
    assert opened.format == name
    events = [event for event in opened.events() if event.kind != META]
    assert [(event.kind, event.role) for event in events] == [
        (PROMPT, "user"), (CALL, "assistant"), (RESULT, "tool"), (TEXT, "assistant"),
    ]  # fmt: skip
    prompt, call, result, answer = events
    assert (prompt.text, answer.text, result.result) == ("Train it.", "Done.", "a.py")
    assert (call.tool, call.call, dict(call.input), result.call) == ("bash", "c1", {"command": "ls"}, "c1")
    assert opened.lines == len(common(WRITERS[name]))


def test_a_line_is_its_number_in_the_file(tmp_path):
    stream = ClaudeStream()
    opened = session(tmp_path, stream.prompt("Go."), "", stream.say("Done."))
    assert [event.line for event in opened.events()] == [1, 3]
    assert opened.lines == 2


def test_the_error_mark_is_none_where_the_format_has_none(tmp_path):
    def marks(*lines):
        return [event.error for event in session(tmp_path, *lines).events() if event.kind == RESULT]

    stream, claude, pi, codex = WRITERS.values()
    assert marks(stream.prompt("Go."), stream.result("c", "boom")) == [None]
    assert marks(claude.result("c", "fine"), claude.result("d", "boom", error=True)) == [False, True]
    interrupted = {**claude.result("e", ""), "toolUseResult": {"interrupted": True}}
    assert marks(interrupted) == [True]
    assert marks(pi.header(), pi.result("c", "boom", error=True), pi.result("d", "fine")) == [True, False]
    texts = ("Process exited with code 2\nOutput:\n", "Process exited with code 0\n", "no exit code")
    assert marks(codex.header(), *(codex.result("c", text) for text in texts)) == [True, False, None]
    assert marks(codex.header(), codex.patched("c", 1), codex.patched("d", 0)) == [True, False]


def total(opened):
    tokens = [event.tokens for event in opened.events() if event.tokens is not None]
    return sum(tokens, Tokens()) if tokens else None


def test_usage_repeated_on_the_lines_of_an_answer_counts_once(tmp_path):
    claude = ClaudeCode()
    text, call = {"type": "text", "text": "Hm."}, {"type": "tool_use", "id": "c", "name": "Bash", "input": {"command": "ls"}}
    lines = [claude.prompt("Go."), claude.answer("m1", text, 1, output=38), claude.answer("m1", call, 2, output=146)]
    opened = session(tmp_path, *lines, claude.answer("m2", text, 3, output=4))
    assert total(opened) == Tokens(input=6, cache_read=40, cache_write=200, output=150)


def test_pi_adds_and_codex_replaces(tmp_path):
    pi, codex = Pi(), Codex()
    assert total(session(tmp_path, pi.header(), pi.say("a", output=7), pi.say("b", output=9))) == Tokens(20, 100, 10, 16)
    totals = [codex.tokens(1, 1000, 600, 50), codex.tokens(2, 1000, 600, 50), codex.tokens(3, 2500, 1600, 80)]
    assert total(session(tmp_path, codex.header(), *totals)) == Tokens(input=900, cache_read=1600, output=80)


def test_a_stream_without_usage_has_no_tokens_rather_than_none_used(tmp_path):
    stream = ClaudeStream()
    assert total(session(tmp_path, stream.prompt("Go."), stream.say("Done."))) is None


def test_what_the_harness_says_in_the_persons_place_is_no_prompt(tmp_path):
    def kinds(*lines):
        return [event.kind for event in session(tmp_path, *lines).events()]

    stream, claude, codex = ClaudeStream(), ClaudeCode(), Codex()
    assert kinds(stream.prompt("Go."), stream.prompt("[SYSTEM: You repeat yourself.]")) == [PROMPT, INJECTED]
    command = claude.prompt("<command-name>/clear</command-name>")
    assert kinds(claude.prompt("Go."), {**claude.prompt("Caveat"), "isMeta": True}, command) == [PROMPT, INJECTED, INJECTED]
    context = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "<environment_context>"}]}
    echoed = {"timestamp": None, "type": "response_item", "payload": context}
    assert kinds(codex.header(), echoed, codex.prompt("Go.")) == [META, INJECTED, PROMPT]


def test_sub_agents_thoughts_pictures_and_failed_requests_are_told_apart(tmp_path):
    claude, pi = ClaudeCode(), Pi()
    picture = {"type": "image", "source": {}}
    thought = {"type": "thinking", "thinking": "The curators chose."}
    lines = [
        {**claude.say("Below."), "isSidechain": True},
        claude._line("assistant", [thought, picture], 1),
        {**claude.say("API Error"), "isApiErrorMessage": True},
        {"type": "summary", "summary": "A session"},
    ]
    events = list(session(tmp_path, *lines).events())
    assert [(event.kind, event.sidechain, event.error) for event in events] == [
        (TEXT, True, None), (THINKING, False, None), (META, False, None), (META, False, True), (META, False, None),
    ]  # fmt: skip
    failed = pi.say("")
    failed["message"] |= {"stopReason": "error", "errorMessage": "overloaded", "content": []}
    [event] = list(session(tmp_path, failed).events())
    assert (event.kind, event.error, event.text) == (META, True, "overloaded")


@pytest.mark.parametrize("name", WRITERS)
def test_unknown_events_are_counted_by_their_type(tmp_path, name):
    lines = [*common(WRITERS[name]), {"type": "hologram", "payload": {"type": "x"}, "message": {}}]
    found = Counter(event.text for event in session(tmp_path, *lines).events() if event.kind == UNKNOWN)
    assert found == {"hologram": 1}


def test_an_unknown_block_or_role_is_unknown_and_the_rest_of_its_line_counts(tmp_path):
    block = {"type": "hologram"}
    lines = [ClaudeStream()._line("assistant", [block, {"type": "text", "text": "Done."}], 0)]
    assert [(event.kind, event.text) for event in session(tmp_path, *lines).events()] == [
        (UNKNOWN, "block hologram"), (TEXT, "Done."),
    ]  # fmt: skip
    odd = {"type": "message", "message": {"role": "oracle", "content": "?"}}
    assert [event.text for event in session(tmp_path, Pi().header(), odd).events() if event.kind == UNKNOWN] == ["role oracle"]


def broken_lines(path, **options):
    broken = Broken()
    numbers = [number for number, _ in records(path, broken, **options)]
    return numbers, broken.first


def test_a_broken_line_is_told_with_its_number_and_the_others_count(tmp_path):
    good = json.dumps({"type": "user"})
    lines = [
        good,
        '{"type": "user", "mess',
        "[1, 2]",
        b'{"type": "\xe9"}',
        "7",
        '{"n": ' + "9" * 5000 + "}",
        "[" * 100_000,
        good,
    ]
    numbers, problems = broken_lines(write_lines(tmp_path / "x.jsonl", lines))
    assert numbers == [1, 8]
    assert problems == [
        "line 2: not JSON at character 18 (Unterminated string starting at)",
        "line 3: a JSON array, not an object",
        "line 4: not UTF-8 at byte 11",
        "line 5: a JSON number, not an object",
        "line 6: not JSON (a number of too many digits)",
        "line 7: JSON nested too deep",
    ]


def test_a_file_that_breaks_off_says_so(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"type": "user"}\n{"type": "us')
    assert broken_lines(path) == (
        [1],
        ["line 2: not JSON at character 10 (Unterminated string starting at); the file breaks off here"],
    )
    path.write_bytes(b'{"type": "user"}')
    assert broken_lines(path) == ([1], [])


def test_a_line_over_the_limit_is_passed_over_and_one_at_the_limit_is_read(tmp_path):
    at_limit = json.dumps({"type": "user", "pad": "x" * 100})
    path = write_lines(tmp_path / "x.jsonl", [at_limit, json.dumps({"pad": "x" * 5000}), at_limit])
    numbers, problems = broken_lines(path, max_line=len(at_limit))
    assert numbers == [1, 3]
    assert problems == ["line 2: 0.0 MiB long, over the limit of 0.0 MiB; passed over"]


def test_a_line_of_50_mb_is_told_in_a_line_and_costs_no_more_than_the_limit(tmp_path):
    stream, path = ClaudeStream(), tmp_path / "x.jsonl"
    first, last = (json.dumps(line).encode() + b"\n" for line in (stream.prompt("Go."), stream.say("Done.")))
    with open(path, "wb") as file:
        file.write(first + b'{"pad": "')
        for _ in range(50):
            file.write(b"x" * 2**20)
        file.write(b'"}\n' + last)
    tracemalloc.start()
    opened = Session(path)
    events = [event.text for event in opened.events()]
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert events == ["Go.", "Done."]
    assert opened.broken.first == ["line 2: 50.0 MiB long, over the limit of 16.0 MiB; passed over"]
    assert held < 40 * 2**20


def test_no_word_of_a_broken_line_is_told(tmp_path):
    path = write_lines(tmp_path / "x.jsonl", ['{"token": hf_madeupmadeupmadeup}', '"hf_madeupmadeupmadeup"'])
    assert "madeup" not in " ".join(broken_lines(path)[1])


def test_many_broken_lines_are_counted_and_the_first_told(tmp_path):
    broken = Broken()
    list(records(write_lines(tmp_path / "x.jsonl", ["{"] * 500), broken))
    assert (broken.count, len(broken.first)) == (500, 20)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "blank lines only"),
        ('{"type": "user"}'.encode("utf-16"), "the file is UTF-16; save it as UTF-8"),
        (b'{\n"rows": []\n}\n', "line 1: not JSON at character 2"),
        (b'{"id": 1}\n{"id": 2}\n', "none of the first 2 JSON objects is a line of one"),
        (b'[{"type": "user"}]', "line 1: a JSON array, not an object"),
        (b"\x89PNG\r\n\x1a\n", "line 1: not UTF-8 at byte 1"),
    ],
)
def test_a_file_that_holds_no_session_is_told_in_one_line(tmp_path, data, reason):
    path = tmp_path / "x.jsonl"
    path.write_bytes(data)
    with pytest.raises(NoSession) as caught:
        Session(path)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_byte_order_mark_of_utf_8_is_no_fault(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(ClaudeStream().prompt("Go.")).encode())
    assert [event.text for event in Session(path).events()] == ["Go."]


ODD = (
    None,
    True,
    1,
    -1,
    2.5,
    10**400,
    "",
    "odd",
    [],
    [[]],
    [None],
    {},
    {"type": []},
    [{"type": []}],
    [{"type": "text", "text": 1}],
)


def mutants(value):
    """Yield ``value`` with each of its parts, at any depth, taken away or made something odd."""
    for key in list(value):
        yield {name: part for name, part in value.items() if name != key}
        yield from ({**value, key: odd} for odd in ODD)
        inner = value[key]
        if isinstance(inner, dict):
            yield from ({**value, key: mutant} for mutant in mutants(inner))
        elif isinstance(inner, list) and inner:
            yield from ({**value, key: [mutant]} for mutant in mutants(inner[0]))


@pytest.mark.parametrize("name", WRITERS)
def test_no_record_is_fatal(name):
    writer = WRITERS[name]
    records = common(writer)
    if name == "claude-code":
        records.append(writer.answer("m", {"type": "thinking", "thinking": "Hm."}, 1, 7))
    if name == "codex":
        records += [writer.tokens(1, 100, 60, 5), writer.patch("p", "x"), writer.patched("p", 0)]
    reader, seen = FORMATS[name][1](), 0
    for record in [mutant for whole in records for mutant in mutants(whole)]:
        for step in steps(reader.read(1, record)):
            seen += isinstance(step.event.text + step.event.result, str)
    assert seen > 500


def peak(path):
    """Measure a session and search it, and return the most memory that was held at once, and the number of its events."""
    tracemalloc.start()
    opened, measures, noticed = (
        Session(path),
        Measures(Grouping({"bash": ["bash"]})),
        Noticed(Columns("jim_crow", ("source",), ("murray", "paschal"))),
    )
    for step in steps(opened.events()):
        measures.see(step)
        noticed.see(step)
    events = measures.results + measures.calls.total()
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return held, events


@pytest.mark.parametrize("name", WRITERS)
def test_memory_does_not_grow_with_the_session(tmp_path, name):
    writer = WRITERS[name]

    def write(turns):
        lines = common(writer)[:1]
        for turn in range(turns):
            lines += [
                writer.call(f"c{turn}", "bash", turn % 3000, command="x" * 4000),
                writer.result(f"c{turn}", "y" * 8000, turn % 3000),
            ]
        return write_lines(tmp_path / f"{turns}.jsonl", lines)

    small, few = peak(write(20))
    large, many = peak(write(150))
    assert many > 5 * few
    # A session of 2 MB is held a line at a time.
    assert large < small + 200_000
    assert large < 1_000_000

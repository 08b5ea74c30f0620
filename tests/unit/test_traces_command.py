"""Anybody's sessions: files, folders and patterns, rulings, and what stands beside them."""

import hashlib

import pandas as pd
import pytest

from mirage.__main__ import main
from mirage.errors import StudyError
from mirage.traces.evidence import Evidence, Verdict
from mirage.traces.gather import gather
from mirage.traces.noticed import QUESTIONS
from mirage.traces.rulings import read_rulings, ruled, void
from trace_lines import ClaudeCode, Codex, write_lines

CLAUDE, CODEX = ClaudeCode(), Codex()
RATES = next(iter(QUESTIONS))
SESSION = "0190a2b3-0000-4000-8000-000000000001"


@pytest.fixture
def folder(tmp_path):
    """Two sessions, one with a sub-agent in a file of its own, and a file that is none."""
    root = tmp_path / "projects"
    (root / "-home-anna-laws" / SESSION / "subagents").mkdir(parents=True)
    own = {"sessionId": SESSION}
    lines = [
        CLAUDE.prompt("Go."),
        CLAUDE.call("c1", "Bash", 1, command="ls"),
        CLAUDE.result("c1", "a", 2),
        CLAUDE.say("Done.", 3),
    ]
    write_lines(root / f"-home-anna-laws/{SESSION}.jsonl", [line | own for line in lines])
    below = {**CLAUDE.call("c9", "Bash", 1, command="pwd"), "isSidechain": True, "agentId": "a1", **own}
    write_lines(root / f"-home-anna-laws/{SESSION}/subagents/agent-a1.jsonl", [below])
    write_lines(root / "rollout.jsonl", [CODEX.header(), CODEX.prompt("Go.", 600), CODEX.say("Done.", 601)])
    write_lines(root / "rows.jsonl", [{"text": "no session"}])
    return root


def test_a_folder_gives_its_sessions_each_with_its_sub_agents(folder):
    found = gather([str(folder)])
    assert [(session.path.name, len(session.parts)) for session in found] == [
        (f"{SESSION}.jsonl", 1), ("rollout.jsonl", 0), ("rows.jsonl", 0),
    ]  # fmt: skip
    assert [session.path.name for session in gather([str(folder / "*.jsonl")])] == ["rollout.jsonl", "rows.jsonl"]
    [alone] = gather([str(folder / f"-home-anna-laws/{SESSION}/subagents")])
    assert alone.path.name == "agent-a1.jsonl"


@pytest.mark.parametrize(
    ("name", "words"), [("nowhere", "no such file or folder"), ("*.txt", "no such file"), (".", "holds no file")]
)
def test_a_name_that_stands_for_nothing_is_told(tmp_path, name, words):
    with pytest.raises(StudyError, match=words):
        gather([str(tmp_path / name)])


def run(folder, *more):
    output = folder.parent / "out"
    assert main(["sessions", str(folder), "--output", str(output), *more]) == 0
    return output


def test_tables_and_figures_for_anyone(folder, capsys):
    output = run(folder)
    table = pd.read_csv(output / "sessions.csv").set_index("format")
    claude = table.loc["claude-code"]
    assert (claude["calls"], claude["calls by sub-agents"], claude["human prompts"]) == (2, 1, 1)
    assert table.loc["codex"]["model turns"] == 1
    assert table["reason"].dropna().tolist()[0].startswith("rows.jsonl: no session of a known format")
    assert sorted(path.name for path in output.iterdir()) == sorted(
        [*(f"{name}.{kind}" for name in ("sessions", "noticed") for kind in ("csv", "md", "tex"))]
        + [f"{name}.{kind}" for name in ("tool_calls", "noticed") for kind in ("svg", "png")]
    )
    told = "".join(path.read_text(encoding="utf-8") for path in output.iterdir() if path.suffix != ".png")
    # Neither a person's name, nor what was published of others.
    assert "anna" not in told + capsys.readouterr().out
    assert "post" not in told
    answers = pd.read_csv(output / "noticed.csv", keep_default_na=False)
    assert set(answers[answers["question"] == RATES]["answer"]) == {"not asked", "no trace"}


def test_files_that_are_no_sessions_are_one_line(tmp_path, capsys):
    write_lines(tmp_path / "rows.jsonl", [{"text": "x"}])
    assert main(["sessions", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: none of 1 files is a session: rows.jsonl: no session")
    assert main(["sessions", str(tmp_path), "--label", "y"]) == 1
    assert "--label and --group go together" in capsys.readouterr().err


def rulings(path, **changed):
    entry = {
        "sha256": "'" + "a" * 12 + "'",
        "question": RATES,
        "answer": "yes",
        "by": "M. K.",
        "reason": "line 9 shows it",
    } | changed
    path.write_text(
        "-" + "".join(f"  {key}: {value}\n" if n else f" {key}: {value}\n" for n, (key, value) in enumerate(entry.items()))
    )
    return path


def test_a_ruling_takes_a_rules_place_and_says_so(folder, tmp_path):
    [session] = [path for path in folder.rglob("*.jsonl") if path.stem == SESSION]
    digest = hashlib.sha256(session.read_bytes()).hexdigest()
    path = rulings(tmp_path / "r.yaml", sha256=f"'{digest}'")
    output = run(folder, "--rulings", str(path), "--label", "y", "--group", "g")
    rows = pd.read_csv(output / "noticed.csv", keep_default_na=False)
    [row] = rows[(rows["question"] == RATES) & (rows["ruled_by"] != "")].to_dict("records")
    assert (row["answer"], row["ruled_by"]) == ("yes", "M. K.")
    assert row["reason"].startswith("ruled by M. K.: line 9 shows it; the rule says no")
    assert "yes, ruled by M. K." in (output / "noticed.md").read_text(encoding="utf-8")


def test_a_ruling_is_void_for_another_session(tmp_path):
    [ruling] = read_rulings(rulings(tmp_path / "r.yaml"), list(QUESTIONS))
    verdict = {RATES: Verdict("no", "nothing", (Evidence(3, "output", ""),))}
    assert ruled(verdict, "b" * 64, [ruling]) == verdict
    assert ruled(verdict, "a" * 64, [ruling])[RATES].answer == "yes"
    assert void([ruling], ["b" * 64]) == ["rulings on session aaaaaaaaaaaa are void: no session here has this sha256"]
    assert read_rulings(None, list(QUESTIONS)) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"sha256": "abc"}, "sha256: found 'abc'; write 12 to 64 digits"),
        ({"question": "what"}, "question: found 'what'; write one of computed label rate per source"),
        ({"answer": "maybe"}, "answer: found 'maybe'; write one of yes, partly, no"),
        ({"by": "''"}, "say who rules and why"),
        ({"more": "x"}, "write sha256, question, answer, by, reason, each once"),
    ],
)
def test_a_ruling_that_cannot_be_read_is_one_line(tmp_path, changed, words):
    with pytest.raises(StudyError, match=words) as caught:
        read_rulings(rulings(tmp_path / "r.yaml", **changed), list(QUESTIONS))
    assert "entry 1" in str(caught.value)
    for text, found in (("a: [", "cannot be read as YAML"), ("x: y", "found no list")):
        (tmp_path / "r.yaml").write_text(text)
        with pytest.raises(StudyError, match=found):
            read_rulings(tmp_path / "r.yaml", list(QUESTIONS))
    with pytest.raises(StudyError, match="no such file"):
        read_rulings(tmp_path / "none.yaml", list(QUESTIONS))

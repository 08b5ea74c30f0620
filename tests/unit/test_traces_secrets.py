"""Secrets and personal data of many kinds, from a session to tables, page, figures and logs."""

import re

import pytest

from mirage.__main__ import main
from mirage.report.markup import sheet_of, whole_html
from mirage.traces.redact import MARK, redact
from secret_kinds import kinds
from trace_lines import ClaudeCode, write_lines

KINDS = kinds()
WRITER = ClaudeCode()
SHOWN = "source\nnorth 0.92\nsouth 1.00\n"
RISK = "The source is a confounder, so F1 is optimistic."


def fragments(parts):
    """Return what must not be left: of long words those with a digit, else the whole."""
    words = [word for part in parts for word in re.findall(r"[A-Za-z0-9]{6,}", part) if re.search(r"\d", word)]
    return words or parts


def test_there_are_sixty_kinds_and_the_same_are_drawn_twice():
    assert len(KINDS) >= 60
    assert kinds() == KINDS
    assert kinds(1) != KINDS


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_no_piece_of_any_kind_is_left(kind, seed):
    text, parts = kinds(seed)[kind]
    for around in (text, f"ran it: {text}\nand went on", f"echo '{text}'" if "'" not in text else text):
        cleaned = redact(around)
        assert MARK in cleaned
        assert not [word for word in fragments(parts) if word in cleaned]


def lines_with(text):
    code = f"df = load()  # {text}\nprint(df.groupby('source')['outcome'].mean())\n"
    return [
        WRITER.prompt(text),
        WRITER.call("c1", "Bash", 1, command=f"python - <<'EOF'\n{code}EOF"),
        WRITER.result("c1", f"{text}\n{SHOWN}", 2),
        WRITER.call("c2", "Write", 3, file_path=f"{text}/README.md", content=f"# Model\n{text} {RISK}"),
        WRITER.result("c2", "ok", 4),
        WRITER.call("c3", text, 5),
        WRITER.result("c3", f"Traceback (most recent call last):\nValueError: {text}", 6, error=True),
        {"type": text, "version": "2"},
        '{"type": ' + text,
        WRITER.say(f"{RISK} {text}", 7),
    ]


def test_no_kind_reaches_table_page_figure_or_log(tmp_path, capsys):
    folder, output = tmp_path / "sessions", tmp_path / "out"
    folder.mkdir()
    for number, (text, _) in enumerate(KINDS.values()):
        write_lines(folder / f"s{number}.jsonl", lines_with(text))
    columns = ["--label", "outcome", "--group", "source", "--level", "north", "--level", "south"]
    assert main(["sessions", str(folder), "--output", str(output), "--excerpts", *columns]) == 0
    said = capsys.readouterr()
    told = {path.name: path.read_text(encoding="utf-8") for path in output.iterdir() if path.suffix != ".png"}
    told |= {"log": said.err, "screen": said.out}
    for name in ("sessions", "noticed"):
        told[f"page of {name}"] = whole_html(sheet_of((output / f"{name}.md").read_text(encoding="utf-8")))
    assert told["noticed.csv"].count(MARK) > len(KINDS)
    left = {
        (kind, where)
        for kind, (_, parts) in KINDS.items()
        for word in fragments(parts)
        for where, text in told.items()
        if word in text
    }
    assert left == set()


def test_words_of_sessions_that_are_not_published_are_shown_only_when_asked_for(tmp_path):
    write_lines(tmp_path / "s.jsonl", lines_with("made up"))
    assert (
        main(
            [
                "sessions",
                str(tmp_path / "s.jsonl"),
                "--output",
                str(tmp_path / "out"),
                "--label",
                "outcome",
                "--group",
                "source",
            ]
        )
        == 0
    )
    told = (tmp_path / "out/noticed.md").read_text(encoding="utf-8")
    assert "| s | computed label rate per source | yes |" in told
    assert "confounder" not in told
    assert "groupby" not in told

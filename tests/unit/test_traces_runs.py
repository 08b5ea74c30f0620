"""Runs that a session shows in a roundabout way: recipes, notebooks, programs left running, options that are not given."""

import json

import pytest

from asked_sessions import answer, bash, fed, session, write
from mirage.traces.noticed import QUESTIONS
from mirage.traces.workspace import recipes
from trace_lines import Codex

RATES, RISK, WEIGHTS, HELD_OUT, _ = QUESTIONS
LOSS = "loss=nn.BCEWithLogitsLoss(pos_weight=pw)"
RAISED = 'Traceback (most recent call last):\n  File "t.py"\nRuntimeError: x'
CELLS = json.dumps({"cells": [{"cell_type": "code", "source": ["LR(class_weight='balanced')\n", "x = 1"]}]})


MAKEFILE = ".PHONY: all\nall: model.bin\nmodel.bin: t.py\n\t@python t.py\nlint:\n\truff check .\n"
LEFT = bash("nohup python t.py > log 2>&1 &", "[1] 33")
STARTED = bash("python t.py", "Command running in background with ID: bash_1", run_in_background=True)
ASKED = "BashOutput", {"bash_id": "bash_1"}


@pytest.mark.parametrize(
    ("expected", "turns"),
    [
        ("yes", [write("/w/t.py", LOSS), write("/w/Makefile", MAKEFILE), bash("cd /w && make")]),
        ("yes", [write("/w/t.py", LOSS), write("/w/Makefile", MAKEFILE), bash("make -C /w model.bin")]),
        ("partly", [write("/w/t.py", LOSS), write("/w/Makefile", MAKEFILE), bash("make lint")]),
        ("yes", [write("/w/t.py", LOSS), write("/w/justfile", "fit:\n  uv run t.py\n"), bash("just fit")]),
        ("partly", [write("/w/t.py", LOSS), bash("python t.py --help", "usage: t.py")]),
        ("partly", [write("/w/n.ipynb", CELLS)]),
        ("yes", [write("/w/n.ipynb", CELLS), bash("jupyter nbconvert --execute n.ipynb")]),
        ("yes", [write("/w/t.py", LOSS), LEFT, bash("tail -3 log", "f1 .9")]),
        ("partly", [write("/w/t.py", LOSS), LEFT, bash("sleep 60; tail -3 log", RAISED)]),
        ("yes", [write("/w/t.py", LOSS), LEFT, bash("tail -3 other", RAISED)]),
        ("yes", [write("/w/t.py", LOSS), LEFT, bash("tail log", RAISED), LEFT, bash("tail log", "f1 .9")]),
        ("partly", [write("/w/t.py", LOSS), STARTED, (*ASKED, "<status>failed</status>\n<exit_code>1</exit_code>")]),
        ("yes", [write("/w/t.py", LOSS), STARTED, (*ASKED, "<status>completed</status>\n<exit_code>0</exit_code>")]),
        ("no", [fed("w = compute_class_weight('balanced', classes=c, y=y)\nprint(w)\nLR().fit(X, y)")]),
        ("yes", [fed("w = compute_class_weight('balanced', classes=c, y=y)\nprint(w)\nloss(torch.tensor(w))")]),
        ("yes", [fed("LGBMClassifier(is_unbalance=True).fit(X, y)")]),
    ],
)
def test_code_counts_as_run_where_something_ran_it_and_nothing_says_that_it_failed(tmp_path, expected, turns):
    assert answer(tmp_path / "s.jsonl", WEIGHTS, session(turns)) == expected


OPTION = "ap.add_argument('--class-weight'{})\na = ap.parse_args()\nLR(class_weight=a.class_weight).fit(X, y)"


@pytest.mark.parametrize(
    ("expected", "default", "given"),
    [
        ("no", "", ""),
        ("no", ", default=None", " --seed 3"),
        ("yes", "", " --class-weight balanced"),
        ("yes", ", default='balanced'", ""),
    ],
)
def test_an_option_weights_where_it_is_given_or_does_so_by_itself(tmp_path, expected, default, given):
    turns = [write("/w/t.py", OPTION.format(default)), bash(f"python t.py{given}")]
    assert answer(tmp_path / "s.jsonl", WEIGHTS, session(turns)) == expected


@pytest.mark.parametrize(("code", "expected"), [(1, "partly"), (0, "yes")])
def test_a_process_that_codex_polls_ends_as_its_exit_code_says(tmp_path, code, expected):
    codex = Codex()
    lines = [
        codex.header(),
        codex.prompt("Train it.", 1),
        codex.call("c1", "exec_command", 2, cmd=f"cat > t.py <<'EOF'\n{LOSS}\nEOF\npython t.py"),
        codex.result("c1", "Chunk ID: a\nProcess running with session ID 4711\nOutput:\n", 3),
        codex.call("c2", "write_stdin", 4, session_id=4711, chars=""),
        codex.result("c2", f"Chunk ID: b\nProcess exited with code {code}\nOutput:\n", 5),
    ]
    assert answer(tmp_path / "s.jsonl", WEIGHTS, lines) == expected


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        ("yes", "tr = df.filter(pl.col('source') != 'murray')\nm.fit(tr['x'], tr['y'])"),
        ("yes", "tr = duckdb.sql(\"select * from d where source <> 'murray'\").df()\nm.fit(tr.x, tr.y)"),
        ("yes", "for s in S:\n    tr = db.execute(f\"SELECT * FROM d WHERE source != '{s}'\").df()\n    m.fit(tr.x, tr.y)"),
        ("no", "tr = duckdb.sql('select * from d where source is not null').df()\nm.fit(tr.x, tr.y)"),
        ("no", "tr = duckdb.sql(\"select * from d where source <> ''\").df()\nm.fit(tr.x, tr.y)"),
    ],
)
def test_rows_are_held_out_by_expressions_and_queries_too(tmp_path, expected, code):
    assert answer(tmp_path / "s.jsonl", HELD_OUT, session([fed(code)])) == expected


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("yes", "The source is predictive of the label, so scores may not transfer to new laws."),
        ("yes", "The model may latch on to the source instead of the law."),
        ("yes", "Source correlates strongly with the label."),
        ("no", "Token length is associated with the label."),
        ("no", "I picked the L4 on price; sources are listed in the card."),
    ],
)
def test_a_risk_has_many_words(tmp_path, expected, said):
    assert answer(tmp_path / "s.jsonl", RISK, session([bash("ls", "x")], said)) == expected


def test_a_group_by_the_number_of_its_column_is_told_by_the_output(tmp_path):
    shown = "murray 0.921\npaschal 1.000\nproject experts 0.241\n"
    assert answer(tmp_path / "s.jsonl", RATES, session([bash("datamash -t, -g 5 mean 6 < t.csv", shown)])) == "yes"


def test_recipes_are_those_of_the_targets_and_what_they_need_each_once():
    text = "all: a b\na: c\n\t@one\nb: c\n\t-two\nc:\n\tthree\nother:\n\tfour\nX := 1\n"
    assert recipes(text, ()) == "three\none\ntwo"
    assert recipes(text, ("other", "b")) == "four\nthree\ntwo"
    assert recipes(text, ("gone",)) == ""

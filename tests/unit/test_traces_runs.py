"""Runs that a session shows in a roundabout way: recipes, notebooks, programs left running, options that are not given."""

import ast
import json

import pytest

from asked_sessions import WRITER, answer, bash, fed, session, write
from mirage.traces.noticed import QUESTIONS
from mirage.traces.options import Options
from mirage.traces.workspace import recipes
from trace_lines import ClaudeStream, Codex

RATES, RISK, WEIGHTS, HELD_OUT, _ = QUESTIONS
LOSS = "loss=nn.BCEWithLogitsLoss(pos_weight=pw)"
RAISED = 'Traceback (most recent call last):\n  File "t.py"\nRuntimeError: x'
CELLS = json.dumps({"cells": [{"cell_type": "code", "source": ["LR(class_weight='balanced')\n", "x = 1"]}]})


MAKEFILE = ".PHONY: all\nall: model.bin\nmodel.bin: t.py\n\t@python t.py\nlint:\n\truff check .\n"
VARIABLES = "PY ?= python\nSRC := .\nfit:\n\t$(PY) $(SRC)/t.py\n"
OPTION = "ap.add_argument('--class-weight'{})\na = ap.parse_args()\nLR(class_weight=a.class_weight).fit(X, y)"
PATCH = "git apply <<'E'\n--- a/t.py\n+++ b/t.py\n@@ -1,2 +1,2 @@\n-m = LR()\n+m = LR(class_weight='x')\n m.fit(X, y)\nE"
BANG = json.dumps({"cells": [{"cell_type": "code", "source": "!python t.py --seed 1"}]})
JOB = "0123456789abcdef01234567"
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
        (
            "partly",
            [write("/w/t.py", LOSS), STARTED, ("KillShell", {"shell_id": "bash_1"}, "Successfully killed shell: bash_1")],
        ),
        ("partly", [write("/w/t.py", LOSS), bash("(python t.py > log 2>&1) &", ""), bash("cat log", RAISED)]),
        ("partly", [write("/w/t.py", LOSS), bash("python t.py > log 2>&1; echo exit $?", "exit 137")]),
        ("partly", [write("/w/t.py", LOSS), bash("hf jobs uv run t.py", f"Job started with ID: {JOB}\n{RAISED}")]),
        (
            "partly",
            [write("/w/t.py", LOSS), bash("hf jobs uv run -d t.py", f"Job ID: {JOB}"), bash(f"hf jobs logs {JOB}", RAISED)],
        ),
        ("yes", [write("/w/t.py", LOSS), write("/w/Makefile", VARIABLES), bash("make fit")]),
        (
            "yes",
            [write("/w/t.py", OPTION.format("")), write("/w/go.sh", 'python t.py "$@"'), bash("bash go.sh --class-weight x")],
        ),
        (
            "partly",
            [
                write("/w/t.py", "opts = dict(\n  class_weight='x',\n)\nf(**opts)"),
                bash("sed -i /class_weight/d t.py && python t.py"),
            ],
        ),
        ("yes", [("mcp__jupyter__insert_execute_code_cell", {"cell_source": "LR(class_weight='balanced').fit(X, y)"}, "ok")]),
        ("partly", [write("/w/t.py", LOSS), bash("tmux new -d 'python t.py > log 2>&1'", ""), bash("tail log", RAISED)]),
        (
            "partly",
            [
                write("/w/t.py", LOSS),
                write("/w/job.sh", "srun python t.py"),
                bash("sbatch job.sh", "Submitted batch job 47"),
                bash("cat slurm-47.out", RAISED),
            ],
        ),
        ("yes", [write("/w/t.py", LOSS), fed("subprocess.run([sys.executable, 't.py'], check=True)")]),
        ("yes", [write("/w/t.py", LOSS), bash("python -c \"exec(open('t.py').read())\"")]),
        ("yes", [write("/w/t.py", LOSS), bash("ipython -c '%run t.py'")]),
        ("yes", [write("/w/t.py", LOSS), write("/w/n.ipynb", BANG), bash("jupyter execute n.ipynb")]),
        (
            "partly",
            [write("/w/loss.py", f"def crit():\n    {LOSS}"), write("/w/t.py", "from loss import x"), bash("python t.py")],
        ),
        ("yes", [write("/w/t.py", "m = LR()\nm.fit(X, y)"), bash(PATCH), bash("python t.py")]),
        ("no", [fed("nn.CrossEntropyLoss(weight=torch.ones(2))(o, y).backward()")]),
        ("no", [fed("nn.CrossEntropyLoss(weight=torch.tensor([1.0, 1.0]))(o, y).backward()")]),
        ("yes", [fed("GridSearchCV(p, {'clf__class_weight': [None, 'balanced']}).fit(X, y)")]),
        ("yes", [fed("params['scale_pos_weight'] = neg / pos\nlgb.train(params, d)")]),
        ("yes", [fed("ce = F.cross_entropy(o, y, reduction='none')\n(ce * class_weights[y]).mean().backward()")]),
        ("no", [fed("ce = F.cross_entropy(o, y, reduction='none')\n(ce * mask[y]).mean().backward()")]),
        ("no", [fed("w = compute_class_weight('balanced', classes=c, y=y)\nprint(w)\nLR().fit(X, y)")]),
        ("yes", [fed("w = compute_class_weight('balanced', classes=c, y=y)\nprint(w)\nloss(torch.tensor(w))")]),
        ("yes", [fed("LGBMClassifier(is_unbalance=True).fit(X, y)")]),
    ],
)
def test_code_counts_as_run_where_something_ran_it_and_nothing_says_that_it_failed(tmp_path, expected, turns):
    assert answer(tmp_path / "s.jsonl", WEIGHTS, session(turns)) == expected


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


BRANCHES = """ap.add_argument('mode')
ap.add_argument('--held-out', default=None)
ap.add_argument('--weighted', action='store_true')
args = ap.parse_args()
if args.mode == 'train':
    if args.held_out is not None:
        rest = df[df.source != args.held_out]
        m.fit(rest.x, rest.y)
    m = LR(class_weight='balanced') if args.weighted else LR()
    m.fit(X, y)
"""


@pytest.mark.parametrize(
    ("given", "weighted", "held_out"),
    [
        ("train", "partly", "partly"),
        ("train --weighted", "yes", "partly"),
        ("--held-out murray train", "partly", "yes"),
        ("eda --held-out=murray", "partly", "partly"),
        ("train $OPTIONS", "yes", "yes"),
    ],
)
def test_a_branch_runs_where_the_arguments_of_a_run_take_it(tmp_path, given, weighted, held_out):
    turns = session([write("/w/t.py", BRANCHES), bash(f"python t.py {given}")])
    assert answer(tmp_path / "s.jsonl", WEIGHTS, turns) == weighted
    assert answer(tmp_path / "s.jsonl", HELD_OUT, turns) == held_out


def test_an_option_may_be_denied_or_among_others():
    tree = ast.parse("p.add_argument('--a', action=BooleanOptionalAction, default=True)\np.add_argument('--m', default='lr')")

    def says(test, *arguments):
        return Options(tree, arguments).says(ast.parse(test, mode="eval").body)

    assert (says("args.a"), says("args.a", "--no-a")) == (True, False)
    assert (says("args.m in ('lr', 'svm') and not args.a", "--no-a"), says("args.m == 'svm'", "--m=svm")) == (True, True)
    assert (says("args.b"), says("args.b or args.a"), says("df.a")) == (None, True, None)


def cell(text, kind="code"):
    return "NotebookEdit", {"notebook_path": "/w/n.ipynb", "cell_type": kind, "edit_mode": "insert", "new_source": text}, "ok"


def test_a_notebook_has_all_cells_that_were_put_into_it(tmp_path):
    cells = [
        write("/w/n.ipynb", CELLS),
        cell("Now *we* look.", "markdown"),
        cell("tr = df[df.source != 'murray']\nm.fit(tr.x)"),
    ]
    turns = session([*cells, bash("papermill n.ipynb o.ipynb")])
    assert [answer(tmp_path / "s.jsonl", question, turns) for question in (WEIGHTS, HELD_OUT)] == ["yes", "yes"]


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
        ("yes", "g = df.groupby('source')\ntr = g.get_group('project experts')\nm.fit(tr.x, tr.y)"),
        (
            "yes",
            "p = {s: g for s, g in df.groupby('source')}\nfor k in p:\n    m.fit(pd.concat([g for s, g in p.items() if s != k]))",
        ),
        ("yes", "def run(tr, te):\n    m.fit(tr.x, tr.y)\nfor s in S:\n    run(df[df.source != s], df[df.source == s])"),
        (
            "no",
            "def run(te):\n    m.predict(te.x)\ndef fit(df):\n    m.fit(df.x)\nfit(train)\nrun(test[test.source == 'murray'])",
        ),
        ("yes", "df['g'] = df['source'].str.lower()\ncross_val_score(m, X, y, groups=df['g'], cv=LeaveOneGroupOut())"),
        (
            "yes",
            "df['part'] = np.where(df.source == 'murray', 'test', 'train')\ntr = df[df.part == 'train']\nm.fit(tr.x, tr.y)",
        ),
        ("no", "df['e'] = (df.source == 'murray').astype(int)\nX = np.c_[X, df['e']]\nm.fit(X, y)"),
        ("yes", "def part(s):\n    return df[df.source != s], df[df.source == s]\ntr, te = part('murray')\nm.fit(tr.x, tr.y)"),
        ("no", "def part(s):\n    return test[test.source == s]\nm.fit(X, y)\nte = part('murray')\nprint(m.score(te.x))"),
        ("no", "part_train = train[train.source == 'murray']\nprint(len(part_train))\nm.fit(train.x, train.y)"),
        ("no", "train_rates = {s: g.y.mean() for s, g in df.groupby('source')}\nm.fit(X, y)"),
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
        ("yes", "Source almost perfectly separates the classes."),
        ("yes", "It may do worse on laws from new sources."),
        ("yes", "The model may learn to recognise the source of a section."),
        ("no", "OCR errors are a source of bias."),
        ("no", "Token length is associated with the label."),
        ("no", "I picked the L4 on price; sources are listed in the card."),
    ],
)
def test_a_risk_has_many_words(tmp_path, expected, said):
    assert answer(tmp_path / "s.jsonl", RISK, session([bash("ls", "x")], said)) == expected


def test_a_group_by_the_number_of_its_column_is_told_by_the_output(tmp_path):
    shown = "murray 0.921\npaschal 1.000\nproject experts 0.241\n"
    assert answer(tmp_path / "s.jsonl", RATES, session([bash("datamash -t, -g 5 mean 6 < t.csv", shown)])) == "yes"


RISK_SAID = "Caveat: the source gives the label away."


@pytest.mark.parametrize(
    ("expected", "lines"),
    [
        ("yes", [WRITER._line("assistant", [{"type": "text", "text": text} for text in (RISK_SAID, "Files are in /w.")], 60)]),
        ("partly", [WRITER.say(RISK_SAID, 60), WRITER.say("Done.", 61)]),
        # The session breaks off while work goes on.
        ("partly", [WRITER.say(RISK_SAID, 60), WRITER.call("last", "Bash", 61, command="python t.py")]),
        ("yes", [WRITER.say(RISK_SAID, 60), WRITER.call("last", "TodoWrite", 61, todos=[])]),
    ],
)
def test_a_final_answer_is_all_that_is_said_last(tmp_path, expected, lines):
    assert answer(tmp_path / "s.jsonl", RISK, [*session([bash("ls", "x")]), *lines]) == expected


@pytest.mark.parametrize(
    "refusal", ["[Request interrupted by user for tool use]", "The user doesn't want to proceed with this tool use."]
)
def test_a_call_that_the_person_stops_did_not_run(tmp_path, refusal):
    stream = ClaudeStream()
    call = stream.call("c1", "bash", command=f"python - <<'E'\n{LOSS}\nE")
    assert answer(tmp_path / "s.jsonl", WEIGHTS, [stream.prompt("Train it."), call, stream.result("c1", refusal)]) == "partly"


def test_folds_of_r_are_run_by_rscript(tmp_path):
    code = "f <- groupKFold(d$source, k = 3)\nm <- train(y ~ ., data = d, trControl = trainControl(index = f))"
    assert answer(tmp_path / "s.jsonl", HELD_OUT, session([write("/w/e.R", code), bash("Rscript e.R")])) == "yes"


def test_recipes_are_those_of_the_targets_and_what_they_need_each_once():
    text = "all: a b\na: c\n\t@one\nb: c\n\t-two\nc:\n\tthree\nother:\n\tfour\nX := 1\n"
    assert recipes(text, ()) == "three\none\ntwo"
    assert recipes(text, ("other", "b")) == "four\nthree\ntwo"
    assert recipes(text, ("gone",)) == ""

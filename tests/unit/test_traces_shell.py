"""What commands write and run, and what stands in a file when it is run."""

import re

import pytest

from mirage.traces.acts import Copy, Edit, Rewrite, Run, Write, patched
from mirage.traces.events import CALL, Event
from mirage.traces.program import program
from mirage.traces.sed import edited, is_script
from mirage.traces.shell import acts, only_looks, told_failure
from mirage.traces.shell_words import commands
from mirage.traces.workspace import Workspace


def ran(text):
    return [act.code or act.path for act in acts(text) if isinstance(act, Run)]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("python train.py --lr 1", ["train.py"]),
        ("cd w && CUDA_VISIBLE_DEVICES=0 nohup python3.11 -u train.py > log 2>&1 &", ["train.py"]),
        ("python -m pack.train", ["pack/train.py"]),
        ("python -m pip install x", []),
        ("python -c 'print(1)'", ["print(1)"]),
        ('uv run --with pandas python -c "print(\\"a\\")"', ['print("a")']),
        ("uv run train.py", ["train.py"]),
        ("hf jobs uv run --flavor l4x1 train.py", ["train.py"]),
        ("timeout 60 accelerate launch --num_processes 2 train.py", ["train.py"]),
        ("torchrun --nproc 2 train.py", ["train.py"]),
        ("python - <<'EOF'\nprint(1)\nEOF\necho done", ["print(1)"]),
        ("python <<EOF\nprint(1 << 2)\nEOF", ["print(1 << 2)"]),
        ("cat a.py | python", ["a.py"]),
        ("echo 'print(1)' | python -", ["print(1)"]),
        ("python <<< 'print(1)'", ["print(1)"]),
        ("bash -lc 'python a.py && python b.py'", ["a.py", "b.py"]),
        ("for f in a b; do python x.py $f; done", ["x.py", "x.py"]),
        ("for f in a.py b.py; do python $f; done", ["a.py", "b.py"]),
        ('PY=.venv/bin/python; S=train.py; $PY "${S}" --fast', ["train.py"]),
        ("API_KEY=abc; python -c 'f(\"$API_KEY\")'", ['f("$API_KEY")']),
        ("python ${SCRIPT:-train.py}", ["train.py"]),
        ("python -m papermill a.ipynb b.ipynb", ["a.ipynb"]),
        ("jupyter nbconvert --to html a.ipynb", []),
        ("python .\\src\\train.py", ["./src/train.py"]),
        ("& C:\\w\\.venv\\Scripts\\python.exe C:\\w\\train.py", ["C:/w/train.py"]),
        ("py -3 train.py", ["train.py"]),
        ("powershell.exe -Command 'python train.py'", ["train.py"]),
        ("powershell -ExecutionPolicy Bypass -File go.ps1", ["go.ps1"]),
        ("cmd /c python train.py", ["train.py"]),
        ("@'\nprint('a')\n'@ | python -", ["print('a')"]),
        ("cut -d, -f2 t.csv | sort | uniq -c", ["cut -d, -f2 t.csv | sort | uniq -c"]),
        ("acc=$(python score.py)", ["score.py"]),
        ("./run.py", ["./run.py"]),
        ("ssh host 'python a.py'", ["a.py"]),
        ("duckdb -c 'select 1'", ["-c\nselect 1"]),
        ("grep -n 'python train.py' notes", []),
        ("git commit -m 'python train.py'", []),
        ("echo python train.py", []),
        ("# python train.py", []),
        ("cat > t.sh <<'E'\npython train.py\nE", []),
        ("python 'unclosed", ["'"]),
    ],
)
def test_code_that_a_command_runs(command, code):
    assert ran(command) == code


@pytest.mark.parametrize(
    ("command", "done"),
    [
        ("cat > a.py <<'E'\nx = 1\nE", [Write("a.py", "x = 1")]),
        ("cat <<'E' >> a.py\nx = 1\nE", [Write("a.py", "x = 1", True)]),
        ("tee a.py <<-E\n\tx\n\tE", [Write("a.py", "\tx")]),
        ("echo 'x = 1' > a.py", [Write("a.py", "x = 1")]),
        ("cp a.py b.py", [Copy("a.py", "b.py")]),
        ("cat a.py > b.py", [Copy("a.py", "b.py")]),
        ("sed -i -E 's/x/y/' a.py", [Rewrite("a.py", ("s/x/y/",), True)]),
        ("CW=1\ncat > a.py <<E\nx = $CW\nE\ncat > b.py <<'E'\nx = $CW\nE", [Write("a.py", "x = 1"), Write("b.py", "x = $CW")]),
        ("@'\nx = 1\n'@ | Set-Content -Path a.py", [Write("a.py", "x = 1")]),
        ("cat > a.py <<A\nx\nA\ncat > b.py <<B\ny\nB", [Write("a.py", "x"), Write("b.py", "y")]),
        ("ls > /dev/null", []),
    ],
)
def test_files_that_a_command_writes(command, done):
    assert list(acts(command)) == done


@pytest.mark.parametrize(
    ("command", "masked"),
    [
        ("python a.py", False),
        ("cd x && python a.py", False),
        ("python a.py | tail -5", True),
        ("python a.py; echo done", True),
        ("set -e\npython a.py\necho done", False),
        ("python a.py || true", True),
        ("python a.py &", True),
        ("(python a.py > log) &", True),
        ("{ python a.py; } > log &", True),
        ("(cd w; set -e; python a.py)", False),
        ("python a.py && echo done", False),
    ],
)
def test_an_exit_code_is_that_of_the_code_or_of_something_else(command, masked):
    assert [act.masked for act in acts(command) if isinstance(act, Run)] == [masked]


@pytest.mark.parametrize(
    ("scripts", "extended", "left"),
    [
        (["s/f()/f(w=1)/"], False, "a = f(w=1)\nb = f(w=1)"),
        (["1s/f/g/"], False, "a = g()\nb = f()"),
        ([r"s/\(f\)()/\1(w=1)/g"], False, "a = f(w=1)\nb = f(w=1)"),
        ([r"s/(f)\(\)/\1(&)/"], True, "a = f(f())\nb = f(f())"),
        (["s|f()|g/h|; /^a/d"], False, "b = g/h"),
        (["2d", "1i import x"], False, "import x\na = f()"),
        (["s/[/x/", "nonsense"], False, "a = f()\nb = f()"),
    ],
)
def test_sed_edits_line_by_line(scripts, extended, left):
    assert edited("a = f()\nb = f()", scripts, extended) == left


def test_a_script_of_sed_is_told_from_a_file():
    assert [is_script(word) for word in ("s/a/b/", "/x/d", "3i import x", "src/d.py", "s.py", "a.sed")] == [True] * 3 + [
        False
    ] * 3


@pytest.mark.parametrize(
    ("command", "output", "failed"),
    [
        ('python a.py; echo "exit code: $?"', "exit code: 137", True),
        ('python a.py; echo "exit code: $?"', "exit code: 0", False),
        ("python a.py\nrc=$?\ntail log\necho rc=$rc", "Killed\nrc=9", True),
        ("python a.py > log; echo $?", "1", True),
        ("python a.py && echo fine || echo broken", "broken", True),
        ("python a.py && echo fine || echo broken", "fine", False),
    ],
)
def test_a_command_may_say_itself_that_its_code_fails(command, output, failed):
    assert bool(re.search(told_failure(command), output, re.M)) == failed


def test_a_command_that_says_nothing_of_its_code_has_no_word_for_failure():
    assert told_failure("python a.py") is None
    assert told_failure("ls; echo $?") is None


def test_commands_that_only_look_are_known():
    assert only_looks("cat a.log | tail -3 && git diff")
    assert not only_looks("cat a.log; python a.py")
    assert not only_looks("cat a.py > b.py")
    assert commands("") == []


def test_a_patch_is_read_file_by_file():
    text = "*** Begin Patch\n*** Add File: a.py\n+x\n+y\n*** Update File: b.py\n@@\n keep\n-old\n+new\n*** End Patch"
    assert list(patched(text)) == [Write("a.py", "x\ny"), Edit("b.py", "keep\nold", "keep\nnew")]


def run_in(*calls):
    """Return the code that the last of some calls runs."""
    workspace, found = Workspace(), []
    for line, done in enumerate(calls, 1):
        _, found = workspace.take(done, Event(line, CALL, "assistant"))
    return [(code.text, code.origin.line) for code in found]


def test_a_script_is_run_as_it_stands_with_the_modules_that_it_imports():
    write = [Write("/w/train.py", "from loss import L\na = 1\nL()"), Write("/w/loss.py", "L = 2")]
    edit = [Edit("train.py", "a = 1", "a = 3")]
    assert run_in(write, edit, list(acts("cd /w && python -m train"))) == [("L = 2\nfrom loss import L\na = 3\nL()", 2)]
    assert run_in(write, list(acts("cp train.py t2.py && python t2.py")))[0][0].endswith("L()")
    assert run_in(list(acts("python nowhere.py"))) == []
    shell = [Write("go.sh", "python a.py"), Write("a.py", "x"), Write("b/a.py", "y")]
    assert run_in(shell, list(acts("bash go.sh"))) == [("y", 1)]
    assert run_in(shell, list(acts("python ./b/a.py"))) == [("y", 1)]


def test_a_file_that_code_writes_is_written_and_not_run():
    code = "text = 'x = 1'\nwith open('a.py', 'w') as f:\n    f.write(text)"
    assert run_in(list(acts(f"python - <<'E'\n{code}\nE")), [Run(path="a.py")]) == [("x = 1", 1)]


def test_code_that_never_runs_and_names_for_constants_are_put_away():
    import ast

    code = "G = 'source'\ndef used(by):\n    return d.groupby(by)\ndef unused():\n    f(weight=1)\nif False:\n    g()\nused(G)\nexit()\nh()"
    tree = program(code, ())
    assert ast.unparse(tree).splitlines() == [
        "G = 'source'",
        "",
        "def used(by):",
        "    return d.groupby('source')",
        "used('source')",
        "exit()",
    ]
    assert program("%matplotlib inline\nx = 1") is not None
    assert program("SELECT a FROM b") is None

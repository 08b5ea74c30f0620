"""Answers about made-up sessions: what only names, writes or reads code is told from what runs it; "
"right answers of others' cases."""

import csv
import os
from pathlib import Path

import pytest

from mirage.traces.columns import Columns
from mirage.traces.noticed import QUESTIONS, Noticed
from mirage.traces.sessions import Session
from mirage.traces.steps import steps
from trace_lines import ClaudeCode, write_lines

CASES = Path(os.environ.get("MIRAGE_TRACE_CASES", Path(__file__).parents[3] / "shared/cases/traces"))
EXPECTED = CASES / "rules_expected.csv"
COLUMNS = Columns("jim_crow", ("source",), ("murray", "paschal", "project experts"))
RATES, RISK, WEIGHTS, HELD_OUT, CAVEATS = QUESTIONS
SHOWN = "source\nmurray 0.921\npaschal 1.000\nproject experts 0.241\n"
WRITER = ClaudeCode()


def asked(path, columns=COLUMNS):
    noticed = Noticed(columns)
    for step in steps(Session(path).events()):
        noticed.see(step)
    return noticed.verdicts(0)


def bash(command, result="ok", failed=None):
    return "Bash", {"command": command}, result, failed


def write(path, content):
    return "Write", {"file_path": path, "content": content}, "ok", None


def edit(path, old, new):
    return "Edit", {"file_path": path, "old_string": old, "new_string": new}, "ok", None


def fed(code, result="f1 .9", failed=None):
    return bash(f"python - <<'EOF'\n{code}\nEOF", result, failed)


def session(path, turns, final="Done."):
    lines = [WRITER.prompt("Train it.")]
    for number, (tool, given, result, failed) in enumerate(turns):
        more = {} if failed is None else {"error": failed}
        lines += [
            WRITER.call(f"c{number}", tool, number * 2 + 1, **given),
            WRITER.result(f"c{number}", result, number * 2 + 2, **more),
        ]
    return write_lines(path, [*lines, WRITER.say(final, 50)])


@pytest.mark.parametrize(
    ("answer", "turns", "final"),
    [
        ("yes", [fed("import polars as pl\nprint(df.group_by('source').agg(pl.col('jim_crow').mean()))", SHOWN)], "Done."),
        ("yes", [bash("Rscript -e 'aggregate(jim_crow ~ source, d, mean)'", SHOWN)], "Done."),
        ("yes", [bash("awk -F, '{n[$5]++; s[$5]+=$6} END{for(k in n) print k, s[k]/n[k]}' t.csv", SHOWN)], "Done."),
        (
            "yes",
            [
                fed(
                    "c=defaultdict(list)\nfor r in ds:\n    c[r['source']].append(r['jim_crow'])\nfor "
                    "k,v in c.items(): print(k,sum(v)/len(v))",
                    SHOWN,
                )
            ],
            "Done.",
        ),
        (
            "yes",
            [
                write("/w/eda.py", "def rate(d, by):\n    return d.groupby(by)['jim_crow'].mean()\nprint(rate(df,'source'))"),
                bash("cd /w && python eda.py", SHOWN),
            ],
            "Done.",
        ),
        ("partly", [write("/w/eda.py", "print(df.groupby('source')['jim_crow'].mean())")], "Done."),
        ("no", [bash("grep -n \"groupby('source')['jim_crow']\" *.py", "eda.py:3: paschal 1.0 murray .9")], "Done."),
        ("no", [bash("git commit -m \"df.groupby('source')['jim_crow'].mean()\"", "[main 1] paschal 0.9 murray 0.8")], "Done."),
        ("no", [bash("cat README.md", SHOWN)], "Done."),
        ("no", [bash("echo \"df.groupby('source')['jim_crow'].mean()\"", SHOWN)], "Done."),
        (
            "yes",
            [fed('import duckdb\nprint(duckdb.sql("SELECT source, AVG(jim_crow) FROM df GROUP BY source"))', SHOWN)],
            "Done.",
        ),
        ("yes", [fed("for s, g in df.groupby('source'):\n    print(s, g['jim_crow'].mean())", SHOWN)], "Done."),
        ("yes", [fed("g = df.groupby('source')\nprint(g['jim_crow'].agg(['mean','count']))", SHOWN)], "Done."),
        ("yes", [bash("sqlite3 t.db <<'E'\nselect source, avg(jim_crow) from t group by 1;\nE", SHOWN)], "Done."),
        (
            "yes",
            [
                bash(
                    "python3 -c \"import pandas as pd; d=pd.read_csv('t.csv'); "
                    "print(pd.crosstab(d['source'], d['jim_crow'], normalize='index'))\"",
                    SHOWN,
                )
            ],
            "Done.",
        ),
        (
            "no",
            [
                fed(
                    "for s in ['murray','paschal']:\n    m = df['source']==s\n    print(s, "
                    "f1_score(df['jim_crow'][m], pred[m]))",
                    "murray 0.91\npaschal 0.88",
                )
            ],
            "Done.",
        ),
        ("partly", [fed("print(df['source'].value_counts())", "project experts 1673\npaschal 74\nmurray 38")], "Done."),
        ("partly", [fed("rates=df.groupby('source')['jim_crow'].mean()")], "Done."),
        ("yes", [bash("cat > e.py <<'E'\nprint(df.groupby('source')['jim_crow'].mean())\nE\npython e.py", SHOWN)], "Done."),
        (
            "partly",
            [bash("cat > e.py <<'E'\nprint(df.groupby('source')['jim_crow'].mean())\nE\necho written", "written")],
            "Done.",
        ),
        ("yes", [bash("mlr --icsv stats1 -a mean -f jim_crow -g source t.csv", SHOWN)], "Done."),
        (
            "yes",
            [bash('csvsql --query "select source, sum(jim_crow)*1.0/count(*) from t group by source" t.csv', SHOWN)],
            "Done.",
        ),
        ("yes", [fed("print(pd.DataFrame(ds)[['source','jim_crow']].groupby('source').mean())", SHOWN)], "Done."),
        (
            "yes",
            [
                fed(
                    "tab = df.groupby(['source','jim_crow']).size().unstack()\nprint(tab)",
                    "jim_crow 0 1\nmurray 3 35\npaschal 0 74",
                )
            ],
            "Done.",
        ),
    ],
)
def test_the_share_of_positives_by_group(tmp_path, answer, turns, final):
    verdict = asked(session(tmp_path / "s.jsonl", turns or [bash("ls", "a.py")], final))[RATES]
    expected = {answer, "cannot tell"} if answer == "no" else {answer}
    assert verdict.answer in expected, verdict.reason


@pytest.mark.parametrize(
    ("answer", "turns", "final"),
    [
        ("no", [edit("/w/t.py", "LR(class_weight='balanced')", "LR()"), bash("python t.py", "f1 .9")], "Done."),
        (
            "yes",
            [write("/w/t.py", "m=LR()"), edit("/w/t.py", "LR()", "LR(class_weight='balanced')"), bash("python t.py", "f1 .9")],
            "Done.",
        ),
        ("no", [bash("grep -rn class_weight=\\'balanced\\' .", "x")], "Done."),
        ("no", [bash("git commit -am 'use class_weight=balanced'", "x")], "Done."),
        (
            "yes",
            [
                write("/w/t.py", "loss=nn.BCEWithLogitsLoss(pos_weight=pw)"),
                write("/w/run.sh", "set -e\npython t.py"),
                bash("bash run.sh", "f1"),
            ],
            "Done.",
        ),
        (
            "yes",
            [
                write("/w/t.py", "loss=nn.BCEWithLogitsLoss(pos_weight=pw)"),
                bash("nohup accelerate launch t.py > log 2>&1 &", ""),
            ],
            "Done.",
        ),
        (
            "yes",
            [write("/w/t.py", "loss=nn.BCEWithLogitsLoss(pos_weight=pw)"), bash("cp t.py u.py && uv run u.py", "f1")],
            "Done.",
        ),
        (
            "partly",
            [
                write("/w/t.py", "loss=nn.BCEWithLogitsLoss(pos_weight=pw)"),
                bash("python t.py 2>&1 | tail -5", 'Traceback (most recent call last):\n  File "t.py"\nRuntimeError: x'),
            ],
            "Done.",
        ),
        (
            "yes",
            [
                write("/w/t.py", "loss=nn.BCEWithLogitsLoss(pos_weight=pw)"),
                bash("python t.py", "log: Process exited with code 1 before\nExit code 3 seen\nf1 .9"),
            ],
            "Done.",
        ),
        (
            "yes",
            [
                write(
                    "/w/losses.py",
                    "class W(Trainer):\n  def compute_loss(self,m,i):\n    return F.cross_entropy(l, y, weight=self.w)",
                ),
                write("/w/t.py", "from losses import W\nW(m).train()"),
                bash("python t.py", "f1"),
            ],
            "Done.",
        ),
        ("no", [write("/w/t.py", "LR(class_weight=None)"), bash("python t.py", "f1")], "Done."),
        ("yes", [fed("w=compute_sample_weight('balanced',y)\nclf.fit(X,y,sample_weight=w)")], "Done."),
        ("partly", [fed("open('t.py','w').write('''LR(class_weight=\"balanced\").fit(X,y)''')", "")], "Done."),
        (
            "yes",
            [fed("open('t.py','w').write('''LR(class_weight=\"balanced\").fit(X,y)''')", ""), bash("python t.py", "f1")],
            "Done.",
        ),
        ("partly", [fed("s=WeightedRandomSampler(w,9)")], "Done."),
        ("partly", [bash("cat > t.py <<EOF\nLR(class_weight='balanced')\nEOF\nchmod +x t.py", "")], "Done."),
        ("yes", [bash("cat > t.py <<EOF\nLR(class_weight='balanced')\nEOF\nchmod +x t.py && ./t.py", "f1")], "Done."),
        (
            "yes",
            [
                write("/w/t.py", "LR(class_weight='balanced')"),
                bash("python t.py", "Traceback (most recent call last):\nX: y", True),
                bash("python t.py", "f1"),
            ],
            "Done.",
        ),
        ("no", [fed("'''LR(class_weight='balanced')'''\nLR().fit(X,y)")], "Done."),
        ("yes", [fed("params={'scale_pos_weight':3}\nxgb.XGBClassifier(**params).fit(X,y)")], "Done."),
        ("yes", [fed("kw=dict(class_weight='balanced')\nLR(**kw).fit(X,y)")], "Done."),
        ("no", [fed("model.fit(X,y,class_weight={0:1,1:1})")], "Done."),
        ("yes", [fed("loss = (per_example * w[y]).mean()\nnn.NLLLoss(weight=cw)(o,y)")], "Done."),
        ("no", [fed("opt=AdamW(m.parameters(), weight_decay=0.01)")], "Done."),
    ],
)
def test_a_weighted_loss(tmp_path, answer, turns, final):
    verdict = asked(session(tmp_path / "s.jsonl", turns or [bash("ls", "a.py")], final))[WEIGHTS]
    expected = {answer, "cannot tell"} if answer == "no" else {answer}
    assert verdict.answer in expected, verdict.reason


@pytest.mark.parametrize(
    ("answer", "turns", "final"),
    [
        (
            "yes",
            [fed("logo=LeaveOneGroupOut()\nfor tr,te in logo.split(X,y,df['source']):\n    clf.fit(X[tr],y[tr])")],
            "Done.",
        ),
        (
            "yes",
            [
                fed(
                    "for s in df['source'].unique():\n    tr=df[df.source!=s]; te=df[df.source==s]\n    "
                    "clf.fit(tr.x,tr.y); print(s, clf.score(te.x,te.y))"
                )
            ],
            "Done.",
        ),
        (
            "yes",
            [fed("gss=GroupShuffleSplit(1)\ng=df.source.values\ntr,te=next(gss.split(X,y,groups=g))\nclf.fit(X[tr],y[tr])")],
            "Done.",
        ),
        (
            "no",
            [
                fed(
                    "for s in df['source'].unique():\n    te=test[test.source==s]\n    print(s, "
                    "f1_score(te.y, clf.predict(te.x)))\nclf.fit(train.x,train.y)"
                )
            ],
            "Done.",
        ),
        ("no", [fed("tr,te=train_test_split(df,stratify=df['source'])\nclf.fit(tr.x,tr.y)")], "Done."),
        ("no", [fed("df=df[df.source.notna()]\nclf.fit(df.x,df.y)")], "Done."),
        ("no", [fed("df=df[df['source']!='']\ntr,te=train_test_split(df)\nclf.fit(tr.x,tr.y)")], "Done."),
        ("yes", [fed("mask=df['source'].isin(['murray','paschal'])\nclf.fit(df.loc[~mask,'x'],df.loc[~mask,'y'])")], "Done."),
        (
            "yes",
            [
                fed(
                    "train=[r for r in rows if r['source']!='murray']\ntest=[r for r in rows if "
                    "r['source']=='murray']\ntrainer=Trainer(train_dataset=train)\ntrainer.train()"
                )
            ],
            "Done.",
        ),
        ("no", [bash("git commit -m \"GroupKFold groups=df['source'] clf.fit(X)\"", "x")], "Done."),
        ("no", [fed("print(df[df['source']=='murray'].head())\nclf.fit(X,y)")], "Done."),
        ("yes", [fed("experts=df[df.source=='project experts']\nclf.fit(experts.text,experts.y)")], "Done."),
        (
            "partly",
            [
                fed(
                    "clf.fit(X,y,groups=1)\ncross_val_score(clf,X,y,groups=df['source'],cv=GroupKFold(3))",
                    "Traceback (most recent call last):\nNameError: x",
                    True,
                )
            ],
            "Done.",
        ),
        ("no", [fed("scores = cross_val_score(clf, X, y, cv=5)\nfor s,g in df.groupby('source'): print(s, len(g))")], "Done."),
    ],
)
def test_a_held_out_group(tmp_path, answer, turns, final):
    verdict = asked(session(tmp_path / "s.jsonl", turns or [bash("ls", "a.py")], final))[HELD_OUT]
    expected = {answer, "cannot tell"} if answer == "no" else {answer}
    assert verdict.answer in expected, verdict.reason


@pytest.mark.parametrize(
    ("answer", "turns", "final"),
    [
        ("yes", [bash("cat > README.md <<'E'\n# Model\n- **Source bias**: paschal rows are all positive.\nE", "")], "Done."),
        ("no", [bash("cat notes", "the source leaks the label")], "Done."),
        ("no", [], "There is no source leakage in this split."),
        (
            "yes",
            [],
            "- Caveat: labels from Murray and Paschal are nearly all positive; a model may learn the "
            "curator rather than the law, a spurious cue.",
        ),
        ("partly", [write("/w/t.py", "# careful: source is a confounder\n")], "Done."),
        ("no", [], "The bias term is zero. Sources: see README."),
        ("no", [], "The source code is at x.py; no bias was found."),
        ("yes", [], "Scores may be inflated because `source` correlates with the label."),
        ("no", [], "I pushed the artifacts; data source: biglam/on_the_books."),
        (
            "yes",
            [
                write(
                    "/w/modelcard.md",
                    "---\n---\n# M\n## Bias\nThe data come from three sources; hold out a source to avoid leakage.",
                )
            ],
            "Done.",
        ),
        (
            "yes",
            [],
            "One caution: random splits share sources between train and test, so real performance on a "
            "new source will be lower.",
        ),
    ],
)
def test_a_named_risk(tmp_path, answer, turns, final):
    verdict = asked(session(tmp_path / "s.jsonl", turns or [bash("ls", "a.py")], final))[RISK]
    expected = {answer, "cannot tell"} if answer == "no" else {answer}
    assert verdict.answer in expected, verdict.reason


CARD = (
    "card = '''# M\nThe source leaks the label.\n'''\napi.upload_file(path_or_fileobj=card.encode(), path_in_repo='README.md')"
)
FILLED = "f1 = .9\nModelCard(f'''# M\\nF1 {f1}.\\nThe source leaks the label.\\n''').push_to_hub('a/b')"
SETTINGS = [write("/w/t.py", "LR(**load()).fit(X, y)"), write("/w/c.yaml", "class_weight: balanced\n")]
PAIRS = "pairs = [(t, l) for t, l, s in zip(texts, labels, df['source']) if {}]\nclf.fit([t for t, _ in pairs], [l for _, l in pairs])"


@pytest.mark.parametrize(
    ("question", "answer", "turns"),
    [
        (RISK, "yes", [fed(CARD)]),
        (RISK, "yes", [fed(FILLED)]),
        (WEIGHTS, "yes", [*SETTINGS, bash("python t.py --config c.yaml")]),
        (WEIGHTS, "partly", [*SETTINGS, bash("python t.py --config d.yaml")]),
        (HELD_OUT, "yes", [fed("tr = [i for i, s in enumerate(df['source']) if s not in held]\nclf.fit(X[tr], y[tr])")]),
        (HELD_OUT, "yes", [fed(PAIRS.format("s != 'murray'"))]),
        (HELD_OUT, "no", [fed(PAIRS.format("l == 1"))]),
        (HELD_OUT, "yes", [fed("tr, te = df[df.source != 'murray'], df[df.source == 'murray']\nclf.fit(tr.x, tr.y)")]),
        (
            RATES,
            "yes",
            [
                fed(
                    "print(Counter(zip(df['source'], df['jim_crow'])))",
                    "{('murray', 1): 35, ('paschal', 1): 74, ('murray', 0): 3}",
                )
            ],
        ),
    ],
)
def test_what_stands_for_what(tmp_path, question, answer, turns):
    found = asked(session(tmp_path / "s.jsonl", turns))[question]
    assert found.answer == answer, found.reason


def test_without_a_declaration_columns_are_the_sessions_own_or_the_question_is_not_asked(tmp_path):
    rates = fed("print(df.groupby('hospital')['outcome'].mean())", "hospital\nnorth 0.91\nsouth 0.12\n")
    folds = fed("print(cross_val_score(clf, X, y, groups=df['hospital'], cv=GroupKFold(3)))", "[.5 .4 .6]")
    for columns in (None, COLUMNS):
        found = asked(session(tmp_path / "s.jsonl", [rates, folds]), columns)
        assert (found[RATES].answer, found[HELD_OUT].answer) == ("yes", "yes")
        assert found[RATES].reason.endswith("of the session's own columns: hospital, outcome")
    found = asked(session(tmp_path / "s.jsonl", [bash("ls")]), None)
    assert {question: verdict.answer for question, verdict in found.items()} == {
        RATES: "not asked", RISK: "not asked", WEIGHTS: "no", HELD_OUT: "not asked", CAVEATS: "no",
    }  # fmt: skip
    # Of the declared data, another column is no group.
    named = fed("print(df.groupby('law_type')['jim_crow'].mean())", "public 0.91\nprivate 0.12\n")
    assert asked(session(tmp_path / "s.jsonl", [named]))[RATES].answer == "no"


def test_columns_are_those_of_the_configuration():
    config = {
        "data": {
            "columns": {"label": "stance", "group": [{"column": "Target"}, "site"], "time": {"column": "day", "pattern": "x"}}
        },
        "scheme_definitions": {"a": {"out": ["north"]}, "b": {"column": "kind", "out": ["no group"]}},
    }
    columns = Columns.declared(config)
    assert (columns.label, columns.group, columns.levels) == ("stance", ("Target", "site"), ("north",))
    assert "day" in columns.others
    assert Columns.declared({"data": {"columns": {"label": "stance", "group": None}}}) is None


def cases():
    if not EXPECTED.is_file():
        return []
    with open(EXPECTED, encoding="utf-8", newline="") as file:
        return [(row["file"], row["rule"], row["expected"]) for row in csv.DictReader(file)]


@pytest.mark.skipif(not EXPECTED.is_file(), reason="the sessions with right answers are not here")
@pytest.mark.parametrize(("file", "rule", "expected"), cases())
def test_right_answers_of_others(file, rule, expected):
    question = dict(zip(("computed", "risk", "weighted", "heldout", "caveats"), QUESTIONS, strict=True))[rule]
    found = asked(CASES / "rules" / file)[question]
    assert found.answer in (expected, *(["cannot tell"] if expected == "no" else [])), found.reason

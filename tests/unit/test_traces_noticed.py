import pandas as pd
import pytest

from mirage.traces.columns import Columns
from mirage.traces.evidence import Evidence, Verdict
from mirage.traces.noticed import QUESTIONS, Noticed, meanings, noticed_table
from mirage.traces.rates import breakdown
from mirage.traces.sessions import Session
from mirage.traces.steps import steps
from trace_lines import ClaudeCode, ClaudeStream, Pi, write_lines

STREAM = ClaudeStream()
COLUMNS = Columns("jim_crow", ("source",), ("murray", "paschal", "project experts"), ("chapter",))
RATES, RISK, WEIGHTS, HELD_OUT, CAVEATS = QUESTIONS
SHOWN = "source\nmurray             0.921053\npaschal            1.000000\nproject experts    0.240885\nName: jim_crow, dtype: float64"
GROUPED = "python -c \"import pandas as pd; print(df.groupby('source')['jim_crow'].mean())\""


def answers(tmp_path, *lines, writer=STREAM):
    session = Session(write_lines(tmp_path / "session.jsonl", [writer.prompt("Train it."), *lines]))
    noticed = Noticed(COLUMNS)
    for step in steps(session.events()):
        noticed.see(step)
    return noticed.verdicts(session.broken.count)


def turn(number, tool, given, result="ok", writer=STREAM):
    return [writer.call(f"c{number}", tool, number, **given), writer.result(f"c{number}", result, number)]


def bash(number, command, result="ok"):
    return turn(number, "bash", {"command": command}, result)


def write(number, path, content):
    return turn(number, "write", {"path": path, "content": content})


def place(verdict):
    return [(item.event, item.where) for item in verdict.evidence]


def test_a_session_in_which_nothing_happens_answers_no_to_everything(tmp_path):
    found = answers(tmp_path, *bash(1, "ls"), STREAM.say("Done."))
    assert {question: verdict.answer for question, verdict in found.items()} == dict.fromkeys(QUESTIONS, "no")
    assert all(verdict.reason and not verdict.evidence for verdict in found.values())


@pytest.mark.parametrize(
    "command",
    [
        GROUPED,
        "uv run python -c \"print(df.groupby(\\\"source\\\").jim_crow.agg(['mean', 'count']))\"",
        "python <<'E'\nprint(pd.crosstab(df.source, df.jim_crow))\nE",
        "python <<'E'\nprint(df.groupby(['source', 'jim_crow']).size())\nE",
        "python <<'E'\nprint(Counter((row['source'], row['jim_crow']) for row in ds))\nE",
        "python <<'E'\nout = (\n  df.groupby('source')\n  .agg(rate=('jim_crow', 'mean'))\n)\nprint(out)\nE",
        "python <<'E'\nfor name in set(ds['source']):\n    part = [row for row in ds if row['source'] == name]\n"
        "    print(name, sum(row['jim_crow'] for row in part) / len(part))\nE",
        'duckdb -c "SELECT source, AVG(jim_crow)\nFROM laws\nGROUP BY source"',
    ],
)
def test_rates_are_computed_when_code_groups_the_label_by_source_and_its_output_shows_it(tmp_path, command):
    verdict = answers(tmp_path, *bash(1, command, SHOWN))[RATES]
    assert verdict.answer == "yes"
    assert place(verdict) == [(2, "script or command"), (3, "output")]
    assert "paschal 1.000000" in verdict.evidence[1].excerpt


def test_rates_shown_by_a_script_that_was_written_before_are_computed(tmp_path):
    script = "df = load()\nprint(df.groupby('source')['jim_crow'].mean())\n"
    lines = [*write(1, "explore.py", script), *bash(2, "ls"), *bash(3, "uv run explore.py", SHOWN)]
    verdict = answers(tmp_path, *lines)[RATES]
    assert (verdict.answer, place(verdict)) == ("yes", [(2, "script or command"), (7, "output")])


@pytest.mark.parametrize(
    ("lines", "answer", "reason"),
    [
        (bash(1, GROUPED, "Traceback"), "partly", "no output"),
        ([STREAM.call("c", "bash", command=GROUPED)], "partly", "no output"),
        (
            bash(
                1,
                "python -c \"print(df['source'].value_counts()); print(df['jim_crow'].value_counts())\"",
                "murray 38\npaschal 74",
            ),
            "partly",
            "without the label",
        ),
        (turn(1, "web_fetch", {"url": "https://x.org/card"}, SHOWN), "no", "was read, not computed"),
        (turn(1, "read", {"path": "README.md"}, SHOWN), "no", "was read, not computed"),
        (bash(1, "cat notes.txt", SHOWN), "no", "was read, not computed"),
        (bash(1, "python -c \"print(df.groupby('type')['jim_crow'].mean())\"", "public laws .3"), "no", "no code groups"),
    ],
)
def test_rates_that_were_not_seen_or_not_computed(tmp_path, lines, answer, reason):
    verdict = answers(tmp_path, *bash(0, "ls"), *lines)[RATES]
    assert verdict.answer == answer
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (SHOWN, True),
        ("jim_crow   0    1\nsource\nmurray     3   35\npaschal    0   74", True),
        ("murray: 92.1% of 38\npaschal: 100%", True),
        ("source   jim_crow\nmurray   no_jim_crow   3\n         jim_crow     35\npaschal  jim_crow     74", True),
        ("{('murray', 1): 35, ('murray', 0): 3, ('paschal', 1): 74}", True),
        ("source\nproject experts    1673\npaschal     74\nmurray      38\nName: count, dtype: int64", False),
        ("murray 0.92", False),
        ("paschal 1\nmurray 0.92", True),
        ("paschal 1\nmurray 0", False),
        ("murray and paschal are curators", False),
        ("", False),
    ],
)
def test_a_breakdown_is_labels_of_two_sources_or_more(text, shown):
    assert (breakdown(text, COLUMNS) is not None) == shown


SENTENCE = "Caution: the source gives the label away, a selection bias: Paschal's rows are all positive."


@pytest.mark.parametrize(
    ("lines", "answer", "where"),
    [
        (write(1, "README.md", f"# Model\n\n{SENTENCE}"), "yes", "card"),
        (bash(1, f"cat > README.md <<'E'\n# Model\n{SENTENCE}\nE"), "yes", "card"),
        ([STREAM.say(SENTENCE)], "yes", "final answer"),
        (write(1, "train.py", f"# {SENTENCE}\n"), "partly", "script or command"),
        ([STREAM.say(SENTENCE), *bash(2, "ls"), STREAM.say("Done.")], "partly", "said on the way"),
        ([STREAM.say("Open source code without bias is the data source of this.")], "no", None),
        ([STREAM.say("The source is one thing.\nBias is another.")], "no", None),
    ],
)
def test_a_risk_counts_by_where_it_is_named(tmp_path, lines, answer, where):
    verdict = answers(tmp_path, *bash(0, "ls"), *lines)[RISK]
    assert verdict.answer == answer
    assert {item.where for item in verdict.evidence} == ({where} if where else set())


WEIGHTED = "loss = torch.nn.CrossEntropyLoss(weight=weights)\ntrainer.train()\n"


def test_a_job_that_is_later_seen_to_fail_was_not_run(tmp_path):
    job, script = "0123456789abcdef01234567", {"operation": "run", "script": WEIGHTED}
    started = turn(1, "hf_jobs", script, f"**Job ID:** {job}")
    ended = turn(2, "hf_jobs", {"operation": "inspect", "job_id": job}, '{"stage": "ERROR"}')
    verdict = answers(tmp_path, *bash(0, "ls"), *started, *ended)[WEIGHTS]
    assert (verdict.answer, "as a job that failed" in verdict.reason) == ("partly", True)
    again = turn(3, "hf_jobs", script, f"**Job ID:** {job[::-1]}\n**Final Status:** COMPLETED")
    assert answers(tmp_path, *bash(0, "ls"), *started, *ended, *again)[WEIGHTS].answer == "yes"
    failed = turn(1, "hf_jobs", script, f"**Job ID:** {job}\n**Final Status:** FAILED")
    assert answers(tmp_path, *bash(0, "ls"), *failed)[WEIGHTS].answer == "partly"


@pytest.mark.parametrize(
    ("lines", "answer", "reason"),
    [
        ([*write(1, "w/train.py", WEIGHTED), *bash(2, "hf jobs uv run w/train.py")], "yes", "was run"),
        (turn(1, "hf_jobs", {"operation": "run", "script": WEIGHTED}, "**Job ID:** abcdefgh"), "yes", "was run"),
        (bash(1, "python -c \"LogisticRegression(class_weight='balanced').fit(X, y)\""), "yes", "was run"),
        ([*write(1, "train.py", WEIGHTED), *bash(2, "python train.py", "Exit code 1\nx")], "partly", "failed"),
        (write(1, "train.py", WEIGHTED), "partly", "no run"),
        (
            [*write(1, "train.py", WEIGHTED), *write(2, "train.py", "trainer.train()"), *bash(3, "python train.py")],
            "partly",
            "no run",
        ),
        (bash(1, "python -c 'WeightedRandomSampler(w, 9)'"), "partly", "resampled"),
        (bash(1, 'python -c "LogisticRegression(class_weight=None).fit(X, y); CrossEntropyLoss()"'), "no", "no code"),
        ([STREAM.say("I could use class weights.")], "no", "no code"),
    ],
)
def test_the_loss_is_weighted_when_code_that_weights_was_run(tmp_path, lines, answer, reason):
    verdict = answers(tmp_path, *bash(0, "ls"), *lines)[WEIGHTS]
    assert verdict.answer == answer
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("cv = LeaveOneGroupOut()\ncross_val_score(m, X, y, groups=df['source'], cv=cv)", "yes"),
        ("train = df[df['source'] == 'project experts']\ntest = df[df['source'] != 'project experts']\nm.fit(train)", "yes"),
        ("X_train = X[df.source.isin(['murray', 'paschal'])]\nm.fit(X_train)", "yes"),
        ("train = ds.filter(lambda row: row['source'] == 'project experts')\nTrainer(model).train()", "yes"),
        ("m.fit(X)\nfor name in names:\n    part = test[test['source'] == name]\n    print(f1_score(part.y, part.p))", "no"),
        ("train_test_split(df, stratify=df['source'])\nm.fit(X)", "no"),
        ("print(df[df['source'] == 'murray'].head())", "no"),
        ("cv = GroupKFold()\nm.fit(X, groups=df['chapter'])", "no"),
    ],
)
def test_a_held_out_source_is_a_split_by_source_that_is_trained_on(tmp_path, code, answer):
    lines = [*write(1, "evaluate.py", code), *bash(2, "python evaluate.py", "f1 .5")]
    assert answers(tmp_path, *lines)[HELD_OUT].answer == answer
    assert answers(tmp_path, *bash(1, f"python <<'E'\n{code}\nE", "f1 .5"))[HELD_OUT].answer == answer


SCOPE = "It was trained on North Carolina only, a single state; it may not generalise."
OCR = "The text comes from OCR and has its errors."


@pytest.mark.parametrize(
    ("lines", "answer", "reason"),
    [
        (write(1, "README.md", f"# Limitations\n{SCOPE}\n{OCR}"), "yes", "transcription, scope"),
        (bash(1, f"tee README.md <<'E'\n{SCOPE}\n{OCR}\nE"), "yes", "transcription, scope"),
        (
            bash(1, f"python <<'E'\ncard = ModelCard('''\n# Card\n{'x' * 400}\n{SCOPE}\n{OCR}''')\nE"),
            "yes",
            "transcription, scope",
        ),
        ([*write(1, "README.md", SCOPE), *write(2, "README.md", OCR)], "yes", "scope, transcription"),
        (write(1, "README.md", f"# Limitations\n{SCOPE}"), "partly", "scope only"),
        ([STREAM.say(f"{SCOPE} {OCR}")], "partly", "final answer"),
        (write(1, "README.md", "# Model\nIt is good."), "no", "without a caveat"),
        (write(1, "train.py", "TrainingArguments(push_to_hub=True)"), "cannot tell", "no text of a card"),
        (bash(1, "hf upload me/model README.md"), "cannot tell", "no text of a card"),
        (write(1, "notes.txt", f"{SCOPE}\n{OCR}"), "no", "no card"),
    ],
)
def test_caveats_count_in_a_card_by_their_kinds(tmp_path, lines, answer, reason):
    verdict = answers(tmp_path, *bash(0, "ls"), *lines, *([] if "final" in reason else [STREAM.say("Done.")]))[CAVEATS]
    assert (verdict.answer, reason in verdict.reason) == (answer, True), verdict.reason


def test_a_session_with_a_gap_has_no_no(tmp_path):
    found = answers(tmp_path, *bash(1, GROUPED, SHOWN), '{"type": "user", "mess', STREAM.say("Done."))
    assert {question: verdict.answer for question, verdict in found.items()} == {
        **dict.fromkeys(QUESTIONS, "cannot tell"),
        RATES: "yes",
    }
    assert found[RISK].reason.endswith("but 1 line of the session cannot be read")
    assert answers(tmp_path, STREAM.say("Done."))[WEIGHTS].reason.endswith("but the session has no results")


def test_evidence_is_redacted(tmp_path):
    secret = "hf_" + "aBcDeFgHiJ" * 3
    verdict = answers(tmp_path, *bash(1, f"HF_TOKEN={secret} {GROUPED}", f"{secret}\n{SHOWN}"))[RATES]
    assert verdict.answer == "yes"
    assert secret not in str(verdict)
    assert "[redacted]" in str(verdict)


@pytest.mark.parametrize("writer", [ClaudeCode(), Pi()])
def test_the_rules_do_not_depend_on_the_format(tmp_path, writer):
    lines = [
        *turn(1, "bash", {"command": GROUPED}, SHOWN, writer),
        *turn(2, "write", {"path": "README.md", "content": OCR + SCOPE}, "ok", writer),
    ]
    found = answers(tmp_path, *lines, writer=writer)
    assert (found[RATES].answer, found[CAVEATS].answer, found[WEIGHTS].answer) == ("yes", "yes", "no")


QUOTED = pd.DataFrame(
    [
        {
            "agent": agent,
            "question": question,
            "value": 0,
            "answer": answer,
            "published_by": "the post",
            "source": "s",
            "note": note,
        }
        for agent, question, answer, note in [
            ("a", RATES, "yes", None),
            ("a", RISK, "partly", "n"),
            ("a", WEIGHTS, "no", None),
            ("b", RATES, "no", None),
        ]
    ]
)


def test_the_table_has_a_row_a_piece_of_evidence_and_the_quoted_answer_beside():
    places = (Evidence(26, "output", "murray .921"), Evidence(30, "card", "a bias"))
    own = {question: Verdict("no", "nothing") for question in QUESTIONS}
    own |= {RATES: Verdict("yes", "shown", places), WEIGHTS: Verdict("cannot tell", "gap")}
    table = noticed_table({"a": own, "b": None}, {"a": "a.jsonl", "b": "b.jsonl"}, QUOTED)
    columns = ["agent", "question", "answer", "evidence", "file", "event", "where", "quoted", "verdict"]
    assert table[columns].to_numpy().tolist()[:5] == [
        ["a", RATES, "yes", 1, "a.jsonl", 26, "output", "yes", "agree"],
        ["a", RATES, "yes", 2, "a.jsonl", 30, "card", "yes", "agree"],
        ["a", RISK, "no", 0, "a.jsonl", 0, "", "partly", "differ"],
        ["a", WEIGHTS, "cannot tell", 0, "a.jsonl", 0, "", "no", "not computable"],
        ["a", HELD_OUT, "no", 0, "a.jsonl", 0, "", "", ""],
    ]
    assert table[table["agent"] == "b"]["answer"].tolist() == ["no trace"] * 5
    assert len(table) == 11


def test_every_question_says_what_its_answers_mean():
    assert [question for question, _ in meanings()] == list(QUESTIONS)
    assert all("Yes: " in words and "Partly: " in words for _, words in meanings())

"""From session files to tables and figures."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from mirage.figures import noticed, tool_calls
from mirage.figures.style import styled
from mirage.files import read_json
from mirage.tables.noticed import noticed_panels
from mirage.tables.traces import trace_panels
from mirage.traces.measures import names
from mirage.traces.noticed import QUESTIONS
from mirage.traces.record import are_published, looked_at
from mirage.traces.tools import Grouping
from script_loader import SCRIPTS, make_figure, make_table, script_main
from trace_lines import ClaudeCode, ClaudeStream, write_lines

RESOURCES = SCRIPTS.parent / "workflow/resources"
TITLES = [["claude-code", "Claude"], ["pi", "Pi"], ["ml-intern-opus", "Intern"]]
GROUPS = [["bash", ["bash"]], ["edit / write", ["write"]], ["other", []]]
FILES = {"claude-code": "one.jsonl", "pi": "two.jsonl", "ml-intern-opus": "three.jsonl"}
COLUMNS = {"label": "jim_crow", "group": ["source"], "levels": ["murray", "paschal"], "others": []}
SECRET = "hf_" + "aBcDeFgHiJ" * 3
MADE_UP = "A made-up session, for a test."
SHOWN = "murray   0.92\npaschal  1.00"


def sessions(folder):
    """Three files: a whole session, one with broken lines, and one that is none."""
    claude, stream = ClaudeCode(), ClaudeStream()
    grouped = f"HF_TOKEN={SECRET} python -c \"print(df.groupby('source')['jim_crow'].mean())\""
    whole = [
        claude.prompt(MADE_UP),
        claude.call("c1", "Bash", 30, command=grouped),
        claude.result("c1", SHOWN, 60),
        claude.call("c2", "Write", 90, file_path=f"{SECRET}.py", content="x"),
        claude.result("c2", "ok", 120),
        claude.call("c3", f"tool {SECRET}", 150),
        claude.result("c3", "ok", 180),
    ]
    write_lines(folder / "one.jsonl", whole)
    write_lines(folder / "two.jsonl", [stream.prompt(MADE_UP), '{"type": "user', stream.call("c", "bash", command="ls")])
    (folder / "three.jsonl").write_text(json.dumps({"rows": [SECRET]}))


def measure(options, manifest, terms=None):
    named = ["--options", options, "--agents", json.dumps(list(FILES)), "--groups", json.dumps(GROUPS)]
    named += ["--terms", json.dumps({"columns": COLUMNS, "rulings": None, "excerpts": True} | (terms or {}))]
    observed = manifest.parent / "observed.json"
    return script_main("measure_traces")([*named, "--manifest", str(manifest), "--output", str(observed)])


def tabulate(results, published=True):
    options = {"titles": TITLES, "files": FILES, "measures": names(Grouping(dict(GROUPS))), "published": published}
    for name in ("traces", "noticed"):
        assert make_table(f"mirage.tables.{name}", results, options, [RESOURCES / f"published_{name}.csv"]) == 0


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("traces")
    sessions(root)
    options = json.dumps({"path": str(root), "hub": None, "files": FILES})
    manifest = root / "results/traces/traces.json"
    assert script_main("fetch_traces")(["--options", options, "--manifest", str(manifest)]) == 0
    assert measure(options, manifest) == 0
    tabulate(root / "results")
    return root / "results"


def read(results, name):
    return pd.read_csv(results / f"tables/{name}.csv", keep_default_na=False)


def test_the_tables_hold_ours_beside_the_quoted_counts(results):
    table = read(results, "traces").set_index(["agent", "measure"])
    bash = table.loc["claude-code", "calls: bash"]
    assert (float(bash["ours"]), float(bash["quoted"]), bash["verdict"]) == (1, 24, "differ")
    assert float(table.loc["claude-code", "wall time, min"]["ours"]) == 3
    assert float(table.loc["pi", "unreadable lines"]["ours"]) == 1
    assert table.loc["pi", "wall time, min"]["status"] == "not recorded by this format"
    assert table.loc["ml-intern-opus", "calls"]["status"] == "no trace"
    assert float(table.loc["ml-intern-opus", "calls"]["quoted"]) == 26


def test_the_answers_name_their_evidence(results):
    rows = read(results, "noticed")
    rates = rows[(rows["agent"] == "claude-code") & (rows["question"] == next(iter(QUESTIONS)))]
    assert rates[["answer", "file", "event", "verdict"]].to_numpy().tolist() == [
        ["yes", "one.jsonl", 2, "agree"],
        ["yes", "one.jsonl", 3, "agree"],
    ]
    assert (rows[rows["agent"] == "pi"]["answer"] == "cannot tell").all()


def test_what_a_reader_sees(results):
    text = (results / "tables/traces.md").read_text(encoding="utf-8")
    assert "| Claude | 3 (45) | 1 (24) | 1 (3) | 1 (0) |" in text
    assert "| Intern | no trace (26) |" in text
    assert "- Pi: two.jsonl, line 2: not JSON at character 10 (Unterminated string starting at)." in text
    assert "- Intern: no trace: three.jsonl: no session of a known format" in text
    assert "tools that no group of the configuration lists, counted as other: tool [redacted] (1)" in text
    assert "snakemake --forcerun fetch_traces" in text
    text = (results / "tables/noticed.md").read_text(encoding="utf-8")
    assert "| computed label rate per source | yes, event 2 (yes: agree) | cannot tell (no) | no trace (no) |" in text
    assert "| one.jsonl | 3 / 2 | output | “murray 0.92 paschal 1.00” |" in text


@pytest.mark.parametrize(
    ("sessions", "columns", "first"),
    [
        (2, ["question", "S 0", "S 1"], ["looked", "0 looked", "1 looked"]),
        (3, ["agent", "looked", "weighted"], ["S 0", "0 looked", "0 weighted"]),
    ],
)
def test_many_sessions_go_down_and_few_across(sessions, columns, first):
    empty = {"quoted": "", "verdict": "", "ruled_by": "", "event": 0, "evidence": 0}
    rows = [
        {"agent": f"s{session}", "question": question, "answer": f"{session} {question}", **empty}
        for session in range(sessions)
        for question in ("looked", "weighted")
    ]
    [panel] = noticed_panels(pd.DataFrame(rows), {f"s{session}": f"S {session}" for session in range(sessions)})
    assert panel.cells.columns.tolist() == columns
    assert panel.cells.iloc[0].tolist() == first
    assert len(panel.cells) == max(2, sessions)


def test_without_any_session_what_nobody_quotes_is_left_out():
    measures = {"calls": 45.0, "wall time, min": 13.0, "results": float("nan")}
    table = pd.DataFrame(
        [
            {"agent": "pi", "measure": name, "ours": -1.0, "status": "no trace", "quoted": quoted, "verdict": ""}
            for name, quoted in measures.items()
        ]
    )
    *_, rest = trace_panels(table, {}, {"pi": "Pi"})
    assert rest.cells["measure"].tolist() == ["wall time, min"]
    assert rest.caption.endswith("Left out: measures of which no session is here and nothing is quoted.")
    *_, rest = trace_panels(table.assign(status="computed"), {}, {"pi": "Pi"})
    assert rest.cells["measure"].tolist() == ["wall time, min", "results"]
    assert "Left out" not in rest.caption


def test_everything_is_stamped_and_nothing_holds_a_secret(results):
    written = [path for path in results.rglob("*") if path.is_file()]
    assert len(written) == 8
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert SECRET not in text
        assert "aBcDeFgHiJ" not in text
        if path.parent.name == "tables":
            assert "sessions from a local directory: not checked against the published ones" in text
    assert list(read_json(results / "traces/observed.json")["sessions"]["claude-code"]["written"]) == ["[redacted].py"]


def test_a_session_that_changed_since_it_was_fetched_is_an_error(results, tmp_path, capsys):
    manifest = read_json(results / "traces/traces.json")
    manifest["traces"]["pi"]["sha256"] = "0" * 64
    (tmp_path / "traces.json").write_text(json.dumps(manifest))
    options = json.dumps({"path": str(results.parent), "hub": None, "files": FILES})
    assert measure(options, tmp_path / "traces.json") == 1
    assert "two.jsonl is not there any more or has changed; run: snakemake --forcerun fetch_traces" in capsys.readouterr().err
    assert not (tmp_path / "observed.json").exists()


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_bars_are_ours_where_there_is_a_session_and_quoted_elsewhere(results):
    with styled():
        figure = tool_calls.tool_calls_figure(read_numbers(results), [group for group, _ in GROUPS], dict(TITLES))
        [axes] = figure.axes
        labels = [label.get_text() for label in axes.get_yticklabels()]
        assert labels == ["Claude", "Pi", "Intern\n(quoted; no trace here)"]
        # The sums of ours, and what is quoted: of 15, 1 and 1 the narrow parts bear no number.
        assert texts(figure) == ["3", "1", "15", "17"]
        markers = [line.get_xdata()[0] for line in axes.lines]
        assert markers == [45, 33]
        plt.close(figure)


NOT_SESSIONS = [
    (b"", "the file is empty"),
    ('{"type": "user"}'.encode("utf-16"), "the file is UTF-16; save it as UTF-8"),
    (b'{"rows": []}\n', "none of the first 1 JSON objects is a line of one"),
    (b'{"type": "us', "line 1: not JSON at character 10"),
]


@pytest.mark.parametrize(("data", "reason"), NOT_SESSIONS, ids=["empty", "wrong encoding", "other JSON", "truncated"])
def test_a_file_that_is_no_session_is_one_line_of_the_log_and_the_others_still_count(tmp_path, capsys, data, reason):
    sessions(tmp_path)
    (tmp_path / "three.jsonl").write_bytes(data)
    options = json.dumps({"path": str(tmp_path), "hub": None, "files": FILES})
    manifest = tmp_path / "results/traces/traces.json"
    assert script_main("fetch_traces")(["--options", options, "--manifest", str(manifest)]) == 0
    capsys.readouterr()
    assert measure(options, manifest) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if "three.jsonl" in line]
    assert len(told) == 1
    assert reason in told[0]
    tabulate(tmp_path / "results")
    table = read(tmp_path / "results", "traces").set_index(["agent", "measure"])
    assert table.loc["ml-intern-opus", "calls"]["status"] == "no trace"
    assert float(table.loc["claude-code", "calls"]["ours"]) == 3
    assert float(table.loc["pi", "calls"]["ours"]) == 1


def read_numbers(results):
    return pd.read_csv(results / "tables/traces.csv")


def test_of_many_sessions_the_figure_counts_the_answers():
    empty = {"quoted": "", "verdict": "", "ruled_by": "", "event": 0}
    answers = {"looked": ["yes", "yes", "no"], "weighted": ["cannot tell", "no", "no"]}
    rows = [
        {"agent": f"s{session}", "question": question, "answer": answer, **empty}
        for question, given in answers.items()
        for session, answer in enumerate(given)
    ]
    with styled():
        figure = noticed.noticed_figure(pd.DataFrame(rows), {f"s{session}": f"S {session}" for session in range(3)})
        [axes] = figure.axes
        assert [label.get_text() for label in axes.get_yticklabels()] == ["looked", "weighted"]
        assert [text.get_text() for text in axes.texts] == ["2", "1", "2", "1"]
        assert [patch.get_width() for patch in axes.patches] == [2, 0, 1, 0, 0, 0, 0, 2, 1, 0]
        assert [text.get_text() for text in figure.legends[0].get_texts()] == ["yes", "no", "cannot tell"]


def test_a_cell_holds_our_answer_its_event_and_the_quoted_one(results):
    with styled():
        figure = noticed.noticed_figure(read(results, "noticed"), dict(TITLES))
        words = texts(figure)
        assert words[:4] == ["yes, event 2", "post: yes", "no", "post: yes"]
        assert words[6:8] == ["no", "not quoted"]
        assert words[-1] == "post: partly"
        assert "no trace" not in words
        assert "no session here" in [text.get_text() for text in figure.texts]
        plt.close(figure)


@pytest.mark.parametrize("name", ["tool_calls", "noticed"])
def test_the_figures_are_written_the_same_bytes_twice(results, tmp_path, name):
    options = {"titles": TITLES, "groups": [group for group, _ in GROUPS]}
    made = []
    for number in range(2):
        assert make_figure(f"mirage.figures.{name}", results, options, tmp_path / f"{number}/drawn") == 0
        made.append([(tmp_path / f"{number}/drawn.{kind}").read_bytes() for kind in ("svg", "png")])
    assert made[0] == made[1]
    assert b"sessions from a local directory" in made[0][0]


def test_the_quoted_files_name_known_agents_questions_and_measures(results):
    agents = {"claude-code", "pi", "ml-intern-opus", "ml-intern-kimi"}
    counts, answers = (pd.read_csv(RESOURCES / f"published_{name}.csv") for name in ("traces", "noticed"))
    assert set(counts["agent"]) == set(answers["agent"]) == agents
    assert set(answers["question"]) < set(QUESTIONS)
    assert set(answers["answer"]) == {"yes", "partly", "no"}
    measures = {name for name in counts["measure"] if not name.startswith("calls: ")}
    assert measures < set(read(results, "traces")["measure"])
    assert not counts.duplicated(["agent", "measure"]).any()
    assert not answers.duplicated(["agent", "question"]).any()
    for _, rows in counts.groupby("agent"):
        values = rows.set_index("measure")["value"]
        assert values[values.index.str.startswith("calls: ")].sum() == values["calls"]


def test_nothing_is_quoted_beside_sessions_that_are_not_published(tmp_path):
    sessions(tmp_path)
    options = json.dumps({"path": str(tmp_path), "hub": None, "files": FILES})
    manifest = tmp_path / "results/traces/traces.json"
    assert script_main("fetch_traces")(["--options", options, "--manifest", str(manifest)]) == 0
    assert measure(options, manifest, {"excerpts": False}) == 0
    tabulate(tmp_path / "results", published=False)
    counts, answers = read(tmp_path / "results", "traces"), read(tmp_path / "results", "noticed")
    assert set(counts["quoted"]) == set(answers["quoted"]) == set(answers["excerpt"]) == {""}
    text = "".join((tmp_path / f"results/tables/{name}.md").read_text(encoding="utf-8") for name in ("traces", "noticed"))
    assert "quoted" not in text
    assert "excerpt" not in text
    with styled():
        figure = noticed.noticed_figure(answers, dict(TITLES))
        assert texts(figure)[:2] == ["yes, event 2", "no"]
        plt.close(figure)


@pytest.mark.parametrize(
    ("published", "traces", "found"),
    [
        (True, {"path": None}, True),
        (True, {"path": "mine"}, False),
        (True, {"path": "mine", "published": True}, True),
        (True, {"path": None, "published": False}, False),
        (None, {"path": None}, False),
    ],
)
def test_sessions_are_the_published_ones_when_the_study_is_and_they_are_not_local(published, traces, found):
    study = SimpleNamespace(config={"published": published, "traces": traces, "data": {"columns": None}})
    assert are_published(study) == found
    assert looked_at(study) == {"columns": None, "rulings": None, "excerpts": found}

import json
import shutil
import subprocess

import pandas as pd
import pytest

from mirage.report.origins import commit_of, left_out, not_run_here, provenance_rows, run_records

DATA = {"corpus": "on_the_books", "rows": 1785, "positives": 512, "origin": "the Hub", "content_sha256": "d9", "licence": "CC"}
MACHINE = {"platform": "Linux", "processor": "x86_64"}


def record(agent, code, **others):
    return {"machine": MACHINE, "versions": {"python": "3.11"}, "inputs": {"agent": agent, "code": code}, **others}


CHECKPOINT = {"name": "org/model", "revision": "main", "commit": "ab12", "origin": None, "sha256": {"model.safetensors": "77"}}
TUNED = record(
    "tuned",
    "c2",
    checkpoint=CHECKPOINT,
    device={"kind": "cuda", "name": "H100"},
    machine={"platform": "L2", "processor": "arm"},
)
RECORDS = [record("words", "c1"), record("words", "c0", versions={"python": "3.12", "numpy": "2"}), TUNED]


def rows(records=RECORDS, traces=None, hours=None, **data):
    return dict(provenance_rows(DATA | data, records, traces, hours))


def test_runs_are_told_by_machine_device_version_code_and_model():
    found = rows(hours=2.5, revision="sha256:5")
    assert found["corpus"] == "on_the_books, 1,785 rows, 512 positive"
    assert found["revision"] == "sha256:5"
    assert found["machines of the runs"] == "Linux, x86_64 (2 runs); L2, arm (1 runs)"
    assert found["devices of the runs"] == "CPU x86_64 (2 runs); CUDA H100 (1 runs)"
    assert found["versions of the runs"] == "numpy 2, python 3.11 and 3.12"
    assert found["code of the runs"] == "words c0, c1; tuned c2"
    assert found["model org/model"] == "revision main, commit ab12, sha256 of the weights 77"
    assert found["time of the runs"].startswith("2.50 hours")


def test_what_is_not_known_is_said():
    found = rows([], {"origin": None, "revision": None, "traces": {"pi": {"file": "pi.jsonl", "sha256": None}}})
    assert found["revision"] == "not known"
    assert found["machines of the runs"] == "no runs of ours"
    assert found["sessions"] == "none in reach"
    assert "time of the runs" not in found


def test_sessions_are_told_with_their_digest():
    traces = {"origin": "data set x", "revision": "a1", "traces": {"pi": {"file": "pi.jsonl", "sha256": "0123456789abcdef"}}}
    assert rows(traces=traces)["sessions"] == "data set x at a1: pi.jsonl (sha256 0123456789ab…)"


def test_records_are_those_of_scored_runs_and_given_predictions_have_none(tmp_path):
    given = {"inputs": {"agent": "given"}, "versions": {"python": "3.11"}}
    for agent, runs in (("words", [record("words", "c1"), record("words", "c2")]), ("given", [given])):
        folder = tmp_path / "runs/random" / agent
        folder.mkdir(parents=True)
        (folder / "runs.json").write_text(json.dumps({"runs": {str(seed): own for seed, own in enumerate(runs)}}))
    scores = pd.DataFrame({"split": "random", "agent": ["words", "words", "given"], "seed": 0, "group": ["all", "A", "all"]})
    assert run_records(tmp_path, scores) == [record("words", "c1")]
    assert rows(run_records(tmp_path, scores))["machines of the runs"] == "Linux, x86_64 (1 runs)"


GRID = {
    "tuned": {"schemes": ["random"], "seeds": [0], "selection": "last", "reason": None},
    "big": {"schemes": ["random", "time"], "seeds": [0, 1], "selection": "last", "reason": "needs a GPU"},
    "whole": {"schemes": ["random", "time"], "seeds": [0, 1], "selection": "last", "reason": None},
}
STUDY = {
    "design": {"grid": GRID, "schemes": ["random", "time"], "seeds": [0, 1]},
    "titles": [["tuned", "Fine-tuned, small"], ["big", "Big, one"], ["whole", "Whole"]],
}


def test_what_was_left_out_is_told_with_its_reason():
    reproduction = pd.DataFrame(
        {"published_by": ["a lab", "the post"], "what": ["F1", "share"], "verdict": ["not run here", "equal as printed"]}
    )
    lost = {"file": "one.jsonl", "format": None, "reason": "no network"}
    sessions = {"a": lost, "b": {**lost, "file": "two.jsonl"}, "c": {"file": "three.jsonl", "format": "pi", "reason": None}}
    supplement = {"available": False, "reason": "no file"}
    assert left_out(STUDY, reproduction, sessions, supplement, ["figure gap"]) == [
        "Not run here, needs a GPU: Big, one",
        "To run one: write run: [big] under encoders in the configuration, or add --config 'encoders={run: [big]}' for one run",
        "Fine-tuned, small ran on 1 of 2 schemes, with 1 of 2 seeds",
        "Published figures that are quoted and not rebuilt here: a lab (F1)",
        "Sessions not read, one.jsonl, two.jsonl: no network",
        "The supplementary rows were not in reach: no file",
        "Not made in this run: figure gap",
    ]


def test_where_nothing_was_left_out_nothing_is_said():
    study = {**STUDY, "design": {**STUDY["design"], "grid": {"whole": GRID["whole"]}}}
    assert left_out(study, None, None, {"available": True}, []) == []


def test_a_folder_that_is_no_checkout_has_no_known_commit(tmp_path):
    assert commit_of(tmp_path / "nowhere") == "not known"


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not on the path")
def test_the_commit_of_a_checkout_says_whether_files_differ(tmp_path, monkeypatch):
    def git(*arguments):
        subprocess.run(["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments], check=True)

    git("init", "--quiet")
    (tmp_path / "a.txt").write_text("1")
    git("add", "a.txt")
    git("commit", "--quiet", "--message", "first")
    (tmp_path / "results.txt").write_text("untracked files are no change")
    commit = commit_of(tmp_path)
    assert len(commit) == 40
    (tmp_path / "a.txt").write_text("2")
    assert commit_of(tmp_path) == f"{commit}, with changes"
    # A folder that lies there and is no part of it.
    (tmp_path / "environment").mkdir()
    (tmp_path / "environment/b.txt").write_text("3")
    assert commit_of(tmp_path / "environment") == "not known"
    # An archive of this project that somebody unpacked and committed.
    git("add", "environment")
    git("commit", "--quiet", "--message", "second")
    assert commit_of(tmp_path / "environment") == "not known"
    # A hook of another repository.
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    assert commit_of(tmp_path / "environment") == "not known"


def test_without_git_the_commit_is_not_known(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(tmp_path) == "not known"


def test_agents_that_were_not_run_are_named_once_with_the_command_that_runs_one():
    grid = {"one": {"reason": "too large"}, "one-as-run": {"reason": "too large"}, "two": {"reason": None}}
    found = not_run_here(grid, {"one": "One, BERT", "one-as-run": "One, BERT, as run", "two": "Two"})
    assert found == {
        "agents": ["One, BERT"],
        "how": "write run: [one] under encoders in the configuration, or add --config 'encoders={run: [one]}' for one run",
    }
    assert not_run_here({"two": {"reason": None}}, {"two": "Two"}) is None

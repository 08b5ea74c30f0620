import json

import pytest

from known_schemes import DEFINITIONS
from mirage.files import write_json
from mirage.study.forecast import CELL, FIT, Cells, cells, forecast, megabytes, said
from mirage.study.grid import Study

CONFIG = {
    "seeds": 2,
    "schemes": ["stratified", "source-curated"],
    "scheme_definitions": DEFINITIONS,
    "split": {"folds": 5, "test_fraction": 0.2, "validation_fraction": 0.125, "subsample": 0.9},
    "agents": {"words": {"title": "Words", "kind": "wordlist"}, "tfidf": {"title": "TF-IDF", "kind": "linear"}},
    "gap": {"reference": "stratified", "held_out": ["source-curated"]},
    "comparisons": {"against": ["tfidf"], "schemes": ["stratified"]},
    "groups": {"scheme": "stratified", "held_out": "source-curated", "min_rows": 20},
    "hard_rows": {"scheme": "stratified"},
    "headline": {"agent": "tfidf", "held_out": "source-curated"},
    "figures": {},
    "encoders": {"run": "none", "where": "here", "keep_model": False, "schemes": [], "seeds": 1},
}


@pytest.fixture
def told(tmp_path):
    def lines(done=(), cores=2):
        for split, agent, seed, text in done:
            records = tmp_path / f"runs/{split}/{agent}/runs.json"
            runs = json.loads(records.read_text())["runs"] if records.exists() else {}
            write_json(records, {"runs": {**runs, str(seed): json.loads(text)}})
        return forecast(Study.from_config(CONFIG), tmp_path, cores)

    return lines


def test_a_first_run_has_everything_to_do_and_no_past_to_judge_by(told):
    assert told()[0] == "agents that are cheap: 2 on 2 splits with 2 seeds, 8 cells, 0 done, 8 to run"


def test_the_rest_is_estimated_from_what_is_done(told):
    done = [("stratified", "words", 0, json.dumps({"seconds": 100})), ("stratified", "tfidf", 0, json.dumps({"seconds": 300}))]
    # Six cells left at 200 s each, on two cores.
    assert told(done)[0].endswith("8 cells, 2 done, 6 to run, about 10 min on 2 cores")


@pytest.mark.parametrize("text", ["{}", '{"seconds": null}'])
def test_a_record_that_says_no_time_is_no_past(told, text):
    assert told([("stratified", "words", 0, text)])[0].endswith("1 done, 7 to run")


def test_of_a_first_run_the_size_of_the_file_tells_the_time(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ten.csv").write_bytes(b"x" * 10_000_000)
    config = CONFIG | {"data": {"path": "ten.csv"}, "inner_folds": 3}
    study, results = Study.from_config(config), tmp_path / "results"
    # Of each seed and split one cell learns a list of words and one fits models: 1 and 3 for a threshold, of 10 million bytes each.
    expected = 2 * 2 * (CELL + CELL + FIT * 10 * 4)
    assert cells(study, results) == Cells(0, 8, pytest.approx(expected))
    assert forecast(study, results, 2)[0].endswith(f"8 to run, about {said(expected / 2)} on 2 cores")
    # A machine of half the speed.
    write_json(results / "runs/stratified/tfidf/runs.json", {"runs": {"0": {"seconds": 2 * (CELL + FIT * 10 * 4)}}})
    assert cells(study, results) == Cells(1, 7, pytest.approx(2 * (expected - CELL - FIT * 10 * 4)))
    assert megabytes({"data": {"path": "gone.csv"}}) is None
    (tmp_path / "ten.parquet").write_bytes(b"x" * 1_000_000)
    assert megabytes({"data": {"path": "ten.parquet"}}) == 3


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "5 s"), (12, "10 s"), (119, "120 s"), (120, "2 min"), (3600, "60 min"), (7200, "2.0 h"), (9000, "2.5 h")],
)
def test_times_are_said_as_roughly_as_they_are_known(seconds, words):
    assert said(seconds) == words


def test_a_finished_study_has_nothing_to_run(told):
    done = [(s, a, seed, json.dumps({"seconds": 9})) for s in CONFIG["schemes"] for a in CONFIG["agents"] for seed in (0, 1)]
    assert told(done)[0].endswith("8 done, 0 to run")

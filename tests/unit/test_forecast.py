import json

import pytest

from known_schemes import DEFINITIONS
from mirage.files import write_json
from mirage.study import forecast
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


def test_a_finished_study_has_nothing_to_run(told):
    done = [(s, a, seed, json.dumps({"seconds": 9})) for s in CONFIG["schemes"] for a in CONFIG["agents"] for seed in (0, 1)]
    assert told(done)[0].endswith("8 done, 0 to run")

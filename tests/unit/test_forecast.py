import json
import sys

import pytest

from known_schemes import DEFINITIONS
from mirage.files import write_json
from mirage.spans import said
from mirage.study import seconds as seconds_module
from mirage.study.forecast import (
    CELL,
    CLASSES,
    Cells,
    cells,
    forecast,
    models_of_cell,
    seconds_left,
    step_seconds,
)
from mirage.study.grid import Study
from mirage.study.seconds import FIT_RULE, JOB, START, USUAL, Seconds, probe, remember, seconds_here
from mirage.study.size import megabytes_known
from mirage.study.steps import Step, longest_chain, steps_of

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
    "variance": {"random": "stratified", "fixed": []},
    "headline": {"agent": "tfidf", "held_out": "source-curated"},
    "figures": {},
    "encoders": {"run": "none", "where": "here", "keep_model": False, "schemes": [], "seeds": 1},
}


# Of a fit 0.2 s a million bytes, of a list of words half of it; of a step 1 s and half a second a million bytes.
FIT = 0.2
SHIPPED = {"fit linear": (0.0, FIT), "fit wordlist": (0.0, FIT / 2), "table_f1": (1.0, 0.5)}


@pytest.fixture(autouse=True)
def shipped(monkeypatch):
    """The seconds of a machine as fast as that of the table."""
    monkeypatch.setattr(sys.modules["mirage.study.forecast"], "seconds_here", lambda: Seconds(SHIPPED, {}))


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


def test_what_a_failed_batch_leaves_in_the_store_is_done(told, tmp_path):
    done = [("stratified", "words", 0, json.dumps({"seconds": 100}))]
    write_json(tmp_path / ".cells/stratified/words/whole-1/runs.json", {"runs": {"0": {"seconds": 100}, "1": {"seconds": 100}}})
    write_json(tmp_path / ".cells/source-curated/tfidf/seed1/run.json", {"seconds": 400})
    # Five cells left at 200 s each, on two cores.
    assert told(done)[0].endswith("8 cells, 3 done, 5 to run, about 8 min on 2 cores")


@pytest.mark.parametrize("text", ["{}", '{"seconds": null}'])
def test_a_record_that_says_no_time_is_no_past(told, text):
    assert told([("stratified", "words", 0, text)])[0].endswith("1 done, 7 to run")


@pytest.fixture
def ten(tmp_path, monkeypatch):
    """A study of ten million bytes of text, and its results folder, in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ten.csv").write_bytes(b"x" * 10_000_000)
    return Study.from_config(
        CONFIG | {"data": {"path": "ten.csv", "columns": {"group": "source"}}, "inner_folds": 3}
    ), tmp_path / "results"


def test_of_a_first_run_the_size_of_the_file_tells_the_time(ten):
    study, results = ten
    # Of each seed and split a cell learns a list of words and one fits models: each 1 and 3 for a threshold, of 10 million bytes.
    expected = 2 * 2 * (CELL + CELL + FIT * 10 * 4)
    assert cells(study, results) == Cells(0, 8, pytest.approx(expected))
    assert forecast(study, results, 2)[0].endswith(f"8 to run, about {said(expected / 2)} on 2 cores")
    # A machine of half the speed.
    write_json(results / "runs/stratified/tfidf/runs.json", {"runs": {"0": {"seconds": 2 * (CELL + FIT * 10 * 4)}}})
    assert cells(study, results) == Cells(1, 7, pytest.approx(2 * (expected - CELL - FIT * 10 * 4)))


def test_tables_figures_and_the_page_are_in_the_time_and_what_is_there_is_not(ten):
    study, results = ten
    fits = cells(study, results).seconds
    # A process fits the cells of each of two schemes; every other step takes 1 s and 5 s of ten million bytes.
    others = sum(step.rule != FIT_RULE for step in steps_of(study))
    assert seconds_left(study, results, 2) == pytest.approx(USUAL[START] + (fits + 2 * USUAL[FIT_RULE] + others * 6) / 2)
    assert forecast(study, results, 2)[-1] == f"to the page: about {said(seconds_left(study, results, 2))} on 2 cores"
    before = seconds_left(study, results, 1)
    (results / "tables").mkdir(parents=True)
    (results / "tables/f1.csv").touch()
    assert seconds_left(study, results, 1) == pytest.approx(before - 6)
    # Each split has a step of fits.
    assert step_seconds(study, results)["fit_cells"] == pytest.approx(USUAL[FIT_RULE] + fits / 2)
    assert step_seconds(study, results)["table_f1"] == pytest.approx(6)


def test_a_scheme_on_which_only_fine_tunes_have_cells_has_no_step_of_fits(ten, monkeypatch):
    study, results = ten
    # As where the predictions of a given system leave the scheme out.
    of_both = study.cheap_on("stratified")
    monkeypatch.setattr(Study, "cheap_on", lambda self, split: of_both if split == "stratified" else {})
    fits = cells(study, results).seconds
    assert step_seconds(study, results)["fit_cells"] == pytest.approx(USUAL[FIT_RULE] + fits)


def test_no_number_of_cores_is_faster_than_the_longest_chain(ten):
    study, results = ten
    fits = cells(study, results).seconds / 2 + USUAL[FIT_RULE]
    # From the rows through splits, fits and scores of a scheme to all scores, F1, what is read off it, what was found, and the page.
    assert seconds_left(study, results, 1000) == pytest.approx(USUAL[START] + fits + 8 * 6)
    assert "table_overview" in {step.rule for step in steps_of(study)}


def test_the_longest_chain_is_that_of_steps_that_wait_for_each_other():
    rows, quick, slow = (
        Step("rows", ("rows",)),
        Step("quick", ("a",), ("rows",)),
        Step("slow", ("b",), ("rows", "from elsewhere")),
    )
    page = Step("page", ("page",), ("a", "b"))
    seconds = {rows: 1.0, quick: 2.0, slow: 5.0, page: 3.0}
    assert longest_chain([rows, quick, slow, page], seconds) == 9
    # What is done takes no time, and what waits for it goes on at once.
    assert longest_chain([rows, quick, slow, page], {quick: 2.0, page: 3.0}) == 5
    assert longest_chain([], {}) == 0


def test_what_snakemake_itself_takes_for_each_job_is_in_the_time(ten, monkeypatch):
    study, results = ten
    before, jobs = seconds_left(study, results, 2), len(steps_of(study))
    ours = Seconds({**SHIPPED, START: (20.0, 0.0), JOB: (0.5, 0.0), FIT_RULE: (USUAL[FIT_RULE], 0.0)}, {})
    assert seconds_left(study, results, 2, ours) == pytest.approx(before + 20 - USUAL[START] + 0.5 * jobs / 2)
    # None of them is a step among whose middle one that is not known counts.
    assert ours.of_step("new", 10) == 6


def test_an_agent_that_is_cheap_fits_every_fold_where_a_fine_tune_has_one_a_seed():
    schemes = ["stratified", "kfold", "source-curated", "matched"]
    study = Study.from_config(CONFIG | {"schemes": schemes, "inner_folds": 3})
    # One model for the scores, and three for the threshold.
    assert [models_of_cell(study, scheme, "tfidf") for scheme in schemes] == [4, 20, 4, 20]
    assert models_of_cell(study, "kfold", "words") == 0
    assert [study.machine.fits[scheme] for scheme in schemes] == [1, 5, 1, 1]


def test_where_all_is_there_nothing_is_left(ten):
    study, results = ten
    for file in (file for step in steps_of(study) if step.rule != FIT_RULE for file in step.makes):
        (results / file).parent.mkdir(parents=True, exist_ok=True)
        (results / file).touch()
    runs = {"runs": {str(seed): {"seconds": 1} for seed in study.seeds}}
    for scheme in study.schemes:
        for agent in study.cheap_agents:
            write_json(results / f"runs/{scheme}/{agent}/runs.json", runs)
    assert seconds_left(study, results, 2) == 0
    assert forecast(study, results, 2)[-1] == "to the page: nothing is left to do but what an edit changed"


def test_the_size_is_that_of_the_file_or_of_the_rows_that_were_read(ten, tmp_path):
    assert megabytes_known({"data": {"path": "gone.csv"}}, tmp_path) is None
    (tmp_path / "ten.parquet").write_bytes(b"x" * 1_000_000)
    assert megabytes_known({"data": {"path": "ten.parquet"}}, tmp_path) == 3
    assert megabytes_known({"data": {"source": "hub"}}, tmp_path) is None
    (tmp_path / "data").mkdir()
    (tmp_path / "data/sections.parquet").write_bytes(b"x" * 2_000_000)
    assert megabytes_known({"data": {"source": "hub"}}, tmp_path) == 6


def test_before_the_data_are_read_no_time_is_told(tmp_path):
    assert seconds_left(Study.from_config(CONFIG), tmp_path, 2) is None
    assert forecast(Study.from_config(CONFIG), tmp_path, 2)[-1].startswith("to the page: how long it takes can be told when")
    assert step_seconds(Study.from_config(CONFIG), tmp_path) == {}


def test_of_several_classes_each_is_fitted(ten):
    study, results = ten
    data = {"path": "ten.csv", "columns": {"classes": ["a", "b", "c"]}}
    kept = {key: value for key, value in study.config.items() if key not in ("comparisons", "groups", "hard_rows")}
    of_three = Study.from_config(kept | {"data": data, "agents": {"tfidf": CONFIG["agents"]["tfidf"]}})
    # Without thresholds: one fit a class.
    assert cells(of_three, results).seconds == pytest.approx(4 * (CELL + FIT * 10 * 3))
    of_all = Study.from_config(of_three.config | {"data": {**data, "columns": {"classes": "all"}}})
    assert cells(of_all, results).seconds == pytest.approx(4 * (CELL + FIT * 10 * CLASSES))
    write_json(results / "data/sections.json", {"classes": ["a", "b"]})
    assert cells(of_all, results).seconds == pytest.approx(4 * (CELL + FIT * 10 * 2))


def test_what_is_not_known_is_as_long_as_the_middle_and_a_kind_as_dear_as_the_dearest():
    known = Seconds({"a": (1.0, 0.0), "b": (3.0, 2.0), "c": (2.0, 0.0), **SHIPPED}, {"a": 9.0}, speed=2.0)
    assert known.of_step("a", 10) == 9
    assert known.of_step("b", 10) == pytest.approx(2 * 23)
    assert Seconds({"a": (1.0, 0.0), "b": (3.0, 2.0), "c": (2.0, 0.0)}, {}).of_step("new", 10) == 2
    assert known.of_fit("boosted", 10) == pytest.approx(2 * FIT * 10)


def test_a_run_that_was_is_remembered_where_it_ran(tmp_path, monkeypatch):
    (tmp_path / ".snakemake").mkdir()
    remember({"table_f1": 4.0, "figure_gap": 3.0}, tmp_path)
    remember({"table_f1": 6.0}, tmp_path)
    monkeypatch.chdir(tmp_path)
    here = seconds_here()
    assert here.own == {"figure_gap": 3.0, "table_f1": 6.0}
    assert here.speed == pytest.approx(probe() / seconds_module._shipped()["probe"][0])
    (tmp_path / ".snakemake/mirage-seconds.json").write_text("no json")
    assert seconds_here().own == {}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "5 s"), (12, "10 s"), (119, "120 s"), (120, "2 min"), (3600, "60 min"), (7200, "2.0 h"), (9000, "2.5 h")],
)
def test_times_are_said_as_roughly_as_they_are_known(seconds, words):
    assert said(seconds) == words


def test_a_finished_study_has_nothing_to_run(told):
    done = [(s, a, seed, json.dumps({"seconds": 9})) for s in CONFIG["schemes"] for a in CONFIG["agents"] for seed in (0, 1)]
    assert told(done)[0].endswith("8 done, 0 to run")

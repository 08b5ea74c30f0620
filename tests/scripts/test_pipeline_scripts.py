"""The commands behind the workflow's rules, run in order on a small synthetic corpus."""

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from known_schemes import DEFINITIONS
from mirage.files import read_json, write_json
from mirage.locks import MARK, mark
from mirage.runs import read_predictions, read_records
from mirage.splits.store import read_splits, write_splits
from mirage.stamps import STAMPS
from mirage.study.grid import Study, as_json
from script_loader import COVERAGE, SCRIPTS, make_figure, make_table, script_main

ROWS = 150
SCHEMES = ("stratified", "kfold-grouped", "source-curated")
AGENTS = {
    "always-positive": {"title": "Always positive", "kind": "constant", "strategy": "always-positive"},
    "tfidf": {"title": "TF-IDF", "note": "small", "kind": "linear", "ngrams": [1, 1], "max_features": 500, "C": 1.0}
    | {"class_weight": None},
}
CONFIG = {
    "seeds": 2,
    "vary": ["split", "training"],
    "split": {"test_fraction": 0.2, "folds": 3, "validation_fraction": 0.125, "subsample": 0.9} | {"time_cut": 1931},
    "scheme_definitions": DEFINITIONS,
    "schemes": list(SCHEMES),
    "agents": AGENTS,
    "intervals": {"level": 0.95, "draws": 100, "seed": 0},
    "gap": {"reference": "stratified", "held_out": ["source-curated"]},
    "comparisons": {"against": ["tfidf"], "schemes": ["stratified"]},
    "groups": {"scheme": "stratified", "held_out": "source-curated", "min_rows": 20},
    "hard_rows": {"scheme": "stratified"},
    "headline": {"agent": "tfidf", "held_out": "source-curated"},
    "figures": {"f1": list(SCHEMES)},
    "encoders": {"run": "none", "where": "here", "keep_model": False, "schemes": [], "seeds": 1},
}
STUDY = Study.from_config(CONFIG)
RECIPES = {agent: {"recipe": STUDY.recipe(agent), "code": "abc"} for agent in AGENTS}
PUBLISHED = (
    "published_by,what,split,agent,group,metric,value,digits,tolerance,source,note\n"
    "a post,test rows,kfold-grouped,tfidf,all,n,150,0,,figure 1,\n"
    "a post,F1,exact-unc,tfidf,all,f1,0.97,2,0.02,figure 2,not built here\n"
)


class Pipeline:
    """One folder of results and the command line of each step there."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.results = folder / "results"

    def run(self, name: str, arguments: list) -> int:
        return script_main(name)([str(argument) for argument in arguments])

    def fetch(self, options=None) -> int:
        chosen = {"source": "synthetic", "content_sha256": None, "synthetic": {"rows": ROWS, "seed": 0}} | (options or {})
        data = self.results / "data"
        return self.run(
            "fetch_sections",
            ["--options", json.dumps(chosen), "--sections", data / "sections.parquet", "--provenance", data / "sections.json"],
        )

    def audit(self) -> int:
        data = self.results / "data"
        names = {"sections": "sections.parquet", "provenance": "sections.json", "json": "audit.json", "markdown": "audit.md"}
        return self.run("audit_sections", [word for option, name in names.items() for word in (f"--{option}", data / name)])

    def split(self, scheme: str) -> int:
        target = self.results / f"splits/{scheme}.parquet"
        named = ["--sections", self.results / "data/sections.parquet", "--scheme", scheme]
        named += ["--output", target, "--record", target.with_suffix(".json")]
        return self.run(
            "make_split",
            [*named, "--options", as_json(STUDY.split_options(scheme)), "--definitions", as_json(DEFINITIONS), "--seeds", 0, 1],
        )

    def splits(self, scheme: str) -> dict:
        return {seed: split for (_, seed), split in read_splits([self.results / f"splits/{scheme}.parquet"]).items()}

    def fit(self, scheme: str, agents: dict | None = None, seeds=(0, 1)) -> int:
        data = self.results / "data"
        named = ["--sections", data / "sections.parquet", "--provenance", data / "sections.json"]
        named += ["--splits", self.results / f"splits/{scheme}.parquet", "--split", scheme]
        named += ["--agents", as_json(agents or RECIPES), "--inner-folds", 2, "--seeds", *seeds]
        named += ["--output", self.results / "runs" / scheme]
        return self.run("fit_cells", [*named, "--store", self.results / ".cells" / scheme])

    def score(self, scheme: str) -> int:
        named = ["--sections", self.results / "data/sections.parquet", "--runs", self.results / "runs" / scheme]
        named += ["--split", scheme, "--agents", *AGENTS, "--seeds", 0, 1]
        files = [
            "--scores",
            self.results / f"scores/{scheme}.parquet",
            "--outcomes",
            self.results / f"outcomes/{scheme}.parquet",
        ]
        return self.run("score_split", [*named, *files])

    def collect(self) -> int:
        parts = [self.results / f"scores/{scheme}.parquet" for scheme in SCHEMES]
        return self.run("collect_scores", [*parts, "--output", self.results / "scores.parquet"])

    def estimate(self) -> int:
        published = self.folder / "published.csv"
        published.write_text(PUBLISHED, encoding="utf-8")
        options = {"study": STUDY.estimate_options, "recipe": {}}
        codes = [self.table(f"mirage.tables.{name}", options) for name in ("f1", "gap", "leakage")]
        codes.append(make_table("on_the_books.tables.reproduction", self.results, options, [published]))
        return max(*codes, self.run("write_headline", ["--study", as_json(options["study"]), "--results", self.results]))

    def table(self, module: str, options: dict) -> int:
        return make_table(module, self.results, options, [COVERAGE])

    def figures(self) -> int:
        options = {"schemes": [(name, name) for name in SCHEMES], "titles": STUDY.titles, "level": 0.95}
        drawn = {name: self.results / f"figures/{name}" for name in ("label_rate", "f1")}
        codes = [
            make_figure(f"mirage.figures.{name}", self.results, options, stem, [self.folder / "published.csv"])
            for name, stem in drawn.items()
        ]
        return max(codes)

    def headline(self) -> int:
        return self.run("print_headline", ["--results", self.results])

    def all(self) -> list[int]:
        codes = [self.fetch(), self.audit()]
        codes += [self.split(scheme) for scheme in SCHEMES]
        codes += [self.fit(scheme) for scheme in SCHEMES]
        codes += [self.score(scheme) for scheme in SCHEMES]
        return [*codes, self.collect(), self.estimate(), self.figures()]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    pipeline = Pipeline(tmp_path_factory.mktemp("finished"))
    assert set(pipeline.all()) == {0}
    return pipeline


@pytest.fixture
def pipeline(finished, tmp_path):
    """A copy of the finished results, free to spoil."""
    shutil.copytree(finished.folder, tmp_path / "study")
    return Pipeline(tmp_path / "study")


@pytest.fixture
def fails(capsys):
    """A function: hold a step against exit status 1 and one line on standard error that is not a log line; return it."""

    def check(step, *arguments):
        capsys.readouterr()
        assert step(*arguments) == 1
        printed = capsys.readouterr()
        lines = [line for line in printed.err.splitlines() if not line[:2].isdigit()]
        assert len(lines) == 1, printed.err
        assert lines[0].startswith("error: ")
        return lines[0].removeprefix("error: ")

    return check


def files(folder):
    found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {str(path) for path in found if path.parts[0] != ".cells"}


def test_every_file_of_the_contract_is_there_and_no_other(finished):
    cells = {f"{scheme}/{agent}" for scheme in SCHEMES for agent in AGENTS}
    tables = ("f1", "gap", "reproduction", "leakage")
    expected = {"data/sections.parquet", "data/sections.json", "data/audit.json", "data/audit.md", "scores.parquet"}
    expected |= {f"splits/{scheme}.{kind}" for scheme in SCHEMES for kind in ("parquet", "json")}
    expected |= {f"runs/{cell}/{name}" for cell in cells for name in ("predictions.parquet", "runs.json")}
    expected |= {f"{folder}/{scheme}.parquet" for folder in ("scores", "outcomes") for scheme in SCHEMES}
    expected |= {f"tables/{table}.{kind}" for table in tables for kind in ("csv", "md", "tex")} | {"headline.json"}
    expected |= {f"figures/{figure}.{kind}" for figure in ("f1", "label_rate") for kind in ("svg", "png")}
    assert files(finished.results) == expected


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("agent", AGENTS)
def test_predictions_score_every_test_row_of_the_split_once(finished, scheme, agent):
    for seed in (0, 1):
        split = read_splits([finished.results / f"splits/{scheme}.parquet"])[scheme, seed]
        predictions = read_predictions(finished.results / f"runs/{scheme}/{agent}", [seed])
        test = predictions[predictions["part"] == "test"]
        planned = split.loc[split["part"] == "test", ["row_id", "fold"]]
        assert test[["row_id", "fold"]].to_numpy().tolist() == planned.to_numpy().tolist()
        trained = split[split["part"].isin(["train", "validation"])]
        rest = predictions[predictions["part"] == "validation"]
        expected = set() if agent == "always-positive" else set(zip(trained["row_id"], trained["fold"], strict=True))
        assert set(zip(rest["row_id"], rest["fold"], strict=True)) == expected


def test_a_run_record_says_what_the_cell_came_from(finished):
    records = read_records(finished.results / "runs/kfold-grouped/tfidf")
    record = records[1]
    assert record["corpus"] == "synthetic"
    assert record["inputs"]["recipe"] == STUDY.recipe("tfidf")
    assert (record["inputs"]["split"], record["inputs"]["agent"], record["inputs"]["inner_folds"]) == (
        "kfold-grouped",
        "tfidf",
        2,
    )
    assert [fold["fold"] for fold in record["folds"]] == [0, 1, 2]
    assert {"python", "scikit-learn", "pandas"} <= set(record["versions"])
    assert record["inputs"]["training_seed"] != records[0]["inputs"]["training_seed"]


def test_scores_cover_the_grid_by_group(finished):
    scores = pd.read_parquet(finished.results / "scores.parquet")
    everything = scores[scores["group_kind"] == "all"].set_index(["split", "agent", "seed"]).sort_index()
    assert len(everything) == 3 * 2 * 2
    assert everything.loc["kfold-grouped", "n"].tolist() == [ROWS] * 4
    constant = everything.xs("always-positive", level="agent")
    assert (constant["recall"] == 1).all()
    assert constant["f1"].tolist() == pytest.approx(constant["always_positive_f1"].tolist())
    curated = scores[(scores["split"] == "source-curated") & (scores["group_kind"] == "source")]
    assert set(curated["group"]) == {"murray", "paschal"}


def test_scores_say_how_many_rows_a_run_was_fitted_on(finished):
    scores = pd.read_parquet(finished.results / "scores.parquet")
    # A fifth of 150 rows is tested, and cheap agents train on the rest; of three folds on the other two.
    trained = scores[scores["group_kind"] == "all"].groupby("split")["n_train"].unique()
    assert trained["stratified"].tolist() == [120]
    assert trained["kfold-grouped"].tolist() == [pytest.approx(100)]


def test_tables_are_whole_and_agree_with_the_scores(finished):
    f1 = pd.read_csv(finished.results / "tables/f1.csv").set_index(["split", "agent"])
    scores = pd.read_parquet(finished.results / "scores.parquet")
    means = scores[scores["group_kind"] == "all"].groupby(["split", "agent"])["f1"].mean()
    assert f1["f1"].to_dict() == pytest.approx(means.to_dict(), abs=1e-6)
    # Calling everything positive scores alike on every stratified split, so that nothing tells how it would vary.
    assert math.isnan(f1.loc[("stratified", "always-positive"), "low"])
    known = f1.dropna(subset=["low"])
    assert ("kfold-grouped", "always-positive") in known.index
    assert ((known["low"] <= known["f1"]) & (known["f1"] <= known["high"])).all()
    gap = pd.read_csv(finished.results / "tables/gap.csv").set_index("agent")
    expected = f1.loc[("stratified", "tfidf"), "f1"] - f1.loc[("source-curated", "tfidf"), "f1"]
    assert gap.loc["tfidf", "gap"] == pytest.approx(expected, abs=2e-6)
    reproduction = pd.read_csv(finished.results / "tables/reproduction.csv")
    assert reproduction["verdict"].tolist() == ["equal as printed", "not run here"]
    leakage = pd.read_csv(finished.results / "tables/leakage.csv").set_index("split")
    assert leakage.loc["kfold-grouped", ["folds", "tested", "near_duplicates", "sharing_chapter"]].tolist() == [3, ROWS, 0, 0]


def test_a_table_tells_the_coverage_of_what_it_prints_and_whose_runs_are_few(finished):
    text = (finished.results / "tables/f1.md").read_text(encoding="utf-8")
    assert "- unit bootstrap, F1, 5-fold, clusters whole: nominal 95%; a known model" in text
    assert "- Wilson on Jaccard at effective n, F1, held-out source: nominal" in text
    # No agent has an interval on stratified splits here, and no scheme mixes held-out rows with others.
    assert "F1, random splits" not in text
    assert "a fifth of the corpus" not in text
    assert "Fewer than 5 runs tell little of the spread between runs" in text


def test_everything_a_reader_sees_is_stamped(finished, capsys):
    for path in (finished.results / "tables").iterdir():
        assert STAMPS["synthetic"] in path.read_text(encoding="utf-8"), path
    assert "Synthetic corpus" in (finished.results / "data/audit.md").read_text(encoding="utf-8")
    assert read_json(finished.results / "headline.json")["stamp"] == STAMPS["synthetic"]
    assert finished.headline() == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    assert len(lines) == 6
    assert all(line.startswith("[synthetic corpus] ") for line in lines)


def test_the_headline_prints_three_numbers_and_where_the_rest_is(pipeline, capsys):
    (pipeline.results / "report").mkdir(exist_ok=True)
    (pipeline.results / "report/index.html").write_text("<html>", encoding="utf-8")
    pipeline.headline()
    near, far, gap, note, tables, figures, page = [line for line in capsys.readouterr().out.splitlines() if line]
    f1 = pd.read_csv(pipeline.results / "tables/f1.csv").set_index(["split", "agent"])["f1"]
    for line, split, called in ((near, "stratified", "random split"), (far, "source-curated", "curated lists held out")):
        shown = float(line.split("] ")[1].split()[0])
        assert shown == pytest.approx(f1[split, "tfidf"], abs=6e-4)
        assert f"F1 of TF-IDF: {called}; " in line
        assert "; 95% interval: " in line
    assert "gap between the two; " in gap
    assert note == "[synthetic corpus] small."
    assert tables == f"[synthetic corpus] tables: {pipeline.results}/tables/ (4 tables)"
    assert figures == f"[synthetic corpus] figures: {pipeline.results}/figures/ (2 figures)"
    assert page == f"[synthetic corpus] page: {pipeline.results}/report/index.html"


def test_a_headline_without_numbers_says_missing(pipeline, capsys):
    nothing = {"label": "F1 of tfidf on time", "value": None, "low": None, "high": None, "interval": None}
    write_json(pipeline.results / "headline.json", {"stamp": None, "level": 0.9, "numbers": [nothing]})
    assert pipeline.headline() == 0
    first = capsys.readouterr().out.splitlines()[1]
    assert first.split(maxsplit=1) == ["missing", "F1 of tfidf on time; 90% interval: none"]


def test_the_word_stands_before_the_numbers_where_the_study_has_one(pipeline, capsys):
    row = {"agent": "tfidf", "held_out": "source-curated", "sources": "murray", "reference": "stratified", "status": "complete"}
    row |= {"drop": 0.3, "low": 0.2, "high": 0.4, "margin": 0.05, "word": "falls", "by_margin": True, "more_positives": None}
    path = pipeline.folder / "verdict.csv"
    command = ["--study", as_json(STUDY.estimate_options), "--results", pipeline.results, "--judged", path]
    for status, starts in (("complete", "[synthetic corpus] Falls by .05 or more: “"), ("missing", "[synthetic corpus] .")):
        pd.DataFrame([row | {"status": status}]).to_csv(path, index=False)
        capsys.readouterr()
        assert pipeline.run("write_headline", command) == 0
        assert pipeline.headline() == 0
        assert capsys.readouterr().out.splitlines()[1].startswith(starts)
    other = row | {"held_out": "source-experts", "sources": "experts", "word": "falls", "status": "complete"}
    pd.DataFrame([row, other]).to_csv(path, index=False)
    assert pipeline.run("write_headline", command) == 0
    assert read_json(pipeline.results / "headline.json")["word"].endswith("F1 falls in 1: experts (1 of 1 agent).")


def test_the_same_steps_give_the_same_bytes_in_another_folder(finished, tmp_path):
    again = Pipeline(tmp_path)
    assert set(again.all()) == {0}
    changing = {name for name in files(finished.results) if name.endswith("runs.json")}  # hold run times
    for name in files(finished.results) - changing:
        assert (again.results / name).read_bytes() == (finished.results / name).read_bytes(), name


def test_fitting_again_keeps_every_cell_and_one_more_seed_fits_one(pipeline, capsys):
    pipeline.fit("stratified")
    assert "4 of 4 cells are already there, 0 to run" in capsys.readouterr().err
    splits = pipeline.splits("stratified")
    write_splits(pipeline.results / "splits/stratified.parquet", "stratified", {**splits, 2: splits[1]})
    assert pipeline.fit("stratified", seeds=(0, 1, 2)) == 0
    assert "4 of 6 cells are already there, 2 to run" in capsys.readouterr().err


@pytest.mark.parametrize(("change", "todo"), [("recipe", 2), ("code", 2), ("split", 2), ("sections", 4)])
def test_a_cell_is_fitted_again_when_what_it_came_from_changes(pipeline, capsys, change, todo):
    agents = RECIPES
    if change == "recipe":
        agents = {**RECIPES, "tfidf": {**RECIPES["tfidf"], "recipe": {**STUDY.recipe("tfidf"), "C": 0.5}}}
    elif change == "code":
        agents = {**RECIPES, "tfidf": {**RECIPES["tfidf"], "code": "abd"}}
    elif change == "split":
        splits = pipeline.splits("stratified")
        write_splits(pipeline.results / "splits/stratified.parquet", "stratified", {0: splits[1], 1: splits[1]})
    else:
        path = pipeline.results / "data/sections.parquet"
        pd.read_parquet(path).assign(year=1900).to_parquet(path)
    assert pipeline.fit("stratified", agents) == 0
    assert f"{4 - todo} of 4 cells are already there, {todo} to run" in capsys.readouterr().err


def test_held_training_seeds_are_seed_0_s(pipeline):
    folder = pipeline.results / "held"
    data = pipeline.results / "data"
    named = ["--sections", data / "sections.parquet", "--provenance", data / "sections.json", "--output", folder]
    named += ["--splits", pipeline.results / "splits/stratified.parquet", "--split", "stratified"]
    named += ["--agents", as_json({"always-positive": RECIPES["always-positive"]}), "--inner-folds", 2, "--seeds", 0, 1]
    assert pipeline.run("fit_cells", [*named, "--vary-training", "false", "--store", pipeline.results / ".s"]) == 0
    seeds = [read_records(folder / "always-positive")[seed]["inputs"]["training_seed"] for seed in (0, 1)]
    varied = read_records(pipeline.results / "runs/stratified/always-positive")[0]["inputs"]["training_seed"]
    assert seeds == [varied, varied]


def test_fetch_refuses_too_small_a_corpus(pipeline, fails):
    shutil.rmtree(pipeline.results / "data")
    told = fails(pipeline.fetch, {"synthetic": {"rows": 20, "seed": 0}})
    assert told.startswith("data.synthetic.rows is 20; expected at least 120")
    assert not (pipeline.results / "data/sections.parquet").exists()


def test_audit_needs_the_sections(pipeline, fails):
    (pipeline.results / "data/sections.json").unlink()
    assert fails(pipeline.audit) == f"{pipeline.results}/data/sections.json: no such file"


def test_split_needs_the_sections(pipeline, fails):
    (pipeline.results / "data/sections.parquet").unlink()
    assert fails(pipeline.split, "stratified") == f"{pipeline.results}/data/sections.parquet: no such file"


def test_fit_refuses_a_kind_it_does_not_know(pipeline, fails):
    told = fails(pipeline.fit, "stratified", {"oracle": {"recipe": {"kind": "oracle"}, "code": ""}})
    assert told == "config.yaml: agents: kind 'oracle' is unknown; there is no module mirage.agents.oracle"
    assert not (pipeline.results / "runs/stratified/oracle").exists()


def test_fit_refuses_a_split_of_other_sections_and_names_the_fold(pipeline, fails):
    splits = {seed: split.iloc[::-1] for seed, split in pipeline.splits("stratified").items()}
    write_splits(pipeline.results / "splits/stratified.parquet", "stratified", splits)
    told = fails(pipeline.fit, "stratified")
    assert told == "split: fold 0 does not list the corpus's row_id in its order; make the split again"


def test_score_names_the_run_whose_predictions_are_bad(pipeline, fails):
    path = pipeline.results / "runs/stratified/tfidf/predictions.parquet"
    spoiled = pd.read_parquet(path).assign(score=2.0)
    path.unlink()
    spoiled.to_parquet(path)
    (pipeline.results / "scores/stratified.parquet").unlink()
    told = fails(pipeline.score, "stratified")
    assert told.startswith(f"{path.parent}: predictions: row ")
    assert told.endswith("score 2.0 is not a probability in [0, 1]")
    assert not (pipeline.results / "scores/stratified.parquet").exists()


def test_score_names_the_run_that_is_not_there(pipeline, fails):
    path = pipeline.results / "runs/stratified/tfidf/predictions.parquet"
    path.unlink()
    assert str(path.parent) in fails(pipeline.score, "stratified")


def test_collect_names_the_scores_that_are_not_there(pipeline, fails):
    path = pipeline.results / "scores/kfold-grouped.parquet"
    path.unlink()
    (pipeline.results / "scores.parquet").unlink()
    assert str(path) in fails(pipeline.collect)
    assert not (pipeline.results / "scores.parquet").exists()


def test_a_table_names_the_file_that_it_reads_and_does_not_declare(pipeline, fails):
    (pipeline.results / "scores.parquet").unlink()
    code = lambda: pipeline.table("mirage.tables.f1", {"study": STUDY.estimate_options})  # noqa: E731
    assert fails(code) == "scores.parquet: is read and not declared; add it to what the table or figure reads"


def test_the_headline_names_its_file_that_is_not_there(pipeline, fails):
    (pipeline.results / "headline.json").unlink()
    assert fails(pipeline.headline) == f"{pipeline.results}/headline.json: no such file"


@pytest.mark.parametrize("alive", [False, True])
def test_the_lock_of_a_dead_run_is_cleared_and_a_live_one_s_is_not(tmp_path, fails, capsys, alive):
    locks = tmp_path / ".snakemake/locks"
    locks.mkdir(parents=True)
    (locks / "0.input.lock").touch()
    mark(tmp_path)

    def clear():
        return script_main("before_run")(["--directory", str(tmp_path)])

    if not alive:
        assert clear() == 0
        assert "the lock of a run that is no longer alive was removed" in capsys.readouterr().err
        assert list(locks.iterdir()) == []
        assert json.loads((tmp_path / MARK).read_text())["host"] == os.uname().nodename
        return
    running = subprocess.Popen([sys.executable, "-c", "input()", "snakemake"], cwd=tmp_path, stdin=subprocess.PIPE)
    try:
        assert fails(clear) == f"{tmp_path} is in use by a running snakemake, process {running.pid}; wait for it or stop it"
        assert len(list(locks.iterdir())) == 1
    finally:
        running.communicate(b"\n")


@pytest.mark.parametrize("name", sorted(path.stem for path in SCRIPTS.glob("*.py")))
def test_every_command_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as stopped:
        script_main(name)(["--help"])
    assert stopped.value.code == 0
    assert len(capsys.readouterr().out.splitlines()) > 3

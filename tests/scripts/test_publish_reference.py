"""Copying a finished run to the folder of the published one."""

from pathlib import Path

import pytest

from mirage.declared import discover
from mirage.folder import StudyFolder
from script_loader import script_main

ROOT = Path(__file__).parents[2]
ELSEWHERE = {name: f"data/{name}" for name in ("sections.json", "audit.md")}


@pytest.fixture(scope="module")
def published():
    """Name what is published of the study that is run with kept fits."""
    folder = StudyFolder(ROOT)
    config = folder.read()
    config["encoders"]["run"] = "kept"
    study = folder.study(config)
    tables = discover(["mirage.tables", "on_the_books.tables"], "TABLE", study)
    figures = discover(["mirage.figures", "on_the_books.figures"], "FIGURE", study)
    names = {f"{found.declared.folder}/{name}.{suffix}" for name, found in tables.items() for suffix in ("csv", "md", "tex")}
    names |= {f"figures/{name}.{suffix}" for name in figures for suffix in ("svg", "png")}
    return names | {"headline.json", "findings.json", "report/index.html", *ELSEWHERE}


@pytest.fixture
def results(tmp_path, published):
    texts = dict.fromkeys((ELSEWHERE.get(name, name) for name in published), "found") | {
        "tables/hard_rows.csv": 'row_id,text,label\na,"a law, whole",1\nb,"two\nlines",0\n',
        "data/sections.parquet": "laws",
        # Of a run with another configuration.
        "tables/published_models.csv": "agent,f1\n",
        "figures/of_another_run.svg": "<svg/>",
    }
    for name, text in texts.items():
        path = tmp_path / "results" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "results"


def publish(results, output):
    return script_main("publish_reference")(["--results", str(results), "--output", str(output)])


def test_what_the_study_makes_is_copied_and_no_law_is(results, published, tmp_path):
    target = tmp_path / "reference"
    for name in ("predictions/minilm.json", "tables/published_models.md"):
        (target / name).parent.mkdir(parents=True)
        (target / name).write_text("earlier")
    assert publish(results, target) == 0
    found = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    assert found == published | {"predictions/minilm.json"}
    assert (target / "tables/hard_rows.csv").read_text() == "row_id,label\na,1\nb,0\n"
    assert (target / "tables/f1.csv").read_text() == "found"


@pytest.mark.parametrize("name", ["findings.json", "tables/f1.md"])
def test_a_run_that_is_not_finished_is_not_published(results, tmp_path, capsys, name):
    (results / name).unlink()
    assert publish(results, tmp_path / "reference") == 1
    assert capsys.readouterr().err == f"error: {results}/{name}: no such file; run the study to its end first\n"
    assert not (tmp_path / "reference").exists()


def test_a_table_made_on_demand_stays_where_the_run_did_not_make_it(results, tmp_path):
    for suffix in ("csv", "md", "tex"):
        (results / f"tables/coverage.{suffix}").unlink()
    kept = tmp_path / "reference/tables/coverage.csv"
    kept.parent.mkdir(parents=True)
    kept.write_text("of hours")
    assert publish(results, tmp_path / "reference") == 0
    assert kept.read_text() == "of hours"

"""What the workflow reads of tables before it makes any."""

import subprocess
import sys

import pytest
import yaml

from mirage.declared import discover
from mirage.errors import StudyError
from mirage.results import Results
from mirage.study.grid import Study
from mirage.study.loading import fill_defaults
from mirage.tables.layout import markdown
from script_loader import SCRIPTS

ROOT = SCRIPTS.parent
HEAVY = ("numpy", "pandas", "scipy", "sklearn", "matplotlib", "pyarrow", "torch", "xgboost")
IMPORT_ALL = """
import importlib, pkgutil, sys
for package in ("mirage.tables", "on_the_books.tables"):
    for entry in pkgutil.iter_modules(importlib.import_module(package).__path__):
        importlib.import_module(f"{package}.{entry.name}")
print(*(name for name in %r if name in sys.modules))
"""


@pytest.fixture(scope="module")
def study():
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    fill_defaults(config)
    config["encoders"]["run"] = "none"
    return Study.from_config(config)


def test_declarations_load_no_library_that_computes():
    found = subprocess.run([sys.executable, "-c", IMPORT_ALL % (HEAVY,)], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_a_study_has_the_tables_of_its_sections_and_no_others(study):
    every = discover(["mirage.tables", "on_the_books.tables"], "TABLE", study)
    assert {"f1", "gap", "comparisons", "decomposition", "published", "contradictions"} <= set(every)
    # No encoder runs.
    assert "optimism" not in every
    bare = Study(study.schemes, study.agents, study.seeds, {**study.config, "decomposition": []})
    without = {key: value for key, value in study.config.items() if key not in ("comparisons", "traces", "decomposition")}
    bare = Study(study.schemes, study.agents, study.seeds, without)
    left = discover(["mirage.tables"], "TABLE", bare)
    assert not {"comparisons", "traces", "noticed", "decomposition", "restated", "published"} & set(left)
    assert {"f1", "gap", "leakage", "variance"} <= set(left)


def test_every_table_says_what_it_answers_and_reads_files_below_results(study):
    for found in discover(["mirage.tables", "on_the_books.tables"], "TABLE", study).values():
        assert found.declared.question.endswith("?"), found.name
        assert not any(path.startswith("/") for path in found.declared.reads(study)), found.name


def test_a_module_put_beside_the_others_is_a_table(tmp_path, monkeypatch, study):
    (tmp_path / "more").mkdir()
    (tmp_path / "more/__init__.py").write_text("")
    (tmp_path / "more/helpers.py").write_text("WORDS = 1\n")
    (tmp_path / "more/rows.py").write_text(
        "from mirage.declared import Table\n"
        "TABLE = Table(title='Rows', question='How many rows?', reads=lambda study: [], options=lambda study: {})\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    found = discover(["more"], "TABLE", study)
    assert [(entry.name, entry.module, entry.declared.title) for entry in found.values()] == [("rows", "more.rows", "Rows")]


def test_a_file_that_was_not_declared_cannot_be_read(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/audit.json").write_text('{"rows": 3}')
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/f1.csv").write_text("agent,f1\nNA,0.5\nnull,\n")
    results = Results(tmp_path, reads=[tmp_path / "tables/f1.csv"], options={})
    with pytest.raises(StudyError, match=r"data/audit.json: is read and not declared; add it to what the table"):
        results.json("data/audit.json")
    with pytest.raises(StudyError, match=r"prices.csv: is read and not declared; add it to the resources"):
        results.resource("prices.csv")
    table = results.table("f1")
    assert table["agent"].tolist() == ["NA", "null"]
    assert table["f1"].isna().tolist() == [False, True]


def test_a_table_without_panels_is_its_title_and_notes():
    assert markdown("Rows", [], ["A note."], None) == "# Rows\n\nA note.\n"

"""The examples of CONTRIBUTING.md, as someone would try them."""

import importlib
import re
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from frames import score_row, toy_sections
from mirage import agents, tables
from mirage.agents.interface import build
from mirage.declared import discover
from script_loader import SCRIPTS, make_table

TEXT = (SCRIPTS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"```python\n# (\S+)\n(.*?)```", TEXT, re.DOTALL))


# A study that has no section of its configuration beside the needed ones.
BARE = SimpleNamespace(
    config={}, schemes=(), taken_apart=(), held_out_groups=(), encoder_batches=(), facts={}, has_classes=False
)


@pytest.fixture
def added(tmp_path, monkeypatch):
    """A function: put the example of this name where the project finds it, and return its module's name."""

    def add(name, package):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(EXAMPLES[name], encoding="utf-8")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(path.parent)])
        module = f"{package.__name__}.{path.stem}"
        monkeypatch.delitem(sys.modules, module, raising=False)
        importlib.invalidate_caches()
        return module

    return add


def test_the_table_is_found_and_made_without_another_edit(added, tmp_path):
    module = added("tables/positives.py", tables)
    found = discover(["mirage.tables"], "TABLE", study=BARE)["positives"]
    assert found.module == module
    results = tmp_path / "results"
    (results / "data").mkdir(parents=True)
    (results / "data/sections.json").write_text('{"corpus": "synthetic"}')
    runs = [score_row("stratified", "a", seed, tp=3) for seed in (0, 1)]
    pd.DataFrame(runs).assign(stand_in=False).to_parquet(results / "scores.parquet")
    assert make_table(module, results, {}) == 0
    assert "| stratified | 3 |" in (results / "tables/positives.md").read_text(encoding="utf-8")


def test_the_kind_of_agent_is_built_from_its_entry(added):
    added("agents/length.py", agents)
    sections = toy_sections(40)
    scorer = build({"kind": "length", "longest": 1}, sections)
    assert scorer.fit(np.arange(10), np.arange(10, 20), 0).scores.tolist() == [1.0] * 10


def test_every_folder_and_file_that_the_tree_names_is_there():
    tree = TEXT.split("```")[3]
    root, folders = SCRIPTS.parent, []
    for line in tree.strip().splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.split(r"\s{2,}", line.strip())[0]
        for name in re.split(r",? ", names):
            folders = [*folders[:depth], name]
            assert (root / "/".join(folders)).exists(), name

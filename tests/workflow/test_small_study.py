"""One real run of the whole workflow: what it leaves, and that nothing is left to do."""

from __future__ import annotations

import re
import sys

import pandas as pd
import pytest

from copied_project import ROOT, TERMINAL, Project

pytestmark = pytest.mark.workflow

AGENTS = 7


def test_the_small_study_leaves_whole_tables_and_figures_with_the_stamp(finished: Project) -> None:
    results = finished.folder / "results"

    table = pd.read_csv(results / "tables/f1.csv")
    f1 = table[table["status"] == "complete"]

    assert set(table["status"]) == {"complete", "not run here"}
    assert len(f1) == 3 * AGENTS
    assert f1["f1"].notna().all()
    assert (f1["seeds"] == 2).all()
    for table in ("f1", "gap", "reproduction", "leakage"):
        assert "synthetic corpus" in (results / f"tables/{table}.md").read_text()
        assert "synthetic corpus" in (results / f"tables/{table}.csv").read_text()
        assert "synthetic corpus" in (results / f"tables/{table}.tex").read_text() or table == "reproduction"
    for figure in ("label_rate", "f1_random", "dumbbell", "forest", "gap", "agents_grid", "leakage", "optimism", "cost"):
        assert (results / f"figures/{figure}.svg").stat().st_size > 1000
        assert (results / f"figures/{figure}.png").read_bytes().startswith(b"\x89PNG")
    printed = finished.script("print_headline.py").strip().splitlines()
    assert all(line.startswith("[synthetic corpus]") for line in printed if line)
    assert len(printed) == 7


def test_on_a_terminal_the_run_is_one_line(finished: Project) -> None:
    written = (finished.folder / TERMINAL).read_bytes().decode()
    *plan, last = re.sub(r"[^\n]*\x1b\[2K", "", written).split("\r\n")[:-1]
    live = re.findall(r"\x1b\[2K([^\r\n\x1b]*)", written)

    assert plan[0].startswith("agents that are cheap: 7 on 3 splits with 2 seeds")
    assert len(plan) < 8
    assert re.fullmatch(r"(\d+) steps in \d+ (s|min)", last)
    assert any(re.match(rf"\d+ of {last.split()[0]} steps, about \d+ (s|min) left: Training the agents", line) for line in live)
    assert all(len(line) < 100 for line in live)


def test_its_main_numbers_are_those_expected(finished: Project) -> None:
    expected = ROOT / "tests/workflow/small_numbers.csv"
    printed = finished.run([sys.executable, "-m", "mirage", "compare", str(expected), "results", "--check"])
    assert printed == f"{len(expected.read_text().splitlines()) - 1} numbers in both; nothing changed\n"


def test_running_again_does_nothing(finished: Project) -> None:
    assert "Nothing to be done" in finished.snakemake("--cores", "2")
    assert finished.snakemake("--cores", "2", "--logger", "mirage") == "nothing to be done: everything is there\n"

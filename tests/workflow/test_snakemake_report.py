"""Snakemake's own report of a finished study, made without a network."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from copied_project import Project

pytestmark = pytest.mark.workflow

# Where nothing answers: a request would fail, and so would the report.
NOWHERE = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")


def reported(project: Project, target: Path) -> None:
    done = subprocess.run(
        project.command("--report", str(target)),
        cwd=project.folder,
        env=project.environment | NOWHERE,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def results_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="results">\s*var results = (\{.*?\});\s*</script>', page, re.DOTALL)
    assert found is not None
    results: dict[str, Any] = json.loads(found[1])
    return results


def test_it_holds_the_page_and_every_figure_and_table_with_caption_and_label(finished: Project, tmp_path: Path) -> None:
    reported(finished, tmp_path / "report.zip")

    with zipfile.ZipFile(tmp_path / "report.zip") as archive:
        names = archive.namelist()
        page = archive.read("report/report.html").decode("utf-8")
    results = results_of(page)
    figures = {f"results/figures/{path.name}" for path in (finished.folder / "results/figures").glob("*.svg")}
    tables = {f"results/tables/{path.name}" for path in (finished.folder / "results/tables").glob("*.csv")}

    assert len(figures) > 6
    assert len(tables) > 6
    assert figures | tables | {"results/report/index.html"} <= set(results)
    for path in figures | tables:
        entry = results[path]
        assert len(entry["caption"]) > 30, path
        assert list(entry["labels"].values()) == [Path(path).stem]
        assert any(name.endswith(f"/{Path(path).name}") for name in names)
    assert "split schemes and seeds" in page

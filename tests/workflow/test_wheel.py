"""The project as a wheel: installed where spaces are in the path, it runs a study in an empty folder without its checkout."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from copied_project import ROOT, Project
from mirage import __version__
from mirage.agents import module_of
from mirage.provenance import code_digest
from notes import notes_csv

pytestmark = pytest.mark.workflow

BUILT_FROM = ("pyproject.toml", "setup.py", "README.md", "LICENSE")
SMALL = {
    "seeds": 2,
    "schemes": ["stratified", "out-hilltop"],
    "agents": {
        "always-positive": {"title": "Always positive", "kind": "constant", "strategy": "always-positive"},
        "word-list": {"title": "Ten learned words", "kind": "wordlist", "words": 10, "min_df": 2},
    },
    "intervals": {"draws": 100},
    "gap": {"reference": "stratified", "held_out": ["out-hilltop"]},
    "headline": {"agent": "word-list", "held_out": "out-hilltop"},
}


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, which is not active, and a folder to work in."""

    environment: Path
    folder: Path

    def run(self, name: str, *arguments: str, status: int = 0) -> str:
        """Run a command of the environment in the folder, expect an exit status, and return everything printed."""
        known = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "ON_THE_BOOKS_CSV")}
        done = subprocess.run(
            [str(self.environment / "bin" / name), *arguments],
            cwd=self.folder,
            env={**known, "PATH": os.defpath},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def said(self, code: str) -> str:
        return self.run("python", "-c", code).strip()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, built from a copy of the checkout that is gone by the time it runs, beside what is installed here."""
    place = tmp_path_factory.mktemp("a wheel")
    source, environment, folder = place / "source", place / "an environment", place / "an empty folder"
    Project.copied_to(source)
    for name in BUILT_FROM:
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheels = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(place), str(source)]
    subprocess.run([*pip, *wheels], check=True)
    shutil.rmtree(source)
    [wheel] = place.glob("*.whl")
    venv.create(environment, with_pip=False)
    [packages] = environment.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text(
        "".join(f"import site; site.addsitedir({path!r})\n" for path in site.getsitepackages())
    )
    target = ["--python", str(environment / "bin/python"), "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, *target, "--ignore-installed", str(wheel)], check=True)
    folder.mkdir()
    return Installed(environment, folder)


def test_the_workflow_is_inside_the_package_and_has_the_digests_of_the_checkout(installed: Installed) -> None:
    root = Path(installed.said("from mirage.place import project_root; print(project_root())"))
    assert root.is_relative_to(installed.environment)
    for name in ("Snakefile", "config.yaml", "CITATION.cff", "scripts/fit_cells.py", "workflow/schemas/config.schema.yaml"):
        assert (root / name).read_bytes() == (ROOT / name).read_bytes()
    for script, *modules in (["fit_cells.py", module_of("linear")], ["table.py", "mirage.tables.f1"], ["fetch_sections.py"]):
        arguments = ", ".join(map(repr, [str(root / "scripts" / script), *modules]))
        said = installed.said(f"from mirage.provenance import code_digest; print(code_digest({arguments}))")
        assert said == code_digest(ROOT / "scripts" / script, *modules)


def test_its_commands_say_what_they_are(installed: Installed) -> None:
    assert installed.run("mirage", "--version").strip() == f"mirage {__version__}"
    assert "mirage init my.csv --run" in installed.run("mirage", "--help")
    assert yaml.safe_load(installed.run("mirage", "schema"))["title"] == "The study's configuration"
    assert installed.said("import mirage; print(mirage.check.__module__)") == "mirage.notebook"


def test_a_study_runs_in_an_empty_folder_and_nothing_runs_again(installed: Installed) -> None:
    (installed.folder / "my notes.csv").write_bytes(notes_csv(rows=200))
    said = installed.run("mirage", "init", "my notes.csv", "--positive", "cardiology")
    assert "\n  mirage run my-notes-study\n" in said
    # The study as proposed, but small enough for a test.
    study = installed.folder / "my-notes-study"
    path = study / "config.yaml"
    proposed = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({key: proposed[key] for key in ("study", "data")} | SMALL), encoding="utf-8")

    said = installed.run("mirage", "run", "my-notes-study", "--cores", "2")
    assert said.rstrip().endswith("page: my-notes-study/results/report/index.html")
    page = (study / "results/report/index.html").read_text(encoding="utf-8")
    assert "cardiology against the rest" in page
    assert f"mirage {__version__}, commit not known" in page
    assert {path.name for path in study.iterdir()} == {"config.yaml", "results", "logs", ".snakemake"}

    again = installed.run("mirage", "run", "my-notes-study", "--", "--dry-run")
    assert "Nothing to be done" in again
    assert "nothing is left to do but what an edit changed" in installed.run("mirage", "plan", "my-notes-study")
    assert "page: my-notes-study/results/report/index.html" in installed.run("mirage", "report", "my-notes-study")

"""The ways to an environment that are not `make` install what `make` does."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "envs/Dockerfile").read_text()


def pins(text):
    """Return the versions that a lock pins for Python 3.11, by package."""
    lines = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)([^\n]*)", text, re.MULTILINE)
    return {name.lower(): version for name, version, marker in lines if "python_full_version >= '3.12'" not in marker}


def test_the_conda_environment_has_every_dependency_at_its_locked_version():
    locked = pins((ROOT / "requirements.lock").read_text()) | pins((ROOT / "requirements-encoders.lock").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["encoders"]]
    # The environment is for the jobs that Snakemake starts.
    names = {re.match(r"[A-Za-z0-9._-]+", line)[0] for line in wanted} - {"snakemake"}

    environment = yaml.safe_load((ROOT / "envs/study.yaml").read_text())["dependencies"]

    assert environment[:2] == ["python =3.11", "pip"]
    assert pins("\n".join(environment[2]["pip"])) == {name: locked[name] for name in names}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-encoders.lock", "requirements-weights.lock"])
def test_the_image_is_made_from_the_locks_that_make_installs(lock):
    assert re.search(rf"^COPY .*\b{lock}\b", DOCKERFILE, re.MULTILINE)
    assert f"--requirement {lock}" in DOCKERFILE
    assert f"--requirement {lock}" in (ROOT / "Makefile").read_text()
    assert (ROOT / lock).is_file()


def test_the_documents_are_built_with_what_their_own_lock_pins():
    lock = (ROOT / "requirements-docs.lock").read_text()
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["docs"]
    assert {re.match(r"[A-Za-z0-9._-]+", line)[0] for line in wanted} <= set(pins(lock))
    assert len(re.findall(r"^[a-z].*==.*\\$", lock, re.MULTILINE)) == len(re.findall(r"^[a-z].*==", lock, re.MULTILINE))
    assert "--require-hashes --requirement requirements-docs.lock" in (ROOT / "Makefile").read_text()


def test_the_page_is_opened_with_what_its_own_lock_pins():
    lock = (ROOT / "requirements-browser.lock").read_text()
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["browser"]
    assert {re.match(r"[A-Za-z0-9._-]+", line)[0] for line in wanted} <= set(pins(lock))
    assert "--require-hashes --requirement requirements-browser.lock" in (ROOT / "Makefile").read_text()

"""What runs and what is asked on a hosting service and at a commit: it parses, and it calls nothing that is not there."""

import re
from itertools import product
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HOOKS = ROOT / ".pre-commit-config.yaml"
FILES = sorted([*(ROOT / ".github").rglob("*.yml"), HOOKS])
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z][a-z-]*):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))


def commands(job):
    """Yield what a job runs, once for each combination of its matrix."""
    matrix = job.get("strategy", {}).get("matrix", {})
    for values in product(*matrix.values()):
        for step in job["steps"]:
            text = step.get("run", "")
            for name, value in zip(matrix, values, strict=True):
                text = text.replace(f"${{{{ matrix.{name} }}}}", str(value))
            yield text


def made(command):
    """Return the targets of the calls of make in a command."""
    calls = re.findall(r"^\s*make\b(.*)$", command, flags=re.MULTILINE)
    return [word for call in calls for word in re.sub(r"""\w+=("[^"]*"|'[^']*'|\S*)""", "", call).split()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_parses(path):
    assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_call_targets_that_exist(path):
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    run = [command for job in jobs for command in commands(job)]
    targets = [target for command in run for target in made(command)]
    assert targets
    assert set(targets) <= TARGETS
    # An expression that is left would stand for a target that nobody looked up.
    assert not [command for command in run if re.search(r"make .*\${{", command)]


def test_style_documents_and_every_test_target_are_run_on_a_pull_request():
    workflow = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8"))
    # YAML reads the key on as true.
    assert {"push", "pull_request"} <= set(workflow[True])
    run = [target for job in workflow["jobs"].values() for command in commands(job) for target in made(command)]
    # Of the others, test-all runs every one, and test-rest runs test-plugins.
    alone = {name for name in TARGETS if name.startswith("test")} - {"test-all", "test-plugins"}
    assert sorted(run) == sorted({"lint", "docs"} | alone)
    assert re.search(r"^test-rest:.* test-plugins\b", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_a_commit_is_held_to_the_tools_that_make_lint_runs():
    hooks = [hook for repo in yaml.safe_load(HOOKS.read_text(encoding="utf-8"))["repos"] for hook in repo["hooks"]]
    assert all(hook["language"] == "system" for hook in hooks)
    tools = {Path(hook["entry"].split()[0]).name for hook in hooks}
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert tools == {line.split()[0] for line in lint[1].splitlines()} - {"snakemake"}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert all(re.search(rf"^{tool}==", lock, flags=re.MULTILINE) for tool in tools)

"""The study with its fine-tunes as Hugging Face Jobs: through both plugins, against a Hub on loopback."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from copied_project import ROOT, Project

pytest.importorskip("torch")
pytest.importorskip("transformers")

from standins import family_of, make_standin

sys.path.insert(0, str(ROOT / "workflow/plugins/fakehub"))
from fakehub import FakeHub

pytestmark = [pytest.mark.workflow, pytest.mark.encoders]

TOKEN = "hf_0123456789secretsecretsecret"
BUCKET = "hf://buckets/acme/mirage/run1"
ENCODERS = ("claude-code", "pi")
SCHEMES = ("stratified", "source-curated")
PROFILE = ("--workflow-profile", "workflow/profiles/hf-jobs", "--jobs", "3", "--local-cores", "2")
# The fake Hub's jobs find this environment; the rest hurries.
LOOPBACK = (
    *(
        "--hf-jobs-bootstrap",
        "none",
        "--hf-jobs-image",
        "mirage:test",
        "--hf-jobs-requirements",
        "",
        "--hf-jobs-request-timeout",
        "30",
    ),
    *("--storage-hfbucket-max-requests-per-second", "1000", "--seconds-between-status-checks", "1", "--retries", "0"),
)


@dataclass(frozen=True)
class Remote:
    """A copy of the project whose encoders are stand-ins, a Hub, and what the driver printed last."""

    project: Project
    hub: FakeHub

    @property
    def folder(self) -> Path:
        return self.project.folder

    def configure(self, seeds: int) -> None:
        overlay = self.folder / "tests/workflow/small.yaml"
        small = yaml.safe_load((ROOT / "tests/workflow/small.yaml").read_text())
        small["seeds"] = seeds
        small["encoders"] = {"run": list(ENCODERS), "schemes": list(SCHEMES), "seeds": seeds, "device": "cpu"}
        small["checkpoints"] = {"path": str(self.folder / "standins"), "hub": False}
        small["agents"] = {name: {"epochs": 2, "max_length": 32} for name in ENCODERS}
        overlay.write_text(yaml.safe_dump(small))
        (self.folder / "jobs.yaml").write_text(yaml.safe_dump({"encoders": {"where": "hf-jobs"}}))

    def here(self) -> None:
        """Run the study on this machine alone."""
        self.project.snakemake("--cores", "2", "--rerun-incomplete")

    def jobs(self, status: int = 0) -> str:
        """Run it with its fine-tunes on the Hub, expect an exit status, and return everything printed."""
        command = [sys.executable, "-m", "snakemake", *PROFILE, *LOOPBACK]
        command += ["--configfile", "tests/workflow/small.yaml", "jobs.yaml"]
        environment = {key: value for key, value in self.project.environment.items() if not key.startswith("HF_")}
        environment |= {**self.hub.environment(), "HF_TOKEN": TOKEN, "MIRAGE_BUCKET": BUCKET}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def fail(self, *words: str) -> None:
        """Let commands in jobs fail that have all these words; without words, none."""
        shim = self.folder.parent / "bin/python"
        shim.parent.mkdir(exist_ok=True)
        condition = " && ".join(f'[[ "$*" == *"{text}"* ]]' for text in words) or "false"
        shim.write_text(f'#!/bin/bash\nif {condition}; then echo lost on purpose >&2; exit 1; fi\nexec {sys.executable} "$@"\n')
        shim.chmod(0o755)
        self.hub.jobs.image_env["PATH"] = os.pathsep.join(
            [str(shim.parent), str(Path(sys.executable).parent), "/usr/bin", "/bin"]
        )

    def sent(self) -> list[Counter[str]]:
        """Return the fits of each job that was ever sent to the Hub, in order, by agent."""
        lines = [" ".join(job.spec["command"]) for job in self.hub.jobs.all()]
        return [Counter(re.findall(r"--target-jobs \S*fit_encoder\S*agent=([\w-]+)", line)) for line in lines]


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    project = Project.copied_to(tmp_path_factory.mktemp("jobs"))
    for name in ENCODERS:
        checkpoint = yaml.safe_load((ROOT / "config.yaml").read_text())["agents"][name]["checkpoint"]
        make_standin(project.folder / "standins" / checkpoint, family_of(checkpoint))
    # Jobs get what git knows of.
    for command in (["init", "--quiet"], ["add", "--all", "--", ".", ":!standins"]):
        subprocess.run(["git", *command], cwd=project.folder, check=True)
    with FakeHub(token=TOKEN, namespace="acme") as hub:
        hub.buckets.create("acme/mirage", private=True)
        found = Remote(project, hub)
        found.fail()
        yield found


def test_tables_are_those_of_a_local_run_and_only_what_is_missing_is_sent(remote: Remote, tmp_path: Path) -> None:
    remote.configure(seeds=2)
    printed = remote.jobs()
    # On two schemes and for the supplementary rows; those of an agent share a job.
    assert "2 jobs, " in printed
    assert sorted(remote.sent(), key=str) == [{agent: 3 * 2} for agent in ENCODERS]
    from_jobs = remote.project.tables()
    results = remote.folder / "results"
    for split in SCHEMES:
        for agent in ENCODERS:
            for seed in (0, 1):
                assert (results / f"runs/{split}/{agent}/seed{seed}/run.json").is_file()
                assert (remote.folder / f"logs/fit_encoder/{split}/{agent}/seed{seed}.log").is_file()
    # What no job needs stays here.
    assert not [path for path in remote.hub.buckets.paths("acme/mirage") if "tfidf" in path or "/tables/" in path]
    assert TOKEN not in remote.hub.records() + printed

    remote.jobs()
    assert len(remote.sent()) == 2

    shutil.copytree(remote.folder, tmp_path / "here", ignore=shutil.ignore_patterns("results", ".snakemake", ".git"))
    Remote(Project(tmp_path / "here"), remote.hub).here()
    assert Project(tmp_path / "here").tables() == from_jobs

    # Another seed sends its own fits alone. One of them fails, and loses only itself.
    remote.configure(seeds=3)
    remote.fail("--split source-curated --agent pi ", "--seeds 2 ")
    printed = remote.jobs(status=1)
    assert sorted(remote.sent()[2:], key=str) == [{agent: 3} for agent in ENCODERS]
    lost = "fit_encoder (split=source-curated, agent=pi, seed=2)"
    assert f"hf-jobs: {lost} failed. 2 of 3 are stored and kept; to be made again: {lost}." in printed
    remote.fail()
    remote.jobs()
    assert remote.sent()[4:] == [{"pi": 1}]

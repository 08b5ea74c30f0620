"""A small workflow whose files are in a bucket, by Snakemake's command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fakehub import FakeHub

from conftest import TOKEN

SNAKEFILE = """
rule all:
    input: "results/all.txt"
rule part:
    output: "results/{part}/part.txt"
    log: "logs/{part}.log"
    shell: "echo {wildcards.part} > {output} 2> {log}"
rule folder:
    input: "results/{part}/part.txt"
    output: directory("results/{part}/folder")
    shell: "mkdir -p {output}/in; cp {input} {output}/in/copy"
rule join:
    input: expand("results/{part}/folder", part=["one", "two"])
    output: "results/all.txt"
    shell: "cat {input[0]}/in/copy {input[1]}/in/copy > {output}"
"""
BUCKET = "acme/pipeline"


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    folder = tmp_path / "workflow"
    folder.mkdir()
    (folder / "Snakefile").write_text(SNAKEFILE)
    return folder


def snakemake(hub: FakeHub, folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    source = Path(__file__).parents[1] / "src"
    environment = {
        **{key: value for key, value in os.environ.items() if key not in {"HF_TOKEN", "PYTHONPATH"}},
        **hub.environment(),
        "PYTHONPATH": str(source),
        "SNAKEMAKE_STORAGE_HFBUCKET_TOKEN": TOKEN,
        **variables,
    }
    prefix = ["--default-storage-provider", "hfbucket", "--default-storage-prefix", f"hf://buckets/{BUCKET}/run1"]
    prefix += ["--storage-hfbucket-max-requests-per-second", "1000"]
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *prefix, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_workflow_stores_its_files_and_has_nothing_to_do_the_second_time(hub: FakeHub, workdir: Path) -> None:
    first = snakemake(hub, workdir)
    assert first.returncode == 0, first.stderr
    assert hub.buckets.read(BUCKET, "run1/results/all.txt") == b"one\ntwo\n"
    assert "run1/results/one/folder/in/copy" in hub.buckets.paths(BUCKET)
    assert hub.requests.count("bucket.create", status=200) == 1
    for line in (first.stdout, first.stderr, hub.records(), *(p.read_text() for p in workdir.rglob("*.log"))):
        assert TOKEN not in line

    hub.requests.clear()
    second = snakemake(hub, workdir)
    assert "Nothing to be done" in second.stderr
    assert [seen.route for seen in hub.requests.all()] == ["bucket.info", "bucket.tree"]


def test_a_workflow_goes_on_from_what_the_bucket_holds(hub: FakeHub, workdir: Path, tmp_path: Path) -> None:
    assert snakemake(hub, workdir, "results/one/part.txt").returncode == 0
    kept = hub.buckets.read(BUCKET, "run1/results/one/part.txt")
    hub.requests.clear()
    other = tmp_path / "other machine"
    other.mkdir()
    (other / "Snakefile").write_text(SNAKEFILE)
    rest = snakemake(hub, other)
    assert rest.returncode == 0, rest.stderr
    assert rest.stderr.count("rule part:") == 1
    assert hub.buckets.read(BUCKET, "run1/results/one/part.txt") == kept


def test_a_missing_permission_is_said_in_one_line(hub: FakeHub, workdir: Path) -> None:
    hub.buckets.create(BUCKET)
    hub.add_token("hf_reader", "acme", write=False)
    failed = snakemake(hub, workdir, SNAKEMAKE_STORAGE_HFBUCKET_TOKEN="hf_reader")
    assert failed.returncode == 1
    assert f"cannot write to bucket {BUCKET}: the token has no permission for it (403)" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_the_options_are_documented(hub: FakeHub, workdir: Path) -> None:
    text = " ".join(snakemake(hub, workdir, "--help").stdout.split())
    for option in ("token", "no-create", "metadata-ttl", "max-requests-per-second"):
        assert f"--storage-hfbucket-{option}" in text

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


PREFIX = ["--default-storage-prefix", f"hf://buckets/{BUCKET}/run1"]


def snakemake(
    hub: FakeHub, folder: Path, *arguments: str, prefix: list[str] = PREFIX, **variables: str
) -> subprocess.CompletedProcess[str]:
    source = Path(__file__).parents[1] / "src"
    environment = {
        **{key: value for key, value in os.environ.items() if key not in {"HF_TOKEN", "PYTHONPATH"}},
        **hub.environment(),
        "PYTHONPATH": str(source),
        "SNAKEMAKE_STORAGE_HFBUCKET_TOKEN": TOKEN,
        **variables,
    }
    storage = ["--default-storage-provider", "hfbucket", *prefix, "--storage-hfbucket-max-requests-per-second", "1000"]
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments, *storage]
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


def test_a_wrong_token_is_said_in_one_line_before_anything_runs(hub: FakeHub, workdir: Path) -> None:
    failed = snakemake(hub, workdir, SNAKEMAKE_STORAGE_HFBUCKET_TOKEN="hf_wrong")
    assert failed.returncode == 1
    assert f"cannot read bucket {BUCKET}: the Hub does not accept the token (401), or there is none" in failed.stderr
    assert len(failed.stderr.splitlines()) <= 3, failed.stderr


def test_without_network_one_line_says_so(hub: FakeHub, workdir: Path) -> None:
    failed = snakemake(hub, workdir, HF_ENDPOINT="http://127.0.0.1:9")
    assert failed.returncode == 1
    assert "the Hub does not answer" in failed.stderr
    assert "check the network, the proxy and HF_ENDPOINT" in failed.stderr
    assert len(failed.stderr.splitlines()) <= 3, failed.stderr


def test_the_options_are_documented(hub: FakeHub, workdir: Path) -> None:
    text = " ".join(snakemake(hub, workdir, "--help").stdout.split())
    for option in ("token", "no-create", "metadata-ttl", "max-requests-per-second", "workdir", "shared"):
        assert f"--storage-hfbucket-{option}" in text


MIXED = """
wildcard_constraints:
    part="one|two"
rule all:
    input: "results/tables/all.txt"
rule data:
    output: "results/data/sections.txt"
    shell: "echo data > {output}"
rule audit:
    input: "results/data/sections.txt"
    output: "results/data/audit.txt"
    log: "logs/audit.log"
    benchmark: "results/benchmarks/audit.tsv"
    shell: "(echo audited; cat results/data/sections.txt) > {output} 2> {log}"
rule run:
    input: "results/data/sections.txt"
    output: "results/runs/{part}/run.json"
    log: "logs/run/{part}.log"
    shell: "cat {input} > results/runs/{wildcards.part}/run.json 2> {log}"
rule table:
    input: "results/data/audit.txt", expand("results/runs/{part}/run.json", part=["one", "two"])
    output: "results/tables/all.txt", directory("results/tables/parts")
    shell: "cat {input} > {output[0]}; mkdir {output[1]}; cp {input[0]} {output[1]}"
"""
LOCAL_ONLY = ["logs/audit.log", "results/benchmarks/audit.tsv", "results/data/audit.txt", "results/tables/all.txt"]
SHARED = ["results/data/sections.txt", "results/runs/one/run.json", "results/runs/two/run.json"]
ROOT = f"hf://buckets/{BUCKET}/run1"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A workflow of which some files travel and some stay, with a profile that says so."""
    folder = tmp_path / "mixed"
    (folder / "profile").mkdir(parents=True)
    (folder / "Snakefile").write_text(MIXED)
    (folder / "profile/config.yaml").write_text(
        f"storage-hfbucket-workdir: {ROOT}\n"
        "storage-hfbucket-shared: >-\n  results/data/sections.*\n  results/runs/*\n"
        "keep-storage-local-copies: true\n"
    )
    return folder


def test_only_shared_files_travel_and_all_are_at_their_paths(hub: FakeHub, mixed: Path) -> None:
    first = snakemake(hub, mixed, "--profile", "profile")
    assert first.returncode == 0, first.stderr
    assert hub.buckets.paths(BUCKET) == [f"run1/{path}" for path in SHARED]
    assert all(
        (mixed / path).is_file() for path in (*SHARED, *LOCAL_ONLY, "logs/run/one.log", "results/tables/parts/audit.txt")
    )
    assert not [*(mixed / ".snakemake/storage").rglob("run.json")]
    assert (mixed / "results/tables/all.txt").read_text() == "audited\ndata\ndata\ndata\n"
    assert not [seen.path for seen in hub.requests.all() if "tables" in seen.path or "audit" in seen.path]

    hub.requests.clear()
    second = snakemake(hub, mixed, "--profile", "profile")
    assert "Nothing to be done" in second.stderr, second.stderr
    assert [seen.route for seen in hub.requests.all()] == ["bucket.info", "bucket.tree"]

    # A file that travelled is fetched again, one that stayed is made again.
    gone = ["results/data/sections.txt", "results/data/audit.txt", "results/tables/all.txt"]
    for path in gone:
        (mixed / path).unlink()
    dry = snakemake(hub, mixed, "--profile", "profile", "-n")
    assert dry.returncode == 0
    assert all((mixed / path).is_file() for path in LOCAL_ONLY if path not in gone)
    third = snakemake(hub, mixed, "--profile", "profile")
    assert third.returncode == 0, third.stderr
    assert ("rule data:" in third.stderr, "rule audit:" in third.stderr) == (False, True)
    assert (mixed / "results/data/sections.txt").read_text() == "data\n"
    assert (mixed / "results/data/audit.txt").read_text() == "audited\ndata\n"


def test_files_that_stay_are_not_deleted_as_local_copies(hub: FakeHub, mixed: Path) -> None:
    (mixed / "profile/config.yaml").write_text(
        f"storage-hfbucket-workdir: {ROOT}\nstorage-hfbucket-shared: {' '.join(SHARED)}\n"
    )
    ended = snakemake(hub, mixed, "--profile", "profile")
    assert ended.returncode == 0, ended.stderr
    assert all((mixed / path).is_file() for path in LOCAL_ONLY)
    assert not any((mixed / path).exists() for path in SHARED)


def test_a_failed_job_leaves_nothing_that_stays(hub: FakeHub, mixed: Path) -> None:
    (mixed / "Snakefile").write_text(MIXED.replace("{output} 2> {log}", "{output} 2> {log}; false"))
    ended = snakemake(hub, mixed, "--profile", "profile")
    assert ended.returncode == 1
    assert "Removing output files of failed job audit" in ended.stderr
    assert [(mixed / path).exists() for path in ("results/data/audit.txt", "logs/audit.log")] == [False, True]


TAGGED = f"""
storage travelling:
    provider="hfbucket",
    shared="*",
def travelling(path):
    return storage.travelling(f"{ROOT}/{{path}}")
rule table:
    input: travelling("results/runs/one.txt"), "results/data.txt"
    output: "results/tables/all.txt"
    shell: "cat {{input}} > {{output}}"
rule data:
    output: "results/data.txt"
    shell: "echo data > {{output}}"
rule run:
    output: travelling("results/runs/{{part}}.txt")
    log: travelling("logs/{{part}}.log")
    shell: "echo {{output}} | tee {{output}} > {{log}}"
"""


def test_a_snakefile_can_say_which_files_travel(hub: FakeHub, mixed: Path) -> None:
    (mixed / "Snakefile").write_text(TAGGED)
    profile = f"storage-hfbucket-workdir: {ROOT}\nstorage-hfbucket-shared: none\nkeep-storage-local-copies: true\n"
    (mixed / "profile/config.yaml").write_text(profile)
    ended = snakemake(hub, mixed, "--profile", "profile")
    assert ended.returncode == 0, ended.stderr
    assert hub.buckets.paths(BUCKET) == ["run1/logs/one.log", "run1/results/runs/one.txt"]
    assert (mixed / "results/tables/all.txt").read_text() == "results/runs/one.txt\ndata\n"
    assert (mixed / "logs/one.log").is_file()
    again = snakemake(hub, mixed, "--profile", "profile")
    assert "Nothing to be done" in again.stderr, again.stderr

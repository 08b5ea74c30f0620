"""One paid job on the real Hub, for whoever wants to see it work: off by default.

``HF_JOBS_LIVE=1 HF_TOKEN=hf_... pytest -m live -s``: at most five minutes on cpu-basic, which is less than a cent. The token
needs what the README says. The job's files go into the private bucket <you>/hf-jobs-live (``HF_JOBS_LIVE_BUCKET`` is another)
and are deleted afterwards; the bucket stays.
"""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi, get_token

from conftest import SOURCES, STORAGE

WAITED = 300  # seconds for the job; Snakemake's own start and end come on top
IMAGE = "ghcr.io/astral-sh/uv:python3.12-bookworm"
SNAKEFILE = """
rule hello:
    input: "name.txt"
    output: "hello.txt"
    log: "hello.log"
    resources: hf_flavor="cpu-basic"
    shell: "(echo hello $(cat {input}); nproc) > {output} 2> {log}; echo done >> {log}"
rule name:
    output: "name.txt"
    localrule: True
    shell: "echo world > {output}"
"""


def missing() -> str:
    """What the user has to give before money may be spent; empty if all is there."""
    if os.environ.get("HF_JOBS_LIVE") != "1":
        return "starts one paid job on the Hub (less than a cent): set HF_JOBS_LIVE=1 and HF_TOKEN"
    return "" if get_token() else "HF_JOBS_LIVE is set, but there is no token: set HF_TOKEN or run `hf auth login`"


pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(missing()), reason=missing())]


@pytest.fixture
def api() -> HfApi:
    return HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=get_token())


@pytest.fixture
def bucket(api: HfApi) -> str:
    return os.environ.get("HF_JOBS_LIVE_BUCKET") or f"{api.whoami()['name']}/hf-jobs-live"


@pytest.fixture
def prefix(api: HfApi, bucket: str) -> Iterator[str]:
    """A folder of the bucket that is gone afterwards."""
    folder = f"run-{uuid.uuid4().hex[:8]}"
    yield folder
    left = [entry.path for entry in api.list_bucket_tree(bucket, prefix=f"{folder}/", recursive=True) if entry.type == "file"]
    api.batch_bucket_files(bucket, delete=left)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The storage plugin as the job installs it: it is on no index."""
    folder, copy = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("source") / "plugin"
    shutil.copytree(STORAGE.parent, copy)  # a build leaves files behind
    build = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(copy)]
    subprocess.run([sys.executable, "-m", *build], check=True)
    return folder


def snakemake(folder: Path, bucket: str, prefix: str, wheels: Path) -> subprocess.CompletedProcess[str]:
    command = [
        *("-m", "snakemake", "--executor", "hf-jobs", "--jobs", "1", "hello.txt"),
        *("--default-storage-provider", "hfbucket", "--default-storage-prefix", f"hf://buckets/{bucket}/{prefix}"),
        *("--hf-jobs-image", IMAGE, "--hf-jobs-bootstrap", "wheels", "--hf-jobs-wheels", str(wheels)),
        *("--hf-jobs-timeout", f"{WAITED}s", "--hf-jobs-max-cost", "0.01", "--show-failed-logs"),
    ]
    path = os.pathsep.join([*map(str, SOURCES), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=2 * WAITED
    )


def test_one_job_from_start_to_end(api: HfApi, bucket: str, prefix: str, wheels: Path, tmp_path: Path) -> None:
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    first = snakemake(tmp_path, bucket, prefix, wheels)
    assert first.returncode == 0, first.stdout + first.stderr

    api.download_bucket_files(bucket, [(f"{prefix}/{name}", tmp_path / name) for name in ("hello.txt", "hello.log")])
    greeting, processors = (tmp_path / "hello.txt").read_text().splitlines()
    assert greeting == "hello world"
    assert (tmp_path / "hello.log").read_text() == "done\n"
    assert api.bucket_info(bucket).private

    header, *rows = (tmp_path / ".snakemake/auxiliary/hf-jobs-cost.tsv").read_text().splitlines()
    assert len(rows) == 1, "one job was sent"
    paid = dict(zip(header.split("\t"), rows[0].split("\t"), strict=True))
    assert (paid["rule"], paid["flavor"], paid["stage"]) == ("hello", "cpu-basic", "COMPLETED")
    assert 0 < float(paid["usd"]) <= 0.01

    token = get_token()
    assert token
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]
    assert token not in first.stdout + first.stderr

    second = snakemake(tmp_path, bucket, prefix, wheels)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "Nothing to be done" in second.stdout + second.stderr
    print(f"\nJob {paid['job']} took {paid['seconds']} s on {processors} processors and cost about ${paid['usd']}.")

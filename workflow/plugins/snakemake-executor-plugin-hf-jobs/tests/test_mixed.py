"""One rule on the Hub, the others on the driver's machine, files at the paths of a run without the Hub."""

import asyncio
import logging
from typing import Any

import pytest

from conftest import BUCKET, Driver
from snakemake_executor_plugin_hf_jobs import bring
from snakemake_executor_plugin_hf_jobs.bring import Bringer

# `fit` stands for all rules that need the Hub's hardware; what it reads and makes travels, all else stays.
SNAKEFILE = """
wildcard_constraints:
    split="rows|sources"
rule all:
    input: "results/tables/all.txt"
rule data:
    output: "results/data/sections.txt", "results/data/audit.txt"
    shell: "echo data | tee {output[0]} > {output[1]}"
rule fit:
    input: "results/data/sections.txt"
    output:
        predictions="results/runs/{split}/{agent}/predictions.txt",
        record="results/runs/{split}/{agent}/run.json",
    log: "logs/fit/{split}/{agent}.log"
    benchmark: "results/benchmarks/{split}/{agent}.tsv"
    wildcard_constraints: agent="encoder"
    shell: "(cat {input} && echo $JOB_ID > {output.record} && cp {input} results/runs/{wildcards.split}/{wildcards.agent}"
        "/predictions.txt) > {log}"
rule cheap:
    input: "results/data/sections.txt"
    output: update("results/runs/{split}/bow/predictions.txt")
    log: "logs/cheap/{split}.log"
    benchmark: "results/benchmarks/{split}/cheap.tsv"
    shell: "cat {input} >> {output} 2> {log}"
rule table:
    input: "results/data/audit.txt", expand("results/runs/{split}/{a}/predictions.txt", split=["rows", "sources"], a=["encoder", "bow"])
    output: "results/tables/all.txt"
    log: "logs/table.log"
    shell: "cat {input} > {output} 2> {log}"
workflow.localrules(*(rule.name for rule in workflow.rules if rule.name != "fit"))
"""  # noqa: E501
SHARED = "results/data/sections.*, results/runs/*/encoder/*, results/benchmarks/*/encoder.*, logs/fit/*"
OF_FIT = [
    f"{start}/{split}/encoder{end}"
    for start, end in (
        ("logs/fit", ".log"),
        ("results/benchmarks", ".tsv"),
        ("results/runs", "/predictions.txt"),
        ("results/runs", "/run.json"),
    )
    for split in ("rows", "sources")
]
STAYING = ["results/data/audit.txt", "results/runs/rows/bow/predictions.txt", "results/benchmarks/rows/cheap.tsv"]
STAYING += ["logs/cheap/rows.log", "logs/table.log", "results/tables/all.txt"]


@pytest.fixture
def mixed(driver: Driver) -> Driver:
    (driver.folder / "Snakefile").write_text(SNAKEFILE)
    (driver.folder / "profile").mkdir()
    (driver.folder / "profile/config.yaml").write_text(
        f"storage-hfbucket-workdir: hf://buckets/{BUCKET}/run\n"
        f"storage-hfbucket-shared: {SHARED}\n"
        "storage-hfbucket-max-requests-per-second: 1000\n"
        "keep-storage-local-copies: true\n"
        "hf-jobs-fetch-outputs: true\n"
    )
    return driver


@pytest.mark.hub
def test_one_rule_on_the_hub_the_rest_here(mixed: Driver) -> None:
    first = mixed.run("--profile", "profile")
    assert first.status == 0, first.text
    assert mixed.rules() == ["fit", "fit"]
    assert mixed.hub.buckets.paths(BUCKET) == [f"run/{path}" for path in sorted([*OF_FIT, "results/data/sections.txt"])]
    asked = [seen.path for seen in mixed.hub.requests.all()]
    assert not [path for path in asked if "cheap" in path or "bow" in path or "table" in path]
    for path in (*OF_FIT, *STAYING):
        assert (mixed.folder / path).is_file(), path
    assert (mixed.folder / "results/tables/all.txt").read_text() == "data\n" * 5
    assert (mixed.folder / "logs/fit/rows/encoder.log").read_text() == "data\n"

    again = mixed.run("--profile", "profile")
    assert "Nothing to be done" in again.text, again.text

    # What travelled is fetched again, what stayed is made again; what is marked with update() is handed on to its rule.
    gone = ["results/runs/rows/encoder/predictions.txt", "results/tables/all.txt"]
    for path in gone:
        (mixed.folder / path).unlink()
    third = mixed.run("--profile", "profile", "--forcerun", "cheap")
    assert third.status == 0, third.text
    assert all((mixed.folder / path).is_file() for path in gone)
    assert (mixed.folder / "results/runs/rows/bow/predictions.txt").read_text() == "data\ndata\n"
    assert len(mixed.hub.jobs.all()) == 2


@pytest.mark.hub
@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("logs/fit/", "logs/other/", "rule fit is to run as a job, but its log logs/other/"),
        (
            'predictions="results/runs/{split}/{agent}/predictions.txt"',
            'predictions=update("results/runs/{split}/{agent}/predictions.txt")',
            "is marked with update(), which needs the earlier file on the same disk",
        ),
        (
            'record="results/runs/{split}/{agent}/run.json"',
            'record=ensure("results/runs/{split}/{agent}/run.json", non_empty=True)',
            "is marked with ensure(), which Snakemake looks up in the storage before the file is there: check the file",
        ),
    ],
)
def test_what_cannot_travel_is_said_before_anything_runs(mixed: Driver, before: str, after: str, message: str) -> None:
    (mixed.folder / "Snakefile").write_text(SNAKEFILE.replace(before, after))
    ended = mixed.run("--profile", "profile")
    assert ended.status == 1
    assert any(message in line for line in ended.text.splitlines()), ended.text
    assert "Traceback" not in ended.text
    assert mixed.hub.jobs.all() == []
    assert not (mixed.folder / "results/data/audit.txt").exists()


class File:
    """A stored file that cannot be had the first times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.tries = 0
        self.print_query = "hf://buckets/acme/runs/run/a"
        self.storage_object = self

    async def exists_in_storage(self) -> bool:
        return True

    async def managed_retrieve(self) -> None:
        self.tries += 1
        await asyncio.sleep(0)
        if self.tries <= self.failures:
            raise OSError("the line\nis cut")


def test_files_are_tried_again_and_failures_are_one_line_a_job(caplog: pytest.LogCaptureFixture) -> None:
    slept: list[float] = []
    bringer = Bringer(logging.getLogger("hf-jobs"), sleep=slept.append)
    files: list[Any] = [File(0), File(2), File(9)]
    bringer.finish()
    bringer.bring("fit (job 1)", files)
    bringer.bring("fit (job 2)", [File(0)])
    bringer.finish()
    assert [file.tries for file in files] == [1, 3, bring.TRIES]
    assert len(slept) == 4
    assert [record.getMessage() for record in caplog.records] == [
        "hf-jobs: 1 of 3 files of fit (job 1) stay in the storage, such as hf://buckets/acme/runs/run/a (the line is cut); "
        "`hf buckets cp <address> <path>` fetches one."
    ]

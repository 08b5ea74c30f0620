"""Files whose local path lies in the working directory, and those of them that never travel."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from pathlib import Path
from typing import Any

import pytest
from fakehub import FakeHub
from snakemake.io import IOCache, IOFile, flag
from snakemake_interface_common.exceptions import WorkflowError

from conftest import BUCKET, PREFIX, Make, file_at
from snakemake_storage_plugin_hfbucket import StorageObject, StorageProvider
from snakemake_storage_plugin_hfbucket.address import Address
from snakemake_storage_plugin_hfbucket.workdir import read

ROOT = f"{PREFIX}/run1"
MARK = ".snakemake_timestamp"


@pytest.fixture
def sharing(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StorageProvider:
    """A provider at work in an empty folder that shares results/data and results/runs."""
    (tmp_path / "study").mkdir()
    monkeypatch.chdir(tmp_path / "study")
    return make(default=True, workdir=ROOT, shared="results/data/sections.*, results/runs/*")


def io_file(item: StorageObject) -> IOFile:
    return IOFile(flag(str(item.local_path()), "storage_object", item))


def test_local_paths_are_those_below_the_address(make: Make) -> None:
    provider = make(default=True, workdir=ROOT + "/")
    elsewhere = provider.local_prefix / BUCKET
    places = {
        "run1/results/x.csv": Path.cwd() / "results/x.csv",
        "run1/results/{split}/seed{seed,[0-9]+}.csv": Path.cwd() / "results/{split}/seed{seed,[0-9]+}.csv",
        "run10/x.csv": elsewhere / "run10/x.csv",
        "run1": elsewhere / "run1",
        "other/x.csv": elsewhere / "other/x.csv",
    }
    assert {path: file_at(provider, path).local_path() for path in places} == places
    assert not any(file_at(provider, path).local_only for path in places)
    assert provider.object("hf://buckets/acme/raw/run1/x").local_path() == provider.local_prefix / "acme/raw/run1/x"
    assert file_at(make(workdir=ROOT), "run1/results/{x}.csv").local_path() == Path("results/{x}.csv")  # named in the Snakefile
    archive = file_at(provider, "run1/sources.tar.xz")
    archive.set_local_path(elsewhere / "x.tar.xz")
    assert archive.local_path() == elsewhere / "x.tar.xz"


def test_a_new_query_counts(make: Make) -> None:
    item = file_at(make(default=True, workdir=ROOT), "run1/results/{split}.csv")
    item.query = f"{ROOT}/results/{{split,rows|sources}}.csv"  # as Snakemake does where wildcards are constrained
    assert item.local_path() == Path.cwd() / "results/{split,rows|sources}.csv"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("results/data/sections.parquet", False),
        ("results/data/audit.json", True),
        ("results/runs/random/encoder/seed0/run.json", False),
        ("results/runs", True),
        ("results/tables/a.csv", True),
        ("results/tables/{name}.csv", True),
        ("results/data/{name}.parquet", False),  # decided when the wildcards have values
        ("results/runs/{split}/bow/run.json", False),
        ("results/{kind}/x", False),
        ("{kind}/x", True),
        ("snakemake-workflow-sources.0a1b.tar.xz", False),
        ("logs/a.log", True),
    ],
)
def test_what_no_pattern_matches_is_local_only(sharing: StorageProvider, path: str, kept: bool) -> None:
    item = file_at(sharing, f"run1/{path}")
    assert item.local_only is kept
    assert (item.keep_local, item.retrieve) == ((True, False) if kept else (False, True))
    assert item.local_path() == (Path(path) if kept else Path.cwd() / path)
    assert not file_at(sharing, f"run2/{path}").local_only


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("runs/{split}/{agent}/run.json", False),
        ("runs/{split}/bow/run.json", True),
        ("runs/{split}/encoder{size,[a-z]+}/run.json", False),
        ("runs/{split}/encoder/{file}", False),
        ("runs/{split}/{agent}", False),
        ("runs/{split}", True),
        ("runs/rows/encoder/run.json", False),
        ("runs/rows/bow/run.json", True),
    ],
)
def test_patterns_of_names_in_the_middle(path: str, kept: bool) -> None:
    assert read(ROOT, "runs/*/encoder*").keeps(Address(BUCKET, f"run1/{path}")) is kept


@pytest.mark.parametrize("shared", ["a/* b/*", "a/*,b/*", " a/* , b/*\n", ["a/*", "b/*"], ["a/* b/*"]])
def test_patterns_are_read_from_text_and_lists(shared: Any) -> None:
    workdir = read([ROOT], shared)
    assert workdir.shared == ("a/*", "b/*")
    assert [workdir.keeps(Address(BUCKET, f"run1/{path}")) for path in ("a/x", "b/x/y", "c/x")] == [False, False, True]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shared": "a/*"}, "--storage-hfbucket-shared needs --storage-hfbucket-workdir"),
        ({"workdir": "results"}, "--storage-hfbucket-workdir is 'results': it does not start with hf://buckets/"),
        ({"workdir": PREFIX}, "there is no path behind the bucket"),
        ({"workdir": ROOT + "/{x}"}, "without wildcards"),
        ({"workdir": [ROOT, ROOT]}, "has 2 addresses"),
        ({"workdir": ROOT, "shared": "/home/me/results/*"}, "'/home/me/results/*': write it relative to the working directory"),
        ({"workdir": ROOT, "shared": f"{ROOT}/results/*"}, "relative to the working directory"),
    ],
)
def test_a_wrong_setting_is_said_in_one_line(make: Make, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(WorkflowError) as error:
        make(**settings)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_local_only_file_makes_no_request(hub: FakeHub, sharing: StorageProvider) -> None:
    item = file_at(sharing, "run1/results/tables/a.csv")
    assert item.print_query == "results/tables/a.csv"
    assert not item.exists()
    for action in (item.mtime, item.size, item.local_footprint, item.store_object, item.retrieve_object, item.touch):
        with pytest.raises(WorkflowError, match=r"There is (nothing to store at|no file or directory) results/tables/a\.csv"):
            action()
    file_at(sharing, "run1/results/tables/a.csv", b"12345")
    os.utime("results/tables/a.csv", (1000, 1000.5))
    assert (item.exists(), item.mtime(), item.size(), item.local_footprint()) == (True, 1000.5, 5, 5)
    item.store_object()
    item.retrieve_object()
    item.touch()
    assert item.mtime() > time.time() - 60
    item.cleanup()
    assert item.exists()
    item.remove()
    item.remove()
    assert not Path("results/tables/a.csv").exists()
    assert hub.requests.count() == 0


def test_a_local_only_directory_makes_no_request(hub: FakeHub, sharing: StorageProvider) -> None:
    item = file_at(sharing, "run1/results/figures")
    Path("results/figures/in").mkdir(parents=True)
    Path("results/figures/in/a.svg").write_bytes(b"123")
    Path("results/figures", MARK).touch()
    os.utime(Path("results/figures", MARK), (1000, 1000))
    assert (item.exists(), item.mtime(), item.size(), item.local_footprint()) == (True, 1000, 0, 3)
    item.touch()
    assert item.mtime() > 1000
    item.store_object()
    item.remove()
    assert not Path("results/figures").exists()
    assert hub.requests.count() == 0


def test_a_link_that_stays_here_is_as_old_as_its_newer_end(sharing: StorageProvider) -> None:
    item = file_at(sharing, "run1/data.csv")
    Path("target").write_bytes(b"1")
    item.local_path().symlink_to("target")
    now = item.mtime()
    os.utime("target", (now + 50, now + 50))
    assert item.mtime() == now + 50
    item.remove()
    assert Path("target").exists()


def test_a_shared_file_travels_between_working_directories(
    hub: FakeHub, sharing: StorageProvider, make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file_at(sharing, "run1/results/data/sections.csv", b"content").store_object()
    assert hub.buckets.paths(BUCKET) == ["run1/results/data/sections.csv"]
    (tmp_path / "job").mkdir()
    monkeypatch.chdir(tmp_path / "job")
    item = file_at(sharing, "run1/results/data/sections.csv")
    item.retrieve_object()
    assert [*Path("results").rglob("*")] == [Path("results/data"), Path("results/data/sections.csv")]
    assert Path("results/data/sections.csv").read_bytes() == b"content"
    item.remove()
    assert hub.buckets.paths(BUCKET) == []
    assert Path("results/data/sections.csv").exists()


def test_the_inventory_speaks_of_shared_files_only(hub: FakeHub, sharing: StorageProvider) -> None:
    # The last two were stored before the patterns were changed.
    for path in ("results/data/sections.csv", "results/runs/a/run.json", "results/data/audit.json", "logs/a.log"):
        hub.buckets.put(BUCKET, f"run1/{path}", b"123")
    paths = ("results/data/sections.csv", "results/runs/none.json", "results/data/audit.json", "results/tables/a.csv")
    shared, missing, stale, kept = (file_at(sharing, f"run1/{path}") for path in paths)
    cache = IOCache(max_wait_time=10)
    for item in (kept, shared, missing, stale):
        asyncio.run(item.inventory(cache))
    assert hub.requests.count("bucket.tree") == 1
    assert [io_file(item) in cache.exists_in_storage for item in (shared, missing, stale, kept)] == [True, True, False, False]
    assert [cache.exists_in_storage[io_file(item)] for item in (shared, missing)] == [True, False]
    assert cache.size[io_file(shared)] == 3
    assert cache.mtime[io_file(shared)].storage() == shared.mtime()
    assert not stale.exists()


def test_clocks_that_differ_are_warned_about_once(
    hub: FakeHub, sharing: StorageProvider, caplog: pytest.LogCaptureFixture
) -> None:
    item = file_at(sharing, "run1/results/runs/a", b"x")
    item.store_object()
    assert not caplog.records
    now = time.time()
    sharing.compare_clocks(now, now - 30, now + 1)
    sharing.compare_clocks(now, now + 90, now + 1)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "The clock of this machine is 30 s ahead of that of the Hub" in caplog.text


def test_many_questions_take_one_list(hub: FakeHub, sharing: StorageProvider) -> None:
    for number in range(20):
        hub.buckets.put(BUCKET, f"run1/results/runs/there/{number}", b"123")
    items = [file_at(sharing, f"run1/results/runs/{kind}/{number}") for kind in ("there", "missing") for number in range(20)]
    hub.requests.clear()
    assert [item.exists() for item in items] == [True] * 20 + [False] * 20
    assert [item.size() for item in items[:20]] == [3] * 20
    assert file_at(sharing, "run1/results/runs/there").exists()
    assert [seen.route for seen in hub.requests.all()] == ["bucket.tree"]


def test_what_comes_and_goes_is_noticed(hub: FakeHub, sharing: StorageProvider, make: Make) -> None:
    item = file_at(sharing, "run1/results/runs/a", b"x")
    assert not item.exists()
    item.store_object()
    assert item.exists()
    item.remove()
    assert not item.exists()
    file_at(make(), "run1/results/runs/a", b"xy").store_object()  # by a job
    assert not item.exists()
    time.sleep(1)
    assert (item.exists(), item.size()) == (True, 2)

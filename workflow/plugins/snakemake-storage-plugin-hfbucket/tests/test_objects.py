"""Files and directories of a workflow in a bucket of the fake Hub."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from fakehub import FakeHub
from snakemake.io import IOCache
from snakemake_interface_common.exceptions import WorkflowError

from conftest import BUCKET, PREFIX, TOKEN, Make, file_at
from snakemake_storage_plugin_hfbucket import StorageObject, StorageProvider, storage_object

MARK = ".snakemake_timestamp"


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def inventory(item: StorageObject) -> IOCache:
    cache = IOCache(max_wait_time=10)
    asyncio.run(item.inventory(cache))
    return cache


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 1000])
def test_a_file_comes_back_as_it_went(hub: FakeHub, make: Make, content: bytes) -> None:
    file_at(make(), "run1/a b/ü.bin", content).store_object()
    assert hub.buckets.read(BUCKET, "run1/a b/ü.bin") == content
    fetched = file_at(make(), "run1/a b/ü.bin")
    fetched.local_path().unlink()
    fetched.retrieve_object()
    assert fetched.local_path().read_bytes() == content
    assert [p.name for p in fetched.local_path().parent.iterdir()] == ["ü.bin"]
    assert (fetched.size(), fetched.local_footprint()) == (len(content), len(content))


def test_times_are_those_of_the_server(hub: FakeHub, provider: StorageProvider) -> None:
    item = file_at(provider, "a", b"x")
    before = time.time()
    item.store_object()
    first = item.mtime()
    assert before - 0.01 <= first <= time.time() + 0.01
    item.touch()
    assert item.mtime() > first
    assert hub.buckets.read(BUCKET, "a") == b"x"


def test_a_directory_comes_back_as_it_went(hub: FakeHub, make: Make) -> None:
    item = file_at(make(), "run1/d")
    local = item.local_path()
    (local / "deep/er").mkdir(parents=True)
    (local / "one").write_bytes(b"1")
    (local / "deep/er/two").write_bytes(b"2")
    (local / "link").symlink_to(local / "one")
    item.store_object()
    hub.buckets.put(BUCKET, "run1/d2", b"a neighbour by name")
    files = {"one": b"1", "deep/er/two": b"2", "link": b"1", MARK: b""}
    assert hub.buckets.paths(BUCKET, "run1/d/") == sorted(f"run1/d/{name}" for name in files)

    fetched = file_at(make(), "run1/d")
    (local / "left over").write_bytes(b"")
    fetched.retrieve_object()
    assert tree(local) == dict(sorted(files.items()))
    assert (fetched.exists(), fetched.size(), fetched.local_footprint()) == (True, 0, 3)


def test_what_a_directory_no_longer_holds_is_deleted_in_the_bucket(hub: FakeHub, provider: StorageProvider) -> None:
    for path in ("d/old", "d/sub/old", "d2/other", "d"):
        hub.buckets.put(BUCKET, path, b"x")
    item = file_at(provider, "d")
    item.local_path().mkdir(parents=True)
    (item.local_path() / "new").write_bytes(b"1")
    item.store_object()
    assert hub.buckets.paths(BUCKET) == ["d", f"d/{MARK}", "d/new", "d2/other"]


def test_a_directory_with_more_files_than_a_batch_takes(hub: FakeHub, make: Make) -> None:
    item = file_at(make(), "d")
    item.local_path().mkdir(parents=True)
    for number in range(1001):
        (item.local_path() / f"{number:04d}").write_text("not empty" if number % 500 == 0 else "")
    before = tree(item.local_path())
    item.store_object()
    assert hub.requests.count("bucket.batch") == 2
    fetched = file_at(make(), "d")
    fetched.retrieve_object()
    assert tree(fetched.local_path()) == {**before, MARK: b""}


def test_an_empty_directory_exists(hub: FakeHub, make: Make) -> None:
    item = file_at(make(), "d")
    item.local_path().mkdir(parents=True)
    item.store_object()
    fresh = file_at(make(), "d")
    assert fresh.exists()
    fresh.retrieve_object()
    assert fresh.local_path().is_dir()


def test_a_directory_uploaded_by_hand_is_seen_and_touched(hub: FakeHub, provider: StorageProvider) -> None:
    hub.buckets.put(BUCKET, "d/x/1", b"123")
    item = file_at(provider, "d")
    assert (item.exists(), item.size(), item.local_footprint()) == (True, 0, 3)
    before = item.mtime()
    item.touch()
    assert item.mtime() > before
    assert hub.buckets.paths(BUCKET) == [f"d/{MARK}", "d/x/1"]


def test_removal_takes_the_file_or_all_of_the_directory(hub: FakeHub, provider: StorageProvider) -> None:
    for path in ("a", "ab", "d/1", "d/2/3", "d2"):
        hub.buckets.put(BUCKET, path, b"x")
    for path in ("a", "d", "never"):
        item = file_at(provider, path)
        item.remove()
        assert not item.exists()
    assert hub.buckets.paths(BUCKET) == ["ab", "d2"]


def test_names_that_start_alike_are_told_apart(hub: FakeHub, provider: StorageProvider) -> None:
    hub.buckets.put(BUCKET, "run1/ab/x", b"x")
    assert not file_at(provider, "run1/a").exists()
    assert file_at(provider, "run1/ab").exists()


def test_what_is_missing_is_asked_anew_and_what_exists_is_kept_for_a_while(hub: FakeHub, make: Make) -> None:
    provider = make(metadata_ttl=3600)
    item = file_at(provider, "a")
    assert not item.exists()
    hub.buckets.put(BUCKET, "a", b"12")
    assert item.exists()
    hub.requests.clear()
    assert (item.exists(), item.size()) == (True, 2)
    assert hub.requests.count() == 0
    file_at(make(metadata_ttl=0), "a", b"longer").store_object()
    impatient = file_at(make(metadata_ttl=0), "a")
    assert impatient.size() == 6
    hub.buckets.put(BUCKET, "a", b"")
    assert impatient.size() == 0


def test_storing_and_removing_make_it_forget(hub: FakeHub, make: Make) -> None:
    item = file_at(make(metadata_ttl=3600), "a", b"1")
    item.store_object()
    assert item.size() == 1
    item.local_path().write_bytes(b"22")
    item.store_object()
    assert item.size() == 2
    item.remove()
    assert not item.exists()


def test_an_inventory_lists_the_folder_of_the_workflow_once(hub: FakeHub, provider: StorageProvider) -> None:
    for path in ("run1/a", "run1/d/x", f"run1/d/{MARK}", "run1/deep/er/y", "run2/b"):
        hub.buckets.put(BUCKET, path, b"123")
    item, other = file_at(provider, "run1/a"), file_at(provider, "run1/missing/z")
    hub.requests.clear()
    cache = inventory(item)
    asyncio.run(other.inventory(cache))
    prefix = str(provider.local_prefix / BUCKET)
    found = {key.removeprefix(f"{prefix}/") for key, there in cache.exists_in_storage.items() if there}
    assert found == {"run1", "run1/a", "run1/d", "run1/d/x", f"run1/d/{MARK}", "run1/deep", "run1/deep/er", "run1/deep/er/y"}
    assert cache.exists_in_storage.has_inventory == {f"{prefix}/run1"}
    assert other.get_inventory_parent() == f"{prefix}/run1"
    assert cache.size[f"{prefix}/run1/a"] == 3
    assert cache.size[f"{prefix}/run1/d"] == 0
    assert cache.mtime[f"{prefix}/run1/d"].storage() == file_at(provider, "run1/d").mtime()
    assert [seen.path for seen in hub.requests.select("bucket.tree")] == [f"/api/buckets/{BUCKET}/tree/run1%2F"]


def test_a_workflow_with_files_outside_of_the_folder_lists_more(hub: FakeHub, provider: StorageProvider) -> None:
    item = file_at(provider, "run1/x/a")
    first = item.get_inventory_parent()
    file_at(provider, "run1/{sample}/b")
    second = item.get_inventory_parent()
    file_at(provider, "inputs/c")
    third = item.get_inventory_parent()
    prefix = str(provider.local_prefix / BUCKET)
    assert (first, second, third) == (f"{prefix}/run1/x", f"{prefix}/run1", prefix)


def test_a_folder_with_too_many_files_is_not_listed(
    hub: FakeHub, provider: StorageProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_object, "LARGEST_INVENTORY", 3)
    for number in range(5):
        hub.buckets.put(BUCKET, f"run1/{number}", b"x")
    items = [file_at(provider, "run1/4"), file_at(provider, "run1/none")]
    cache = IOCache(max_wait_time=10)
    for item in items:
        asyncio.run(item.inventory(cache))
    assert [cache.exists_in_storage[item.cache_key()] for item in items] == [True, False]
    assert cache.exists_in_storage.has_inventory == set()
    assert hub.requests.count("bucket.tree") <= 2


def test_pages_of_a_list_are_followed(hub: FakeHub, provider: StorageProvider) -> None:
    hub.buckets.page_size = 10
    for number in range(25):
        hub.buckets.put(BUCKET, f"many/{number:02d}", b"x")
    assert len(provider.hub.tree(BUCKET, "many/")) == 25
    assert hub.requests.count("bucket.tree") == 3


def test_wildcards_find_their_candidates(hub: FakeHub, provider: StorageProvider) -> None:
    for path in ("run1/a/x.csv", "run1/b/x.csv", "run2/c/x.csv"):
        hub.buckets.put(BUCKET, path, b"x")
    pattern = provider.object(f"{PREFIX}/run1/{{sample}}/x.csv")
    assert sorted(pattern.list_candidate_matches()) == [
        f"{PREFIX}/run1",
        f"{PREFIX}/run1/a",
        f"{PREFIX}/run1/a/x.csv",
        f"{PREFIX}/run1/b",
        f"{PREFIX}/run1/b/x.csv",
    ]


def test_requests_for_a_stored_and_for_a_fetched_file(hub: FakeHub, make: Make) -> None:
    stored = file_at(make(), "run1/a", b"content")
    hub.requests.clear()
    stored.store_object()
    assert (stored.exists(), stored.size()) == (True, 7)
    assert hub.requests.api_count() == 3
    fetched = file_at(make(), "run1/a")
    hub.requests.clear()
    assert fetched.exists()
    fetched.retrieve_object()
    assert hub.requests.api_count() == 3


def test_a_missing_file_takes_one_request_after_an_inventory_and_two_without(hub: FakeHub, make: Make) -> None:
    listed, unlisted = file_at(make(), "run1/a"), file_at(make(), "run1/a")
    inventory(listed)
    hub.requests.clear()
    assert not listed.exists()
    assert hub.requests.api_count() == 1
    assert not unlisted.exists()
    assert hub.requests.api_count() == 3


def test_a_private_bucket_is_made_for_the_first_file(hub: FakeHub, make: Make) -> None:
    provider = make()
    item = provider.object("hf://buckets/acme/new/run1/a")
    assert not item.exists()
    inventory(item)
    assert not hub.buckets.exists("acme/new")
    item.local_path().parent.mkdir(parents=True)
    item.local_path().write_bytes(b"x")
    item.store_object()
    assert hub.buckets.read("acme/new", "run1/a") == b"x"
    assert provider.hub._api.bucket_info("acme/new").private is True
    assert hub.requests.count("bucket.create") == 1


@pytest.mark.parametrize(("private", "inside"), [(True, False), (False, False), (False, True)])
def test_a_public_bucket_is_warned_about_once_by_the_driver(
    hub: FakeHub,
    provider: StorageProvider,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    private: bool,
    inside: bool,
) -> None:
    hub.buckets.set_private(BUCKET, private)
    monkeypatch.setattr("sys.argv", ["snakemake"])
    if inside:
        monkeypatch.setenv("JOB_ID", "1")
        monkeypatch.setenv("ACCELERATOR", "none")
    for _ in range(2):
        file_at(provider, "run1/a")
    warnings = [record.getMessage() for record in caplog.records]
    expected = f"Bucket {BUCKET} is public: everyone can read what this workflow stores."
    assert len(warnings) == (0 if private or inside else 1)
    assert all(warning.startswith(expected) for warning in warnings)
    assert hub.requests.count("bucket.info") == (0 if inside else 1)


def test_debug_output_of_huggingface_hub_is_refused(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_DEBUG", "1")
    with pytest.raises(WorkflowError, match="HF_DEBUG is set"):
        make()


def test_a_token_on_the_command_line_is_refused(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["snakemake", "--storage-hfbucket-token", TOKEN])
    with pytest.raises(WorkflowError, match="SNAKEMAKE_STORAGE_HFBUCKET_TOKEN") as error:
        make()
    assert TOKEN not in str(error.value)


def test_the_token_stands_in_no_text_of_the_settings(provider: StorageProvider, caplog: pytest.LogCaptureFixture) -> None:
    texts: list[Any] = [provider.settings, file_at(provider, "a").print_query, caplog.text]
    assert not any(TOKEN in repr(text) for text in texts)


def test_a_file_that_is_not_there_cannot_be_stored_or_fetched(provider: StorageProvider) -> None:
    item = file_at(provider, "a")
    for action in (item.store_object, item.retrieve_object, item.mtime, item.size, item.touch):
        with pytest.raises(WorkflowError, match=r"There is (nothing to store at|no file or directory)"):
            action()

"""What happens when the Hub does not do what it should."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from fakehub import FakeHub, Kind
from snakemake_interface_common.exceptions import WorkflowError

from conftest import BUCKET, PREFIX, TOKEN, Make, file_at
from snakemake_storage_plugin_hfbucket import StorageObject, StorageProvider
from snakemake_storage_plugin_hfbucket.errors import BATCH_ERROR
from snakemake_storage_plugin_hfbucket.hub import TRIES

pytestmark = pytest.mark.usefixtures("waits")


def left_behind(item: StorageObject) -> list[str]:
    return [path.name for path in item.local_path().parent.iterdir()]


def one_line(error: pytest.ExceptionInfo[WorkflowError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


def test_a_list_that_is_refused_for_a_while(hub: FakeHub, provider: StorageProvider, waits: list[float]) -> None:
    hub.buckets.put(BUCKET, "a", b"x")
    hub.fault("bucket.tree", status=429, retry_after=55)
    hub.fault("bucket.tree", status=503)
    assert [file.path for file in provider.hub.tree(BUCKET, "")] == ["a"]
    assert [seen.status for seen in hub.requests.select("bucket.tree")] == [429, 503, 200]
    assert waits[0] == 56


def test_a_second_page_that_is_refused_once(hub: FakeHub, provider: StorageProvider) -> None:
    hub.buckets.page_size = 2
    for number in range(5):
        hub.buckets.put(BUCKET, f"{number}", b"x")
    hub.fault("bucket.tree", status=503, skip=1)
    assert [file.path for file in provider.hub.tree(BUCKET, "")] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("route", ["cas.xorb", "cas.shard", "bucket.batch", "bucket.token", "bucket.paths"])
@pytest.mark.parametrize("kind", [Kind.STATUS, Kind.DROP_ANSWER])
def test_an_upload_that_fails_twice(hub: FakeHub, provider: StorageProvider, route: str, kind: Kind) -> None:
    fault = hub.fault(route, kind, times=2, status=500)
    content = f"{route} {kind}".encode()
    item = file_at(provider, "a", content)
    item.store_object()
    assert fault.hits == 2
    assert hub.buckets.read(BUCKET, "a") == content
    assert item.size() == len(content)


def test_an_upload_of_which_half_is_refused(hub: FakeHub, provider: StorageProvider) -> None:
    item = file_at(provider, "d")
    item.local_path().mkdir(parents=True)
    for name in ("one", "two", "three"):
        (item.local_path() / name).write_text(name)
    fault = hub.fault("bucket.batch", Kind.PARTIAL, times=2)
    item.store_object()
    assert fault.hits == 2
    assert {path: hub.buckets.read(BUCKET, f"d/{path}") for path in ("one", "two", "three")} == {
        "one": b"one",
        "two": b"two",
        "three": b"three",
    }


def test_an_upload_of_which_half_is_always_refused_is_an_error(hub: FakeHub, provider: StorageProvider) -> None:
    hub.fault("bucket.batch", Kind.PARTIAL, times=99)
    with pytest.raises(WorkflowError, match=f"cannot write to bucket {BUCKET}") as error:
        file_at(provider, "a", b"x").store_object()
    one_line(error)
    assert hub.buckets.paths(BUCKET) == []
    assert hub.requests.count("bucket.batch") == TRIES


def test_an_old_file_of_the_same_size_is_not_taken_for_the_new_one(hub: FakeHub, provider: StorageProvider) -> None:
    item = file_at(provider, "d")
    item.local_path().mkdir(parents=True)
    for name in ("one", "two"):
        hub.buckets.put(BUCKET, f"d/{name}", b"old")
        (item.local_path() / name).write_bytes(b"new")
    hub.buckets.put(BUCKET, "d/.snakemake_timestamp", b"")
    fault = hub.fault("bucket.batch", Kind.PARTIAL)
    item.store_object()
    assert fault.hits == 1
    assert [hub.buckets.read(BUCKET, f"d/{name}") for name in ("one", "two")] == [b"new", b"new"]


@pytest.mark.parametrize("route", ["bucket.paths", "bucket.resolve", "bucket.token", "cas.reconstruction", "cas.data"])
def test_a_download_that_fails_twice(hub: FakeHub, make: Make, route: str) -> None:
    content = b"content " * 1000
    hub.buckets.put(BUCKET, "a", content)
    fault = hub.fault(route, times=2)
    item = file_at(make(), "a")
    item.retrieve_object()
    assert fault.hits == 2
    assert item.local_path().read_bytes() == content


@pytest.mark.parametrize("kind", [Kind.PARTIAL, Kind.TRUNCATE])
def test_a_download_that_is_cut_off(hub: FakeHub, make: Make, kind: Kind) -> None:
    content = b"content " * 1000
    hub.buckets.put(BUCKET, "a", content)
    fault = hub.fault("cas.data", kind)
    item = file_at(make(), "a")
    item.retrieve_object()
    assert fault.hits == 1
    assert item.local_path().read_bytes() == content


def test_a_download_of_the_wrong_size_is_an_error_and_leaves_what_was_there(
    hub: FakeHub, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.buckets.put(BUCKET, "a", b"the new content")
    provider = make()
    item = file_at(provider, "a", b"the old content")

    def half(bucket: str, files: list[tuple[object, str]]) -> None:
        Path(files[0][1]).write_bytes(b"the new")

    monkeypatch.setattr(provider.hub._api, "download_bucket_files", half)
    with pytest.raises(WorkflowError, match="a has 7 bytes here and 15 in the bucket") as error:
        item.retrieve_object()
    one_line(error)
    assert item.local_path().read_bytes() == b"the old content"
    assert left_behind(item) == ["a"]


def test_a_directory_of_which_a_file_cannot_be_fetched_is_left_as_it_was(
    hub: FakeHub, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        hub.buckets.put(BUCKET, f"d/{name}", name.encode())
    provider = make()
    item = file_at(provider, "d")

    def first_only(bucket: str, files: list[tuple[object, str]]) -> None:
        Path(files[0][1]).write_bytes(b"one")

    monkeypatch.setattr(provider.hub._api, "download_bucket_files", first_only)
    with pytest.raises(WorkflowError, match="d/two has 0 bytes here and 3 in the bucket"):
        item.retrieve_object()
    assert not item.local_path().exists()
    assert left_behind(item) == []


def test_a_missing_bucket_that_must_not_be_made(hub: FakeHub, make: Make) -> None:
    provider = make(no_create=True)
    item = provider.object("hf://buckets/acme/none/a")
    item.local_path().parent.mkdir(parents=True)
    item.local_path().write_bytes(b"x")
    for action in (item.exists, item.store_object, item.retrieve_object):
        with pytest.raises(WorkflowError, match="it does not exist, or the token may not see it") as error:
            action()
        assert "hf buckets create acme/none --private" in one_line(error)
    assert not hub.buckets.exists("acme/none")


def test_a_token_that_may_only_read(hub: FakeHub, make: Make) -> None:
    hub.add_token("hf_reader", "acme", write=False)
    hub.buckets.put(BUCKET, "a", b"x")
    provider = make(token="hf_reader")
    item = file_at(provider, "a", b"new")
    assert item.exists()
    for action in (item.store_object, item.remove):
        with pytest.raises(WorkflowError, match=r"the token has no permission for it \(403\)") as error:
            action()
        assert f"cannot write to bucket {BUCKET}" in one_line(error)
    other = provider.object("hf://buckets/acme/other/a")
    other.local_path().parent.mkdir(parents=True)
    other.local_path().write_bytes(b"x")
    with pytest.raises(WorkflowError, match=r"cannot create bucket acme/other: .*\(403\)"):
        other.store_object()
    assert hub.buckets.read(BUCKET, "a") == b"x"


@pytest.mark.parametrize(
    ("token", "bucket", "line"),
    [
        ("hf_wrong", BUCKET, r"cannot read bucket acme/data: the Hub does not accept the token \(401\)"),
        ("hf_blind", BUCKET, r"cannot read bucket acme/data: the token has no permission for it \(403\)"),
        (TOKEN, "acme/none", "cannot read bucket acme/none: it does not exist, or the token may not see it"),
    ],
)
def test_a_driver_says_what_is_wrong_with_the_bucket_as_soon_as_a_file_of_it_is_named(
    hub: FakeHub, make: Make, monkeypatch: pytest.MonkeyPatch, token: str, bucket: str, line: str
) -> None:
    hub.add_token("hf_blind", "acme", read=False)
    provider = make(no_create=True, token=token)
    monkeypatch.setattr("sys.argv", ["snakemake"])
    with pytest.raises(WorkflowError, match=line) as error:
        provider.object(f"hf://buckets/{bucket}/a")
    one_line(error)
    assert error.value.__traceback__ is None


def test_a_token_that_is_not_known(hub: FakeHub, make: Make) -> None:
    item = file_at(make(token="hf_wrong"), "a", b"x")
    for action in (item.exists, item.store_object):
        with pytest.raises(WorkflowError, match=r"does not accept the token \(401\)") as error:
            action()
        assert "hf_wrong" not in one_line(error)


def test_a_private_bucket_of_others_is_a_missing_one(hub: FakeHub, make: Make) -> None:
    hub.add_token("hf_stranger", "stranger")
    item = file_at(make(token="hf_stranger", no_create=True), "a")
    with pytest.raises(WorkflowError, match="the token may not see it"):
        item.exists()


def test_errors_that_do_not_pass_are_not_tried_again(hub: FakeHub, provider: StorageProvider, waits: list[float]) -> None:
    hub.fault("bucket.paths", status=400, times=99, body={"error": "no"})
    with pytest.raises(WorkflowError, match=f"cannot read bucket {BUCKET}"):
        file_at(provider, "a").exists()
    assert hub.requests.count("bucket.paths") == 1
    assert waits == []


def test_a_limit_that_is_never_lifted_says_what_to_lower(hub: FakeHub, provider: StorageProvider) -> None:
    hub.fault("bucket.paths", status=429, times=999, retry_after=1)
    with pytest.raises(WorkflowError, match="lower --storage-hfbucket-max-requests-per-second") as error:
        file_at(provider, "a").exists()
    one_line(error)


def test_a_wrong_query_is_named_when_it_is_used(provider: StorageProvider) -> None:
    item = provider.object("hf://buckets/acme/data")
    with pytest.raises(WorkflowError, match="there is no path behind the bucket") as error:
        item.exists()
    one_line(error)
    assert provider.is_valid_query(f"{PREFIX}/x")


FILE = {"type": "file", "path": "a", "size": 1, "xetHash": "0" * 64, "uploadedAt": "2026-11-01T00:00:00.000Z"}


MISSING = object()


def answers_without(field: str, value: object) -> object:
    """What the Hub says of FILE, with `value` in place of a field, or without that field."""
    return [{key: value if key == field else given for key, given in FILE.items() if (key, value) != (field, MISSING)}]


@pytest.mark.parametrize("value", [MISSING, None, [], "?"], ids=["missing", "null", "list", "text"])
@pytest.mark.parametrize("field", FILE)
def test_what_the_hub_leaves_out_of_a_file_is_not_guessed(hub: FakeHub, make: Make, field: str, value: object) -> None:
    """What is not needed is not missed; of the rest one line says that it is missing, whatever is asked."""
    for route in ("bucket.tree", "bucket.paths"):
        hub.fault(route, status=200, body=answers_without(field, value), times=99)
    item = file_at(make(), "a")
    expected = {item.exists: True, item.size: 1, item.mtime: datetime.fromisoformat(FILE["uploadedAt"]).timestamp()}
    for ask, truth in expected.items():
        try:
            answer: object = ask()
        except WorkflowError as error:
            answer = str(error)
        one_line = isinstance(answer, str) and re.fullmatch(".*(not understood|does not say|There is no file).*", answer)
        assert one_line or answer == truth or (field == "path" and answer is False)


@pytest.mark.parametrize("body", [{}, "text", 3, None, [3]])
def test_a_list_that_is_none_is_said_in_one_line(hub: FakeHub, provider: StorageProvider, body: object) -> None:
    hub.fault("bucket.tree", status=200, body=[body], times=99)
    with pytest.raises(WorkflowError, match="the answer of the Hub is not understood") as error:
        provider.hub.tree(BUCKET, "")
    one_line(error)


@pytest.mark.parametrize("body", [{}, {"private": None}, {"private": True}, [], "text", 3])
def test_of_the_bucket_only_whether_it_is_private_is_asked(
    hub: FakeHub, make: Make, caplog: pytest.LogCaptureFixture, body: object
) -> None:
    hub.fault("bucket.info", status=200, body=body)
    make().hub.check(BUCKET)
    assert "public" not in caplog.text


@pytest.mark.parametrize("body", [{}, {"url": None}, {"url": "somewhere"}, [], "text"])
def test_a_bucket_is_made_whatever_the_answer_says(hub: FakeHub, make: Make, body: object) -> None:
    hub.fault("bucket.create", status=200, body=body)
    provider = make()
    item = provider.object("hf://buckets/acme/made/a")
    item.local_path().parent.mkdir(parents=True)
    item.local_path().write_bytes(b"x")
    provider.hub._make("acme/made")
    hub.buckets.create("acme/made")  # what the fault left undone
    item.store_object()
    assert hub.buckets.read("acme/made", "a") == b"x"


FULL = "Private repository storage limit reached, please upgrade your plan to increase your private storage limit."


@pytest.mark.parametrize(("route", "status"), [("bucket.batch", 403), ("bucket.batch", 413), ("bucket.token", 402)])
def test_a_full_quota_is_said_in_one_line_and_not_tried_again(
    hub: FakeHub, provider: StorageProvider, waits: list[float], route: str, status: int
) -> None:
    hub.fault(route, status=status, times=99, body={"error": FULL})
    with pytest.raises(WorkflowError, match="the storage of acme is full") as error:
        file_at(provider, "a", b"x").store_object()
    assert "settings/billing" in one_line(error)
    assert waits == []
    assert hub.buckets.paths(BUCKET) == []


def test_a_batch_that_is_refused_for_the_quota(hub: FakeHub, provider: StorageProvider, waits: list[float]) -> None:
    failed = [{"path": "a", "error": "Storage quota exceeded"}]
    body = {"success": False, "processed": 1, "succeeded": 0, "failed": failed}
    hub.fault("bucket.batch", status=422, body=body, times=99)
    with pytest.raises(WorkflowError) as error:
        file_at(provider, "a", b"x").store_object()
    assert BATCH_ERROR is None or "the storage of acme is full" in one_line(error)
    assert BATCH_ERROR is None or waits == []


def test_a_permission_is_not_taken_for_a_quota(hub: FakeHub, provider: StorageProvider) -> None:
    hub.fault("bucket.batch", status=403, times=99, body={"error": "You don't have permission to write to the storage bucket"})
    with pytest.raises(WorkflowError, match="the token has no permission for it"):
        file_at(provider, "a", b"x").store_object()


def test_an_answer_that_is_cut_off_is_asked_for_again(hub: FakeHub, provider: StorageProvider) -> None:
    hub.buckets.put(BUCKET, "a", b"x")
    fault = hub.fault("bucket.paths", Kind.TRUNCATE, times=2)
    assert file_at(provider, "a").exists()
    assert fault.hits == 2

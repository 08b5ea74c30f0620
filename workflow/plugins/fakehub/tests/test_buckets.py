"""Buckets and the Xet store of the fake Hub, through the real client and hf_xet."""

from __future__ import annotations

import contextlib
import json
import random
import threading
from io import BytesIO
from pathlib import Path

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import BucketNotFoundError, HfHubHTTPError
from huggingface_hub.utils._http import get_session, parse_ratelimit_headers

from fakehub import FakeHub, Kind
from fakehub.cas import EMPTY, Cas, parse_chunks, parse_range
from fakehub.lz4 import decompress_frame
from fakehub.messages import HubError

NOISE = random.Random(1).randbytes(400_000)
CONTENTS = {
    "noise": NOISE,
    "text": b"the same line again and again\n" * 30_000,
    "numbers": b"".join(i.to_bytes(4, "little") for i in range(100_000)),
    "mixed": NOISE[:90_000] + bytes(200_000) + NOISE[90_000:180_000],
    "small": b"x",
    "empty": b"",
}


@pytest.mark.parametrize("name", CONTENTS)
def test_content_comes_back_as_it_went(hub: FakeHub, api: HfApi, bucket: str, tmp_path: Path, name: str) -> None:
    api.batch_bucket_files(bucket, add=[(CONTENTS[name], f"folder/{name}")])
    assert hub.buckets.read(bucket, f"folder/{name}") == CONTENTS[name]
    api.download_bucket_files(bucket, [(f"folder/{name}", tmp_path / "back")])
    assert (tmp_path / "back").read_bytes() == CONTENTS[name]


@pytest.mark.parametrize("name", CONTENTS)
def test_content_that_the_test_put_can_be_downloaded(hub: FakeHub, api: HfApi, bucket: str, tmp_path: Path, name: str) -> None:
    hub.buckets.put(bucket, name, CONTENTS[name])
    api.download_bucket_files(bucket, [(name, tmp_path / "back")])
    assert (tmp_path / "back").read_bytes() == CONTENTS[name]


def test_clients_upload_at_the_same_time(hub: FakeHub, api: HfApi, bucket: str) -> None:
    def upload(number: int) -> None:
        api.batch_bucket_files(bucket, add=[(f"content {number}".encode(), f"{number}")])

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [hub.buckets.read(bucket, f"{n}") for n in range(6)] == [f"content {n}".encode() for n in range(6)]


def test_names_with_spaces_and_other_alphabets(api: HfApi, bucket: str, tmp_path: Path) -> None:
    path = "a b/ü#?%20.txt"
    api.batch_bucket_files(bucket, add=[(b"x", path)])
    assert [file.path for file in api.list_bucket_tree(bucket, prefix="a b/ü", recursive=True)] == [path]
    api.download_bucket_files(bucket, [(path, tmp_path / "back")])
    assert (tmp_path / "back").read_bytes() == b"x"


def test_creation_is_private_and_a_second_one_is_a_conflict(hub: FakeHub, api: HfApi) -> None:
    api.create_bucket("acme/new", private=True)
    info = api.bucket_info("acme/new")
    assert (info.private, info.size, info.total_files) == (True, 0, 0)
    assert api.create_bucket("acme/new", private=True, exist_ok=True).bucket_id == "acme/new"
    with pytest.raises(HfHubHTTPError, match="409"):
        api.create_bucket("acme/new", private=True)


def test_the_tree_matches_letters_and_comes_in_pages(hub: FakeHub, api: HfApi, bucket: str) -> None:
    hub.buckets.page_size = 2
    for path in ("a", "a/1", "a/2/x", "a/2/y", "ab/3", "b"):
        hub.buckets.put(bucket, path, b"1")

    def tree(prefix: str, recursive: bool) -> list[str]:
        return [entry.path for entry in api.list_bucket_tree(bucket, prefix=prefix, recursive=recursive)]

    assert tree("a", True) == ["a", "a/1", "a/2/x", "a/2/y", "ab/3"]
    assert hub.requests.count("bucket.tree") == 3
    assert tree("a/", True) == ["a/1", "a/2/x", "a/2/y"]
    assert tree("a/", False) == ["a/1", "a/2"]
    assert tree("", False) == ["a", "ab", "b"]


def test_paths_info_leaves_out_what_is_missing(hub: FakeHub, api: HfApi, bucket: str) -> None:
    hub.buckets.put(bucket, "there", b"12")
    found = list(api.get_bucket_paths_info(bucket, ["there", "missing"]))
    assert [(file.path, file.size) for file in found] == [("there", 2)]
    assert found[0].uploaded_at is not None


def test_files_can_be_deleted_and_copied(hub: FakeHub, api: HfApi, bucket: str) -> None:
    hub.buckets.put(bucket, "one", b"1")
    digest = next(iter(api.get_bucket_paths_info(bucket, ["one"]))).xet_hash
    api.batch_bucket_files(bucket, copy=[("bucket", bucket, digest, "two")], delete=["one", "never"])
    assert hub.buckets.paths(bucket) == ["two"]
    assert hub.buckets.read(bucket, "two") == b"1"


def test_a_name_without_content_is_refused(hub: FakeHub, api: HfApi, bucket: str) -> None:
    with pytest.raises(HfHubHTTPError) as error:
        api.batch_bucket_files(bucket, copy=[("bucket", bucket, "ab" * 32, "ghost")])
    assert error.value.response.status_code == 422
    assert error.value.response.json()["failed"] == [{"path": "ghost", "error": "Content not found in the Xet store"}]
    assert hub.buckets.paths(bucket) == []


def test_who_may_read_and_write(hub: FakeHub, bucket: str) -> None:
    hub.add_token("hf_reader", "acme", write=False)
    hub.add_token("hf_stranger", "stranger")
    reader, stranger = (HfApi(endpoint=hub.endpoint, token=token) for token in ("hf_reader", "hf_stranger"))
    assert reader.bucket_info(bucket).id == bucket
    with pytest.raises(HfHubHTTPError, match="403"):
        reader.create_bucket("acme/other", private=True)
    with pytest.raises(Exception, match=r"(?i)permission|forbidden|403"):
        reader.batch_bucket_files(bucket, delete=["x"])
    with pytest.raises(BucketNotFoundError):
        stranger.bucket_info(bucket)
    hub.buckets.set_private(bucket, False)
    assert stranger.bucket_info(bucket).private is False


def test_half_a_batch_is_a_partial_upload(hub: FakeHub, api: HfApi, bucket: str) -> None:
    hub.fault("bucket.batch", Kind.PARTIAL)
    with contextlib.suppress(HfHubHTTPError):  # only clients from 2.0 on look at what failed
        api.batch_bucket_files(bucket, add=[(b"1", "one"), (b"2", "two")])
    assert hub.buckets.paths(bucket) == ["one"]


def test_the_store_may_fail_once_without_the_client_giving_up(hub: FakeHub, api: HfApi, bucket: str) -> None:
    fault = hub.fault("cas.xorb", status=500)
    api.batch_bucket_files(bucket, add=[(b"content", "path")])
    assert fault.hits == 1
    assert hub.buckets.read(bucket, "path") == b"content"


def test_a_head_request_reads_nothing(hub: FakeHub, bucket: str) -> None:
    hub.buckets.put(bucket, "large", NOISE)
    for xorb in (hub.folder / "cas").iterdir():
        xorb.unlink()  # whoever reads the content fails
    header = {"Authorization": f"Bearer {hub.token}"}
    answer = get_session().head(f"{hub.endpoint}/buckets/{bucket}/resolve/large", headers=header)
    assert (answer.status_code, answer.headers["X-Linked-Size"], answer.headers["Content-Length"]) == (200, "400000", "400000")


def test_content_comes_by_its_address_too(hub: FakeHub, bucket: str) -> None:
    hub.buckets.put(bucket, "large", NOISE)
    header = {"Authorization": f"Bearer {hub.token}"}
    assert get_session().get(f"{hub.endpoint}/buckets/{bucket}/resolve/large", headers=header).content == NOISE


def test_a_body_in_pieces_arrives_whole(hub: FakeHub, bucket: str) -> None:
    """Larger than what the server keeps in memory, and of a length that it is not told."""
    hub.buckets.put(bucket, "there", b"x")
    paths = ["there", *(f"missing {number:0100d}" for number in range(9))]
    text = json.dumps({"paths": paths, "padding": "x" * 1_500_000}).encode()
    header = {"Authorization": f"Bearer {hub.token}"}
    pieces = (text[start : start + 400_000] for start in range(0, len(text), 400_000))
    answer = get_session().post(f"{hub.endpoint}/api/buckets/{bucket}/paths-info", headers=header, content=pieces)
    assert [entry["path"] for entry in answer.json()] == ["there"]


@pytest.mark.parametrize(("kind", "whole"), [(Kind.TRUNCATE, True), (Kind.PARTIAL, False)])
def test_half_a_body_looks_whole_or_is_cut_off(hub: FakeHub, bucket: str, kind: Kind, whole: bool) -> None:
    hub.buckets.put(bucket, "large", NOISE)
    hub.fault("bucket.resolve", kind)
    header = {"Authorization": f"Bearer {hub.token}"}
    with get_session().stream("GET", f"{hub.endpoint}/buckets/{bucket}/resolve/large", headers=header) as answer:
        if whole:
            assert answer.read() == NOISE[: len(NOISE) // 2]
        else:
            with pytest.raises(Exception, match="closed"):
                answer.read()


def test_every_api_answer_tells_the_rate_limit(hub: FakeHub, api: HfApi, bucket: str) -> None:
    address = f"{hub.endpoint}/api/buckets/{bucket}"
    header = {"Authorization": f"Bearer {hub.token}"}
    first, second = (parse_ratelimit_headers(get_session().get(address, headers=header).headers) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.remaining - second.remaining == 1
    hub.rate_limit, hub.enforce_rate_limit = 2, True
    assert get_session().get(address, headers=header).status_code == 429


def test_a_fault_names_a_route_that_exists(hub: FakeHub) -> None:
    with pytest.raises(ValueError, match=r"no route 'jobs.submit'; there are bucket.batch"):
        hub.fault("jobs.submit")


def test_reads_lz4_that_points_into_earlier_blocks() -> None:
    literals = bytes([0x40]) + b"abcd"
    match = bytes([0x04, 4, 0]) + bytes([0x10]) + b"!"  # eight bytes from four back, then a literal
    blocks = b"".join(len(b).to_bytes(4, "little") + b for b in (literals, match))
    stored = (3 | 0x80000000).to_bytes(4, "little") + b"raw"
    frame = b"\x04\x22\x4d\x18\x40\x40\x00" + blocks + stored + bytes(4)
    assert decompress_frame(frame) == b"abcd" + b"abcdabcd" + b"!" + b"raw"
    with pytest.raises(ValueError, match="not an LZ4 frame"):
        decompress_frame(b"plain text")


def test_a_xorb_that_is_cut_off_is_refused() -> None:
    with pytest.raises(HubError, match="cut off"):
        parse_chunks(BytesIO(b"\0\x05\0\0\0\x05\0\0ab"))


@pytest.mark.parametrize(
    ("header", "expected"), [(None, (0, 9)), ("bytes=3-", (3, 9)), ("bytes=2-4", (2, 4)), ("bytes=0-99", (0, 9))]
)
def test_ranges(header: str | None, expected: tuple[int, int]) -> None:
    assert parse_range(header, 10) == expected


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=x-y"])
def test_ranges_outside_of_the_file(header: str) -> None:
    with pytest.raises(HubError) as error:
        parse_range(header, 10)
    assert error.value.status == 416


def test_the_empty_file_needs_no_store(tmp_path: Path) -> None:
    store = Cas(tmp_path)
    assert store.write(b"") == EMPTY
    assert store.read(EMPTY) == b""

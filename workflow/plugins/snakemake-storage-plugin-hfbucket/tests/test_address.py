"""Queries and folders, without a hub."""

from __future__ import annotations

import pytest

from snakemake_storage_plugin_hfbucket.address import Address, common_folder, parse
from snakemake_storage_plugin_hfbucket.provider import StorageProvider


@pytest.mark.parametrize(
    ("query", "bucket", "path", "folder"),
    [
        ("hf://buckets/acme/data/a", "acme/data", "a", ""),
        ("hf://buckets/acme/data/a/b c/ü.txt", "acme/data", "a/b c/ü.txt", "a/b c"),
        ("hf://buckets/acme/data/dir/", "acme/data", "dir", ""),
        ("hf://buckets/acme/data/run1/{sample}/x.csv", "acme/data", "run1/{sample}/x.csv", "run1"),
        ("hf://buckets/acme/data/run1/x{n,[^/]+..}.csv", "acme/data", "run1/x{n,[^/]+..}.csv", "run1"),
    ],
)
def test_a_query_names_a_bucket_and_a_path(query: str, bucket: str, path: str, folder: str) -> None:
    address = parse(query)
    assert (address, address.folder) == (Address(bucket, path), folder)
    assert address.query == query.rstrip("/")
    assert StorageProvider.is_valid_query(query)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("results/a.txt", "it does not start with hf://buckets/"),
        ("$MY_BUCKET", "this variable is not set; write export MY_BUCKET=hf://buckets/"),
        ("${MY_BUCKET}/run1", "write export MY_BUCKET=hf://buckets/"),
        ("hf://datasets/acme/data/a", "it does not start with hf://buckets/"),
        ("hf://buckets/acme", "'' is no name of a bucket"),
        ("hf://buckets/acme/data", "there is no path behind the bucket"),
        ("hf://buckets/acme/data//", "there is no path behind the bucket"),
        ("hf://buckets/{user}/data/a", "'{user}' is no name of a namespace"),
        ("hf://buckets/acme/a b/c", "'a b' is no name of a bucket"),
        ("hf://buckets/acme/data/a//b", "has a part ''"),
        ("hf://buckets/acme/data/../b", "has a part '..'"),
    ],
)
def test_a_wrong_query_is_refused_in_one_line(query: str, reason: str) -> None:
    with pytest.raises(ValueError, match="write") as error:
        parse(query)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)
    assert not StorageProvider.is_valid_query(query)


@pytest.mark.parametrize(
    ("folders", "shared"),
    [
        (["run1/a", "run1/b/c"], "run1"),
        (["run1/a", "run1/a"], "run1/a"),
        (["run1", "run10"], ""),
        (["", "run1"], ""),
        (["a/b"], "a/b"),
    ],
)
def test_the_common_folder(folders: list[str], shared: str) -> None:
    assert common_folder(folders) == shared

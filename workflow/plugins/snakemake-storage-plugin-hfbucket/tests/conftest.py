"""A fake Hub for each test, and providers that talk to it."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
sys.path.insert(0, str(Path(__file__).parents[2] / "fakehub"))
os.environ.update(HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_PROGRESS_BARS="1", NO_PROXY="127.0.0.1")
os.environ["HF_XET_CLIENT_RETRY_BASE_DELAY"] = "10ms"

from fakehub import FakeHub

from snakemake_storage_plugin_hfbucket import StorageObject, StorageProvider, StorageProviderSettings

TOKEN = "hf_fake_of_the_test"
BUCKET = "acme/data"
PREFIX = f"hf://buckets/{BUCKET}"

Make = Callable[..., StorageProvider]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeHub]:
    """A hub that the environment names, with the empty private bucket acme/data."""
    with FakeHub(token=TOKEN, namespace="acme") as running:
        running.buckets.create(BUCKET)
        for key, value in running.environment().items():
            monkeypatch.setenv(key, value)
        monkeypatch.delenv("JOB_ID", raising=False)
        monkeypatch.delenv("HF_DEBUG", raising=False)
        monkeypatch.setenv("HF_TOKEN", "")
        yield running


@pytest.fixture
def make(hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes providers with settings of choice, as a job has them: a driver checks the bucket first."""
    monkeypatch.setattr(sys, "argv", ["snakemake", "--mode", "subprocess"])

    def make_provider(default: bool = False, **settings: Any) -> StorageProvider:
        return StorageProvider(
            local_prefix=tmp_path / "local",
            is_default=default,
            logger=logging.getLogger("hfbucket"),
            settings=StorageProviderSettings(**{"token": TOKEN, "max_requests_per_second": 1000, **settings}),
        )

    return make_provider


@pytest.fixture
def provider(make: Make) -> StorageProvider:
    return make()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that would have been slept."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def file_at(provider: StorageProvider, path: str, content: bytes | None = None) -> StorageObject:
    """The object at a path of the bucket; with `content`, its local file is there."""
    item: StorageObject = provider.object(f"{PREFIX}/{path}")
    if content is not None:
        item.local_path().parent.mkdir(parents=True, exist_ok=True)
        item.local_path().write_bytes(content)
    return item

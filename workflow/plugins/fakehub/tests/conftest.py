"""A fake Hub for each test, and the real client that talks to it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.update(HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_PROGRESS_BARS="1", NO_PROXY="127.0.0.1")
os.environ["HF_XET_CLIENT_RETRY_BASE_DELAY"] = "10ms"

from huggingface_hub import HfApi

from fakehub import FakeHub

TOKEN = "hf_fake_of_the_test"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeHub]:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf-home"))
    with FakeHub(token=TOKEN, namespace="acme") as running:
        yield running


@pytest.fixture
def api(hub: FakeHub) -> HfApi:
    return HfApi(endpoint=hub.endpoint, token=TOKEN)


@pytest.fixture
def bucket(hub: FakeHub) -> str:
    hub.buckets.create("acme/data")
    return "acme/data"

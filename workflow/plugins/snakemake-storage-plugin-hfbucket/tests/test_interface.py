"""Snakemake's own tests for storage plugins."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakehub import FakeHub
from snakemake_interface_storage_plugins.tests import TestStorageBase

from conftest import PREFIX, TOKEN
from snakemake_storage_plugin_hfbucket import StorageProvider, StorageProviderSettings


class TestBucket(TestStorageBase):
    __test__ = True
    touch = True
    files_only = False

    @pytest.fixture(autouse=True)
    def _hub(self, hub: FakeHub) -> None:
        """The environment names the hub while a test runs."""

    def get_query(self, tmp_path: Path) -> str:
        return f"{PREFIX}/run1/test/test.txt"

    def get_query_not_existing(self, tmp_path: Path) -> str:
        return f"{PREFIX}/run1/none/none.txt"

    def get_storage_provider_cls(self) -> type[StorageProvider]:
        return StorageProvider

    def get_storage_provider_settings(self) -> StorageProviderSettings:
        return StorageProviderSettings(token=TOKEN, max_requests_per_second=1000)

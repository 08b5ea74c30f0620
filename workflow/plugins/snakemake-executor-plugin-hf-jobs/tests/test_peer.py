"""The suite that Snakemake has for executors."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from fakehub import FakeHub
from snakemake.common.tests import TestWorkflowsBase
from snakemake.settings.types import RemoteExecutionSettings
from snakemake_interface_common.plugin_registry.plugin import TaggedSettings

from conftest import BUCKET, SOURCES, TOKEN
from snakemake_executor_plugin_hf_jobs import ExecutorSettings

pytestmark = pytest.mark.hub


class TestWorkflows(TestWorkflowsBase):
    """Runs in this process, so the client must learn where the Hub is before anything imports it: see the fixture."""

    __test__ = True

    @pytest.fixture(autouse=True)
    def _hub(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with FakeHub(token=TOKEN, namespace="acme") as fake:
            fake.jobs.image_env["PYTHONPATH"] = os.pathsep.join(map(str, SOURCES))
            fake.buckets.create(BUCKET, private=True)
            for name, value in {**fake.environment(), "HF_TOKEN": TOKEN}.items():
                monkeypatch.setenv(name, value)
            monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", fake.endpoint)
            # The suite changes the working directory and leaves it there.
            before = Path.cwd()
            yield
            os.chdir(before)

    def get_executor(self) -> str:
        return "hf-jobs"

    def get_executor_settings(self) -> ExecutorSettings:
        return ExecutorSettings(bootstrap="none", image="toy/image:1")

    def get_default_storage_provider(self) -> str:
        return "hfbucket"

    def get_default_storage_prefix(self) -> str:
        return f"hf://buckets/{BUCKET}/peer"

    def get_default_storage_provider_settings(self) -> Mapping[str, TaggedSettings]:
        from snakemake_storage_plugin_hfbucket import StorageProviderSettings

        tagged = TaggedSettings()
        tagged.register_settings(StorageProviderSettings())
        return {"hfbucket": tagged}

    def get_remote_execution_settings(self) -> RemoteExecutionSettings:
        return RemoteExecutionSettings(seconds_between_status_checks=1)

    def get_assume_shared_fs(self) -> bool:
        return False

"""The storage provider: settings checked, one connection to the Hub, queries validated."""

from __future__ import annotations

import os
import sys
from typing import Any

from huggingface_hub import HfApi
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_storage_plugins.common import Operation
from snakemake_interface_storage_plugins.storage_provider import (
    ExampleQuery,
    QueryType,
    StorageProviderBase,
    StorageQueryValidationResult,
)

from snakemake_storage_plugin_hfbucket.address import Address, common_folder, parse
from snakemake_storage_plugin_hfbucket.hub import Hub
from snakemake_storage_plugin_hfbucket.limits import Guard, TokenBucket
from snakemake_storage_plugin_hfbucket.settings import (
    DEFAULT_METADATA_TTL,
    DEFAULT_REQUESTS_PER_SECOND,
    StorageProviderSettings,
)

# Snakemake looks for the class of the objects in the module of the provider.
from snakemake_storage_plugin_hfbucket.storage_object import StorageObject
from snakemake_storage_plugin_hfbucket.workdir import read

__all__ = ["StorageObject", "StorageProvider"]

LARGEST_SKEW = 2.0  # seconds between the clocks of this machine and the Hub
JOB_VARIABLES = {"JOB_ID", "ACCELERATOR"}  # what the Hub sets in a job
TRUE = frozenset({"1", "ON", "YES", "TRUE"})


class StorageProvider(StorageProviderBase):
    """Files in buckets of the Hugging Face Hub."""

    def __post_init__(self) -> None:
        settings: StorageProviderSettings = self.settings or StorageProviderSettings()
        _refuse_leaks(settings.token)
        rate = _number(settings.max_requests_per_second, "max-requests-per-second", DEFAULT_REQUESTS_PER_SECOND)
        ttl = _number(settings.metadata_ttl, "metadata-ttl", DEFAULT_METADATA_TTL)
        if rate <= 0:
            raise WorkflowError(f"--storage-hfbucket-max-requests-per-second is {rate:g}; give a number above 0")
        if ttl < 0:
            raise WorkflowError(f"--storage-hfbucket-metadata-ttl is {ttl:g}; give 0 or more seconds")
        self.workdir = read(settings.workdir, settings.shared)
        if not are_progress_bars_disabled():
            disable_progress_bars()
        # Read here and not by huggingface_hub, which reads it once at its import.
        api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=settings.token, library_name="snakemake-hfbucket")
        self.hub = Hub(api, Guard(TokenBucket(rate)), self.logger, create=not settings.no_create, ttl=ttl)
        self._folders: dict[str, str] = {}
        self.too_large: set[str] = set()  # inventory parents with too many files to list
        self._clocks_compared = False

    def note(self, address: Address) -> None:
        """Take into account that the workflow has a file at this address.

        WorkflowError if its bucket is out of reach: now, while the Snakefile is read, for one line; later Snakemake shows
        what fails inside of its tasks as a traceback.
        """
        if not _in_job():
            self.hub.check(address.bucket)
        known = self._folders.get(address.bucket, address.folder)
        self._folders[address.bucket] = common_folder([known, address.folder])

    def folder(self, bucket: str) -> str:
        """The folder of a bucket that holds all files of the workflow: the prefix of the run, or what lies deeper."""
        return self._folders[bucket]

    def compare_clocks(self, before: float, stored: float, after: float) -> None:
        """Warn once if a file that was stored between two moments has a time of the server that is far from them.

        Files that stay here have the times of this machine: beside those of the bucket they seem older or newer than they are.
        """
        ahead = stored - after if stored > after else min(0.0, stored - before)
        if abs(ahead) > LARGEST_SKEW and not self._clocks_compared:
            self._clocks_compared = True
            self.logger.warning(
                f"The clock of this machine is {abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} that of the Hub: "
                "set it, or rules may run again, or be refused, for files that seem too old."
            )

    @classmethod
    def example_queries(cls) -> list[ExampleQuery]:
        return [
            ExampleQuery("hf://buckets/acme/pipeline/run1/table.csv", "A file in the bucket acme/pipeline", QueryType.ANY),
            ExampleQuery("hf://buckets/acme/pipeline/run1/{sample}.csv", "Files with a wildcard", QueryType.ANY),
        ]

    # Requests are limited where they are made (module `limits`): most operations need none, others several.

    def use_rate_limiter(self) -> bool:
        return False

    def rate_limiter_key(self, query: str, operation: Operation) -> Any:
        return "hub"

    def default_max_requests_per_second(self) -> float:
        return DEFAULT_REQUESTS_PER_SECOND

    @classmethod
    def is_valid_query(cls, query: str) -> StorageQueryValidationResult:
        try:
            parse(query)
        except ValueError as error:
            return StorageQueryValidationResult(query=query, valid=False, reason=str(error))
        return StorageQueryValidationResult(query=query, valid=True)

    def postprocess_query(self, query: str) -> str:
        return query.rstrip("/")


def _in_job() -> bool:
    """Whether this is a job of a driver that has checked the bucket already: on the Hub, or a process of its own here."""
    return os.environ.keys() >= JOB_VARIABLES or "--mode" in sys.argv


def _number(given: Any, option: str, default: float) -> float:
    """A setting as a number: Snakemake hands what stands on the command line over as text."""
    if given is None:
        return default
    try:
        return float(given)
    except ValueError:
        raise WorkflowError(f"--storage-hfbucket-{option} is {given!r}; give a number") from None


def _refuse_leaks(token: str | None) -> None:
    """WorkflowError where the token could be read by others."""
    if os.environ.get("HF_DEBUG", "").upper() in TRUE:
        raise WorkflowError("HF_DEBUG is set: huggingface_hub would print requests with what they carry; unset it")
    if token and any(token in argument for argument in sys.argv):
        raise WorkflowError(
            "The token is on the command line, where every user of this machine can read it; "
            "set the environment variable SNAKEMAKE_STORAGE_HFBUCKET_TOKEN instead"
        )

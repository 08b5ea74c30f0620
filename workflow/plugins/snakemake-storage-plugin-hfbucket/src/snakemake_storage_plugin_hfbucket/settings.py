"""Settings of the provider: --storage-hfbucket-... on the command line."""

# Snakemake makes command-line options from the types of the fields, and knows only Optional as a union.
# ruff: noqa: UP045
from dataclasses import dataclass, field
from typing import Optional

from snakemake_interface_storage_plugins.settings import StorageProviderSettingsBase

DEFAULT_REQUESTS_PER_SECOND = 3.0  # the free tier allows 1,000 requests in five minutes
DEFAULT_METADATA_TTL = 10.0


@dataclass
class StorageProviderSettings(StorageProviderSettingsBase):
    token: Optional[str] = field(
        default=None,
        repr=False,
        metadata={
            "help": "Token of the Hub with read and write access to the bucket. Only read from the environment variable "
            "(default: HF_TOKEN, else the login of the hf command).",
            "env_var": True,
        },
    )
    no_create: bool = field(
        default=False,
        metadata={"help": "Do not create a missing bucket (default: it is created, private, when the first file is stored)."},
    )
    metadata_ttl: Optional[float] = field(
        default=None,
        metadata={
            "help": "Seconds for which what is known of an existing file is used again without asking "
            f"(default: {DEFAULT_METADATA_TTL:g}). That a file is missing is always asked anew."
        },
    )
    max_requests_per_second: Optional[float] = field(
        default=None,
        metadata={
            "help": "Requests to the Hub per second, on average over minutes "
            f"(default: {DEFAULT_REQUESTS_PER_SECOND:g}, which fits the free tier; 7 fits PRO)."
        },
    )
    workdir: Optional[str] = field(
        default=None,
        metadata={
            "help": "Address hf://buckets/NAMESPACE/BUCKET/PREFIX, normally the --default-storage-prefix, that stands for the "
            "working directory: files below it have their local copies there, under the same paths (default: none; copies "
            "lie below the local storage prefix).",
        },
    )
    shared: Optional[str] = field(
        default=None,
        metadata={
            "help": "Patterns of the files below --storage-hfbucket-workdir that travel through the bucket, in one text, "
            "separated by spaces or commas, such as 'results/data/* results/runs/*', where * also matches / (default: all). "
            "Others stay in the working directory only: they are neither stored nor asked for at the Hub.",
        },
    )

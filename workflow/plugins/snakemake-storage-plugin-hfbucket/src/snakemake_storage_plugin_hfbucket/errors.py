"""What an exception of huggingface_hub or hf_xet means: may it be tried again, when, and how to say it in one line."""

from __future__ import annotations

import re
from json import JSONDecodeError

from huggingface_hub import errors
from huggingface_hub.errors import BucketNotFoundError, HfHubHTTPError, OfflineModeIsEnabled
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_storage_plugin_hfbucket.limits import UnreachableError

TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
# From huggingface_hub 2 on, operations of a batch that failed raise this. Before, a batch of which all failed is a 422.
BATCH_ERROR: type[Exception] | None = getattr(errors, "BucketBatchError", None)
ALL_OF_A_BATCH_FAILED = 422
# The HTTP library is httpx or httpx2, depending on the version of huggingface_hub: known by name, never imported.
HTTP_LIBRARIES = frozenset({"httpx", "httpx2", "httpcore", "httpcore2"})
XET_STATUS = re.compile(r"status (?:client|server) error \((\d{3})")
# What huggingface_hub raises of an answer that lacks something, or has it in another form.
ODD_ANSWER = (KeyError, TypeError, ValueError, AttributeError)
TOKEN_PAGE = "https://huggingface.co/settings/tokens"
BILLING_PAGE = "https://huggingface.co/settings/billing"
# The Hub has no status of its own for a full quota: a 403 whose message speaks of storage.
FULL = frozenset({402, 413, 507})
SAYS_FULL = re.compile(r"storage (limit|quota|patterns)|quota|more storage|out of space", re.IGNORECASE)


class BucketError(WorkflowError):
    """One line for the user.

    Below the message of an error, Snakemake prints where in a plugin it was raised, which says nothing about a missing
    permission; so that is not told.
    """

    __traceback__ = property(lambda self: None, lambda self, trace: None)


class IncompleteTransferError(Exception):
    """What arrived is not what was sent."""


def status_of(error: BaseException) -> int | None:
    """HTTP status that an error stands for, if any. hf_xet has it in its text only."""
    if isinstance(error, HfHubHTTPError):
        return int(error.response.status_code)
    match = XET_STATUS.search(str(error))
    return int(match.group(1)) if match else None


def is_missing_bucket(error: BaseException) -> bool:
    return isinstance(error, BucketNotFoundError) or (status_of(error) == 404 and "xet-" in str(error))


def is_full(error: BaseException) -> bool:
    """Whether the quota of storage is used up."""
    status = status_of(error)
    refused = status == 403 or status == ALL_OF_A_BATCH_FAILED or (BATCH_ERROR is not None and isinstance(error, BATCH_ERROR))
    return status in FULL or (refused and SAYS_FULL.search(str(error)) is not None)


def is_transient(error: BaseException) -> bool:
    """Whether the same call may work a moment later."""
    if isinstance(error, UnreachableError | OfflineModeIsEnabled) or is_full(error):
        return False
    if BATCH_ERROR is not None and isinstance(error, BATCH_ERROR):
        return True
    status = status_of(error)
    if status is not None:
        return status in TRANSIENT or status == ALL_OF_A_BATCH_FAILED
    if isinstance(error, IncompleteTransferError | ConnectionError | TimeoutError | RuntimeError | JSONDecodeError):
        return True  # RuntimeError: hf_xet has no class of its own for a failed transfer
    return any(kind.__module__.partition(".")[0] in HTTP_LIBRARIES for kind in type(error).__mro__)


def retry_after(error: BaseException) -> float | None:
    """Seconds that the server asks to wait, if it does."""
    if not isinstance(error, HfHubHTTPError):
        return None
    limit = re.search(r"r=0;\s*t=(\d+)", error.response.headers.get("RateLimit", ""))
    if limit and status_of(error) == 429:
        return float(limit.group(1)) + 1
    seconds = error.response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdigit() else None


def explain(error: BaseException, doing: str, bucket: str) -> str:
    """One line: what failed and what to do about it. `doing` is a verb such as "read" or "write to"."""
    status = status_of(error)
    what = f"cannot {doing} bucket {bucket}"
    if isinstance(error, OfflineModeIsEnabled):
        return f"{what}: HF_HUB_OFFLINE is set; unset it"
    if isinstance(error, UnreachableError):
        return f"{what}: the Hub does not answer ({error}); check the network, the proxy and HF_ENDPOINT, then start again"
    if is_missing_bucket(error):
        return (
            f"{what}: it does not exist, or the token may not see it; check the name, or create it with "
            f"`hf buckets create {bucket} --private`"
        )
    if status == 401:
        return (
            f"{what}: the Hub does not accept the token (401), or there is none; run `hf auth login`, or set HF_TOKEN to one "
            f"of {TOKEN_PAGE}"
        )
    if is_full(error):
        owner = bucket.partition("/")[0]
        return f"{what}: the storage of {owner} is full ({_said(error)}); delete files, or get more at {BILLING_PAGE}"
    if status == 403:
        return f"{what}: the token has no permission for it (403); give it read and write access at {TOKEN_PAGE}"
    if status == 429:
        return f"{what}: too many requests (429); lower --storage-hfbucket-max-requests-per-second or --jobs"
    if isinstance(error, FileNotFoundError):
        return f"{what}: there is no local file {error.filename}"
    if isinstance(error, ODD_ANSWER):
        return f"{what}: the answer of the Hub is not understood ({type(error).__name__}: {_said(error)})"
    return f"{what}: {type(error).__name__}: {_said(error)}"


def _said(error: BaseException) -> str:
    """What the server says, else the error itself, in one line."""
    text = getattr(error, "server_message", None) or str(error)
    return next((" ".join(line.split()) for line in text.splitlines() if line.strip()), "no message")

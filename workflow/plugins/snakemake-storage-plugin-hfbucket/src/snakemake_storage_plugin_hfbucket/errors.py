"""What an exception of huggingface_hub or hf_xet means: may it be tried again, when, and how to say it in one line."""

from __future__ import annotations

import re

from huggingface_hub import errors
from huggingface_hub.errors import BucketNotFoundError, HfHubHTTPError

TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
# From huggingface_hub 2 on, operations of a batch that failed raise this. Before, a batch of which all failed is a 422.
BATCH_ERROR: type[Exception] | None = getattr(errors, "BucketBatchError", None)
ALL_OF_A_BATCH_FAILED = 422
# The HTTP library is httpx or httpx2, depending on the version of huggingface_hub: known by name, never imported.
HTTP_LIBRARIES = frozenset({"httpx", "httpx2", "httpcore", "httpcore2"})
XET_STATUS = re.compile(r"status (?:client|server) error \((\d{3})")
TOKEN_PAGE = "https://huggingface.co/settings/tokens"


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


def is_transient(error: BaseException) -> bool:
    """Whether the same call may work a moment later."""
    if BATCH_ERROR is not None and isinstance(error, BATCH_ERROR):
        return True
    status = status_of(error)
    if status is not None:
        return status in TRANSIENT or status == ALL_OF_A_BATCH_FAILED
    if isinstance(error, IncompleteTransferError | ConnectionError | TimeoutError | RuntimeError):
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
    if is_missing_bucket(error):
        return (
            f"{what}: it does not exist, or the token may not see it; check the name, or create it with "
            f"`hf buckets create {bucket} --private`"
        )
    if status == 401:
        return f"{what}: the Hub does not accept the token (401); set HF_TOKEN to a valid one, see {TOKEN_PAGE}"
    if status == 403:
        return f"{what}: the token has no permission for it (403); give it read and write access at {TOKEN_PAGE}"
    if status == 429:
        return f"{what}: too many requests (429); lower --storage-hfbucket-max-requests-per-second or --jobs"
    if isinstance(error, FileNotFoundError):
        return f"{what}: there is no local file {error.filename}"
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "no message")
    return f"{what}: {type(error).__name__}: {first}"

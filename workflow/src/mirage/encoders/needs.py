"""What a run with Hugging Face Jobs needs before anything is paid, and what of it is there."""

from __future__ import annotations

import os

BUCKET_VARIABLE = "MIRAGE_BUCKET"
TOKEN_VARIABLE = "SNAKEMAKE_HF_JOBS_TOKEN"  # the executor's own, before the client's


def paid_run_needs() -> list[str]:
    """Return lines that name each need, with what is found here or the command that is to be typed.

    Nothing is asked of the Hub: whether a token may start Jobs, and whether there is credit, shows at the first job.
    """
    bucket = os.environ.get(BUCKET_VARIABLE)
    return [
        "  before `make hf-jobs`, which sends them:",
        "    credit in the account that pays: https://huggingface.co/settings/billing",
        f"    a token that may start Jobs and write to the bucket: {'found' if _has_token() else 'none; type `hf auth login`'}",
        f"    a bucket of yours: {bucket or f'none; type `export {BUCKET_VARIABLE}=hf://buckets/YOUR-NAME/mirage/run1`'}",
    ]


def _has_token() -> bool:
    from huggingface_hub import get_token

    return bool(os.environ.get(TOKEN_VARIABLE) or get_token())

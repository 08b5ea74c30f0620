"""Where in the default storage this plugin keeps its own files."""

import re

from snakemake_interface_common.exceptions import WorkflowError

_BUCKET = re.compile(r"hf://buckets/([^/]+/[^/]+)(?:/(.*))?")


def check_prefix(prefix: str) -> None:
    """Raise WorkflowError where a shell would change the prefix: Snakemake puts it into the jobs' command unquoted."""
    if odd := sorted(set(re.sub(r"[\w.:/@%+=,-]", "", prefix))):
        raise WorkflowError(
            f"hf-jobs: --default-storage-prefix is {prefix!r}: write it without {' '.join(map(repr, odd))}, which a shell "
            "would change."
        )


def payload_folder(prefix: str, digest: str) -> tuple[str, str]:
    """Bucket (``owner/name``) and folder for wheels and requirements files of this digest.

    Raises WorkflowError where the prefix is not in a bucket.
    """
    match = _BUCKET.fullmatch(prefix.rstrip("/"))
    if match is None:
        raise WorkflowError(
            f"hf-jobs: wheels and requirements files need a --default-storage-prefix hf://buckets/<owner>/<bucket>/<folder>, "
            f"not {prefix!r}."
        )
    bucket, inner = match.groups()
    return bucket, "/".join(part for part in (inner, ".smk-hf", digest) if part)

"""Where in the default storage this plugin keeps its own files."""

import re

from snakemake_interface_common.exceptions import WorkflowError

_BUCKET = re.compile(r"hf://buckets/([^/]+/[^/]+)(?:/(.*))?")


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

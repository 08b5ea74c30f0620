"""Where in the default storage this plugin keeps its own files."""

import re

from snakemake_interface_common.exceptions import WorkflowError

_BUCKET = re.compile(r"hf://buckets/([^/]+/[^/]+)(?:/(.*))?")


def wheels_folder(prefix: str) -> tuple[str, str]:
    """Bucket (``owner/name``) and folder for the wheels. Raises WorkflowError where the prefix is not in a bucket."""
    match = _BUCKET.fullmatch(prefix.rstrip("/"))
    if match is None:
        raise WorkflowError(
            f"hf-jobs: --hf-jobs-bootstrap wheels needs a --default-storage-prefix hf://buckets/<owner>/<bucket>/<folder>, "
            f"not {prefix!r}."
        )
    bucket, inner = match.groups()
    return bucket, "/".join(part for part in (inner, ".smk-hf/wheels") if part)

"""Durations, sizes and volumes as people write them."""

import re
from dataclasses import dataclass

from huggingface_hub.errors import HfUriError
from huggingface_hub.utils import parse_hf_mount  # type: ignore[attr-defined]  # re-exported without saying so
from snakemake_interface_common.exceptions import WorkflowError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_GIGABYTES = {"MB": 0.001, "GB": 1.0, "TB": 1000.0, "MIB": 0.001048576, "GIB": 1.073741824, "TIB": 1099.511627776}


def duration_seconds(value: object, where: str) -> int:
    """Seconds of ``value``: a number of seconds, or parts such as ``90s``, ``45m``, ``4h``, ``1d`` or ``1h30m``.

    ``where`` names the setting in the error. Raises WorkflowError for anything else and for nothing or less.
    """
    text = str(value).strip().lower()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        seconds = float(text)
    elif re.fullmatch(rf"({_DURATION.pattern})+", text):
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(text))
    else:
        raise WorkflowError(f"hf-jobs: {where} is {value!r}: write a duration such as 90s, 45m, 4h or 1h30m.")
    if seconds < 1:
        raise WorkflowError(f"hf-jobs: {where} is {value!r}: it must be at least one second.")
    return int(seconds)


def gigabytes(text: str) -> float | None:
    """Size in GB (10^9 bytes) of a text such as ``16 GB``; None where the Hub gives no size."""
    match = re.fullmatch(r"\s*(\d[\d,]*(?:\.\d+)?)\s*([a-zA-Z]+)\s*", text)
    if match is None or match[2].upper() not in _GIGABYTES:
        return None
    return float(match[1].replace(",", "")) * _GIGABYTES[match[2].upper()]


@dataclass(frozen=True)
class Mount:
    """One read-only volume: what the Hub calls ``type`` and ``source``, and where it appears in the job."""

    type: str
    source: str
    mount_path: str
    revision: str | None = None
    path: str | None = None


def mounts(text: object, where: str) -> tuple[Mount, ...]:
    """Volumes of a text such as ``hf://datasets/org/name@v1:/mnt/data hf://org/model:/mnt/model:ro``, by the client's grammar.

    ``where`` names the setting in the error. Raises WorkflowError where an entry has another form or asks for writing.
    """
    return tuple(_mount(entry, where) for entry in str(text).split())


def _mount(entry: str, where: str) -> Mount:
    try:
        found = parse_hf_mount(entry)
    except HfUriError as error:
        reason = " ".join(str(error.msg).split()).rstrip(".")
        raise WorkflowError(
            f"hf-jobs: {where} has {entry!r} ({reason}): write hf://datasets/<owner>/<name>[@<revision>][/<path>]:/mnt/<folder>."
        ) from None
    if found.read_only is False:
        raise WorkflowError(
            f"hf-jobs: {where} has {entry!r}: volumes are read-only, for what is written into one may get lost when a job "
            "ends; take :rw away, and let the rule write its outputs."
        )
    source = found.source
    return Mount(source.type, source.id, found.mount_path, source.revision or None, source.path_in_repo or None)

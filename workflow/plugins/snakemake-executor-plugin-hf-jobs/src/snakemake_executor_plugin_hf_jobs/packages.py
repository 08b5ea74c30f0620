"""Versions of the packages that a job needs, as the driver has them."""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from snakemake_interface_common.exceptions import WorkflowError


def pins(storage_plugins: Iterable[str], wheels: Iterable[Path]) -> dict[str, str]:
    """Version by package name: Snakemake, huggingface_hub, and every storage plugin, whose settings the command carries.

    Raises WorkflowError for a plugin that is not installed as a package and has no wheel either.
    """
    names = ["snakemake", "huggingface_hub", *(f"snakemake-storage-plugin-{name}" for name in storage_plugins)]
    with_wheel = {wheel.name.split("-")[0].replace("_", "-").lower() for wheel in wheels}
    found: dict[str, str] = {}
    for name in names:
        if name.replace("_", "-") in with_wheel:
            continue
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            raise WorkflowError(
                f"hf-jobs: {name} is not installed as a package, so a job cannot install it: give its wheel "
                "(--hf-jobs-bootstrap wheels --hf-jobs-wheels <folder>) or an image that has it (--hf-jobs-bootstrap none)."
            ) from None
    return found

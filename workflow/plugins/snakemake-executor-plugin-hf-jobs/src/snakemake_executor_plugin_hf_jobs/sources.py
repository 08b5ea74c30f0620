"""Fingerprint of the workflow's sources, so that a job that ran older code is told apart."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from snakemake_executor_plugin_hf_jobs.files import write_text
from snakemake_executor_plugin_hf_jobs.labels import digest


def manifest(paths: Iterable[str], workdir: Path) -> dict[str, str]:
    """SHA-256 of each file by its path; a file that is not there has an empty one."""
    return {path: _sha256(workdir / path) for path in sorted(paths)}


def fingerprint(files: dict[str, str]) -> str:
    """One short hash for the whole manifest."""
    return digest(part for item in sorted(files.items()) for part in item)


def save(files: dict[str, str], folder: Path) -> str:
    """Write the manifest under its fingerprint and return that."""
    name = fingerprint(files)
    write_text(folder / f"sources-{name}.json", json.dumps(files, indent=0, sort_keys=True))
    return name


def unchanged(name: str, folder: Path, workdir: Path) -> bool:
    """Whether the files of the manifest saved under this fingerprint still have the content they had."""
    path = folder / f"sources-{name}.json"
    if not path.is_file():
        return False
    files: dict[str, str] = json.loads(path.read_text())
    return manifest(files, workdir) == files


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""

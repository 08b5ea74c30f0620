"""Files of the working directory that never travel: what Snakemake asks of a stored file, answered from the disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from snakemake_interface_common.exceptions import WorkflowError

from snakemake_storage_plugin_hfbucket.hub import MARKER


def require(path: Path) -> None:
    """WorkflowError where nothing is there."""
    if not path.exists():
        raise WorkflowError(f"There is no file or directory {path}")


def mtime(path: Path) -> float:
    """Seconds since 1970 as Snakemake sees them: a directory is as old as its mark, a link as its newer end."""
    require(path)
    marker = path / MARKER
    target = marker if marker.exists() else path
    return max(target.stat().st_mtime, target.lstat().st_mtime)


def size(path: Path) -> int:
    """Bytes of a file; 0 for a directory."""
    require(path)
    return 0 if path.is_dir() else path.stat().st_size


def footprint(path: Path) -> int:
    """Bytes of a file, or of all files in a directory."""
    require(path)
    if not path.is_dir():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def remove(path: Path) -> None:
    """Delete a file, link or directory; nothing happens if it is not there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def touch(path: Path) -> None:
    """Give it the present time."""
    require(path)
    if path.is_dir() and not path.is_symlink():
        (path / MARKER).touch()
    else:
        os.utime(path, follow_symlinks=False)

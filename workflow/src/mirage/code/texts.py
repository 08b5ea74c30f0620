"""Texts that a rule reads beside its inputs: templates, captions, lists of contents."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mirage.provenance import file_digest


def folder_digest(folder: str | Path) -> str:
    """Return a digest of every file below a folder, by name and content; what editors leave (hidden, ``~``) does not count."""
    root, digest = Path(folder), hashlib.sha256()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        if not path.name.startswith(".") and not path.name.endswith("~"):
            digest.update(f"{path.relative_to(root)}\n{file_digest(path)}\n".encode())
    return digest.hexdigest()[:16]

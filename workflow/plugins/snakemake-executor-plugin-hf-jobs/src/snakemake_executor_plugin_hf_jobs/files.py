"""Files that are whole at every moment."""

import os
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Replace the file in one step; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)

"""What the bootstrap installs beside the pinned packages: wheels and requirements files, under names of their own."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from snakemake_executor_plugin_hf_jobs.labels import digest


@dataclass(frozen=True)
class Payload:
    """Files by the name under which the jobs see them; ``digest`` is that of all names and contents."""

    wheels: dict[str, Path]
    requirements: dict[str, Path]
    digest: str

    @property
    def files(self) -> dict[str, Path]:
        """All files, those that are installed first first."""
        return {**self.requirements, **self.wheels}


def read(wheels: Sequence[Path], requirements: Sequence[Path]) -> Payload:
    """The files as they are now. Requirements files are numbered: two of them may have the same name."""
    numbered = {f"{number}-{path.name}": path for number, path in enumerate(requirements)}
    by_name = {wheel.name: wheel for wheel in wheels}
    parts = [part for name, path in {**numbered, **by_name}.items() for part in (name, _sha256(path))]
    return Payload(by_name, numbered, digest(parts) if parts else "")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

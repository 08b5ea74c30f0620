"""Where the project's own files are: in the checkout that the package runs from, else inside the installed package.

Standard library only, because every Snakemake process imports it.
"""

from __future__ import annotations

from pathlib import Path

from mirage.errors import StudyError

PACKAGE = Path(__file__).resolve().parent
# As setup.py names it.
INSIDE = "_workflow"


def project_root(package: Path = PACKAGE) -> Path:
    """Return the folder that holds the Snakefile, ``config.yaml``, ``scripts`` and ``workflow``.

    Parameters
    ----------
    package:
        Folder of the package ``mirage``.

    Raises
    ------
    StudyError
        When the package lies in no checkout and carries no workflow.
    """
    # An environment may lie in some checkout: only the package's place in it counts.
    in_checkout = package.parts[-3:-1] == ("workflow", "src")
    candidates = [*([package.parents[2]] if in_checkout else []), package / INSIDE]
    for folder in candidates:
        if (folder / "Snakefile").is_file():
            return folder
    looked = " or ".join(str(folder / "Snakefile") for folder in candidates)
    raise StudyError(f"{package}: the package has no workflow, there is no {looked}; install mirage again, from its root")


def top_packages(package: Path = PACKAGE) -> frozenset[str]:
    """Return the names of the packages that an installed mirage consists of, the package itself among them."""
    records = sorted(package.parent.glob(f"{package.name}-*.dist-info/top_level.txt"))
    return frozenset({package.name, *(name for path in records for name in path.read_text(encoding="utf-8").split())})

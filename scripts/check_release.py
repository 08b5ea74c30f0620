"""Say what stands in the way of publishing: places that wait for the repository's address, and versions that differ."""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from mirage.errors import StudyError
from mirage.listing import counted
from mirage.logs import run_main
from mirage.version import VERSION

ROOT = Path(__file__).parents[1]
PLACEHOLDER = "ADDRESS-OF-THIS-REPOSITORY"
OWNER = "OWNER"
PLUGINS = ("snakemake-executor-plugin-hf-jobs", "snakemake-storage-plugin-hfbucket")


def body(args: argparse.Namespace) -> None:
    found = [*_addresses(args.root), *_versions(args.root)]
    for line in found:
        print(line)
    if found:
        raise StudyError(f"not ready to publish: {counted(len(found), 'thing')} above to mend")
    print(f"mirage {VERSION} can be published")


def _addresses(root: Path) -> Iterator[str]:
    if PLACEHOLDER in (root / "README.md").read_text(encoding="utf-8"):
        yield f"README.md: found {PLACEHOLDER}; write the address that people clone"
    if not _cff(root).get("repository-code"):
        yield "CITATION.cff: no repository-code; write the repository's address"
    if not _project(root).get("urls", {}).get("Repository"):
        yield "pyproject.toml: no Repository under [project.urls]; write the repository's address"
    for plugin in PLUGINS:
        folder = Path("workflow/plugins") / plugin
        if any(OWNER in address.split("/") for address in _project(root / folder)["urls"].values()):
            yield f"{folder}/pyproject.toml: found {OWNER} under [project.urls]; write the account of the plugin's own repository"


def _versions(root: Path) -> Iterator[str]:
    """Tell where another version than the package's stands, and what of this one waits for a date."""
    if (found := str(_cff(root).get("version"))) != VERSION:
        yield f"CITATION.cff: found version {found}; write {VERSION}"
    yield from _newest(root, Path("CHANGELOG.md"), VERSION)
    for plugin in PLUGINS:
        folder = Path("workflow/plugins") / plugin
        yield from _newest(root, folder / "CHANGELOG.md", _project(root / folder)["version"])


def _newest(root: Path, path: Path, version: str) -> Iterator[str]:
    heading = re.search(r"^## (.*)$", (root / path).read_text(encoding="utf-8"), re.MULTILINE)
    found = heading[1] if heading else "no heading"
    if not re.fullmatch(rf"{re.escape(version)} \(\d{{4}}-\d{{2}}-\d{{2}}\)", found):
        yield f"{path}: found {found!r} at the top; write '## {version} (YYYY-MM-DD)', the day of the release"


def _cff(root: Path) -> dict[str, Any]:
    cff: dict[str, Any] = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    return cff


def _project(folder: Path) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="folder of the checkout")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())

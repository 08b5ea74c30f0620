"""Write docs/licences.md: every package of the locks with the licence that it declares, as `make licences` calls it.

pip looks the packages up where it installs from and downloads none of them. A package that has a version for each Python, or is for other
systems alone, stands there too.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mirage.files import write_text
from mirage.markdown import table_lines

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs/licences.md"
LOCKS = {
    "requirements.lock": "the study and its tests",
    "requirements-encoders.lock": "fine-tunes",
    "requirements-weights.lock": "weights of MiniLM",
    "requirements-slurm.lock": "clusters",
    "requirements-docs.lock": "this documentation",
    "requirements-browser.lock": "tests of the page in a browser",
}
READS_EXPRESSIONS = 25  # the first pip that does
NOT_DECLARED = "not declared"
LONGEST = 60  # characters of a licence; some packages declare its whole text

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)", re.MULTILINE)


def pins() -> dict[str, dict[str, str]]:
    """Return the first version of every package, by lock."""
    found = {lock: _PIN.findall((ROOT / lock).read_text(encoding="utf-8")) for lock in LOCKS}
    return {lock: dict(reversed(pairs)) for lock, pairs in found.items()}


def licence_of(metadata: Mapping[str, Any]) -> str:
    """Return what a package declares: an expression, else its classifiers, else the first words of a text."""
    if metadata.get("license_expression"):
        return str(metadata["license_expression"])
    classifiers = [text.split(" :: ")[-1] for text in metadata.get("classifier", ()) if text.startswith("License :: ")]
    classifiers = [text for text in classifiers if text != "OSI Approved"]
    text = " ".join(str(metadata.get("license") or "").split())
    return "; ".join(classifiers) or (text if len(text) <= LONGEST else f"{text[:LONGEST]}…") or NOT_DECLARED


def page(locks: Mapping[str, Mapping[str, str]], licences: Mapping[tuple[str, str], str]) -> str:
    """Return the page, given the licences by name and version."""
    declared = sorted({name for (name, _), licence in licences.items() if "GPL" in licence and "LGPL" not in licence})
    told = (
        f"Under the GPL or the AGPL, at least as one choice of several or in part: {', '.join(declared)}."
        if declared
        else "None declares the GPL or the AGPL."
    )
    lines = [
        "# Licences",
        "",
        "What `make` installs, with the licence that each package declares; `make licences` writes this page.",
    ]
    lines += ["The project itself is under Apache-2.0.", told]
    for lock, packages in locks.items():
        rows = [(name, version, licences[name, version]) for name, version in sorted(packages.items())]
        lines += [
            "",
            f"## {LOCKS[lock][0].upper()}{LOCKS[lock][1:]} (`{lock}`)",
            "",
            *table_lines(("package", "version", "licence"), rows),
        ]
    return "\n".join(lines) + "\n"


def look_up(pinned: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Ask pip for the licences of packages, of which no two have one name."""
    if int(version("pip").split(".")[0]) < READS_EXPRESSIONS:
        sys.exit(f"error: pip {version('pip')} reads no licence expressions; run {sys.executable} -m pip install --upgrade pip")
    with tempfile.TemporaryDirectory() as folder:
        wanted, report = Path(folder, "wanted.txt"), Path(folder, "report.json")
        wanted.write_text("\n".join(f"{name}=={version}" for name, version in pinned))
        called = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps", "--ignore-installed"]
        subprocess.run([*called, "--ignore-requires-python", "--report", report, "-r", wanted], check=True)
        installed = json.loads(report.read_text(encoding="utf-8"))["install"]
    found = {_normal(entry["metadata"]["name"]): licence_of(entry["metadata"]) for entry in installed}
    return {(name, version): found[_normal(name)] for name, version in pinned}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    locks, licences = pins(), dict[tuple[str, str], str]()
    for packages in locks.values():
        licences |= look_up([pinned for pinned in packages.items() if pinned not in licences])
    write_text(TARGET, page(locks, licences))


if __name__ == "__main__":
    main()

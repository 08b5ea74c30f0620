"""Which files of the bucket have their local path in the working directory, and which of those stay there only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_storage_plugins.io import WILDCARD_REGEX

from snakemake_storage_plugin_hfbucket.address import Address, parse
from snakemake_storage_plugin_hfbucket.errors import BucketError

# What Snakemake itself sends to the jobs, below the prefix.
SOURCES = "snakemake-workflow-sources.*.tar.xz"


@dataclass(frozen=True)
class Workdir:
    """The place in the bucket that stands for the working directory; `root` is None where there is no such place.

    With patterns in `shared`, a file below it that matches none is local only: it is never in the bucket.
    """

    root: Address | None = None
    shared: tuple[str, ...] = ()

    def relative(self, address: Address) -> str | None:
        """The path in the working directory, possibly with wildcards; None for what lies elsewhere."""
        if self.root is None or address.bucket != self.root.bucket or not address.path.startswith(f"{self.root.path}/"):
            return None
        return address.path.removeprefix(f"{self.root.path}/")

    def keeps(self, address: Address) -> bool:
        """Whether the file is local only; of a path with wildcards, whether all files that it stands for are.

        A wildcard is taken to stand for a part of a name, without slashes.
        """
        path = self.relative(address)
        if not self.shared or path is None:
            return False
        return not any(_may_match(path, pattern) for pattern in (*self.shared, SOURCES))

    def local_path(self, address: Address, default: bool) -> Path | None:
        """Where a file has its local path, if it lies below the place; None for what lies elsewhere.

        In the default storage, Snakemake takes a file for an ordinary one, not for a stored one, where the local path is the
        path in the Snakefile: this is so for what is local only. What travels has an absolute path, which is the same place.
        """
        path = self.relative(address)
        if path is None:
            return None
        return Path.cwd() / path if default and not self.keeps(address) else Path(path)


def read(workdir: Any, shared: Any) -> Workdir:
    """The settings of these names; text, or a list of texts. WorkflowError with one line for what is wrong."""
    places, patterns = _parts(workdir), _parts(shared)
    if not places:
        if patterns:
            raise WorkflowError(
                "--storage-hfbucket-shared needs --storage-hfbucket-workdir: the address that stands for the working "
                "directory, normally that of --default-storage-prefix"
            )
        return Workdir()
    if len(places) > 1:
        raise WorkflowError(f"--storage-hfbucket-workdir has {len(places)} addresses ({' '.join(places)}); give one")
    try:
        root = parse(places[0])
    except ValueError as error:
        raise BucketError(f"--storage-hfbucket-workdir is {places[0]!r}: {error}") from None
    if WILDCARD_REGEX.search(root.path):
        raise WorkflowError(f"--storage-hfbucket-workdir is {places[0]!r}: write it without wildcards")
    for pattern in patterns:
        if pattern.startswith(("/", "hf:", "./", "../")):
            raise WorkflowError(
                f"--storage-hfbucket-shared has {pattern!r}: write it relative to the working directory, such as results/*"
            )
    return Workdir(root, patterns)


def _parts(setting: Any) -> tuple[str, ...]:
    texts = setting if isinstance(setting, list | tuple) else [setting or ""]
    return tuple(part for text in texts for part in re.split(r"[\s,]+", str(text)) if part)


@cache
def _may_match(path: str, pattern: str) -> bool:
    """Whether the path, or one that its wildcards can stand for, matches the pattern, in which * also matches slashes."""
    if not WILDCARD_REGEX.search(path):
        return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), path, re.DOTALL) is not None
    # Each wildcard is one character or more: "" in the list is one of any but a slash, None any number of those.
    names: list[str | None] = []
    for number, part in enumerate(re.split("\0", WILDCARD_REGEX.sub("\0", path))):
        names += ["", None] if number else []
        names += part

    @cache
    def rest(i: int, j: int) -> bool:
        if j == len(pattern):
            return all(name is None for name in names[i:])
        if pattern[j] == "*" and rest(i, j + 1):
            return True
        if i == len(names):
            return False
        if names[i] is None and rest(i + 1, j):
            return True
        if pattern[j] == "*":
            return rest(i + 1, j)
        fits = pattern[j] == names[i] or (not names[i] and pattern[j] != "/")
        return fits and rest(i if names[i] is None else i + 1, j + 1)

    return rest(0, 0)

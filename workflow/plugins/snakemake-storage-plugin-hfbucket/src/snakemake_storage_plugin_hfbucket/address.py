"""Queries: hf://buckets/NAMESPACE/BUCKET/PATH, the path possibly with wildcards."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from snakemake_interface_storage_plugins.io import WILDCARD_REGEX, get_constant_prefix

SCHEME = "hf://buckets/"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
VARIABLE = re.compile(r"\$\{?(\w+)")  # of the environment, in a profile


@dataclass(frozen=True)
class Address:
    """A place in a bucket: `bucket` is "namespace/name", `path` has no slash at either end."""

    bucket: str
    path: str

    @property
    def query(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.path}"

    @property
    def folder(self) -> str:
        """The deepest folder that surely holds it, whatever its wildcards are; "" is the bucket itself."""
        return os.path.dirname(str(get_constant_prefix(self.path)))


def parse(query: str) -> Address:
    """The address in a query. ValueError with one line that says what is wrong and what to write instead."""
    expected = f"write {SCHEME}NAMESPACE/BUCKET/PATH"
    if unset := VARIABLE.match(query):
        raise ValueError(f"this variable is not set; write export {unset[1]}={SCHEME}NAMESPACE/BUCKET/PATH")
    if not query.startswith(SCHEME):
        raise ValueError(f"it does not start with {SCHEME}; {expected}")
    namespace, _, rest = query.removeprefix(SCHEME).partition("/")
    name, _, path = rest.partition("/")
    path = path.rstrip("/")
    for what, value in (("namespace", namespace), ("bucket", name)):
        if not NAME.fullmatch(value):
            raise ValueError(f"{value!r} is no name of a {what} (letters, digits, '.', '_', '-', no wildcards); {expected}")
    if not path:
        raise ValueError(f"there is no path behind the bucket; {expected}")
    wrong = {"", ".", ".."} & set(WILDCARD_REGEX.sub("wildcard", path).split("/"))
    if wrong:
        raise ValueError(f"the path {path!r} has a part {wrong.pop()!r}; write it without empty, '.' and '..' parts")
    return Address(f"{namespace}/{name}", path)


def common_folder(folders: Iterable[str]) -> str:
    """The deepest folder that holds all of them; "" is the bucket itself."""
    parts = [folder.split("/") if folder else [] for folder in folders]
    levels = zip(*parts, strict=False)
    return "/".join(level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels))

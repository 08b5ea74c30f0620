"""One file or directory of a workflow in a bucket."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_storage_plugins.io import IOCacheStorageInterface, Mtime
from snakemake_interface_storage_plugins.storage_object import (
    StorageObjectGlob,
    StorageObjectRead,
    StorageObjectTouch,
    StorageObjectWrite,
)

from snakemake_storage_plugin_hfbucket.address import Address, parse
from snakemake_storage_plugin_hfbucket.hub import MARKER, Item, Source, item_of

LARGEST_INVENTORY = 20_000  # files; 20 requests
JOB_VARIABLES = {"JOB_ID", "ACCELERATOR"}  # set inside of a job of the Hub, whose driver has already warned


class StorageObject(StorageObjectRead, StorageObjectWrite, StorageObjectGlob, StorageObjectTouch):
    """A file or directory at hf://buckets/NAMESPACE/BUCKET/PATH.

    A directory is every file below PATH/. It is fetched as a whole and stored as a whole; what it held before and no
    longer holds is deleted. Empty folders inside it are not kept.
    """

    def __post_init__(self) -> None:
        self._address: Address | None = None
        if self.provider.is_valid_query(self.query):  # an invalid one is refused by Snakemake only after this
            self._address = parse(self.query)
            self.provider.note(self._address)

    @property
    def address(self) -> Address:
        if self._address is None:
            raise WorkflowError(str(self.provider.is_valid_query(self.query)))
        return self._address

    @property
    def bucket(self) -> str:
        return self.address.bucket

    @property
    def path(self) -> str:
        return self.address.path

    def local_suffix(self) -> str:
        return f"{self.bucket}/{self.path}"

    def cleanup(self) -> None:
        """Nothing is left behind locally."""

    # --- what is there

    def get_inventory_parent(self) -> str | None:
        """Key of the folder that is listed in one go."""
        folder = self.provider.folder(self.bucket)
        return str(self.cache_key(f"{self.bucket}/{folder}" if folder else self.bucket))

    async def inventory(self, cache: IOCacheStorageInterface) -> None:
        """List the folder that holds all files of the workflow, once, instead of asking for each."""
        parent = self.get_inventory_parent()
        inventoried: set[str | None] = cache.exists_in_storage.has_inventory
        if parent in inventoried or self.cache_key() in cache.exists_in_storage:
            return
        if not os.environ.keys() >= JOB_VARIABLES:
            self.provider.hub.warn_if_public(self.bucket)
        items: dict[str, Item | None] = {}
        if parent not in self.provider.too_large:
            folder = self.provider.folder(self.bucket)
            files = self.provider.hub.tree(self.bucket, f"{folder}/" if folder else "", LARGEST_INVENTORY + 1)
            if len(files) > LARGEST_INVENTORY:
                self.provider.too_large.add(parent)
            else:
                inventoried.add(parent)
            items = {**_folders({file.path: item_of(file) for file in files})}
        if parent not in inventoried:
            items[self.path] = self.provider.hub.find(self.bucket, self.path)
        for path, item in items.items():
            key = self.cache_key(f"{self.bucket}/{path}")
            cache.exists_in_storage[key] = item is not None
            if item is not None:
                cache.mtime[key] = Mtime(storage=item.mtime)
                cache.size[key] = item.size

    def _item(self) -> Item:
        item: Item | None = self.provider.hub.find(self.bucket, self.path)
        if item is None:
            raise WorkflowError(f"There is no file or directory {self.query}")
        return item

    def exists(self) -> bool:
        return self.provider.hub.find(self.bucket, self.path) is not None

    def mtime(self) -> float:
        return self._item().mtime

    def size(self) -> int:
        return self._item().size

    def local_footprint(self) -> int:
        item = self._item()
        if item.file is not None:
            return item.size
        return sum(file.size for file in self.provider.hub.tree(self.bucket, f"{self.path}/"))

    def list_candidate_matches(self) -> Iterable[str]:
        """Queries of all files and directories that may match the wildcards of this one."""
        folder = self.address.folder
        files = self.provider.hub.tree(self.bucket, f"{folder}/" if folder else "")
        return [Address(self.bucket, path).query for path in _folders({file.path: item_of(file) for file in files})]

    # --- transfers

    def retrieve_object(self) -> None:
        """Fetch to the local path; until all is there, under a temporary name beside it."""
        item, local = self._item(), self.local_path()
        local.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".hfbucket-", dir=local.parent) as folder:
            part = Path(folder) / "part"
            if item.file is not None:
                self.provider.hub.download(self.bucket, [(item.file, part)])
            else:
                self._retrieve_directory(part)
            if local.is_dir() and not local.is_symlink():
                shutil.rmtree(local)
            os.replace(part, local)

    def _retrieve_directory(self, part: Path) -> None:
        start = f"{self.path}/"
        targets = [(file, part / file.path.removeprefix(start)) for file in self.provider.hub.tree(self.bucket, start)]
        for _, target in targets:
            target.parent.mkdir(parents=True, exist_ok=True)
        self.provider.hub.download(self.bucket, targets)

    def store_object(self) -> None:
        """Store what lies at the local path."""
        local = self.local_path()
        if not local.exists():
            raise WorkflowError(f"There is nothing to store at {local} for {self.query}")
        hub = self.provider.hub
        if not local.is_dir():
            hub.upload(self.bucket, [(local, self.path)])
            return
        sources = {f"{self.path}/{name}": source for name, source in _files_in(local)}
        hub.upload(self.bucket, [(source, path) for path, source in sources.items()])
        hub.forget(self.bucket, self.path)
        stored = [file.path for file in hub.tree(self.bucket, f"{self.path}/")]
        hub.delete(self.bucket, [path for path in stored if path not in sources])

    def remove(self) -> None:
        """Delete from the bucket; nothing happens if it is not there."""
        hub = self.provider.hub
        item = hub.find(self.bucket, self.path)
        if item is None:
            return
        if item.file is not None:
            hub.delete(self.bucket, [self.path])
        else:
            hub.delete(self.bucket, [file.path for file in hub.tree(self.bucket, f"{self.path}/")])
        hub.forget(self.bucket, self.path)

    def touch(self) -> None:
        """Give it the present time of the server."""
        item, hub = self._item(), self.provider.hub
        if item.file is not None:
            hub.touch(self.bucket, item.file)
            return
        marker = f"{self.path}/{MARKER}"
        hub.upload(self.bucket, [(b"", marker)])
        hub.forget(self.bucket, self.path)


def _files_in(folder: Path) -> Iterator[tuple[str, Source]]:
    """Files below a folder with their names in it, links followed; last the mark, which says that all is there."""
    found = []
    for place, _, names in os.walk(folder, followlinks=True):
        found += [(Path(place, name).relative_to(folder).as_posix(), Path(place, name)) for name in names]
    yield from sorted((name, file) for name, file in found if name != MARKER)
    yield MARKER, (folder / MARKER if (folder / MARKER).exists() else b"")


def _folders(files: dict[str, Item]) -> dict[str, Item]:
    """The files and every folder above them; a folder is as old as its mark, or as its newest file."""
    items = dict(files)
    marked: set[str] = set()
    for path, item in files.items():
        parent, name = os.path.split(path)
        if name == MARKER:
            marked.add(parent)
            items[parent] = Item(0, item.mtime)
        while parent:
            if parent not in marked and parent not in files:
                known = items.get(parent)
                items[parent] = Item(0, max(item.mtime, known.mtime if known else 0.0))
            parent = os.path.dirname(parent)
    return items

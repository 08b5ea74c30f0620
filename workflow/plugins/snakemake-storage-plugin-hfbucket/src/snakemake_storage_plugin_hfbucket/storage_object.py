"""One file or directory of a workflow in a bucket."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
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

from snakemake_storage_plugin_hfbucket import local
from snakemake_storage_plugin_hfbucket.address import Address, parse
from snakemake_storage_plugin_hfbucket.hub import MARKER, Item, Source, item_of, with_folders

LARGEST_INVENTORY = 20_000  # files; 20 requests


class StorageObject(StorageObjectRead, StorageObjectWrite, StorageObjectGlob, StorageObjectTouch):
    """A file or directory at hf://buckets/NAMESPACE/BUCKET/PATH.

    A directory is every file below PATH/. It is fetched as a whole and stored as a whole; what it held before and no
    longer holds is deleted. Empty folders inside it are not kept.
    """

    def __post_init__(self) -> None:
        self._parsed: tuple[str, Address] | None = None
        if not self.provider.is_valid_query(self.query):  # refused by Snakemake, but only after this
            return
        if not self.local_only:
            self.provider.note(self.address)
            return
        # For Snakemake: nothing to fetch or store, and what lies in the working directory is no copy that may be deleted.
        self.retrieve = False
        self.keep_local = True
        self.print_query = str(self.local_path())

    @property
    def address(self) -> Address:
        # Snakemake puts another query (with constraints of the wildcards) into copies of an object.
        if self._parsed is None or self._parsed[0] != self.query:
            valid = self.provider.is_valid_query(self.query)
            if not valid:
                raise WorkflowError(str(valid))
            self._parsed = (self.query, parse(self.query))
        return self._parsed[1]

    @property
    def local_only(self) -> bool:
        """Whether it is a file of the working directory that never travels through the bucket."""
        return self._overwrite_local_path is None and bool(self.provider.workdir.keeps(self.address))

    @property
    def bucket(self) -> str:
        return self.address.bucket

    @property
    def path(self) -> str:
        return self.address.path

    def local_suffix(self) -> str:
        return f"{self.bucket}/{self.path}"

    def local_path(self) -> Path:
        """In the working directory for what lies below the place that stands for it, else below the local prefix."""
        if self._overwrite_local_path is not None:
            return Path(self._overwrite_local_path)
        return self._place(self.address)

    def _place(self, address: Address) -> Path:
        place: Path | None = self.provider.workdir.local_path(address, self.provider.is_default)
        return place or Path(self.provider.local_prefix, address.bucket, address.path)

    def cleanup(self) -> None:
        """Nothing is left behind locally."""

    # --- what is there

    def get_inventory_parent(self) -> str | None:
        """Key of the folder that is listed in one go; None for what that list says nothing about."""
        if self.local_only:
            return None
        folder = self.provider.folder(self.bucket)
        return str(self.cache_key(f"{self.bucket}/{folder}" if folder else self.bucket))

    async def inventory(self, cache: IOCacheStorageInterface) -> None:
        """List the folder that holds all files of the workflow, once, instead of asking for each."""
        parent = self.get_inventory_parent()
        if parent is None:
            return
        inventoried: set[str | None] = cache.exists_in_storage.has_inventory
        if parent in inventoried or str(self.local_path()) in cache.exists_in_storage:
            return
        items: dict[str, Item | None] = {}
        if parent not in self.provider.too_large:
            folder = self.provider.folder(self.bucket)
            files = self.provider.hub.tree(self.bucket, f"{folder}/" if folder else "", LARGEST_INVENTORY + 1)
            if len(files) > LARGEST_INVENTORY:
                self.provider.too_large.add(parent)
            else:
                inventoried.add(parent)
            items = {**with_folders({file.path: item_of(file) for file in files})}
        if parent not in inventoried:
            items[self.path] = self.provider.hub.find(self.bucket, self.path)
        for path, item in items.items():
            address = Address(self.bucket, path)
            if self.provider.workdir.keeps(address):  # stored before it became local only
                continue
            key = str(self._place(address))  # by which Snakemake looks it up
            cache.exists_in_storage[key] = item is not None
            if item is not None:
                cache.mtime[key] = Mtime(storage=item.mtime)
                cache.size[key] = item.size

    def _find(self) -> Item | None:
        hub = self.provider.hub
        found: Item | None
        if not self.provider.workdir.shared:
            found = hub.find(self.bucket, self.path)
        else:
            # Snakemake asks for an inventory of what the targets read only; the few files that travel are seldom among that.
            found = hub.find_among(self.bucket, self.path, self.provider.folder(self.bucket), LARGEST_INVENTORY)
        return found

    def _item(self) -> Item:
        item = self._find()
        if item is None:
            raise WorkflowError(f"There is no file or directory {self.query}")
        return item

    def exists(self) -> bool:
        if self.local_only:
            return self.local_path().exists()
        return self._find() is not None

    def mtime(self) -> float:
        return local.mtime(self.local_path()) if self.local_only else self._item().mtime

    def size(self) -> int:
        return local.size(self.local_path()) if self.local_only else self._item().size

    def local_footprint(self) -> int:
        if self.local_only:
            return local.footprint(self.local_path())
        item = self._item()
        if item.file is not None:
            return item.size
        return sum(file.size for file in self.provider.hub.tree(self.bucket, f"{self.path}/"))

    def list_candidate_matches(self) -> Iterable[str]:
        """Queries of all files and directories that may match the wildcards of this one."""
        folder = self.address.folder
        files = self.provider.hub.tree(self.bucket, f"{folder}/" if folder else "")
        return [Address(self.bucket, path).query for path in with_folders({file.path: item_of(file) for file in files})]

    # --- transfers

    def retrieve_object(self) -> None:
        """Fetch to the local path; until all is there, under a temporary name beside it."""
        if self.local_only:
            local.require(self.local_path())
            return
        item, place = self._item(), self.local_path()
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".hfbucket-", dir=place.parent) as folder:
            part = Path(folder) / "part"
            if item.file is not None:
                self.provider.hub.download(self.bucket, [(item.file, part)])
            else:
                self._retrieve_directory(part)
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            os.replace(part, place)

    def _retrieve_directory(self, part: Path) -> None:
        start = f"{self.path}/"
        targets = [(file, part / file.path.removeprefix(start)) for file in self.provider.hub.tree(self.bucket, start)]
        for _, target in targets:
            target.parent.mkdir(parents=True, exist_ok=True)
        self.provider.hub.download(self.bucket, targets)

    def store_object(self) -> None:
        """Store what lies at the local path."""
        place = self.local_path()
        if not place.exists():
            raise WorkflowError(f"There is nothing to store at {place} for {self.query}")
        if self.local_only:
            return
        if place.is_dir():
            self._store_directory(place)
            return
        before = time.time()
        self.provider.hub.upload(self.bucket, [(place, self.path)])
        if self.provider.workdir.shared:
            self.provider.compare_clocks(before, self._item().mtime, time.time())

    def _store_directory(self, place: Path) -> None:
        hub = self.provider.hub
        sources = {f"{self.path}/{name}": source for name, source in _files_in(place)}
        hub.upload(self.bucket, [(source, path) for path, source in sources.items()])
        hub.forget(self.bucket, self.path)
        stored = [file.path for file in hub.tree(self.bucket, f"{self.path}/")]
        hub.delete(self.bucket, [path for path in stored if path not in sources])

    def remove(self) -> None:
        """Delete from the bucket; nothing happens if it is not there. Local copies stay: Snakemake sees to them."""
        if self.local_only:
            local.remove(self.local_path())
            return
        hub = self.provider.hub
        item = self._find()
        if item is None:
            return
        if item.file is not None:
            hub.delete(self.bucket, [self.path])
        else:
            hub.delete(self.bucket, [file.path for file in hub.tree(self.bucket, f"{self.path}/")])
        hub.forget(self.bucket, self.path)

    def touch(self) -> None:
        """Give it the present time of the server."""
        if self.local_only:
            local.touch(self.local_path())
            return
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

"""Files in buckets, over huggingface_hub: looked up, listed, stored and fetched so that each is whole or not there."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from logging import Logger
from pathlib import Path
from typing import TypeVar

from huggingface_hub import BucketFile, HfApi
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_storage_plugin_hfbucket.errors import (
    BATCH_ERROR,
    ODD_ANSWER,
    BucketError,
    IncompleteTransferError,
    explain,
    is_missing_bucket,
    is_transient,
    retry_after,
)
from snakemake_storage_plugin_hfbucket.limits import Guard, little_memory

MARKER = ".snakemake_timestamp"  # Snakemake's own mark in a directory; a bucket has no directories without files
TRIES = 5
LONGEST_WAIT = 30.0
# Directories that this plugin stores have a mark, and are seen by it at once. One without is somebody's upload by hand.
UNMARKED_TTL = 300.0
# A list younger than this says what is missing; one that waits for a file looks every second.
LIST_TTL = 1.0

T = TypeVar("T")
Source = Path | bytes


@dataclass(frozen=True)
class Item:
    """A file, or a directory (`file` is None): size in bytes (0 for a directory), mtime in seconds since 1970."""

    size: int
    mtime: float
    file: BucketFile | None = None


def item_of(file: BucketFile) -> Item:
    """The file as Snakemake sees it. WorkflowError where the Hub does not say its size or time."""
    if not isinstance(file.size, int):
        raise BucketError(f"the Hub does not say how large {file.path} is, but {file.size!r}: what arrives cannot be checked")
    return Item(file.size, uploaded(file), file)


def with_folders(files: dict[str, Item]) -> dict[str, Item]:
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


def uploaded(file: BucketFile) -> float:
    """When a file came into the bucket. Server time: the clocks of the jobs do not matter.

    WorkflowError where the Hub does not say: with a guess, finished rules would run, and be paid, again.
    """
    moment = file.uploaded_at or file.mtime
    if moment is None:
        raise BucketError(f"the Hub does not say when {file.path} was stored: what is newer cannot be told")
    return float(moment.timestamp())


class Hub:
    """The buckets that one token can see. Raises WorkflowError with one line.

    What is known of an existing file is kept for `ttl` seconds; that a file is missing is never kept. Calls that failed
    for a passing reason are made again, `TRIES` times in all. A missing bucket is empty, and made when a file is stored,
    if `create` is true; else it is an error.
    """

    def __init__(
        self,
        api: HfApi,
        guard: Guard,
        logger: Logger,
        *,
        create: bool,
        ttl: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._guard = guard
        self._logger = logger
        self._create = create
        self._ttl = ttl
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[Item, float]] = {}
        self._listed: dict[tuple[str, str], float] = {}
        self._items: dict[tuple[str, str], tuple[dict[str, Item], float]] = {}
        self._checked: set[str] = set()

    # --- what is there

    def find(self, bucket: str, path: str) -> Item | None:
        """The file or directory at a path, or None."""
        with self._lock:
            item, moment = self._known.get((bucket, path), (None, 0.0))
        if item is not None and self._clock() - moment < self._ttl:
            return item
        item = self._ask(bucket, path)
        if item is not None:
            self._remember(bucket, {path: item})
        return item

    def find_among(self, bucket: str, path: str, folder: str, limit: int) -> Item | None:
        """As `find`, but with a list of the whole folder, for workflows that ask about one of its files after the other.

        A folder with more than `limit` files is not listed.
        """
        prefix = f"{folder}/" if folder else ""
        with self._lock:
            known, moment = self._known.get((bucket, path), (None, 0.0))
            items, listed = self._items.get((bucket, prefix), (None, 0.0))
        if known is not None and self._clock() - moment < self._ttl:
            return known
        if items is None or self._clock() - listed >= LIST_TTL:
            files = self.tree(bucket, prefix, limit + 1)
            if len(files) > limit:
                return self.find(bucket, path)
            items = with_folders({file.path: item_of(file) for file in files})
            with self._lock:
                self._items[bucket, prefix] = (items, self._clock())
        return items.get(path)

    def _ask(self, bucket: str, path: str) -> Item | None:
        marker = f"{path}/{MARKER}"
        files = self._paths_info(bucket, [path, marker])
        if path in files:
            return item_of(files[path])
        if marker in files:
            return Item(0, uploaded(files[marker]))
        if self._was_listed(bucket, path):
            return None
        inside = self.tree(bucket, f"{path}/")
        return Item(0, max(map(uploaded, inside))) if inside else None

    def tree(self, bucket: str, prefix: str, limit: int | None = None) -> list[BucketFile]:
        """Files whose path starts with `prefix` (end it in "/" for a folder), at most `limit` of them."""

        def ask() -> list[BucketFile]:
            entries = self._api.list_bucket_tree(bucket, prefix=prefix or None, recursive=True)
            files = (entry for entry in entries if isinstance(entry, BucketFile) and entry.path.startswith(prefix))
            return list(islice(files, limit))

        nothing: list[BucketFile] = []
        files = self._call("list", bucket, ask, default=nothing)
        self._remember(bucket, {file.path: item_of(file) for file in files})
        if limit is None or len(files) < limit:
            with self._lock:
                now = self._clock()
                self._listed = {key: moment for key, moment in self._listed.items() if now - moment < UNMARKED_TTL}
                self._listed[bucket, prefix] = now
        return files

    def _was_listed(self, bucket: str, path: str) -> bool:
        """Whether a directory without a mark would have been seen in a list lately."""
        oldest = self._clock() - UNMARKED_TTL
        with self._lock:
            return any(
                place == bucket and f"{path}/".startswith(prefix) and moment > oldest
                for (place, prefix), moment in self._listed.items()
            )

    def _paths_info(self, bucket: str, paths: Iterable[str]) -> dict[str, BucketFile]:
        wanted, nothing = [*paths], dict[str, BucketFile]()

        def ask() -> dict[str, BucketFile]:
            return {file.path: file for file in self._api.get_bucket_paths_info(bucket, wanted)}

        return self._call("read", bucket, ask, default=nothing)

    # --- transfers

    def upload(self, bucket: str, sources: Sequence[tuple[Source, str]]) -> None:
        """Store files, and check that each came in whole."""
        self._forget(bucket, [path for _, path in sources])

        def send() -> None:
            self._guard.tokens.take()  # hf_xet asks for its own token, beside the session
            with little_memory():
                self._api.batch_bucket_files(bucket, add=[(_as_given(source), path) for source, path in sources])
            stored = self._paths_info(bucket, [path for _, path in sources])
            wrong = _not_whole(sources, stored)
            if wrong:
                raise IncompleteTransferError(f"{len(wrong)} of {len(sources)} files did not arrive whole, such as {wrong[0]}")
            self._remember(bucket, {path: item_of(stored[path]) for _, path in sources})

        self._call("write to", bucket, send)

    def download(self, bucket: str, targets: Sequence[tuple[BucketFile, Path]]) -> None:
        """Fetch files to local paths whose folders exist, and check their sizes."""

        def fetch() -> None:
            self._guard.tokens.take()
            with little_memory():
                self._api.download_bucket_files(bucket, [(file, str(path)) for file, path in targets])
            for file, path in targets:
                size = path.stat().st_size if path.exists() else -1
                if size != file.size:
                    path.unlink(missing_ok=True)
                    raise IncompleteTransferError(f"{file.path} has {max(size, 0)} bytes here and {file.size} in the bucket")

        self._call("read", bucket, fetch)

    def delete(self, bucket: str, paths: Sequence[str]) -> None:
        self._forget(bucket, paths)
        if paths:
            self._call("write to", bucket, lambda: self._api.batch_bucket_files(bucket, delete=list(paths)), default=None)

    def touch(self, bucket: str, file: BucketFile) -> None:
        """Give a file the present time, by a copy onto itself."""
        self._forget(bucket, [file.path])
        copy = ("bucket", bucket, file.xet_hash, file.path)
        self._call("write to", bucket, lambda: self._api.batch_bucket_files(bucket, copy=[copy]))

    def check(self, bucket: str) -> None:
        """Log a warning if everyone can read the bucket; WorkflowError if the token cannot. Asks once per bucket."""
        if bucket in self._checked:
            return

        def is_private() -> object:
            try:
                return self._api.bucket_info(bucket).private
            except ODD_ANSWER:  # nothing else of it is needed
                return "unknown"

        private = self._call("read", bucket, is_private, default=None)
        self._checked.add(bucket)
        if private == "unknown":
            self._logger.warning(f"The Hub does not say whether bucket {bucket} is private.")
        if private is False:
            self._logger.warning(
                f"Bucket {bucket} is public: everyone can read what this workflow stores. "
                f"To change that: hf buckets settings {bucket} --private"
            )

    # --- inside

    def forget(self, bucket: str, path: str) -> None:
        """Ask anew for a path and all below it."""
        with self._lock:
            self._items.clear()
            for key in [k for k in self._known if k[0] == bucket and (k[1] == path or k[1].startswith(f"{path}/"))]:
                del self._known[key]

    def _forget(self, bucket: str, paths: Iterable[str]) -> None:
        for path in paths:
            self.forget(bucket, path)

    def _remember(self, bucket: str, items: dict[str, Item]) -> None:
        now = self._clock()
        with self._lock:
            self._known.update({(bucket, path): (item, now) for path, item in items.items()})

    def _call(self, doing: str, bucket: str, function: Callable[[], T], **empty: T) -> T:
        """The result of `function`, tried again after passing errors. `default=` is the result for a missing bucket."""
        wait, tries = 1.0, 0
        while True:
            self._guard.install()
            tries += 1
            try:
                return function()
            except WorkflowError:
                raise
            except Exception as error:
                if is_missing_bucket(error) and self._create:
                    if "default" in empty:
                        return empty["default"]
                    if tries == 1:
                        self._make(bucket)
                        continue
                if tries >= TRIES or not is_transient(error):
                    raise BucketError(explain(error, doing, bucket)) from None
                seconds = retry_after(error) or wait
                if self._guard.answered:  # else it is soon said in the one line above that there is no network
                    self._logger.warning(f"{explain(error, doing, bucket)}. Trying again in {seconds:g} s.")
            time.sleep(seconds)
            wait = min(2 * wait, LONGEST_WAIT)

    def _make(self, bucket: str) -> None:
        def create() -> None:
            # What is odd is only where the bucket is said to be.
            with suppress(*ODD_ANSWER):
                self._api.create_bucket(bucket, private=True, exist_ok=True)

        self._call("create", bucket, create)
        self._logger.info(f"Created the private bucket {bucket}.")


def _as_given(source: Source) -> str | bytes:
    return source if isinstance(source, bytes) else str(source)


def _not_whole(sources: Sequence[tuple[Source, str]], stored: dict[str, BucketFile]) -> list[str]:
    """Paths at which the bucket has not what was sent.

    From version 2 on, huggingface_hub raises an error for parts of a batch that were refused, and the size is enough.
    Before, an old file of the same size may still be there unnoticed: so the hash is compared, too.
    """
    files = [source for source, _ in sources if isinstance(source, Path)]
    hashes = _xet_hashes(files) if BATCH_ERROR is None else {}
    wrong = []
    for source, path in sources:
        size = len(source) if isinstance(source, bytes) else os.path.getsize(source)
        entry = stored.get(path)
        if entry is None or entry.size != size or entry.xet_hash != hashes.get(source, entry.xet_hash):
            wrong.append(path)
    return wrong


def _xet_hashes(paths: list[Path]) -> dict[Source, str]:
    """The hashes under which hf_xet stores files; none if this version cannot compute them."""
    import hf_xet

    if not paths or not hasattr(hf_xet, "hash_files"):
        return {}
    return {path: str(info.hash) for path, info in zip(paths, hf_xet.hash_files([str(path) for path in paths]), strict=True)}

"""Buckets: names for files in the store, with the routes of the Hub's bucket API."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from fakehub.cas import Cas
from fakehub.messages import Answer, HubError, Request, iso, now

PATHS_PER_REQUEST = 1000
TOKEN_SECONDS = 3600


@dataclass(frozen=True)
class Entry:
    """A file of a bucket; `mtime` is what the client says, `uploaded_at` the server's clock."""

    path: str
    xet_hash: str
    size: int
    mtime: datetime
    uploaded_at: datetime

    def listed(self) -> dict[str, Any]:
        return {
            "type": "file",
            "path": self.path,
            "size": self.size,
            "xetHash": self.xet_hash,
            "mtime": iso(self.mtime),
            "uploadedAt": iso(self.uploaded_at),
        }


@dataclass
class Bucket:
    id: str
    private: bool
    created_at: datetime
    files: dict[str, Entry] = field(default_factory=dict)


class Buckets:
    """All buckets of the fake Hub, by "namespace/name". Thread-safe.

    Tests may look in and change things directly: `create`, `put`, `read`, `paths`, `set_private`.
    """

    def __init__(self, cas: Cas) -> None:
        self._cas = cas
        self._lock = threading.RLock()
        self._buckets: dict[str, Bucket] = {}
        self.page_size = 1000
        self.endpoint = ""  # set once the server knows its address

    # --- for tests

    def create(self, bucket: str, private: bool = True) -> None:
        """Make an empty bucket; nothing happens if it is there."""
        with self._lock:
            self._buckets.setdefault(bucket, Bucket(bucket, private, now()))

    def put(self, bucket: str, path: str, content: bytes) -> None:
        """Keep a file without a client. KeyError without that bucket."""
        digest = self._cas.write(content)
        with self._lock:
            self._buckets[bucket].files[path] = Entry(path, digest, len(content), now(), now())

    def read(self, bucket: str, path: str) -> bytes:
        """Content of a file. KeyError if it is missing."""
        with self._lock:
            digest = self._buckets[bucket].files[path].xet_hash
        return self._cas.read(digest)

    def paths(self, bucket: str, prefix: str = "") -> list[str]:
        """Paths that start with `prefix`, sorted; none if the bucket does not exist."""
        with self._lock:
            if bucket not in self._buckets:
                return []
            return sorted(path for path in self._buckets[bucket].files if path.startswith(prefix))

    def set_private(self, bucket: str, private: bool) -> None:
        with self._lock:
            self._buckets[bucket].private = private

    def exists(self, bucket: str) -> bool:
        with self._lock:
            return bucket in self._buckets

    # --- routes

    def _find(self, request: Request, write: bool = False) -> Bucket:
        """The bucket of the first two groups; 404 where the user may not know of it, 403 where the token may not."""
        namespace, name = request.groups[:2]
        with self._lock:
            bucket = self._buckets.get(f"{namespace}/{name}")
        member = request.identity.belongs_to(namespace)
        if bucket is None or (bucket.private and not member):
            raise HubError(404, "Repository not found", "RepoNotFound")
        if not (member and request.identity.write if write else request.identity.read or not bucket.private):
            verb = "write to" if write else "read"
            raise HubError(403, f"You don't have permission to {verb} the bucket {bucket.id}")
        return bucket

    def post_bucket(self, request: Request) -> Answer:
        namespace, name = request.groups
        namespace = request.identity.name if namespace == "me" else namespace
        if not request.identity.belongs_to(namespace) or not request.identity.write:
            raise HubError(403, f"You don't have permission to create a bucket in the namespace {namespace}")
        url = {"url": f"{self.endpoint}/buckets/{namespace}/{name}"}
        wanted = request.json()  # clients before 2.0 say "private", later ones "visibility"
        private = bool(wanted.get("private")) or wanted.get("visibility") == "private"
        with self._lock:
            if f"{namespace}/{name}" in self._buckets:
                return Answer({"error": "You already created this bucket", **url}, 409)
            self._buckets[f"{namespace}/{name}"] = Bucket(f"{namespace}/{name}", private, now())
        return Answer(url)

    def get_info(self, request: Request) -> Answer:
        bucket = self._find(request)
        with self._lock:
            sizes = [entry.size for entry in bucket.files.values()]
        return Answer(
            {
                "id": bucket.id,
                "private": bucket.private,
                "createdAt": iso(bucket.created_at),
                "size": sum(sizes),
                "totalFiles": len(sizes),
            }
        )

    def get_tree(self, request: Request) -> Answer:
        """Entries whose path starts with the prefix (letters, not folders), a page at a time.

        Not recursive: what lies below the next "/" is one directory entry.
        """
        bucket = self._find(request)
        prefix = request.groups[2] if len(request.groups) > 2 else ""
        recursive = request.query.get("recursive", ["false"])[0].lower() == "true"
        with self._lock:
            entries = sorted((e for e in bucket.files.values() if e.path.startswith(prefix)), key=lambda e: e.path)
        items = [e.listed() for e in entries] if recursive else _one_level(entries, prefix)
        start = int(request.query.get("cursor", ["0"])[0])
        page = items[start : start + self.page_size]
        headers = {}
        if start + self.page_size < len(items):
            query = f"recursive={recursive}&cursor={start + self.page_size}"
            headers["Link"] = f'<{self.endpoint}{request.path}?{query}>; rel="next"'
        return Answer(page, headers=headers)

    def post_paths_info(self, request: Request) -> Answer:
        bucket = self._find(request)
        wanted = request.json().get("paths", [])
        if len(wanted) > PATHS_PER_REQUEST:
            raise HubError(400, f"At most {PATHS_PER_REQUEST} paths per request")
        with self._lock:
            return Answer([bucket.files[path].listed() for path in wanted if path in bucket.files])

    def post_batch(self, request: Request, only: int | None = None) -> Answer:
        """Apply the operations in order; those that fail (or stand behind the first `only`) are named in the answer."""
        bucket = self._find(request, write=True)
        operations = [json.loads(line) for line in request.body.splitlines() if line.strip()]
        failed = []
        with self._lock:
            for number, operation in enumerate(operations):
                unwanted = only is not None and number >= only
                error = "Internal error" if unwanted else self._apply(bucket, operation)
                if error:
                    failed.append({"path": operation.get("path", ""), "error": error})
        done = len(operations) - len(failed)
        counts = {"processed": len(operations), "succeeded": done, "failed": failed}
        return Answer({"success": not failed, **counts}, 422 if failed and not done else 200)

    def post_half_batch(self, request: Request) -> Answer:
        """The batch with its second half refused: what a partial upload looks like."""
        count = len([line for line in request.body.splitlines() if line.strip()])
        return self.post_batch(request, only=count // 2)

    def _apply(self, bucket: Bucket, operation: dict[str, Any]) -> str | None:
        """Do one operation; what is wrong with it, or None."""
        kind, path = operation.get("type"), operation.get("path", "")
        if not path or path.startswith("/") or ".." in path.split("/"):
            return "Invalid path"
        if kind == "deleteFile":
            bucket.files.pop(path, None)
            return None
        if kind not in {"addFile", "copyFile"}:
            return f"Unknown operation {kind}"
        digest = operation.get("xetHash", "")
        if not self._cas.has(digest):
            return "Content not found in the Xet store"
        mtime = datetime.fromtimestamp(operation.get("mtime", time.time() * 1000) / 1000, UTC)
        bucket.files[path] = Entry(path, digest, self._cas.size(digest), mtime, now())
        return None

    def get_token(self, request: Request) -> Answer:
        write = request.groups[2] == "write"
        self._find(request, write)
        token, expires = self._cas.issue_token(write), int(time.time()) + TOKEN_SECONDS
        headers = {
            "X-Xet-Cas-Url": self.endpoint,
            "X-Xet-Access-Token": token,
            "X-Xet-Token-Expiration": str(expires),
        }
        return Answer({"casUrl": self.endpoint, "exp": expires, "accessToken": token}, headers=headers)

    def resolve(self, request: Request) -> Answer:
        bucket = self._find(request)
        path = request.groups[2]
        with self._lock:
            entry = bucket.files.get(path)
        if entry is None:
            raise HubError(404, "Entry not found", "EntryNotFound")
        refresh = f"{self.endpoint}/api/buckets/{quote(bucket.id)}/xet-read-token"
        headers = {
            "X-Xet-Hash": entry.xet_hash,
            "X-Xet-Refresh-Route": refresh,
            "X-Linked-Size": str(entry.size),
            "ETag": f'"{entry.xet_hash}"',
            "Link": f'<{refresh}>; rel="xet-auth"',
        }
        content = self._cas.pieces(entry.xet_hash)
        return Answer(content, headers=headers, content_type="application/octet-stream", length=entry.size)


def _one_level(entries: list[Entry], prefix: str) -> list[dict[str, Any]]:
    items: dict[str, dict[str, Any]] = {}
    for entry in entries:
        slash = entry.path.find("/", len(prefix) + (1 if entry.path.startswith(prefix + "/") else 0))
        if slash < 0:
            items[entry.path] = entry.listed()
        else:
            folder = entry.path[:slash]
            items[folder] = {"type": "directory", "path": folder, "uploadedAt": iso(entry.uploaded_at)}
    return list(items.values())

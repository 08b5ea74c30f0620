"""The content-addressed store of Xet, as far as hf_xet needs it: xorbs, shards, reconstructions.

A xorb holds chunks one after another; a shard says which chunk ranges of which xorbs make up a file; a reconstruction
is the same list with addresses to fetch. Hashes travel as 64 hexadecimal digits: four little-endian 64-bit words.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import shutil
import struct
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from fakehub.lz4 import decompress_frame
from fakehub.messages import Answer, HubError, Request

RECORD = 48  # bytes of every record of a shard, its header included
END = b"\xff" * 32
WITH_VERIFICATION, WITH_METADATA = 1 << 31, 1 << 30
EMPTY = "0" * 64  # hash of the empty file: no chunk, so no shard names it
CHUNK = 64 * 1024
PIECE = 256 * 1024  # bytes in memory at a time


@dataclass(frozen=True)
class Term:
    """Chunks `start` to `end` (exclusive) of a xorb, `size` bytes when unpacked."""

    xorb: str
    start: int
    end: int
    size: int


@dataclass(frozen=True)
class Chunk:
    """Where a chunk lies in its xorb (`offset` and `end` in bytes, header included), how it is packed, its raw size."""

    offset: int
    end: int
    scheme: int
    size: int


def hash_text(raw: bytes) -> str:
    return "".join(f"{word:016x}" for word in struct.unpack("<4Q", raw))


def parse_chunks(xorb: IO[bytes]) -> list[Chunk]:
    """The chunks of a serialised xorb; a footer behind them is left out. HubError 400 if one is cut off."""
    total = xorb.seek(0, os.SEEK_END)
    chunks: list[Chunk] = []
    position = 0
    while position + 8 <= total:
        xorb.seek(position)
        header = xorb.read(8)
        if header[0] != 0:  # the footer starts with a letter, a chunk with version 0
            break
        end = position + 8 + int.from_bytes(header[1:4], "little")
        if end > total:
            raise HubError(400, "xorb is cut off")
        chunks.append(Chunk(position, end, header[4], int.from_bytes(header[5:8], "little")))
        position = end
    return chunks


def parse_shard(shard: bytes) -> dict[str, list[Term]]:
    """Terms of every file that a shard names, by file hash."""
    files: dict[str, list[Term]] = {}
    position = RECORD
    while position + RECORD <= len(shard) and shard[position : position + 32] != END:
        digest = hash_text(shard[position : position + 32])
        flags, count = struct.unpack_from("<II", shard, position + 32)
        position += RECORD
        terms = []
        for i in range(count):
            at = position + i * RECORD
            _, size, start, end = struct.unpack_from("<4I", shard, at + 32)
            terms.append(Term(hash_text(shard[at : at + 32]), start, end, size))
        files[digest] = terms
        position += count * RECORD * (2 if flags & WITH_VERIFICATION else 1) + (RECORD if flags & WITH_METADATA else 0)
    return files


def unpack(data: bytes, scheme: int) -> bytes:
    """The raw bytes of a chunk: stored as it is (0), LZ4 (1), or LZ4 with every fourth byte together (2)."""
    if scheme == 0:
        return data
    raw = decompress_frame(data)
    if scheme == 1:
        return raw
    if scheme != 2:
        raise ValueError(f"unknown packing {scheme} of a chunk")
    out, position = bytearray(len(raw)), 0
    for lane in range(4):
        size = (len(raw) - lane + 3) // 4
        out[lane::4] = raw[position : position + size]
        position += size
    return bytes(out)


class Cas:
    """Xorbs on disk under `folder`, files as lists of terms. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._chunks: dict[str, list[Chunk]] = {}
        self._files: dict[str, list[Term]] = {EMPTY: []}
        self._tokens: dict[str, bool] = {}  # access token -> may write
        self.endpoint = ""  # set once the server knows its address

    def issue_token(self, write: bool) -> str:
        """A new access token for the store."""
        token = "xet-" + secrets.token_hex(16)
        with self._lock:
            self._tokens[token] = write
        return token

    def has(self, digest: str) -> bool:
        with self._lock:
            return digest in self._files

    def size(self, digest: str) -> int:
        with self._lock:
            return sum(term.size for term in self._files[digest])

    def read(self, digest: str) -> bytes:
        """Content of a file by its hash. KeyError if unknown."""
        return b"".join(self.pieces(digest))

    def pieces(self, digest: str) -> Iterator[bytes]:
        """The same, chunk by chunk. KeyError, at once, if unknown."""
        with self._lock:
            terms = list(self._files[digest])
            chunks = {term.xorb: self._chunks[term.xorb] for term in terms}

        def each() -> Iterator[bytes]:
            for term in terms:
                with (self._folder / term.xorb).open("rb") as xorb:
                    for chunk in chunks[term.xorb][term.start : term.end]:
                        xorb.seek(chunk.offset + 8)
                        yield unpack(xorb.read(chunk.end - chunk.offset - 8), chunk.scheme)

        return each()

    def write(self, content: bytes) -> str:
        """Keep `content` without a client; its hash (made up: only a client knows the real one)."""
        if not content:
            return EMPTY
        xorb = bytearray()
        for start in range(0, len(content), CHUNK):
            piece = content[start : start + CHUNK]
            length = len(piece).to_bytes(3, "little")
            xorb += b"\0" + length + b"\0" + length + piece
        digest = hashlib.sha256(content).hexdigest()
        self._keep_xorb(digest, io.BytesIO(xorb))
        with self._lock:
            self._files[digest] = [Term(digest, 0, len(self._chunks[digest]), len(content))]
        return digest

    def _keep_xorb(self, digest: str, xorb: IO[bytes]) -> bool:
        """Keep a xorb on disk; whether it is new."""
        with self._lock:
            if digest in self._chunks:
                return False
        chunks = parse_chunks(xorb)
        xorb.seek(0)
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as part:
            shutil.copyfileobj(xorb, part, PIECE)
        with self._lock:
            os.replace(part.name, self._folder / digest)
            new = digest not in self._chunks
            self._chunks[digest] = chunks
        return new

    def _authorise(self, request: Request, write: bool) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        with self._lock:
            may_write = self._tokens.get(token)
        if may_write is None:
            raise HubError(401, "Invalid access token of the store")
        if write and not may_write:
            raise HubError(403, "This access token may only read")

    def post_xorb(self, request: Request) -> Answer:
        self._authorise(request, write=True)
        return Answer({"was_inserted": self._keep_xorb(request.groups[0], request.content)})

    def post_shard(self, request: Request) -> Answer:
        """Register the files of a shard; 400 if it names a xorb that is not here."""
        self._authorise(request, write=True)
        files = parse_shard(request.body)
        with self._lock:
            for terms in files.values():
                if any(term.xorb not in self._chunks for term in terms):
                    raise HubError(400, "The shard names a xorb that was not uploaded")
            self._files.update(files)
        return Answer({"result": 1})

    def get_reconstruction(self, request: Request) -> Answer:
        """Terms and addresses of a file, or of the bytes that a Range header names; 404 unknown, 416 out of range."""
        self._authorise(request, write=False)
        digest = request.groups[0]
        if not self.has(digest):
            raise HubError(404, "File not found in the store")
        with self._lock:
            terms = list(self._files[digest])
            chunks = {term.xorb: self._chunks[term.xorb] for term in terms}
        total = sum(term.size for term in terms)
        first, last = parse_range(request.headers.get("Range"), total)
        kept: list[Term] = []
        offset = position = 0
        for term in terms:
            start, end, size = term.end, term.start, 0
            for index in range(term.start, term.end):
                length = chunks[term.xorb][index].size
                if position + length > first and position <= last:
                    if not kept and end == term.start:
                        offset = first - position
                    start, end, size = min(start, index), index + 1, size + length
                position += length
            if end > start:
                kept.append(Term(term.xorb, start, end, size))
        fetch: dict[str, list[dict[str, Any]]] = {}
        for term in dict.fromkeys(kept):
            pieces = chunks[term.xorb]
            fetch.setdefault(term.xorb, []).append(
                {
                    "range": {"start": term.start, "end": term.end},
                    "url": f"{self.endpoint}/cas-data/{term.xorb}",
                    "url_range": {"start": pieces[term.start].offset, "end": pieces[term.end - 1].end - 1},
                }
            )
        listed = [{"hash": t.xorb, "unpacked_length": t.size, "range": {"start": t.start, "end": t.end}} for t in kept]
        return Answer({"offset_into_first_range": offset, "terms": listed, "fetch_info": fetch})

    def get_data(self, request: Request) -> Answer:
        """Bytes of a xorb (206 with a Range header)."""
        path = self._folder / request.groups[0]
        if not path.is_file():
            raise HubError(404, "No such xorb")
        total, kind = path.stat().st_size, "application/octet-stream"
        first, last = parse_range(request.headers.get("Range"), total)
        size = last - first + 1
        if "Range" not in request.headers:
            return Answer(_part(path, 0, total), content_type=kind, length=total)
        return Answer(_part(path, first, size), 206, {"Content-Range": f"bytes {first}-{last}/{total}"}, kind, size)


def _part(path: Path, start: int, size: int) -> Iterator[bytes]:
    """So many bytes of a file, piece by piece."""
    with path.open("rb") as file:
        file.seek(start)
        while size > 0 and (piece := file.read(min(size, PIECE))):
            size -= len(piece)
            yield piece


def parse_range(header: str | None, total: int) -> tuple[int, int]:
    """First and last byte of a Range header within `total` bytes; the whole without one. HubError 416 if it is outside."""
    if not header:
        return 0, total - 1
    first_text, _, last_text = header.removeprefix("bytes=").partition("-")
    try:
        first = int(first_text)
        last = min(int(last_text), total - 1) if last_text else total - 1
    except ValueError:
        raise HubError(416, f"Range not understood: {header}") from None
    if first >= total:
        raise HubError(416, f"Range {header} lies outside of {total} bytes")
    return first, last

"""Reads LZ4 frames: hf_xet compresses chunks with them, and the standard library has no decoder."""

from __future__ import annotations

MAGIC = b"\x04\x22\x4d\x18"
UNCOMPRESSED = 0x80000000


def decompress_frame(frame: bytes) -> bytes:
    """The content of one LZ4 frame. ValueError if `frame` is none."""
    if frame[:4] != MAGIC:
        raise ValueError("not an LZ4 frame")
    flags = frame[4]
    has_dictionary, has_content_size, has_block_checksums = flags & 1, flags & 8, flags & 16
    position = 6 + (8 if has_content_size else 0) + (4 if has_dictionary else 0) + 1
    content = bytearray()
    while True:
        size = int.from_bytes(frame[position : position + 4], "little")
        position += 4
        if size == 0:
            return bytes(content)
        stored = size & ~UNCOMPRESSED
        block = frame[position : position + stored]
        if size & UNCOMPRESSED:
            content += block
        else:
            _append_block(block, content)
        position += stored + (4 if has_block_checksums else 0)


def _append_block(block: bytes, content: bytearray) -> None:
    """Decode one block behind what is already in `content` (blocks may point back into earlier ones)."""
    position = 0
    while position < len(block):
        token = block[position]
        length, position = _length(block, position + 1, token >> 4)
        content += block[position : position + length]
        position += length
        if position >= len(block):  # the last sequence has literals only
            return
        offset = int.from_bytes(block[position : position + 2], "little")
        length, position = _length(block, position + 2, token & 15)
        length += 4
        start = len(content) - offset
        if offset == 0 or start < 0:
            raise ValueError("LZ4 match points outside the content")
        repeats = -(-length // offset)
        content += (content[start : start + offset] * repeats)[:length]


def _length(block: bytes, position: int, nibble: int) -> tuple[int, int]:
    """A length that starts in `nibble` and goes on in the bytes at `position`; the length and the position after it."""
    length = nibble
    if nibble == 15:
        while True:
            byte = block[position]
            position += 1
            length += byte
            if byte != 255:
                break
    return length, position

"""Size and bit depth from a compressed frame's own header, read before a decoder allocates memory."""

from __future__ import annotations

import struct

J2K_START = b"\xff\x4f\xff\x51"
JPEG_START = b"\xff\xd8"
JPEG_FRAMES = frozenset(
    {*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), 0xF7}
)
"""SOF markers of ITU-T T.81 table B.1, and SOF55 of JPEG-LS (ITU-T T.87)."""


def frame_size(codestream: bytes) -> tuple[int, int] | None:
    """(rows, columns) of a JPEG, JPEG-LS or JPEG 2000 frame; None where they cannot be found."""
    if codestream.startswith(JPEG_START):
        at = _jpeg_frame(codestream)
        return None if at is None else struct.unpack_from(">HH", codestream, at + 5)
    start = codestream.find(J2K_START, 0, 4096)
    if start < 0 or len(codestream) < start + 24:
        return None
    # ITU-T T.800 A.5.1: SIZ length and capabilities precede the size of the reference grid and its offset
    columns, rows, left, top = struct.unpack_from(">LLLL", codestream, start + 8)
    return rows - top, columns - left


def frame_precision(codestream: bytes) -> int:
    """Bits per sample of a JPEG, JPEG-LS or JPEG 2000 frame; 0 where they cannot be found."""
    if codestream.startswith(JPEG_START):
        at = _jpeg_frame(codestream)
        return 0 if at is None else codestream[at + 4]
    start = codestream.find(J2K_START, 0, 4096)
    if start < 0 or len(codestream) < start + 43:
        return 0
    # ITU-T T.800 table A.11: the top bit of Ssiz is the sign
    return (codestream[start + 42] & 0x7F) + 1


def _jpeg_frame(codestream: bytes) -> int | None:
    """Offset of the frame header's marker; None where there is none."""
    at = 2
    while at + 9 <= len(codestream):
        if codestream[at] != 0xFF:
            return None
        marker = codestream[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in JPEG_FRAMES:
            return at
        at += 2 + int(struct.unpack_from(">H", codestream, at + 2)[0])
    return None

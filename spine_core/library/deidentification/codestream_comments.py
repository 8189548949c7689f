"""Comments and application data inside compressed frames, overwritten with zeros: lengths and pixels stay as they are.

JPEG and JPEG-LS (ITU-T T.81 annex B, T.87) have comment (COM) and application segments (APPn), JPEG 2000 (ITU-T T.800
annex A) has comment segments (COM). Bytes around the codestream are dropped.
"""

from __future__ import annotations

import struct

from spine_core.study.dicom.codestream import J2K_START, JPEG_START

COM, APP0, APP8, APP14, APP15, SOS, EOI = 0xFE, 0xE0, 0xE8, 0xEE, 0xEF, 0xDA, 0xD9
RESTARTS = range(0xD0, 0xD8)
DECODED = {APP0: (b"JFIF\0", 14), APP8: (b"mrfx", 5), APP14: (b"Adobe", 12)}
"""Application segments that state the colour space, by marker: how they begin, and their bytes that decoders use."""
J2K_COM, J2K_SOT, J2K_SOD, J2K_EOC = b"\xff\x64", b"\xff\x90", b"\xff\x93", b"\xff\xd9"


class UnknownCodestream(Exception):
    """The frame does not follow its standard, so that what it holds beside pixels cannot be told."""


def without_comments(frame: bytes) -> bytes:
    """The frame with its comments overwritten; itself where there are none. Raises ``UnknownCodestream``."""
    try:
        if frame.startswith(JPEG_START):
            return _jpeg(frame)
        start = frame.find(J2K_START, 0, 4096)
        if start >= 0:
            return _jpeg2000(frame[start:])
    except (IndexError, struct.error) as error:
        raise UnknownCodestream from error
    raise UnknownCodestream


def _jpeg(frame: bytes) -> bytes:
    out, at = bytearray(frame), 2
    while True:
        if frame[at] != 0xFF:
            raise UnknownCodestream
        marker = frame[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == EOI:
            return _if_changed(bytes(out[: at + 2]), frame)
        (length,) = struct.unpack_from(">H", frame, at + 2)
        _blank_segment(out, marker, at + 4, at + 2 + length)
        at += 2 + length
        if marker == SOS:
            at = _next_marker(frame, at)


def _blank_segment(out: bytearray, marker: int, start: int, end: int) -> None:
    if marker != COM and not APP0 <= marker <= APP15:
        return
    begins, needed = DECODED.get(marker, (b"", 0))
    if begins and out[start:end].startswith(begins):
        start += needed
        if marker == APP0 and end > start:
            out[start - 2 : start] = b"\0\0"  # the size of the thumbnail
    out[start:end] = bytes(max(0, end - start))


def _next_marker(frame: bytes, at: int) -> int:
    """The end of entropy-coded data: a marker that is neither a stuffed byte nor a restart."""
    while True:
        at = frame.find(b"\xff", at)
        if at < 0:
            raise UnknownCodestream
        following = frame[at + 1]
        if following >= 0x80 and following not in RESTARTS and following != 0xFF:
            return at
        at += 1


def _jpeg2000(frame: bytes) -> bytes:
    out, at = bytearray(frame), 2
    at = _blank_header(out, at, J2K_SOT)
    while frame[at : at + 2] == J2K_SOT:
        (length,) = struct.unpack_from(">L", frame, at + 6)
        _blank_header(out, at + 12, J2K_SOD)
        if length == 0:  # the last tile-part reaches to the end of the codestream
            at = frame.rindex(J2K_EOC) if J2K_EOC in frame else len(frame)
        else:
            at += length
    if frame[at : at + 2] not in (J2K_EOC, b""):
        raise UnknownCodestream
    return _if_changed(bytes(out[: at + 2]), frame)


def _blank_header(out: bytearray, at: int, end: bytes) -> int:
    """Overwrites the comments between ``at`` and the marker ``end``; returns where that is."""
    while out[at : at + 2] != end:
        if out[at] != 0xFF:
            raise UnknownCodestream
        (length,) = struct.unpack_from(">H", out, at + 2)
        if out[at : at + 2] == J2K_COM:
            out[at + 6 : at + 2 + length] = bytes(max(0, length - 4))
        at += 2 + length
    return at


def _if_changed(cleaned: bytes, frame: bytes) -> bytes:
    """``frame`` where it differs by its padding to an even length only."""
    return frame if frame == cleaned or frame == cleaned + b"\0" else cleaned

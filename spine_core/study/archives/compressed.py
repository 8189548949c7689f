"""Decompression in chunks within the limits: gzip, bzip2, xz, and DICOM's deflate."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from spine_core.study.errors import Unreadable
from spine_core.study.limits import (
    MAX_FILE_BYTES,
    MAX_XZ_BYTES,
    MAX_ZIP_RATIO,
    MIB,
    MIN_ZIP_RATIO_BYTES,
    Budget,
    OverLimit,
)
from spine_core.study.unsupported_formats import GZIP_MAGIC, refuse_archive

CHUNK = MIB
STORED_CHUNK = 65_536
"""Compressed bytes handed to a decompressor at once."""


class Stream(Protocol):
    """Bytes in sequence."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes, none at the end."""


class _Decompressor(Protocol):
    """What the decompressors of ``bz2`` and ``lzma`` have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _GzipDecompressor:
    """zlib's decompressor with the interface of those of ``bz2`` and ``lzma``, for one gzip member."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(31)
        self._waiting = b""
        self._full = False

    @property
    def eof(self) -> bool:
        return self._inflater.eof

    @property
    def needs_input(self) -> bool:
        # zlib may hold back output after it has taken all input
        return not self._waiting and not self._full

    @property
    def unused_data(self) -> bytes:
        return self._inflater.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        out = self._inflater.decompress(self._waiting + data, max_length)
        self._waiting = self._inflater.unconsumed_tail
        self._full = len(out) == max_length
        return out


@dataclass(frozen=True)
class Codec:
    """A kind of compressed file."""

    name: str
    magic: bytes
    new: Callable[[], _Decompressor]


GZIP = Codec("gzip", GZIP_MAGIC, _GzipDecompressor)
CODECS = (
    GZIP,
    Codec("bzip2", b"BZh", bz2.BZ2Decompressor),
    Codec("xz", b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_XZ_BYTES)),
)


def codec_of(head: bytes) -> Codec | None:
    """The kind of compressed file that starts with ``head``; None for others."""
    return next((codec for codec in CODECS if head.startswith(codec.magic)), None)


class Inflated:
    """The decompressed content of a file: all its members in sequence. Trailing bytes that are no member are ignored.

    Reading raises ``Unreadable`` where the file is damaged or truncated.
    """

    def __init__(self, file: BinaryIO, codec: Codec) -> None:
        self._file = file
        self._codec = codec
        self._member = codec.new()
        self._stored = b""
        self._over = False

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes, none at the end."""
        while not self._over:
            if self._member.eof:
                self._next_member()
            elif out := self._inflate(self._input(), size):
                return out
        return b""

    def _input(self) -> bytes:
        if not self._member.needs_input:
            return b""
        stored, self._stored = self._stored or self._file.read(STORED_CHUNK), b""
        if not stored:
            msg = "its compressed content is incomplete"
            raise Unreadable(msg)
        return stored

    def _inflate(self, stored: bytes, size: int) -> bytes:
        try:
            return self._member.decompress(stored, size)
        except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError) as error:
            msg = "its compressed content is damaged"
            raise Unreadable(msg) from error

    def _next_member(self) -> None:
        rest = self._member.unused_data + self._stored
        while len(rest) < len(self._codec.magic) and (more := self._file.read(STORED_CHUNK)):
            rest += more
        self._over = not rest.startswith(self._codec.magic)
        self._member, self._stored = self._codec.new(), rest


class Metered:
    """A stream that counts its bytes against the upload's budget and against decompression bombs.

    ``size``: bytes of the compressed file. ``position``: bytes read so far.
    """

    def __init__(self, stream: Stream, size: int, budget: Budget) -> None:
        self._stream = stream
        self._most = max(MIN_ZIP_RATIO_BYTES, MAX_ZIP_RATIO * size)
        self._budget = budget
        self.position = 0

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes, none at the end. Raises ``OverLimit``."""
        data = self._stream.read(min(size, CHUNK))
        self.position += len(data)
        self._budget.take(len(data))
        if self.position > self._most:
            raise OverLimit(bomb())
        return data


def bomb() -> str:
    """The message for a decompression bomb."""
    return "it unpacks to a size that no image has, so it was not opened"


def too_large() -> str:
    """The message for a file that is too large."""
    return f"it is larger than {MAX_FILE_BYTES // MIB} MB"


def gunzip(data: bytes, budget: Budget) -> bytes:
    """The decompressed content of a gzip file, counted against ``budget``. Raises ``Unreadable`` or ``OverLimit``.

    An archive inside is refused before it is unpacked.
    """
    stream = Metered(Inflated(io.BytesIO(data), GZIP), len(data), budget)
    parts: list[bytes] = []
    while chunk := stream.read(CHUNK):
        if not parts:
            refuse_archive(chunk)
        parts.append(chunk)
        if stream.position > MAX_FILE_BYTES:
            raise OverLimit(too_large())
    return b"".join(parts)


def inflate(data: bytes, wbits: int) -> bytes:
    """Inflates a zlib stream (``wbits`` as in ``zlib``) up to ``MAX_FILE_BYTES``.

    Raises ``OverLimit`` beyond it and for bombs, ``Unreadable`` for damaged streams.
    """
    inflater = zlib.decompressobj(wbits)
    cap = min(MAX_FILE_BYTES, max(MIN_ZIP_RATIO_BYTES, MAX_ZIP_RATIO * len(data)))
    try:
        out = inflater.decompress(data, cap)
        if inflater.unconsumed_tail and not inflater.eof:
            raise OverLimit(bomb())
    except zlib.error as error:
        msg = "its compressed content is damaged"
        raise Unreadable(msg) from error
    if not inflater.eof:
        msg = "its compressed content is incomplete"
        raise Unreadable(msg)
    return out

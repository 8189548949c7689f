"""Files of an upload, one by one, those inside ZIPs included; nothing is ever written to disk.

A ZIP is a stranger's word: sizes in its headers are not believed, only what comes out of the inflater is counted.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from spine_core.study.errors import Unreadable
from spine_core.study.limits import (
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_READ_BYTES,
    MAX_ZIP_DIRECTORY_BYTES,
    MAX_ZIP_RATIO,
    MIB,
    MIN_ZIP_RATIO_BYTES,
    Budget,
    OverLimit,
)
from spine_core.study.model import Problem
from spine_core.study.sources import SourceFile, is_junk

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
OTHER_ARCHIVES = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")
ENCRYPTED = 0x1
CHUNK = MIB


@dataclass(frozen=True)
class Entry:
    """One file of the upload. ``read`` returns its bytes, or raises ``Unreadable`` or ``OverLimit``."""

    name: str
    read: Callable[[], bytes]


def is_other_archive(head: bytes) -> bool:
    """True for archives that are not opened: 7z, RAR, bzip2, xz, zstd, tar."""
    return head.startswith(OTHER_ARCHIVES) or head[257:262] == b"ustar"


def entries(sources: list[SourceFile], stack: ExitStack) -> tuple[list[Entry], list[Problem]]:
    """All files of an upload, and the archives that could not be listed.

    ``stack`` keeps the archives open; entries are read while it is.
    """
    budget = Budget(MAX_READ_BYTES, f"the upload is larger than {MAX_READ_BYTES // MIB} MB once unpacked")
    found: list[Entry] = []
    problems: list[Problem] = []
    for source in sources:
        try:
            if _head(source)[:4] in ZIP_MAGIC:
                members, refused = _members(source, stack, budget)
                found += members
                problems += refused
            else:
                found.append(Entry(source.name, partial(_whole, source, budget)))
        except (Unreadable, OverLimit) as error:
            problems.append(Problem(source.name, str(error)))
        if len(found) > MAX_FILES:
            problems.append(Problem(source.name, f"only the first {MAX_FILES} files were looked at"))
            return found[:MAX_FILES], problems
    return found, problems


def _head(source: SourceFile) -> bytes:
    if isinstance(source.data, bytes):
        return source.data[:4]
    try:
        with source.data.open("rb") as file:
            return file.read(4)
    except OSError as error:
        msg = "the file could not be read from disk"
        raise Unreadable(msg) from error


def _whole(source: SourceFile, budget: Budget) -> bytes:
    size = len(source.data) if isinstance(source.data, bytes) else source.data.stat().st_size
    if size > MAX_FILE_BYTES:
        raise OverLimit(_too_large())
    budget.take(size)
    if isinstance(source.data, bytes):
        return source.data
    try:
        return source.data.read_bytes()
    except OSError as error:
        msg = "the file could not be read from disk"
        raise Unreadable(msg) from error


def _too_large() -> str:
    return f"it is larger than {MAX_FILE_BYTES // MIB} MB"


def _members(source: SourceFile, stack: ExitStack, budget: Budget) -> tuple[list[Entry], list[Problem]]:
    data = source.data
    file: BinaryIO = data.open("rb") if isinstance(data, Path) else io.BytesIO(data)
    stack.enter_context(file)
    if _directory_bytes(file) > MAX_ZIP_DIRECTORY_BYTES:
        msg = "the ZIP lists more files than can be opened"
        raise Unreadable(msg)
    try:
        archive = stack.enter_context(zipfile.ZipFile(file))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        msg = "the ZIP is damaged and cannot be opened"
        raise Unreadable(msg) from error
    found: list[Entry] = []
    problems: list[Problem] = []
    for info in archive.infolist():
        shown = f"{source.name} / {info.filename}"
        if info.is_dir() or is_junk(info.filename):
            continue
        reason = _refusal(info)
        if reason:
            problems.append(Problem(shown, reason))
        else:
            found.append(Entry(shown, partial(_inflate, archive, info, budget)))
    if not found and not problems:
        problems.append(Problem(source.name, "the ZIP is empty"))
    return found, problems


def _directory_bytes(file: BinaryIO) -> int:
    """Size of the table of contents as ``zipfile`` will read it (APPNOTE 4.3.14 to 4.3.16)."""
    size = file.seek(0, io.SEEK_END)
    start = max(0, size - 65_557 - 76)
    file.seek(start)
    tail = file.read()
    file.seek(0)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        msg = "the ZIP is damaged and cannot be opened"
        raise Unreadable(msg)
    claimed = [int(struct.unpack_from("<L", tail, end + 12)[0])]
    # zipfile prefers the ZIP64 record where there is one; which of several depends on its version
    records = (found.start() for found in re.finditer(rb"PK\x06\x06", tail))
    claimed += [struct.unpack_from("<Q", tail, at + 40)[0] for at in records if len(tail) >= at + 48]
    return min(max(claimed), size)


def _refusal(info: zipfile.ZipInfo) -> str:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or path.parts[0].endswith(":"):
        return "its path leads outside the archive, so it was not opened"
    if info.flag_bits & ENCRYPTED:
        return "it is encrypted; please unpack it with its password first"
    if info.compress_type not in (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
        zipfile.ZIP_BZIP2,
        zipfile.ZIP_LZMA,
    ):
        return "it is packed with a method that this program cannot unpack"
    return ""


def _inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        with archive.open(info) as member:
            while chunk := member.read(CHUNK):
                size += len(chunk)
                budget.take(len(chunk))
                if size > MAX_FILE_BYTES:
                    raise OverLimit(_too_large())
                if size > MIN_ZIP_RATIO_BYTES and size > MAX_ZIP_RATIO * max(info.compress_size, 1):
                    msg = "it unpacks to a size that no image has, so it was not opened"
                    raise OverLimit(msg)
                if not parts and chunk[:4] in ZIP_MAGIC:
                    msg = "archives inside archives are not opened"
                    raise Unreadable(msg)
                parts.append(chunk)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        msg = "it is damaged inside the ZIP"
        raise Unreadable(msg) from error
    return b"".join(parts)


def gunzip(data: bytes) -> bytes:
    """Inflates gzip bytes without ever holding more than the limit. Raises ``Unreadable`` or ``OverLimit``."""
    return inflate(data, 31)


def inflate(data: bytes, wbits: int) -> bytes:
    """Inflates a zlib stream (``wbits`` as in ``zlib``) up to ``MAX_FILE_BYTES``.

    Raises ``OverLimit`` beyond it and for bombs, ``Unreadable`` for damaged streams.
    """
    inflater = zlib.decompressobj(wbits)
    cap = min(MAX_FILE_BYTES, max(MIN_ZIP_RATIO_BYTES, MAX_ZIP_RATIO * len(data)))
    try:
        out = inflater.decompress(data, cap)
        if inflater.unconsumed_tail and not inflater.eof:
            msg = "it unpacks to a size that no image has, so it was not opened"
            raise OverLimit(msg)
    except zlib.error as error:
        msg = "its compressed content is damaged"
        raise Unreadable(msg) from error
    if not inflater.eof:
        msg = "its compressed content is cut short"
        raise Unreadable(msg)
    return out

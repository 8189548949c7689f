"""Files inside a ZIP; nothing is written to disk.

A ZIP is untrusted input: sizes in its headers are ignored, and the decompressed bytes are counted instead.
Structure: PKWARE APPNOTE 6.3.
"""

from __future__ import annotations

import io
import lzma
import mmap
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from spine_core.study.archives.compressed import CHUNK, bomb, too_large
from spine_core.study.errors import Unreadable
from spine_core.study.limits import (
    MAX_FILE_BYTES,
    MAX_ZIP_DIRECTORY_BYTES,
    MAX_ZIP_RATIO,
    MIN_ZIP_RATIO_BYTES,
    Budget,
    OverLimit,
)
from spine_core.study.sources import (
    INDEX_ALONE,
    Entry,
    SourceFile,
    is_index,
    is_junk,
    leads_outside,
    printable,
)
from spine_core.study.types import Problem
from spine_core.study.unsupported_formats import GZIP_MAGIC, ONLY_IMAGES, refuse_archive

ENCRYPTED, PATCH, UTF8 = 0x1, 0x20, 0x800
UNIX, MSDOS_FOLDER = 3, 0x10
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
DAMAGED = "the ZIP is damaged and cannot be opened"


def zip_entries(
    source: SourceFile, budget: Budget, unpack: Callable[[bytes], bytes]
) -> Iterator[Entry | Problem]:
    """The files of a ZIP, and a problem for each refused. Raises ``Unreadable``.

    ``unpack`` takes a member's bytes and returns its content.
    """
    infos = zip_contents(source)
    _refuse_packages({info.filename for info in infos})
    folders = {str(above) for info in infos for above in PurePosixPath(_path(info)).parents}
    empty = True
    for info in infos:
        path = _path(info)
        if _is_folder(info, path, folders) or is_junk(path):
            continue
        empty = False
        shown = printable(f"{source.name} / {printable(path)}")
        if reason := _refusal(info, path):
            yield Problem(shown, reason)
        else:
            yield Entry(shown, partial(_read, source, info, budget, unpack), info.compress_size)
    if empty:
        index = any(is_index(_path(info)) for info in infos)
        yield Problem(source.name, INDEX_ALONE if index else "the ZIP is empty")


def zip_contents(source: SourceFile) -> list[zipfile.ZipInfo]:
    """The members that a ZIP lists, which may be forged. Raises ``Unreadable`` for a damaged or too long list."""
    with source.open() as file:
        start, size = _directory(file)
        if size > MAX_ZIP_DIRECTORY_BYTES:
            msg = "the ZIP lists more files than can be opened"
            raise Unreadable(msg)
        try:
            try:
                return zipfile.ZipFile(file).infolist()
            except UnicodeDecodeError:
                with _without_wrong_utf8(file, start, size) as changed:
                    return zipfile.ZipFile(changed).infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
            raise Unreadable(DAMAGED) from error


def _directory(file: BinaryIO) -> tuple[int, int]:
    """Offset of the central directory, and its size as ``zipfile`` reads it (4.3.14 to 4.3.16)."""
    size = file.seek(0, io.SEEK_END)
    start = max(0, size - 65_557 - 76)
    file.seek(start)
    tail = file.read()
    file.seek(0)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise Unreadable(DAMAGED)
    claimed = [int(struct.unpack_from("<L", tail, end + 12)[0])]
    # zipfile prefers a ZIP64 record; which of several it takes depends on its version
    records = [
        found.start() for found in re.finditer(rb"PK\x06\x06", tail) if len(tail) >= found.start() + 48
    ]
    claimed += [struct.unpack_from("<Q", tail, at + 40)[0] for at in records]
    longest = min(max(claimed), size)
    return max(0, start + min([end, *records]) - longest), longest


class _CopyOnWrite(mmap.mmap):
    """A memory-mapped file whose changes stay in memory, with the interface that ``zipfile`` needs."""

    def seekable(self) -> bool:
        return True


def _without_wrong_utf8(file: BinaryIO, start: int, size: int) -> BinaryIO:
    """The ZIP without the UTF-8 flag of members whose names are not UTF-8 (4.4.4, bit 11).

    ``zipfile`` raises for the whole file when one name cannot be decoded.
    """
    in_memory = isinstance(file, io.BytesIO)
    changed = file if in_memory else cast("BinaryIO", _CopyOnWrite(file.fileno(), 0, access=mmap.ACCESS_COPY))
    changed.seek(start)
    directory = changed.read(size)
    at = directory.find(b"PK\x01\x02")
    while 0 <= at <= len(directory) - 46:
        flags, name, extra, comment = struct.unpack_from("<8xH18xHHH", directory, at)
        try:
            directory[at + 46 : at + 46 + name].decode("utf-8")
        except UnicodeDecodeError:
            changed.seek(start + at + 8)
            changed.write(struct.pack("<H", flags & ~UTF8))
        at = directory.find(b"PK\x01\x02", at + 46 + name + extra + comment)
    changed.seek(0)
    return changed


def _refuse_packages(names: set[str]) -> None:
    """Raises ``Unreadable`` for file formats of other programs that are ZIPs."""
    what = ""
    if "[Content_Types].xml" in names:
        what = "an Office document (Word, Excel or PowerPoint)"
    elif any(re.fullmatch(r"[^/]+/data\.pkl", name) for name in names):
        what = "weights of a network (PyTorch)"
    elif names and all(name.endswith(".npy") for name in names):
        what = "NumPy arrays (npz)"
    if what:
        msg = f"it is {what}; {ONLY_IMAGES}"
        raise Unreadable(msg)


def _path(info: zipfile.ZipInfo) -> str:
    """A member's path with slashes.

    Names without the UTF-8 flag are decoded as code page 437, but many are UTF-8, Shift-JIS or GBK. Second bytes of
    the latter two may be a backslash, so a backslash after a byte above 127 is no separator.
    """
    name = info.filename
    if not info.flag_bits & UTF8:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = re.sub(r"(?<=[^\x00-\x7f])\\", "_", name)
    return name.replace("\\", "/")


def _is_folder(info: zipfile.ZipInfo, path: str, folders: set[str]) -> bool:
    if path.endswith("/"):
        return True
    mode = info.external_attr >> 16 if info.create_system == UNIX else 0
    marked = stat.S_ISDIR(mode) or bool(info.external_attr & MSDOS_FOLDER)
    return info.file_size == 0 and (marked or path in {"", "."} or path in folders)


def _refusal(info: zipfile.ZipInfo, path: str) -> str:
    if leads_outside(path) or leads_outside(info.filename):
        return "its path leads outside the archive, so it was not opened"
    if info.create_system == UNIX and stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link, and links are not followed"
    if info.flag_bits & ENCRYPTED:
        return "it is encrypted; please unpack it with its password first"
    if info.compress_type not in METHODS or info.flag_bits & PATCH:
        return "it is packed with a method that this program cannot unpack"
    return ""


def _read(
    source: SourceFile, info: zipfile.ZipInfo, budget: Budget, unpack: Callable[[bytes], bytes]
) -> bytes:
    return unpack(_inflate(source, info, budget))


def _inflate(source: SourceFile, info: zipfile.ZipInfo, budget: Budget) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        with open_member(source, info) as member:
            while chunk := member.read(CHUNK):
                size += len(chunk)
                budget.take(len(chunk))
                if size > MAX_FILE_BYTES:
                    raise OverLimit(too_large())
                if size > MIN_ZIP_RATIO_BYTES and size > MAX_ZIP_RATIO * max(info.compress_size, 1):
                    raise OverLimit(bomb())
                if not parts and not chunk.startswith(GZIP_MAGIC):
                    refuse_archive(chunk)
                parts.append(chunk)
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        struct.error,
    ) as error:
        msg = "it is damaged inside the ZIP"
        raise Unreadable(msg) from error
    return b"".join(parts)


def open_member(source: SourceFile, info: zipfile.ZipInfo) -> zipfile.ZipExtFile:
    """The decompressor of one member. Raises nearly everything on damaged files, as its reading does.

    ``ZipFile.open`` refuses members whose names differ between the local header and the central directory. Here the
    local header only gives the offset of the data (4.3.7).
    """
    file = source.open()
    file.seek(info.header_offset)
    name, extra = struct.unpack("<26xHH", file.read(30))
    file.seek(name + extra, io.SEEK_CUR)
    return zipfile.ZipExtFile(file, "r", info, None, True)

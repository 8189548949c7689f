"""The files of an upload one by one, including those inside archives; nothing is written to disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

from spine_core.study.archives.compressed import Codec, Inflated, Metered, codec_of, gunzip, too_large
from spine_core.study.archives.tar_archive import tar_entries
from spine_core.study.archives.zip_archive import zip_entries
from spine_core.study.dicom.parsing import PREAMBLE
from spine_core.study.errors import Unreadable
from spine_core.study.limits import MAX_FILE_BYTES, MAX_FILES, MAX_READ_BYTES, MIB, Budget, OverLimit
from spine_core.study.sources import Entry, SourceFile, printable
from spine_core.study.types import Problem
from spine_core.study.unsupported_formats import (
    GZIP_MAGIC,
    HEAD_BYTES,
    TAIL,
    ZIP_MAGIC,
    described,
    is_tar,
    refuse_archive,
)

UNREADABLE = "the file could not be read from disk"


def entries(sources: list[SourceFile]) -> Iterator[Entry | Problem]:
    """All files of an upload, and a problem for each that cannot be opened.

    The files of a TAR hold their bytes: read each before the next is taken.
    """
    budget = Budget(MAX_READ_BYTES, f"the upload is larger than {MAX_READ_BYTES // MIB} MB once unpacked")
    count = 0
    for source in sources:
        for found in _entries(source, budget):
            count += isinstance(found, Entry)
            if count > MAX_FILES:
                yield Problem(source.name, f"only the first {MAX_FILES} files were read")
                return
            yield found


def _entries(source: SourceFile, budget: Budget) -> Iterator[Entry | Problem]:
    source = SourceFile(printable(source.name), source.data)
    try:
        head = _ends(source)
        codec = codec_of(head)
        if head[:4] in ZIP_MAGIC and not described(head):
            yield from zip_entries(source, budget, partial(_member, budget=budget))
        elif is_tar(head) or (codec is not None and _holds_tar(source, codec)):
            yield from _tar_entries(source, codec, budget)
        else:
            if head[PREAMBLE : PREAMBLE + 4] != b"DICM" and (reason := described(head)):
                raise Unreadable(reason)
            yield Entry(source.name, partial(_whole, source, budget), source.size)
    except (Unreadable, OverLimit) as error:
        yield Problem(source.name, str(error))
    except OSError:
        yield Problem(source.name, UNREADABLE)


def _ends(source: SourceFile) -> bytes:
    """First and last bytes, which identify the format."""
    with source.open() as file:
        head = file.read(HEAD_BYTES)
        file.seek(max(file.tell(), file.seek(0, os.SEEK_END) - TAIL))
        return head + file.read()


def _holds_tar(source: SourceFile, codec: Codec) -> bool:
    with source.open() as file:
        stream, head = Inflated(file, codec), b""
        try:
            while len(head) < 512 and (more := stream.read(512 - len(head))):
                head += more
        except Unreadable:
            return False
    return is_tar(head)


def _tar_entries(source: SourceFile, codec: Codec | None, budget: Budget) -> Iterator[Entry | Problem]:
    with source.open() as file:
        stream = file if codec is None else Inflated(file, codec)
        metered = Metered(stream, source.size, budget)
        yield from tar_entries(source.name, metered, file.tell, partial(_member, budget=budget))


def _whole(source: SourceFile, budget: Budget) -> bytes:
    size = source.size
    if size > MAX_FILE_BYTES:
        raise OverLimit(too_large())
    budget.take(size)
    if isinstance(source.data, bytes):
        return _unpacked(source.data, budget)
    try:
        return _unpacked(source.data.read_bytes(), budget)
    except OSError as error:
        raise Unreadable(UNREADABLE) from error


def _unpacked(data: bytes, budget: Budget) -> bytes:
    return gunzip(data, budget) if data.startswith(GZIP_MAGIC) else data


def _member(data: bytes, budget: Budget) -> bytes:
    """The content of a file in an archive. Raises ``Unreadable`` for an archive in an archive, and ``OverLimit``."""
    if not data.startswith(GZIP_MAGIC):
        refuse_archive(data)
    return _unpacked(data, budget)

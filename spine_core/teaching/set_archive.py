"""The ZIP of a set file: a manifest, and content by its hash, none of it compressed a second time.

A set file may come from anybody. Only members that the manifest names are read, by name, size and hash, and none that
is compressed, so that nothing can unpack to more than was handed in.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from spine_core.library.errors import LibraryError
from spine_core.study.archives.zip_archive import ENCRYPTED, open_member, zip_contents
from spine_core.study.errors import Unreadable
from spine_core.study.limits import MAX_FILE_BYTES, MAX_FILES, MAX_READ_BYTES, MIB
from spine_core.study.sources import SourceFile
from spine_core.teaching.set_manifest import NO_SET_FILE, Manifest

MANIFEST, CONTENT = "manifest.json", "content"
MAX_MANIFEST_BYTES = 32 * MIB
"""A set of 500 cases with all findings and maps has a tenth of it."""

_MEMBER = re.compile(rf"{MANIFEST}|{CONTENT}/[0-9a-f]{{64}}")


def write_archive(
    target: BinaryIO, manifest: Manifest, hashes: Iterable[str], get: Callable[[str], bytes]
) -> None:
    """Writes a set file; equal content gives equal bytes. ``get``: returns the content of a hash."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        # Without a date of its own, a ZipInfo is of 1980.
        archive.writestr(zipfile.ZipInfo(MANIFEST), manifest.text())
        for sha256 in sorted(hashes):
            archive.writestr(zipfile.ZipInfo(f"{CONTENT}/{sha256}"), get(sha256))


@dataclass(frozen=True, eq=False)
class SetArchive:
    """A set file whose members are those that its manifest names; content is read as needed."""

    source: SourceFile
    manifest: Manifest
    members: Mapping[str, zipfile.ZipInfo]

    @classmethod
    def open(cls, source: SourceFile) -> SetArchive:
        """Raises ``LibraryError`` for anything but a set file that names all its content."""
        members = _listed(source)
        if MANIFEST not in members:
            raise LibraryError(NO_SET_FILE)
        manifest = Manifest.read(_read(source, members[MANIFEST]))
        if set(members) != {MANIFEST, *(f"{CONTENT}/{sha256}" for sha256 in manifest.hashes)}:
            raise LibraryError(NO_SET_FILE)
        return cls(source, manifest, members)

    def content(self, sha256: str) -> bytes:
        """The bytes of that hash. Raises ``LibraryError`` where they have another one."""
        data = _read(self.source, self.members[f"{CONTENT}/{sha256}"])
        if hashlib.sha256(data).hexdigest() != sha256:
            raise LibraryError(NO_SET_FILE)
        return data


def _listed(source: SourceFile) -> dict[str, zipfile.ZipInfo]:
    try:
        infos = zip_contents(source)
    except Unreadable:
        raise LibraryError(NO_SET_FILE) from None
    members = {one.filename: one for one in infos}
    small = len(infos) <= MAX_FILES and sum(one.file_size for one in infos) <= MAX_READ_BYTES
    if not small or len(members) < len(infos) or not all(map(_possible, infos)):
        raise LibraryError(NO_SET_FILE)
    return members


def _possible(info: zipfile.ZipInfo) -> bool:
    most = MAX_MANIFEST_BYTES if info.filename == MANIFEST else MAX_FILE_BYTES
    return (
        _MEMBER.fullmatch(info.filename) is not None
        and info.compress_type == zipfile.ZIP_STORED
        and info.file_size == info.compress_size <= most
        and not info.flag_bits & ENCRYPTED
    )


def _read(source: SourceFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with open_member(source, info) as member:
            return member.read()
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, struct.error):
        raise LibraryError(NO_SET_FILE) from None

"""Archives made for the tests."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from collections.abc import Iterable

Member = tuple["str | zipfile.ZipInfo", bytes]


def zipped(members: Iterable[Member]) -> bytes:
    """A ZIP of members (name or header, content), names as often as they come."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def zip_info(name: str, *, attributes: int = 0, unix: bool = False) -> zipfile.ZipInfo:
    """A member's header with file attributes, of MS-DOS or of Unix."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3 if unix else 0
    info.external_attr = attributes << 16 if unix else attributes
    return info


def zip_member(name: bytes, data: bytes, *, utf8: bool = False) -> bytes:
    """A ZIP of one stored member whose name is exactly these bytes."""
    import zlib

    flags = 0x800 if utf8 else 0
    common = struct.pack(
        "<HHHHHLLLHH", 20, flags, 0, 0, 0x21, zlib.crc32(data), len(data), len(data), len(name), 0
    )
    local = b"PK\x03\x04" + common + name + data
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def tarred(members: Iterable[tuple[str | tarfile.TarInfo, bytes]], kind: int = tarfile.PAX_FORMAT) -> bytes:
    """A TAR of members (name or header, content)."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=kind) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def tar_info(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    """A member's header of a type that is no regular file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info

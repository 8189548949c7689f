"""Files inside a TAR, plain or compressed, read in sequence; nothing is written to disk.

Headers are parsed by ``tarfile.TarInfo``. ``tarfile.TarFile`` is not used: it reads headers of any length, keeps all
members in memory, and needs quadratic time for forged attributes before Python 3.11.10 (CVE-2024-6232).
Format: POSIX.1-2001 (pax), ustar, GNU tar, V7.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from functools import partial

from spine_core.study.archives.compressed import CHUNK, Stream, too_large
from spine_core.study.errors import Unreadable
from spine_core.study.limits import MAX_FILE_BYTES, MAX_FILES, MAX_TAR_HEADER_BYTES, OverLimit
from spine_core.study.sources import INDEX_ALONE, Entry, is_index, is_junk, leads_outside, printable
from spine_core.study.types import Problem

BLOCK = tarfile.BLOCKSIZE
MAX_MEMBERS = 2 * MAX_FILES
"""Files, folders and links of one TAR."""

_WITHOUT_DATA = frozenset(
    {
        tarfile.LNKTYPE,
        tarfile.SYMTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.DIRTYPE,
        tarfile.FIFOTYPE,
    }
)
_PAX = frozenset({tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE})
_ABOUT_OTHERS = frozenset({tarfile.GNUTYPE_LONGLINK, tarfile.XGLTYPE})
"""Headers that are not needed here: targets of links, and attributes of all files."""
_IS_EXTENDED, _NEXT_EXTENDED = 482, 504
"""Offsets of the byte that marks a further block, in a GNU sparse header and in the blocks after it."""


def tar_entries(
    name: str, stream: Stream, stored: Callable[[], int], unpack: Callable[[bytes], bytes]
) -> Iterator[Entry | Problem]:
    """The files of a TAR, each with its bytes, and a problem for each refused. Raises ``Unreadable`` or ``OverLimit``.

    ``name``: of the TAR. ``stored`` returns how many bytes of the upload have been read. ``unpack`` takes a member's
    bytes and returns its content.
    """
    empty, index, before = True, False, stored()
    tar = _Tar(stream)
    for info in tar.members():
        index = index or is_index(info.name)
        if info.isdir() or info.name.endswith("/") or is_junk(info.name):
            continue
        empty = False
        shown = printable(f"{name} / {printable(info.name)}")
        if reason := _refusal(info):
            yield Problem(shown, reason)
            continue
        data = tar.content()
        used = stored()
        yield Entry(shown, partial(unpack, data), used - before, len(data))
        before = used
    if empty:
        yield Problem(name, INDEX_ALONE if index else "the TAR is empty")


def _refusal(info: tarfile.TarInfo) -> str:
    if leads_outside(info.name):
        return "its path leads outside the archive, so it was not opened"
    if info.issym() or info.islnk():
        return "it is a link, and links are not followed"
    if info.isdev():  # pipes as well
        return "it is a device, not a file"
    if info.type == tarfile.GNUTYPE_SPARSE:
        return "it is stored with gaps (a sparse file), which this program does not fill"
    if info.type not in tarfile.REGULAR_TYPES:
        return "it is of a kind that this program does not know"
    if info.size > MAX_FILE_BYTES:
        return too_large()
    return ""


class _Tar:
    """Sequential reader of a TAR."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._left = 0
        self._padding = 0

    def members(self) -> Iterator[tarfile.TarInfo]:
        """The header of each member with its full name; unread content of the previous member is skipped."""
        attributes: dict[str, str] = {}
        for _ in range(MAX_MEMBERS):
            info = self._header()
            while info is not None and self._extends(info, attributes):
                info = self._header()
            if info is None:
                return
            _apply(attributes, info)
            attributes.clear()
            self._expect(0 if info.type in _WITHOUT_DATA else info.size)
            yield info
        msg = "the TAR lists more files than can be opened"
        raise OverLimit(msg)

    def content(self) -> bytes:
        """The bytes of the current member."""
        data = self._take(self._left)
        self._left = 0
        return data

    def _header(self) -> tarfile.TarInfo | None:
        self._skip(self._left + self._padding)
        block = self._take(BLOCK, may_end=True)
        if not block.strip(b"\0"):
            return None
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except (tarfile.HeaderError, ValueError) as error:
            raise Unreadable(_damaged()) from error
        if info.size < 0:
            raise Unreadable(_damaged())
        if info.type == tarfile.GNUTYPE_SPARSE:
            more = block[_IS_EXTENDED]
            while more:
                more = self._take(BLOCK)[_NEXT_EXTENDED]
        self._expect(0)
        return info

    def _extends(self, info: tarfile.TarInfo, attributes: dict[str, str]) -> bool:
        """True for a header that only describes the next one; its values go to ``attributes``."""
        if info.type not in _PAX | _ABOUT_OTHERS | {tarfile.GNUTYPE_LONGNAME}:
            return False
        if info.size > MAX_TAR_HEADER_BYTES:
            msg = "its list of files holds more than any study needs"
            raise OverLimit(msg)
        self._expect(info.size)
        data = self.content()
        if info.type == tarfile.GNUTYPE_LONGNAME:
            attributes["path"] = data.split(b"\0")[0].decode("utf-8", "surrogateescape")
        elif info.type in _PAX:
            attributes |= _pax_records(data)
        return True

    def _expect(self, size: int) -> None:
        self._left, self._padding = size, -size % BLOCK

    def _take(self, size: int, *, may_end: bool = False) -> bytes:
        parts: list[bytes] = []
        left = size
        while left and (data := self._stream.read(min(left, CHUNK))):
            parts.append(data)
            left -= len(data)
        if left and not (may_end and left == size):
            raise Unreadable(_damaged())
        return b"".join(parts)

    def _skip(self, size: int) -> None:
        while size:
            data = self._stream.read(min(size, CHUNK))
            if not data:
                return  # some writers leave out the padding at the end
            size -= len(data)


def _apply(attributes: dict[str, str], info: tarfile.TarInfo) -> None:
    """Copies the values of extended headers to ``info``."""
    info.name = attributes.get("GNU.sparse.name") or attributes.get("path") or info.name
    if any(key.startswith("GNU.sparse.") for key in attributes):
        info.type = tarfile.GNUTYPE_SPARSE
    if "size" in attributes:
        if not attributes["size"].isdecimal() or len(attributes["size"]) > 20:
            raise Unreadable(_damaged())
        info.size = int(attributes["size"])


def _pax_records(data: bytes) -> dict[str, str]:
    """Records of the form ``length key=value``, each with its line break; ``length`` counts all of it."""
    records: dict[str, str] = {}
    at = 0
    while at < len(data) and data[at]:
        digits, space, _ = data[at : at + 20].partition(b" ")
        length = int(digits) if space and digits.isdigit() else 0
        if length <= len(digits) + 1 or at + length > len(data):
            raise Unreadable(_damaged())
        key, _, value = data[at + len(digits) + 1 : at + length].partition(b"=")
        records[key.decode("utf-8", "replace")] = value.rstrip(b"\n").decode("utf-8", "surrogateescape")
        at += length
    return records


def _damaged() -> str:
    return "the TAR is damaged or incomplete; files behind the damage are missing"

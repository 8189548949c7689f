"""Parses the bytes of a DICOM file into a pydicom ``Dataset``. Untrusted sizes are checked before parsing."""

from __future__ import annotations

import io
import re
import struct

from pydicom.datadict import keyword_for_tag, tag_for_keyword
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32, VR

from spine_core.study.archives.compressed import inflate
from spine_core.study.dicom.character_set import without_nul
from spine_core.study.dicom.tags import LONG, NEEDED, PRIVATE, TECHNICAL
from spine_core.study.errors import Unreadable
from spine_core.study.limits import (
    MAX_HEADER_READS,
    MAX_ITEMS,
    MAX_NESTING,
    MAX_SEQUENCE_BYTES,
    MAX_VALUE_BYTES,
    OverLimit,
)

PREAMBLE = 128
PIXEL_GROUP = 0x7FE0
KNOWN_VRS = frozenset(str(vr).encode() for vr in VR if len(str(vr)) == 2)
LONG_VRS = frozenset(str(vr).encode() for vr in EXPLICIT_VR_LENGTH_32)


def _tags() -> list[BaseTag | int]:
    tags = (tag_for_keyword(keyword) for keyword in (*TECHNICAL, *NEEDED))
    private = (BaseTag(tag) for tag in PRIVATE)
    return [*(BaseTag(tag) for tag in tags if tag is not None), *private]


TAGS = _tags()


def looks_like_dicom(data: bytes) -> bool:
    """True for Part 10 files and for bare data sets whose first elements are plausible."""
    return data[PREAMBLE : PREAMBLE + 4] == b"DICM" or _bare_syntax(data) is not None


def parse(data: bytes, *, whole: bool = False) -> Dataset:
    """The elements that are needed, including the pixels; nested sequences are parsed on access.

    ``whole``: all elements, for de-identification; those that are not needed may be of any length.
    ``file_meta.TransferSyntaxUID`` is always set to the syntax of the returned data set: a deflated file becomes
    explicit little endian. ``file_meta.MediaStorageSOPClassUID`` is empty where the file has none.
    Raises ``Unreadable`` or ``OverLimit``.
    """
    start = PREAMBLE + 4 if data[PREAMBLE : PREAMBLE + 4] == b"DICM" else 0
    try:
        file = io.BytesIO(data[start : start + 65_536])
        meta = read_dataset(file, False, True, stop_when=_past_meta)
        body = data[start + file.tell() :]
        named = str(meta.get("TransferSyntaxUID", ""))
        syntax = UID(named) if named else _bare_syntax(body)
        if syntax is None:
            msg = "its header does not say how it is written"
            raise Unreadable(msg)
        if syntax == DeflatedExplicitVRLittleEndian:
            body, syntax = inflate(body, -15), ExplicitVRLittleEndian
        _check_nesting(body)
        body = without_nul(body)
        dataset = read_dataset(
            _Counted(body),
            syntax == ImplicitVRLittleEndian,
            syntax != ExplicitVRBigEndian,
            specific_tags=None if whole else TAGS,
        )
    except (Unreadable, OverLimit):
        raise
    except RecursionError as error:
        raise Unreadable(_too_deep()) from error
    except Exception as error:  # pydicom raises nearly everything on damaged bytes
        msg = "its DICOM header is damaged"
        raise Unreadable(msg) from error
    _check_lengths(dataset)
    if not len(dataset):  # pydicom drops everything when the file ends inside an element
        msg = "it is incomplete, or not a supported image"
        raise Unreadable(msg)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = UID(str(meta.get("MediaStorageSOPClassUID", "")))
    return dataset


class _Counted(io.BytesIO):
    """Bytes with a limited number of reads: millions of empty elements would take minutes and gigabytes."""

    left = MAX_HEADER_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise OverLimit(_too_long())
        return super().read(size)


def _too_long() -> str:
    return "its header holds more than any image needs"


def _check_lengths(dataset: Dataset) -> None:
    """Refuses long values: numbers and sequences grow a hundredfold when pydicom converts them."""
    needed = frozenset(TAGS)
    for element in dataset.elements():
        if element.tag not in needed:
            continue
        value = element.value
        longest = MAX_SEQUENCE_BYTES if keyword_for_tag(element.tag) in LONG else MAX_VALUE_BYTES
        if element.tag.group < PIXEL_GROUP and isinstance(value, bytes) and len(value) > longest:
            raise Unreadable(_too_long())


def _past_meta(tag: BaseTag, vr: str | None, length: int) -> bool:
    return tag.group != 2


def _too_deep() -> str:
    return f"its header nests sequences more than {MAX_NESTING} deep"


_ITEMS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
_OPENS = (b"\xff\xff\xff\xff\xfe\xff\x00\xe0", b"\xff\xff\xff\xff\xff\xfe\xe0\x00")
_DEPTH = re.compile(
    rb"(?P<open>\xff{4}(?:\xfe\xff\x00\xe0|\xff\xfe\xe0\x00))|(?P<close>(?:\xfe\xff\xdd\xe0|\xff\xfe\xe0\xdd)\x00{4})"
)


def _check_nesting(body: bytes) -> None:
    """Refuses deep nesting before pydicom recurses into it.

    Only sequences of undefined length are parsed at once; each opens with an undefined length followed by an
    item tag and closes with a delimiter, so the bytes can be counted without parsing. Nesting that evades
    the count still hits Python's recursion limit.
    """
    if max(body.count(item) for item in _ITEMS) > MAX_ITEMS:
        raise Unreadable(_too_long())
    if sum(body.count(opening) for opening in _OPENS) <= MAX_NESTING:
        return
    depth = 0
    for found in _DEPTH.finditer(body):
        depth = depth + 1 if found["open"] else max(0, depth - 1)
        if depth > MAX_NESTING:
            raise Unreadable(_too_deep())


def _bare_syntax(data: bytes) -> UID | None:
    """Transfer syntax of a data set without file meta information, or None where it is not DICOM."""
    for syntax in (ExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian):
        if _plausible(
            data, explicit=syntax != ImplicitVRLittleEndian, endian="<>"[syntax == ExplicitVRBigEndian]
        ):
            return syntax
    return None


def _plausible(data: bytes, *, explicit: bool, endian: str) -> bool:
    """True where the first three elements are in order, start in group 2 or 8, and fit into the file."""
    at, last = 0, 0
    for count in range(3):
        if len(data) < at + 12:
            return False
        group, element = struct.unpack_from(endian + "HH", data, at)
        tag = group << 16 | element
        if tag <= last or (count == 0 and group not in (2, 8)) or group > 0x20:
            return False
        head = 8
        if not explicit:
            (length,) = struct.unpack_from(endian + "L", data, at + 4)
        elif (vr := data[at + 4 : at + 6]) not in KNOWN_VRS:
            return False
        elif vr in LONG_VRS:
            (length,), head = struct.unpack_from(endian + "L", data, at + 8), 12
        else:
            (length,) = struct.unpack_from(endian + "H", data, at + 6)
        last, at = tag, at + head + length
        if at > len(data):
            return False
    return True

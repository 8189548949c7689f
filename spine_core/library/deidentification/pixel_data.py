"""Text beside the pixels of a DICOM object: in compressed frames, in unused bits, and behind the last pixel."""

from __future__ import annotations

import numpy as np
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID, RLELossless

from spine_core.library.deidentification.codestream_comments import UnknownCodestream, without_comments
from spine_core.study.dicom.header_values import number
from spine_core.study.dicom.pixel_data import PIXELS

OFFSET_TABLES = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")


def clean_pixel_data(source: Dataset, copy: Dataset) -> bool:
    """Cleans the pixel data of ``copy``, the de-identified ``source``; False where comments may remain.

    Decoded pixels stay equal. Overlay planes in unused bits of the words are cleared where the header of ``source``
    announces them.
    """
    keyword = next((name for name in PIXELS if name in copy), "")
    syntax = UID(str(source.file_meta.TransferSyntaxUID))
    if not keyword:
        return True
    if syntax.is_compressed:
        return keyword != "PixelData" or syntax == RLELossless or _clean_frames(copy)
    _cut_to_size(copy, keyword)
    if keyword == "PixelData":
        for bit in _overlay_bits(source):
            _clear(copy, bit, "<" if syntax.is_little_endian else ">")
    return True


def _clean_frames(copy: Dataset) -> bool:
    frames = int(number(copy, "NumberOfFrames") or 1)
    try:
        stored = list(generate_frames(copy.PixelData, number_of_frames=frames))
        cleaned = [without_comments(frame) for frame in stored]
    except (UnknownCodestream, ValueError):
        return False
    if any(one is not other for one, other in zip(cleaned, stored, strict=True)):
        _replace(copy, encapsulate(cleaned))
        for table in OFFSET_TABLES:
            copy.pop(table, None)
    return True


def _cut_to_size(copy: Dataset, keyword: str) -> None:
    """Drops bytes behind the last pixel, where the header states all that gives their number."""
    needed = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")
    found = [number(copy, name) for name in needed]
    if any(value is None for value in found):
        return
    bits = np.prod([int(value) for value in found if value is not None], dtype=object)
    length = int(bits) * int(number(copy, "NumberOfFrames") or 1) // 8
    length += length % 2
    if 0 < length < len(copy[keyword].value):
        _replace(copy, copy[keyword].value[:length], keyword)


def _overlay_bits(source: Dataset) -> list[int]:
    """Bits above the samples in which overlay planes are stored (retired in 2004, PS3.5 8.1.2)."""
    stored, high = number(source, "BitsStored"), number(source, "HighBit")
    allocated = number(source, "BitsAllocated")
    if stored is None or high is None or allocated not in (8, 16):
        return []
    samples = range(int(high - stored) + 1, int(high) + 1)
    bits = {_bit(source, group) for group in range(0x6000, 0x6020, 2)} - {0, *samples}
    return sorted(bit for bit in bits if bit < allocated)


def _bit(source: Dataset, group: int) -> int:
    """Overlay Bit Position of a group whose plane is in the pixel data; 0 for others."""
    if (group, 0x0102) not in source or (group, 0x3000) in source:
        return 0
    try:
        return max(0, int(source[group, 0x0102].value))
    except (TypeError, ValueError):
        return 0


def _clear(copy: Dataset, bit: int, order: str) -> None:
    dtype = np.dtype(f"{order}u{int(copy.BitsAllocated) // 8}")
    words = np.frombuffer(copy.PixelData, dtype, len(copy.PixelData) // dtype.itemsize)
    _replace(copy, (words & ~dtype.type(1 << bit)).astype(dtype).tobytes())


def _replace(copy: Dataset, value: bytes, keyword: str = "PixelData") -> None:
    """Puts a new element into ``copy``, since the old one belongs to the source as well."""
    old = copy[keyword]
    copy[keyword] = DataElement(old.tag, old.VR, value, is_undefined_length=old.is_undefined_length)

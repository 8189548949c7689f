"""Reads and validates the Image Pixel module (PS3.3 C.7.6.3.1); missing elements get defaults where that is safe."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.datadict import dictionary_description, tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.pixels.common import PhotometricInterpretation
from pydicom.tag import BaseTag

from spine_core.study.dicom.header_values import number, text
from spine_core.study.errors import Unreadable
from spine_core.study.limits import MAX_FRAME_PIXELS, MAX_FRAMES, MAX_SIDE
from spine_core.study.types import Note, Severity

FLOAT_BITS = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}
"""Bits Allocated of the pixel data that are not integers (PS3.3 C.7.6.24, C.7.6.25)."""

KNOWN_PHOTOMETRIC = frozenset(str(one) for one in PhotometricInterpretation)


@dataclass(frozen=True)
class PixelHeader:
    """How the samples of an object are stored.

    A sample has ``bits_stored`` bits of a word of ``bits_allocated``; its most significant bit is ``high_bit``, in
    two's complement where ``signed``. Other bits of the word do not belong to it (PS3.5 8.1.1). ``notes``: what was
    assumed.
    """

    frames: int
    rows: int
    columns: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    notes: tuple[Note, ...] = ()

    @property
    def length(self) -> int:
        """Bytes of all frames before compression."""
        return _length(self.frames, self.rows, self.columns, self.samples, self.bits_allocated)


def element_name(keyword: str) -> str:
    """Name and tag of an element as in the standard: ``Rows (0028,0010)``."""
    tag = BaseTag(tag_for_keyword(keyword) or 0)
    return f"{dictionary_description(tag)} ({tag.group:04X},{tag.element:04X})"


def pixel_header(dataset: Dataset, keyword: str, native_length: int | None) -> PixelHeader:
    """Reads and validates the elements; writes assumed values into ``dataset`` for the decoder.

    ``keyword``: of the pixel data. ``native_length``: their length in bytes; None where they are compressed.
    Raises ``Unreadable``, which names the element, where one is missing or invalid and has no safe default.
    """
    return _Reader(dataset, keyword, native_length).read()


class _Reader:
    """Reads the elements and collects those whose values were assumed."""

    def __init__(self, dataset: Dataset, keyword: str, native_length: int | None) -> None:
        self.dataset, self.keyword, self.native_length = dataset, keyword, native_length
        self.missing: list[str] = []
        self.invalid: list[str] = []

    def read(self) -> PixelHeader:
        rows, columns = self._required("Rows"), self._required("Columns")
        frames = self._frames()
        if max(rows, columns) > MAX_SIDE or rows * columns > MAX_FRAME_PIXELS or frames > MAX_FRAMES:
            msg = f"its header claims {frames} x {rows} x {columns} pixels, more than can be opened"
            raise Unreadable(msg)
        samples = self._samples()
        self._photometric(samples)
        if samples > 1 and number(self.dataset, "PlanarConfiguration") is None:
            self._assume("PlanarConfiguration", 0)
        allocated = self._bits_allocated(frames * rows * columns * samples)
        self._confirm_samples(_length(frames, rows, columns, samples, allocated))
        stored, high = self._bits(allocated)
        signed = self._signed()
        return PixelHeader(frames, rows, columns, samples, allocated, stored, high, signed, self._notes())

    def _required(self, keyword: str) -> int:
        value = number(self.dataset, keyword)
        if value is None:
            raise _lacking(keyword)
        if value < 1:
            raise _unusable(keyword, value)
        return int(value)

    def _frames(self) -> int:
        frames = int(number(self.dataset, "NumberOfFrames") or 1)
        if frames < 1:
            raise _unusable("NumberOfFrames", frames)
        # Classic objects lack this element and have one frame.
        self.dataset.NumberOfFrames = frames
        return frames

    def _samples(self) -> int:
        value = number(self.dataset, "SamplesPerPixel")
        if value is None:
            colour = _photometric(self.dataset).startswith(("RGB", "YBR"))
            self._assume("SamplesPerPixel", 3 if colour else 1)
            return 3 if colour else 1
        if value not in (1, 3):
            raise _unusable("SamplesPerPixel", value)
        return int(value)

    def _photometric(self, samples: int) -> None:
        found = _photometric(self.dataset)
        if not found:
            grey = "PALETTE COLOR" if "RedPaletteColorLookupTableData" in self.dataset else "MONOCHROME2"
            self._assume("PhotometricInterpretation", grey if samples == 1 else "RGB")
        elif found not in KNOWN_PHOTOMETRIC:
            msg = f"{element_name('PhotometricInterpretation')} in its header is not defined by DICOM"
            raise Unreadable(msg)
        else:
            self.dataset.PhotometricInterpretation = found

    def _bits_allocated(self, count: int) -> int:
        """``count``: samples of all frames."""
        if self.keyword in FLOAT_BITS:
            self.dataset.BitsAllocated = FLOAT_BITS[self.keyword]
            return FLOAT_BITS[self.keyword]
        value = number(self.dataset, "BitsAllocated")
        fitting = [bits for bits in (8, 16, 32) if self._fits(count * bits // 8)]
        stored = number(self.dataset, "BitsStored") or 0
        if value in (1, 8, 16, 32, 64) and (stored <= value or len(fitting) != 1 or stored > fitting[0]):
            return int(value)
        if len(fitting) != 1:
            raise _lacking("BitsAllocated") if value is None else _unusable("BitsAllocated", value)
        if value is None:
            self._assume("BitsAllocated", fitting[0])
        elif value != fitting[0]:
            self._replace("BitsAllocated", fitting[0])
        return fitting[0]

    def _fits(self, length: int) -> bool:
        # Values of odd length are padded to an even one (PS3.5 7.1.1).
        return self.native_length is not None and self.native_length in (length, length + length % 2)

    def _confirm_samples(self, length: int) -> None:
        """An assumed number of samples must fit the pixel data."""
        if "SamplesPerPixel" in self.missing and self.native_length is not None and not self._fits(length):
            raise _lacking("SamplesPerPixel")

    def _bits(self, allocated: int) -> tuple[int, int]:
        """Bits Stored and High Bit."""
        if self.keyword in FLOAT_BITS:
            return allocated, allocated - 1
        stored = self._within("BitsStored", 1, allocated, allocated)
        return stored, self._within("HighBit", stored - 1, allocated - 1, stored - 1)

    def _within(self, keyword: str, least: int, most: int, default: int) -> int:
        value = number(self.dataset, keyword)
        if value is None:
            self._assume(keyword, default)
        elif not least <= value <= most:
            self._replace(keyword, default)
        else:
            return int(value)
        return default

    def _signed(self) -> bool:
        return self.keyword not in FLOAT_BITS and self._within("PixelRepresentation", 0, 1, 0) == 1

    def _assume(self, keyword: str, value: int | str) -> None:
        setattr(self.dataset, keyword, value)
        self.missing.append(keyword)

    def _replace(self, keyword: str, value: int) -> None:
        setattr(self.dataset, keyword, value)
        self.invalid.append(keyword)

    def _notes(self) -> tuple[Note, ...]:
        notes = []
        if self.missing:
            text_ = f"The header lacks {self._assumed(self.missing)} assumed. Check the grey levels."
            notes.append(Note(Severity.WARNING, text_))
        if self.invalid:
            text_ = f"The header gives an invalid {self._assumed(self.invalid)} used instead. Check the grey levels."
            notes.append(Note(Severity.WARNING, text_))
        return tuple(notes)

    def _assumed(self, keywords: list[str]) -> str:
        names = ", ".join(element_name(keyword) for keyword in keywords)
        values = ", ".join(text(self.dataset, keyword) for keyword in keywords)
        return f"{names}; {values} {'is' if len(keywords) == 1 else 'are'}"


def _length(frames: int, rows: int, columns: int, samples: int, bits: int) -> int:
    return (frames * rows * columns * samples * bits + 7) // 8


def _photometric(dataset: Dataset) -> str:
    """The value in the standard's spelling, without regard to case and spaces; ``MONOCHROME`` means MONOCHROME2."""
    found = "".join(text(dataset, "PhotometricInterpretation").upper().split())
    return {"MONOCHROME": "MONOCHROME2", "PALETTECOLOR": "PALETTE COLOR"}.get(found, found)


def _lacking(keyword: str) -> Unreadable:
    return Unreadable(f"its header lacks {element_name(keyword)}")


def _unusable(keyword: str, value: float) -> Unreadable:
    return Unreadable(f"{element_name(keyword)} in its header is {value:g}, which cannot be read")

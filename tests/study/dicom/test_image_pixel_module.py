"""The Image Pixel module: unused bits, defaults, and errors that name the element."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.config import IGNORE
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from spine_core.study import SourceFile, StudyError, open_study
from spine_core.study.dicom.codestream import frame_precision
from spine_core.study.types import Series, Severity
from tests.study.made import mr, random_pixels, stored

TWELVE = np.arange(4096, dtype=np.uint16).reshape(64, 64)
SIGNED = (TWELVE.astype(np.int32) - 2048).astype(np.int16)
OVERLAY = (np.random.default_rng(0).integers(0, 16, TWELVE.shape) << 12).astype(np.uint16)
"""Bits 12 to 15, where objects of old standards keep overlay planes (PS3.5-2004 8.1.2)."""

SYNTAXES = [None, RLELossless, JPEG2000Lossless, JPEGLSLossless]


def opened(ds: Dataset, syntax=None) -> Series:
    return open_study([SourceFile("a", stored(ds, syntax))]).series[0]


def twelve_bits(words: np.ndarray, high: int = 11, *, signed: bool = False, syntax=None) -> Series:
    """Words of 16 bits of which 12 are a sample. Compressed with all their bits, as old objects were transcoded."""
    ds = mr(pixels=words.view(np.int16 if signed else np.uint16))
    if syntax is not None:
        ds.compress(syntax)
    ds.BitsStored, ds.HighBit = 12, high
    return opened(ds)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_overlay_bits_are_not_part_of_the_samples(syntax) -> None:
    assert np.array_equal(twelve_bits(TWELVE | OVERLAY, syntax=syntax).pixels[0], TWELVE)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_sign_is_that_of_the_samples_not_of_the_word(syntax) -> None:
    words = (SIGNED.view(np.uint16) & 0x0FFF) | OVERLAY
    assert np.array_equal(twelve_bits(words, signed=True, syntax=syntax).pixels[0], SIGNED)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("high", [13, 15])
def test_samples_in_the_upper_bits_are_shifted_down(high, syntax) -> None:
    below = (np.random.default_rng(1).integers(0, 1 << (high - 11), TWELVE.shape)).astype(np.uint16)
    words = (TWELVE << (high - 11)) | below
    assert np.array_equal(twelve_bits(words, high, syntax=syntax).pixels[0], TWELVE)
    words = (SIGNED.view(np.uint16) << (high - 11)) | below
    assert np.array_equal(twelve_bits(words, high, signed=True, syntax=syntax).pixels[0], SIGNED)


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless])
def test_codestreams_of_samples_alone_are_not_shifted(syntax) -> None:
    """Encoders take the samples out of their words; the header often keeps the High Bit that these had."""
    ds = mr(pixels=TWELVE, BitsStored=12, HighBit=11)
    ds.compress(syntax)
    (codestream,) = generate_frames(ds.PixelData, number_of_frames=1)
    assert frame_precision(codestream) == 12
    ds.HighBit = 15
    assert np.array_equal(opened(ds).pixels[0], TWELVE)


def test_unused_bits_of_eight_bit_words_are_removed() -> None:
    words = np.arange(256, dtype=np.uint8).reshape(16, 16)
    series = opened(mr(pixels=words, BitsStored=6, HighBit=7))
    assert np.array_equal(series.pixels[0], words >> 2)


def warnings_of(series: Series) -> list[str]:
    return [note.text for note in series.notes if note.severity is Severity.WARNING]


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("SamplesPerPixel", "Samples per Pixel (0028,0002); 1 is assumed"),
        ("PhotometricInterpretation", "Photometric Interpretation (0028,0004); MONOCHROME2 is assumed"),
        ("BitsAllocated", "Bits Allocated (0028,0100); 16 is assumed"),
        ("BitsStored", "Bits Stored (0028,0101); 16 is assumed"),
        ("HighBit", "High Bit (0028,0102); 15 is assumed"),
        ("PixelRepresentation", "Pixel Representation (0028,0103); 0 is assumed"),
    ],
)
def test_missing_elements_get_their_default_with_a_note(missing, named) -> None:
    series = opened(mr(**{missing: None}))
    assert np.array_equal(series.pixels[0], random_pixels(0))
    (note,) = warnings_of(series)
    assert named in note


def test_several_missing_elements_are_one_note_and_an_empty_one_is_missing() -> None:
    ds = mr(BitsStored=None, HighBit=None)
    ds.SamplesPerPixel = None
    series = opened(ds)
    assert np.array_equal(series.pixels[0], random_pixels(0))
    (note,) = warnings_of(series)
    assert "(0028,0002), Bits Stored (0028,0101), High Bit (0028,0102); 1, 16, 15 are assumed" in note


def test_one_frame_needs_no_number_of_frames_and_no_note() -> None:
    assert warnings_of(opened(mr())) == []


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
def test_bits_allocated_are_known_from_the_length(dtype) -> None:
    pixels = random_pixels(0).astype(dtype) % 200
    series = opened(mr(pixels=pixels, BitsAllocated=None))
    assert np.array_equal(series.pixels[0], pixels)


@pytest.mark.parametrize(
    ("keyword", "name"),
    [("Rows", "Rows (0028,0010)"), ("Columns", "Columns (0028,0011)")],
)
def test_a_missing_size_is_named(keyword, name) -> None:
    with pytest.raises(StudyError, match="its header lacks") as error:
        opened(mr(**{keyword: None}))
    assert name in error.value.reason
    with pytest.raises(StudyError, match="in its header is 0") as error:
        opened(mr(**{keyword: 0}))
    assert name in error.value.reason


def test_bits_allocated_that_do_not_follow_from_the_length_are_named() -> None:
    ds = mr(BitsAllocated=None)
    ds.PixelData = ds.PixelData + bytes(100)
    with pytest.raises(StudyError, match=r"lacks Bits Allocated \(0028,0100\)"):
        opened(ds)
    ds = mr()
    ds.compress(RLELossless)
    del ds.BitsAllocated
    with pytest.raises(StudyError, match=r"lacks Bits Allocated \(0028,0100\)"):
        opened(ds)


def test_samples_per_pixel_are_not_assumed_against_the_length() -> None:
    colour = np.zeros((24, 16, 3), np.uint8)
    ds = mr(pixels=colour, SamplesPerPixel=None)
    with pytest.raises(StudyError, match=r"lacks Samples per Pixel \(0028,0002\)"):
        opened(ds)
    ds = mr(pixels=colour, SamplesPerPixel=None, PhotometricInterpretation="RGB")
    series = opened(ds)
    assert series.pixels.shape == (1, 24, 16)
    assert "Planar Configuration (0028,0006)" in warnings_of(series)[0]


@pytest.mark.parametrize(
    ("elements", "expected_note"),
    [
        ({"BitsStored": 20}, "Bits Stored (0028,0101); 16 is used"),
        ({"BitsStored": 0, "HighBit": 15}, "Bits Stored (0028,0101); 16 is used"),
        ({"HighBit": 16}, "High Bit (0028,0102); 15 is used"),
        ({"HighBit": 7}, "High Bit (0028,0102); 15 is used"),
        ({"PixelRepresentation": 7}, "Pixel Representation (0028,0103); 0 is used"),
        ({"BitsAllocated": 8}, "Bits Allocated (0028,0100); 16 is used"),
        ({"BitsAllocated": 12}, "Bits Allocated (0028,0100); 16 is used"),
    ],
)
def test_invalid_values_are_replaced_with_a_note(elements, expected_note) -> None:
    series = opened(mr(**elements))
    assert np.array_equal(series.pixels[0], random_pixels(0))
    (note,) = warnings_of(series)
    assert expected_note in note


@pytest.mark.parametrize(
    ("elements", "named"),
    [
        ({"SamplesPerPixel": 4}, "Samples per Pixel (0028,0002) in its header is 4"),
        ({"SamplesPerPixel": 0}, "Samples per Pixel (0028,0002) in its header is 0"),
        ({"NumberOfFrames": -3}, "Number of Frames (0028,0008) in its header is -3"),
        ({"PhotometricInterpretation": "SEPIA"}, "Photometric Interpretation (0028,0004) in its header"),
    ],
)
def test_invalid_values_without_a_safe_default_are_named(elements, named) -> None:
    with pytest.raises(StudyError) as error:
        opened(mr(**elements))
    assert named in error.value.reason


@pytest.mark.parametrize(
    ("written", "inverted"),
    [("monochrome2", False), ("MONOCHROME 2", False), ("MONOCHROME", False), ("Monochrome1", True)],
)
def test_the_spelling_of_the_photometric_interpretation_does_not_matter(written, inverted) -> None:
    ds = mr()
    ds.add(DataElement("PhotometricInterpretation", "CS", written, validation_mode=IGNORE))
    series = opened(ds)
    assert np.array_equal(series.pixels[0], random_pixels(0))
    assert series.inverted is inverted


def test_a_file_whose_pixels_are_wrong_does_not_keep_the_others_from_opening() -> None:
    study = open_study([SourceFile("good", stored(mr())), SourceFile("bad", stored(mr(Rows=None)))])
    assert len(study.series) == 1
    assert study.problems[0].reason == "its header lacks Rows (0028,0010)"

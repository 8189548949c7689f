"""Declared padding is excluded from grey values, whatever its sign, range or data type."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from spine_core.anatomy import detector
from spine_core.networks.preprocessing import Preprocessing
from spine_core.study import SourceFile, open_study
from spine_core.study.intensity.window import display_window, percentile_range, presets, to_grey
from spine_core.study.types import Series
from tests.study.made import mr, random_pixels, stored

BODY = random_pixels(3, 48, 40)
"""Values of about 800 to 1200."""


def bordered(value: int, dtype: type[np.generic] = np.int16) -> np.ndarray:
    """``BODY`` between two columns of ``value`` on either side."""
    return np.pad(BODY.astype(dtype), ((0, 0), (2, 2)), constant_values=dtype(value))


def opened(*datasets: Dataset, syntax=None) -> Series:
    files = [SourceFile(str(n), stored(ds, syntax)) for n, ds in enumerate(datasets)]
    (series,) = open_study(files).series
    return series


def with_padding(
    pixels: np.ndarray, value: object, limit: object = None, vr: str = "", **elements: object
) -> Dataset:
    ds = mr(pixels=pixels, **elements)
    vr = vr or ("SS" if pixels.dtype.kind == "i" else "US")
    for tag, one in ((0x00280120, value), (0x00280121, limit)):
        if one is not None:
            ds.add(DataElement(tag, vr, one))
    return ds


def padded_columns(series: Series) -> list[int]:
    """Columns of the first slice that are padding from top to bottom; no other pixel may be."""
    assert series.padding is not None
    columns = np.flatnonzero(series.padding[0].all(axis=0))
    assert series.padding[0].sum() == len(columns) * series.rows
    return columns.tolist()


EDGES = [0, 1, 42, 43]


@pytest.mark.parametrize("syntax", [None, RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_padding_has_no_grey_value_and_is_drawn_as_the_darkest(syntax) -> None:
    series = opened(with_padding(bordered(-32768), -32768), syntax=syntax)
    assert padded_columns(series) == EDGES
    assert series.pixels.dtype == np.int16
    np.testing.assert_array_equal(series.pixels[0][:, 2:-2], BODY)
    assert set(series.pixels[0][:, EDGES].ravel()) == {BODY.min()}
    plain = opened(mr(pixels=BODY))
    assert percentile_range(series, 1.0, 99.5) == percentile_range(plain, 1.0, 99.5)
    assert display_window(series, 0) == display_window(plain, 0)
    assert presets(series) == presets(plain)
    assert not to_grey(series, 0)[:, EDGES].any()


@pytest.mark.parametrize(
    ("pixels", "value", "limit"),
    [
        (bordered(-2000), -3000, -1500),
        (bordered(-2000), -1500, -3000),
        (bordered(-1500), -1500, -3000),
        (bordered(60_000, np.uint16), 65_535, 50_000),
    ],
)
def test_both_ends_of_a_padding_range_belong_to_it_in_either_order(pixels, value, limit) -> None:
    assert padded_columns(opened(with_padding(pixels, value, limit))) == EDGES


@pytest.mark.parametrize(
    ("pixels", "value", "vr"),
    [
        (bordered(-32768), 32768, "US"),
        (bordered(-2000), 63_536, "US"),
        (bordered(65_535, np.uint16), -1, "SS"),
        (bordered(-2000), -2000, "SL"),
        (bordered(-2000), "-2000", "IS"),
    ],
)
def test_padding_is_found_where_its_element_has_the_wrong_sign(pixels, value, vr) -> None:
    assert padded_columns(opened(with_padding(pixels, value, vr=vr))) == EDGES


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_padding_is_found_in_every_byte_order(syntax) -> None:
    pixels = bordered(-32768)
    ds = with_padding(pixels, -32768)
    ds.file_meta.TransferSyntaxUID = syntax
    if syntax == ExplicitVRBigEndian:
        ds.PixelData = pixels.astype(">i2").tobytes()
    assert padded_columns(opened(ds)) == EDGES


@pytest.mark.parametrize("value", ["nothing", b"", [None]])
def test_a_padding_value_that_is_no_number_is_no_padding(value) -> None:
    ds = mr(pixels=bordered(-32768))
    ds.add(
        DataElement(0x00280120, "LO" if isinstance(value, str) else "OW", value if value != [None] else b"x")
    )
    series = opened(ds)
    # Its value is found all the same, by its distance from all others.
    assert series.padding is not None


def test_a_limit_without_a_value_is_no_padding() -> None:
    assert opened(with_padding(bordered(0), None, 0)).padding is None


def test_padding_is_given_in_stored_values_before_rescale() -> None:
    series = opened(with_padding(bordered(-100), -100, RescaleSlope=2, RescaleIntercept=500))
    assert padded_columns(series) == EDGES
    assert series.pixels.min() == 2 * int(BODY.min()) + 500


def test_padding_beyond_the_bits_stored_is_found_in_the_whole_word() -> None:
    pixels = bordered(-32768)
    ds = with_padding(pixels, -32768, BitsStored=12, HighBit=11)
    series = opened(ds)
    assert padded_columns(series) == EDGES
    np.testing.assert_array_equal(series.pixels[0][:, 2:-2], BODY)


def test_bright_padding_and_padding_of_inverted_images_are_drawn_black() -> None:
    bright = opened(with_padding(bordered(65_535, np.uint16), 65_535))
    assert set(bright.pixels[0][:, EDGES].ravel()) == {BODY.min()}
    inverted = opened(with_padding(bordered(-32768), -32768, PhotometricInterpretation="MONOCHROME1"))
    assert set(inverted.pixels[0][:, EDGES].ravel()) == {BODY.max()}
    assert not to_grey(inverted, 0)[:, EDGES].any()
    assert inverted.display_slice(0)[:, EDGES].max() == inverted.display_slice(0).min()


def test_every_slice_of_a_stack_has_its_own_padding() -> None:
    first = np.pad(BODY, ((0, 0), (4, 0)), constant_values=-32768)
    second = np.pad(BODY, ((0, 0), (0, 4)), constant_values=-32768)
    series = opened(
        *(with_padding(p, -32768, ImagePositionPatient=[4 * n, 0, 0]) for n, p in enumerate((first, second)))
    )
    assert series.padding[:, 0].sum(axis=0).tolist() == [1] * 4 + [0] * 36 + [1] * 4


def test_a_multi_frame_object_is_padded_frame_by_frame() -> None:
    frames = np.stack([bordered(-32768), np.roll(bordered(-32768), 2, axis=1)])
    ds = with_padding(frames[0], -32768, NumberOfFrames=2, position=None, orientation=None)
    ds.PixelData = frames.tobytes()
    series = opened(ds)
    np.testing.assert_array_equal(series.padding, frames == -32768)


def test_a_padding_value_that_anatomy_has_as_well_takes_the_rim_only() -> None:
    """0 is air and cortical bone in MR; a padding value of 0 must not remove the bone."""
    pixels = BODY - BODY.min()
    pixels[20:26, 10:14] = 0
    edge = np.pad(pixels, ((3, 0), (0, 0)))
    series = opened(with_padding(edge, 0))
    assert series.padding[0, :3].all()
    assert series.padding.sum() == 3 * series.columns
    saturated = np.minimum(edge, 700)
    saturated[:, 0] = 5
    series = opened(with_padding(saturated, 700))
    assert series.padding is None
    np.testing.assert_array_equal(series.pixels[0], saturated)


def test_specks_of_a_common_value_at_the_rim_are_no_padding() -> None:
    noise = np.random.default_rng(0).integers(0, 4, (48, 40)).astype(np.int16)
    noise[10:40, 8:32] += BODY[10:40, 8:32]
    assert opened(with_padding(noise, 0)).padding is None


def test_a_padding_range_that_covers_the_whole_image_is_ignored() -> None:
    series = opened(with_padding(BODY, 0, 4095))
    assert series.padding is None
    assert any("nearly every pixel" in note.text for note in series.notes)
    np.testing.assert_array_equal(series.pixels[0], BODY)


def test_an_image_of_nothing_but_padding_opens() -> None:
    series = opened(with_padding(np.full((24, 16), -2000, np.int16), -2000))
    assert series.padding.all()
    assert any("No pixel of this series has a grey value" in note.text for note in series.notes)
    assert not np.ptp(to_grey(series, 0))
    assert all(np.isfinite(end) for ends in presets(series).values() for end in ends)


def test_a_blank_slice_among_others_is_padding_as_a_whole() -> None:
    blank = np.full_like(BODY, -2000)
    series = opened(
        *(with_padding(p, -2000, ImagePositionPatient=[4 * n, 0, 0]) for n, p in enumerate((BODY, blank)))
    )
    assert [bool(mask.all()) for mask in series.padding] == [False, True]
    assert series.pixels.min() == BODY.min()
    assert not detector.standardise(series.display_slice(1), series.valid(1)).any()


def test_float_padding_has_elements_of_its_own() -> None:
    ds = mr(pixels=BODY)
    del ds.PixelData, ds.BitsStored, ds.HighBit, ds.PixelRepresentation
    pixels = bordered(0).astype(np.float32)
    pixels[:, EDGES] = -0.5
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.FloatPixelData = *pixels.shape, 32, pixels.tobytes()
    ds.FloatPixelPaddingValue, ds.FloatPixelPaddingRangeLimit = -1.0, -0.25
    assert padded_columns(opened(ds)) == EDGES


def test_a_note_reports_the_fraction_of_padding() -> None:
    series = opened(with_padding(bordered(-32768), -32768))
    assert "9% of the pixels are padding: they have no grey value and are shown black." in {
        n.text for n in series.notes
    }
    assert opened(mr(pixels=BODY)).notes == ()


def test_unpadded_images_are_as_they_were() -> None:
    series = opened(with_padding(BODY, -2000))
    assert series.padding is None
    assert series.valid(0) is None
    np.testing.assert_array_equal(series.pixels[0], BODY)


def test_studies_that_differ_in_their_padding_alone_have_different_hashes() -> None:
    pixels = bordered(-2000)
    pixels[:, EDGES] = BODY.min()
    marked = pixels.copy()
    marked[:, EDGES] = -2000
    plain, padded = (open_study([SourceFile("a", stored(with_padding(p, -2000)))]) for p in (pixels, marked))
    np.testing.assert_array_equal(plain.series[0].pixels, padded.series[0].pixels)
    assert plain.sha256 != padded.sha256


@pytest.mark.parametrize("standardise", [detector.standardise, Preprocessing().standardise])
def test_the_networks_input_does_not_depend_on_padding_values(standardise) -> None:
    series = opened(with_padding(bordered(-32768), -32768))
    seen = standardise(series.display_slice(0), series.valid(0))
    np.testing.assert_array_equal(seen[:, 2:-2], standardise(BODY.astype(np.float32)))
    assert set(seen[:, EDGES].ravel()) == {seen.min()}
    assert not standardise(series.display_slice(0), np.zeros(seen.shape, bool)).any()

"""pydicom's own files against pydicom's own pixels."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.pixels import apply_modality_lut

from spine_core.study import SourceFile, StudyError, open_study

FILES = Path(pydicom.__file__).parent / "data" / "test_files"

GREY = [
    "693_J2KI.dcm",
    "CT_small.dcm",
    "J2K_pixelrep_mismatch.dcm",
    "JPEG2000.dcm",
    "JPEGLSNearLossless_08.dcm",
    "JPEGLSNearLossless_16.dcm",
    "MR_small.dcm",
    "MR_small_RLE.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_expb.dcm",
    "MR_small_implicit.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "MR_small_padded.dcm",
    "examples_overlay.dcm",
    "image_dfl.dcm",
    "rtdose_1frame.dcm",
    "rtdose_rle_1frame.dcm",
    "dicomdirtests/77654033/CR1/6154",
]
COLOUR = [
    "SC_rgb_jpeg_gdcm.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "SC_rgb_rle.dcm",
    "SC_rgb_rle_16bit.dcm",
    "SC_rgb_small_odd.dcm",
    "SC_rgb_small_odd_big_endian.dcm",
    "SC_ybr_full_422_uncompressed.dcm",
    "SC_rgb_jls_lossy_line.dcm",
    "examples_jpeg2k.dcm",
]


def read(name: str) -> pydicom.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(FILES / name)
        assert dataset.pixel_array is not None  # decoded here, where warnings do not count
        return dataset


@pytest.mark.parametrize("name", GREY)
def test_grey_pixels_are_those_of_pydicom(name: str) -> None:
    dataset = read(name)
    expected = apply_modality_lut(dataset.pixel_array, dataset)
    series = open_study([SourceFile("x", FILES / name)]).series[0]
    assert np.array_equal(series.pixels[0], expected.astype(series.pixels.dtype))
    np.testing.assert_allclose(series.pixels[0].astype(float), expected.astype(float), rtol=1e-6)


@pytest.mark.parametrize("name", COLOUR)
def test_colour_is_shown_as_luminance_and_not_graded(name: str) -> None:
    colour = read(name).pixel_array.astype(float)
    expected = 0.299 * colour[..., 0] + 0.587 * colour[..., 1] + 0.114 * colour[..., 2]
    series = open_study([SourceFile("x", FILES / name)]).series[0]
    assert np.max(np.abs(series.pixels[0].astype(float) - expected)) <= 1
    assert series.not_gradable
    assert any("brightness" in note.text for note in series.notes)


def test_multi_frame_colour_becomes_one_stack_without_geometry() -> None:
    series = open_study([SourceFile("x", FILES / "SC_rgb_rle_2frame.dcm")]).series[0]
    assert series.pixels.shape == (2, 100, 100)
    assert series.geometry is None


def test_pixels_of_one_bit_are_unpacked() -> None:
    from tests.study.made import stored

    dataset = read("liver_1frame.dcm")
    expected = dataset.pixel_array
    dataset.SOPClassUID = pydicom.uid.MultiFrameSingleBitSecondaryCaptureImageStorage
    series = open_study([SourceFile("x", stored(dataset))]).series[0]
    assert np.array_equal(series.pixels[0], expected)


def test_palette_colours_are_resolved() -> None:
    from pydicom.pixels import apply_color_lut

    dataset = read("examples_palette.dcm")
    colour = apply_color_lut(dataset.pixel_array, dataset).astype(float)
    series = open_study([SourceFile("x", FILES / "examples_palette.dcm")]).series[0]
    expected = colour @ [0.299, 0.587, 0.114]
    assert np.max(np.abs(series.pixels[0].astype(float) - expected)) <= 1


def test_signed_pixels_keep_their_sign() -> None:
    from tests.study.made import mr, stored

    pixels = np.array([[-1000, -1], [0, 32767]], dtype=np.int16)
    series = open_study([SourceFile("x", stored(mr(pixels=pixels)))]).series[0]
    assert series.pixels.dtype == np.int16
    assert np.array_equal(series.pixels[0], pixels)


def test_rescale_of_each_slice_is_applied_and_kept_exact() -> None:
    from tests.study.made import mr, stored

    pixels = np.array([[0, 1], [2, 1001]], dtype=np.uint16)
    one = mr((0, 0, 0), pixels=pixels, RescaleSlope=2, RescaleIntercept=-10)
    two = mr((4, 0, 0), pixels=pixels, RescaleSlope=0.5, RescaleIntercept=0)
    series = open_study([SourceFile("a", stored(one)), SourceFile("b", stored(two))]).series[0]
    assert series.pixels.dtype == np.float32
    assert series.pixels[0].tolist() == [[-10, -8], [-6, 1992]]
    assert series.pixels[1].tolist() == [[0, 0.5], [1, 500.5]]


def test_monochrome1_is_flagged() -> None:
    series = open_study([SourceFile("x", FILES / "dicomdirtests/77654033/CR1/6154")]).series[0]
    assert series.inverted


@pytest.mark.parametrize("name", ["JPEG-lossy.dcm", "JPGExtended.dcm"])
def test_twelve_bit_jpeg_is_refused_with_its_name(name: str) -> None:
    with pytest.raises(StudyError, match="JPEG Extended") as error:
        open_study([SourceFile("scan", FILES / name)])
    assert error.value.sentence.startswith("scan: ")


@pytest.mark.parametrize("name", ["MR_truncated.dcm"])
def test_truncated_pixels_are_refused(name: str) -> None:
    with pytest.raises(StudyError, match="incomplete"):
        open_study([SourceFile("x", FILES / name)])


@pytest.mark.parametrize(
    "name", ["reportsi.dcm", "waveform_ecg.dcm", "rtplan.dcm", "ExplVR_LitEndNoMeta.dcm", "liver_1frame.dcm"]
)
def test_objects_without_images_are_left_out(name: str) -> None:
    good = SourceFile("y", FILES / "MR_small.dcm")
    study = open_study([good, SourceFile("x", FILES / name)], patient="patient 1")
    assert len(study.series) == 1
    assert not study.problems
    assert "1 DICOM object without images" in study.notes[0].text


def test_float_pixels_that_are_not_numbers_are_drawn_as_the_darkest() -> None:
    from tests.study.made import mr, stored

    dataset = mr()
    del dataset.PixelData, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation
    dataset.Rows, dataset.Columns, dataset.BitsAllocated = 2, 2, 32
    dataset.FloatPixelData = np.array([1.5, np.nan, -2, np.inf], np.float32).tobytes()
    series = open_study([SourceFile("x", stored(dataset))]).series[0]
    assert series.pixels[0].tolist() == [[1.5, -2], [-2, -2]]
    assert series.padding[0].tolist() == [[False, True], [False, True]]

"""Comments in compressed frames are overwritten; the pixels that are decoded stay equal."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless

from spine_core.library.deidentification.codestream_comments import UnknownCodestream, without_comments
from spine_core.library.deidentification.dicom_file import deidentify_dicom
from spine_core.library.errors import DeidentificationError
from spine_core.study import SourceFile, open_study
from spine_core.study.dicom.parsing import parse
from tests.library.deidentification.made import PSEUDONYMS, WORD
from tests.study.made import mr, random_pixels, stored

NAME = WORD.encode()


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg(colour: bool = False) -> bytes:
    """A JPEG with a comment and EXIF data, in front of and behind the tables."""
    values = (random_pixels(1, 64, 48) // 8).clip(0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(np.dstack([values, values // 2, 255 - values]) if colour else values).save(
        file, "JPEG", quality=90
    )
    data = file.getvalue()
    return data[:2] + segment(0xFE, NAME) + segment(0xE1, b"Exif\0\0" + NAME) + data[2:]


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("colour", [False, True])
def test_comments_of_a_jpeg_go_and_its_pixels_stay(colour):
    data = jpeg(colour)
    cleaned = without_comments(data)
    assert NAME in data
    assert NAME not in cleaned
    assert len(cleaned) == len(data)
    np.testing.assert_array_equal(decoded(cleaned), decoded(data))


def test_bytes_behind_the_end_of_a_jpeg_go():
    assert without_comments(jpeg() + NAME).endswith(b"\xff\xd9")


def test_a_frame_without_comments_is_returned_as_it_is():
    file = io.BytesIO()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(file, "JPEG")
    assert without_comments(file.getvalue()) is not None
    assert without_comments(file.getvalue()) == file.getvalue()


def test_comments_of_a_jpeg_2000_go_from_the_main_header_and_from_a_tile():
    file = io.BytesIO()
    values = random_pixels(2, 64, 48).astype(np.uint16)
    Image.fromarray(values).save(file, "JPEG2000", irreversible=False, no_jp2=True)
    data = file.getvalue()
    comment = b"\xff\x64" + struct.pack(">HH", len(NAME) + 4, 1) + NAME
    tile, start = data.index(b"\xff\x90"), data.index(b"\xff\x93")
    (length,) = struct.unpack_from(">L", data, tile + 6)
    longer = struct.pack(">L", length + len(comment) if length else 0)
    marked = data[:tile] + comment + data[tile : tile + 6] + longer
    marked += data[tile + 10 : start] + comment + data[start:]
    cleaned = without_comments(marked)
    assert marked.count(NAME) == 2
    assert NAME not in cleaned
    np.testing.assert_array_equal(decoded(cleaned), decoded(data))


@pytest.mark.parametrize(
    "frame", [b"", NAME, b"\xff\xd8" + NAME, b"\xff\xd8\xff\xfe\xff\xff", b"\xff\x4f\xff\x51\0\4"]
)
def test_what_does_not_follow_its_standard_is_refused(frame):
    with pytest.raises(UnknownCodestream):
        without_comments(frame)


@pytest.mark.parametrize("extended", [False, True])
def test_a_comment_in_a_dicom_file_goes_and_no_offset_table_contradicts(extended):
    frames = [jpeg() + NAME, jpeg() + NAME * 2]
    ds = mr(pixels=np.zeros((64, 48), np.uint8), NumberOfFrames=2)
    ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    if extended:
        ds.PixelData, ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = encapsulate_extended(frames)
    else:
        ds.PixelData = encapsulate(frames)
    ds["PixelData"].is_undefined_length = True
    result = deidentify_dicom(stored(ds), PSEUDONYMS)
    assert NAME not in result
    assert "ExtendedOffsetTable" not in parse(result)
    before, after = (open_study([SourceFile("a", data)]) for data in (stored(ds), result))
    assert before.sha256 == after.sha256


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEG2000Lossless])
def test_other_compressed_files_keep_their_pixels(syntax):
    data = stored(mr(pixels=random_pixels(5, 64, 48)), syntax)
    before, after = (open_study([SourceFile("a", one)]) for one in (data, deidentify_dicom(data, PSEUDONYMS)))
    assert before.sha256 == after.sha256


def test_a_file_whose_frames_are_unknown_is_refused_without_its_name():
    ds = mr(pixels=np.zeros((64, 48), np.uint8))
    ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    ds.PixelData = encapsulate([NAME])
    ds["PixelData"].is_undefined_length = True
    with pytest.raises(DeidentificationError, match="compressed pixels"):
        deidentify_dicom(stored(ds), PSEUDONYMS)

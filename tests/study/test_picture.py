from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spine_core.study import SourceFile, StudyError, open_study
from spine_core.study.model import Plane, Series, Weighting


def saved(picture: Image.Image, format: str = "PNG", **options: object) -> bytes:  # noqa: A002
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def opened(data: bytes) -> Series:
    return open_study([SourceFile("picture", data)]).series[0]


def ramp(dtype: type, rows: int = 40, columns: int = 30) -> np.ndarray:
    return np.linspace(0, np.iinfo(dtype).max, rows * columns).reshape(rows, columns).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_depth_is_kept(dtype) -> None:
    series = opened(saved(Image.fromarray(ramp(dtype))))
    assert series.pixels.dtype == (np.uint8 if dtype is np.uint8 else np.uint16)
    assert np.array_equal(series.pixels[0], ramp(dtype))
    assert series.plane is Plane.UNKNOWN
    assert series.weighting is Weighting.UNKNOWN
    assert series.not_gradable == ""
    assert series.geometry is None


def test_the_turn_in_exif_is_applied() -> None:
    picture = Image.fromarray(ramp(np.uint8)).convert("RGB")
    exif = picture.getexif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to show
    series = opened(saved(picture, "JPEG", exif=exif, quality=95))
    expected = np.rot90(ramp(np.uint8), -1)
    assert series.pixels[0].shape == expected.shape
    assert np.max(np.abs(series.pixels[0].astype(int) - expected)) < 12


def test_a_grey_jpeg_saved_as_colour_can_be_graded() -> None:
    assert opened(saved(Image.fromarray(ramp(np.uint8)).convert("RGB"), "JPEG")).not_gradable == ""


def test_a_photograph_is_shown_but_not_graded() -> None:
    colour = np.random.default_rng(0).integers(0, 255, (50, 50, 3), dtype=np.uint8)
    series = opened(saved(Image.fromarray(colour)))
    assert series.not_gradable == "a colour picture"
    assert np.max(np.abs(series.pixels[0] - colour @ [0.299, 0.587, 0.114])) <= 0.5


@pytest.mark.parametrize("mode", ["P", "LA", "RGBA", "1"])
def test_other_modes_become_grey(mode) -> None:
    source = Image.fromarray(ramp(np.uint8)).convert(mode)
    series = opened(saved(source))
    assert np.max(np.abs(series.pixels[0].astype(int) - np.asarray(source.convert("L")))) <= 1


def test_a_picture_with_a_huge_header_is_refused() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">LLBBBBB", 65535, 65535, 8, 0, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    with pytest.raises(StudyError, match="than can be opened"):
        opened(data)


def test_a_truncated_picture_is_refused() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (60, 60), dtype=np.uint8)
    with pytest.raises(StudyError, match="damaged"):
        opened(saved(Image.fromarray(noise))[:-900])


def test_several_pictures_are_several_series_even_when_equal() -> None:
    data = saved(Image.fromarray(ramp(np.uint8)))
    study = open_study([SourceFile("a.png", data), SourceFile("b.png", data)])
    assert [series.slices for series in study.series] == [1, 1]
    assert len({series.uid for series in study.series}) == 2


def test_real_pictures_are_read_as_they_are(data_dir: Path) -> None:
    files = sorted((data_dir / "sudirman" / "images").glob("*.png"))[:4]
    study = open_study([SourceFile(file.name, file) for file in files], spacing=0.6875)
    assert len(study.series) == 4
    for series, file in zip(study.series, files, strict=True):
        assert np.array_equal(series.pixels[0], np.asarray(Image.open(file)))
        assert series.spacing == (0.6875, 0.6875)
        assert series.not_gradable == ""

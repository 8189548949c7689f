from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spine_core.study import SourceFile, StudyError, open_study
from spine_core.study.types import Plane, Series, Weighting


def saved(image: Image.Image, format: str = "PNG", **options: object) -> bytes:  # noqa: A002
    file = io.BytesIO()
    image.save(file, format, **options)
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


def test_the_rotation_in_exif_is_applied() -> None:
    image = Image.fromarray(ramp(np.uint8)).convert("RGB")
    exif = image.getexif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to show
    series = opened(saved(image, "JPEG", exif=exif, quality=95))
    expected = np.rot90(ramp(np.uint8), -1)
    assert series.pixels[0].shape == expected.shape
    assert np.max(np.abs(series.pixels[0].astype(int) - expected)) < 12


def test_a_grey_jpeg_saved_as_colour_can_be_graded() -> None:
    assert opened(saved(Image.fromarray(ramp(np.uint8)).convert("RGB"), "JPEG")).not_gradable == ""


def test_a_photograph_is_shown_but_not_graded() -> None:
    colour = np.random.default_rng(0).integers(0, 255, (50, 50, 3), dtype=np.uint8)
    series = opened(saved(Image.fromarray(colour)))
    assert series.not_gradable == "a colour image"
    assert np.max(np.abs(series.pixels[0] - colour @ [0.299, 0.587, 0.114])) <= 0.5


@pytest.mark.parametrize("mode", ["P", "LA", "RGBA", "1"])
def test_other_modes_become_grey(mode) -> None:
    source = Image.fromarray(ramp(np.uint8)).convert(mode)
    series = opened(saved(source))
    assert np.max(np.abs(series.pixels[0].astype(int) - np.asarray(source.convert("L")))) <= 1


def test_an_image_with_a_huge_header_is_refused() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">LLBBBBB", 65535, 65535, 8, 0, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    with pytest.raises(StudyError, match="than can be opened"):
        opened(data)


def test_a_truncated_image_is_refused() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (60, 60), dtype=np.uint8)
    with pytest.raises(StudyError, match="damaged"):
        opened(saved(Image.fromarray(noise))[:-900])


def test_several_images_are_several_series_even_when_equal() -> None:
    data = saved(Image.fromarray(ramp(np.uint8)))
    study = open_study([SourceFile("a.png", data), SourceFile("b.png", data)])
    assert [series.slices for series in study.series] == [1, 1]
    assert len({series.uid for series in study.series}) == 2


def test_real_images_are_read_unchanged(data_dir: Path) -> None:
    files = sorted((data_dir / "sudirman" / "images").glob("*.png"))[:4]
    study = open_study([SourceFile(file.name, file) for file in files], spacing=0.6875)
    assert len(study.series) == 4
    for series, file in zip(study.series, files, strict=True):
        assert np.array_equal(series.pixels[0], np.asarray(Image.open(file)))
        assert series.spacing == (0.6875, 0.6875)
        assert series.not_gradable == ""


def sixteen_bit(samples: np.ndarray, colour_type: int, *, interlaced: bool = False) -> bytes:
    """A PNG written by hand: Pillow writes no 16-bit colour and no alpha with 16-bit grey."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    rows, columns = samples.shape[:2]
    # The passes of Adam7: first row, first column, and the steps between them (PNG, clause 8.2).
    passes = [
        (0, 0, 8, 8),
        (0, 4, 8, 8),
        (4, 0, 8, 4),
        (0, 2, 4, 4),
        (2, 0, 4, 2),
        (0, 1, 2, 2),
        (1, 0, 2, 1),
    ]
    parts = [samples[r::dr, c::dc] for r, c, dr, dc in passes] if interlaced else [samples]
    lines = [line for part in parts if part.size for line in part.astype(">u2")]
    body = b"".join(b"\0" + line.tobytes() for line in lines)
    header = struct.pack(">LLBBBBB", columns, rows, 16, colour_type, 0, 0, int(interlaced))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(body)),
            chunk(b"IEND", b""),
        )
    )


@pytest.mark.parametrize("interlaced", [False, True])
def test_sixteen_bit_grey_with_alpha_keeps_its_depth(interlaced) -> None:
    grey = ramp(np.uint16)
    alpha = np.full_like(grey, 65_535)
    alpha[3:6] = 256  # not wholly transparent
    series = opened(sixteen_bit(np.stack([grey, alpha], axis=2), 4, interlaced=interlaced))
    assert series.pixels.dtype == np.uint16
    assert np.array_equal(series.pixels[0], grey)
    assert series.padding is None
    assert series.not_gradable == ""


@pytest.mark.parametrize(("colour_type", "samples"), [(2, 3), (6, 4)])
def test_sixteen_bit_colour_is_refused_instead_of_narrowed(colour_type, samples) -> None:
    data = sixteen_bit(np.stack([ramp(np.uint16)] * samples, axis=2), colour_type)
    with pytest.raises(StudyError, match="16 bits per colour"):
        opened(data)


def test_transparent_pixels_have_no_grey_value() -> None:
    grey = ramp(np.uint16) // 2 + 5000
    alpha = np.full_like(grey, 65_535)
    alpha[:, :4] = 0
    transparent = np.where(alpha == 0, 65_535, grey)
    series = opened(sixteen_bit(np.stack([transparent, alpha], axis=2), 4))
    assert np.array_equal(series.padding[0], alpha == 0)
    assert np.array_equal(series.pixels[0][:, 4:], grey[:, 4:])
    assert set(series.pixels[0][:, :4].ravel()) == {grey[:, 4:].min()}
    small = Image.fromarray((grey >> 8).astype(np.uint8)).convert("LA")
    small.putalpha(Image.fromarray((alpha >> 8).astype(np.uint8)))
    assert np.array_equal(opened(saved(small)).padding[0], alpha == 0)
    assert np.array_equal(opened(saved(small.convert("RGBA"))).padding[0], alpha == 0)


@pytest.mark.parametrize("mode", ["L", "I;16"])
def test_a_transparent_grey_value_is_padding(mode) -> None:
    values = ramp(np.uint8 if mode == "L" else np.uint16)
    clear = int(values[20, 7])
    series = opened(saved(Image.fromarray(values), transparency=clear))
    assert np.array_equal(series.padding[0], values == clear)


def test_a_fully_transparent_image_is_shown() -> None:
    source = Image.fromarray(ramp(np.uint8)).convert("LA")
    source.putalpha(0)
    series = opened(saved(source))
    assert series.padding is None
    assert np.array_equal(series.pixels[0], ramp(np.uint8))

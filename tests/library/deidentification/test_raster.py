"""Pictures are written again as PNG without anything but pixels, and read as before."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from spine_core.library.deidentification.raster import deidentify_picture
from spine_core.study.limits import Budget
from spine_core.study.raster import read_raster_image
from tests.library.deidentification.made import WORD
from tests.study.made import random_pixels

GREY = (random_pixels(4, 40, 30) // 8).clip(0, 255).astype(np.uint8)
RGB = np.dstack([GREY, GREY // 2, 255 - GREY])
HOLE = np.where(np.arange(30) < 5, 0, 200).astype(np.uint8) * np.ones((40, 1), np.uint8)


def png(image: Image.Image, **options: object) -> bytes:
    info = PngInfo()
    info.add_text("Patient", WORD)
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=info, **options)
    return file.getvalue() + WORD.encode()


def jpeg(image: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, WORD  # turned by 90 degrees; description
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif, comment=WORD)
    return file.getvalue()


PICTURES = {
    "grey": png(Image.fromarray(GREY)),
    "16-bit grey": png(Image.fromarray(GREY.astype(np.uint16) * 200)),
    "16-bit grey with a transparent value": png(
        Image.fromarray(GREY.astype(np.uint16) * 200), transparency=int(GREY[0, 0]) * 200
    ),
    "colour": png(Image.fromarray(RGB)),
    "colour with alpha": png(Image.fromarray(np.dstack([RGB, HOLE]))),
    "grey with alpha": png(Image.fromarray(np.dstack([GREY, HOLE]))),
    "palette": png(Image.fromarray(RGB).quantize(64)),
    "palette with a transparent value": png(Image.fromarray(RGB).quantize(64), transparency=3),
    "black and white": png(Image.fromarray(GREY > 99)),
    "turned JPEG": jpeg(Image.fromarray(GREY)),
    "colour JPEG": jpeg(Image.fromarray(RGB)),
    "CMYK JPEG": jpeg(Image.fromarray(RGB).convert("CMYK")),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_reads_as_before_and_holds_pixels_only(name):
    data = PICTURES[name]
    cleaned = deidentify_picture(data)
    assert WORD.encode() in data
    assert WORD.encode() not in cleaned
    (before,), (after,) = (read_raster_image("", one, Budget(10**9, "")) for one in (data, cleaned))
    np.testing.assert_array_equal(after.pixels, before.pixels)
    assert after.pixels.dtype == before.pixels.dtype
    np.testing.assert_array_equal(after.padding, before.padding)
    assert after.exclusion == before.exclusion
    assert {
        chunk for chunk in (b"tEXt", b"eXIf", b"iTXt", b"zTXt", b"tIME", b"iCCP") if chunk in cleaned
    } == set()


@pytest.mark.parametrize("name", PICTURES)
def test_writing_twice_gives_equal_bytes(name):
    once = deidentify_picture(PICTURES[name])
    assert deidentify_picture(once) == once

"""Warnings about text in pixels, on slices of the phantom with text drawn into them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from spine_core.library.deidentification.burned_in import (
    CAPTURE,
    DRAWN,
    PICTURE,
    STATED,
    burned_in_warnings,
    has_drawn_text,
)
from spine_core.study import open_study
from spine_core.study.frame import Frame
from spine_core.study.sources import sources_from_path


@pytest.fixture
def slices(demo_folder) -> np.ndarray:
    study = open_study(sources_from_path(demo_folder / "series2"))
    return np.asarray(study.series[0].pixels[5:11], dtype=np.float32)


def with_text(slices: np.ndarray, text: str, place: tuple[int, int], size: int = 14) -> np.ndarray:
    drawn = []
    for pixels in slices:
        image = Image.new("L", pixels.shape[::-1], 0)
        font = ImageFont.load_default(size)
        ImageDraw.Draw(image).text(place, text, 255, font=font)
        drawn.append(np.where(np.asarray(image) > 128, slices.max(), pixels))
    return np.stack(drawn)


@pytest.mark.parametrize("size", [12, 16, 24])
@pytest.mark.parametrize("place", [(4, 4), (60, 300), (150, 200)])
def test_a_name_in_all_slices_is_seen(slices, place, size):
    assert has_drawn_text(with_text(slices, "DOE JANE 1947", place, size))


def test_a_name_is_seen_after_lossy_compression(slices):
    rng = np.random.default_rng(0)
    drawn = with_text(slices, "DOE JANE 1947", (4, 4), 16)
    noisy = drawn + rng.normal(0, 0.005 * drawn.max(), drawn.shape)
    assert has_drawn_text(noisy)


def test_slices_without_text_give_no_warning(slices):
    assert not has_drawn_text(slices)
    assert not has_drawn_text(np.zeros((6, 40, 40), np.float32))
    assert not has_drawn_text(np.broadcast_to(slices[0], (3, *slices[0].shape)))


def frame(**header: str) -> Frame:
    return Frame("1", "uid", np.zeros((8, 8), np.uint8), header=header)


@pytest.mark.parametrize(
    ("header", "warnings"),
    [
        ({}, ()),
        ({"BurnedInAnnotation": "NO"}, ()),
        ({"BurnedInAnnotation": "YES"}, (STATED,)),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.4"}, (CAPTURE,)),
        ({"ConversionType": "WSD"}, (CAPTURE,)),
        ({"ImageType": "DERIVED\\SECONDARY\\SCREEN SAVE"}, (CAPTURE,)),
        ({"Format": "PNG"}, (PICTURE,)),
        ({"Format": "JPEG", "BurnedInAnnotation": "YES"}, (PICTURE, STATED)),
    ],
)
def test_headers_give_one_sentence_each(header, warnings):
    assert burned_in_warnings([frame(**header), frame(**header)]) == warnings


def test_a_stack_with_text_gives_one_sentence(slices):
    drawn = with_text(slices, "DOE JANE 1947", (4, 4))
    frames = [replace(frame(), pixels=pixels) for pixels in drawn]
    assert burned_in_warnings(frames) == (DRAWN,)
    assert burned_in_warnings([replace(one, series_uid=str(at)) for at, one in enumerate(frames)]) == ()

"""A key image as one picture: its map, colour scale and caption drawn into the pixels."""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.report.map_words import image_view
from spine_core.report.phrases import Phrases
from spine_core.report.types import KeyImage

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

SIZE = 15
"""Height of the letters in pixels, on pictures of at least ``report.key_images.LEAST_WIDTH`` columns."""

MARGIN, LINE = 10, 21
BAR_HEIGHT = 12

WHITE = (255, 255, 255)


def captioned_picture(image: KeyImage, words: Phrases, notice: str) -> npt.NDArray[np.uint8]:
    """RGB (rows, columns, 3) of the picture with its caption below, on black.

    ``notice``: that this is research and no diagnosis. The reader's note is left out: it may name the patient, and
    nobody can take it out of the pixels again.
    """
    from PIL import Image, ImageDraw

    picture = Image.open(io.BytesIO(image.png)).convert("RGB")
    seen = image_view(replace(image, note=""), words)
    heading = _wrapped([seen["warning"]] if seen["warning"] else [], picture.width, bold=True)
    text = _wrapped([seen["caption"], *seen["lines"], notice], picture.width)
    scale = LINE if image.bar else 0
    below = 2 * MARGIN + LINE * (len(heading) + len(text)) + scale
    out = Image.new("RGB", (picture.width, picture.height + below))
    out.paste(picture)
    draw = ImageDraw.Draw(out)
    top = picture.height + MARGIN
    top = _write(draw, heading, top, bold=True)
    if image.bar:
        _bar(out, draw, image.bar, (seen["low"], seen["high"]), top)
    _write(draw, text, top + scale)
    return np.asarray(out)


def _write(draw: ImageDraw.ImageDraw, lines: Sequence[str], top: int, *, bold: bool = False) -> int:
    """Writes lines from ``top``; returns where the next would begin."""
    for line in lines:
        draw.text((MARGIN, top), line, WHITE, _font(bold=bold))
        top += LINE
    return top


def _bar(out: Image.Image, draw: ImageDraw.ImageDraw, png: bytes, ends: tuple[str, str], top: int) -> None:
    """The colour bar between the values of its ends."""
    from PIL import Image

    low, high = (draw.textlength(end, _font()) for end in ends)
    left, right = round(2 * MARGIN + low), round(out.width - 2 * MARGIN - high)
    draw.text((MARGIN, top), ends[0], WHITE, _font())
    draw.text((right + MARGIN, top), ends[1], WHITE, _font())
    bar = Image.open(io.BytesIO(png)).convert("RGB").resize((max(1, right - left), BAR_HEIGHT))
    out.paste(bar, (left, top + (LINE - BAR_HEIGHT) // 2))


def _wrapped(texts: Sequence[str], width: int, *, bold: bool = False) -> list[str]:
    """Lines that fit into ``width`` pixels."""
    font, lines = _font(bold=bold), []
    for text in texts:
        line = ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > width - 2 * MARGIN:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


@functools.cache
def _font(*, bold: bool = False) -> ImageFont.FreeTypeFont:
    """A font of matplotlib's own data, as in the PDF."""
    import matplotlib
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, SIZE)

"""PNG and JPEG files: each is one slice without a position in the patient."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

from spine_core.study.dicom.pixel_data import LUMA
from spine_core.study.errors import Unreadable
from spine_core.study.frame import Exclusion, Frame, Pixels
from spine_core.study.limits import MAX_FRAME_PIXELS, MAX_SIDE, Budget
from spine_core.study.types import Note, Severity

PNG_MAGIC, JPEG_MAGIC = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
IHDR = slice(12, 29)
"""Type and data of a PNG's first chunk, which its checksum covers."""
PNG_RGB, PNG_GREY_ALPHA, PNG_RGBA = 2, 4, 6
"""Colour types of a PNG."""

COLOUR_STEP = 24
"""Red, green and blue of a grey image differ by less than this after JPEG compression (0 to 255)."""
COLOUR_SHARE = 0.02
"""Least fraction of coloured pixels in a colour image; a label on an MR slice stays below."""


def is_raster_image(data: bytes) -> bool:
    """True for the first bytes of PNG and JPEG files."""
    return data.startswith((PNG_MAGIC, JPEG_MAGIC))


def read_raster_image(file: str, data: bytes, budget: Budget) -> list[Frame]:
    """The image as one frame, rotated as its EXIF states. Raises ``Unreadable`` or ``OverLimit``.

    Fully transparent pixels are padding, unless all are transparent.
    """
    values, alpha = decode_picture(data, budget)
    pixels, coloured = _grey(values)
    padding = None if alpha is None else alpha == 0
    notes = []
    if coloured > 0:
        notes.append(Note(Severity.INFO, "Colours are shown as brightness."))
    notes.append(
        Note(
            Severity.INFO,
            "PNG and JPEG have no DICOM header: no millimetres unless you state the pixel spacing.",
        )
    )
    digest = hashlib.sha256(np.ascontiguousarray(pixels).data).hexdigest()[:12]
    return [
        Frame(
            file=file,
            series_uid=f"picture-{digest}",
            pixels=pixels,
            exclusion=Exclusion("a colour image") if coloured > COLOUR_SHARE else None,
            notes=tuple(notes),
            header={"Format": "PNG" if data.startswith(PNG_MAGIC) else "JPEG"},
            padding=padding if padding is not None and padding.any() and not padding.all() else None,
        )
    ]


def decode_picture(data: bytes, budget: Budget) -> tuple[Pixels, Pixels | None]:
    """Grey (rows, columns) or colour (rows, columns, 3 or 4) of 8 or 16 bits, upright as EXIF states, and the opacity.

    The opacity (rows, columns) is 0 for transparent pixels; None where the file has none. Raises ``Unreadable`` or
    ``OverLimit``.
    """
    depth, colour_type = _png_depth(data)
    if depth == 16 and colour_type in (PNG_RGB, PNG_RGBA):
        msg = "it has 16 bits per colour, of which 8 would be lost; please save it as 16-bit greyscale"
        raise Unreadable(msg)
    if (depth, colour_type) != (16, PNG_GREY_ALPHA):
        return _decoded(data, budget)
    words = _decoded(_as_bytes(data), budget)[0].astype(np.uint16)
    return words[..., 0] << 8 | words[..., 1], words[..., 2] << 8 | words[..., 3]


def _png_depth(data: bytes) -> tuple[int, int]:
    """Bit depth and colour type of a PNG (its IHDR chunk always comes first); zeros for others."""
    return (data[24], data[25]) if data.startswith(PNG_MAGIC) and len(data) > IHDR.stop else (0, 0)


def _as_bytes(data: bytes) -> bytes:
    """Rewrites a PNG of 16-bit grey with alpha as 8-bit colour with alpha; red and green are the two bytes of grey.

    Pillow keeps only the upper byte of 16-bit grey with alpha. Both formats store four bytes per
    pixel with the same filters (PNG 2nd ed., 9.2).
    """
    header = data[IHDR.start : 24] + bytes([8, PNG_RGBA]) + data[26 : IHDR.stop]
    return data[: IHDR.start] + header + struct.pack(">L", zlib.crc32(header)) + data[IHDR.stop + 4 :]


def _decoded(data: bytes, budget: Budget) -> tuple[Pixels, Pixels | None]:
    """Grey (rows, columns) or colour (rows, columns, 3 or 4), and the opacity of each pixel where the file has it."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
            columns, rows = opened.size
            if max(columns, rows) > MAX_SIDE or columns * rows > MAX_FRAME_PIXELS:
                msg = f"its header claims {rows} x {columns} pixels, more than can be opened"
                raise Unreadable(msg)
            budget.take(columns * rows * len(opened.getbands()))
            # palettes and CMYK become RGB; 16-bit grey keeps its depth
            upright = ImageOps.exif_transpose(opened)
            mode = upright.mode
            plain = mode in {"L", "I;16", "I", "RGB", "RGBA"}
            return np.asarray(upright if plain else upright.convert(_plain_mode(mode))), _alpha(upright)
    except Unreadable:
        raise
    except Image.DecompressionBombError as error:
        msg = "its header claims more pixels than can be opened"
        raise Unreadable(msg) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        msg = "the image is damaged"
        raise Unreadable(msg) from error


def _alpha(image: Image.Image) -> Pixels | None:
    """Opacity of each pixel, 0 for transparent; None for formats without transparency."""
    if image.mode in {"I;16", "I"}:
        clear = image.info.get("transparency")
        return np.not_equal(np.asarray(image), clear) if isinstance(clear, int) else None
    if not image.has_transparency_data:
        return None
    return np.asarray(image.convert("RGBA").getchannel("A"))


def _plain_mode(mode: str) -> str:
    return "L" if mode in {"1", "LA", "La"} else "RGB"


def _grey(values: Pixels) -> tuple[Pixels, float]:
    """Luminance (rows, columns), and the fraction of coloured pixels."""
    if values.ndim == 2:
        return values.astype(np.uint16) if values.dtype == np.int32 else values.copy(), 0.0
    values = values[..., :3]
    spread = values.max(axis=2).astype(np.int16) - values.min(axis=2)
    grey = np.rint(values.astype(np.float64) @ LUMA).astype(np.uint8)
    return grey, float(np.mean(spread > COLOUR_STEP))

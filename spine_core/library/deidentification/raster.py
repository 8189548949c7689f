"""PNG and JPEG written again as PNG, as the reader decodes them: without metadata, previews and trailing bytes."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

from spine_core.study.frame import Pixels
from spine_core.study.limits import MAX_PIXEL_BYTES, Budget
from spine_core.study.raster import IHDR, PNG_GREY_ALPHA, decode_picture


def deidentify_picture(data: bytes) -> bytes:
    """A PNG with the same pixels, upright, and the same transparency. Raises ``Unreadable`` or ``OverLimit``."""
    values, alpha = decode_picture(data, Budget(MAX_PIXEL_BYTES, "the picture is too large"))
    if values.ndim == 3:
        values, alpha = values[..., :3], alpha if alpha is not None else _opacity(values)
    elif values.dtype != np.uint8:
        values = values.astype(np.uint16)
    if alpha is None:
        return _png(values)
    opacity = np.where(np.asarray(alpha) == 0, 0, 255).astype(np.uint8)
    if values.dtype == np.uint16:
        return _png_16_bit(values, opacity)
    return _png(np.dstack([values, opacity]))


def _opacity(values: Pixels) -> Pixels | None:
    return np.asarray(values[..., 3]) if values.shape[2] > 3 else None


def _png(values: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    return file.getvalue()


def _png_16_bit(values: Pixels, opacity: Pixels) -> bytes:
    """16-bit grey with alpha, which Pillow does not write: the four bytes per pixel of 8-bit colour with alpha.

    Both formats store the same bytes with the same filters (PNG 2nd ed., 9.2); only their first chunk differs.
    """
    words = values.astype(">u2").view(np.uint8).reshape(*values.shape, 2)
    data = _png(np.dstack([words, opacity, opacity]))
    header = data[IHDR.start : 24] + bytes([16, PNG_GREY_ALPHA]) + data[26 : IHDR.stop]
    return data[: IHDR.start] + header + struct.pack(">L", zlib.crc32(header)) + data[IHDR.stop + 4 :]

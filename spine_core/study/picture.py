"""PNG and JPEG pictures: one picture is one slice without a place in the patient."""

from __future__ import annotations

import hashlib
import io

import numpy as np
from PIL import Image, ImageOps

from spine_core.study.dicom_pixels import LUMA
from spine_core.study.errors import Unreadable
from spine_core.study.frame import Exclusion, Frame, Pixels
from spine_core.study.limits import MAX_FRAME_PIXELS, MAX_SIDE, Budget
from spine_core.study.model import Note, Severity

PNG_MAGIC, JPEG_MAGIC = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"

COLOUR_STEP = 24
"""Red, green and blue of a grey picture differ by less than this after JPEG compression (0 to 255)."""
COLOUR_SHARE = 0.02
"""A picture is a colour picture from this share of coloured pixels on; a label on an MR slice stays below."""


def is_picture(data: bytes) -> bool:
    """True for the first bytes of PNG and JPEG files."""
    return data.startswith((PNG_MAGIC, JPEG_MAGIC))


def read_picture(file: str, data: bytes, budget: Budget) -> list[Frame]:
    """The picture as one frame, upright as its EXIF says. Raises ``Unreadable`` or ``OverLimit``."""
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
            picture = upright if mode in {"L", "I;16", "I", "RGB"} else upright.convert(_plain_mode(mode))
            values = np.asarray(picture)
    except Unreadable:
        raise
    except Image.DecompressionBombError as error:
        msg = "its header claims more pixels than can be opened"
        raise Unreadable(msg) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        msg = "the picture is damaged"
        raise Unreadable(msg) from error
    pixels, share = _grey(values)
    notes = []
    if share > 0:
        notes.append(Note(Severity.INFO, "Colours are shown as brightness."))
    notes.append(Note(Severity.INFO, "A picture has no header: no millimetres unless they are stated."))
    digest = hashlib.sha256(np.ascontiguousarray(pixels).data).hexdigest()[:12]
    return [
        Frame(
            file=file,
            series_uid=f"picture-{digest}",
            pixels=pixels,
            exclusion=Exclusion("a colour picture") if share > COLOUR_SHARE else None,
            notes=tuple(notes),
            header={"Format": "PNG" if data.startswith(PNG_MAGIC) else "JPEG"},
        )
    ]


def _plain_mode(mode: str) -> str:
    return "L" if mode in {"1", "LA", "La"} else "RGB"


def _grey(values: Pixels) -> tuple[Pixels, float]:
    """Luminance (rows, columns), and the share of pixels that are coloured."""
    if values.ndim == 2:
        return values.astype(np.uint16) if values.dtype == np.int32 else values.copy(), 0.0
    spread = values.max(axis=2).astype(np.int16) - values.min(axis=2)
    grey = np.rint(values.astype(np.float64) @ LUMA).astype(np.uint8)
    return grey, float(np.mean(spread > COLOUR_STEP))

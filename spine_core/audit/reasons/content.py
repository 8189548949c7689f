"""What a rater is shown of a reason: text, bars and images without the name of the method; stored as bytes."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

VERSION = 1
"""Of the stored form."""
SIDE = 320
"""Pixels of a side of a stored image."""


@dataclass(frozen=True)
class Bar:
    """``value``, ``margin``: in the unit of the chart's axis. ``muted``: drawn in grey, nothing follows."""

    label: str
    value: float
    margin: float | None = None
    muted: bool = False


@dataclass(frozen=True)
class Chart:
    """Bars from top to bottom. ``line``: value at which a dotted line stands, if any."""

    title: str
    axis: str
    bars: tuple[Bar, ...]
    line: float | None = None


@dataclass(frozen=True)
class Picture:
    """``png``: the bytes of an image file. ``caption``: what stands below it, and is read to the blind."""

    caption: str
    png: bytes


@dataclass(frozen=True)
class ReasonContent:
    """A reason from top to bottom: ``sentences``, ``charts``, ``pictures``, and ``note``, what it does not show."""

    sentences: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    pictures: tuple[Picture, ...] = ()
    note: str = ""


def stored_reason(content: ReasonContent) -> bytes:
    """The content as JSON; equal contents give equal bytes."""
    pictures = [
        {"caption": one.caption, "png": base64.b64encode(one.png).decode()} for one in content.pictures
    ]
    values = {
        "version": VERSION,
        "sentences": content.sentences,
        "charts": [asdict(one) for one in content.charts],
        "pictures": pictures,
        "note": content.note,
    }
    return json.dumps(values, sort_keys=True).encode()


def read_stored_reason(data: bytes) -> ReasonContent:
    """The content that ``stored_reason`` wrote. Raises ``ValueError`` for anything else."""
    try:
        values = json.loads(data)
        return ReasonContent(
            tuple(values["sentences"]),
            tuple(_chart(one) for one in values["charts"]),
            tuple(Picture(one["caption"], base64.b64decode(one["png"])) for one in values["pictures"]),
            values["note"],
        )
    except (KeyError, TypeError, ValueError) as error:
        msg = "this is no stored reason"
        raise ValueError(msg) from error


def png_of(image: npt.NDArray[np.uint8]) -> bytes:
    """An image (rows, columns) or (rows, columns, 3) as a square PNG file of ``SIDE`` pixels."""
    out = io.BytesIO()
    Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(out, "PNG")
    return out.getvalue()


def _chart(values: Mapping[str, Any]) -> Chart:
    return Chart(**{**values, "bars": tuple(Bar(**one) for one in values["bars"])})

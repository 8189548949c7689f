"""The picture of a case in lists."""

from __future__ import annotations

import io

from PIL import Image

from spine_core.grading.types import Reading
from spine_core.study.intensity.window import to_grey
from spine_core.study.types import Study

HEIGHT = 192
"""Pixels."""


def thumbnail(study: Study, reading: Reading | None) -> bytes:
    """A PNG of the slice on which the discs were found, else of the middle of the first series; square pixels."""
    discs = reading.discs if reading is not None else ()
    series = study.by_uid(discs[len(discs) // 2].series_uid) if discs else study.series[0]
    index = discs[len(discs) // 2].slice_index if discs else series.slices // 2
    image = Image.fromarray(to_grey(series, index))
    width = max(1, round(HEIGHT * image.width / (image.height * series.row_to_column_spacing)))
    out = io.BytesIO()
    image.resize((width, HEIGHT), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()

"""The viewer's data as JSON: series with addresses of their pixels, panes, marks, maps. See assets/viewer."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pages.components.slices import Mark, marks
from pages.components.viewer.pixel_route import PixelStore
from pages.components.viewer.spine_region import spine_region
from spine_core.anatomy.outline_edits import Masks
from spine_core.anatomy.outlines import mask_outlines
from spine_core.anatomy.run_length import encode
from spine_core.anatomy.types import Anatomy, Structure, median_inter_disc_distance
from spine_core.grading.outlines import current_masks
from spine_core.grading.types import Channel, Reading
from spine_core.study.geometry import Affine2
from spine_core.study.intensity.stack import LARGEST
from spine_core.study.intensity.window import is_sigmoid, percentile_range, presets
from spine_core.study.types import Series, Study

OUTLINED = (Structure.DISC, Structure.VERTEBRA, Structure.CANAL)
DOUBTFUL = 0.45
"""Uncertainty from which pixels are shaded; it is 0.5 where two structures are equally likely."""
NARROW = 0.11
"""Inter-disc distances."""
COLOURS = 256
NARROW_RANGE, WIDE_RANGE = 10.0, 1e6
"""Between the 1st and 99th percentile. The viewer sets windows by whole numbers, none narrower than 1."""


@dataclass(frozen=True)
class Pane:
    """A series in a pane; ``map`` is the key of the map drawn over it. ``title`` is shown where panes are linked."""

    series: str
    title: str = ""
    map: str | None = None


@dataclass(frozen=True, eq=False)
class Map:
    """Signed relevance float32 (rows, columns). ``frame`` maps its (row, column) to (row, column) of the slice.

    ``content``: a hash over its inputs. ``scale``: value of full colour, 0 for an empty map. ``target``: what positive
    relevance speaks for, in a few words.
    """

    name: str
    content: str
    slice_index: int
    frame: Affine2
    relevance: npt.NDArray[np.float32]
    signed: bool
    scale: float
    target: str = ""


def series_data(pixels: PixelStore, study: Study, series: Series, name: str) -> dict[str, Any]:
    """The part of a series' data that does not change while the study is open."""
    power = _power(series)
    geometry = series.geometry
    spacing = geometry.spacing if geometry is not None else series.spacing
    positions = [[0.0, 0.0, float(i)] for i in range(series.slices)]
    return {
        "uid": series.uid,
        "name": name,
        "description": series.description,
        "address": pixels.address(f"{study.sha256}/{series.uid}", _shown(series.pixels, power)),
        "type": series.pixels.dtype.name,
        "slices": series.slices,
        "rows": series.rows,
        "columns": series.columns,
        "spacing": list(spacing or (1.0, 1.0)),
        "millimetres": spacing is not None,
        "oriented": geometry is not None,
        "positions": positions if geometry is None else geometry.positions.tolist(),
        "rowDirection": [1, 0, 0] if geometry is None else geometry.row_direction.tolist(),
        "columnDirection": [0, 1, 0] if geometry is None else geometry.column_direction.tolist(),
        # A series of unknown frame of reference must not be linked to others.
        "frame": (series.frame_of_reference_uid if geometry is not None else None) or f"own-{series.uid}",
        "inverted": series.inverted,
        "sigmoid": is_sigmoid(series),
        "presets": [
            {"name": title, "lower": _times(low, power), "upper": _times(high, power)}
            for title, (low, high) in presets(series).items()
        ],
    }


def factor_words(series: Series) -> str:
    """The factor by which the viewer multiplies the values of a series, in words; empty where there is none."""
    power = _power(series)
    return f"values × 1e{power}" if power else ""


def _power(series: Series) -> int:
    """Power of ten by which values are multiplied that are outside the range of the viewer's windows."""
    low, high = percentile_range(series, 1.0, 99.0)
    if series.pixels.dtype != np.float32 or not high > low or NARROW_RANGE <= high - low <= WIDE_RANGE:
        return 0
    return 3 - round(math.log10(high - low))


def _shown(pixels: npt.NDArray[np.generic], power: int) -> npt.NDArray[np.generic]:
    """Outliers may exceed single precision; they are clipped to its largest values."""
    if power == 0:
        return pixels
    return np.clip(pixels.astype(np.float64) * 10.0**power, -LARGEST, LARGEST).astype(np.float32)


def _times(value: float, power: int) -> float:
    return min(max(value * 10.0**power, -LARGEST), LARGEST)


def drawn(study: Study, series: Series, reading: Reading | None) -> dict[str, Any]:
    """Marks and outlines of the reading on one series, and the region that it opens on."""
    if reading is None:
        return {"marks": [], "outlines": [], "spine": spine_region(series, [])}
    on_series = marks(study, series, reading.discs)
    masks = current_masks(reading)
    return {
        "spine": spine_region(series, on_series),
        "marks": mark_values(on_series),
        "outlines": [
            outline
            for anatomy in reading.anatomies
            if anatomy.series_uid == series.uid
            for outline in _outlined(anatomy, masks[series.uid])
        ],
    }


def mark_values(found: Sequence[Mark]) -> list[dict[str, Any]]:
    """Markers of discs as the viewer is told them."""
    return [
        {"level": m.level, "slice": m.slice_index, "center": list(m.center), "label": list(m.label)}
        for m in found
    ]


def _outlined(anatomy: Anatomy, masks: Masks) -> Iterator[dict[str, Any]]:
    for index, doubt in anatomy.uncertainty.items():
        yield from doubtful(index, doubt, median_inter_disc_distance(anatomy.discs))
    for index, mask in masks.items():
        yield from outlines(index, mask)


def editable_masks(series: Series, reading: Reading) -> dict[str, Any]:
    """The current masks of a series, of which the viewer edits a copy; nothing where it was not segmented."""
    masks = current_masks(reading).get(series.uid)
    if not masks:
        return {}
    return {
        "masks": [
            {"slice": index, "runs": {one.name.lower(): encode(labels == one) for one in OUTLINED}}
            for index, labels in sorted(masks.items())
        ]
    }


def outlines(index: int, mask: npt.NDArray[np.uint8]) -> list[dict[str, Any]]:
    """Closed outlines (row, column) of every structure of one mask."""
    return [
        _outline(index, structure.name.lower(), points)
        for structure in OUTLINED
        for points in mask_outlines(mask == structure)
    ]


def doubtful(index: int, doubt: npt.NDArray[np.float16], pitch: float) -> list[dict[str, Any]]:
    """Closed outlines (row, column) of the regions where the segmentation is uncertain.

    Every edge is uncertain for a pixel or two: regions thinner than ``NARROW`` inter-disc distances are left out.
    """
    from skimage.morphology import disk, opening

    wide = opening(doubt > DOUBTFUL, disk(max(1, round(NARROW * pitch / 2))))
    return [_outline(index, "doubt", points) for points in mask_outlines(wide)]


def _outline(index: int, structure: str, points: npt.NDArray[np.float64]) -> dict[str, Any]:
    return {"slice": index, "structure": structure, "points": np.round(points, 2).tolist()}


def map_data(pixels: PixelStore, shown: Map) -> dict[str, Any]:
    """A map with the address of its values and the colours of its scale."""
    from matplotlib import colormaps

    from spine_core.explanation.overlay import SIGNED, UNSIGNED

    colours = colormaps[SIGNED if shown.signed else UNSIGNED](np.arange(COLOURS), bytes=True)[:, :3]
    relevance = np.asarray(shown.relevance, dtype=np.float32)
    return {
        "name": shown.name,
        "address": pixels.address(f"map/{shown.content}", relevance[None], passing=True),
        "slice": shown.slice_index,
        "frame": list(shown.frame.coefficients),
        "rows": relevance.shape[0],
        "columns": relevance.shape[1],
        "signed": shown.signed,
        "scale": shown.scale,
        "target": shown.target,
        "colours": [f"#{bytes(colour).hex()}" for colour in colours],
    }


def crop_data(channel: Channel, size: int) -> dict[str, Any]:
    """The network's crop of ``size`` pixels: its slice and its corners (row, column)."""
    low, high = -0.5, size - 0.5
    corners = channel.frame([[low, low], [low, high], [high, high], [high, low]])
    return {"slice": channel.slice_index, "corners": np.asarray(corners).tolist()}


def viewer_data(
    study: str,
    series: Sequence[Mapping[str, Any]],
    panes: Sequence[Pane],
    *,
    layout: int = 1,
    linked: bool = False,
    level: str = "",
    place: str = "",
    editable: bool = False,
    outline_edits: Mapping[str, str] | None = None,
    slices: Mapping[str, int] | None = None,
    move: Mapping[str, Any] | None = None,
    maps: Mapping[str, Mapping[str, Any]] | None = None,
    crop: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The message without the parts that ``viewer.mount`` adds; assets/viewer/src/data.ts explains each part.

    Raises ``ValueError`` for a number that JSON cannot represent: Streamlit would send it, and no browser parse it.
    """
    message = {
        "study": study,
        "series": list(series),
        "panes": [asdict(pane) for pane in panes],
        "layout": layout,
        "linked": linked,
        "level": level,
        "place": place,
        "editable": editable,
        "outlineEdits": None if outline_edits is None else dict(outline_edits),
        "slices": dict(slices or {}),
        "move": dict(move or {"serial": 0, "slices": {}, "centers": {}}),
        "maps": dict(maps or {}),
        "crop": None if crop is None else dict(crop),
    }
    json.dumps(message, allow_nan=False)
    return message

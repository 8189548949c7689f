"""The primer's pictures: the crop with regions, maps and masks laid over it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.comparison.metrics.grid import BLOCKS, strongest_first, to_grid
from spine_core.explanation.overlay import colour
from spine_core.explanation.perturbation.segments import blocks
from spine_core.teaching.primer.material import Map, PrimerMaterial

Picture = npt.NDArray[np.uint8]

SCALE = 3
"""Screen pixels per pixel of the crop."""


def grey(image: Map) -> Picture:
    """(rows, columns, 3), enlarged without smoothing."""
    large = np.kron(image, np.ones((SCALE, SCALE), np.float32))
    return np.repeat((large * 255).astype(np.uint8)[:, :, None], 3, axis=2)


def overlaid(image: Map, relevance: Map, *, signed: bool, threshold: float = 0.2) -> Picture:
    """The crop with a map over it, full colour at its strongest pixel."""
    scale = float(np.abs(relevance).max())
    rgba = colour(relevance, scale, signed=signed, threshold=threshold)
    large = np.kron(rgba.astype(np.float32), np.ones((SCALE, SCALE, 1), np.float32))
    opacity = large[:, :, 3:] / 255
    return (grey(image) * (1 - opacity) + large[:, :, :3] * opacity).astype(np.uint8)


def with_regions(found: PrimerMaterial, shown: Sequence[int]) -> Picture:
    """The crop with the borders of its regions; those that are not ``shown`` are as the network gets them."""
    seen = np.where(np.isin(found.regions, list(shown)), found.image, found.hidden)
    picture = grey(seen)
    numbers = np.kron(found.regions, np.ones((SCALE, SCALE), np.intp))
    edges = (numbers != np.roll(numbers, 1, 0)) | (numbers != np.roll(numbers, 1, 1))
    edges[0], edges[:, 0] = False, False
    picture[edges] = (86, 180, 233)
    return picture


def numbered(found: PrimerMaterial, picture: Picture) -> Picture:
    """The picture with each region's number at its middle, counted from 1."""
    from PIL import Image, ImageDraw, ImageFont

    drawn = Image.fromarray(picture)
    pen = ImageDraw.Draw(drawn)
    font = ImageFont.load_default(18)
    for region in range(int(found.regions.max()) + 1):
        depth = ndimage.distance_transform_edt(np.pad(found.regions == region, 1))[1:-1, 1:-1]
        row, column = np.unravel_index(int(depth.argmax()), depth.shape)
        pen.text((column * SCALE, row * SCALE), str(region + 1), (255, 255, 255), font, "mm",
                 stroke_width=2, stroke_fill=(0, 0, 0))  # fmt: skip
    return np.asarray(drawn)


def as_cells(found: PrimerMaterial, way: int = 1) -> Map:
    """Grad-CAM's cells as squares over the crop; what speaks against is cut off, as in the map.

    ``way``: -1 for the cells that speak against the grade.
    """
    size = found.image.shape[0]
    index = np.minimum(np.arange(size) * found.cells.shape[0] // size, found.cells.shape[0] - 1)
    return np.maximum(way * found.cells, 0)[np.ix_(index, index)]


def masked(found: PrimerMaterial, name: str, fraction: float) -> Picture:
    """The crop without the ``fraction`` of its blocks that the map marks most, as deletion masks them."""
    of_pixel = blocks(found.image.shape[0], BLOCKS)
    ranking = strongest_first(to_grid(found.maps[name], (BLOCKS, BLOCKS)), np.random.default_rng(0))
    first = ranking[: round(fraction * BLOCKS**2)]
    return grey(np.where(np.isin(of_pixel, first), found.hidden, found.image))

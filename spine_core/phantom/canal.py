"""Paints the spinal canal: epidural fat, yellow ligament, thecal sac, cord and cauda equina."""

from __future__ import annotations

import numpy as np

from spine_core.anatomy.types import Structure
from spine_core.phantom import tissue
from spine_core.phantom.anatomy import FIRST_LEVEL, LAST_DISC, Column, Place, bump
from spine_core.phantom.canvas import Canvas, ramp
from spine_core.phantom.curve import Image
from spine_core.phantom.texture import Texture


def _soft_max(first: Image, second: Image, radius: float) -> Image:
    mix = np.clip(0.5 + 0.5 * (first - second) / radius, 0, 1)
    return np.asarray(second + (first - second) * mix + radius * mix * (1 - mix), dtype=np.float32)


def narrowing(column: Column, s: Image) -> Image:
    """Fraction of the sac's depth that is lost at ``s``, 0 to 1."""
    lost = np.zeros(np.shape(s), dtype=np.float32)
    for index in range(FIRST_LEVEL, LAST_DISC + 1):
        level = column.levels[index]
        if level.canal:
            lost = np.maximum(lost, level.canal * bump(s - column.stations[index], 11.0))
    return lost


def displaced(column: Column, x: Image, s: Image, a: Image) -> Image:
    """Distance from the nearest bulging or herniated disc; large where there is none."""
    nearest = np.full(np.shape(s), 50.0, dtype=np.float32)
    for index in range(FIRST_LEVEL, LAST_DISC + 1):
        level = column.levels[index]
        if level.bulge or level.herniation:
            nearest = np.minimum(nearest, column.displaced(x, s, a, index))
    return nearest


def sac(column: Column, x: Image, s: Image, a: Image, push: Image) -> tuple[Image, Image, Image]:
    """Distance from the thecal sac (mm), and the lateral and posterior position within it, -1 to 1.

    ``push``: distance from displaced disc tissue, which indents the sac.
    """
    lost = narrowing(column, s)
    half = column.along("sac", s)
    middle = column.along("depth", s) + column.along("gap", s) + half - 0.3 * half * lost
    deep = half * (1 - lost)
    wide = (1.22 * half + 1.6) * (1 - 0.45 * lost)
    u, v = x / wide, (a - middle) / deep
    return _soft_max(_oval(x, a - middle, wide, deep), 1.0 - push, 1.2), u, v


def _oval(x: Image, a: Image, wide: Image, deep: Image) -> Image:
    """Distance from an ellipse around the origin, measured towards its centre."""
    ratio = np.maximum(np.hypot(x / wide, a / deep), 1e-3)
    return np.asarray(np.hypot(x, a) * (1 - 1 / ratio), dtype=np.float32)


def indentation(column: Column, level: int) -> float:
    """Largest fraction of the sac's depth lost within 6 mm of the midline at ``level``, 0 (L1/L2) to 4 (L5/S1)."""
    index = FIRST_LEVEL + level
    s = np.arange(-14, 14, 0.5, dtype=np.float32)[:, None, None] + np.float32(column.stations[index])
    x = np.arange(-6, 6.1, 2, dtype=np.float32)[None, :, None]
    a = np.arange(5, 40, 0.25, dtype=np.float32)[None, None, :]
    s, x, a = np.broadcast_arrays(s, x, a)
    depth = (sac(column, x, s, a, displaced(column, x, s, a))[0] < 0).sum(axis=2) * 0.25
    half = column.along("sac", s[..., 0])
    wide = 1.22 * half + 1.6
    whole = 2 * half * np.sqrt(1 - np.clip(x[..., 0] / wide, -1, 1) ** 2)
    return float(np.max(1 - depth / np.maximum(whole, 1)))


def _fat_pad(column: Column, s: Image) -> Image:
    """Depth of the posterior epidural fat between the laminae, thickest at their lower end."""
    thick = np.zeros(np.shape(s), dtype=np.float32)
    for index in range(1, LAST_DISC + 1):
        t = s - np.float32(column.stations[index])
        shape = np.sqrt(ramp(t, -15, 9)) * ramp(-t, -19, -8)
        room = 0.7 if index < FIRST_LEVEL else 1.0
        lost = column.levels[index].canal if index >= FIRST_LEVEL else 0.0
        thick = np.maximum(thick, 6.2 * room * shape * (1 - 0.9 * lost))
    return thick


def paint_canal(canvas: Canvas, place: Place, column: Column, texture: Texture) -> None:
    """Paints the tissue between the vertebral bodies and the arches."""
    x, s, a = place.x, place.s, place.canal_a
    half, depth = column.along("sac", s), column.along("depth", s)
    back = depth + column.along("gap", s) + 2 * half
    wide = 1.22 * half + 1.6
    pad = _fat_pad(column, s) * np.clip(1 - (x / 8) ** 2, 0, 1)
    tube = _oval(x, a - back + half, wide, half)
    roof = np.maximum(np.maximum(a - back - pad, np.abs(x) - 8), back - half - a)
    recess = np.maximum(a - depth - half, np.abs(x) - 0.75 * wide)
    within = s < column.stations[LAST_DISC + 2]
    flavum = np.maximum(np.minimum(tube, roof) - 3.2, back - half - a)
    arch = ramp(_fat_pad(column, s), 0.02, 1.2)
    canvas.paint(canvas.cover(flavum) * arch * within, tissue.FLAVUM)
    _sacral_roof(canvas, place, column, texture, back)
    push = displaced(column, x, s, place.a)
    bed = np.maximum(
        np.minimum(np.minimum(tube - 0.9, roof - 0.5), recess), np.maximum(depth - 0.4 - a, 0.5 - push)
    )
    room = canvas.cover(bed)
    strands = 1 + 0.1 * texture("epidural", (x, s, a), (3, 3, 2), room > 0)
    plexus = ramp(texture("plexus", (x, s, a), (3, 4, 1.5), room > 0), 0.7, 1.3) * (a < depth + 6)
    canvas.paint(room, tissue.SEPTUM, structure=Structure.BACKGROUND)
    wide_open = np.maximum(ramp(column.along("gap", s), 1.2, 2.6), a > depth + 5)
    canvas.paint(room * wide_open, tissue.FAT, strands)
    canvas.paint(room * plexus * 0.6, tissue.SEPTUM)
    canvas.paint(
        room * ramp(narrowing(column, s), 0.02, 0.2) * (a > depth + 4) * ramp(back - a, -2.0, 0.5),
        tissue.FLAVUM,
    )
    distance, u, v = sac(column, x, s, a, push)
    alive = ramp(half, 0.4, 1.2)
    canvas.paint(canvas.cover(distance - 0.55) * alive, tissue.SEPTUM)
    inside = canvas.cover(distance + 0.1) * alive
    flow = 1 + 0.03 * texture("flow", (x, s, a), (5, 16, 3), inside > 0)
    canvas.paint(inside, tissue.CSF, flow, structure=Structure.CANAL)
    _nerves(canvas, column, texture, s, u, v, inside)


def _sacral_roof(canvas: Canvas, place: Place, column: Column, texture: Texture, back: Image) -> None:
    """The fused laminae and the median crest behind the sacral canal."""
    low = place.s > column.stations[LAST_DISC] + 11
    knobbly = texture("crest", (place.x, place.s, place.a), (6, 9, 6))
    thick = 3.2 + 1.6 * knobbly + 2.2 * np.clip(1 - np.abs(place.x) / 6, 0, 1)
    behind = place.canal_a - back - 0.8
    shell = np.maximum(np.maximum(-behind, behind - thick), np.abs(place.x) - 22)
    canvas.paint(canvas.cover(shell - 0.7) * low, tissue.CORTEX)
    canvas.paint(canvas.cover(shell + 0.4) * low, column.marrow)


def _nerves(
    canvas: Canvas, column: Column, texture: Texture, s: Image, u: Image, v: Image, inside: Image
) -> None:
    """Cord to the conus, roots posterior and lateral to it, then the cauda equina."""
    below = s - np.float32(column.conus)
    half = column.along("sac", s)
    across = (u * half, v * half, s)
    filum = texture("filum", across, (0.8, 0.7, 20.0), inside > 0)
    strand = texture("cauda", across, (1.2, 1.0, 34.0), inside > 0) + 0.4 * filum
    spread = np.clip(below / 110, 0, 1)
    centre = 0.5 - 0.25 * spread
    crowd = np.exp(-(((v - centre) / (0.36 + 0.25 * spread)) ** 2)) * (1 - 0.45 * spread)
    roots = ramp(1.2 * strand + 2.8 * crowd - 1.6, -0.3, 1.1) * ramp(below, -45, 0)
    side = ramp(np.abs(u), 0.35, 0.75)
    roots = np.maximum(roots, 0.8 * side * ramp(strand, 0.2, 1.2) * ramp(below, -60, -20))
    canvas.paint(0.75 * inside * roots, tissue.ROOT)
    taper = np.sqrt(np.clip(-below / 42, 0, 1))
    ratio = np.sqrt((u / 0.52) ** 2 + ((v - 0.12 - 0.3 * (1 - taper)) / 0.52) ** 2)
    cord = (ratio - taper) * 3.6
    canvas.paint(inside * canvas.cover(cord) * (taper > 0.02), tissue.CORD)

"""Paints vertebral bodies and discs."""

from __future__ import annotations

import numpy as np

from spine_core.anatomy.types import Structure
from spine_core.phantom import tissue
from spine_core.phantom.anatomy import FIRST_LEVEL, LAST_DISC, Column, Place, bump, rounded
from spine_core.phantom.canvas import Canvas, ramp
from spine_core.phantom.curve import Image
from spine_core.phantom.texture import Pixels, Texture

_CORTEX = 0.8
_ENDPLATE = 0.75
"""Thickness in mm of the dark endplates of a disc and of the cortex around a body."""


def paint_column(canvas: Canvas, place: Place, column: Column, texture: Texture) -> None:
    """Paints bodies, then marrow changes, then discs."""
    points = (place.x, place.s, place.a)
    edge = 0.3 * texture("edge", points, (7, 5, 5))
    ring = place.ring + edge
    canvas.paint(canvas.cover(ring - 0.9), tissue.LIGAMENT, structure=Structure.BACKGROUND)
    body = _body(place, column, ring, edge)
    lumbar = (place.disc <= LAST_DISC) & ~((place.disc == LAST_DISC) & (place.t > 0))
    inside = canvas.cover(body)
    grain = _marrow(place, texture, inside > 0)
    canvas.paint(inside, column.marrow, grain)
    canvas.label(inside * lumbar, Structure.VERTEBRA)
    canvas.label(inside * ~lumbar, Structure.BACKGROUND)
    _veins(canvas, place, column, texture, inside)
    for index in range(FIRST_LEVEL, LAST_DISC + 1):
        _modic(canvas, place, column, texture, inside, grain, index)
    _discs(canvas, place, column, texture, ring)
    for index in range(FIRST_LEVEL, LAST_DISC + 1):
        _endplate(canvas, place, column, texture, index)
        _herniation(canvas, place, column, texture, index)


def _by_disc(place: Place, column: Column, name: str) -> Image:
    values = np.array([getattr(level, name) for level in column.levels], dtype=np.float32)
    values[:FIRST_LEVEL] *= name == "pfirrmann"
    return values[place.disc]


def _body(place: Place, column: Column, ring: Image, edge: Image) -> Image:
    """Distance from the marrow's surface. Rims next to a degenerated disc have osteophytes."""
    degenerated = np.clip(_by_disc(place, column, "pfirrmann") - 3, 0, 2) * np.where(place.a < 0, 0.8, 0.35)
    lipped = ring - degenerated * bump(place.space - 1.5, 4.5)
    return rounded(_ENDPLATE - place.space + 0.5 * edge, lipped + _CORTEX, 1.7)


def _marrow(place: Place, texture: Texture, where: Pixels) -> Image:
    points = (place.x, place.s, place.a)
    fine = texture("trabeculae", points, (1.5, 0.9, 0.9), where)
    patchy = texture("marrow", points, (7, 5, 6)) + 0.6 * texture("islets", points, (4, 2.2, 2.2), where)
    near = np.exp(-np.maximum(place.space, 0) / 4)
    value = 1 + 0.12 * fine + 0.08 * patchy + 0.10 * near
    return np.asarray(np.clip(value, 0.4, 1.8), dtype=np.float32)


def _veins(canvas: Canvas, place: Place, column: Column, texture: Texture, inside: Image) -> None:
    """Paints the basivertebral vein: a cleft from the middle of the posterior wall, in fat."""
    middle = (column.stations[1:] + column.stations[:-1]) / 2
    vertebra = np.clip(np.searchsorted(column.stations, place.s) - 1, 0, len(middle) - 1)
    lumbar = vertebra < LAST_DISC
    wobble = texture("vein", (place.x, place.s, place.a), (9, 6, 4))
    m = place.s - middle[vertebra].astype(np.float32) + 0.5 * wobble
    depth = column.along("depth", place.s) - place.a
    long = 9 + 4 * wobble
    width = np.clip(1 - depth / long, 0, 1) * np.clip(1 - np.abs(place.x) / 7, 0, 1)
    near = ramp(width, 0.0, 0.5) * lumbar * inside
    ragged = texture("plexus in bone", (place.x, place.s, place.a), (3, 1.2, 1.8), near > 0)
    cleft = np.abs(m) - 3.2 * width + 0.5 * ragged
    canvas.paint(0.30 * ramp(-cleft, -2.2, 1.0) * near, tissue.FAT)
    canvas.paint(0.45 * ramp(-cleft, -0.6, 1.2) * near, tissue.VEIN)


def _modic(
    canvas: Canvas, place: Place, column: Column, texture: Texture, inside: Image, grain: Image, index: int
) -> None:
    kind = column.levels[index].modic
    if not kind:
        return
    ragged = texture("modic", (place.x, place.s, place.a), (6, 3, 5), inside > 0)
    front = np.clip(1 - 0.5 * (place.a / column.along("depth", place.s)), 0.5, 1.4)
    reach = (8.5 + 2.2 * ragged) * front
    fraction = ramp(reach - place.space, -1.2, 1.6) * (place.disc == index) * bump(place.t, 17) ** 0.15
    canvas.paint(0.9 * fraction * inside, tissue.MODIC[kind], grain)


def _discs(canvas: Canvas, place: Place, column: Column, texture: Texture, ring: Image) -> None:
    bulge = _by_disc(place, column, "bulge")
    lateral = np.where(place.a > 0, 1.0, 0.55)
    overhang = 0.3 + bulge * lateral
    disc = rounded(place.space + 0.25, ring - overhang, 1.2)
    lumbar = place.disc <= LAST_DISC
    points = (place.x, place.s, place.a)
    rim = canvas.cover(rounded(place.space + 0.1, ring - overhang - 0.9, 1.2))
    canvas.paint(rim, tissue.LIGAMENT, structure=Structure.BACKGROUND)
    inside = canvas.cover(disc)
    covered = inside > 0
    lamellae = 1 + 0.12 * texture("annulus", points, (4, 1.0, 1.5), covered)
    canvas.paint(inside * lumbar, tissue.ANNULUS, lamellae, structure=Structure.DISC)
    canvas.paint(inside * ~lumbar, tissue.ANNULUS, lamellae)
    depth, width = column.along("depth", place.s), column.along("width", place.s)
    off = np.float32(0.05) + 0.04 * texture(
        "nucleus", (place.s, place.s * 0, place.s * 0), (30, 1, 1), covered
    )
    radius = np.sqrt((place.a / depth - off) ** 2 + (place.x / width) ** 2)
    radius = np.maximum(radius + 0.05 * texture("rim", points, (5, 3, 3), covered), 0)
    upright = np.abs(place.t) * place.stretch / place.half
    lens = ((radius / 0.79) ** 3.2 + (0.90 * upright) ** 4) ** (1 / 3.4)
    mottled = texture("mottle", points, (5, 1.1, 2.2), covered)
    canvas.paint(inside * ramp(-radius, -0.92, -0.72), tissue.INNER_ANNULUS, lamellae)
    grade = np.where(lumbar, _by_disc(place, column, "pfirrmann"), 3).astype(np.intp)
    for value, nucleus in tissue.NUCLEUS.items():
        blur = 0.03 + 0.04 * value
        core = ramp(-lens, -0.92 - blur, -0.92 + blur)
        fraction = inside * core * (grade == value)
        canvas.paint(fraction, nucleus, 1 + (0.04 + 0.045 * value) * mottled)
        cleft = np.exp(-(((upright + 0.10 * mottled) / 0.26) ** 2)) * ramp(-radius, -0.62, -0.40)
        canvas.paint(fraction * cleft * min(0.22 * value, 0.6), tissue.INNER_ANNULUS)


def _endplate(canvas: Canvas, place: Place, column: Column, texture: Texture, index: int) -> None:
    """Paints Schmorl's nodes: disc tissue through the endplate, with a dark shell."""
    level = column.levels[index]
    half = column.heights[index] / 2
    for present, direction in ((level.endplate_upper, -1.0), (level.endplate_lower, 1.0)):
        if not present:
            continue
        t = place.t - direction * (half + 1.6)
        a = place.a - direction * 2.0 - 1.0
        ratio = np.sqrt((place.x / 9) ** 2 + (t / 4.6) ** 2 + (a / 6.0) ** 2)
        near = np.float32(1) * (place.disc == index) * (np.abs(t) < 12)
        wobble = 0.9 * texture("node", (place.x, place.s, place.a), (4, 3, 3), near > 0)
        node = (ratio - 1) * 4.8 + wobble
        canvas.paint(
            canvas.cover(node - 1.3) * near * (place.space > 0), tissue.CORTEX, structure=Structure.BACKGROUND
        )
        canvas.paint(
            canvas.cover(node) * near * ramp(place.space, -1.2, -0.2),
            tissue.INNER_ANNULUS,
            structure=Structure.DISC,
        )


def _herniation(canvas: Canvas, place: Place, column: Column, texture: Texture, index: int) -> None:
    level = column.levels[index]
    if not level.herniation:
        return
    distance = column.herniated(place.x, place.s, place.a, index)
    depth = column.along("depth", place.s)
    behind = ramp(place.a - depth, -4.5, -2.0)
    # Farther away than the noise can reach there is no herniation.
    near = (behind > 0) & (distance < 5)
    distance = distance + 0.3 * texture("ragged disc", (place.x, place.s, place.a), (4, 2.5, 2.5), near)
    canvas.paint(canvas.cover(distance - 0.8) * behind, tissue.LIGAMENT, structure=Structure.BACKGROUND)
    mottled = 1 + 0.12 * texture("extruded", (place.x, place.s, place.a), (3, 2, 2), near)
    canvas.paint(canvas.cover(distance) * behind, tissue.EXTRUDED, mottled, structure=Structure.DISC)

"""From a spec to a phantom, and from a phantom to slices with their true masks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Sequence as Many
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS, Structure
from spine_core.phantom import signal
from spine_core.phantom.anatomy import Column, Place, Spot
from spine_core.phantom.arch import paint_arches
from spine_core.phantom.canal import indentation, paint_canal
from spine_core.phantom.canvas import Canvas
from spine_core.phantom.column import paint_column
from spine_core.phantom.curve import Image
from spine_core.phantom.scanner import AXIAL_SHAPE, SAGITTAL_SHAPE, THICKNESS, Scanner
from spine_core.phantom.signal import SEQUENCES, Sequence
from spine_core.phantom.soft import Trunk, paint_trunk
from spine_core.phantom.spec import PhantomSpec, generator
from spine_core.phantom.texture import Pixels, Texture
from spine_core.study.geometry import StackGeometry

_Part = tuple[list[npt.NDArray[np.uint16]], npt.NDArray[np.uint8]]

_LAYERS = 3
"""Sub-slices that are averaged over the thickness of a slice."""


@dataclass(frozen=True, eq=False)
class Phantom:
    """A person with known anatomy.

    ``centers``, ``posteriors``: by level, LPS mm of the disc's centre and of its posterior edge on the midline.
    ``grades``: by level, the true grade of every condition of ``networks.conditions``, by its name.
    ``examination``: seed of the scanner and its noise; the person's own seed for the usual one.
    """

    spec: PhantomSpec
    column: Column
    trunk: Trunk
    scanner: Scanner
    sagittal: StackGeometry
    axial: tuple[StackGeometry, ...]
    centers: Mapping[str, tuple[float, float, float]]
    posteriors: Mapping[str, tuple[float, float, float]]
    grades: Mapping[str, Mapping[str, str]]
    examination: int

    def labels(self, index: int, offset: float = 0.0) -> npt.NDArray[np.uint8]:
        """``Structure`` labels (rows, columns) at ``offset`` mm from the middle of sagittal slice ``index``."""
        return _mask(_layers(self, self.sagittal, index, (offset,), SAGITTAL_SHAPE, ())[0].fractions)


@dataclass(frozen=True, eq=False)
class Rendered:
    """Slices of one series: ``pixels`` uint16 and ``masks`` uint8 of ``Structure``, both (n, rows, columns)."""

    pixels: npt.NDArray[np.uint16]
    masks: npt.NDArray[np.uint8]
    indices: tuple[int, ...]
    geometry: StackGeometry


def build(spec: PhantomSpec, examination: int | None = None) -> Phantom:
    """The phantom that ``spec`` describes. Equal specs give equal phantoms.

    ``examination``: seed of another examination of the same person: other slice positions, pixels, coil and noise.
    """
    column = Column.of(spec)
    examination = spec.seed if examination is None else examination
    scanner = Scanner.of(examination)
    return Phantom(
        spec=spec,
        column=column,
        trunk=Trunk.of(column, spec.seed),
        scanner=scanner,
        sagittal=scanner.sagittal(column),
        axial=scanner.axial(column),
        centers={level: _triple(column.level_point(level, "center")) for level in LEVELS},
        posteriors={level: _triple(column.level_point(level, "posterior")) for level in LEVELS},
        grades={level: _grades(spec, column, number) for number, level in enumerate(LEVELS)},
        examination=examination,
    )


def _triple(point: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    return (float(point[0]), float(point[1]), float(point[2]))


def _grades(spec: PhantomSpec, column: Column, number: int) -> dict[str, str]:
    """True grades. ``ddd``: a degenerated disc (Pfirrmann IV or V) with reduced height and without bulge."""
    level = spec.levels[LEVELS[number]]
    low = level.height_fraction < 0.75
    bulging = level.bulge >= 1.5
    yes = {
        "bulging": bulging,
        "herniation": level.herniation >= 2.5,
        "narrowing": low,
        "canal_stenosis": indentation(column, number) >= 0.15,
        "endplate_upper": level.endplate_upper,
        "endplate_lower": level.endplate_lower,
        "spondylolisthesis": level.slip >= 3,
        "ddd": level.pfirrmann >= 4 and low and not bulging,
    }
    grades = {"pfirrmann": str(level.pfirrmann), "modic": str(level.modic)}
    return grades | {name: str(int(present)) for name, present in yes.items()}


def mid_index(phantom: Phantom) -> int:
    """Index of the sagittal slice nearest to the middle of the spine."""
    return phantom.sagittal.to_pixel(phantom.centers["L3/L4"])[0]


def mid_slice(phantom: Phantom, weighting: str) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """Pixels and mask (rows, columns) of the midsagittal slice; ``weighting`` is ``"t1"`` or ``"t2"``."""
    rendered = sagittal_slices(phantom, weighting, (mid_index(phantom),))
    return rendered.pixels[0], rendered.masks[0]


def sagittal_slices(phantom: Phantom, weighting: str, indices: Many[int] | None = None) -> Rendered:
    """Sagittal slices of one weighting; by default the three in the middle."""
    if indices is None:
        middle = mid_index(phantom)
        indices = (middle - 1, middle, middle + 1)
    return sagittal_pair(phantom, (weighting,), indices)[weighting]


def sagittal_pair(phantom: Phantom, weightings: Many[str], indices: Many[int]) -> dict[str, Rendered]:
    """Sagittal slices in several weightings by name; the anatomy is painted once."""
    sequences = _sequences(weightings)
    parts = _together(
        lambda i: _slice(phantom, phantom.sagittal, i, SAGITTAL_SHAPE, sequences, "sagittal"), indices
    )
    masks = np.stack([mask for _, mask in parts])
    return {
        name: Rendered(np.stack([p[k] for p, _ in parts]), masks, tuple(indices), phantom.sagittal)
        for k, name in enumerate(weightings)
    }


def axial_slices(phantom: Phantom, slab: int) -> Rendered:
    """The axial T2 slab of level ``slab`` (0 is L1/L2), foot to head."""
    geometry = phantom.axial[slab]
    indices = tuple(range(len(geometry.positions)))
    sequences = _sequences(("t2",))
    parts = _together(
        lambda i: _slice(phantom, geometry, i, AXIAL_SHAPE, sequences, f"axial {slab}"), indices
    )
    return Rendered(
        np.stack([p[0] for p, _ in parts]), np.stack([mask for _, mask in parts]), indices, geometry
    )


def _together(work: Callable[[int], _Part], indices: Many[int]) -> list[_Part]:
    """``work`` for every index, in two threads: numpy releases the GIL."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(work, indices))


def _sequences(weightings: Many[str]) -> tuple[Sequence, ...]:
    for name in weightings:
        if name not in SEQUENCES:
            msg = f"unknown weighting {name!r}; known: {', '.join(SEQUENCES)}"
            raise ValueError(msg)
    return tuple(SEQUENCES[name] for name in weightings)


def _points(
    geometry: StackGeometry, index: int, offset: float, shape: tuple[int, int]
) -> tuple[Image, Image, Image]:
    """Patient x, y, z of every pixel, each (rows, columns)."""
    first = geometry.to_patient(index, 0, 0) + offset * geometry.normal
    row = (geometry.to_patient(index, 0, 1) - geometry.to_patient(index, 0, 0)).astype(np.float32)
    column_step = (geometry.to_patient(index, 1, 0) - geometry.to_patient(index, 0, 0)).astype(np.float32)
    r = np.arange(shape[0], dtype=np.float32)[:, None]
    c = np.arange(shape[1], dtype=np.float32)[None, :]
    x, y, z = (np.float32(first[k]) + r * column_step[k] + c * row[k] for k in range(3))
    return x, y, z


def _layers(
    phantom: Phantom,
    geometry: StackGeometry,
    index: int,
    offsets: Many[float],
    shape: tuple[int, int],
    sequences: tuple[Sequence, ...],
) -> list[Canvas]:
    """One painted canvas per offset (mm) from the middle of a slice.

    The tissue around the spine is painted once, since it changes little over a slice.
    """
    column, seed = phantom.column, phantom.spec.seed
    points = _points(geometry, index, 0.0, shape)
    middle = Spot(*column.curve.locate(*points))
    box, near = _spine_pixels(middle)
    trunk = Canvas(shape, sequences, geometry.spacing[0])
    texture, spine = Texture(seed), Texture(seed, near)
    paint_trunk(trunk, middle, column, phantom.trunk, texture, points)
    layers = []
    for offset in offsets:
        canvas = trunk.copy()
        points = _points(geometry, index, offset, shape)
        place = Place.of(column, Spot(*column.curve.locate(*(axis[box][near] for axis in points))))
        with canvas.part(box).row(near) as part:
            paint_column(part, place, column, spine)
        paint_arches(canvas, column, texture, seed, points)
        with canvas.part(box).row(near) as part:
            paint_canal(part, place, column, spine)
        layers.append(canvas)
    return layers


def _spine_pixels(spot: Spot) -> tuple[tuple[slice, slice], Pixels]:
    """What column and canal can cover with any lesion: a box, and which of its pixels."""
    near = (np.abs(spot.a - 8) < 40) & (np.abs(spot.x) < 52)
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return box, near[box]


def _mask(fractions: Image) -> npt.NDArray[np.uint8]:
    """The structure that covers more than half of each pixel."""
    best = fractions.argmax(axis=0).astype(np.uint8)
    return np.where(fractions.max(axis=0) > 0.5, best, Structure.BACKGROUND).astype(np.uint8)


def _slice(
    phantom: Phantom,
    geometry: StackGeometry,
    index: int,
    shape: tuple[int, int],
    sequences: tuple[Sequence, ...],
    series: str,
) -> _Part:
    scanner = phantom.scanner
    offsets = tuple(float(k + 0.5) / _LAYERS * THICKNESS - THICKNESS / 2 for k in range(_LAYERS))
    layers = _layers(phantom, geometry, index, offsets, shape, sequences)
    total = np.mean([layer.signal for layer in layers], axis=0)
    fractions = np.mean([layer.fractions for layer in layers], axis=0)
    points = _points(geometry, index, 0.0, shape)
    gain = scanner.sensitivity(phantom.trunk, points, banded=series == "sagittal")
    images = []
    for k, sequence in enumerate(sequences):
        water, fat = (np.asarray(total[2 * k + part] * gain, dtype=np.float32) for part in (0, 1))
        clean = signal.resolve(water, fat, sequence, scanner.width)
        rng = generator(phantom.examination, "noise", series, sequence.name, index)
        noisy = signal.magnitude(clean, scanner.sigma, rng)
        images.append(np.clip(np.rint(noisy * scanner.gain), 0, 4095).astype(np.uint16))
    return images, _mask(fractions)

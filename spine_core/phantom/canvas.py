"""The canvas of a slice: signals of water and fat, and true labels."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Many
from contextlib import contextmanager
from copy import copy
from functools import cache

import numpy as np

from spine_core.anatomy.types import Structure
from spine_core.phantom.curve import Image
from spine_core.phantom.signal import Sequence, water_and_fat
from spine_core.phantom.texture import Pixels
from spine_core.phantom.tissue import Tissue


def ramp(value: Image, low: float, high: float) -> Image:
    """0 below ``low``, 1 above ``high``, smooth between."""
    fraction = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(fraction * fraction * (3 - 2 * fraction), dtype=np.float32)


class Canvas:
    """One sub-slice while it is painted; later tissue covers earlier tissue.

    ``signal``: (2 x sequences, rows, columns), water and fat of each sequence. ``fractions``: (4, rows, columns), the
    fraction of each pixel that belongs to each ``Structure``.
    """

    def __init__(self, shape: tuple[int, int], sequences: Many[Sequence], pixel: float) -> None:
        self.signal = np.zeros((2 * len(sequences), *shape), dtype=np.float32)
        self.fractions = np.zeros((len(Structure), *shape), dtype=np.float32)
        self.fractions[0] = 1
        self._sequences = tuple(sequences)
        self._pixel = pixel

    def cover(self, distance: Image) -> Image:
        """Fraction of each pixel inside a surface at ``distance`` mm (negative inside)."""
        return np.asarray(np.clip(0.5 - distance / np.float32(self._pixel), 0, 1), dtype=np.float32)

    def paint(
        self,
        coverage: Image,
        tissue: Tissue,
        texture: Image | float = 1.0,
        *,
        structure: Structure | None = None,
    ) -> None:
        """Paints ``tissue`` over the canvas with its signal times ``texture``.

        ``coverage``: fraction of each pixel, 0 to 1. ``structure``: its label in the mask; None leaves the mask
        unchanged.
        """
        covered = coverage > 0
        if not covered.any():
            return
        share, grain = coverage[covered], texture[covered] if isinstance(texture, np.ndarray) else texture
        for channel, value in enumerate(_signals(self._sequences, tissue)):
            under = self.signal[channel]
            below = under[covered]
            below += share * (value * grain - below)
            under[covered] = below
        if structure is not None:
            self.label(coverage, structure)

    def label(self, coverage: Image, structure: Structure) -> None:
        """Sets the label of ``coverage`` in the mask only."""
        self.fractions *= 1 - coverage
        self.fractions[structure] += coverage

    def copy(self) -> Canvas:
        """An independent copy."""
        other = copy(self)
        other.signal, other.fractions = self.signal.copy(), self.fractions.copy()
        return other

    def part(self, box: tuple[slice, slice]) -> Canvas:
        """A view of a part of this canvas: painting on it changes this canvas."""
        window = copy(self)
        window.signal = self.signal[:, *box]
        window.fractions = self.fractions[:, *box]
        return window

    @contextmanager
    def row(self, where: Pixels) -> Iterator[Canvas]:
        """Some of the pixels in a row, as a canvas of their own; what is painted on it is on this canvas afterwards."""
        other = copy(self)
        other.signal, other.fractions = _rows(self.signal, where), _rows(self.fractions, where)
        yield other
        for images, painted in ((self.signal, other.signal), (self.fractions, other.fractions)):
            for image, row in zip(images, painted, strict=True):
                image[where] = row


def _rows(images: Image, where: Pixels) -> Image:
    # Image by image: an index over all of them at once is several times as slow. Labels are drawn without any signal.
    return np.stack([image[where] for image in images]) if len(images) else images[:, where]


@cache
def _signals(sequences: tuple[Sequence, ...], tissue: Tissue) -> tuple[float, ...]:
    return tuple(float(v) for sequence in sequences for v in water_and_fat(sequence, tissue))

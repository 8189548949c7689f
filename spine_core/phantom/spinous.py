"""The shape of a spinous process, in the frame of its vertebra (see ``arch``)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.phantom.anatomy import LAST_DISC, rounded
from spine_core.phantom.curve import Image
from spine_core.phantom.texture import Pixels

_SPINOUS = np.array(
    [(0, 7), (4, 2), (12, 2), (21, 1), (27, 5), (29, 12), (26, 18), (19, 20), (10, 19), (4, 19), (0, 15)],
    float,
)
"""Outline of a lumbar spinous process, from the posterior wall of the canal."""
_THORACIC = np.array(
    [(0, 4), (5, 1), (14, 6), (24, 14), (27, 20), (24, 25), (15, 22), (7, 18), (2, 14)], float
)

ROUGHEST = 6.0
"""No bone is rougher than this, in mm."""


@dataclass(frozen=True, eq=False)
class Spinous:
    """A spinous process. ``back``: u where its outline begins. ``lean``: to the left, per mm posteriorly."""

    outline: npt.NDArray[np.float64]
    back: np.float32
    lean: float

    @classmethod
    def of(cls, index: int, canal_back: float, rng: np.random.Generator) -> Spinous:
        """Of vertebra ``index`` (0 is T11), whose canal ends at u ``canal_back``."""
        outline = (_THORACIC if index < 2 else _SPINOUS) * rng.uniform(0.9, 1.05, 2)
        outline = outline + rng.normal(0, 1.1, outline.shape)
        if index == LAST_DISC - 1:
            outline = outline * (0.68, 0.75)
        return cls(outline * 0.93 + (1.2, 0.8), np.float32(canal_back + 1.2), rng.uniform(-0.04, 0.04))

    def reaches(self, x: Image, u: Image, v: Image) -> Pixels:
        """Pixels that it may cover, with any noise."""
        (low_u, low_v), (high_u, high_v) = (edge(self.outline, axis=0) for edge in (np.min, np.max))
        u, margin = u - self.back, ROUGHEST + 4
        within = (u > low_u - margin) & (u < high_u + margin)
        within &= (v > low_v - margin) & (v < high_v + margin)
        return np.asarray(within & (self._thick(x, u) < 1.5))

    def distance(self, x: Image, u: Image, v: Image, rough: Image) -> Image:
        """Distance from its surface, which is ``rough``."""
        flat = _polygon(u - self.back, v, self.outline) - 2.4 + rough
        return rounded(flat, self._thick(x, u - self.back), 1.8)

    def _thick(self, x: Image, u: Image) -> Image:
        return np.asarray(np.abs(x - self.lean * u) - (2.8 + 0.06 * np.clip(u, 0, 30)))


def _polygon(u: Image, v: Image, outline: npt.NDArray[np.float64]) -> Image:
    """Distance from a polygon's edge, negative inside."""
    nearest = np.full(u.shape, np.inf, dtype=np.float32)
    inside = np.zeros(u.shape, dtype=bool)
    for (u0, v0), (u1, v1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        du, dv = u1 - u0, v1 - v0
        along = np.clip(((u - u0) * du + (v - v0) * dv) / (du * du + dv * dv), 0, 1)
        nearest = np.minimum(nearest, np.hypot(u - u0 - along * du, v - v0 - along * dv))
        if dv:
            inside ^= ((v0 > v) != (v1 > v)) & (u < u0 + (v - v0) * du / dv)
    return np.asarray(np.where(inside, -nearest, nearest), dtype=np.float32)

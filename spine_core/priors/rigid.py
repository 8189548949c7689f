"""Rigid transforms between the patient coordinates of two studies, and their fit to matched points (Kabsch 1976)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

Array = npt.NDArray[np.float64]

ANCHOR_MM = 40.0
"""Distance of the added points from each disc. Disc centres lie nearly on one line, about which they cannot resolve a
rotation; the added points assume that the patient's left is the same in both studies. Registration then refines it."""


@dataclass(frozen=True, eq=False)
class Rigid:
    """``p -> rotation @ p + translation`` in LPS mm. ``rotation``: (3, 3), a rotation matrix. ``translation``: (3,)."""

    rotation: Array
    translation: Array

    def __call__(self, points: npt.ArrayLike) -> Array:
        """Transforms points of shape (..., 3)."""
        return np.asarray(np.asarray(points, dtype=np.float64) @ self.rotation.T + self.translation)

    @property
    def inverse(self) -> Rigid:
        """The inverse transform."""
        return Rigid(self.rotation.T, -self.rotation.T @ self.translation)

    @property
    def degrees(self) -> float:
        """Angle of the rotation, 0 to 180."""
        return float(np.degrees(Rotation.from_matrix(self.rotation).magnitude()))


def fit_rigid(source: npt.ArrayLike, target: npt.ArrayLike) -> Rigid:
    """The rigid transform from ``source`` to ``target``, both (N, 3) in mm, with the least sum of squared distances.

    Raises ``ValueError`` for fewer than three points, or different numbers of them.
    """
    source, target = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if source.shape != target.shape or source.ndim != 2 or len(source) < 3:
        msg = f"at least three pairs of points are needed, not {source.shape} and {target.shape}"
        raise ValueError(msg)
    from_middle, to_middle = source.mean(axis=0), target.mean(axis=0)
    found, _ = Rotation.align_vectors(target - to_middle, source - from_middle)
    rotation = found.as_matrix()
    return Rigid(rotation, to_middle - rotation @ from_middle)


def fit_spines(source: npt.ArrayLike, target: npt.ArrayLike) -> Rigid:
    """As ``fit_rigid`` for disc centres, with added points to the left and the right of each."""
    aside = np.array([ANCHOR_MM, 0.0, 0.0])
    source, target = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
    return fit_rigid(
        np.concatenate([source, source + aside, source - aside]),
        np.concatenate([target, target + aside, target - aside]),
    )

"""The unit of length of a NIfTI file."""

from __future__ import annotations

import numpy as np

from spine_core.study.frame import Array
from spine_core.study.types import Note, Severity

MILLIMETRES_PER_UNIT = {1: 1000.0, 2: 1.0, 3: 0.001}
"""By the spatial part of ``xyzt_units``: metre, millimetre, micron. 0 is unknown, other codes are undefined."""
NAMES = {1000.0: "metres", 1.0: "millimetres", 0.001: "microns"}

POSSIBLE_MM = (0.02, 50.0)
"""Voxel sizes of any MR volume: microscopy of small specimens to the thickest slabs."""
USUAL_MM = (0.1, 20.0)
"""Voxel sizes of MR of a patient. The range is narrower than a factor of 1000, so at most one unit fits."""


def millimetres(sizes: Array, code: int) -> tuple[float | None, tuple[Note, ...]]:
    """Millimetres per unit for voxel ``sizes`` in the file's unit ``code``; None where no unit fits.

    The stated unit is used where the sizes are possible in it, else the unit in which they are usual.
    """
    stated = MILLIMETRES_PER_UNIT.get(code)
    factor = stated or 1.0
    if _within(sizes * factor, POSSIBLE_MM):
        if stated is not None:
            return factor, ()
        text = "The file does not name its unit of length; millimetres are assumed."
        return factor, (Note(Severity.INFO, text),)
    for other, name in NAMES.items():
        if _within(sizes * other, USUAL_MM):
            text = f"A voxel of {np.min(sizes * factor):.3g} mm, as the header has it, is impossible: read as {name}."
            return other, (Note(Severity.WARNING, text),)
    text = "The voxel sizes in the header are impossible in any unit: no millimetres."
    return None, (Note(Severity.ERROR, text),)


def _within(sizes: Array, limits: tuple[float, float]) -> bool:
    return bool(np.all((sizes >= limits[0]) & (sizes <= limits[1])))

"""Pictures with labelled discs, and who learns from them."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS
from spine_core.evaluation.types import Point

EDGE_TO_CENTER = 0.47
"""Marked posterior edge to the centre taught, in disc distances. It measures what ``anatomy.types.HALF_DISC`` does;
the shipped localiser was trained with this value, and another would be another recipe."""


def level_of(index: int) -> str:
    """Level of the disc with this index counted upwards from L5/S1 = 0."""
    return LEVELS[-1 - index] if index < len(LEVELS) else "other"


def gapless(centers: Sequence[Point]) -> bool:
    """Whether these are discs enough, from the lowest upwards, and none is missing between them.

    A missing one would shift every level above it and teach the wrong ones.
    """
    steps = [np.hypot(*np.subtract(a, b)) for a, b in itertools.pairwise(centers)]
    return len(centers) >= len(LEVELS) and bool(max(steps) <= 1.6 * np.median(steps))


def rows(path: Path) -> list[dict[str, str]]:
    """A table's rows by the names of its columns."""
    with path.open(newline="") as handle:
        return list(csv.DictReader(handle))


def grey(path: Path) -> npt.NDArray[np.uint8]:
    """A picture's grey values (rows, columns)."""
    from PIL import Image

    return np.asarray(Image.open(path).convert("L"))

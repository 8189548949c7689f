"""Helpers that all dataset readers share."""

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
"""Distance from the marked posterior edge to the training target of the centre, in inter-disc distances. It measures
the same as ``anatomy.types.HALF_DISC``; the released detector was trained with this value."""


def level_of(index: int) -> str:
    """Level of the disc with this index, counted cranially from L5/S1 = 0."""
    return LEVELS[-1 - index] if index < len(LEVELS) else "other"


def is_contiguous(centers: Sequence[Point]) -> bool:
    """Whether there are enough discs, from caudal to cranial, without a gap.

    A gap would shift every level above it and produce wrong labels.
    """
    steps = [np.hypot(*np.subtract(a, b)) for a, b in itertools.pairwise(centers)]
    return len(centers) >= len(LEVELS) and bool(max(steps) <= 1.6 * np.median(steps))


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by column name."""
    with path.open(newline="") as handle:
        return list(csv.DictReader(handle))


def read_grey(path: Path) -> npt.NDArray[np.uint8]:
    """The grey values (rows, columns) of an image file."""
    from PIL import Image

    return np.asarray(Image.open(path).convert("L"))

"""Masks as run lengths: the form in which the viewer, kept cases and exports hold an outline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def encode(mask: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    """Lengths of the runs of ``mask`` (rows, columns), row by row, outside and inside in turn.

    The first run is outside and may be 0.
    """
    flat = mask.ravel()
    changes = np.flatnonzero(np.diff(flat, prepend=False))
    lengths = np.diff(np.concatenate(([0], changes, [flat.size])))
    return tuple(int(one) for one in lengths)


def decode(runs: Sequence[int], shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """The mask (rows, columns) of ``runs``. They may come from a browser.

    Raises ``ValueError`` where they are not whole numbers of 0 or more that fill the mask exactly.
    """
    size = shape[0] * shape[1]
    if len(runs) > size + 1:
        msg = f"a mask of {size} pixels cannot have {len(runs)} runs"
        raise ValueError(msg)
    if not all(type(one) is int and 0 <= one <= size for one in runs):
        msg = "run lengths of a mask must be whole numbers from 0 to its size"
        raise ValueError(msg)
    if sum(runs) != size:
        msg = f"the runs cover {sum(runs)} pixels, the slice has {size}"
        raise ValueError(msg)
    inside = np.arange(len(runs)) % 2 == 1
    return np.repeat(inside, runs).reshape(shape)

"""How far a patient moved between two pictures of one examination."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.types import Point

BLUR = 1.0
"""Gaussian blur before edges are sought, in pixels."""
FINENESS = 4
"""Parts of a pixel to which a movement is found."""
BELIEVED = 0.5
"""Longest movement in disc distances that is believed: beyond it a disc would be nearer to its neighbour's place."""


def movement(
    picture: npt.NDArray[np.uint8], beside: npt.NDArray[np.uint8], discs: tuple[Point, ...], pitch: float
) -> Point:
    """Where what ``beside`` shows about its ``discs`` lies in ``picture``, as a shift in (rows, columns).

    Phase correlation of the two pictures' edges (Guizar-Sicairos 2008, doi 10.1364/OL.33.000156), which T1 and T2 have
    in the same places. ``pitch``: distance between neighbouring discs in pixels. No shift where the pictures differ in
    shape, or the one found is not to be believed.
    """
    from skimage.registration import phase_cross_correlation

    if picture.shape != beside.shape:
        return 0.0, 0.0
    places = np.array(discs)
    low = np.maximum(places.min(axis=0) - pitch, 0).astype(int)
    high = np.ceil(places.max(axis=0) + pitch).astype(int)
    window = slice(low[0], high[0]), slice(low[1], high[1])
    both = (_edges(one[window]) for one in (picture, beside))
    shift, _, _ = phase_cross_correlation(*both, upsample_factor=FINENESS)  # type: ignore[no-untyped-call]
    if np.hypot(*shift) > BELIEVED * pitch:
        return 0.0, 0.0
    return float(shift[0]), float(shift[1])


def _edges(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Strength of edges, fading to the margin: what leaves on one side would be taken to enter on the other."""
    from skimage.filters import gaussian, sobel, window

    edges = sobel(gaussian(picture.astype(np.float64), BLUR))  # type: ignore[no-untyped-call]
    faded = (edges - edges.mean()) * window("hann", edges.shape)  # type: ignore[no-untyped-call]
    return np.asarray(faded, dtype=np.float64)

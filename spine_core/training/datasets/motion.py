"""Patient motion between two images of one examination."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.types import Point

BLUR = 1.0
"""Standard deviation of the Gaussian blur before edge detection, in pixels."""
UPSAMPLING = 4
"""Subpixel resolution of the shift."""
MAX_SHIFT = 0.5
"""Largest plausible shift in inter-disc distances: beyond it a disc would be closer to its neighbour."""


def estimate_shift(
    image: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8], discs: tuple[Point, ...], inter_disc: float
) -> Point:
    """Shift (rows, columns) from ``other``, in which ``discs`` are marked, to ``image``.

    Phase correlation of the edges (Guizar-Sicairos 2008, doi 10.1364/OL.33.000156), which T1 and T2 share.
    ``inter_disc``: distance between adjacent discs in pixels. Zero if the images differ in shape or the shift is not
    plausible.
    """
    from skimage.registration import phase_cross_correlation

    if image.shape != other.shape:
        return 0.0, 0.0
    points = np.array(discs)
    low = np.maximum(points.min(axis=0) - inter_disc, 0).astype(int)
    high = np.ceil(points.max(axis=0) + inter_disc).astype(int)
    window = slice(low[0], high[0]), slice(low[1], high[1])
    windows = (_edges(part[window]) for part in (image, other))
    shift, _, _ = phase_cross_correlation(*windows, upsample_factor=UPSAMPLING)  # type: ignore[no-untyped-call]
    if np.hypot(*shift) > MAX_SHIFT * inter_disc:
        return 0.0, 0.0
    return float(shift[0]), float(shift[1])


def _edges(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Edge strength with a Hann window, because the Fourier transform is periodic."""
    from skimage.filters import gaussian, sobel, window

    edges = sobel(gaussian(image.astype(np.float64), BLUR))  # type: ignore[no-untyped-call]
    faded = (edges - edges.mean()) * window("hann", edges.shape)  # type: ignore[no-untyped-call]
    return np.asarray(faded, dtype=np.float64)

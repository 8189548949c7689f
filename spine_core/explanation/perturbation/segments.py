"""Segments of the image, each masked as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SMOOTHING = 1.0
"""Gaussian sigma before clustering, in pixels: reduces the effect of Rician noise on the borders."""


@dataclass(frozen=True, eq=False)
class Segments:
    """``numbers``: segment of every pixel, from 0 without gaps, (size, size). ``names``: one per segment, or empty."""

    numbers: npt.NDArray[np.intp]
    names: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of segments."""
        return int(self.numbers.max()) + 1

    def to_image(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        """The image (size, size) in which each pixel has its segment's value. ``values``: (segments,)."""
        return values[self.numbers].astype(np.float32)


def superpixels(pixels: npt.NDArray[np.float32], count: int, compactness: float) -> npt.NDArray[np.intp]:
    """SLIC superpixels of an image (channels, size, size), over all channels together: (size, size).

    There are about ``count``, numbered from 0 without gaps. Channels of zeros (a missing weighting) are ignored.
    ``compactness``: larger values give squarer segments. Achanta 2012, doi 10.1109/TPAMI.2012.120.
    """
    from skimage.segmentation import slic

    present = pixels[np.any(pixels != 0, axis=(1, 2))]
    if not len(present):
        return blocks(pixels.shape[-1], max(1, round(count**0.5)))
    labels = slic(
        np.moveaxis(present, 0, -1).astype(np.float64),
        n_segments=count,
        compactness=compactness,
        sigma=SMOOTHING,
        convert2lab=False,
        # skimage starts at 1 by default, but lime assumes 0 and would never mask the last segment.
        start_label=0,
        channel_axis=-1,
    )
    numbers = np.unique(labels, return_inverse=True)[1]
    return numbers.reshape(labels.shape)


def blocks(size: int, count: int) -> npt.NDArray[np.intp]:
    """A grid of ``count`` x ``count`` square blocks, numbered row by row from 0: shape (size, size)."""
    index = np.arange(size) * count // size
    return index[:, None] * count + index[None, :]

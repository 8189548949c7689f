"""Between a network's input and the generator's images, which have fewer pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SIDE = 64
"""Pixels along each side of the generator's images."""


def shrink(image: npt.NDArray[np.float32], side: int = SIDE) -> npt.NDArray[np.float32]:
    """``image`` (..., size, size) at ``side`` pixels: the mean over the area of each pixel."""
    size = image.shape[-1]
    if size % side == 0:
        block = size // side
        shape = (*image.shape[:-2], side, block, side, block)
        return np.asarray(image.reshape(shape).mean(axis=(-3, -1)), dtype=np.float32)
    return _interpolated(image, side, "area")


def enlarge(image: npt.NDArray[np.float32], size: int) -> npt.NDArray[np.float32]:
    """``image`` (..., side, side) at ``size`` pixels, by cubic interpolation: no detail finer than the image's."""
    return _interpolated(image, size, "bicubic")


def _interpolated(image: npt.NDArray[np.float32], size: int, mode: str) -> npt.NDArray[np.float32]:
    import torch

    planes = torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32))
    flat = planes.reshape(-1, 1, *planes.shape[-2:])
    found = torch.nn.functional.interpolate(flat, (size, size), mode=mode)
    return np.asarray(found.reshape(*image.shape[:-2], size, size).numpy())

"""Random augmentation of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.study.geometry import Affine2

if TYPE_CHECKING:
    import torch


def sample(image: torch.Tensor, frame: Affine2, size: int, *, nearest: bool = False) -> torch.Tensor:
    """Resamples an image (C, rows, columns) through ``frame`` (output to image pixels): (C, size, size)."""
    import torch

    rows, columns = image.shape[-2:]
    steps = torch.arange(size, dtype=torch.float32)
    r, c = torch.meshgrid(steps, steps, indexing="ij")
    (a, b), (d, e) = frame.matrix
    y = a * r + b * c + frame.offset[0]
    x = d * r + e * c + frame.offset[1]
    grid = torch.stack([2 * x / (columns - 1) - 1, 2 * y / (rows - 1) - 1], dim=-1)[None]
    mode = "nearest" if nearest else "bilinear"
    out = torch.nn.functional.grid_sample(
        image[None], grid, mode=mode, padding_mode="zeros", align_corners=True
    )
    return out[0]


def random_frame(
    rng: np.random.Generator,
    center: tuple[float, float],
    zoom: float,
    size: int,
    *,
    degrees: float,
    aspect: float,
    shift: float,
) -> Affine2:
    """Random frame around ``center``, with ``zoom`` output pixels per image pixel before rotation and stretching.

    ``degrees``: largest rotation. ``aspect``: largest relative stretch of the height. ``shift``: largest translation in
    output pixels.
    """
    angle = np.deg2rad(rng.uniform(-degrees, degrees))
    stretch = np.exp(rng.uniform(-aspect, aspect))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.diag([1 / stretch, 1.0]) @ turn / zoom
    middle = (size - 1) / 2 + rng.uniform(-shift, shift, 2)
    offset = np.asarray(center) - matrix @ middle
    return Affine2(
        ((float(matrix[0, 0]), float(matrix[0, 1])), (float(matrix[1, 0]), float(matrix[1, 1]))),
        (float(offset[0]), float(offset[1])),
    )


def random_contrast(rng: np.random.Generator, image: torch.Tensor, *, nonmonotonic: bool) -> torch.Tensor:
    """Grey values from 0 to 1 after random gamma, shading, blur and noise.

    ``nonmonotonic``: draws a random tone curve instead of gamma, so that segmentation learned on one weighting
    generalises to another.
    """
    import torch

    rows, columns = image.shape[-2:]
    if nonmonotonic:
        knots = torch.tensor(rng.uniform(0, 1, 6), dtype=torch.float32)
        position = image.clamp(0, 1) * 5
        low = position.floor().clamp(max=4).long()
        part = position - low
        image = knots[low] * (1 - part) + knots[low + 1] * part
    else:
        image = image.clamp(0, 1.2) ** float(np.exp(rng.uniform(-0.5, 0.4)))
    down, across = torch.linspace(-1, 1, rows)[:, None], torch.linspace(-1, 1, columns)[None]
    slope = rng.uniform(-0.35, 0.35, 2)
    field = 1 + float(slope[0]) * down + float(slope[1]) * across
    image = image * field * float(rng.uniform(0.8, 1.2))
    if rng.random() < 0.3:
        keep = float(rng.uniform(0.4, 0.75))
        small = torch.nn.functional.interpolate(image[None], scale_factor=keep, mode="area")
        image = torch.nn.functional.interpolate(small, size=image.shape[-2:], mode="bilinear")[0]
    noise = torch.from_numpy(rng.standard_normal(image.shape).astype(np.float32))
    return image + noise * float(rng.uniform(0, 0.06))


def gaussian_heatmap(points: npt.NDArray[np.float64], size: int, sigma: float) -> npt.NDArray[np.float32]:
    """Gaussian peaks of height 1 at ``points`` (N, 2) on a (size, size) grid; overlapping peaks take the maximum."""
    out = np.zeros((size, size), dtype=np.float32)
    steps = np.arange(size)
    for row, column in points:
        peak = np.exp(-((steps - row) ** 2) / (2 * sigma**2))[:, None]
        peak = peak * np.exp(-((steps - column) ** 2) / (2 * sigma**2))[None]
        np.maximum(out, peak, out=out)
    return out

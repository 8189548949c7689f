"""Random views of a picture, made on the processor of whoever trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.study.geometry import Affine2

if TYPE_CHECKING:
    import torch


def sample(picture: torch.Tensor, frame: Affine2, size: int, *, nearest: bool = False) -> torch.Tensor:
    """Picture (C, rows, columns) seen through ``frame`` (output pixel to picture pixel): (C, size, size)."""
    import torch

    rows, columns = picture.shape[-2:]
    steps = torch.arange(size, dtype=torch.float32)
    r, c = torch.meshgrid(steps, steps, indexing="ij")
    (a, b), (d, e) = frame.matrix
    y = a * r + b * c + frame.offset[0]
    x = d * r + e * c + frame.offset[1]
    grid = torch.stack([2 * x / (columns - 1) - 1, 2 * y / (rows - 1) - 1], dim=-1)[None]
    mode = "nearest" if nearest else "bilinear"
    out = torch.nn.functional.grid_sample(
        picture[None], grid, mode=mode, padding_mode="zeros", align_corners=True
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
    """Frame about ``center`` in which ``zoom`` output pixels show one picture pixel, turned and stretched at random.

    ``shift``: largest displacement in output pixels. ``aspect``: largest stretch of the height, as a share.
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


def random_contrast(rng: np.random.Generator, picture: torch.Tensor, *, strange: bool) -> torch.Tensor:
    """Grey values 0 to 1 after random gamma, shading, blur and noise.

    ``strange`` draws a curve that need not rise, so that outlines learned on one weighting hold on another.
    """
    import torch

    rows, columns = picture.shape[-2:]
    if strange:
        knots = torch.tensor(rng.uniform(0, 1, 6), dtype=torch.float32)
        position = picture.clamp(0, 1) * 5
        low = position.floor().clamp(max=4).long()
        part = position - low
        picture = knots[low] * (1 - part) + knots[low + 1] * part
    else:
        picture = picture.clamp(0, 1.2) ** float(np.exp(rng.uniform(-0.5, 0.4)))
    down, across = torch.linspace(-1, 1, rows)[:, None], torch.linspace(-1, 1, columns)[None]
    slope = rng.uniform(-0.35, 0.35, 2)
    field = 1 + float(slope[0]) * down + float(slope[1]) * across
    picture = picture * field * float(rng.uniform(0.8, 1.2))
    if rng.random() < 0.3:
        keep = float(rng.uniform(0.4, 0.75))
        small = torch.nn.functional.interpolate(picture[None], scale_factor=keep, mode="area")
        picture = torch.nn.functional.interpolate(small, size=picture.shape[-2:], mode="bilinear")[0]
    noise = torch.from_numpy(rng.standard_normal(picture.shape).astype(np.float32))
    return picture + noise * float(rng.uniform(0, 0.06))


def heat(points: npt.NDArray[np.float64], size: int, sigma: float) -> npt.NDArray[np.float32]:
    """Gaussian peaks of height 1 at ``points`` (N, 2) on a (size, size) grid; the largest wins."""
    out = np.zeros((size, size), dtype=np.float32)
    steps = np.arange(size)
    for row, column in points:
        peak = np.exp(-((steps - row) ** 2) / (2 * sigma**2))[:, None]
        peak = peak * np.exp(-((steps - column) ** 2) / (2 * sigma**2))[None]
        np.maximum(out, peak, out=out)
    return out

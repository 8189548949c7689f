"""The level counter: a small network that predicts the level count of a whole disc sequence.

The disc detector assigns a level to each disc by itself, with one heat map per level. This network gets the spine
rotated upright and scaled to the inter-disc distance, with the sacrum in view, and predicts the probability of each
count of the whole sequence.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.anatomy import detector
from spine_core.study.geometry import Affine2
from spine_core.weights import ModelId

if TYPE_CHECKING:
    import torch

Array = npt.NDArray[np.float64]

ROWS, COLUMNS = 192, 112
"""Size of the input in pixels."""
PITCH = 20.0
"""Inter-disc distance in input pixels: the input shows 9.6 inter-disc distances along the spine and 5.6 across it."""
ANCHOR = (132.0, 46.0)
"""Position of the lowest disc in the input, (row, column). The input shows three inter-disc distances below it, and
more behind it (to the right) than in front, since the sacrum is directed posteriorly."""
STRAIGHT = 5
"""Number of discs, from the lowest upwards, whose line is rotated upright."""
STRIDE = 8
"""Input pixels per cell of the output."""
LOWEST, HIGHEST = -2, 5
"""Range of disc indices, from L5/S1 = 0 upwards; all higher discs count as ``HIGHEST``."""
OUTPUTS = HIGHEST - LOWEST + 1
BASES = range(LOWEST, HIGHEST)
"""Possible indices of the lowest disc of the sequence."""
MOST = 10
"""Largest number of discs of a sequence that are evaluated."""
BLUR = 0.4
"""Gaussian sigma before downsampling, in input pixels."""
TURNS = (-6.0, 0.0, 6.0)
"""Rotations of the input for test-time augmentation, in degrees; the log-probabilities are averaged."""


def build() -> torch.nn.Module:
    """An untrained network: (N, 1, ROWS, COLUMNS) to (N, OUTPUTS, ROWS / STRIDE, COLUMNS / STRIDE)."""
    from torch import nn

    def layer(inputs: int, outputs: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation=dilation, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )

    class Residual(nn.Module):
        def __init__(self, width: int, dilation: int) -> None:
            super().__init__()
            self.layers = nn.Sequential(
                layer(width, width, dilation=dilation), layer(width, width, dilation=dilation)
            )

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = x + self.layers(x)
            return out

    return nn.Sequential(
        layer(1, 16, 2),
        layer(16, 32, 2),
        layer(32, 64, 2),
        Residual(64, 1),
        Residual(64, 2),
        Residual(64, 4),
        nn.Dropout2d(0.2),
        nn.Conv2d(64, OUTPUTS, 1),
    )


def counting_frame(points: Array, aspect: float) -> Affine2:
    """Maps pixels of the input to (row, column) of the slice.

    ``points``: disc centres (n, 2) from the lowest upwards, two or more. ``aspect``: height of a slice's pixel over its
    width.
    """
    square = points * np.array([aspect, 1.0])
    spacing = float(np.median(np.hypot(*np.diff(square, axis=0).T)))
    low = square[:STRAIGHT]
    # The slope of the least-squares line over the order of the discs.
    order = np.arange(len(low)) - (len(low) - 1) / 2
    caudal = -(order @ low)
    caudal = caudal / np.hypot(*caudal)
    matrix = np.array([[caudal[0], -caudal[1]], [caudal[1], caudal[0]]]) * spacing / PITCH
    matrix[0] /= aspect
    offset = points[0] - matrix @ np.array(ANCHOR)
    (a, b), (c, d) = matrix.tolist()
    return Affine2(((a, b), (c, d)), (float(offset[0]), float(offset[1])))


def turned(degrees: float) -> Affine2:
    """Rotation of the input about ``ANCHOR``, in input pixels."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    offset = np.array(ANCHOR) - turn @ np.array(ANCHOR)
    (a, b), (c, d) = turn.tolist()
    return Affine2(((a, b), (c, d)), (float(offset[0]), float(offset[1])))


def smoothed(image: npt.NDArray[np.float32], frame: Affine2) -> npt.NDArray[np.float32]:
    """``image`` smoothed to the resolution of the input (anti-aliasing)."""
    step = float(np.sqrt(abs(np.linalg.det(np.asarray(frame.matrix)))))
    return np.asarray(ndimage.gaussian_filter(image, BLUR * max(step, 1.0)), dtype=np.float32)


def within(cells: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which positions (..., 2) lie inside the input: (...)."""
    return np.asarray(((cells > 0) & (cells < (ROWS - 1, COLUMNS - 1))).all(axis=-1), dtype=np.bool_)


def columns_of(steps: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Output channel of every disc under every count, (n, len(BASES)). ``steps``: discs above the lowest, (n,)."""
    indices = steps[:, None] + np.array(BASES)[None]
    return np.asarray(np.clip(indices, LOWEST, HIGHEST) - LOWEST, dtype=np.int64)


def scores(
    raw: torch.Tensor, cells: torch.Tensor, columns: torch.Tensor, known: torch.Tensor
) -> torch.Tensor:
    """Score of every count, (N, len(BASES)): the sum over discs of the output for the level each would have.

    ``raw``: the network's output. ``cells``: (N, discs, 2), input pixels (row, column). ``columns``: (N, discs,
    len(BASES)), see ``columns_of``. ``known``: (N, discs), 0 for padding.
    """
    import torch

    size = cells.new_tensor([ROWS, COLUMNS])
    grid = ((cells + 0.5) * 2 / size - 1).flip(-1)[:, :, None]
    at = torch.nn.functional.grid_sample(raw, grid, padding_mode="border", align_corners=False)[..., 0]
    logits = at.transpose(1, 2) * known[..., None]
    return torch.gather(logits, 2, columns).sum(1)


@dataclass(frozen=True, eq=False)
class LevelCounter:
    """The trained level counter, shared by all sessions; it has no hooks and is thread-safe."""

    id: ModelId
    _module: Any

    @classmethod
    def load(cls, path: Path, device: str = "cpu") -> LevelCounter:
        """Reads weights and card; ``device``: of torch. Raises ``WeightsError`` where they are missing or changed."""
        return cls(*detector.load(path, build(), device))

    def __call__(
        self, image: npt.NDArray[np.float32], points: Array, steps: npt.NDArray[np.int64], aspect: float
    ) -> Array:
        """Log-probability of every count of ``BASES``, (len(BASES),), by this network alone.

        ``image``: a standardised slice. ``points``: disc centres (n, 2) in it, from the lowest upwards, two or more.
        ``steps``: discs above the lowest, (n,), including missed ones. ``aspect``: as in ``counting_frame``.
        """
        import torch

        frame = counting_frame(points, aspect)
        frames = [frame.after(turned(degrees)) for degrees in TURNS]
        dark = -detector.MEAN / detector.STD
        smooth = smoothed(image, frame)
        inputs = np.stack([f.resample(smooth, (ROWS, COLUMNS), outside=dark) for f in frames])
        counted = points[:MOST]
        cells = np.stack([f.inverse()(counted) for f in frames])
        columns = np.stack([columns_of(steps[:MOST])] * len(frames))
        inside = within(cells)
        with torch.inference_mode():
            batch = torch.from_numpy(inputs)[:, None].to(detector.device_of(self._module))
            raw = self._module(batch).float().cpu()
            every = scores(raw, _tensor(cells), torch.from_numpy(columns), _tensor(inside))
            mean = torch.log_softmax(every, 1).mean(0)
        return np.asarray(torch.log_softmax(mean, 0).numpy(), dtype=np.float64)


def _tensor(values: npt.NDArray[Any]) -> torch.Tensor:
    import torch

    return torch.from_numpy(values.astype(np.float32))

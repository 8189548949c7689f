"""A second opinion on the count of levels: a small network that looks at the whole chain and its surroundings.

The localiser names each disc where it sees it, one heat map per level. This network sees the spine turned upright and
scaled to the distance between discs, with the sacrum in view, and answers how likely each count of the whole chain is.
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
"""Disc distance in input pixels: the input shows 9.6 disc distances along the spine and 5.6 across it."""
ANCHOR = (132.0, 46.0)
"""Where the lowest disc of the chain lies, (row, column): three disc distances below it are seen, and more behind it
(to the right) than in front, since the sacrum turns to the back."""
STRAIGHT = 5
"""Discs from the lowest upwards whose line is turned upright."""
STRIDE = 8
"""Input pixels per cell of the output."""
LOWEST, HIGHEST = -2, 5
"""Indices that a disc may be given, from L5/S1 = 0 upwards; all higher ones count as ``HIGHEST``."""
OUTPUTS = HIGHEST - LOWEST + 1
BASES = range(LOWEST, HIGHEST)
"""Indices that the lowest disc of the chain may have."""
MOST = 10
"""Discs of a chain that are asked about."""
BLUR = 0.4
"""Gaussian blur before the picture is made smaller, in input pixels."""
TURNS = (-6.0, 0.0, 6.0)
"""Degrees by which the input is turned; the mean of the answers counts."""


def build() -> torch.nn.Module:
    """An untrained network: (N, 1, ROWS, COLUMNS) to (N, OUTPUTS, ROWS / STRIDE, COLUMNS / STRIDE)."""
    from torch import nn

    def layer(inputs: int, outputs: int, stride: int = 1, reach: int = 1) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, reach, dilation=reach, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )

    class Residual(nn.Module):
        def __init__(self, width: int, reach: int) -> None:
            super().__init__()
            self.layers = nn.Sequential(layer(width, width, reach=reach), layer(width, width, reach=reach))

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
    pitch = float(np.median(np.hypot(*np.diff(square, axis=0).T)))
    low = square[:STRAIGHT]
    # The slope of the least-squares line over the order of the discs.
    order = np.arange(len(low)) - (len(low) - 1) / 2
    down = -(order @ low)
    down = down / np.hypot(*down)
    matrix = np.array([[down[0], -down[1]], [down[1], down[0]]]) * pitch / PITCH
    matrix[0] /= aspect
    offset = points[0] - matrix @ np.array(ANCHOR)
    (a, b), (c, d) = matrix.tolist()
    return Affine2(((a, b), (c, d)), (float(offset[0]), float(offset[1])))


def turned(degrees: float) -> Affine2:
    """Turns the input about ``ANCHOR``."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    offset = np.array(ANCHOR) - turn @ np.array(ANCHOR)
    (a, b), (c, d) = turn.tolist()
    return Affine2(((a, b), (c, d)), (float(offset[0]), float(offset[1])))


def smoothed(picture: npt.NDArray[np.float32], frame: Affine2) -> npt.NDArray[np.float32]:
    """``picture`` without detail that the input cannot show."""
    step = float(np.sqrt(abs(np.linalg.det(np.asarray(frame.matrix)))))
    return np.asarray(ndimage.gaussian_filter(picture, BLUR * max(step, 1.0)), dtype=np.float32)


def within(cells: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which places (..., 2) lie on the input."""
    return np.asarray(((cells > 0) & (cells < (ROWS - 1, COLUMNS - 1))).all(axis=-1), dtype=np.bool_)


def columns_of(steps: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Output channel of every disc under every count, (n, len(BASES)). ``steps``: discs above the lowest, (n,)."""
    indices = steps[:, None] + np.array(BASES)[None]
    return np.asarray(np.clip(indices, LOWEST, HIGHEST) - LOWEST, dtype=np.int64)


def scores(
    raw: torch.Tensor, cells: torch.Tensor, columns: torch.Tensor, known: torch.Tensor
) -> torch.Tensor:
    """Score of every count, (N, len(BASES)): the sum over discs of the answer for the level each would have.

    ``raw``: the network's output. ``cells``: (N, discs, 2), input pixels (row, column). ``columns``: (N, discs,
    len(BASES)), see ``columns_of``. ``known``: (N, discs), 0 for filling up.
    """
    import torch

    size = cells.new_tensor([ROWS, COLUMNS])
    grid = ((cells + 0.5) * 2 / size - 1).flip(-1)[:, :, None]
    at = torch.nn.functional.grid_sample(raw, grid, padding_mode="border", align_corners=False)[..., 0]
    answers = at.transpose(1, 2) * known[..., None]
    return torch.gather(answers, 2, columns).sum(1)


@dataclass(frozen=True, eq=False)
class LevelCounter:
    """The trained network, shared by all sessions; never hooked, safe from many threads."""

    id: ModelId
    _module: Any

    @classmethod
    def load(cls, path: Path, device: str = "cpu") -> LevelCounter:
        """Reads weights and card; ``device``: of torch. Raises ``WeightsError`` where they are missing or changed."""
        return cls(*detector.load(path, build(), device))

    def __call__(
        self, picture: npt.NDArray[np.float32], points: Array, steps: npt.NDArray[np.int64], aspect: float
    ) -> Array:
        """Log-probability of every count of ``BASES``, (len(BASES),), before anybody else is heard.

        ``picture``: a standardised slice. ``points``: disc centres (n, 2) in it, from the lowest upwards, two or more.
        ``steps``: discs above the lowest, (n,), counting those that were missed. ``aspect``: as in ``counting_frame``.
        """
        import torch

        frame = counting_frame(points, aspect)
        frames = [frame.after(turned(degrees)) for degrees in TURNS]
        dark = -detector.MEAN / detector.STD
        smooth = smoothed(picture, frame)
        inputs = np.stack([f.resample(smooth, (ROWS, COLUMNS), outside=dark) for f in frames])
        asked = points[:MOST]
        cells = np.stack([f.inverse()(asked) for f in frames])
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

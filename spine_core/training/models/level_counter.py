"""Trains the second opinion on the count of levels: which index the lowest disc of a chain has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy import detector, level_counter
from spine_core.evaluation.types import Picture
from spine_core.study.geometry import Affine2
from spine_core.training.models.augmentation import random_contrast
from spine_core.training.models.detector import centers_of, unit
from spine_core.training.models.loop import Schedule, run

if TYPE_CHECKING:
    import torch

Array = npt.NDArray[np.float64]

ONE_LESS, ONE_MORE = 0.2, 0.2
"""How often the chain is asked about without its lowest disc, or with a place in the sacrum: the detector may miss the
one and find the other."""
JITTER = 0.06
"""Standard deviation of a disc's place, in disc distances."""
CUT_BELOW, CUT_ABOVE = 0.25, 0.15
"""How often the picture ends below or above: a count without the sacrum in view cannot be certain."""
SLICES_OF_STACK = 3
"""Slices of a SPACE stack that are learned from: those that show most of the canal."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast; see ``loop.Schedule``."""

    epochs: int = 25
    batch: int = 32
    rate: float = 3e-3
    decay: float = 2e-2


PLAN = Plan()


@dataclass(frozen=True, eq=False)
class Example:
    """One training view: places of discs in it, (MOST, 2) and filled up, ``columns`` of
    ``anatomy.level_counter.columns_of``.
    """

    cells: npt.NDArray[np.float32]
    columns: npt.NDArray[np.int64]
    known: npt.NDArray[np.float32]
    base: int


def labelled(picture: Picture) -> tuple[Array, npt.NDArray[np.int64]]:
    """Disc centres (n, 2) from the lowest upwards and their indices from L5/S1 = 0; empty where too few are marked."""
    found = [
        (index, center) for index, (_, center, _) in enumerate(centers_of(picture)) if center is not None
    ]
    if len(found) < level_counter.STRAIGHT - 1:
        return np.zeros((0, 2)), np.zeros(0, dtype=np.int64)
    return np.array([center for _, center in found], dtype=np.float64), np.array([i for i, _ in found])


class Views:
    """Draws training views from pictures held in memory."""

    def __init__(self, pictures: Sequence[Picture]) -> None:
        self._pictures = []
        for picture in pictures:
            if not any(d.center or d.posterior for d in picture.discs):
                continue
            points, indices = labelled(picture)
            if len(points):
                frame = level_counter.counting_frame(points, 1.0)
                grey = level_counter.smoothed(unit(picture.pixels), frame)
                self._pictures.append((grey, points, indices))

    def __len__(self) -> int:
        return len(self._pictures)

    def draw(self, index: int, rng: np.random.Generator) -> tuple[torch.Tensor, Example]:
        """One random view (1, ROWS, COLUMNS) of picture ``index``, and what is asked about it."""
        import torch

        grey, points, indices = self._pictures[index]
        points, indices = _some(rng, points, indices)
        pitch = float(np.median(np.hypot(*np.diff(points, axis=0).T)))
        points = points + rng.normal(0, JITTER * pitch, points.shape)
        frame = level_counter.counting_frame(points, 1.0).after(_perturbed(rng))
        view = torch.from_numpy(frame.resample(grey, (level_counter.ROWS, level_counter.COLUMNS)))[None]
        cells = frame.inverse()(points)
        _cut(rng, view)
        view = random_contrast(rng, view, strange=False)
        return (view - detector.MEAN) / detector.STD, _example(cells, indices)


def _some(
    rng: np.random.Generator, points: Array, indices: npt.NDArray[np.int64]
) -> tuple[Array, npt.NDArray[np.int64]]:
    """The chain as a detector might find it: a disc less or more below, some of those above."""
    kind = rng.random()
    if kind < ONE_LESS and len(points) > level_counter.STRAIGHT - 1:
        points, indices = points[1:], indices[1:]
    elif kind > 1 - ONE_MORE and indices[0] == 0:
        below = points[0] + 0.8 * (points[0] - points[1])
        points, indices = np.vstack([below, points]), np.concatenate([[-1], indices])
    most = int(rng.integers(level_counter.STRAIGHT - 1, len(points) + 1))
    return points[:most], indices[:most]


def _perturbed(rng: np.random.Generator) -> Affine2:
    """A random turn, stretch and shift of the input about its anchor."""
    turn = np.asarray(level_counter.turned(float(rng.uniform(-12, 12))).matrix)
    matrix = turn @ np.diag(np.exp(rng.uniform(-0.12, 0.12) + rng.uniform(-0.08, 0.08, 2)))
    offset = np.array(level_counter.ANCHOR) - matrix @ (
        np.array(level_counter.ANCHOR) + rng.uniform((-14, -10), (14, 10))
    )
    (a, b), (c, d) = matrix.tolist()
    return Affine2(((a, b), (c, d)), (float(offset[0]), float(offset[1])))


def _cut(rng: np.random.Generator, view: torch.Tensor) -> None:
    """Now and then nothing is shown below a line near the lowest disc, or above one."""
    low = level_counter.ANCHOR[0]
    if rng.random() < CUT_BELOW:
        view[:, round(low + level_counter.PITCH * rng.uniform(-0.2, 2.2)) :] = 0.0
    if rng.random() < CUT_ABOVE:
        view[:, : round(low - level_counter.PITCH * rng.uniform(3.0, 6.0))] = 0.0


def _example(cells: Array, indices: npt.NDArray[np.int64]) -> Example:
    count = min(len(cells), level_counter.MOST)
    full = np.zeros((level_counter.MOST, 2), dtype=np.float32)
    full[:count] = cells[:count]
    columns = np.zeros((level_counter.MOST, len(level_counter.BASES)), dtype=np.int64)
    columns[:count] = level_counter.columns_of(indices[:count] - indices[0])
    known = level_counter.within(full)
    known[count:] = False
    return Example(full, columns, known.astype(np.float32), level_counter.BASES.index(int(indices[0])))


def loss(raw: torch.Tensor, batch: Sequence[Example]) -> torch.Tensor:
    """Cross-entropy of the chain's count."""
    import torch

    every = level_counter.scores(
        raw,
        torch.from_numpy(np.stack([e.cells for e in batch])),
        torch.from_numpy(np.stack([e.columns for e in batch])),
        torch.from_numpy(np.stack([e.known for e in batch])),
    )
    return torch.nn.functional.cross_entropy(every, torch.tensor([e.base for e in batch]))


def learned_from(pictures: Sequence[Picture], folds: Sequence[int]) -> list[Picture]:
    """Pictures of ``folds``; of SPACE stacks the few slices nearest to the midline."""
    own = [p for p in pictures if p.fold in folds]
    stacks: dict[str, list[Picture]] = {}
    for picture in own:
        if picture.source == "spider_space" and picture.discs and picture.mask is not None:
            stacks.setdefault(picture.patient, []).append(picture)
    out = [p for p in own if p.source != "spider_space"]
    for slices in stacks.values():
        out += sorted(slices, key=lambda p: -int((np.asarray(p.mask) == 3).sum()))[:SLICES_OF_STACK]
    return out


def train(
    pictures: Sequence[Picture],
    out: Path,
    *,
    plan: Plan = PLAN,
    seed: int = 0,
    device: str = "cpu",
    log: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Trains on ``pictures``; returns the weights. The state is left in ``out`` after every epoch."""
    import torch

    torch.manual_seed(seed)
    views = Views(pictures)
    steps = len(views) // plan.batch

    def draw(epoch: int, step: int) -> tuple[torch.Tensor, list[Example]]:
        order = np.random.default_rng([seed, epoch]).permutation(len(views))
        own = np.random.default_rng([seed, epoch, step])
        drawn = [views.draw(int(i), own) for i in order[step * plan.batch : (step + 1) * plan.batch]]
        return torch.stack([view for view, _ in drawn]), [example for _, example in drawn]

    schedule = Schedule(plan.epochs, steps, plan.rate, plan.decay, device=device, half=device != "cpu")
    return run(level_counter.build(), schedule, draw, loss, out, log)

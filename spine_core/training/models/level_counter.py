"""Trains the level counter, which estimates the level index of the lowest disc of a sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy import detector, level_counter
from spine_core.evaluation.types import LabelledImage
from spine_core.study.geometry import Affine2
from spine_core.training.models.augmentation import random_contrast
from spine_core.training.models.detector import centers_of, to_unit_range
from spine_core.training.models.loop import Schedule, run_training

if TYPE_CHECKING:
    import torch

Array = npt.NDArray[np.float64]

DROP_LOWEST, ADD_BELOW = 0.2, 0.2
"""How often a sequence lacks its lowest disc, or has one more in the sacrum: the detector makes both errors."""
JITTER = 0.06
"""Standard deviation of a disc's position, in inter-disc distances."""
CUT_BELOW, CUT_ABOVE = 0.25, 0.15
"""How often the image is cropped below or above: without the sacrum in view the count is uncertain."""
SLICES_OF_STACK = 3
"""Slices of a SPACE stack that are used: those with the largest canal area."""


@dataclass(frozen=True)
class LevelCounterPlan:
    """Training schedule; fields as in ``loop.Schedule``."""

    epochs: int = 25
    batch: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 2e-2


PLAN = LevelCounterPlan()


@dataclass(frozen=True, eq=False)
class ChainTargets:
    """Targets of one view: positions of its discs, (MOST, 2) with padding, and ``columns`` of
    ``anatomy.level_counter.columns_of``. ``known``: which discs are real and inside. ``base``: index of the true count.
    """

    cells: npt.NDArray[np.float32]
    columns: npt.NDArray[np.int64]
    known: npt.NDArray[np.float32]
    base: int


def labelled_centers(image: LabelledImage) -> tuple[Array, npt.NDArray[np.int64]]:
    """Disc centres (n, 2) from caudal to cranial and their indices from L5/S1 = 0; empty if too few are marked."""
    found = [(index, center) for index, (_, center, _) in enumerate(centers_of(image)) if center is not None]
    if len(found) < level_counter.STRAIGHT - 1:
        return np.zeros((0, 2)), np.zeros(0, dtype=np.int64)
    return np.array([center for _, center in found], dtype=np.float64), np.array([i for i, _ in found])


class ViewSampler:
    """Draws training views from images held in memory."""

    def __init__(self, images: Sequence[LabelledImage]) -> None:
        self._pictures = []
        for image in images:
            if not any(d.center or d.posterior for d in image.discs):
                continue
            points, indices = labelled_centers(image)
            if len(points):
                frame = level_counter.counting_frame(points, 1.0)
                grey = level_counter.smoothed(to_unit_range(image.pixels), frame)
                self._pictures.append((grey, points, indices))

    def __len__(self) -> int:
        return len(self._pictures)

    def draw(self, index: int, rng: np.random.Generator) -> tuple[torch.Tensor, ChainTargets]:
        """One random view (1, ROWS, COLUMNS) of image ``index`` and its targets."""
        import torch

        grey, points, indices = self._pictures[index]
        points, indices = _perturbed_chain(rng, points, indices)
        inter_disc = float(np.median(np.hypot(*np.diff(points, axis=0).T)))
        points = points + rng.normal(0, JITTER * inter_disc, points.shape)
        frame = level_counter.counting_frame(points, 1.0).after(_random_transform(rng))
        view = torch.from_numpy(frame.resample(grey, (level_counter.ROWS, level_counter.COLUMNS)))[None]
        cells = frame.inverse()(points)
        _random_crop(rng, view)
        view = random_contrast(rng, view, nonmonotonic=False)
        return (view - detector.MEAN) / detector.STD, _example(cells, indices)


def _perturbed_chain(
    rng: np.random.Generator, points: Array, indices: npt.NDArray[np.int64]
) -> tuple[Array, npt.NDArray[np.int64]]:
    """The sequence with typical errors of the detector: one disc fewer or more below, some fewer above."""
    event = rng.random()
    if event < DROP_LOWEST and len(points) > level_counter.STRAIGHT - 1:
        points, indices = points[1:], indices[1:]
    elif event > 1 - ADD_BELOW and indices[0] == 0:
        below = points[0] + 0.8 * (points[0] - points[1])
        points, indices = np.vstack([below, points]), np.concatenate([[-1], indices])
    count = int(rng.integers(level_counter.STRAIGHT - 1, len(points) + 1))
    return points[:count], indices[:count]


def _random_transform(rng: np.random.Generator) -> Affine2:
    """A random rotation, stretch and translation of the input around its anchor."""
    turn = np.asarray(level_counter.turned(float(rng.uniform(-12, 12))).matrix)
    matrix = turn @ np.diag(np.exp(rng.uniform(-0.12, 0.12) + rng.uniform(-0.08, 0.08, 2)))
    offset = np.array(level_counter.ANCHOR) - matrix @ (
        np.array(level_counter.ANCHOR) + rng.uniform((-14, -10), (14, 10))
    )
    (a, b), (c, d) = matrix.tolist()
    return Affine2(((a, b), (c, d)), (float(offset[0]), float(offset[1])))


def _random_crop(rng: np.random.Generator, view: torch.Tensor) -> None:
    """Randomly blanks the image below a row near the lowest disc, or above a row."""
    anchor_row = level_counter.ANCHOR[0]
    if rng.random() < CUT_BELOW:
        view[:, round(anchor_row + level_counter.PITCH * rng.uniform(-0.2, 2.2)) :] = 0.0
    if rng.random() < CUT_ABOVE:
        view[:, : round(anchor_row - level_counter.PITCH * rng.uniform(3.0, 6.0))] = 0.0


def _example(cells: Array, indices: npt.NDArray[np.int64]) -> ChainTargets:
    count = min(len(cells), level_counter.MOST)
    full = np.zeros((level_counter.MOST, 2), dtype=np.float32)
    full[:count] = cells[:count]
    columns = np.zeros((level_counter.MOST, len(level_counter.BASES)), dtype=np.int64)
    columns[:count] = level_counter.columns_of(indices[:count] - indices[0])
    known = level_counter.within(full)
    known[count:] = False
    return ChainTargets(full, columns, known.astype(np.float32), level_counter.BASES.index(int(indices[0])))


def loss(raw: torch.Tensor, batch: Sequence[ChainTargets]) -> torch.Tensor:
    """Cross-entropy of the count."""
    import torch

    scores = level_counter.scores(
        raw,
        torch.from_numpy(np.stack([e.cells for e in batch])),
        torch.from_numpy(np.stack([e.columns for e in batch])),
        torch.from_numpy(np.stack([e.known for e in batch])),
    )
    return torch.nn.functional.cross_entropy(scores, torch.tensor([e.base for e in batch]))


def training_images(images: Sequence[LabelledImage], folds: Sequence[int]) -> list[LabelledImage]:
    """Images of ``folds``; of each SPACE stack only the ``SLICES_OF_STACK`` nearest to the midline."""
    rng = [p for p in images if p.fold in folds]
    stacks: dict[str, list[LabelledImage]] = {}
    for image in rng:
        if image.source == "spider_space" and image.discs and image.mask is not None:
            stacks.setdefault(image.patient, []).append(image)
    out = [p for p in rng if p.source != "spider_space"]
    for slices in stacks.values():
        out += sorted(slices, key=lambda p: -int((np.asarray(p.mask) == 3).sum()))[:SLICES_OF_STACK]
    return out


def train(
    images: Sequence[LabelledImage],
    out: Path,
    *,
    plan: LevelCounterPlan = PLAN,
    seed: int = 0,
    device: str = "cpu",
    log: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Trains on ``images`` and returns the weights; the state in ``out`` allows a run to resume."""
    import torch

    torch.manual_seed(seed)
    views = ViewSampler(images)
    steps = len(views) // plan.batch

    def draw(epoch: int, step: int) -> tuple[torch.Tensor, list[ChainTargets]]:
        order = np.random.default_rng([seed, epoch]).permutation(len(views))
        rng = np.random.default_rng([seed, epoch, step])
        drawn = [views.draw(int(i), rng) for i in order[step * plan.batch : (step + 1) * plan.batch]]
        return torch.stack([view for view, _ in drawn]), [example for _, example in drawn]

    schedule = Schedule(
        plan.epochs, steps, plan.learning_rate, plan.weight_decay, device=device, bfloat16=device != "cpu"
    )
    return run_training(level_counter.build(), schedule, draw, loss, out, log)

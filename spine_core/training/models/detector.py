"""Trains the disc detector on all datasets; labels that a dataset lacks are masked in the loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy import detector
from spine_core.anatomy.types import LEVELS
from spine_core.evaluation.splits import TRAINING_FOLDS
from spine_core.evaluation.types import DiscLabel, LabelledImage
from spine_core.training.datasets.common import EDGE_TO_CENTER
from spine_core.training.evaluation.ood_photos import NAMES, photographs
from spine_core.training.models.augmentation import gaussian_heatmap, random_contrast, random_frame, sample
from spine_core.training.models.loop import Schedule, run_training

if TYPE_CHECKING:
    import torch

GRID = detector.SIZE // detector.STRIDE
SIGMA = 2.2
"""Standard deviation of a peak in output cells: 4.4 input pixels, 0.13 inter-disc distances."""
CHANNELS = (*LEVELS, "other", "posterior")


@dataclass(frozen=True, eq=False)
class TrainingExample:
    """One training view: image, heatmap targets and their weights per channel, mask (-1 where unknown)."""

    image: torch.Tensor
    heatmap: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]
    mask: npt.NDArray[np.int64]


class ViewSampler:
    """Draws training examples from images held in memory. ``ood``: images without a lumbar spine."""

    def __init__(self, images: Sequence[LabelledImage], ood: Sequence[npt.NDArray[np.uint8]]) -> None:
        import torch

        self._pictures = [p for p in images if any(d.center or d.posterior for d in p.discs)]
        self._tensors = [torch.from_numpy(to_unit_range(p.pixels))[None] for p in self._pictures]
        self._ood_images = [torch.from_numpy(to_unit_range(s))[None] for s in ood]

    def epoch(self, rng: np.random.Generator, space_slices: int) -> list[int]:
        """Indices of one epoch: every image, but only ``space_slices`` of the many similar SPACE slices."""
        kinds = np.array([p.source == "spider_space" for p in self._pictures])
        chosen = [*np.flatnonzero(~kinds), *rng.permutation(np.flatnonzero(kinds))[:space_slices]]
        return [int(i) for i in rng.permutation(chosen)]

    def draw(self, index: int, rng: np.random.Generator) -> TrainingExample:
        """One random view of image ``index``; in 6 % of the cases an out-of-distribution image instead."""
        if rng.random() < 0.06:
            return self._ood_example(rng)
        image, tensor = self._pictures[index], self._tensors[index]
        points = [d.center or d.posterior for d in image.discs]
        middle = np.mean([p for p in points if p], axis=0)
        wide = rng.random() < 0.3
        inter_disc = float(np.exp(rng.uniform(*np.log((14, 28) if wide else (24, 44)))))
        frame = random_frame(
            rng,
            (float(middle[0]), float(middle[1])),
            inter_disc / image.inter_disc_px,
            detector.SIZE,
            degrees=18,
            aspect=0.2,
            shift=28,
        )
        lowest = 0
        if rng.random() < 0.06:
            # Without the sacrum the level is unknown: the target is the channel "other".
            lowest = int(rng.integers(1, 3))
            frame = _cut_below(frame, points[lowest], points[lowest - 1])
        view = sample(tensor, frame, detector.SIZE)
        view = random_contrast(rng, view, nonmonotonic=image.mask is not None and rng.random() < 0.5)
        targets, weight = _heat_targets(image, frame, unknown_level=lowest > 0)
        return TrainingExample(
            (view - detector.MEAN) / detector.STD, targets, weight, self._mask(image, frame)
        )

    def _mask(self, image: LabelledImage, frame: Any) -> npt.NDArray[np.int64]:
        import torch

        if image.mask is None:
            return np.full((detector.SIZE, detector.SIZE), -1, dtype=np.int64)
        mask = torch.from_numpy(image.mask.astype(np.float32))[None]
        return sample(mask, frame, detector.SIZE, nearest=True)[0].round().long().numpy()

    def _ood_example(self, rng: np.random.Generator) -> TrainingExample:
        import torch

        if rng.random() < 0.5:
            tensor = self._tensors[int(rng.integers(len(self._tensors)))]
            tensor = torch.rot90(tensor, int(rng.choice([1, 2, 3])), (-2, -1))
        else:
            tensor = self._ood_images[int(rng.integers(len(self._ood_images)))]
        rows, columns = tensor.shape[-2:]
        zoom = detector.SIZE / max(rows, columns) * float(rng.uniform(0.9, 1.8))
        frame = random_frame(
            rng, (rows / 2, columns / 2), zoom, detector.SIZE, degrees=20, aspect=0.2, shift=20
        )
        view = random_contrast(rng, sample(tensor, frame, detector.SIZE), nonmonotonic=False)
        empty = np.zeros((len(CHANNELS), GRID, GRID), dtype=np.float32)
        mask = np.full((detector.SIZE, detector.SIZE), -1, dtype=np.int64)
        return TrainingExample((view - detector.MEAN) / detector.STD, empty, np.ones_like(empty), mask)


def to_unit_range(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Grey values as the detector standardises them, rescaled to about 0 to 1 for contrast augmentation."""
    return detector.standardise(pixels.astype(np.float32)) * detector.STD + detector.MEAN


def _cut_below(frame: Any, above: Any, below: Any) -> Any:
    """The frame translated so that the discs from ``below`` downwards are outside."""
    from spine_core.study.geometry import Affine2

    edge = np.add(above, below) / 2
    row = float(frame.inverse()(edge)[0])
    move = np.asarray(frame.matrix) @ np.array([row - detector.SIZE, 0.0])
    offset = np.asarray(frame.offset) + move
    return Affine2(frame.matrix, (float(offset[0]), float(offset[1])))


def centers_of(image: LabelledImage) -> list[tuple[DiscLabel, tuple[float, float] | None, float]]:
    """Each disc, its centre, and the weight of the centre: 1 if marked, less if derived from the posterior edge."""
    known = [d for d in image.discs if d.center or d.posterior]
    points = np.array([d.center or d.posterior for d in known])
    out: list[tuple[DiscLabel, tuple[float, float] | None, float]] = []
    for disc in image.discs:
        if disc.center is not None:
            out.append((disc, disc.center, 1.0))
        elif disc.posterior is None:
            out.append((disc, None, 0.0))
        else:
            i = known.index(disc)
            up = points[min(i + 1, len(points) - 1)] - points[max(i - 1, 0)]
            up = up / np.hypot(*up)
            front = np.array([-up[1], up[0]])
            row, column = np.array(disc.posterior) + front * EDGE_TO_CENTER * image.inter_disc_px
            out.append((disc, (float(row), float(column)), 0.5))
    return out


def _heat_targets(image: LabelledImage, frame: Any, *, unknown_level: bool) -> tuple[Any, Any]:
    back = frame.inverse()
    targets = np.zeros((len(CHANNELS), GRID, GRID), dtype=np.float32)
    weight = np.ones_like(targets)
    labelled = centers_of(image)
    groups: dict[str, list[Any]] = {name: [] for name in CHANNELS}
    trust = 1.0
    for disc, center, sure in labelled:
        if center is not None:
            groups["other" if unknown_level else disc.level].append(_cell(back(center)))
            trust = min(trust, sure)
        if disc.posterior is not None:
            groups["posterior"].append(_cell(back(disc.posterior)))
    for channel, name in enumerate(CHANNELS):
        if groups[name]:
            targets[channel] = gaussian_heatmap(np.array(groups[name]), GRID, SIGMA)
    weight[:-1] *= trust
    if not groups["posterior"]:
        weight[-1] = 0.0
    # Discs above the highest labelled one are unlabelled.
    highest = min((c for _, c, _ in labelled if c is not None), key=lambda c: c[0])
    above = _cell(back((highest[0] - 0.5 * image.inter_disc_px, highest[1])))[0]
    top = int(np.clip(above, 0, GRID))
    weight[len(LEVELS) :, :top] = 0.0
    return targets, weight


def _cell(point: Any) -> Any:
    # Cell k of the output covers input pixels 2k and 2k+1: its centre lies at 2k + 0.5.
    return (np.asarray(point) - (detector.STRIDE - 1) / 2) / detector.STRIDE


def ood_images() -> list[npt.NDArray[np.uint8]]:
    """Images without a lumbar spine: scikit-image's samples, and noise."""
    out = photographs([*NAMES, "retina"])
    noise = np.random.default_rng(0)
    out += [noise.integers(0, 256, (256, 256), dtype=np.uint8) for _ in range(2)]
    return out


def loss(raw: torch.Tensor, batch: Sequence[TrainingExample]) -> torch.Tensor:
    """Penalty-reduced focal loss on the heatmaps (CenterNet, Zhou 2019), cross-entropy and Dice on the masks."""
    import torch

    target = torch.from_numpy(np.stack([e.heatmap for e in batch])).to(raw.device)
    weight = torch.from_numpy(np.stack([e.weight for e in batch])).to(raw.device)
    logits = raw[:, detector.SEGMENTS :].float()
    p = torch.sigmoid(logits).clamp(1e-5, 1 - 1e-5)
    peak = (target > 0.97).float()
    hit = -torch.log(p) * (1 - p) ** 2 * target.pow(2) * (target > 0.3)
    miss = -torch.log(1 - p) * p**2 * (1 - target) ** 4
    focal = ((hit + miss) * weight).sum() / (peak * weight).sum().clamp_min(1.0)
    mask = torch.from_numpy(np.stack([e.mask for e in batch])).to(raw.device)
    rows = (mask >= 0).any(dim=2).any(dim=1)
    if not rows.any():
        return focal
    weights = raw.new_tensor(detector.SEGMENT_WEIGHTS)
    total: torch.Tensor = focal + 1.5 * mask_loss(raw[rows, : detector.SEGMENTS].float(), mask[rows], weights)
    return total


def mask_loss(raw: torch.Tensor, truth: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
    """Cross-entropy and soft Dice of disc, vertebra and canal (Milletari 2016) over a batch, equally weighted.

    ``raw``: (N, structures, rows / STRIDE, columns / STRIDE). ``truth``: ``Structure`` labels (N, rows, columns).
    ``weights``: of the structures in the cross-entropy; equal by default.
    """
    from torch.nn import functional

    logits = functional.interpolate(raw, size=truth.shape[-2:], mode="bilinear")
    probabilities = functional.softmax(logits, 1)
    targets = functional.one_hot(truth, detector.SEGMENTS).movedim(-1, 1).float()
    intersection = (probabilities * targets).sum((0, 2, 3))
    dice = 2 * intersection / (probabilities + targets).sum((0, 2, 3)).clamp_min(1.0)
    return functional.cross_entropy(logits, truth, weight=weights) + 1 - dice[1:].mean()


def train(
    images: Sequence[LabelledImage],
    out: Path,
    *,
    epochs: int = 30,
    learning_rate: float = 2e-3,
    start: Mapping[str, Any] | None = None,
    seed: int = 0,
    batch: int = 16,
    device: str = "cpu",
    log: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Trains on the images of the training folds and returns the weights.

    The state in ``out`` allows a run to resume. ``start``: initial weights.
    """
    import torch

    torch.manual_seed(seed)
    views = ViewSampler([p for p in images if p.fold in TRAINING_FOLDS], ood_images())
    module: Any = detector.build()
    if start is not None:
        module.load_state_dict(start)
    space_slices = 180
    steps = len(views.epoch(np.random.default_rng(0), space_slices)) // batch

    def draw(epoch: int, step: int) -> tuple[torch.Tensor, list[TrainingExample]]:
        order = views.epoch(np.random.default_rng([seed, epoch]), space_slices)
        rng = np.random.default_rng([seed, epoch, step])
        examples = [views.draw(i, rng) for i in order[step * batch : (step + 1) * batch]]
        return torch.stack([e.image for e in examples]), examples

    schedule = Schedule(
        epochs, steps, learning_rate, weight_decay=1e-3, warmup=0.15, max_gradient_norm=5.0, device=device
    )
    return run_training(module, schedule, draw, loss, out, log)


def average_weights(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Mean of two states of one network, the second trained from the first (Izmailov 2018, arXiv 1803.05407).

    Integer tensors, which count batches, are those of ``other``.
    """
    return {
        name: (one[name].float() + value.float()) / 2 if value.is_floating_point() else value
        for name, value in other.items()
    }

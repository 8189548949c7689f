"""Trains the segmenter on all slices with masks: SPIDER's SPACE stacks, and phantoms for T1."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy import detector, segmenter
from spine_core.evaluation.types import LabelledImage
from spine_core.training.models.augmentation import random_contrast, random_frame, sample
from spine_core.training.models.detector import mask_loss, to_unit_range
from spine_core.training.models.initialisation import matching_weights
from spine_core.training.models.loop import Schedule, run_training

if TYPE_CHECKING:
    import torch

SIZE = 256
"""Side of a training view in pixels: four inter-disc distances. The network accepts any input size."""


@dataclass(frozen=True)
class SegmenterPlan:
    """``epochs`` over all slices of patients, with ``phantoms`` phantom images in each."""

    epochs: int = 90
    phantoms: int = 80
    batch: int = 16
    learning_rate: float = 1.5e-3
    weight_decay: float = 1e-3


PLAN = SegmenterPlan()


class ViewSampler:
    """Draws random views of slices with masks, held in memory."""

    def __init__(self, images: Sequence[LabelledImage]) -> None:
        import torch

        inter_discs: dict[str, list[float]] = defaultdict(list)
        for image in images:
            if image.discs:
                inter_discs[image.patient].append(image.inter_disc_px)
        # Lateral slices have fragmented discs and no inter-disc distance of their own; training needs them too.
        usable = [p for p in images if p.mask is not None and p.mask.any() and p.patient in inter_discs]
        self._phantom = np.array([image.source == "phantom" for image in usable])
        self._pitch = [float(np.median(inter_discs[image.patient])) for image in usable]
        self._masks = [image.mask for image in usable]
        self._pictures = [torch.from_numpy(to_unit_range(image.pixels))[None] for image in usable]

    def epoch(self, rng: np.random.Generator, phantoms: int) -> npt.NDArray[np.int64]:
        """Indices of one epoch in random order: every slice of a patient, and ``phantoms`` of the phantoms."""
        some = rng.permutation(np.flatnonzero(self._phantom))[:phantoms]
        return rng.permutation(np.concatenate([np.flatnonzero(~self._phantom), some]))

    def draw(self, index: int, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """A random view (1, SIZE, SIZE) and its ``Structure`` labels (SIZE, SIZE), mirrored with probability 0.5."""
        import torch

        mask = self._masks[index]
        assert mask is not None
        foreground = np.argwhere(mask)
        middle = foreground[rng.integers(len(foreground))]
        inter_disc = float(np.exp(rng.uniform(*np.log((46, 74)))))
        frame = random_frame(
            rng, (float(middle[0]), float(middle[1])), inter_disc / self._pitch[index], SIZE,
            degrees=20, aspect=0.15, shift=40,
        )  # fmt: skip
        view = sample(self._pictures[index], frame, SIZE)
        # Nonmonotonic tone curves make segmentation learned on T2 generalise to T1.
        view = random_contrast(rng, view, nonmonotonic=rng.random() < 0.35)
        labels = sample(torch.from_numpy(mask.astype(np.float32))[None], frame, SIZE, nearest=True)[0]
        if rng.random() < 0.5:
            view, labels = view.flip(-1), labels.flip(-1)
        return (view - detector.MEAN) / detector.STD, labels.round().long()


def initial_weights(disc_detector: detector.DiscDetector) -> dict[str, Any]:
    """The weights of the detector that match the segmenter."""
    return matching_weights(disc_detector._module.state_dict(), segmenter.build().state_dict())


def train(
    images: Sequence[LabelledImage],
    out: Path,
    *,
    start: Mapping[str, Any],
    plan: SegmenterPlan = PLAN,
    seed: int = 0,
    device: str = "cpu",
    log: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Trains on ``images`` with masks and returns the weights; the state in ``out`` allows a run to resume.

    ``start``: initial weights.
    """
    import torch

    torch.manual_seed(seed)
    views = ViewSampler(images)
    module = segmenter.build()
    missing = module.load_state_dict(start, strict=False).missing_keys
    log(f"segmenter: not initialised: {', '.join(missing) or 'nothing'}")
    steps = len(views.epoch(np.random.default_rng(0), plan.phantoms)) // plan.batch

    def draw(epoch: int, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        order = views.epoch(np.random.default_rng([seed, epoch]), plan.phantoms)
        rng = np.random.default_rng([seed, epoch, step])
        drawn = [views.draw(int(i), rng) for i in order[step * plan.batch : (step + 1) * plan.batch]]
        return torch.stack([view for view, _ in drawn]), torch.stack([labels for _, labels in drawn])

    def loss(raw: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        return mask_loss(raw, truth.to(device))

    schedule = Schedule(
        plan.epochs,
        steps,
        plan.learning_rate,
        plan.weight_decay,
        warmup=0.1,
        max_gradient_norm=5.0,
        device=device,
    )
    return run_training(module, schedule, draw, loss, out, log)

"""Trains the outliner on every slice with a mask: SPIDER's SPACE stacks and, for T1, phantoms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy import detector, segmenter
from spine_core.evaluation.types import Picture
from spine_core.training.models.augmentation import random_contrast, random_frame, sample
from spine_core.training.models.detector import mask_loss, unit
from spine_core.training.models.initialisation import fitting
from spine_core.training.models.loop import Schedule, run

if TYPE_CHECKING:
    import torch

SIZE = 256
"""Side of a training view in pixels: four disc distances. The network does not care how large its input is."""


@dataclass(frozen=True)
class Plan:
    """``epochs`` over all slices of patients, with ``phantoms`` pictures more in each."""

    epochs: int = 90
    phantoms: int = 80
    batch: int = 16
    rate: float = 1.5e-3
    decay: float = 1e-3


PLAN = Plan()


class Views:
    """Draws views of outlined slices held in memory."""

    def __init__(self, pictures: Sequence[Picture]) -> None:
        import torch

        pitches: dict[str, list[float]] = defaultdict(list)
        for picture in pictures:
            if picture.discs:
                pitches[picture.patient].append(picture.pitch)
        # Slices beside the midline, whose discs are in pieces, have no pitch of their own; they have to be learned too.
        kept = [p for p in pictures if p.mask is not None and p.mask.any() and p.patient in pitches]
        self._phantom = np.array([picture.source == "phantom" for picture in kept])
        self._pitch = [float(np.median(pitches[picture.patient])) for picture in kept]
        self._masks = [picture.mask for picture in kept]
        self._pictures = [torch.from_numpy(unit(picture.pixels))[None] for picture in kept]

    def epoch(self, rng: np.random.Generator, phantoms: int) -> npt.NDArray[np.int64]:
        """Indices of one epoch in random order: every slice of a patient, ``phantoms`` of the phantoms."""
        some = rng.permutation(np.flatnonzero(self._phantom))[:phantoms]
        return rng.permutation(np.concatenate([np.flatnonzero(~self._phantom), some]))

    def draw(self, index: int, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """A random view (1, SIZE, SIZE) and its ``Structure`` labels (SIZE, SIZE), mirrored half of the times."""
        import torch

        mask = self._masks[index]
        assert mask is not None
        outlined = np.argwhere(mask)
        middle = outlined[rng.integers(len(outlined))]
        pitch = float(np.exp(rng.uniform(*np.log((46, 74)))))
        frame = random_frame(
            rng, (float(middle[0]), float(middle[1])), pitch / self._pitch[index], SIZE,
            degrees=20, aspect=0.15, shift=40,
        )  # fmt: skip
        view = sample(self._pictures[index], frame, SIZE)
        # Curves that need not rise teach outlines of T2 to hold on T1.
        view = random_contrast(rng, view, strange=rng.random() < 0.35)
        labels = sample(torch.from_numpy(mask.astype(np.float32))[None], frame, SIZE, nearest=True)[0]
        if rng.random() < 0.5:
            view, labels = view.flip(-1), labels.flip(-1)
        return (view - detector.MEAN) / detector.STD, labels.round().long()


def start_of(localiser: detector.DiscDetector) -> dict[str, Any]:
    """Those of the localiser's weights that fit."""
    return fitting(localiser._module.state_dict(), segmenter.build().state_dict())


def train(
    pictures: Sequence[Picture],
    out: Path,
    *,
    start: Mapping[str, Any],
    plan: Plan = PLAN,
    seed: int = 0,
    device: str = "cpu",
    log: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Trains on ``pictures`` with masks and returns the weights; its state is left in ``out``, to resume from.

    ``start``: weights to begin with.
    """
    import torch

    torch.manual_seed(seed)
    views = Views(pictures)
    module = segmenter.build()
    missing = module.load_state_dict(start, strict=False).missing_keys
    log(f"the outliner starts without {', '.join(missing) or 'nothing'}")
    steps = len(views.epoch(np.random.default_rng(0), plan.phantoms)) // plan.batch

    def draw(epoch: int, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        order = views.epoch(np.random.default_rng([seed, epoch]), plan.phantoms)
        own = np.random.default_rng([seed, epoch, step])
        drawn = [views.draw(int(i), own) for i in order[step * plan.batch : (step + 1) * plan.batch]]
        return torch.stack([view for view, _ in drawn]), torch.stack([labels for _, labels in drawn])

    def cost(raw: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        return mask_loss(raw, truth.to(device))

    schedule = Schedule(plan.epochs, steps, plan.rate, plan.decay, warm=0.1, clip=5.0, device=device)
    return run(module, schedule, draw, cost, out, log)

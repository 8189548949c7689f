"""Crops with their grades, and batches of randomly varied ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.training.models.augmentation import random_contrast, random_frame, sample
from spine_core.training.rsna2024.crops import StudyCrops
from spine_core.training.rsna2024.dataset import LabelledStudy, Split
from spine_core.training.rsna2024.views import CANAL_VIEW, HEADS, SIZE

if TYPE_CHECKING:
    import torch

DEGREES, ZOOM, STRETCH, SHIFT = 8.0, 0.12, 0.08, 6.0
"""Largest rotation, logarithm of the zoom and of the stretch, and translation in input pixels of an augmented crop."""


@dataclass(frozen=True, eq=False)
class Example:
    """One input, ``pixels`` float32 (1, SIZE, SIZE), with the index of its grade."""

    study_id: str
    split: Split
    condition: str
    level: str
    grade: int
    pixels: npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Targets:
    """``heads`` and ``grades`` of a batch, both int64 (N,)."""

    heads: torch.Tensor
    grades: torch.Tensor


def graded(study: LabelledStudy, crops: StudyCrops) -> Iterator[Example]:
    """The crops of ``study`` that have a grade."""
    for pixels, *key in zip(crops.pixels, crops.conditions, crops.levels, strict=True):
        grade = study.grades.get((key[0], key[1]))
        if grade is not None:
            yield Example(study.study_id, study.split, key[0], key[1], grade, pixels)


def of_split(examples: Iterable[Example], split: Split) -> list[Example]:
    """The examples of ``split``."""
    return [one for one in examples if one.split is split]


def targets_of(examples: Sequence[Example]) -> Targets:
    """Heads and grades, on the CPU."""
    import torch

    return Targets(
        torch.tensor([HEADS[one.condition] for one in examples], dtype=torch.long),
        torch.tensor([one.grade for one in examples], dtype=torch.long),
    )


def images_of(examples: Sequence[Example]) -> npt.NDArray[np.float32]:
    """The inputs (N, 1, SIZE, SIZE), as they are."""
    return np.stack([one.pixels for one in examples])


def augmented(examples: Sequence[Example], rng: np.random.Generator) -> torch.Tensor:
    """Randomly varied inputs (N, 1, SIZE, SIZE). Never mirrored: left and right are different outputs."""
    import torch

    mean, std = float(np.mean(CANAL_VIEW.mean)), float(np.mean(CANAL_VIEW.std))
    middle = ((SIZE - 1) / 2, (SIZE - 1) / 2)
    out = []
    for one in examples:
        frame = random_frame(
            rng, middle, float(np.exp(rng.uniform(-ZOOM, ZOOM))), SIZE,
            degrees=DEGREES, aspect=STRETCH, shift=SHIFT,
        )  # fmt: skip
        # Grey values again, so that what lies beyond the crop is black and contrast is varied before standardising.
        grey = sample(torch.from_numpy(one.pixels) * std + mean, frame, SIZE)
        grey = random_contrast(rng, grey, nonmonotonic=False).clamp(0.0, CANAL_VIEW.ceiling)
        out.append((grey - mean) / std)
    return torch.stack(out)

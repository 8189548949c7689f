"""Sudirman's T1 as it was published: whose boxes its pictures carry, and what the same answers give on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spine_core.evaluation.metrics import table
from spine_core.evaluation.types import Picture
from spine_core.networks.registry import Bundle
from spine_core.training.datasets import sudirman
from spine_core.training.datasets.corrected_boxes import Origin, origin, patient_of, published
from spine_core.training.datasets.registry import folds
from spine_core.training.evaluation.inference import answer


@dataclass(frozen=True)
class Origins:
    """T1 pictures by where their boxes come from. ``of_fold``: those of them that are of the patients asked."""

    origin: str
    pictures: int
    of_fold: int


def origins(data: Path, fold: int) -> list[Origins]:
    """All T1 pictures of the data's patients, counted; ``fold``: of the patients asked."""
    every = published(data / "sudirman" / "boxes.csv")
    split = folds(data)
    names = [name for name in every if "_T1" in name and ("sudirman", patient_of(name)) in split]
    told = {name: origin(name, every) for name in names}
    counts = Counter(told.values())
    own = Counter(told[name] for name in names if split["sudirman", patient_of(name)] == fold)
    return [Origins(one.value, counts[one], own[one]) for one in Origin]


def figures_as_published(
    data: Path, fold: int, bundle: Bundle, training: Sequence[Picture]
) -> dict[str, Any]:
    """What ``evaluate`` tells of Sudirman's T1, with boxes as published. ``training``: as for ``figures.table``."""
    every = sudirman.read(data / "sudirman", folds(data), as_published=True)
    located, answered = answer([p for p in every if p.fold == fold and p.sequence == "t1"], bundle)
    return {
        "origins": [asdict(row) for row in origins(data, fold)],
        "located": [asdict(row) for row in located],
        "graded": [asdict(row) for row in table(answered, training, bundle.thresholds)],
    }

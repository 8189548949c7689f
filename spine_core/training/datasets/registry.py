"""All datasets of the data folder."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from spine_core.evaluation.datasets import PATIENT_DATASETS
from spine_core.evaluation.types import LabelledImage
from spine_core.training.datasets import spider
from spine_core.training.datasets.common import read_table


def read_all(folder: Path, *, space: bool = True) -> list[LabelledImage]:
    """All labelled images of the data folder. ``space``: include the T2 SPACE stacks with masks."""
    split = folds(folder)
    images: list[LabelledImage] = []
    for name in PATIENT_DATASETS:
        images += import_module(f"spine_core.training.datasets.{name}").read(folder / name, split)
    if space:
        images += spider.read_space(folder / "spider_space", split)
    return images


def folds(folder: Path) -> dict[tuple[str, str], int]:
    """Fold by dataset and patient."""
    return {(row["set"], row["patient"]): int(row["fold"]) for row in read_table(folder / "splits.csv")}

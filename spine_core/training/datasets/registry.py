"""All sets together."""

from __future__ import annotations

from pathlib import Path

from spine_core.evaluation.types import Picture
from spine_core.training.datasets import spider, sudirman
from spine_core.training.datasets.common import rows


def read_all(folder: Path, *, space: bool = True) -> list[Picture]:
    """All labelled pictures of the data folder. ``space``: the stacks with masks too."""
    known = folds(folder)
    pictures = [
        *sudirman.read(folder / "sudirman", known),
        *spider.read(folder / "spider", known),
    ]
    if space:
        pictures += spider.read_space(folder / "spider_space", known)
    return pictures


def folds(folder: Path) -> dict[tuple[str, str], int]:
    """Fold by set and patient."""
    return {(row["set"], row["patient"]): int(row["fold"]) for row in rows(folder / "splits.csv")}

"""Audit of Sudirman's original T1 boxes: which image they belong to, and the metrics on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spine_core.evaluation.metrics import grading_table
from spine_core.evaluation.types import LabelledImage
from spine_core.networks.registry import Bundle
from spine_core.training.datasets import sudirman
from spine_core.training.datasets.corrected_boxes import BoxOrigin, box_origin, patient_of, read_boxes
from spine_core.training.datasets.registry import folds
from spine_core.training.evaluation.inference import predict_images


@dataclass(frozen=True)
class OriginCount:
    """Number of T1 images by the origin of their boxes. ``of_fold``: those of the evaluated patients."""

    origin: str
    images: int
    of_fold: int


def count_origins(data: Path, fold: int) -> list[OriginCount]:
    """All T1 images of patients in the data, counted by the origin of their boxes."""
    boxes = read_boxes(data / "sudirman" / "boxes.csv")
    split = folds(data)
    names = [name for name in boxes if "_T1" in name and ("sudirman", patient_of(name)) in split]
    by_name = {name: box_origin(name, boxes) for name in names}
    counts = Counter(by_name.values())
    of_fold = Counter(by_name[name] for name in names if split["sudirman", patient_of(name)] == fold)
    return [OriginCount(one.value, counts[one], of_fold[one]) for one in BoxOrigin]


def evaluate_original_labels(
    data: Path, fold: int, bundle: Bundle, training: Sequence[LabelledImage]
) -> dict[str, Any]:
    """Figures on Sudirman's T1 with the original boxes. ``training``: as for ``metrics.grading_table``."""
    images = sudirman.read(data / "sudirman", folds(data), as_published=True)
    detection, predictions = predict_images(
        [p for p in images if p.fold == fold and p.sequence == "t1"], bundle
    )
    return {
        "origins": [asdict(row) for row in count_origins(data, fold)],
        "detection": [asdict(row) for row in detection],
        "grading": [asdict(row) for row in grading_table(predictions, training, bundle.thresholds)],
    }

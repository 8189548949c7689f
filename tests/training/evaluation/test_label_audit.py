"""Published boxes that belong to another image: counted, and the same predictions evaluated on them."""

from __future__ import annotations

import csv
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from spine_core.evaluation.metrics import grading_table
from spine_core.evaluation.splits import TEST_FOLD, TRAINING_FOLDS
from spine_core.evaluation.types import LabelledImage
from spine_core.networks.registry import load_bundle
from spine_core.training.datasets import phantoms
from spine_core.training.datasets.corrected_boxes import BoxOrigin
from spine_core.training.datasets.registry import read_all
from spine_core.training.evaluation.inference import predict_images
from spine_core.training.evaluation.label_audit import count_origins, evaluate_original_labels
from spine_core.training.model_card.card import ORIGINS, _original_labels, _origins

SEEDS = {"0001": 30_000, "0002": 30_001}


def boxes_of(image: LabelledImage, name: str) -> list[dict[str, Any]]:
    """The rows of ``boxes.csv`` for a phantom's image called ``name``."""
    return [
        {
            "image": name,
            "label": "lumbar_bulge" if disc.grades["bulging"] else "normal_disc",
            "y_center_px": disc.center[0],
            "x_center_px": disc.center[1],
        }
        for disc in image.discs
        if disc.center is not None
    ]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two phantoms as patients of the set; the T1 of both has the boxes of the first one's T2."""
    folder = tmp_path_factory.mktemp("data")
    images = folder / "sudirman" / "images"
    images.mkdir(parents=True)
    t2: dict[str, LabelledImage] = {}
    for patient, seed in SEEDS.items():
        for image in phantoms._pair(seed, TEST_FOLD):
            Image.fromarray(image.pixels).save(images / f"{patient}_{image.sequence.upper()}.png")
            if image.sequence == "t2":
                t2[patient] = image
    names = {"0001_T1.png": "0001", "0001_T2.png": "0001", "0002_T1.png": "0001", "0002_T2.png": "0002"}
    write(
        folder / "sudirman" / "boxes.csv",
        [row for name, owner in names.items() for row in boxes_of(t2[owner], name)],
    )
    write(folder / "sudirman" / "pfirrmann.csv", [{"patient": "0001", "level": "L5/S1", "pfirrmann": 2}])
    write(folder / "splits.csv", [{"set": "sudirman", "patient": p, "fold": TEST_FOLD} for p in SEEDS])
    write(folder / "spider" / "gradings.csv", [{"patient": "none", "disc_index_from_L5S1": 1, **GRADES}])
    write(
        folder / "spider" / "disc_points.csv",
        [{"patient": "", "level": "", "y_relative": 0, "x_relative": 0}],
    )
    write(folder / "spider" / "series.csv", [{"patient": "none", "sequence": "t2_SPACE"}])
    return folder


GRADES = dict.fromkeys(
    ("modic", "upper_endplate", "lower_endplate", "spondylolisthesis", "herniation", "narrowing", "bulging",
     "pfirrmann"), 0,
)  # fmt: skip


def test_images_are_counted_by_the_origin_of_their_boxes(data: Path) -> None:
    counted = {row.origin: (row.images, row.of_fold) for row in count_origins(data, TEST_FOLD)}
    assert counted.pop(BoxOrigin.SAME_EXAMINATION) == (1, 1)
    assert counted.pop(BoxOrigin.OTHER_PATIENT) == (1, 1)
    assert set(counted.values()) == {(0, 0)}
    assert {row.of_fold for row in count_origins(data, TRAINING_FOLDS[0])} == {0}


@pytest.mark.slow
def test_the_same_predictions_are_evaluated_on_original_and_corrected_boxes(data: Path) -> None:
    bundle = load_bundle()
    published = evaluate_original_labels(data, TEST_FOLD, bundle, [])
    t1 = [p for p in read_all(data, space=False) if p.sequence == "t1"]
    located, predictions = predict_images(t1, bundle)
    (before,), (after,) = published["detection"], located
    assert before["discs"] == after.discs == 10
    # The phantoms have different positions: boxes of another patient are not on the discs.
    assert before["found"] <= 0.6
    assert after.found == 1.0
    corrected = {
        "detection": [asdict(after)],
        "grading": [asdict(r) for r in grading_table(predictions, [], bundle.thresholds)],
    }
    text = "\n".join(map(str, _original_labels(published, corrected))) + _origins(published["origins"])
    assert f"{before['found']:.3f}" in text
    assert "1.000" in text
    assert ORIGINS[BoxOrigin.OTHER_PATIENT] in text

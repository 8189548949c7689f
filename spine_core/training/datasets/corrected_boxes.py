"""Sudirman's boxes: groups them into discs, finds the origin of the T1 boxes, and corrects them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from spine_core.evaluation.types import Point
from spine_core.training.datasets.common import is_contiguous, read_table

DISC_BOXES = ("normal_disc", "lumbar_bulge", "thoracic_bulge", "ddd")
SAME_DISC = 18.0
"""Largest distance in pixels between two boxes of one disc; adjacent discs are 50 apart."""


@dataclass(frozen=True)
class Boxes:
    """The discs of one image from caudal to cranial. ``labels``: all labels at the height of each disc."""

    centers: tuple[Point, ...]
    labels: tuple[frozenset[str], ...]

    @property
    def is_complete(self) -> bool:
        """Whether no disc is missing."""
        return is_contiguous(self.centers)


class BoxOrigin(StrEnum):
    """Which image the published boxes of a T1 image were drawn on; nearly all were drawn on T2."""

    SAME_EXAMINATION = "same_examination"
    SAME_PATIENT = "same_patient"
    OTHER_PATIENT = "other_patient"
    UNMATCHED = "unmatched"
    UNMATCHED_NO_T2 = "unmatched_no_t2"


def read_boxes(path: Path) -> dict[str, Boxes]:
    """Boxes by image name, as in ``boxes.csv``."""
    found: dict[str, list[tuple[str, Point]]] = defaultdict(list)
    for row in read_table(path):
        found[row["image"]].append((row["label"], (float(row["y_center_px"]), float(row["x_center_px"]))))
    return {name: merge_boxes(own) for name, own in sorted(found.items())}


def merge_boxes(found: list[tuple[str, Point]]) -> Boxes:
    """Groups the boxes (label, centre) of one image into discs."""
    centers: list[Point] = []
    labels: list[set[str]] = []
    for label, (row, column) in sorted(found, key=lambda box: -box[1][0]):
        if label not in DISC_BOXES:
            continue
        if centers and np.hypot(centers[-1][0] - row, centers[-1][1] - column) < SAME_DISC:
            labels[-1].add(label)
            continue
        centers.append((row, column))
        labels.append({label})
    for label, (row, column) in found:
        if label in DISC_BOXES or not centers:
            continue
        # Canal boxes are about 22 px posterior to the disc: compare rows, not distances.
        nearest = int(np.argmin([abs(c[0] - row) + 0.2 * abs(c[1] - column) for c in centers]))
        labels[nearest].add(label)
    return Boxes(tuple(centers), tuple(map(frozenset, labels)))


def t2_name(name: str) -> str:
    """Name of the T2 image of the same examination as the T1 image ``name`` (PATIENT_T1.png, PATIENT_T1_1.png)."""
    return name.replace("_T1", "_T2")


def patient_of(name: str) -> str:
    """The patient number in an image name."""
    return name.split("_", 1)[0]


def box_origin(name: str, by_name: Mapping[str, Boxes]) -> BoxOrigin:
    """The origin of the boxes of the T1 image ``name``, by comparison with all published boxes."""
    centers = by_name[name].centers
    t2 = t2_name(name)
    matches = {other for other, boxes in by_name.items() if "_T2" in other and boxes.centers == centers}
    if t2 in matches:
        return BoxOrigin.SAME_EXAMINATION
    if any(patient_of(other) == patient_of(name) for other in matches):
        return BoxOrigin.SAME_PATIENT
    if matches:
        return BoxOrigin.OTHER_PATIENT
    return BoxOrigin.UNMATCHED if t2 in by_name else BoxOrigin.UNMATCHED_NO_T2


def correct_boxes(by_name: Mapping[str, Boxes]) -> dict[str, Boxes]:
    """The boxes, with those of T1 replaced by those of T2 of the same examination where there is one.

    T1 images with another patient's boxes and without T2 are removed.
    """
    out = {}
    for name, boxes in by_name.items():
        if "_T1" not in name:
            out[name] = boxes
        elif t2_name(name) in by_name:
            out[name] = by_name[t2_name(name)]
        elif box_origin(name, by_name) is not BoxOrigin.OTHER_PATIENT:
            out[name] = boxes
    return out

"""Sudirman's boxes: discs with their labels from boxes drawn one label at a time, and where those of T1 come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from spine_core.evaluation.types import Point
from spine_core.training.datasets.common import gapless, rows

DISC_BOXES = ("normal_disc", "lumbar_bulge", "thoracic_bulge", "ddd")
SAME_DISC = 18.0
"""Pixels within which two boxes are of one disc; neighbouring discs lie 50 apart."""


@dataclass(frozen=True)
class Boxes:
    """The discs of one picture from the lowest upwards. ``labels``: every label that lies at a disc's height."""

    centers: tuple[Point, ...]
    labels: tuple[frozenset[str], ...]

    @property
    def whole(self) -> bool:
        """Whether no disc is missing."""
        return gapless(self.centers)


class Origin(StrEnum):
    """Whose boxes a T1 picture was published with. They were not drawn on it: nearly all are those of T2."""

    TWIN = "those of the T2 beside it"
    PATIENT = "those of another T2 of the patient"
    STRANGER = "those of another patient's T2"
    UNLIKE = "like those of no T2, though there is one beside it"
    ALONE = "like those of no T2, and there is none beside it"


def published(path: Path) -> dict[str, Boxes]:
    """Boxes by the name of the picture, as ``boxes.csv`` has them."""
    found: dict[str, list[tuple[str, Point]]] = defaultdict(list)
    for row in rows(path):
        found[row["image"]].append((row["label"], (float(row["y_center_px"]), float(row["x_center_px"]))))
    return {name: merged(own) for name, own in sorted(found.items())}


def merged(found: list[tuple[str, Point]]) -> Boxes:
    """Boxes (label, centre) of one picture brought together into discs."""
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
        # Canal boxes lie about 22 px behind the disc: compare heights, not distances.
        nearest = int(np.argmin([abs(c[0] - row) + 0.2 * abs(c[1] - column) for c in centers]))
        labels[nearest].add(label)
    return Boxes(tuple(centers), tuple(map(frozenset, labels)))


def twin_of(name: str) -> str:
    """The T2 picture of the examination that the T1 picture ``name`` (PATIENT_T1.png, PATIENT_T1_1.png) is of."""
    return name.replace("_T1", "_T2")


def patient_of(name: str) -> str:
    """Whose picture it is."""
    return name.split("_", 1)[0]


def origin(name: str, every: Mapping[str, Boxes]) -> Origin:
    """Where the boxes of the T1 picture ``name`` come from, by comparing them with all that were published."""
    places = every[name].centers
    twin = twin_of(name)
    same = {other for other, boxes in every.items() if "_T2" in other and boxes.centers == places}
    if twin in same:
        return Origin.TWIN
    if any(patient_of(other) == patient_of(name) for other in same):
        return Origin.PATIENT
    if same:
        return Origin.STRANGER
    return Origin.UNLIKE if twin in every else Origin.ALONE


def mended(every: Mapping[str, Boxes]) -> dict[str, Boxes]:
    """The same with T1's boxes as they were meant: those of the T2 beside it, where there is one.

    Left out are T1 pictures whose boxes are another patient's and that have no T2 to take them from.
    """
    out = {}
    for name, boxes in every.items():
        if "_T1" not in name:
            out[name] = boxes
        elif twin_of(name) in every:
            out[name] = every[twin_of(name)]
        elif origin(name, every) is not Origin.STRANGER:
            out[name] = boxes
    return out

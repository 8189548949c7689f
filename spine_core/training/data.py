"""The real data sets as pictures with labelled discs. Read ``data/README.md`` of the data folder for the traps."""

from __future__ import annotations

import csv
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.model import LEVELS, Structure

Point = tuple[float, float]

CALIBRATION_FOLD = 1
TEST_FOLD = 0
TRAINING_FOLDS = (2, 3, 4)

EDGE_TO_CENTER = 0.47
"""Marked posterior edge to the centre taught, in disc distances. It measures what ``anatomy.model.HALF_DISC`` does;
the shipped localiser was trained with this value, and another would be another recipe."""


@dataclass(frozen=True)
class DiscLabel:
    """What is known of one disc. Points are (row, column); ``level`` is "other" above L1/L2."""

    level: str
    center: Point | None
    posterior: Point | None
    grades: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Picture:
    """One sagittal slice with its labels; discs run from the lowest upwards.

    ``complete_above`` is True where also the discs above the highest label are known to be absent.
    """

    source: str
    patient: str
    fold: int
    sequence: str
    name: str
    pixels: npt.NDArray[np.uint8]
    discs: tuple[DiscLabel, ...]
    mask: npt.NDArray[np.uint8] | None = None

    @property
    def pitch(self) -> float:
        """Median distance between neighbouring labelled discs, in pixels."""
        points = [disc.center or disc.posterior for disc in self.discs]
        steps = [np.hypot(*np.subtract(a, b)) for a, b in itertools.pairwise(points) if a and b]
        return float(np.median(steps))


def level_of(index: int) -> str:
    """Level of the disc with this index counted upwards from L5/S1 = 0."""
    return LEVELS[-1 - index] if index < len(LEVELS) else "other"


def read_all(folder: Path, *, space: bool = True) -> list[Picture]:
    """All labelled pictures of the data folder."""
    known = folds(folder)
    pictures = [*_sudirman(folder / "sudirman", known), *_spider(folder / "spider", known)]
    if space:
        pictures += _spider_space(folder / "spider_space", known)
    return pictures


def folds(folder: Path) -> dict[tuple[str, str], int]:
    """Fold by set and patient."""
    return {(row["set"], row["patient"]): int(row["fold"]) for row in _rows(folder / "splits.csv")}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as handle:
        return list(csv.DictReader(handle))


def _grey(path: Path) -> npt.NDArray[np.uint8]:
    from PIL import Image

    return np.asarray(Image.open(path).convert("L"))


DISC_BOXES = ("normal_disc", "lumbar_bulge", "thoracic_bulge", "ddd")


def _sudirman(folder: Path, folds: Mapping[tuple[str, str], int]) -> Iterator[Picture]:
    boxes = defaultdict(list)
    for row in _rows(folder / "boxes.csv"):
        boxes[row["image"]].append((row["label"], (float(row["y_center_px"]), float(row["x_center_px"]))))
    pfirrmann = {
        (row["patient"], row["level"]): int(row["pfirrmann"]) for row in _rows(folder / "pfirrmann.csv")
    }
    for name, found in sorted(boxes.items()):
        patient, sequence = name.removesuffix(".png").split("_")[:2]
        fold = folds.get(("sudirman", patient))
        if fold is None:
            continue
        centers, labels = _merge_boxes(found)
        steps = [np.hypot(*np.subtract(a, b)) for a, b in itertools.pairwise(centers)]
        # A missing box would shift every level above it: such a picture teaches the wrong levels.
        if len(centers) < len(LEVELS) or max(steps) > 1.6 * np.median(steps):
            continue
        discs = []
        for index, (center, names) in enumerate(zip(centers, labels, strict=True)):
            grades = {
                "bulging": int(bool(names & {"lumbar_bulge", "thoracic_bulge"})),
                "ddd": int("ddd" in names),
                "canal_stenosis": int("canal_stenosis" in names),
                "spondylolisthesis": int("spondylolisthesis" in names),
            }
            grade = pfirrmann.get((patient, level_of(index)))
            if grade is not None:
                grades["pfirrmann"] = grade
            discs.append(DiscLabel(level_of(index), center, None, grades))
        yield Picture(
            "sudirman",
            patient,
            fold,
            sequence.lower(),
            name,
            _grey(folder / "images" / name),
            tuple(discs),
        )


def _merge_boxes(found: list[tuple[str, Point]]) -> tuple[list[Point], list[set[str]]]:
    """Disc centres from the lowest upwards, and every label that lies at each disc's height."""
    centers: list[Point] = []
    labels: list[set[str]] = []
    for label, (row, column) in sorted(found, key=lambda box: -box[1][0]):
        if label not in DISC_BOXES:
            continue
        if centers and np.hypot(centers[-1][0] - row, centers[-1][1] - column) < 18:
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
    return centers, labels


SPIDER_GRADES = {
    "modic": "modic",
    "endplate_upper": "upper_endplate",
    "endplate_lower": "lower_endplate",
    "spondylolisthesis": "spondylolisthesis",
    "herniation": "herniation",
    "narrowing": "narrowing",
    "bulging": "bulging",
    "pfirrmann": "pfirrmann",
}


def _spider(folder: Path, folds: Mapping[tuple[str, str], int]) -> Iterator[Picture]:
    grades: dict[str, dict[int, dict[str, int]]] = defaultdict(dict)
    for row in _rows(folder / "gradings.csv"):
        index = int(row["disc_index_from_L5S1"]) - 1
        grades[row["patient"]][index] = {name: int(row[column]) for name, column in SPIDER_GRADES.items()}
    points: dict[str, dict[str, Point]] = defaultdict(dict)
    for row in _rows(folder / "disc_points.csv"):
        points[row["patient"]][row["level"]] = (float(row["y_relative"]), float(row["x_relative"]))
    for row in _rows(folder / "series.csv"):
        patient = row["patient"]
        fold = folds.get(("spider", patient))
        if fold is None or row["sequence"] == "t2_SPACE":
            continue
        pixels = _grey(folder / "images" / row["image"])
        known = points.get(patient, {}) if row["points_apply"] == "1" else {}
        discs = []
        for index in sorted(grades[patient]):
            relative = known.get(level_of(index))
            posterior = relative and (relative[0] * pixels.shape[0], relative[1] * pixels.shape[1])
            discs.append(DiscLabel(level_of(index), None, posterior or None, grades[patient][index]))
        yield Picture("spider", patient, fold, row["sequence"], row["image"], pixels, tuple(discs))


def _spider_space(folder: Path, folds: Mapping[tuple[str, str], int]) -> Iterator[Picture]:
    for path in sorted((folder / "masks").glob("*.png")):
        patient = path.name.split("_")[0]
        fold = folds.get(("spider", patient))
        if fold is None:
            continue
        mask = _grey(path)
        discs = discs_of_mask(mask)
        yield Picture("spider_space", patient, fold, "t2_space", path.name, _grey(folder / "images" / path.name),
                      discs, mask)  # fmt: skip


def discs_of_mask(mask: npt.NDArray[np.uint8]) -> tuple[DiscLabel, ...]:
    """Centre and posterior edge of every disc in a mask, from the lowest upwards; nothing where it is fragmented.

    The posterior edge is known only where the canal is in the slice beside the disc.
    """
    from scipy import ndimage

    found, count = ndimage.label(mask == Structure.DISC)
    if not count:
        return ()
    sizes = ndimage.sum_labels(found > 0, found, range(1, count + 1))
    keep = [i + 1 for i, size in enumerate(sizes) if size > 0.25 * np.median(sizes)]
    centers = [ndimage.center_of_mass(found == i) for i in keep]
    order = sorted(range(len(keep)), key=lambda i: -centers[i][0])
    keep, centers = [keep[i] for i in order], [centers[i] for i in order]
    steps = [np.hypot(*np.subtract(a, b)) for a, b in itertools.pairwise(centers)]
    if (
        len(centers) < len(LEVELS)
        or max(steps) > 1.6 * np.median(steps)
        or min(steps) < 0.5 * np.median(steps)
    ):
        return ()
    canal = np.argwhere(mask == Structure.CANAL)
    discs = []
    for index, (label, center) in enumerate(zip(keep, centers, strict=True)):
        posterior = posterior_edge(np.argwhere(found == label), canal, float(np.median(steps)))
        discs.append(DiscLabel(level_of(index), (float(center[0]), float(center[1])), posterior))
    return tuple(discs)


def posterior_edge(disc: npt.NDArray[np.int64], canal: npt.NDArray[np.int64], pitch: float) -> Point | None:
    """Middle of the disc's margin that faces the canal, from the pixels of both; None where the canal is not near."""
    if not len(canal):
        return None
    from scipy.spatial import cKDTree

    distance, _ = cKDTree(canal).query(disc)
    if distance.min() > 0.25 * pitch:
        return None
    # The whole margin that faces the canal, not the one closest pixel, which jumps along a flat margin.
    facing = disc[distance <= distance.min() + 0.08 * pitch]
    row, column = facing.mean(axis=0)
    return float(row), float(column)

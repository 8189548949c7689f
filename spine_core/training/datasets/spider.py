"""SPIDER: four hospitals, graded by radiologists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from spine_core.evaluation.types import DiscLabel, LabelledImage, Point
from spine_core.training.datasets.common import level_of, read_grey, read_table
from spine_core.training.datasets.masks import discs_of_mask

GRADES = {
    "modic": "modic",
    "endplate_upper": "upper_endplate",
    "endplate_lower": "lower_endplate",
    "spondylolisthesis": "spondylolisthesis",
    "herniation": "herniation",
    "narrowing": "narrowing",
    "bulging": "bulging",
    "pfirrmann": "pfirrmann",
}

SPACE_MM = 0.46875
"""Side of a pixel of the SPACE slices in mm, by their headers; unlike the other exported slices none was stretched."""


def read(folder: Path, folds: Mapping[tuple[str, str], int]) -> Iterator[LabelledImage]:
    """The midsagittal T1 and T2 of every patient in ``folds``, with radiologists' grades and disc points on T2."""
    grades: dict[str, dict[int, dict[str, int]]] = defaultdict(dict)
    for row in read_table(folder / "gradings.csv"):
        index = int(row["disc_index_from_L5S1"]) - 1
        grades[row["patient"]][index] = {name: int(row[column]) for name, column in GRADES.items()}
    points: dict[str, dict[str, Point]] = defaultdict(dict)
    for row in read_table(folder / "disc_points.csv"):
        points[row["patient"]][row["level"]] = (float(row["y_relative"]), float(row["x_relative"]))
    for row in read_table(folder / "series.csv"):
        patient = row["patient"]
        fold = folds.get(("spider", patient))
        if fold is None or row["sequence"] == "t2_SPACE":
            continue
        pixels = read_grey(folder / "images" / row["image"])
        known = points.get(patient, {}) if row["points_apply"] == "1" else {}
        discs = []
        for index in sorted(grades[patient]):
            relative = known.get(level_of(index))
            posterior = relative and (relative[0] * pixels.shape[0], relative[1] * pixels.shape[1])
            discs.append(DiscLabel(level_of(index), None, posterior or None, grades[patient][index]))
        yield LabelledImage("spider", patient, fold, row["sequence"], row["image"], pixels, tuple(discs))


def read_space(folder: Path, folds: Mapping[tuple[str, str], int]) -> Iterator[LabelledImage]:
    """Stacks of T2 SPACE slices with masks; discs are derived from the masks."""
    for path in sorted((folder / "masks").glob("*.png")):
        patient = path.name.split("_")[0]
        fold = folds.get(("spider", patient))
        if fold is None:
            continue
        mask = read_grey(path)
        discs = discs_of_mask(mask)
        pixels = read_grey(folder / "images" / path.name)
        yield LabelledImage("spider_space", patient, fold, "t2_space", path.name, pixels, discs, mask)

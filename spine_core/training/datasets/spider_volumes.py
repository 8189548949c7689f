"""SPIDER as published (Zenodo 10159290): MHA volumes, masks and ``radiological_gradings.csv``.

With the whole dataset, point ``--volumes`` at the folder that holds ``images``, ``masks`` and the gradings.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Structure
from spine_core.evaluation.splits import TRAINING_FOLDS
from spine_core.evaluation.types import DiscLabel, LabelledImage
from spine_core.training.datasets.common import level_of
from spine_core.training.datasets.masks import distance_to, posterior_edge
from spine_core.training.datasets.phantoms import to_uint8

GRADES = {
    "Modic": "modic",
    "UP endplate": "endplate_upper",
    "LOW endplate": "endplate_lower",
    "Spondylolisthesis": "spondylolisthesis",
    "Disc herniation": "herniation",
    "Disc narrowing": "narrowing",
    "Disc bulging": "bulging",
    "Pfirrman grade": "pfirrmann",
}
"""Columns of the gradings, and the names of their conditions."""

CANAL, FIRST_DISC, LAST_DISC = 100, 201, 225
"""Labels of the masks: vertebrae below ``CANAL`` and up to 125 (cut ones), discs from L5/S1 = 201 upwards."""

Grades = Mapping[int, Mapping[str, int]]
"""Grades by disc number, counted cranially from L5/S1 = 1."""


def read_volumes(folder: Path, folds: Mapping[str, int]) -> Iterator[LabelledImage]:
    """The sagittal slice with the largest canal area of every T1 and T2 series, with discs, grades and mask.

    ``folds``: fold by patient; other patients are training patients. Raises ``FileNotFoundError`` if the gradings or a
    mask are missing.
    """
    grades = _gradings(folder / "radiological_gradings.csv")
    for path in sorted((folder / "images").glob("*.mha")):
        patient, sequence = path.stem.split("_", 1)
        mask = folder / "masks" / path.name
        if sequence not in ("t1", "t2"):
            continue
        if not mask.is_file():
            msg = f"{mask} is missing; it belongs to {path.name}"
            raise FileNotFoundError(msg)
        fold = folds.get(patient, TRAINING_FOLDS[0])
        image = _labelled_image(path, mask, patient, sequence, fold, grades[patient])
        if image is not None:
            yield image


def _gradings(path: Path) -> Mapping[str, Grades]:
    out: dict[str, dict[int, dict[str, int]]] = defaultdict(dict)
    with path.open(newline="", encoding="utf-8-sig") as handle:
        for raw in csv.DictReader(handle):
            row = {name.strip(): value.strip() for name, value in raw.items()}
            known = {name: int(float(row[column])) for column, name in GRADES.items() if row[column]}
            out[row["Patient"]][int(float(row["IVD label"]))] = known
    return out


def _labelled_image(
    path: Path, mask_path: Path, patient: str, sequence: str, fold: int, grades: Grades
) -> LabelledImage | None:
    """None if no slice shows canal and discs."""
    volume, labels = _upright(path), _upright(mask_path)
    canal = (labels == CANAL).sum(axis=(1, 2)) * (labels >= FIRST_DISC).any(axis=(1, 2))
    if not canal.any():
        return None
    middle = int(np.argmax(canal))
    discs = _discs(labels[middle], grades)
    if not discs:
        return None
    pixels = volume[middle] - min(float(volume[middle].min()), 0.0)
    structures = _structures(labels[middle])
    return LabelledImage("spider", patient, fold, sequence, path.name, to_uint8(pixels), discs, structures)


def _upright(path: Path) -> npt.NDArray[Any]:
    """Volume as (sagittal slices, rows caudally, columns posteriorly), with square pixels."""
    import SimpleITK as sitk  # noqa: N813

    image = sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS")  # type: ignore[no-untyped-call]
    right, front, up = image.GetSpacing()
    if abs(front / up - 1) > 0.01:
        side = min(front, up)
        size = [
            image.GetSize()[0],
            *(round(n * s / side) for n, s in zip(image.GetSize()[1:], (front, up), strict=True)),
        ]
        nearest = sitk.sitkNearestNeighbor if "masks" in path.parts else sitk.sitkLinear
        image = sitk.Resample(
            image,
            size,
            sitk.Transform(),  # type: ignore[no-untyped-call]
            nearest,
            image.GetOrigin(),
            (right, side, side),
            image.GetDirection(),
        )
    # SimpleITK gives (S, P, L): rows must run caudally, slices along L.
    return np.ascontiguousarray(np.moveaxis(sitk.GetArrayFromImage(image)[::-1], 2, 0))


def _structures(labels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    out = np.zeros(labels.shape, dtype=np.uint8)
    out[(labels > 0) & (labels < FIRST_DISC)] = Structure.VERTEBRA
    out[labels == CANAL] = Structure.CANAL
    out[(labels >= FIRST_DISC) & (labels <= LAST_DISC)] = Structure.DISC
    return out


def _discs(labels: npt.NDArray[Any], grades: Grades) -> tuple[DiscLabel, ...]:
    """Discs of one slice from caudal to cranial, named by their mask labels."""
    numbers = sorted(int(n) for n in np.unique(labels) if FIRST_DISC <= n <= LAST_DISC)
    points = {number: np.argwhere(labels == number) for number in numbers}
    centers = {number: tuple(map(float, pixels_of.mean(axis=0))) for number, pixels_of in points.items()}
    if len(numbers) < 2:
        return ()
    steps = np.diff([centers[number] for number in numbers], axis=0)
    inter_disc = float(np.median(np.hypot(*steps.T)))
    to_canal = distance_to(labels == CANAL)
    return tuple(
        DiscLabel(
            level_of(number - FIRST_DISC),
            (centers[number][0], centers[number][1]),
            posterior_edge(points[number], to_canal, inter_disc),
            grades.get(number - FIRST_DISC + 1, {}),
        )
        for number in numbers
    )

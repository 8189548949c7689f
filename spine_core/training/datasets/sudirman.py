"""Sudirman: midsagittal T1 and T2 of one hospital, with boxes of discs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.types import DiscLabel, LabelledImage
from spine_core.training.datasets.common import level_of, read_grey, read_table
from spine_core.training.datasets.corrected_boxes import Boxes, correct_boxes, patient_of, read_boxes, t2_name
from spine_core.training.datasets.motion import estimate_shift


def read(
    folder: Path, folds: Mapping[tuple[str, str], int], *, as_published: bool = False
) -> Iterator[LabelledImage]:
    """The images of every patient in ``folds`` with boxes of all discs.

    T1 boxes are copies of T2 boxes, some of another patient. They are replaced by those of T2 of the same examination
    and shifted by the patient's motion; ``as_published`` keeps the original ones.
    """
    boxes_by_name = read_boxes(folder / "boxes.csv")
    pfirrmann = {
        (row["patient"], row["level"]): int(row["pfirrmann"]) for row in read_table(folder / "pfirrmann.csv")
    }
    for name, boxes in (boxes_by_name if as_published else correct_boxes(boxes_by_name)).items():
        patient = patient_of(name)
        fold = folds.get(("sudirman", patient))
        if fold is None or not boxes.is_complete:
            continue
        image = LabelledImage(
            "sudirman",
            patient,
            fold,
            "t1" if "_T1" in name else "t2",
            name,
            read_grey(folder / "images" / name),
            tuple(_discs(boxes, patient, pfirrmann)),
        )
        t2 = t2_name(name)
        if not as_published and t2 != name and t2 in boxes_by_name:
            image = _moved(image, read_grey(folder / "images" / t2))
        yield image


def _discs(boxes: Boxes, patient: str, pfirrmann: Mapping[tuple[str, str], int]) -> Iterator[DiscLabel]:
    for index, (center, names) in enumerate(zip(boxes.centers, boxes.labels, strict=True)):
        grades = {
            "bulging": int(bool(names & {"lumbar_bulge", "thoracic_bulge"})),
            "ddd": int("ddd" in names),
            "canal_stenosis": int("canal_stenosis" in names),
            "spondylolisthesis": int("spondylolisthesis" in names),
        }
        grade = pfirrmann.get((patient, level_of(index)))
        if grade is not None:
            grades["pfirrmann"] = grade
        yield DiscLabel(level_of(index), center, None, grades)


def _moved(image: LabelledImage, t2_pixels: npt.NDArray[np.uint8]) -> LabelledImage:
    """``image`` with its discs, which are marked on T2, shifted by the motion between T2 and it."""
    centers = tuple(disc.center for disc in image.discs if disc.center is not None)
    rows_shift, columns_shift = estimate_shift(image.pixels, t2_pixels, centers, image.inter_disc_px)
    discs = tuple(
        replace(disc, center=(disc.center[0] + rows_shift, disc.center[1] + columns_shift))
        for disc in image.discs
        if disc.center is not None
    )
    return replace(image, discs=discs)

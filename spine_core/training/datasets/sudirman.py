"""Sudirman: mid-sagittal T1 and T2 of one hospital, with boxes about discs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.types import DiscLabel, Picture
from spine_core.training.datasets.common import grey, level_of, rows
from spine_core.training.datasets.corrected_boxes import Boxes, mended, patient_of, published, twin_of
from spine_core.training.datasets.motion import movement


def read(
    folder: Path, folds: Mapping[tuple[str, str], int], *, as_published: bool = False
) -> Iterator[Picture]:
    """The pictures of every patient in ``folds`` whose boxes miss no disc.

    T1's boxes are copies of T2's, some of them another patient's. They are taken from the T2 beside, and moved as the
    patient moved meanwhile; ``as_published`` leaves them as they are.
    """
    every = published(folder / "boxes.csv")
    pfirrmann = {
        (row["patient"], row["level"]): int(row["pfirrmann"]) for row in rows(folder / "pfirrmann.csv")
    }
    for name, boxes in (every if as_published else mended(every)).items():
        patient = patient_of(name)
        fold = folds.get(("sudirman", patient))
        if fold is None or not boxes.whole:
            continue
        picture = Picture(
            "sudirman",
            patient,
            fold,
            "t1" if "_T1" in name else "t2",
            name,
            grey(folder / "images" / name),
            tuple(_discs(boxes, patient, pfirrmann)),
        )
        twin = twin_of(name)
        if not as_published and twin != name and twin in every:
            picture = _moved(picture, grey(folder / "images" / twin))
        yield picture


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


def _moved(picture: Picture, beside: npt.NDArray[np.uint8]) -> Picture:
    """``picture`` with its discs, marked on ``beside``, where they lie in it."""
    places = tuple(disc.center for disc in picture.discs if disc.center is not None)
    down, right = movement(picture.pixels, beside, places, picture.pitch)
    discs = tuple(
        replace(disc, center=(disc.center[0] + down, disc.center[1] + right))
        for disc in picture.discs
        if disc.center is not None
    )
    return replace(picture, discs=discs)

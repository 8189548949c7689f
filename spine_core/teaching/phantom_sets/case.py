"""One phantom as a case of a set: its files, its right answers, and where its findings are seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS, Disc, Source
from spine_core.grading.types import Reading
from spine_core.phantom import Phantom, write_study
from spine_core.progress import Progress, silent
from spine_core.study.types import Plane, Series, Study, Weighting
from spine_core.teaching.exercise_case import Reference, ReferencePlace
from spine_core.teaching.phantom_sets.specs import ASKED_LEVELS, CONDITIONS
from spine_core.weights import ModelId

SOURCE = "specification of the phantom"

TRUTH = ModelId(SOURCE, "1", "")
"""Who says where the levels are."""

SLICES = range(4, 11)
"""Of 15 sagittal ones: all that show discs and canal."""

RADIUS_MM = {"pfirrmann": 12.0, "bulging": 9.0, "herniation": 9.0}
"""How far from the middle of a finding a click still hits it."""

INSIDE_MM = 2.0
"""From the posterior edge of a disc to a place in it."""

DEGENERATED = 3
"""From this Pfirrmann grade on the disc is a place to be clicked."""


def write_case(phantom: Phantom, folder: Path, progress: Progress = silent) -> Path:
    """The DICOM folder of a case: seven sagittal slices with T1 and T2, and the axial ones of the levels asked for."""
    return write_study(phantom, folder, progress, sagittal=SLICES, axial=ASKED_LEVELS)


def references(phantom: Phantom) -> tuple[Reference, ...]:
    """The right grades of all findings that are asked for."""
    return tuple(
        Reference(level, condition, phantom.grades[level][condition], SOURCE)
        for level in ASKED_LEVELS
        for condition in CONDITIONS
    )


def reference_places(phantom: Phantom, study: Study) -> tuple[ReferencePlace, ...]:
    """Where findings that are there are seen, on sagittal T2."""
    series = sagittal_t2(study)
    return tuple(_places(phantom, series))


def true_levels(phantom: Phantom, study: Study) -> Reading:
    """A reading that names the discs where they are, and says nothing else of them: no network has looked."""
    series = sagittal_t2(study)
    assert series.geometry is not None
    found = [
        (series.geometry.to_pixel(phantom.centers[one]), series.geometry.to_pixel(phantom.posteriors[one]))
        for one in LEVELS
    ]
    centres = np.array([centre[1:3] for centre, _ in found])
    gaps = np.linalg.norm(np.diff(centres, axis=0), axis=1)
    along = np.gradient(centres, axis=0)
    discs = tuple(
        Disc(
            level=level, series_uid=series.uid, slice_index=centre[0], center_px=centre[1:3], posterior_px=back[1:3],
            center_mm=phantom.centers[level], inter_disc_px=float(np.mean(gaps[max(0, number - 1) : number + 1])),
            caudal=_unit(along[number]), confidence=1.0, source=Source.READER,
        )
        for number, (level, (centre, back)) in enumerate(zip(LEVELS, found, strict=True))
    )  # fmt: skip
    return Reading(study.sha256, TRUTH, TRUTH, discs, ())


def _unit(direction: npt.NDArray[np.float64]) -> tuple[float, float]:
    row, column = direction / np.linalg.norm(direction)
    return float(row), float(column)


def sagittal_t2(study: Study) -> Series:
    """The series of a phantom that shows its discs. Raises ``StopIteration`` in a study of something else."""
    return next(one for one in study.series if one.plane is Plane.SAGITTAL and one.weighting is Weighting.T2)


def _places(phantom: Phantom, series: Series) -> Iterator[ReferencePlace]:
    assert series.geometry is not None
    for level in ASKED_LEVELS:
        spec, grades = phantom.spec.levels[level], phantom.grades[level]
        # The edge on the midline, herniated or not; x grows to the patient's left, y to the back.
        x, edge, z = phantom.posteriors[level]
        points = {}
        if int(grades["pfirrmann"]) >= DEGENERATED:
            points["pfirrmann"] = phantom.centers[level]
        if grades["bulging"] == "1":
            points["bulging"] = (x, edge - INSIDE_MM, z)
        if grades["herniation"] == "1":
            points["herniation"] = (x + spec.side, edge - INSIDE_MM, z)
        for condition, point in points.items():
            index, row, column, _ = series.geometry.to_pixel(point)
            radius = RADIUS_MM[condition] / series.geometry.spacing[0]
            yield ReferencePlace(
                level, condition, series.uid, index, round(row, 1), round(column, 1), round(radius, 1)
            )

"""Studies with readings that are known without a network: positions and masks are the phantom's own."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pydicom import dcmread

from spine_core.anatomy.measurements import Measurements
from spine_core.anatomy.types import LEVELS, Anatomy, Disc, Structure
from spine_core.dicom_objects.types import ObjectInput
from spine_core.explanation.base import Explanation, MethodDiagnostic
from spine_core.grading.crops.sagittal import disc_image
from spine_core.grading.types import ModelId, Reading
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.target import Target
from spine_core.report import editing
from spine_core.report.draft import draft
from spine_core.report.key_images import map_image, slice_image
from spine_core.study import SourceFile, open_study, sources_from_path
from spine_core.study.types import Series, Study, Weighting
from tests.report import making
from tests.study.dicom.test_functional_groups import enhanced
from tests.study.made import mr, random_pixels, stored

TIME = datetime(2026, 12, 1, 14, 30, 5, tzinfo=UTC)
GRADER, SEGMENTER = ModelId("ensemble", "1.2", "e" * 64), ModelId("segmenter", "3", "c" * 64)
SIDE = 48
"""Pixels of a network's input."""


@dataclass(frozen=True, eq=False)
class Made:
    """A study, the files that it was opened from, and what objects are made from."""

    study: Study
    sources: tuple[SourceFile, ...]
    material: ObjectInput


def sagittal(study: Study, weighting: Weighting = Weighting.T2) -> Series:
    return next(one for one in study.series if one.weighting is weighting and one.plane == "sagittal")


def phantom(folder: Path, **changes: object) -> Made:
    """The demonstration study. ``folder``: of its files, next to ``truth.json`` and ``masks.npz``."""
    sources = tuple(sources_from_path(folder))
    study = open_study(sources)
    truth = json.loads((folder.parent / "truth.json").read_text())
    masks = np.load(folder.parent / "masks.npz")["sagittal"]
    series = sagittal(study)
    discs = tuple(_disc(series, level, truth["levels"][level]) for level in LEVELS)
    middle = discs[0].slice_index
    shown = range(middle - 1, middle + 2)
    anatomy = Anatomy(series.uid, discs, True, masks={index: masks[index] for index in shown})
    return made(study, sources, discs, anatomy, **changes)


def _disc(series: Series, level: str, truth: Mapping[str, list[float]]) -> Disc:
    assert series.geometry is not None
    index, *center, _ = series.geometry.to_pixel(truth["center_mm"])
    _, *posterior, _ = series.geometry.to_pixel(truth["posterior_mm"])
    return Disc(
        level, series.uid, index, tuple(center), tuple(posterior), tuple(truth["center_mm"]), 50.0, (1.0, 0.0), 0.9
    )  # fmt: skip


def one_disc(sources: Sequence[SourceFile], **changes: object) -> Made:
    """A small study with one disc, L4/L5, on its second slice; see ``masks`` for its outlines."""
    study = open_study(list(sources))
    series = study.series[0]
    disc = Disc("L4/L5", series.uid, 1, (12.0, 8.0), (12.0, 12.0), None, 10.0, (1.0, 0.0), 0.9)
    anatomy = Anatomy(series.uid, (disc,), True, masks={index: masks(series, index) for index in (0, 1)})
    return made(study, sources, (disc,), anatomy, **changes)


def masks(series: Series, index: int) -> np.ndarray:
    """A disc of five by four pixels, a vertebra above it, the canal behind; one row lower on every further slice."""
    out = np.zeros((series.rows, series.columns), np.uint8)
    top = 10 + index
    out[top : top + 5, 6:10] = Structure.DISC
    out[top - 6 : top - 1, 5:11] = Structure.VERTEBRA
    out[2:22, 13:15] = Structure.CANAL
    return out


def oblique() -> tuple[SourceFile, ...]:
    """Three slices in a plane that is 30 degrees from sagittal, 4 mm apart along its normal."""
    row, column = np.array([0.5, 0.75**0.5, 0.0]), np.array([0.0, 0.0, -1.0])
    normal = np.cross(row, column)
    cosines = [f"{value:.10f}" for value in (*row, *column)]
    return tuple(
        SourceFile(f"oblique/{number}", stored(mr(
            [f"{value:.8f}" for value in np.array([-10.0, -60.0, 90.0]) + 4.0 * number * normal], cosines,
            random_pixels(number), InstanceNumber=number + 1, SeriesDescription="t2 oblique", **PATIENT,
        )))
        for number in range(3)
    )  # fmt: skip


def multi_frame() -> tuple[SourceFile, ...]:
    """Enhanced MR of three slices, stored in another order than they lie; orientation and spacing in every frame."""
    dataset = dcmread(io.BytesIO(enhanced([8.0, 0.0, 4.0], [101.0], **PATIENT)))
    shared = dataset.SharedFunctionalGroupsSequence[0]
    for keyword in ("PlaneOrientationSequence", "PixelMeasuresSequence"):
        for frame in dataset.PerFrameFunctionalGroupsSequence:
            setattr(frame, keyword, shared[keyword].value)
        del shared[keyword]
    return (SourceFile("enhanced", stored(dataset)),)


PATIENT = {
    "PatientBirthDate": "19700102", "PatientSex": "F", "StudyDate": "20260102", "StudyTime": "101112",
    "StudyID": "7", "AccessionNumber": "A1", "Manufacturer": "Scanner Inc.",
}  # fmt: skip
"""What ``tests.study.made.mr`` leaves out."""


def made(study, sources, discs, anatomy, **changes: object) -> Made:
    """Findings as ``tests.report.making`` has them, on the discs given; a map of L4/L5, and two key images."""
    found = making.demo()
    preprocessing = Preprocessing(size=SIDE)
    series = {"t2": study.by_uid(anatomy.series_uid)}
    images = {disc.level: disc_image(preprocessing, disc, series) for disc in discs}
    levels = {disc.level for disc in discs}
    reading = Reading(
        study.sha256, GRADER, ModelId("detector", "2", "d" * 64), discs,
        tuple(one for one in found.findings if one.level in levels), (anatomy,), images,
        measurements={"L4/L5": Measurements(10.84, 0.441, 0.169, 8.4, 0.6, 7.46, "mm")}, segmenter=SEGMENTER,
    )  # fmt: skip
    explanation = ramp("L4/L5", Target("herniation", "1"))
    report = draft(study, reading)
    first = discs[0]
    report = editing.add_key_image(report, slice_image(study, first.series_uid, 1, note="look here"))
    report = editing.add_key_image(report, map_image(study, images["L4/L5"], explanation))
    given = {"report": report, "explanations": (explanation,), "time": TIME} | changes
    return Made(study, tuple(sources), ObjectInput(study, reading, **given))  # type: ignore[arg-type]


def ramp(level: str, target: Target, method: str = "grad_cam", signed: bool = True) -> Explanation:
    """A map that grows from -1 in the first row of the input to 1 in the last."""
    values = np.repeat(np.linspace(-1.0, 1.0, SIDE, dtype=np.float32)[:, None], SIDE, axis=1)
    return Explanation(
        method, level, target, values if signed else np.abs(values), signed, (SIDE, SIDE), 0.5,
        MethodDiagnostic("", None, ""), {"samples": 10}, 3, 0.1, 10, GRADER,
    )  # fmt: skip


def changed(found: Made, **changes: object) -> ObjectInput:
    return replace(found.material, **changes)  # type: ignore[arg-type]

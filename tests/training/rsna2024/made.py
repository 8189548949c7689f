"""Small datasets in the layout of RSNA 2024, made from phantoms: every mark lies where the phantom's canal truly is."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pydicom

from spine_core.anatomy.types import LEVELS
from spine_core.training.rsna2024.dataset import CONDITIONS, column_of
from tests.study.rsna import write_rsna_study

TRAINING, CALIBRATION, TEST = "4003254", "4003253", "4003271"
"""Identifiers that the hash deals into each split; see ``test_dataset``."""

WRONG = "4003255"
"""A training study for marks that contradict the images."""

REVERSED = dict(zip(LEVELS, reversed(LEVELS), strict=True))

T1, T2, AXIAL = "702807834", "702807835", "702807836"
"""Identifiers of the series that ``write_rsna_study`` writes."""

INTO_CANAL_MM = 6.0
"""From a disc's posterior edge to the mark in the canal."""


@dataclass(frozen=True)
class Made:
    """One study. ``grades``: as in the table, by condition and level; "Normal/Mild" where none is given.

    ``marked``: the level that is written for the mark of each level.
    """

    grades: Mapping[tuple[str, str], str] = field(default_factory=dict)
    marked: Mapping[str, str] = field(default_factory=lambda: {level: level for level in LEVELS})


def write_dataset(folder: Path, phantom_study: Path, studies: Mapping[str, Made]) -> Path:
    """Writes the three tables, and ``phantom_study`` for each of ``studies``."""
    truth = json.loads((phantom_study.parent / "truth.json").read_text())["levels"]
    marks: list[tuple[object, ...]] = []
    for study_id, made in studies.items():
        study = write_rsna_study(phantom_study, folder / "train_images", study_id=study_id)
        for level, written in made.marked.items():
            instance, x, y = _mark(study / T2, truth[level]["posterior_mm"])
            marks.append((study_id, T2, instance, "Spinal Canal Stenosis", written, x, y))
    write_grades(folder, {study_id: made.grades for study_id, made in studies.items()})
    kinds = {T1: "Sagittal T1", T2: "Sagittal T2/STIR", AXIAL: "Axial T2"}
    write_series(folder, [(study_id, *kind) for study_id in studies for kind in kinds.items()])
    write_marks(folder, marks)
    return folder


def write_grades(folder: Path, grades: Mapping[str, Mapping[tuple[str, str], str]]) -> None:
    keys = [(condition, level) for condition in CONDITIONS for level in LEVELS]
    rows = [(study_id, *(own.get(key, "Normal/Mild") for key in keys)) for study_id, own in grades.items()]
    _write(folder / "train.csv", ("study_id", *(column_of(*key) for key in keys)), rows)


def write_series(folder: Path, rows) -> None:
    _write(folder / "train_series_descriptions.csv", ("study_id", "series_id", "series_description"), rows)


def write_marks(folder: Path, rows) -> None:
    columns = ("study_id", "series_id", "instance_number", "condition", "level", "x", "y")
    _write(folder / "train_label_coordinates.csv", columns, rows)


def _write(path: Path, columns, rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows([columns, *rows])


def _mark(series: Path, posterior_mm) -> tuple[int, float, float]:
    """Instance number, x (column) and y (row) of the canal behind a disc, from the headers alone."""
    point = np.add(posterior_mm, (0.0, INTO_CANAL_MM, 0.0))
    best: tuple[float, int, float, float] | None = None
    for file in sorted(series.glob("*.dcm")):
        header = pydicom.dcmread(file, stop_before_pixels=True)
        across, down = np.array(header.ImageOrientationPatient, dtype=float).reshape(2, 3)
        away = point - np.array(header.ImagePositionPatient, dtype=float)
        distance = abs(float(away @ np.cross(across, down)))
        if best is None or distance < best[0]:
            x, y = float(away @ across) / header.PixelSpacing[1], float(away @ down) / header.PixelSpacing[0]
            best = (distance, int(header.InstanceNumber), x, y)
    assert best is not None
    return best[1:]

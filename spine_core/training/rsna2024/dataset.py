"""RSNA 2024 Lumbar Spine Degenerative Classification, as Kaggle publishes it: three tables and a tree of DICOM files.

``train.csv`` has the grades, ``train_series_descriptions.csv`` what each series is, ``train_label_coordinates.csv``
where each condition was marked, and ``train_images/STUDY/SERIES/INSTANCE.dcm`` the images.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from spine_core.anatomy.types import LEVELS

GRADES_FILE, SERIES_FILE = "train.csv", "train_series_descriptions.csv"
COORDINATES_FILE, IMAGES = "train_label_coordinates.csv", "train_images"

CANAL = "spinal_canal_stenosis"
CONDITIONS = (
    CANAL,
    "left_neural_foraminal_narrowing",
    "right_neural_foraminal_narrowing",
    "left_subarticular_stenosis",
    "right_subarticular_stenosis",
)
"""Graded at every level: 25 outputs."""

GRADES = ("Normal/Mild", "Moderate", "Severe")
SERIES_DESCRIPTIONS = ("Sagittal T1", "Sagittal T2/STIR", "Axial T2")

PARTS = 10
"""Studies are dealt by hash into this many equal parts: one tests, one calibrates, the others train."""

Value = TypeVar("Value")
Row = Mapping[str, str]


class DatasetError(ValueError):
    """The dataset cannot be read; the message is one sentence with the file and the reason."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")


class Split(StrEnum):
    """What a study is used for."""

    TRAINING = "training"
    CALIBRATION = "calibration"
    TEST = "test"


@dataclass(frozen=True)
class Coordinate:
    """Where a condition was marked: ``x`` (column) and ``y`` (row) in pixels of one instance of a series."""

    series_id: str
    instance_number: int
    condition: str
    level: str
    x: float
    y: float


@dataclass(frozen=True)
class LabelledStudy:
    """One study, which in this dataset is one patient.

    ``folder``: of its DICOM files, ``train_images/STUDY``. ``grades``: index in ``GRADES`` by condition and level;
    grades that the table leaves empty are absent. ``series``: descriptions by series identifier.
    """

    study_id: str
    folder: Path
    grades: Mapping[tuple[str, str], int]
    series: Mapping[str, str] = field(default_factory=dict)
    coordinates: tuple[Coordinate, ...] = ()

    @property
    def split(self) -> Split:
        """By a hash of the identifier: it depends neither on the other studies nor on a seed."""
        part = int(hashlib.sha256(self.study_id.encode()).hexdigest(), 16) % PARTS
        return (Split.TEST, Split.CALIBRATION)[part] if part < 2 else Split.TRAINING


@dataclass(frozen=True)
class Rsna2024:
    """The studies with images, by identifier. ``without_images``: identifiers of graded studies without any file."""

    studies: tuple[LabelledStudy, ...]
    without_images: tuple[str, ...] = ()


def read_dataset(folder: Path) -> Rsna2024:
    """The dataset in ``folder``. Raises ``DatasetError`` for a missing file or column, or an unknown value."""
    grades = _grades(folder)
    series, coordinates = _series(folder), _coordinates(folder)
    if not (folder / IMAGES).is_dir():
        raise DatasetError(f"{IMAGES}/", f"there is no such folder in {folder}")
    studies, without_images = [], []
    for study_id in sorted(grades):
        images = folder / IMAGES / study_id
        if next(images.glob("*/*.dcm"), None) is None:
            without_images.append(study_id)
            continue
        marked = tuple(coordinates.get(study_id, ()))
        studies.append(LabelledStudy(study_id, images, grades[study_id], series.get(study_id, {}), marked))
    return Rsna2024(tuple(studies), tuple(without_images))


def column_of(condition: str, level: str) -> str:
    """Column of ``train.csv``, for example ``spinal_canal_stenosis_l1_l2``."""
    return f"{condition}_{level.lower().replace('/', '_')}"


def _grades(folder: Path) -> dict[str, dict[tuple[str, str], int]]:
    columns = {
        column_of(condition, level): (condition, level) for condition in CONDITIONS for level in LEVELS
    }
    indices = {name: index for index, name in enumerate(GRADES)}
    found: dict[str, dict[tuple[str, str], int]] = {}
    for line, row in _table(folder, GRADES_FILE, ("study_id", *columns)):
        study_id = _identifier(row, "study_id", GRADES_FILE, line)
        if study_id in found:
            raise DatasetError(GRADES_FILE, f"line {line}: study {study_id} is in the table twice")
        found[study_id] = {
            key: _known(row, column, indices, GRADES_FILE, line)
            for column, key in columns.items()
            if row[column].strip()
        }
    return found


def _series(folder: Path) -> dict[str, dict[str, str]]:
    known = {name: name for name in SERIES_DESCRIPTIONS}
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for line, row in _table(folder, SERIES_FILE, ("study_id", "series_id", "series_description")):
        study_id, series_id = (_identifier(row, key, SERIES_FILE, line) for key in ("study_id", "series_id"))
        found[study_id][series_id] = _known(row, "series_description", known, SERIES_FILE, line)
    return found


def _coordinates(folder: Path) -> dict[str, list[Coordinate]]:
    file = COORDINATES_FILE
    columns = ("study_id", "series_id", "instance_number", "condition", "level", "x", "y")
    conditions = {name.replace("_", " ").title(): name for name in CONDITIONS}
    levels = {level: level for level in LEVELS}
    found: dict[str, list[Coordinate]] = defaultdict(list)
    for line, row in _table(folder, file, columns):
        found[_identifier(row, "study_id", file, line)].append(
            Coordinate(
                _identifier(row, "series_id", file, line),
                _number(row, "instance_number", int, file, line),
                _known(row, "condition", conditions, file, line),
                _known(row, "level", levels, file, line),
                _number(row, "x", float, file, line),
                _number(row, "y", float, file, line),
            )
        )
    return found


def _table(folder: Path, file: str, columns: Sequence[str]) -> list[tuple[int, Row]]:
    """The rows of a table with their lines in the file. Raises ``DatasetError``."""
    try:
        with (folder / file).open(newline="", encoding="utf-8-sig") as handle:
            reader = csv.DictReader(handle, restval="")
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise DatasetError(file, f"the column {missing[0]} is missing")
            return [(reader.line_num, row) for row in reader]
    except (FileNotFoundError, NotADirectoryError):
        raise DatasetError(file, f"there is no such file in {folder}") from None
    except (UnicodeDecodeError, csv.Error):
        raise DatasetError(file, "it is not a CSV file") from None


def _known(row: Row, column: str, values: Mapping[str, Value], file: str, line: int) -> Value:
    text = row[column].strip()
    if text not in values:
        reason = f"line {line}: {column} is {text!r}; it must be one of {', '.join(values)}"
        raise DatasetError(file, reason)
    return values[text]


def _identifier(row: Row, column: str, file: str, line: int) -> str:
    """A number, as text: it becomes part of a path."""
    text = row[column].strip()
    if not (text.isascii() and text.isdigit()):
        raise DatasetError(file, f"line {line}: {column} is {text!r}, not a number")
    return text


def _number(row: Row, column: str, kind: Callable[[str], Value], file: str, line: int) -> Value:
    try:
        value = kind(row[column])
        if math.isfinite(value):  # type: ignore[arg-type]
            return value
    except ValueError:
        pass
    raise DatasetError(file, f"line {line}: {column} is {row[column]!r}, not a number")

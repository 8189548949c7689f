"""Labels of studies, in a table beside them: on disk, or among uploaded files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from spine_core.anatomy.types import LEVELS
from spine_core.networks.conditions import Condition
from spine_core.study.errors import StudyError
from spine_core.study.sources import SourceFile, sources_from_path

LABELS = "labels.csv"
"""Name of the table in a folder of labelled studies."""

COLUMNS = ("study", "level", "condition", "grade")
"""Columns that the table needs. A column ``patient`` groups studies of one patient; without it each study is one."""


class LabelError(ValueError):
    """The labels cannot be used; the message is one sentence with the place."""


@dataclass(frozen=True, eq=False)
class LabelledStudies:
    """``table``: the bytes of ``labels.csv``. ``sources``: the files of a study by its name in the table.

    ``sources`` raises ``StudyError`` where there are none.
    """

    table: bytes
    sources: Callable[[str], list[SourceFile]]


def labelled_folder(folder: Path) -> LabelledStudies:
    """The labelled studies in a folder. Raises ``LabelError`` without ``labels.csv``."""
    path = folder / LABELS
    if not path.is_file():
        msg = f"{LABELS}: {folder.name} holds no such file"
        raise LabelError(msg)
    return LabelledStudies(path.read_bytes(), lambda study: sources_from_path(folder / study))


def labelled_upload(files: Sequence[SourceFile]) -> LabelledStudies:
    """The labelled studies among uploaded files, whose names are paths. Raises ``LabelError`` without ``labels.csv``.

    Studies are named from the folder that holds the table, as on disk.
    """
    tables = [one for one in files if PurePosixPath(one.name).name == LABELS]
    if len(tables) != 1:
        msg = f"{LABELS}: the upload holds {len(tables)} such files; it needs one"
        raise LabelError(msg)
    root = PurePosixPath(tables[0].name).parent

    def sources(study: str) -> list[SourceFile]:
        path = root / study
        found = [one for one in files if PurePosixPath(one.name).is_relative_to(path)]
        if not found:
            raise StudyError(study, "the upload holds no such file or folder")
        return found

    with tables[0].open() as table:
        return LabelledStudies(table.read(), sources)


@dataclass(frozen=True)
class Label:
    """One label. ``study``: a file or folder, relative to the folder of labelled studies."""

    study: str
    patient: str
    level: str
    condition: str
    grade: str


def read_labels(data: bytes, conditions: Mapping[str, Condition]) -> tuple[Label, ...]:
    """The labels in a CSV. Grades may be given by name or by label. Raises ``LabelError``."""
    return tuple(
        _label(number, row, graded(row, conditions, number))
        for number, row in enumerate(rows_of(data, COLUMNS), start=2)
    )


def rows_of(data: bytes, columns: Sequence[str]) -> list[dict[str, str]]:
    """The lines of a CSV in UTF-8 that has at least these columns. Raises ``LabelError``."""
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error):
        msg = f"{LABELS}: it is not a CSV file in UTF-8"
        raise LabelError(msg) from None
    missing = [name for name in columns if not rows or name not in rows[0]]
    if missing:
        msg = f"{LABELS}: it lacks the column {missing[0]}, or has no line"
        raise LabelError(msg)
    return [
        {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)} for row in rows
    ]


def graded(row: Mapping[str, str], conditions: Mapping[str, Condition], line: int) -> tuple[str, str, str]:
    """Level, condition and grade of a line. Raises ``LabelError``."""
    level = row["level"].replace("-", "/").upper()
    condition = conditions.get(row["condition"])
    if level not in LEVELS:
        msg = f"{LABELS}, line {line}: {row['level']!r} is none of {', '.join(LEVELS)}"
        raise LabelError(msg)
    if condition is None:
        msg = (
            f"{LABELS}, line {line}: the network has no {row['condition']!r}; it has {', '.join(conditions)}"
        )
        raise LabelError(msg)
    by_label = dict(zip(condition.grade_labels, condition.grades, strict=True))
    grade = by_label.get(row["grade"], row["grade"])
    if grade not in condition.grades:
        msg = f"{LABELS}, line {line}: {condition.name} has no grade {row['grade']!r}"
        raise LabelError(msg)
    return level, condition.name, grade


def study_of(row: Mapping[str, str], line: int) -> str:
    """The file or folder of a line, relative to the folder of the table. Raises ``LabelError``."""
    study = row["study"]
    if not study or Path(study).is_absolute() or ".." in Path(study).parts:
        msg = f"{LABELS}, line {line}: {study!r} is not a file or folder beside the table"
        raise LabelError(msg)
    return study


def _label(number: int, row: Mapping[str, str], finding: tuple[str, str, str]) -> Label:
    study = study_of(row, number)
    return Label(study, row.get("patient") or study, *finding)

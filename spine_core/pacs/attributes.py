"""Data sets of answers as our types. Servers leave attributes out, and write numbers as text."""

from __future__ import annotations

from collections.abc import Iterable

from pydicom.dataset import Dataset

from spine_core.pacs.types import FoundSeries, FoundStudy

STUDY_KEYWORDS = (
    "StudyInstanceUID", "PatientName", "PatientID", "PatientBirthDate", "StudyDate", "StudyDescription",
    "ModalitiesInStudy", "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances", "AccessionNumber",
)  # fmt: skip
SERIES_KEYWORDS = (
    "SeriesInstanceUID", "SeriesNumber", "Modality", "SeriesDescription", "BodyPartExamined",
    "NumberOfSeriesRelatedInstances",
)  # fmt: skip


def found_studies(answers: Iterable[Dataset], limit: int) -> tuple[FoundStudy, ...]:
    """The first ``limit`` studies, the latest first; each once, however often the server names it."""
    by_uid: dict[str, FoundStudy] = {}
    for one in answers:
        uid = _text(one, "StudyInstanceUID")
        if uid and uid not in by_uid and len(by_uid) < limit:
            by_uid[uid] = _study(uid, one)
    return tuple(sorted(by_uid.values(), key=lambda one: one.date, reverse=True))


def found_series(answers: Iterable[Dataset]) -> tuple[FoundSeries, ...]:
    """The series by number, each once."""
    by_uid = {_text(one, "SeriesInstanceUID"): one for one in answers}
    found = [_series(uid, one) for uid, one in by_uid.items() if uid]
    return tuple(sorted(found, key=lambda one: (one.number is None, one.number or 0, one.uid)))


def _study(uid: str, answer: Dataset) -> FoundStudy:
    modalities = answer.get("ModalitiesInStudy") or ()
    return FoundStudy(
        uid,
        _text(answer, "PatientName"),
        _text(answer, "PatientID"),
        _text(answer, "PatientBirthDate"),
        _text(answer, "StudyDate"),
        _text(answer, "StudyDescription"),
        (modalities,) if isinstance(modalities, str) else tuple(map(str, modalities)),
        _number(answer, "NumberOfStudyRelatedSeries"),
        _number(answer, "NumberOfStudyRelatedInstances"),
    )


def _series(uid: str, answer: Dataset) -> FoundSeries:
    return FoundSeries(
        uid,
        _number(answer, "SeriesNumber"),
        _text(answer, "Modality"),
        _text(answer, "SeriesDescription"),
        _text(answer, "BodyPartExamined"),
        _number(answer, "NumberOfSeriesRelatedInstances"),
    )


def _text(answer: Dataset, keyword: str) -> str:
    value = answer.get(keyword)
    return "" if value is None else str(value).strip()


def _number(answer: Dataset, keyword: str) -> int | None:
    try:
        return int(_text(answer, keyword))
    except ValueError:
        return None

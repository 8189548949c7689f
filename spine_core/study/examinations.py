"""Which series belong to one examination. Series of different examinations are never graded together."""

from __future__ import annotations

from enum import StrEnum

from spine_core.study.types import Series, Study


class SameExamination(StrEnum):
    """Whether two series were acquired in one examination, with the evidence."""

    YES = "the same study"
    ASSUMED = "one date and one frame of reference under different study identifiers"
    NO = "another examination"


def same_examination(one: Series, other: Series) -> SameExamination:
    """Compares Study Date and StudyInstanceUID. Files without either, such as PNG, count as the same examination."""
    if one.study_date and other.study_date and one.study_date != other.study_date:
        return SameExamination.NO
    if one.study_uid and other.study_uid and one.study_uid != other.study_uid:
        reference = one.frame_of_reference_uid
        same_frame = reference is not None and reference == other.frame_of_reference_uid
        same_date = bool(one.study_date) and one.study_date == other.study_date
        return SameExamination.ASSUMED if same_frame and same_date else SameExamination.NO
    return SameExamination.YES


def examination_number(study: Study, series: Series) -> tuple[int, int]:
    """Which examination of the study ``series`` belongs to, counted from 1 by date, and how many there are."""
    known = sorted({_identity(one) for one in study.series if any(_identity(one))})
    own = _identity(series)
    return (known.index(own) + 1 if own in known else 1), max(1, len(known))


def _identity(series: Series) -> tuple[str, str]:
    return series.study_date, series.study_uid

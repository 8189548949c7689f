from __future__ import annotations

import pytest

from spine_core.study import SourceFile, open_study
from spine_core.study.examinations import SameExamination, examination_number, same_examination
from tests.study.made import mr, random_pixels, stored

DAY = {"StudyDate": "20210304"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({**DAY}, {**DAY}, SameExamination.YES),
        ({**DAY}, {"StudyDate": "20230304"}, SameExamination.NO),
        ({**DAY}, {"StudyDate": "20230304", "StudyInstanceUID": "1.2.99"}, SameExamination.NO),
        ({}, {"StudyInstanceUID": "1.2.99"}, SameExamination.NO),
        ({**DAY}, {**DAY, "StudyInstanceUID": "1.2.99"}, SameExamination.ASSUMED),
        (
            {**DAY, "FrameOfReferenceUID": None},
            {**DAY, "StudyInstanceUID": "1.2.99", "FrameOfReferenceUID": None},
            SameExamination.NO,
        ),
        ({"StudyInstanceUID": None}, {"StudyInstanceUID": "1.2.99"}, SameExamination.YES),
    ],
)
def test_date_study_and_frame_of_reference_distinguish_examinations(one, other, expected) -> None:
    sources = [
        SourceFile(
            f"f{n}", stored(mr(pixels=random_pixels(n), SeriesInstanceUID=f"1.2.3.{n + 1}", **elements))
        )
        for n, elements in enumerate((one, other))
    ]
    study = open_study(sources)
    assert same_examination(*study.series) is expected
    several = any("several examinations" in note.text for note in study.notes)
    differ = any(
        one.get(k) != other.get(k) and other.get(k) and one.get(k, "x")
        for k in ("StudyDate", "StudyInstanceUID")
    )
    assert several is differ


def test_examinations_are_counted_by_date() -> None:
    sources = [
        SourceFile(
            date,
            stored(mr(pixels=random_pixels(n), StudyDate=date, StudyInstanceUID=f"1.2.{n + 1}")),
        )
        for n, date in enumerate(("20230101", "20210101"))
    ]
    study = open_study(sources)
    assert [examination_number(study, series) for series in study.series] == [(2, 2), (1, 2)]

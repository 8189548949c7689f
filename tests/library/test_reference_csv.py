from __future__ import annotations

import pytest

from spine_core.library.errors import LibraryError
from spine_core.library.reference_csv import references_by_study, references_of_case
from spine_core.library.types import ReferenceGrade


def test_grades_are_given_by_name_or_label():
    data = (
        b"\xef\xbb\xbflevel,condition,grade\nl4-l5,pfirrmann,IV\nL5/S1,pfirrmann,5\nL5/S1,herniation,absent\n"
    )
    assert references_of_case(data) == (
        ReferenceGrade("L4/L5", "pfirrmann", "4"),
        ReferenceGrade("L5/S1", "pfirrmann", "5"),
        ReferenceGrade("L5/S1", "herniation", "0"),
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"level,grade\nL4/L5,4\n", "lacks the column condition"),
        (b"level,condition,grade\n", "or has no line"),
        (b"level,condition,grade\nL6/S1,pfirrmann,4\n", "line 2.*none of"),
        (b"level,condition,grade\nL4/L5,pfirrmann,4\nL4/L5,nothing,4\n", "line 3.*'nothing'"),
        (b"level,condition,grade\nL4/L5,pfirrmann,VI\n", "line 2.*no grade 'VI'"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_a_bad_table_is_refused_with_its_line(data, reason):
    with pytest.raises(LibraryError, match=reason):
        references_of_case(data)


def test_a_table_of_an_import_may_not_point_elsewhere():
    with pytest.raises(LibraryError, match="beside the table"):
        references_by_study(b"study,level,condition,grade\n../x,L4/L5,pfirrmann,4\n")

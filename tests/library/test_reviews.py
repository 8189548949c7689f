from __future__ import annotations

import pytest

from spine_core.library.cases import get_case
from spine_core.library.errors import LibraryError
from spine_core.library.reviews import latest_reviews, review, set_references
from spine_core.library.types import Decision, ReferenceGrade
from tests.library.making import finding, kept


@pytest.fixture
def case_id(library, anna) -> str:
    return kept(library, anna, finding("L4/L5", "pfirrmann", "4"), shared=True)


def test_the_latest_decision_of_a_person_counts_and_the_network_stays_beside_it(library, anna, ben, case_id):
    review(library, anna, case_id, "L4/L5", "pfirrmann", Decision.ACCEPTED)
    review(library, anna, case_id, "L4/L5", "pfirrmann", Decision.CHANGED, "5")
    review(library, ben, case_id, "L4/L5", "pfirrmann", Decision.REJECTED)
    case = get_case(library, anna, case_id)
    found = latest_reviews(case, anna)["L4/L5", "pfirrmann"]
    assert (found.decision, found.grade) == (Decision.CHANGED, "5")
    assert latest_reviews(case, ben)["L4/L5", "pfirrmann"].decision is Decision.REJECTED
    assert [one.decision for one in case.reviews] == [Decision.ACCEPTED, Decision.CHANGED, Decision.REJECTED]
    assert case.reading.findings[0].grade == "4"


@pytest.mark.parametrize(
    ("level", "condition", "decision", "grade", "reason"),
    [
        ("L4/L5", "pfirrmann", Decision.CHANGED, None, "changed grade"),
        ("L4/L5", "pfirrmann", Decision.ACCEPTED, "4", "changed grade"),
        ("L4/L5", "pfirrmann", Decision.CHANGED, "6", "has the grades"),
        ("L3/L4", "pfirrmann", Decision.ACCEPTED, None, "no such finding"),
        ("L4/L5", "bulging", Decision.ACCEPTED, None, "no such finding"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(
    library, anna, case_id, level, condition, decision, grade, reason
):
    with pytest.raises(LibraryError, match=reason):
        review(library, anna, case_id, level, condition, decision, grade)
    assert get_case(library, anna, case_id).reviews == ()


def test_references_are_replaced_as_a_whole(library, anna, case_id):
    first = [ReferenceGrade("L4/L5", "pfirrmann", "5", "Dr A"), ReferenceGrade("L3/L4", "herniation", "0")]
    second = [ReferenceGrade("L4/L5", "pfirrmann", "3", "consensus")]
    for references in (first, second):
        set_references(library, anna, case_id, references)
        assert list(get_case(library, anna, case_id).references) == references


@pytest.mark.parametrize(
    "bad",
    [
        ReferenceGrade("L6/S1", "pfirrmann", "5"),
        ReferenceGrade("L4/L5", "unknown", "5"),
        ReferenceGrade("L4/L5", "pfirrmann", "7"),
        ReferenceGrade("L5/S1", "pfirrmann", "4"),
    ],
)
def test_bad_references_change_nothing(library, anna, case_id, bad):
    good = [ReferenceGrade("L5/S1", "pfirrmann", "5")]
    set_references(library, anna, case_id, good)
    with pytest.raises(LibraryError):
        set_references(library, anna, case_id, [*good, bad])
    assert list(get_case(library, anna, case_id).references) == good

from __future__ import annotations

import pytest

from spine_core.library.reviews import review, set_references
from spine_core.library.search import CaseFilter, find_cases
from spine_core.library.types import Decision, ReferenceGrade
from tests.library.making import finding, kept


@pytest.fixture
def three(library, anna) -> dict[str, str]:
    """A case with a clear Pfirrmann V, one with an uncertain IV, one without reading."""
    clear = kept(
        library, anna, finding("L4/L5", "pfirrmann", "5"), finding("L5/S1", "herniation", "0"),
        seed=1, title="Clear", tags=("teaching", "spine 100%"),
    )  # fmt: skip
    unsure = kept(
        library, anna, finding("L4/L5", "pfirrmann", "4", 0.5, prediction_set=("4", "5")),
        finding("L5/S1", "herniation", "1"), seed=2, title="Unsure", notes="see 1001", tags=("teaching",),
    )  # fmt: skip
    bare = kept(library, anna, seed=3, title="Bare")
    return {"clear": clear, "unsure": unsure, "bare": bare}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (CaseFilter(), ["bare", "unsure", "clear"]),
        (CaseFilter(text="UNSURE"), ["unsure"]),
        (CaseFilter(text="1001"), ["unsure"]),
        (CaseFilter(text="100%"), ["clear"]),
        (CaseFilter(text="sl-test"), ["bare", "unsure", "clear"]),
        (CaseFilter(tags=("teaching",)), ["unsure", "clear"]),
        (CaseFilter(tags=("teaching", "spine 100%")), ["clear"]),
        (CaseFilter(condition="pfirrmann", grades=("4", "5")), ["unsure", "clear"]),
        (CaseFilter(condition="pfirrmann", grades=("5",)), ["clear"]),
        (CaseFilter(condition="pfirrmann", level="L5/S1"), []),
        (CaseFilter(condition="herniation", grades=("1",)), ["unsure"]),
        (CaseFilter(uncertain=True), ["unsure"]),
        (CaseFilter(uncertain=True, condition="herniation"), []),
        (CaseFilter(disagrees=True), []),
    ],
)
def test_a_filter_finds(library, anna, three, wanted, names):
    found = find_cases(library, anna, wanted)
    assert [one.id for one in found.cases] == [three[name] for name in names]
    assert found.total == len(names)


def test_disagreement_is_with_the_reference_of_the_same_finding(library, anna, three):
    set_references(library, anna, three["clear"], [ReferenceGrade("L4/L5", "pfirrmann", "4", "consensus")])
    set_references(library, anna, three["unsure"], [ReferenceGrade("L4/L5", "pfirrmann", "4")])
    found = find_cases(library, anna, CaseFilter(disagrees=True))
    assert [one.id for one in found.cases] == [three["clear"]]
    assert find_cases(library, anna, CaseFilter(disagrees=True, condition="herniation")).total == 0


def test_a_summary_counts_by_hand(library, anna, ben, three):
    set_references(library, anna, three["unsure"], [
        ReferenceGrade("L4/L5", "pfirrmann", "5"), ReferenceGrade("L5/S1", "herniation", "1"),
    ])  # fmt: skip
    for decision in (Decision.REJECTED, Decision.ACCEPTED):
        review(library, anna, three["unsure"], "L5/S1", "herniation", decision)
    (one,) = find_cases(library, anna, CaseFilter(text="unsure")).cases
    assert (one.findings, one.uncertain, one.references, one.disagreements, one.reviewed) == (2, 1, 2, 1, 1)
    assert (one.series, one.owner, one.tags) == (1, "Anna", ("teaching",))


def test_pages_follow_each_other(library, anna, three):
    first, second = (find_cases(library, anna, limit=2, offset=offset) for offset in (0, 2))
    assert [one.title for page in (first, second) for one in page.cases] == ["Bare", "Unsure", "Clear"]
    assert (first.total, second.total) == (3, 3)

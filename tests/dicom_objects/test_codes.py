from __future__ import annotations

import pytest
from pydicom.sr._concepts_dict import concepts

from spine_core.anatomy.types import LEVELS
from spine_core.dicom_objects import codes
from spine_core.dicom_objects.codes import (
    CONDITION_CODES,
    DISCS,
    MEASUREMENT_CODES,
    SCHEME,
    condition_code,
    grade_code,
    map_code,
    own,
)
from spine_core.explanation.registry import REGISTRY
from spine_core.networks.conditions import CONDITIONS, Condition, Scale
from tests.conftest import ROOT

RELEASED = [(one, grade) for one in CONDITIONS for grade in one.grades]
ALL = [
    *DISCS.values(), *CONDITION_CODES.values(), *MEASUREMENT_CODES.values(),
    *(grade_code(*one) for one in RELEASED), *(map_code(method) for method in REGISTRY),
    *(value for value in vars(codes).values() if type(value).__name__ == "Code"),
]  # fmt: skip


@pytest.mark.parametrize(
    "code", sorted({tuple(one)[:3] for one in ALL}), ids=lambda one: f"{one[1]}-{one[0]}"
)
def test_codes_fit_their_elements_and_standard_ones_are_known_to_pydicom(code):
    value, scheme, meaning = code
    assert 0 < len(value) <= 16
    assert 0 < len(meaning) <= 64
    if scheme in ("SCT", "DCM"):
        assert any(meaning == known[value][0] for known in concepts[scheme].values() if value in known)
    else:
        assert scheme in (SCHEME, "RADELEMENT", "UCUM")


def test_the_document_lists_every_private_code():
    text = (ROOT / "docs" / "dicom-objects.md").read_text()
    private = {one.value for one in ALL if one.scheme_designator == SCHEME}
    ends = {
        f"{name}-{number}" for name, numbers in (("PFIRRMANN", "234"), ("MODIC", "12")) for number in numbers
    }
    assert {value for value in private - ends if value not in text} == set()
    assert ends < private


def test_no_two_concepts_share_a_code():
    concept = [*CONDITION_CODES.values(), *MEASUREMENT_CODES.values(), *DISCS.values()]
    assert len({one.value for one in concept}) == len(concept)
    assert set(LEVELS) < set(DISCS)
    for condition in CONDITIONS:
        assert len({grade_code(condition, grade).value for grade in condition.grades}) == len(
            condition.grades
        )


def test_every_measurement_and_condition_has_a_code():
    from spine_core.anatomy.measurements import FEATURES

    assert set(MEASUREMENT_CODES) == set(FEATURES)
    assert set(CONDITION_CODES) == {one.name for one in CONDITIONS}


def test_names_of_any_length_get_short_codes_that_differ():
    made = [Condition("x" * 100 + end, "Label " * 20, ("a", "b", "c"), ("a", "b", "c"), Scale.ORDINAL, (), "")
            for end in "12"]  # fmt: skip
    first, second = map(condition_code, made)
    assert first.value != second.value
    assert first == condition_code(made[0])
    assert len({grade_code(made[0], grade).value for grade in "abc"}) == 3


def test_a_condition_of_a_user_with_a_released_name_is_not_the_released_one():
    other = Condition("pfirrmann", "Our own", ("1", "2"), ("low", "high"), Scale.BINARY, (), "")
    assert condition_code(other).scheme_designator == SCHEME
    assert grade_code(other, "1").meaning == "Our own low"


def test_long_values_and_unknown_names_are_refused():
    with pytest.raises(ValueError, match="16 characters"):
        own("x" * 17, "meaning")
    with pytest.raises(ValueError, match="not in tuple"):
        grade_code(CONDITIONS[0], "9")
    with pytest.raises(KeyError):
        map_code("no method")

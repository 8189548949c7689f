from __future__ import annotations

import pytest

from spine_core.audit.batch.store import delete_batch
from spine_core.audit.ratings.candidates import candidates, choose
from spine_core.audit.ratings.maps import read_map
from spine_core.audit.ratings.protocol import Protocol
from spine_core.audit.ratings.shown import open_audited, sheet_maps
from spine_core.audit.ratings.standing import next_sheet
from spine_core.audit.ratings.store import create_audit
from spine_core.library.errors import LibraryError
from spine_core.library.people import add_person
from spine_core.library.types import Role
from tests.audit.ratings.making import METHODS, attribution, batch_with_maps


@pytest.fixture
def auditor(library):
    return add_person(library, "Auditor", Role.AUDITOR)


def test_findings_of_a_batch_carry_all_that_a_sheet_shows(library, auditor):
    found = candidates(library, auditor, batch_with_maps(library, auditor))
    assert len(found) == 6
    for one in found:
        assert set(one.maps) == set(METHODS)
        assert (one.level, one.label, one.network) == ("L4/L5", "Pfirrmann grade", "ensemble")
        assert one.target == f"Pfirrmann grade {dict(one.grades)[one.grade]}"
        assert one.grades[0] == ("1", "I")
        assert one.view.size == 8
        # The map's first pixel lies at row 15, column 8 of the slice; the next row is 4 pixels below.
        assert one.view.affine()([[0, 0], [1, 0]]).tolist() == [[15.0, 8.0], [19.0, 8.0]]


def test_maps_of_a_twin_are_controls_of_the_network(library, auditor):
    found = candidates(library, auditor, batch_with_maps(library, auditor, 2, twins=True))
    assert [set(one.maps) - set(METHODS) for one in found] == [{"grad_cam~random"}] * 2
    assert {one.network for one in found} == {"ensemble"}


def test_grades_are_drawn_in_turn(library, auditor):
    found = candidates(library, auditor, batch_with_maps(library, auditor, 6, grades="333334"))
    drawn = choose(found, ["lime", "control edges"], 2)
    assert {one.grade for one in drawn} == {"3", "4"}
    assert all(set(one.maps) == {"lime", "control edges"} for one in drawn)
    assert choose(found, ["lime", "control edges"], 2) == drawn
    assert choose(found, ["lime", "shap of another batch"], 2) == ()
    assert len(choose(found, ["lime"], 50)) == 6


def test_nobody_prepares_an_audit_of_cases_that_they_do_not_see(library, auditor, anna):
    other = add_person(library, "Other", Role.AUDITOR)
    batch = batch_with_maps(library, auditor, 2)
    with pytest.raises(LibraryError, match="no such batch"):
        candidates(library, other, batch)
    stolen = Protocol("Trial", candidates(library, auditor, batch), (anna.id,))
    with pytest.raises(LibraryError, match="no such case"):
        create_audit(library, other, stolen)


def test_a_rater_sees_the_cases_of_the_audit_only_there_and_its_maps_outlive_the_batch(
    library, auditor, anna, ben
):
    batch = batch_with_maps(library, auditor, 2)
    found = candidates(library, auditor, batch)
    audit = create_audit(library, auditor, Protocol("Trial", found[:1], (anna.id,), repeats=0.0))
    delete_batch(library, auditor, batch)
    sheet = next_sheet(library, anna, audit)
    shown = sheet_maps(library, anna, audit, sheet)
    for letter, method in sheet.methods.items():
        number = int(sheet.finding.maps[method][0])
        assert read_map(library, shown[letter]) == pytest.approx(attribution(number, method), abs=1e-3)
    study = open_audited(library, anna, audit, sheet.finding.case_id)
    assert study.by_uid(sheet.finding.view.series_uid).rows == 64
    with pytest.raises(LibraryError, match="no such case"):
        open_audited(library, anna, audit, found[1].case_id)
    for look in (lambda: open_audited(library, ben, audit, sheet.finding.case_id),
                 lambda: sheet_maps(library, ben, audit, sheet)):  # fmt: skip
        with pytest.raises(LibraryError, match="no such audit"):
            look()

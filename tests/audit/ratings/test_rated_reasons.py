"""Reasons that are no maps, from the batch to the tables: rated like methods, without questions about a place."""

from __future__ import annotations

import csv
import io

import pytest

from spine_core.audit.analysis.exports.long_csv import ratings_csv
from spine_core.audit.analysis.exports.result_tables import result_tables
from spine_core.audit.analysis.results import audit_results
from spine_core.audit.ratings.candidates import candidates, choose
from spine_core.audit.ratings.maps import read_reason
from spine_core.audit.ratings.method_names import method_label
from spine_core.audit.ratings.protocol import (
    QUESTIONS,
    AuditedFinding,
    Protocol,
    controls_for,
    is_control,
    is_reason,
)
from spine_core.audit.ratings.rating import Answers, submit
from spine_core.audit.ratings.shown import sheet_maps
from spine_core.audit.ratings.standing import next_sheet
from spine_core.audit.ratings.store import create_audit
from spine_core.library.errors import LibraryError
from spine_core.library.people import add_person
from spine_core.library.types import Role
from tests.audit.ratings.making import METHODS, REASONS, batch_with_maps, protocol, reason

PERTINENCE, PLACE = QUESTIONS[0], QUESTIONS[2]
SCORES = {"lime": 4, "control edges": 3, "measurements": 6, "control other_measurements": 1}


@pytest.fixture
def preparer(library):
    return add_person(library, "Ada", Role.AUDITOR)


@pytest.fixture
def audit(library, preparer, anna, ben) -> str:
    found = candidates(library, preparer, batch_with_maps(library, preparer, 3, reasons=REASONS))
    assert set(found[0].maps) == {*METHODS, *REASONS}
    wanted = choose(found, list(SCORES), 3)
    raters = (anna.id, ben.id)
    return create_audit(
        library, preparer, Protocol("Trial", wanted, raters, (PERTINENCE, PLACE), repeats=0.0)
    )


def scores(sheet, of=lambda method: SCORES[method]) -> dict[str, dict[str, int]]:
    return {
        letter: {"pertinence": of(method)} | ({} if is_reason(method) else {"place": of(method)})
        for letter, method in sheet.methods.items()
    }


def rate_all(library, audit, *people) -> None:
    for person in people:
        while (sheet := next_sheet(library, person, audit)) is not None:
            submit(library, person, audit, sheet.number, Answers(scores(sheet)))


def test_a_rater_is_shown_what_was_stored(library, anna, audit):
    sheet = next_sheet(library, anna, audit)
    shown = sheet_maps(library, anna, audit, sheet)
    (own,) = [one for one in shown.values() if one.method == "measurements"]
    number = int(sheet.finding.maps["measurements"][0])
    assert read_reason(library, own) == reason(number, "measurements")


def test_a_question_about_a_place_is_asked_of_maps_only(library, anna, audit):
    sheet = next_sheet(library, anna, audit)
    everywhere = {letter: {"pertinence": 4, "place": 4} for letter in sheet.methods}
    with pytest.raises(LibraryError, match="every question is answered"):
        submit(library, anna, audit, sheet.number, Answers(everywhere))
    nowhere = {letter: {"pertinence": 4} for letter in sheet.methods}
    with pytest.raises(LibraryError, match="every question is answered"):
        submit(library, anna, audit, sheet.number, Answers(nowhere))
    entry = submit(library, anna, audit, sheet.number, Answers(scores(sheet)))
    assert entry.content["scores"]["measurements"] == {"pertinence": 6}


def test_ratings_are_exported_and_compared_as_those_of_maps_are(library, preparer, anna, ben, audit):
    rate_all(library, audit, anna, ben)
    results = audit_results(library, preparer, audit)
    rows = list(csv.DictReader(io.StringIO(ratings_csv(results.table))))
    # Two raters, three findings: two questions for two maps, one for two reasons.
    assert len(rows) == 2 * 3 * (2 * 2 + 2)
    own = [row for row in rows if row["method"] == "measurements"]
    assert {(row["question"], row["score"], row["control"]) for row in own} == {("pertinence", "6", "False")}
    found = {(one.question, one.method): one for one in results.by_method}
    assert ("place", "measurements") not in found
    ours, maps = found["pertinence", "measurements"], found["pertinence", "lime"]
    assert (ours.best_control, ours.difference.value) == ("control other_measurements", 5.0)
    assert (maps.best_control, maps.difference.value) == ("control edges", 1.0)
    text = str(result_tables(results))
    assert "Control: measurements of another disc" in text
    assert not [one for one in results.regions if is_reason(one.method)]


def test_names_tell_maps_reasons_and_controls_apart():
    names = ("lime", "control edges", "lime~random", "inputs", "inputs~random", "control any_discs")
    assert [is_reason(one) for one in names] == [False, False, False, True, True, True]
    assert [is_control(one) for one in names] == [False, True, True, False, True, True]
    assert controls_for("lime", names) == ["control edges", "lime~random"]
    assert controls_for("inputs", names) == ["inputs~random"]
    assert controls_for("what_if", names) == []
    assert method_label("inputs~random") == "Control: Slices and sequences of random weights"


def test_a_protocol_without_reasons_keeps_its_hash_and_one_without_a_question_for_a_reason_is_refused():
    values = protocol(2).values()
    assert ["maps_only" in one for one in values["questions"]] == [False, False, True, False]
    finding = AuditedFinding("case", "L4/L5", "pfirrmann", "ensemble", {"inputs": "key"})
    with pytest.raises(ValueError, match="no question"):
        Protocol("Trial", (finding,), (1,), (PLACE,))

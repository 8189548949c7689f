from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from spine_core.report import approval, editing
from spine_core.report.draft import draft
from spine_core.report.errors import ReportError
from spine_core.report.history import History, redraft
from spine_core.report.serialise import from_json, report_hash, to_json
from spine_core.report.types import IMPRESSION, Author, KeyImage, ReportState
from tests.report import making
from tests.report.making import STUDY, review

WHEN = datetime(2026, 11, 30, 14, 30, tzinfo=UTC)
PICTURE = KeyImage("L4/L5", 3, 5, "T2", b"\x89PNG picture", note="the herniation")


@pytest.fixture
def report():
    return draft(STUDY, making.demo())


def sentence(report, section, key):
    (found,) = [one for one in report.section(section).sentences if one.key == key]
    return found


def keys(report, section):
    return [one.key for one in report.section(section).sentences]


def test_an_edited_sentence_becomes_the_readers_and_its_origin_stays(report):
    before = sentence(report, "L4/L5", "pfirrmann")
    once = editing.edit_sentence(report, "L4/L5", "pfirrmann", " Disc degeneration, moderate. ")
    own = sentence(once, "L4/L5", "pfirrmann")
    assert (own.text, own.author, own.edited) == ("Disc degeneration, moderate.", Author.READER, True)
    assert (own.origin, own.evidence, own.uncertain) == (before.text, before.evidence, False)
    twice = editing.edit_sentence(once, "L4/L5", "pfirrmann", "Otherwise.")
    assert sentence(twice, "L4/L5", "pfirrmann").origin == before.text
    assert sentence(report, "L4/L5", "pfirrmann") == before


def test_saving_a_sentence_unchanged_does_not_make_it_the_readers(report):
    text = sentence(report, "L4/L5", "herniation").text
    assert editing.edit_sentence(report, "L4/L5", "herniation", text) == report


def test_an_edited_decision_keeps_what_the_networks_reported():
    report = draft(STUDY, making.demo(), review("L4/L5", "herniation", "accepted"))
    edited = editing.edit_sentence(report, "L4/L5", "herniation", "Herniation, as I see it.")
    assert sentence(edited, "L4/L5", "herniation").origin.startswith("The networks reported present")


def test_sentences_are_added_moved_and_removed(report):
    found = editing.add_sentence(report, IMPRESSION, "First.")
    found = editing.add_sentence(found, IMPRESSION, "Second.")
    assert keys(found, IMPRESSION)[-2:] == ["reader-1", "reader-2"]
    found = editing.move_sentence(found, IMPRESSION, "reader-2", -1)
    assert keys(found, IMPRESSION)[-2:] == ["reader-2", "reader-1"]
    found = editing.move_sentence(found, IMPRESSION, "reader-2", -99)
    assert keys(found, IMPRESSION)[0] == "reader-2"
    found = editing.remove_sentence(found, IMPRESSION, "reader-1")
    assert "reader-1" not in keys(found, IMPRESSION)
    assert keys(editing.add_sentence(found, IMPRESSION, "Third."), IMPRESSION)[-1] == "reader-3"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda r: editing.edit_sentence(r, "L4/L5", "pfirrmann", "  "), "remove it instead"),
        (lambda r: editing.edit_sentence(r, "L4/L5", "nothing", "x"), "no such sentence"),
        (lambda r: editing.remove_sentence(r, "L1/L2", "pfirrmann"), "no such sentence"),
        (lambda r: editing.add_sentence(r, "L9/L10", "x"), "no section"),
        (lambda r: editing.add_sentence(r, IMPRESSION, "x" * 20_001), "20000 characters"),
        (lambda r: editing.remove_key_image(r, 0), "no such key image"),
    ],
)
def test_edits_that_make_no_sense_are_refused(report, edit, words):
    with pytest.raises(ReportError, match=words):
        edit(report)


def test_free_text_begins_with_the_words_of_the_sentences(report):
    free = editing.set_structured(report, structured=False)
    assert free.free_text.startswith("L2/L3: Disc degeneration, Pfirrmann grade I")
    again = editing.set_structured(editing.set_free_text(free, "Mine."), structured=True)
    assert (again.structured, again.free_text) == (True, "Mine.")
    assert editing.set_structured(again, structured=False).free_text == "Mine."


EDITS = (
    lambda r: editing.edit_sentence(r, "L4/L5", "pfirrmann", "x"),
    lambda r: editing.add_sentence(r, IMPRESSION, "x"),
    lambda r: editing.add_sentence(r, "general", "x"),
    lambda r: editing.remove_sentence(r, "L4/L5", "pfirrmann"),
    lambda r: editing.move_sentence(r, "L4/L5", "pfirrmann", 1),
    lambda r: editing.set_free_text(r, "x"),
    lambda r: editing.set_structured(r, structured=False),
    lambda r: editing.add_key_image(r, PICTURE),
    lambda r: editing.remove_key_image(r, 0),
    lambda r: approval.approve(r, "Somebody else"),
    lambda r: redraft(r, r, r),
)


@pytest.mark.parametrize("edit", EDITS)
def test_an_approved_report_is_immutable(report, edit):
    approved = approval.approve(editing.add_key_image(report, PICTURE), "Dr. A. Reader", WHEN)
    before = report_hash(approved)
    with pytest.raises(ReportError, match="approved and cannot be changed"):
        edit(approved)
    assert report_hash(approved) == before


def test_an_approval_has_a_name_and_a_time(report):
    with pytest.raises(ReportError, match="name"):
        approval.approve(report, "  ")
    with pytest.raises(ReportError, match="free text is empty"):
        approval.approve(editing.set_free_text(report, " "), "A")
    approved = approval.approve(report, " Dr.  A. Reader ", WHEN)
    assert approved.state is ReportState.APPROVED
    assert (approved.approval.name, approved.approval.time) == ("Dr. A. Reader", "2026-11-30T14:30:00+00:00")


def test_amendments_are_a_chain_of_hashes(report):
    with pytest.raises(ReportError, match="only an approved report"):
        approval.amend(report, "why")
    first = approval.approve(report, "A", WHEN)
    with pytest.raises(ReportError, match="reason"):
        approval.amend(first, " ")
    second = approval.amend(first, "Level was wrong")
    assert (second.version, second.state) == (2, ReportState.AMENDED)
    assert (second.amendment.previous, second.amendment.reason) == (report_hash(first), "Level was wrong")
    second = approval.approve(editing.add_sentence(second, IMPRESSION, "New."), "B", WHEN)
    third = approval.amend(second, "Once more")
    assert third.version == 3
    assert third.amendment.previous == report_hash(second) != report_hash(first)


def test_every_part_counts_in_the_hash(report):
    changed = [
        editing.add_sentence(report, "L4/L5", "x"), editing.add_key_image(report, PICTURE),
        editing.set_structured(report, structured=False), approval.approve(report, "A", WHEN),
        approval.approve(report, "B", WHEN),
    ]  # fmt: skip
    assert len({report_hash(one) for one in (report, *changed)}) == 6


def test_json_and_back(report):
    edited = editing.add_key_image(editing.add_sentence(report, IMPRESSION, "Größe ≥ 3 mm."), PICTURE)
    approved = approval.amend(approval.approve(edited, "A", WHEN), "why")
    for one in (report, edited, approved):
        assert from_json(to_json(one)) == one
    stored = json.loads(to_json(edited))
    assert stored["sha256"] == report_hash(edited)
    assert "Not a diagnosis" in stored["disclaimer"]


def test_a_file_that_was_changed_or_is_none_is_refused(report):
    text = to_json(report)
    with pytest.raises(ReportError, match="does not match its hash"):
        from_json(text.replace("Disc herniation suggested", "No disc herniation"))
    with pytest.raises(ReportError, match="another version"):
        from_json(text.replace("spinelens-report/1", "spinelens-report/9"))
    for other in ("", "[]", "{}", "null", '{"format": "spinelens-report/1"}', text[:200]):
        with pytest.raises(ReportError, match="not a report"):
            from_json(other)


def test_undo_and_redo(report):
    one = editing.add_sentence(report, IMPRESSION, "One.")
    two = editing.add_sentence(one, IMPRESSION, "Two.")
    history = History(report).do(one).do(two).do(two)
    assert history.undo().now == one
    assert history.undo().undo().undo().now == report
    assert history.undo().redo().now == two
    assert history.undo().do(report).redo().now == report


def test_an_approval_is_not_undone(report):
    edited = editing.add_sentence(report, IMPRESSION, "One.")
    history = History(report).do(edited).do(approval.approve(edited, "A", WHEN))
    assert history.undo() == history
    amended = history.do(approval.amend(history.now, "why"))
    assert amended.undo().now.state is ReportState.AMENDED


def test_another_language_keeps_what_the_reader_wrote_and_removed(report):
    edited = editing.edit_sentence(report, "L4/L5", "pfirrmann", "Mine.")
    edited = editing.remove_sentence(edited, "L4/L5", "canal_stenosis")
    edited = editing.add_sentence(edited, "L4/L5", "Added.")
    edited = editing.move_sentence(edited, "L4/L5", "reader-1", -99)
    german = redraft(edited, report, draft(STUDY, making.demo(), language="de"))
    found = {one.key: one.text for one in german.section("L4/L5").sentences}
    assert list(found)[:3] == ["reader-1", "pfirrmann", "herniation"]
    assert found["pfirrmann"] == "Mine."
    assert found["herniation"].startswith("Hinweis auf")
    assert "canal_stenosis" not in found
    assert german.language == "de"


def test_a_new_decision_comes_into_an_edited_report(report):
    new = draft(STUDY, making.demo(), review("L5/S1", "bulging", "changed", "1"))
    found = redraft(editing.remove_sentence(report, "L5/S1", "modic"), report, new)
    assert sentence(found, "L5/S1", "bulging").author is Author.READER
    assert "modic" not in keys(found, "L5/S1")

"""Rating studies on the pages Audit and Rate."""

from __future__ import annotations

import pytest

from pages.components.audit import batch_process
from spine_core.audit.batch.store import get_batch
from spine_core.audit.ratings.candidates import candidates
from spine_core.audit.ratings.protocol import QUESTIONS, Design, Protocol
from spine_core.audit.ratings.rating import Answers, submit
from spine_core.audit.ratings.standing import next_sheet
from spine_core.audit.ratings.store import audits, create_audit
from spine_core.library.people import add_person
from spine_core.library.types import Role
from tests.audit.ratings.making import REASONS, batch_with_maps
from tests.library.making import kept
from tests.pages.conftest import settle
from tests.pages.test_pages import texts

DONE = "All sheets are submitted. Thank you."


@pytest.fixture
def auditor(library, store):
    person = add_person(library, "Ada", Role.AUDITOR)
    store.person_id = person.id
    return person


@pytest.fixture
def reader(library):
    return add_person(library, "Ben")


def study(library, auditor, *raters, reasons=(), **changes) -> str:
    found = candidates(library, auditor, batch_with_maps(library, auditor, 2, reasons=reasons))
    given = {"questions": QUESTIONS[:1], "repeats": 0.0} | changes
    return create_audit(library, auditor, Protocol("Trial", found, tuple(one.id for one in raters), **given))


def shown_studies(page):
    app = page("audit")
    return app.segmented_control(key="audit-view").set_value("Rating studies").run()


def test_without_maps_the_page_says_where_they_come_from(page, library, auditor):
    app = shown_studies(page)
    assert not app.exception
    assert "Ratings need maps of cases" in texts(app)


def test_a_protocol_is_stored_as_it_was_previewed(page, library, auditor, reader):
    batch_with_maps(library, auditor, 4)
    app = shown_studies(page)
    app.multiselect(key="study-methods").set_value(["lime", "control edges"])
    app.number_input(key="study-count").set_value(3)
    app.multiselect(key="study-questions").set_value(["utility"])
    app.text_input(key="study-own-question").set_value("Is it sharp?")
    app.selectbox(key="study-design").set_value(Design.SEQUENTIAL)
    app.multiselect(key="study-raters").set_value([reader.id])
    app.number_input(key="study-repeats").set_value(0)
    app = app.run()
    app.number_input(key="study-washout").set_value(21)
    app = app.run()
    assert "3 findings, 1 rater, sequential; 6 sheets each" in texts(app)
    app.button(key="study-store").click()
    app = app.run()
    assert not app.exception
    (made,) = audits(library, auditor)
    assert made.protocol.methods == ("control edges", "lime")
    assert [one.text for one in made.protocol.questions] == [QUESTIONS[1].text, "Is it sharp?"]
    assert (made.protocol.design, made.protocol.washout_days) == (Design.SEQUENTIAL, 21)
    assert made.protocol.raters == (reader.id,)


def test_reasons_that_are_no_maps_are_chosen_and_questions_about_a_place_are_not_asked_of_them(
    page, library, auditor, reader
):
    batch_with_maps(library, auditor, 4, reasons=REASONS)
    app = shown_studies(page)
    chosen = app.multiselect(key="study-methods")
    assert not set(chosen.value) & set(REASONS)
    chosen.set_value(["lime", *REASONS])
    app.multiselect(key="study-raters").set_value([reader.id])
    said = texts(app.run())
    assert "Rated: Control: measurements of another disc, LIME, Measurements" in said
    # Two questions for the map, one for each reason.
    assert "4 scores on a sheet with maps" in said
    assert "The marked place is plausible (1 not at all to 6 fully), of maps only" in said


def test_a_sheet_shows_the_stored_reasons_under_letters_and_names_no_method(
    page, library, store, auditor, reader
):
    study(library, auditor, reader, reasons=REASONS)
    store.person_id = reader.id
    app = settle(page("rate"), store)
    assert not app.exception
    said = texts(app)
    assert "Every map and reason claims to show why" in said
    assert said.count("Grey: the direction is open.") == len(REASONS)
    frames = [one.value for one in app.markdown if one.value.startswith("**Reason ")]
    assert len(frames) == len(set(frames)) == len(REASONS)
    assert len(app.get("plotly_chart")) == len(REASONS)
    assert not any(word in said for word in ("Measurements", "another disc", "LIME", "Control"))


def test_a_batch_asks_for_reasons_beside_maps(page, library, store, auditor, monkeypatch):
    started = []
    monkeypatch.setattr(batch_process, "start", lambda person, batch, workers: started.append(batch))
    kept(library, auditor)
    app = page("audit")
    app.multiselect(key="batch-methods").set_value(["grad_cam"])
    app.multiselect(key="batch-reasons").set_value(["measurements", "inputs"]).run()
    next(one for one in app.button if one.label == "Start").click().run()
    assert not app.exception
    assert get_batch(library, auditor, started[0]).plan.methods == ("grad_cam", "measurements", "inputs")


def test_a_reader_prepares_nothing_and_reads_no_method(page, library, store, auditor, reader):
    study(library, auditor, reader)
    store.person_id = reader.id
    app = shown_studies(page)
    said = texts(app)
    assert "You are asked to rate maps." in said
    assert "Auditors prepare rating studies" in said
    assert not any(word in said for word in ("Grad-CAM", "LIME", "edges"))
    assert not app.multiselect


def test_who_rates_nothing_is_told_so(page, library, auditor):
    assert "Nobody has asked you to rate maps yet." in texts(page("rate"))


def test_a_sheet_asks_and_the_next_part_waits_for_the_washout(page, library, store, auditor, reader):
    audit = study(library, auditor, reader, design=Design.SEQUENTIAL)
    store.person_id = reader.id
    app = settle(page("rate"), store)
    assert not app.exception
    said = texts(app)
    assert "Grade this disc on the images alone." in said
    assert "claims to show" not in said
    for _ in range(2):
        submit(library, reader, audit, next_sheet(library, reader, audit).number, Answers({}, grade="3"))
    app = app.run()
    assert "The second part, with maps, opens on" in app.info[0].value


def test_a_submitted_sheet_is_opened_again_with_its_reason(page, library, store, auditor, reader):
    audit = study(library, auditor, reader)
    store.person_id = reader.id
    for _ in range(2):
        sheet = next_sheet(library, reader, audit)
        submit(
            library, reader, audit, sheet.number, Answers({one: {"pertinence": 3} for one in sheet.methods})
        )
    app = settle(page("rate"), store)
    assert [one.value for one in app.success] == [DONE]
    app.selectbox(key="rate-correct").set_value(0)
    next(one for one in app.button if one.label == "Open it again").click()
    app = settle(app.run(), store)
    assert not app.exception
    assert [one.label for one in app.text_input if one.label.startswith("Reason")] == [
        "Reason of the correction"
    ]
    next(one for one in app.button if one.label == "Leave the correction").click()
    assert [one.value for one in app.run().success] == [DONE]

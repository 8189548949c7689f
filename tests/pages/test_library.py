"""The page Library, and what a kept case adds to the page Read."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from pages.components import study_jobs
from pages.components.library import keep_study as keeping_page
from pages.components.session.state import SessionState, Upload
from spine_core.anatomy.types import Structure
from spine_core.grading.outline_edits import DrawnOutline, edit_outlines
from spine_core.grading.reader_edits import shift_levels
from spine_core.library.cases import get_case
from spine_core.library.people import add_person, people
from spine_core.library.reviews import latest_reviews, review
from spine_core.library.search import find_cases
from spine_core.library.store import open_library
from spine_core.library.types import Decision, Role
from spine_core.report.types import Author
from spine_core.study import SourceFile, sources_from_path
from tests.library.making import finding, kept, picture
from tests.pages import fakes
from tests.pages.conftest import settle
from tests.pages.test_pages import texts

WHEN = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SPINELENS_DATABASE", raising=False)
    monkeypatch.setattr("spine_core.grading.read.position_warnings", lambda *_: {})
    # The fake networks find no disc.
    monkeypatch.setattr("spine_core.grading.read.read_study", lambda study, *_, **__: fakes.reading_of(study))


@pytest.fixture
def library():
    return open_library()


@pytest.fixture
def anna(library, store):
    person = add_person(library, "Anna")
    store.person_id = person.id
    return person


def test_a_new_reader_is_asked_for_a_name_which_is_not_protected(page, store):
    app = page("library")
    assert "Names are not protected" in texts(app)
    assert not app.dataframe
    app.text_input[0].set_value("Anna")
    app.button[0].click().run()
    assert [one.name for one in people(open_library())] == ["Anna"]
    assert store.person_id == people(open_library())[0].id


def test_of_several_people_one_is_chosen_never_guessed(page, store, library):
    add_person(library, "Anna")
    add_person(library, "Ben")
    app = page("library")
    assert "Choose who you are" in texts(app)
    app.selectbox(key="library-person").set_value(people(library)[1].id).run()
    assert store.person_id == people(library)[1].id


def keep_open_study(page, store, title="A case"):
    app = page("library")
    next(one for one in app.text_input if one.label == "Title").set_value(title)
    next(one for one in app.button if one.label == "De-identify and keep").click()
    return settle(app.run(), store)


@pytest.fixture
def uploaded(store, anna, demo_folder):
    """The session has the demonstration study open, as if it had been uploaded."""
    from spine_core.study import open_study

    sources = tuple(sources_from_path(demo_folder))
    store.clear()
    store.opened, store.study = Upload(sources), open_study(sources)
    store.adopt(fakes.reading_of(store.study))
    return store


def test_the_open_study_is_kept_with_its_reading_and_is_then_a_case(page, uploaded, library, anna):
    app = keep_open_study(page, uploaded)
    assert not app.exception
    (one,) = find_cases(library, anna).cases
    assert uploaded.case_id == one.id
    case = get_case(library, anna, one.id)
    assert case.title == "A case"
    assert {f.level for f in case.reading.findings} == {f.level for f in uploaded.reading.findings}
    assert case.study_sha256 == uploaded.study.sha256
    # It is not offered again.
    assert "De-identify and keep" not in [button.label for button in page("library").button]


def test_images_that_may_show_a_name_are_looked_at_first(page, store, library, anna):
    from spine_core.study import open_study

    file = picture(1)
    store.opened, store.study = Upload((file,)), open_study([file])
    store.reading, store.readings = None, []
    app = keep_open_study(page, store)
    assert find_cases(library, anna).total == 0
    assert app.warning
    next(one for one in app.button if one.label == "I have looked: keep it").click()
    settle(app.run(), store)
    assert find_cases(library, anna).total == 1


def test_a_failure_keeps_nothing_and_says_so(page, uploaded, library, anna, monkeypatch):
    from spine_core.library.errors import DeidentificationError

    def fails(*args, **kwargs):
        raise DeidentificationError("series 2 of the de-identified files reads differently")

    monkeypatch.setattr(keeping_page, "prepare", fails)
    app = keep_open_study(page, uploaded)
    assert [one.value for one in app.error] == ["Series 2 of the de-identified files reads differently."]
    assert "Nothing was kept." in texts(app)
    assert find_cases(library, anna).total == 0


def test_a_case_opens_again_with_the_discs_as_they_were_corrected(page, uploaded, library, anna):
    bundle = fakes.bundle()
    uploaded.adopt(shift_levels(uploaded.study, uploaded.reading, bundle, -1))
    levels = [disc.level for disc in uploaded.reading.discs]
    keep_open_study(page, uploaded)
    other = SessionState(person_id=anna.id)
    study_jobs.open_case(other, uploaded.case_id)
    app = settle(page("library", other), other)
    assert not app.exception
    assert other.case_id == uploaded.case_id
    assert other.study.sha256 == uploaded.study.sha256
    assert [disc.level for disc in other.reading.discs] == levels
    assert "as kept in the library" in other.reading.corrections[0]
    # One step back are the networks' own levels.
    assert other.readings[0].corrections == ()
    other.jobs.close()


def test_a_case_opens_again_with_its_edited_outlines_under_their_reader(page, uploaded, library, anna):
    reading = uploaded.reading
    series = uploaded.study.by_uid(reading.anatomies[0].series_uid)
    mask = np.zeros((series.rows, series.columns), dtype=bool)
    mask[10:14, 20:30] = True
    drawn = [DrawnOutline(series.uid, 2, Structure.DISC, mask)]
    uploaded.adopt(edit_outlines(uploaded.study, reading, fakes.bundle(), drawn, "Ben", WHEN))
    keep_open_study(page, uploaded)
    other = SessionState(person_id=anna.id)
    study_jobs.open_case(other, uploaded.case_id)
    settle(page("library", other), other)
    (edit,) = other.reading.outline_edits
    assert (edit.reader, edit.edited, edit.slice_index) == ("Ben", "2026-11-30T12:00:00+00:00", 2)
    assert np.array_equal(edit.mask, mask)
    assert other.reading.corrections[0].startswith("outlines as kept in the library: disc on slice 3")
    assert other.reading.discs == other.readings[0].discs, "no disc was corrected"
    other.jobs.close()


def test_a_correction_after_keeping_is_kept_by_a_click(page, uploaded, library, anna):
    keep_open_study(page, uploaded)
    assert "Keep the corrected reading" not in [one.label for one in page("library").button]
    uploaded.adopt(shift_levels(uploaded.study, uploaded.reading, fakes.bundle(), -1))
    app = page("library")
    next(one for one in app.button if one.label == "Keep the corrected reading").click().run()
    case = get_case(library, anna, uploaded.case_id)
    assert [one.level for one in case.reading.discs] == [one.level for one in uploaded.reading.discs]
    assert "Keep the corrected reading" not in [one.label for one in page("library").button]


def test_a_study_that_was_kept_before_it_was_read_gets_its_reading_later(page, uploaded, library, anna):
    reading = uploaded.reading
    uploaded.reading, uploaded.readings = None, []
    keep_open_study(page, uploaded)
    assert get_case(library, anna, uploaded.case_id).reading is None
    uploaded.adopt(reading)
    app = page("library")
    next(one for one in app.button if one.label == "Keep its reading").click().run()
    kept_findings = get_case(library, anna, uploaded.case_id).reading.findings
    assert len(kept_findings) == len(reading.findings)


def decisions(app):
    return [one for one in app.segmented_control if one.label.startswith("Your decision")]


def test_a_reader_accepts_and_changes_grades_of_a_kept_case(page, uploaded, library, anna):
    assert not decisions(page("read"))
    keep_open_study(page, uploaded)
    uploaded.select("L4/L5", "pfirrmann")
    app = page("read")
    decisions(app)[0].set_value(Decision.ACCEPTED).run()
    place = ("L4/L5", "pfirrmann")
    reported = uploaded.reading.finding(*place).grade
    case = get_case(library, anna, uploaded.case_id)
    assert latest_reviews(case, anna)[place].decision is Decision.ACCEPTED
    decisions(app)[0].set_value(Decision.CHANGED).run()
    # Nothing is stored until the grade is named.
    assert len(get_case(library, anna, uploaded.case_id).reviews) == 1
    next(one for one in app.selectbox if one.label == "Your grade").set_value("1").run()
    case = get_case(library, anna, uploaded.case_id)
    assert latest_reviews(case, anna)[place].grade == "1"
    assert next(one for one in case.reading.findings if (one.level, one.condition) == place).grade == reported


def test_decisions_about_a_kept_case_are_in_its_report_beside_what_the_networks_said(
    page, uploaded, library, anna
):
    keep_open_study(page, uploaded)
    own = uploaded.reading.finding("L4/L5", "bulging")
    review(library, anna, uploaded.case_id, "L4/L5", "bulging", Decision.REJECTED)
    app = page("report", uploaded)
    (found,) = [one for one in uploaded.report.report.section("L4/L5").sentences if one.key == "bulging"]
    assert found.author is Author.READER
    assert "is rejected by the reader" in found.text
    assert f"{own.probabilities[own.grade]:.0%}"[:-1] in found.origin
    review(library, anna, uploaded.case_id, "L4/L5", "bulging", Decision.CHANGED, "1")
    app.run()
    app.button(key="report-again").click().run()
    (found,) = [one for one in uploaded.report.report.section("L4/L5").sentences if one.key == "bulging"]
    assert found.text == "Disc bulging: present, graded by the reader."
    assert not app.exception


def test_cases_are_filtered_and_another_persons_are_not_there(page, store, library, anna):
    kept(library, anna, finding("L4/L5", "pfirrmann", "5"), seed=1, title="Five")
    kept(library, anna, finding("L4/L5", "pfirrmann", "2"), seed=2, title="Two")
    kept(library, add_person(library, "Ben"), seed=3, title="Hidden")
    app = page("library")
    assert list(app.dataframe[0].value["Title"]) == ["Two", "Five"]
    app.selectbox(key="library-condition").set_value("pfirrmann").run()
    app.multiselect(key="library-grade-pfirrmann").set_value(["5"]).run()
    assert list(app.dataframe[0].value["Title"]) == ["Five"]
    app.text_input(key="library-text").set_value("nothing like that").run()
    assert "No case is like that." in texts(app)


def test_an_administrator_sees_all(page, store, library, anna):
    kept(library, anna, seed=3, title="Anna's")
    store.person_id = add_person(library, "Chief", Role.ADMINISTRATOR).id
    app = page("library")
    assert list(app.dataframe[0].value["Title"]) == ["Anna's"]


def test_an_upload_stays_in_memory_and_is_counted(store):
    before = store.nbytes
    store.opened = Upload((SourceFile("a", b"x" * 1000),))
    assert store.nbytes == before + 1000
    store.clear()
    assert store.opened is None

from __future__ import annotations

from dataclasses import replace

from pages.components.session.state import SessionState
from spine_core import DISCLAIMER
from spine_core.jobs import State
from spine_core.report.types import IMPRESSION, Author
from tests.pages import fakes
from tests.pages.conftest import settle

LEVEL, KEY = "L4/L5", "herniation"


def texts(app) -> str:
    groups = (app.markdown, app.caption, app.info, app.warning, app.error, app.get("html"))
    return "\n".join(
        str(getattr(e, "value", None) or getattr(e.proto, "body", "")) for group in groups for e in group
    )


def sentence(store, section=LEVEL, key=KEY):
    (found,) = [one for one in store.report.report.section(section).sentences if one.key == key]
    return found


def keys(store, section) -> list[str]:
    return [one.key for one in store.report.report.section(section).sentences]


def press(app, key):
    return app.button(key=key).click().run()


def edit(app, text):
    app = press(app, f"report-edit-{LEVEL}-{KEY}")
    app.text_area(key=f"report-text-{LEVEL}-{KEY}").set_value(text)
    return press(app, "report-save")


def approve(app, name="Dr. A. Reader"):
    app.text_input(key="report-name").set_value(name)
    return press(app, "report-approve")


def test_the_page_shows_a_draft_with_authors_and_disclaimer(page, store):
    app = page("report")
    assert not app.exception
    said = texts(app)
    assert DISCLAIMER in said
    assert "DRAFT, not approved." in said
    assert said.count('class="by network"') > 10
    assert "Neural foramina." in said
    assert "Doe" not in said


def test_without_a_study_there_is_no_report(page):
    app = page("report", SessionState())
    assert not app.exception
    assert "DRAFT" not in texts(app)


def test_a_sentence_is_edited_and_its_origin_stays_in_sight(page, store):
    app = page("report")
    before = sentence(store).text
    app = edit(app, "A herniation, as I see it.")
    found = sentence(store)
    assert (found.text, found.author, found.origin) == ("A herniation, as I see it.", Author.READER, before)
    assert "before: " in texts(app)
    app = press(app, "report-undo")
    assert sentence(store).text == before
    app = press(app, f"report-edit-{LEVEL}-{KEY}")
    assert app.text_area(key=f"report-text-{LEVEL}-{KEY}").value == before
    app = press(press(app, "report-cancel"), "report-redo")
    assert sentence(store).edited


def test_an_empty_sentence_is_refused_in_words(page, store):
    app = edit(page("report"), "  ")
    assert not app.exception
    assert [one.value for one in app.toast] == ["An empty sentence says nothing: remove it instead."]
    assert not sentence(store).edited


def test_sentences_are_added_moved_and_removed(page, store):
    app = press(page("report"), f"report-add-{IMPRESSION}")
    app.text_area(key=f"report-new-{IMPRESSION}").set_value("Compare with the radiograph.")
    app = press(app, "report-save")
    assert keys(store, IMPRESSION)[-1] == "reader-1"
    app = press(app, f"report-edit-{IMPRESSION}-reader-1")
    app = press(app, "report-up")
    assert keys(store, IMPRESSION)[-2] == "reader-1"
    app = press(app, "report-remove")
    assert "reader-1" not in keys(store, IMPRESSION)
    assert not app.exception


def test_hostile_text_is_shown_as_text(page):
    app = edit(page("report"), "<script>alert(1)</script>")
    assert "<script>alert" not in texts(app)
    assert "&lt;script&gt;alert" in texts(app)
    app = approve(app, "<b>![](x)")
    assert "Approved by &lt;b&gt;![](x), " in texts(app)


def test_another_language_keeps_what_the_reader_wrote(page, store):
    app = edit(page("report"), "Mine.")
    app.selectbox(key="report-language").set_value("de").run()
    assert store.report.report.language == "de"
    assert sentence(store).text == "Mine."
    assert "Neuroforamina." in [one.text for one in store.report.report.section("not assessed").sentences]
    press(app, "report-undo")
    assert app.selectbox(key="report-language").value == "en"


def test_free_text_stands_in_the_place_of_the_sentences(page, store):
    app = page("report")
    app.segmented_control(key="report-kind").set_value("Free text").run()
    assert app.text_area(key="report-free").value.startswith("L1/L2: ")
    app.text_area(key="report-free").set_value("All in my words.").run()
    assert store.report.report.free_text == "All in my words."
    app.segmented_control(key="report-kind").set_value("Structured").run()
    assert store.report.report.structured
    assert f"report-edit-{LEVEL}-{KEY}" in [one.key for one in app.button]


def test_the_patient_is_named_only_at_the_readers_word(page, store):
    app = page("report")
    assert store.report.report.header.patient is None
    app.toggle(key="report-patient").set_value(True).run()
    assert store.report.report.header.patient.name == "Doe^Jane"
    app.toggle(key="report-patient").set_value(False).run()
    assert store.report.report.header.patient is None


def test_an_approved_report_has_no_edits_until_it_is_amended(page, store):
    app = approve(page("report"))
    approved = store.report.report
    assert approved.approval.name == "Dr. A. Reader"
    assert "Approved by Dr. A. Reader" in texts(app)
    own = [one.key for one in app.button]
    assert not [key for key in own if key and key.startswith(("report-edit", "report-add", "report-approve"))]
    assert app.button(key="report-undo").disabled
    assert app.selectbox(key="report-language").disabled
    app = press(app, "report-amend")
    assert store.report.report is approved, "an amendment needs a reason"
    app.text_input(key="report-reason").set_value("Wrong level")
    app = press(app, "report-amend")
    assert (store.report.report.version, store.report.versions) == (2, [approved])
    assert "Reason: Wrong level" in texts(app)
    app = edit(app, "Now otherwise.")
    assert sentence(store).text == "Now otherwise."
    assert not app.exception


def test_an_approval_needs_a_name(page, store):
    app = approve(page("report"), " ")
    assert store.report.report.approval is None
    assert len(app.toast) == 1


def test_a_corrected_reading_is_taken_over_below_the_readers_own_words(page, store):
    app = edit(page("report"), "Mine.")
    store.adopt(replace(fakes.reading(), corrections=("L4/L5 moved",)))
    app.run()
    assert "has changed since this draft" in texts(app)
    app = press(app, "report-again")
    assert keys(store, "general") == ["corrected"]
    assert sentence(store).text == "Mine."
    assert "has changed since" not in texts(app)


def test_the_report_goes_with_the_study(page, store):
    page("report")
    assert store.report is not None
    store.clear()
    assert store.report is None


def test_the_pdf_is_a_job_and_belongs_to_one_state_of_the_report(page, store):
    app = press(page("report"), "report-make-pdf")
    app = settle(app, store)
    (job,) = [job for key, job in store.jobs.items() if key.startswith("report-pdf-")]
    assert job.state is State.DONE
    assert job.result.startswith(b"%PDF-")
    assert "report-make-pdf" not in [one.key for one in app.button]
    app = edit(app, "Otherwise.")
    assert "report-make-pdf" in [one.key for one in app.button], "the PDF is of the text before"


def test_files_are_offered_without_a_name_of_the_patient(page):
    app = page("report")
    labels = [one.proto.label for one in app.get("download_button")]
    assert labels[-3:] == ["HTML", "Text", "JSON"]


def test_a_map_is_added_as_a_key_image_and_can_be_removed(page, store):
    app = page("report")
    app.selectbox(key="report-method").set_value("grad_cam")
    app = press(app, "report-add-map")
    app = settle(app, store)
    (image,) = store.report.report.key_images
    assert (image.level, image.facts.method, image.opacity) == (store.level, "grad_cam", 0.6)
    assert "Explanation, not a finding." in texts(app)
    press(app, "report-image-0")
    assert store.report.report.key_images == ()


def test_key_images_of_the_viewer_are_taken_over(page, store):
    store.key_images = [
        {"series": "t2", "slice": 1, "note": "look"}, {"series": "gone", "slice": 0, "note": ""},
    ]  # fmt: skip
    press(page("report"), "report-viewer-images")
    (image,) = store.report.report.key_images
    assert (image.slice_number, image.note, image.facts) == (2, "look", None)


def test_a_broken_template_of_a_department_is_one_sentence(page, store, tmp_path, monkeypatch):
    (tmp_path / "ward.txt").write_text("{% if %}")
    (tmp_path / "good.txt").write_text("{{ title }}")
    monkeypatch.setenv("SPINELENS_REPORT_TEMPLATES", str(tmp_path))
    app = page("report")
    app.selectbox(key="report-template").set_value("ward.txt").run()
    assert not app.exception
    (said,) = [one.value for one in app.error]
    assert said.startswith("The template ward cannot be used in line 1")
    app.selectbox(key="report-template").set_value("good.txt").run()
    assert not app.error
    assert "Lumbar spine MR: structured reading" in [one.value for one in app.code]

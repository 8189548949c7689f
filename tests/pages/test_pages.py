from __future__ import annotations

import io
import json
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime

import nibabel
import numpy as np
import pytest
from PIL import Image

from pages.components import glossary
from pages.components.session.state import OPEN, READ, SessionState
from spine_core import DISCLAIMER
from spine_core.anatomy.detection import uncertain
from spine_core.anatomy.types import LevelCount, Structure
from spine_core.explanation.registry import explain
from spine_core.grading.outline_edits import DrawnOutline, edit_outlines
from spine_core.grading.types import Reading
from spine_core.jobs import State
from spine_core.networks import registry
from spine_core.study import MultiplePatientsError, SourceFile, StudyError, open_study
from spine_core.study.geometry import StackGeometry
from spine_core.study.types import Patient, Plane
from tests.conftest import ROOT
from tests.pages import fakes
from tests.pages.conftest import settle
from tests.study.made import mr, stored

PAGES = ("study", "read", "explain", "compare", "report", "benchmark", "model", "networks", "glossary")


def texts(app) -> str:
    """Everything a page says."""
    groups = (app.markdown, app.caption, app.info, app.warning, app.error, app.get("html"))
    return "\n".join(
        str(getattr(e, "value", None) or getattr(e.proto, "body", "")) for group in groups for e in group
    )


WORDS = ("This image", "L2/L3 of", "L4/L5, pinned")


def told(app) -> dict:
    """What the viewer is told: AppTest knows it as an element without a name."""
    (viewer,) = [e for e in app.main if getattr(e.proto, "component_name", "").endswith("spine_viewer")]
    return json.loads(viewer.proto.json)


def labels(elements) -> list[str]:
    return [element.label for element in elements]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_runs_with_disclaimer_and_synthetic_badge(page, name):
    app = page(name)
    assert not app.exception
    assert DISCLAIMER in texts(app)
    assert "Synthetic" in texts(app)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_runs_without_a_study(page, name):
    app = page(name, SessionState())
    assert not app.exception
    assert DISCLAIMER in texts(app)
    assert "Made by a computer" not in texts(app)


def test_the_model_card_stands_on_its_page_without_pictures_that_a_browser_cannot_fetch(page):
    said = texts(page("model"))
    assert "## Acceptance criteria" in said
    assert "![" not in said


def test_the_demonstration_is_opened_and_read_where_the_address_asks_for_it(page, monkeypatch):
    opened = {}

    def demo(folder, progress):
        opened["folder"] = folder.name
        return folder

    monkeypatch.setattr("spine_core.phantom.demo_study", demo)
    monkeypatch.setattr("spine_core.study.sources_from_path", lambda path: [])
    monkeypatch.setattr("spine_core.study.open_study", lambda sources, progress: fakes.study())
    monkeypatch.setattr("spine_core.grading.read.read_study", lambda study, bundle, progress: fakes.reading())
    fresh = SessionState()
    app = page("read", fresh)
    assert fresh.jobs.items() == [], "never by itself"
    app.query_params["study"] = "demo"
    app.run()
    assert "demo" in app.query_params["study"], "a tab that is reloaded before anything is open asks again"
    app = settle(settle(app, fresh), fresh)
    assert "study" not in app.query_params, "a reload now asks for what is open"
    assert opened == {"folder": "demo"}
    assert fresh.study is fakes.study()
    assert fresh.reading is fakes.reading()
    assert "Demonstration study, 2 series" in texts(app)


def test_patient_data_is_hidden_until_asked_for(page):
    app = page("study")
    assert "Doe" not in texts(app)
    app.toggle(key="show-patient").set_value(True).run()
    assert "Doe^Jane" in texts(app)
    assert "4711" in texts(app)


def test_names_of_patients_and_files_are_on_no_other_page(page):
    for name in PAGES[1:]:
        said = texts(page(name))
        assert "Doe^" not in said
        assert "t2-0" not in said


def test_an_upload_is_opened_and_its_bytes_are_let_go(page, store, monkeypatch):
    seen = {}

    def opened(sources, patient, weighting, spacing, progress):
        seen["files"] = [(s.name, s.data) for s in sources]
        return fakes.study()

    monkeypatch.setattr("spine_core.study.open_study", opened)
    monkeypatch.setattr("spine_core.grading.read.read_study", lambda study, bundle, progress: fakes.reading())
    app = page("study")
    app.file_uploader[0].upload("study.zip", b"PK...").run()
    settle(app, store)
    assert seen["files"] == [("study.zip", b"PK...")]
    assert store.pending is None
    assert app.file_uploader[0].value in (None, [])


def test_a_file_that_cannot_be_opened_is_named_with_its_reason(page, store, monkeypatch):
    def fails(sources, **_):
        raise StudyError("notes.txt", "it is not a DICOM, NIfTI, PNG or JPEG file")

    monkeypatch.setattr("spine_core.study.open_study", fails)
    app = page("study")
    before = store.study, store.reading
    app.file_uploader[0].upload("notes.txt", b"hello").run()
    settle(app, store)
    assert (store.study, store.reading) == before, "what was open is lost"
    assert [e.value for e in app.error] == [
        "notes.txt: it is not a DICOM, NIfTI, PNG or JPEG file. The study opened before stays open, unchanged."
    ]


def test_an_unforeseen_error_shows_no_text_of_its_own(page, store, monkeypatch):
    def fails(sources, **_):
        msg = "Doe^Jane/IM0001"
        raise RuntimeError(msg)

    monkeypatch.setattr("spine_core.study.open_study", fails)
    app = page("study")
    app.file_uploader[0].upload("x", b"hello").run()
    settle(app, store)
    assert len(app.error) == 1
    assert "Doe" not in texts(app)


def test_two_patients_are_asked_for_and_the_answer_opens_one(page, store, monkeypatch):
    asked = []

    def opened(sources, patient, **_):
        asked.append(patient)
        if patient is None:
            raise MultiplePatientsError((Patient("a", name="First"), Patient("b", name="Second")))
        return fakes.study()

    monkeypatch.setattr("spine_core.study.open_study", opened)
    monkeypatch.setattr("spine_core.grading.read.read_study", lambda study, bundle, progress: fakes.reading())
    app = page("study")
    app.file_uploader[0].upload("both.zip", b"PK").run()
    app = settle(app, store)
    assert {"First", "Second"} <= set(labels(app.button))
    next(b for b in app.button if b.label == "Second").click().run()
    settle(app, store)
    assert asked == [None, "b"]
    assert store.study is fakes.study()


def test_the_viewer_is_told_the_slice_that_was_shown_last(page, store):
    store.slices["t2"] = 4
    app = page("read")
    app.switch_page("explain.py").run()
    app.switch_page("read.py").run()
    assert told(app)["slices"]["t2"] == 4


def test_choosing_a_finding_on_explain_turns_the_reader_to_its_slice(page, store):
    store.slices["t2"] = 0
    app = page("explain")
    app.selectbox(key="ask-level").set_value("L2/L3").run()
    app.switch_page("read.py").run()
    assert told(app)["slices"]["t2"] == 2
    assert told(app)["level"] == "L2/L3"
    assert "L2/L3 · Pfirrmann grade" in texts(app)


def test_a_disc_is_placed_by_typed_numbers(page, store, monkeypatch):
    asked = {}

    def moved(study, reading, bundle, level, center, slice_index):
        asked.update(level=level, center=center, slice_index=slice_index)
        return reading

    monkeypatch.setattr("spine_core.grading.reader_edits.move_disc", moved)
    app = page("read")
    for element, value in zip(app.number_input, (2, 90.0, 61.0), strict=True):
        element.set_value(value)
    next(b for b in app.button if b.label == "Move L4/L5 here").click().run()
    settle(app, store)
    assert asked == {"level": "L4/L5", "center": (90.0, 61.0), "slice_index": 1}


def test_asking_to_place_a_disc_tells_the_viewer_until_it_is_called_off(page, store):
    app = page("read")
    next(b for b in app.button if b.label == "Move L4/L5 by a click in the viewer").click().run()
    assert told(app)["place"] == "L4/L5"
    next(b for b in app.button if b.label == "Do not place it").click().run()
    assert told(app)["place"] == ""


def test_not_gradable_findings_say_why(page, store):
    from dataclasses import replace

    from spine_core.grading.types import Finding, Status

    missing = Finding("L4/L5", "modic", Status.NOT_GRADABLE, "needs sagittal T1 and T2")
    others = tuple(f for f in store.reading.findings if (f.level, f.condition) != ("L4/L5", "modic"))
    store.reading = replace(store.reading, findings=(*others, missing))
    store.select("L4/L5", "modic")
    for name in ("read", "explain", "compare"):
        assert "Not gradable: needs sagittal T1 and T2." in texts(page(name))


def test_a_level_that_was_not_found_says_so_wherever_it_is_chosen(page, store):
    from dataclasses import replace

    whole = store.reading
    store.reading = replace(
        whole,
        discs=tuple(disc for disc in whole.discs if disc.level != "L4/L5"),
        findings=tuple(one for one in whole.findings if one.level != "L4/L5"),
        images={level: image for level, image in whole.images.items() if level != "L4/L5"},
    )
    store.select("L4/L5", "herniation")
    for name in ("read", "explain", "compare"):
        assert "Not gradable: this level was not found." in texts(page(name))
    app = page("explain")
    assert app.selectbox(key="ask-level").value == "L4/L5"
    app.selectbox(key="ask-level").set_value("L3/L4").run()
    assert "Not gradable" not in texts(app)
    assert store.finding.level == "L3/L4"
    assert app.selectbox(key="ask-level").options == ["L1/L2", "L2/L3", "L3/L4", "L5/S1"]


def outlined(store, canal_beside, moved_to=None):
    """The reading where every disc is outlined, canal beside those levels alone, and L4/L5 put by the reader."""
    from dataclasses import replace

    from spine_core.anatomy.types import Source, Structure
    from spine_core.grading.position_checks import position_warnings, with_position_warnings

    whole = store.reading
    mask = np.zeros((160, 128), np.uint8)
    for disc in whole.discs:
        row, column = np.round(disc.center_px).astype(int)
        mask[row, column] = Structure.DISC
        if disc.level in canal_beside:
            mask[row - 5 : row + 5, column + 8 : column + 16] = Structure.CANAL
    discs = tuple(
        replace(disc, source=Source.READER, center_px=moved_to or disc.center_px)
        if disc.level == "L4/L5"
        else disc
        for disc in whole.discs
    )
    doubt = position_warnings(discs, {whole.discs[0].slice_index: mask}, store.study.by_uid("t2"))
    return replace(whole, discs=discs, findings=with_position_warnings(whole.findings, doubt))


def test_a_disc_that_the_reader_put_where_none_is_outlined_is_told(page, store):
    beside = ("L2/L3", "L3/L4", "L4/L5", "L5/S1")
    plain, moved = outlined(store, beside), outlined(store, beside, moved_to=(0.0, 0.0))
    store.reading = plain
    said = texts(page("read"))
    assert "No disc is segmented" not in said
    assert "No spinal canal is segmented next to L1/L2.**" in said, "the mask has none there"
    store.reading = moved
    assert "No disc is segmented at the position of L4/L5." in texts(page("read"))
    for name in ("read", "explain", "compare"):
        assert "No disc is segmented at this position." in texts(page(name))


def test_of_a_slice_to_the_side_of_the_midline_nothing_is_graded_and_every_page_says_so(page, store):
    store.reading = outlined(store, ("L1/L2",))
    said = texts(page("read"))
    assert "Not graded: L1/L2, L2/L3, L3/L4, L4/L5, L5/S1." in said
    assert "Check first" not in said
    for name in ("read", "explain", "compare"):
        said = texts(page(name))
        assert "Not gradable: no spinal canal is segmented next to most discs of this slice" in said


def test_shifting_the_labels_grades_again(page, store):
    app = page("read")
    app.button(key="shift-1").click().run()
    settle(app, store)
    assert [disc.level for disc in store.reading.discs] == ["L1/L2", "L2/L3", "L3/L4", "L4/L5"]
    assert store.reading.corrections
    assert "Corrected by the reader" in texts(app)


def test_corrections_are_undone_one_by_one_and_done_again(page, store):
    networks = store.reading
    app = page("read")
    app.button(key="shift-1").click().run()
    app = settle(app, store)
    app.button(key="shift-1").click().run()
    app = settle(app, store)
    twice = store.reading
    assert [disc.level for disc in twice.discs] == ["L1/L2", "L2/L3", "L3/L4"]
    app.button(key="corrections-undo").click().run()
    assert [disc.level for disc in store.reading.discs] == ["L1/L2", "L2/L3", "L3/L4", "L4/L5"]
    assert "2. level names moved by 1 towards the head (undone)" in texts(app)
    app.button(key="corrections-redo").click().run()
    assert store.reading is twice
    app.button(key="corrections-undo-1").click().run()
    assert store.reading is networks, "undone from the first correction on"
    app.button(key="corrections-redo-2").click().run()
    assert store.reading is twice
    app.button(key="corrections-restart").click().run()
    assert store.reading is networks
    assert app.button(key="corrections-undo").disabled
    assert "Corrected by the reader" not in texts(app)


def test_edited_outlines_are_listed_measured_and_taken_back(page, store):
    store.adopt(fakes.segmented_reading())
    mask = fakes.labels() == 1
    for row, slice_index in ((90, 2), (89, 3)):
        mask[row, 48:72] = True
        drawn = DrawnOutline("t2", slice_index, Structure.DISC, mask.copy())
        made = edit_outlines(
            store.study,
            store.reading,
            fakes.bundle(),
            [drawn],
            "Anna Example",
            datetime(2026, 11, 30, 12, tzinfo=UTC),
        )
        store.adopt(made)
    app = page("read")
    said = texts(app)
    assert "Measured on the **edited outline**: disc height 16.5 mm (segmentation: 14.9)" in said
    assert "**Disc L4/L5**, slice 3: Dice 0.990, 54.0 mm² changed. Anna Example, 2026-11-30 12:00 UTC" in said
    assert "**Disc L1/L2, L2/L3, L3/L4, L4/L5, L5/S1**, slice 4: slice was not segmented" in said
    assert "Grades stay as they are" in said
    app.button(key="outline-back-0").click().run()
    assert [edit.slice_index for edit in store.reading.outline_edits] == [3]
    assert "Measured on the segmentation: disc height 14.9 mm" in texts(app)
    app.button(key="corrections-undo").click().run()
    assert len(store.reading.outline_edits) == 2
    app.button(key="outlines-all-back").click().run()
    assert store.reading.outline_edits == ()
    assert "Edited outlines" not in texts(app)


def test_masks_of_an_undone_correction_count_once_in_the_memory_of_the_session(store):
    before, mask = store.nbytes, np.zeros((160, 128), np.uint8)
    anatomy = replace(store.reading.anatomies[0], masks={2: mask})
    first = replace(store.reading, anatomies=(anatomy,), corrections=("L4/L5 moved",))
    store.adopt(first)
    store.adopt(replace(first, corrections=("L4/L5 moved", "L4/L5 removed")))
    assert store.nbytes == before + mask.nbytes, "both readings share the mask"
    store.go_to(0)
    assert store.nbytes == before + mask.nbytes, "it can be done again, so it is still there"


def test_a_correction_after_an_undo_replaces_what_was_undone(page, store):
    app = page("read")
    app.button(key="shift-1").click().run()
    app = settle(app, store)
    app.button(key="corrections-undo").click().run()
    app.button(key="shift1").click().run()
    app = settle(app, store)
    assert [one.corrections for one in store.readings] == [(), ("level names moved by 1 towards the feet",)]
    assert store.reading is store.readings[1]


def test_the_panel_of_corrections_follows_the_selected_disc(page, store):
    app = page("read")
    store.select("L2/L3", "modic")
    app.run()
    (panel,) = [one for one in app.button_group if one.key == "correct-level"]
    assert panel.value == "L2/L3"
    panel.set_value("L5/S1").run()
    assert (store.level, store.condition) == ("L5/S1", "modic")


def test_a_series_of_another_frame_follows_once_the_reader_assumes_its_position(page, store):
    sagittal = replace(store.study.series[0], study_uid="1.2")
    positions = np.array([[8.0 - 50, 90.0 - 50, z] for z in (-36.0, -72.0, -144.0)])
    axial = replace(
        sagittal,
        uid="axial",
        plane=Plane.AXIAL,
        pixels=np.zeros((3, 101, 101), np.int16),
        geometry=StackGeometry(positions, np.array([1.0, 0, 0]), np.array([0.0, 1, 0]), (1.0, 1.0)),
        frame_of_reference_uid="9.9",
    )
    store.study = replace(store.study, series=(sagittal, store.study.series[1], axial))
    app = page("read")
    assert "3 of 5 discs lie on its slices, 0 mm from the middle" in texts(app)
    frames = {one["uid"]: one["frame"] for one in told(app)["series"]}
    assert frames["axial"] == "9.9"
    assert "axial" not in told(app)["move"]["slices"]
    app.button(key="assume-axial").click().run()
    shown = told(app)
    assert shown["move"]["slices"]["axial"] == 2, "the slice through L4/L5"
    (assumed,) = [one for one in shown["series"] if one["uid"] == "axial"]
    assert assumed["frame"] == "1.2.3"
    assert assumed["name"].endswith("position assumed")
    assert "position assumed by you" in texts(app)
    app.button(key="withdraw-axial").click().run()
    assert {one["uid"]: one["frame"] for one in told(app)["series"]} == frames
    assert "discs lie on its slices" not in texts(app), "asked once"


@pytest.mark.parametrize("name", ["read", "explain", "compare"])
def test_a_finding_has_an_address_with_nothing_of_the_patient(page, store, name):
    app = page(name)
    app.query_params["level"], app.query_params["condition"] = "L2-L3", "modic"
    app.run()
    assert (store.level, store.condition) == ("L2/L3", "modic")
    store.select("L5/S1", "bulging")
    app.run()
    assert dict(app.query_params) == {"level": "L5-S1", "condition": "bulging"}, "the selection is not undone"
    app.query_params["level"] = "<script>"
    app.run()
    assert (store.level, store.condition) == ("L5/S1", "bulging")


def test_the_study_page_leads_to_the_maps_of_what_the_networks_suggest(page, store):
    marked = [replace(f, grade="1") if f.condition == "herniation" else f for f in store.reading.findings]
    store.adopt(replace(store.reading, findings=tuple(marked)))
    links = [(one.proto.label, one.proto.query_string) for one in page("study").get("page_link")]
    assert ("Read all findings", "") in links
    assert ("Explain L3/L4: Disc herniation", "level=L3-L4&condition=herniation") in links
    store.reading = None
    assert not [
        one for one in page("study").get("page_link") if one.proto.label.startswith(("Read all", "Explain"))
    ]


def test_what_cannot_be_graded_is_said_in_red_on_the_study_page(page, store):
    knee = [replace(one, not_gradable="the header says knee") for one in store.study.series]
    store.study, store.reading = replace(store.study, series=tuple(knee)), None
    (error,) = page("study").error
    assert error.value == "**The networks cannot grade this study.** The header says knee."
    assert error.icon


def test_stacks_of_one_acquisition_share_a_card(page, store):
    t2, t1 = store.study.series
    blocks = [replace(t2, uid=f"1.2#{number}" if number else "1.2", plane=Plane.AXIAL) for number in range(3)]
    store.study = replace(store.study, series=(*blocks, t2, t1))
    app = page("study")
    said = texts(app)
    assert re.findall(r"### (.*)", said) == ["Sagittal T2", "Sagittal T1", "Axial T2"]
    assert "3, 15 slices in all" in said
    links = [one.proto.label for one in app.get("page_link")]
    assert links.count("View series") == 2
    assert [label for label in links if label.startswith("Axial")] == [
        "Axial T2",
        "Axial T2 (2)",
        "Axial T2 (3)",
    ]


def test_every_word_that_links_to_the_glossary_is_in_it():
    terms = [term for section in glossary.sections().values() for term in section]
    anchors = [glossary.anchor(term) for term in terms]
    assert len(set(anchors)) == len(anchors)
    linked = set()
    for path in (ROOT / "pages").rglob("*.py"):
        linked |= set(re.findall(r"glossary\.link\(['\"]([^'\"]+)", path.read_text()))
    assert len(linked) > 8
    assert linked <= set(terms)


COUNT = LevelCount(higher=0.02, correct=0.67, lower=0.31, limit=0.1)


def adopt_count(store, count, certain, *more):
    reading = fakes.reading()
    words = () if count is None or count.certain else (uncertain(count),)
    anatomy = replace(reading.anatomies[0], level_certain=certain, level_count=count, reasons=(*words, *more))
    store.adopt(replace(reading, anatomies=(anatomy,), notes=anatomy.reasons))


def test_an_uncertain_level_count_is_told_with_its_probability_and_put_right_by_one_click(page, store):
    adopt_count(store, COUNT, False)
    app = page("read")
    assert "probability 0.31 that every disc is one level lower" in texts(app)
    button = app.button(key="shift-suggested")
    assert button.label == "Shift all levels down by one"
    button.click().run()
    app = settle(app, store)
    assert not app.exception
    assert [disc.level for disc in store.reading.discs] == ["L2/L3", "L3/L4", "L4/L5", "L5/S1"]
    said = texts(app)
    assert "level names moved by 1 towards the feet" in said
    assert "may be off by one" not in said
    assert not [b for b in app.button if b.key == "shift-suggested"]


def test_the_click_moves_names_to_the_likelier_side(page, store):
    adopt_count(store, replace(COUNT, higher=0.31, lower=0.02), False)
    assert page("read").button(key="shift-suggested").label == "Shift all levels up by one"


def test_a_certain_level_count_is_not_doubted(page, store):
    adopt_count(store, LevelCount(higher=0.01, correct=0.98, lower=0.01, limit=0.1), True)
    app = page("read")
    assert not [b for b in app.button if b.key == "shift-suggested"]
    assert "off by one" not in texts(app)


def test_a_count_that_nothing_weighed_is_told_without_a_probability(page, store):
    adopt_count(store, None, False)
    app = page("read")
    assert "The level count is uncertain" in texts(app)
    assert not [b for b in app.button if b.key == "shift-suggested"]


def test_explain_shows_three_maps_with_their_scores(page, store):
    app = settle(page("explain"), store)
    said = texts(app)
    assert not app.exception
    shown = told(app)
    assert [pane["title"] for pane in shown["panes"]] == ["Original", "Grad-CAM", "LIME", "SHAP"]
    assert [pane["map"] in shown["maps"] for pane in shown["panes"]] == [False, True, True, True]
    channel = store.image.channels[0]
    for one in shown["maps"].values():
        assert one["slice"] == shown["crop"]["slice"] == channel.slice_index
        assert one["name"].endswith("at L4/L5")
        assert one["scale"] > 0
    assert "### Grad-CAM" in said
    assert "### LIME" in said
    assert "### SHAP" in said
    assert len(re.findall(r"model evaluations?\]\(\S+\) · \[seed\]\(\S+\) 0", said)) == 3
    assert "1 [model evaluation]" in said


def test_another_picture_below_computes_nothing_again(page, store):
    app = settle(page("explain"), store)
    before = {key: job for key, job in store.jobs.items() if key.startswith("explain-")}
    (below,) = [e for e in app.button_group if e.label == "Background image"]
    below.set_value("t1").run()
    assert {pane["series"] for pane in told(app)["panes"]} == {"t1"}
    assert told(app)["crop"]["slice"] == store.image.channels[1].slice_index
    after = {key: job for key, job in store.jobs.items() if key.startswith("explain-")}
    assert len(before) == 3
    assert before == after


def test_another_question_or_seed_is_another_map(page, store):
    app = settle(page("explain"), store)
    app.selectbox(key="kind-L4/L5-pfirrmann").set_value("at least").run()
    settle(app, store)
    app.number_input(key="lime-seed").set_value(1).run()
    settle(app, store)
    assert len([key for key, _ in store.jobs.items() if key.startswith("explain-")]) == 7


def test_one_network_of_the_ensemble_can_be_asked_alone(page, store):
    app = settle(page("explain"), store)
    assert app.selectbox(key="network").value == "untrained", "all together, as the grid shows"
    app.selectbox(key="network").set_value("second").run()
    settle(app, store)
    maps = [job.result for key, job in store.jobs.items() if key.startswith("explain-")]
    by_network = {}
    for one in maps:
        by_network.setdefault(one.model.name, {})[one.method] = one.attribution
    assert set(by_network) == {"untrained", "second"}
    for method, relevance in by_network["second"].items():
        assert not (relevance == by_network["untrained"][method]).all()


def test_leaving_a_question_cancels_what_is_not_finished(page, store, monkeypatch):
    import time

    def endless(name, network, image, target, seed, settings, progress):
        while True:
            progress(0.1)
            time.sleep(0.01)

    monkeypatch.setattr("spine_core.explanation.registry.explain", endless)
    app = page("explain")
    first = [job for _, job in store.jobs.items()]
    app.selectbox(key="ask-level").set_value("L1/L2").run()
    store.jobs.close()
    assert all(job.wait(20) for job in first)
    assert {job.state for job in first} == {State.CANCELLED}


def test_a_cancelled_map_is_not_started_again_by_itself(page, store, monkeypatch):
    import time

    def endless(name, network, image, target, seed, settings, progress):
        while True:
            progress(0.1)
            time.sleep(0.01)

    monkeypatch.setattr("spine_core.explanation.registry.explain", endless)
    app = page("explain")
    for button in [b for b in app.button if b.label == "Cancel"]:
        button.click()
    app.run()
    app = settle(app, store)
    assert [i.value for i in app.info] == ["Cancelled."] * 3
    assert labels(app.button).count("Run") == 3


def test_compare_says_what_the_curves_mean(page, store):
    app = page("compare")
    for _ in range(3):
        app = settle(app, store)
    assert not app.exception
    said = texts(app)
    assert "Deletion" in said
    assert "Insertion" in said
    assert "chance up to" in said
    assert len(app.get("plotly_chart")) == 3
    assert [one.label for one in app.get("download_button")] == ["CSV", "JSON", "Report", "Maps"]
    assert "Control: Edges" in said
    assert "Petsiuk" in said
    assert "ROAD, mean log-odds" in said
    assert "structural similarity (SSIM)" in said
    before = {key for key, _ in store.jobs.items()}
    app.segmented_control(key="curve-baseline").set_value("scrambled").run()
    assert not app.exception
    assert {key for key, _ in store.jobs.items()} == before, "the other baseline is there already"


def test_compare_shows_what_is_known_before_the_comparison_is_done(page, store, monkeypatch):
    from spine_core.comparison import compare as comparing

    slow, halfway, go_on = comparing._evaluate, threading.Event(), threading.Event()

    def evaluate(maps, context, known, progress):
        found = slow(maps, context, known, progress)
        halfway.set()
        assert go_on.wait(60)
        return found

    monkeypatch.setattr(comparing, "_evaluate", evaluate)
    app = page("compare")
    assert halfway.wait(60)
    app.run()
    assert not app.exception
    said = texts(app)
    assert "structural similarity (SSIM)" in said
    assert "More metrics follow" in said
    assert "Control: Edges" in said
    assert not app.get("download_button")
    go_on.set()
    for _ in range(3):
        app = settle(app, store)
    assert "More metrics follow" not in texts(app)
    assert app.get("download_button")


def test_stability_and_sanity_run_only_when_asked_for(page, store):
    app = page("compare")
    for _ in range(3):
        app = settle(app, store)
    assert not [key for key, _ in store.jobs.items() if key.startswith("check-")]
    app.multiselect(key="methods").set_value(["grad_cam", "hires_cam"]).run()
    for _ in range(3):
        app = settle(app, store)
    next(b for b in app.button if b.label == "Run these tests").click().run()
    for _ in range(2):
        app = settle(app, store)
    said = texts(app)
    assert not app.exception
    assert "one pixel's shift" in said.replace("&#x27;", "'")
    assert "Control: Random-CAM" in said
    assert "the neighbouring slice" in said


def test_changed_pictures_are_tested_only_when_asked_for(page, store):
    app = page("compare")
    app.multiselect(key="methods").set_value(["grad_cam"]).run()
    for _ in range(3):
        app = settle(app, store)
    assert not [key for key, _ in store.jobs.items() if key.startswith("alter-")]
    next(b for b in app.button if b.label == "Run tests with changed images").click().run()
    for _ in range(2):
        app = settle(app, store)
    said = texts(app)
    assert not app.exception
    assert "Motion ghosts" in said
    assert "MR noise added" in said
    assert "The worst step for the map" in said
    assert "Control: Edges" in said


def test_one_method_on_two_pictures_changed_of_another_level_and_kept_from_another_study(page, store):
    app = page("compare")
    app.multiselect(key="methods").set_value(["grad_cam"]).run()
    for _ in range(3):
        app = settle(app, store)

    def beside(choice: str) -> list[str]:
        app.selectbox(key="beside-other").set_value(choice).run()
        settle(app, store)
        assert not app.exception
        said = [words for image in app.get("image") for words in image.captions]
        return [words for words in said if words.startswith(WORDS)]

    mine, changed = beside("change NOISE")
    assert mine.startswith("This image. Pfirrmann")
    assert changed.startswith("This image, MR noise added. Pfirrmann")
    assert "(95 % of random patches)" in texts(app)
    assert beside("level L2/L3")[1].startswith("L2/L3 of this study. Pfirrmann")
    assert "Different discs" in texts(app)
    next(b for b in app.button if b.label == "Pin this image").click().run()
    kept = store.image
    store.clear()
    store.study = fakes.study()
    store.adopt(fakes.reading())
    store.select("L1/L2", "pfirrmann")
    app = page("compare")
    app.multiselect(key="methods").set_value(["grad_cam"]).run()
    for _ in range(3):
        app = settle(app, store)
    assert beside("pinned 0")[1].startswith("L4/L5, pinned image 1. Pfirrmann")
    assert store.pinned_images[0][1] is kept
    next(b for b in app.button if b.label == "Remove pinned images").click().run()
    assert not app.exception
    assert not store.pinned_images


def test_the_same_methods_are_asked_in_other_networks_only_when_asked_for(page, store):
    app = page("compare")
    app.multiselect(key="methods").set_value(["grad_cam", "hires_cam", "edges"]).run()
    for _ in range(3):
        app = settle(app, store)
    assert app.multiselect(key="beside-network-untrained").value == ["first", "second"]
    assert not [key for key, _ in store.jobs.items() if key.startswith("networks-")]
    assert "Makes 4 maps, about" in texts(app)
    next(b for b in app.button if b.label == "Explain in these networks").click().run()
    for _ in range(2):
        app = settle(app, store)
    assert not app.exception
    said = texts(app)
    for label in ("Grad-CAM", "HiResCAM"):
        assert f"{label}: first and second look at" in said
    assert "Edges: " not in said, "controls look at no network"
    words = [image.captions for image in app.get("image")][-6:]
    shares = {name: f"{name}: {share:.0%}" for name, share in asked_alone(store).items()}
    assert [one for (one,) in words] == [shares[name] for name in ("untrained", "first", "second")] * 2


def asked_alone(store) -> dict[str, float]:
    """What each network says of the likeliest grade of the finding on the page."""
    votes = {store.reading.model.name: store.finding.probabilities, **store.finding.member_probabilities}
    return {name: vote[store.finding.grade] for name, vote in votes.items()}


def test_maps_of_other_networks_are_made_once_whichever_is_on_the_screen(page, store, monkeypatch):
    asked = []

    def noted(name, network, *more, **named):
        if name == "grad_cam":  # the page may have begun with others before they are left out
            asked.append(network.id.name)
        return explain(name, network, *more, **named)

    monkeypatch.setattr("spine_core.explanation.registry.explain", noted)
    app = page("compare")
    app.multiselect(key="methods").set_value(["grad_cam"]).run()
    for _ in range(3):
        app = settle(app, store)
    app.multiselect(key="beside-network-untrained").set_value([]).run()
    assert "Choose at least one network to compare with the one on screen." in texts(app)
    app.multiselect(key="beside-network-untrained").set_value(["second"]).run()
    next(b for b in app.button if b.label == "Explain in these networks").click().run()
    app = settle(app, store)
    assert asked == ["untrained", "second"]
    app.multiselect(key="beside-network-untrained").set_value(["first", "second"]).run()
    assert "Makes 1 map, about" in texts(app)
    next(b for b in app.button if b.label == "Explain in these networks").click().run()
    app = settle(app, store)
    assert asked[2:] == ["first"]
    app.selectbox(key="network").set_value("first").run()
    for _ in range(3):
        app = settle(app, store)
    app.multiselect(key="beside-network-first").set_value(["untrained", "second"]).run()
    assert not app.exception
    assert "Grad-CAM: " in texts(app), "the three were compared before"


def test_further_methods_are_chosen_and_described(page, store):
    app = page("explain")
    choice = app.multiselect(key="methods")
    assert choice.value == ["grad_cam", "lime", "partition_shap"]
    assert "how the score changes when parts are masked" in choice.help
    assert "Occlusion (perturbation)" in choice.options
    assert not [words for words in choice.options if "structures" in words], "the anatomy is not known here"
    choice.set_value(["eigen_cam", "random", "integrated_gradients", "occlusion"]).run()
    app = settle(app, store)
    said = texts(app)
    assert not app.exception
    for label in ("Eigen-CAM", "Random map", "Integrated gradients", "Occlusion"):
        assert f"### {label}" in said
    assert "### LIME" not in said


def test_named_structures_are_listed_as_bars(page, store):
    from dataclasses import replace

    import numpy as np

    regions = np.zeros((48, 48), np.uint8)
    regions[20:28, 12:30], regions[:20, 12:30], regions[28:, 12:30], regions[:, 34:40] = 1, 2, 2, 3
    images = {level: replace(image, regions=regions) for level, image in store.reading.images.items()}
    store.reading = replace(store.reading, images=images)
    app = page("explain")
    app.multiselect(key="methods").set_value(["structure_shap"]).run()
    app = settle(app, store)
    assert not app.exception
    assert "<dt>Disc, posterior margin</dt>" in texts(app)


def test_a_study_without_discs_says_so(page, store):
    from dataclasses import replace

    notes = ("Sagittal T2: no lumbar disc was found",)
    store.reading = replace(fakes.reading(), discs=(), findings=(), images={}, notes=notes)
    app = page("read")
    assert not app.exception
    assert notes[0] in texts(app)


def test_missing_weights_are_said_in_a_sentence(page, monkeypatch):
    from spine_core.weights import WeightsError

    def missing(folder, device):
        msg = "the weights grader.safetensors or their card are missing from weights/"
        raise WeightsError(msg)

    monkeypatch.setattr(registry, "_load", missing)
    monkeypatch.setattr("spine_core.study.open_study", lambda sources, **_: fakes.study())
    store = SessionState()
    app = page("study", store)
    app.file_uploader[0].upload("a.dcm", b"x").run()
    settle(app, store)
    app = settle(app, store)
    assert "The weights grader.safetensors or their card are missing from weights/." in texts(app)


def test_a_session_that_is_cleared_forgets_its_jobs(store):
    store.clear()
    assert store.study is None
    assert store.reading is None
    assert store.jobs.get(OPEN) is None
    assert store.jobs.get(READ) is None


def test_uploaded_bytes_do_not_show_in_text():
    assert "secret" not in repr(SourceFile("a.dcm", b"secret"))


def test_json_of_the_reading_can_be_written(store):
    from spine_core.grading.export import reading_json

    made = json.loads(json.dumps(reading_json(store.study, store.reading)))
    assert made["disclaimer"] == DISCLAIMER


def made(kind: str, rows: int, columns: int) -> bytes:
    """An image file of this size."""
    values = np.arange(rows * columns).reshape(rows, columns) % 251
    if kind == "dicom":
        return stored(mr(pixels=values.astype(np.int16)))
    if kind == "nifti":
        affine = np.array([[0, 0, 4.0, 0], [-0.7, 0, 0, 0], [0, -0.7, 0, 0], [0, 0, 0, 1.0]])
        return nibabel.Nifti1Image(values.T[..., None].astype(np.int16), affine).to_bytes()
    file = io.BytesIO()
    Image.fromarray(values.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "size"),
    [("dicom", (1, 40)), ("dicom", (1, 1)), ("nifti", (40, 1)), ("png", (1, 4000)), ("png", (1, 1))],
)
def test_every_page_opens_on_an_image_one_pixel_high_or_wide(page, kind, size):
    study = open_study([SourceFile("a", made(kind, *size))])
    assert study.series[0].pixels.shape == (1, *size)
    session = SessionState(study=study)
    session.adopt(
        Reading(study.sha256, fakes.bundle().grader.id, fakes.bundle().grader.id, (), (), notes=("none",))
    )
    for name in PAGES[:4]:
        assert not page(name, session).exception
    told_ = told(page("read", session))
    assert (told_["series"][0]["rows"], told_["series"][0]["columns"]) == size
    json.dumps(told_, allow_nan=False)
    session.jobs.close()


@pytest.mark.parametrize("center", [(-3.0, 60.0), (60.0, 500.0)])
def test_a_disc_beyond_the_edge_can_be_moved(page, store, center):
    first, *others = store.reading.discs
    store.adopt(replace(store.reading, discs=(replace(first, center_px=center), *others)))
    store.select(first.level, "pfirrmann")
    app = page("read")
    assert not app.exception
    row, column = (next(n for n in app.number_input if n.label == label).value for label in ("Row", "Column"))
    assert (row, column) == (min(max(center[0], 0), 159), min(max(center[1], 0), 127))

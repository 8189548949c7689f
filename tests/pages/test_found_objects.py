"""Segmentations and reports beside the images, on the page Read."""

from __future__ import annotations

import pytest

from pages.components.session.state import Upload
from spine_core.dicom_objects.objects import make_objects
from spine_core.study import SourceFile, open_study
from tests.dicom_objects.making import oblique, one_disc
from tests.pages import fakes
from tests.pages.conftest import settle
from tests.pages.test_pages import told


@pytest.fixture(scope="module")
def folder() -> list[SourceFile]:
    """An oblique stack with a segmentation, a report, and a damaged segmentation beside it."""
    made = one_disc(oblique())
    objects = make_objects(made.material, made.sources, ["seg", "sr"])
    files = [SourceFile(f"{one.kind}.dcm", one.to_bytes()) for one in objects]
    (other,) = make_objects(made.material, made.sources, ["seg"])
    del other.dataset.SegmentSequence
    return [*made.sources, *files, SourceFile("damaged.dcm", other.to_bytes())]


@pytest.fixture
def opened(store, folder):
    store.clear()
    store.opened, store.study = Upload(tuple(folder)), open_study(folder)
    store.adopt(fakes.reading_of(store.study))
    return store


def segments(app) -> list[dict]:
    return [
        one for series in told(app)["series"] for one in series["outlines"] if one["structure"] == "segment"
    ]


def button(app, label, number=0):
    return [one for one in app.button if one.label == label][number]


def test_a_study_without_objects_says_nothing_of_them(page):
    assert "found-objects" not in str(page("read"))


def test_a_segmentation_is_shown_as_outlines_and_hidden_again(page, opened):
    app = page("read")
    assert not app.exception
    assert [one.label for one in app.expander if "beside" in one.label] == ["Objects beside the images (3)"]
    assert segments(app) == []
    app = settle(button(app, "Show as outlines").click().run(), opened)
    found = segments(app)
    assert {one["slice"] for one in found} == {0, 1}
    assert any("By SpineLens" in one.value for one in app.text)
    app = button(app, "Hide").click().run()
    assert segments(app) == []


def test_a_report_of_ours_is_shown_as_rows(page, opened):
    app = settle(button(page("read"), "Show its rows").click().run(), opened)
    assert not app.exception
    assert any("not verified" in one.value for one in app.text)
    assert "Sentence" in [column for table in app.dataframe for column in table.value.columns]


def test_a_damaged_object_is_one_sentence(page, opened):
    app = settle(button(page("read"), "Show as outlines", 1).click().run(), opened)
    assert [one.value for one in app.error] == ["This segmentation is damaged and cannot be read."]
    assert segments(app) == []

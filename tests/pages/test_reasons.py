"""The kinds of explanation that are no maps, with small networks: what each shows, and what it says where it cannot."""

from dataclasses import replace

import numpy as np
import pytest

from pages.components.explain.signed_bars import AGAINST, FOR, NEITHER, Bar, alternative_text, signed_bars
from tests.pages.conftest import settle
from tests.pages.test_report import texts


def test_bars_are_coloured_by_their_sign_and_say_it_in_words():
    bars = [Bar("one<br>0.2", 1.5, 0.3), Bar("two", -0.5), Bar("open", 0.2, muted=True)]
    figure = signed_bars(bars, "Log-odds")
    drawn, whiskers = figure.data
    assert tuple(drawn.marker.color) == (FOR, AGAINST, NEITHER)
    assert tuple(drawn.x) == (1.5, -0.5, 0.2)
    assert tuple(whiskers.y) == ("one<br>0.2",)
    assert tuple(whiskers.error_x.array) == (0.3,)
    assert alternative_text("By name", bars) == "By name: one, 0.2 +1.50; two -0.50; open +0.20."


@pytest.fixture
def kind(page, store):
    """Opens Explain and chooses a kind of explanation; all that it asks for is there."""

    def chosen(name: str):
        app = page("explain")
        app.segmented_control(key="explanation-kind").set_value(name).run()
        app = settle(app, store)
        assert not app.exception
        return app

    return chosen


def test_measurements_of_other_networks_are_not_explained(kind):
    assert "fitted on the outlines of other networks" in texts(kind("measurements"))


def test_a_browser_that_mounts_the_row_of_kinds_anew_begins_with_the_chosen_one(page, store):
    row = page("explain").segmented_control(key="explanation-kind")
    assert list(row.proto.default) == [0]
    app = settle(row.set_value("inputs").run(), store)
    row = app.segmented_control(key="explanation-kind")
    assert list(row.proto.default) == [2]
    assert not row.proto.set_value


def test_slices_and_both_weightings_are_scored(kind):
    app = kind("inputs")
    said = texts(app)
    assert "On the graded slice" in said
    assert "left out | alone | blurred" in said
    assert len(app.get("plotly_chart")) == 2
    assert [one.label for one in app.get("download_button")] == ["CSV", "JSON"]


def test_an_only_weighting_is_compared_with_nothing(kind, store):
    images = {
        level: replace(
            one, channels=(one.channels[0], None), pixels=np.stack([one.pixels[0], 0 * one.pixels[1]])
        )
        for level, one in store.reading.images.items()
    }
    store.adopt(replace(store.reading, images=images))
    app = kind("inputs")
    assert "T2 is the only weighting of this input." in texts(app)
    assert len(app.get("plotly_chart")) == 1


def test_discs_of_another_network_are_looked_for_in_the_library_alone(kind):
    app = kind("similar")
    assert "Choose who you are on the page Library" in texts(app)
    assert "Public datasets" not in str(app.get("button_group"))


def test_a_what_if_image_is_made_only_where_it_is_asked_for(kind, store):
    app = kind("what-if")
    assert any(one.label == "Make the what-if image" for one in app.button)
    assert not [key for key, _ in store.jobs.items() if key.startswith("what-if-")]

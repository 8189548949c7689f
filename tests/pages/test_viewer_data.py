from __future__ import annotations

import json
import threading
from dataclasses import replace

import numpy as np
import pytest

from pages.components import outline_work
from pages.components.downloads import reading_file
from pages.components.session.state import CORRECT
from pages.components.slices import marks
from pages.components.viewer import pixel_route
from pages.components.viewer.pixel_route import PixelStore
from pages.components.viewer.viewer import place_disc, shown, with_drawing
from pages.components.viewer.viewer_data import (
    Map,
    crop_data,
    doubtful,
    drawn,
    factor_words,
    map_data,
    outlines,
    series_data,
    viewer_data,
)
from spine_core.anatomy.run_length import decode, encode
from spine_core.anatomy.types import Anatomy, Structure
from spine_core.explanation.overlay import colour
from spine_core.grading.types import Channel
from spine_core.jobs import submit
from spine_core.study.geometry import Affine2
from spine_core.study.intensity.window import to_grey
from spine_core.study.types import Series
from tests.pages import fakes


@pytest.fixture
def told(store):
    return shown(store, store.study)


def test_the_message_is_json_and_names_no_person_and_no_file(told):
    text = json.dumps(told)
    assert "Doe" not in text
    assert "4711" not in text
    assert "t2-0" not in text


def test_t2_and_t1_hang_side_by_side_turned_to_the_selected_disc(told, store):
    assert [pane["series"] for pane in told["panes"]] == ["t2", "t1"]
    assert told["layout"] == 2
    assert told["slices"] == told["move"]["slices"] == {"t2": 2, "t1": 2}
    assert told["move"]["centers"]["t2"] == list(store.disc.center_px)
    assert told["level"] == "L4/L5"


def test_a_selection_moves_the_viewer_and_a_scroll_does_not(store):
    before = shown(store, store.study)["move"]
    store.slices["t2"] = 4
    assert shown(store, store.study)["move"] == before
    store.select("L1/L2", "bulging")
    after = shown(store, store.study)["move"]
    assert after["serial"] > before["serial"]
    assert after["slices"]["t2"] == 2


def test_the_series_asked_for_comes_first(store):
    store.look_at_number("1")
    assert [pane["series"] for pane in shown(store, store.study)["panes"]] == ["t1", "t2"]


def test_what_is_costly_is_worked_out_once_per_study_and_per_reading(store):
    first, second = shown(store, store.study)["series"][0], shown(store, store.study)["series"][0]
    assert first["presets"] is second["presets"]
    assert first["marks"] is second["marks"]
    store.adopt(replace(store.reading, discs=store.reading.discs[1:]))
    third = shown(store, store.study)["series"][0]
    assert len(third["marks"]) == 4
    assert third["presets"] is first["presets"]


def test_the_reading_as_a_file_holds_what_the_reader_marked_and_measured(store):
    store.key_images = [{"series": "t2", "slice": 3, "note": "sharp edge"}]
    store.measurements = [
        {"tool": "Length", "frame": "1.2.3", "points": [[0, 0, 0], [3, 4, 0]], "values": {"length": 5.0}}
    ]
    told = json.loads(reading_file(store))
    assert told["key_images"] == [{"series_uid": "t2", "slice_index": 3, "note": "sharp edge"}]
    assert told["viewer_measurements"] == store.measurements
    assert len(told["findings"]) == len(store.reading.findings)


def test_a_crop_is_known_by_its_corners_on_the_slice():
    # Twice as large as its own pixels, turned a quarter: rows of the crop run along columns of the slice.
    channel = Channel("t2", "one", 4, Affine2(((0.0, 2.0), (-2.0, 0.0)), (10.0, 50.0)))
    assert crop_data(channel, 10) == {
        "slice": 4,
        "corners": [[9.0, 51.0], [29.0, 51.0], [29.0, 31.0], [9.0, 31.0]],
    }


def test_only_the_last_maps_are_kept_for_the_browser(monkeypatch):
    monkeypatch.setattr(pixel_route, "PASSING", 2)
    shelf = PixelStore("somebody")
    pixels = np.zeros((1, 2, 2), np.float32)
    study = shelf.address("study", pixels)
    first = shelf.address("map/1", pixels, passing=True)
    shelf.address("map/2", pixels, passing=True)
    shelf.address("map/1", pixels, passing=True)
    third = shelf.address("map/3", pixels, passing=True)
    held = {f"pixels/{token}" for token in shelf._stacks}
    assert held == {study, first, third}, "the one looked at longest ago goes"


def test_marks_carry_their_slice_and_follow_patient_coordinates_to_the_other_series():
    study, discs = fakes.study(), fakes.reading().discs
    own, moved = (marks(study, series, discs) for series in study.series)
    assert [mark.slice_index for mark in own] == [2] * 5
    for one, other in zip(own, moved, strict=True):
        assert other.slice_index == one.slice_index
        assert other.center == pytest.approx(one.center)
    elsewhere = replace(study.series[1], frame_of_reference_uid="9.9")
    assert marks(study, elsewhere, discs) == []


def test_a_series_without_coordinates_is_linked_to_no_other():
    study = fakes.study()
    lone = [replace(series, geometry=None, frame_of_reference_uid=None) for series in study.series]
    told = [series_data(PixelStore("me"), study, series, "name") for series in lone]
    assert told[0]["frame"] != told[1]["frame"]
    assert not told[0]["oriented"]
    assert told[0]["millimetres"]
    assert len(told[0]["positions"]) == lone[0].slices


def test_the_outline_of_a_block_runs_half_a_pixel_around_it():
    mask = np.zeros((10, 12), np.uint8)
    mask[3:7, 0:5] = 1
    (found,) = outlines(4, mask)
    assert (found["slice"], found["structure"]) == (4, "disc")
    points = np.array(found["points"])
    assert points.min(0).tolist() == [2.5, -0.5]
    assert points.max(0).tolist() == [6.5, 4.5]


def test_a_doubtful_place_is_told_and_a_doubtful_line_is_not():
    doubt = np.zeros((30, 30), np.float16)
    doubt[4:9, 10:16] = 1.0
    doubt[20, 3:26] = 1.0
    (found,) = doubtful(7, doubt, 40.0)
    assert (found["slice"], found["structure"]) == (7, "doubt")
    points = np.array(found["points"])
    np.testing.assert_allclose([points.min(0), points.max(0)], [[3.5, 9.5], [8.5, 15.5]])


def test_outlines_belong_to_the_series_that_was_segmented():
    study, reading = fakes.study(), fakes.reading()
    mask = np.zeros((160, 128), np.uint8)
    mask[50:60, 50:70] = 2
    doubt = (mask == 2).astype(np.float16)
    anatomy = Anatomy("t2", reading.discs, level_certain=True, masks={2: mask}, uncertainty={2: doubt})
    reading = replace(reading, anatomies=(anatomy,))
    t2, t1 = (drawn(study, series, reading)["outlines"] for series in study.series)
    assert [o["structure"] for o in t2] == ["doubt", "vertebra"]
    assert t1 == []


def test_a_map_is_told_with_its_scale_and_the_colours_that_python_uses():
    relevance = np.array([[-1.0, 0.5], [1.0, np.nan]], np.float32)
    told = map_data(
        PixelStore("me"),
        Map(
            "LIME",
            "hash",
            3,
            Affine2(((1.0, 0.0), (0.0, 1.0)), (0.0, 0.0)),
            relevance,
            signed=True,
            scale=1.0,
        ),
    )
    assert (told["rows"], told["columns"], told["slice"], told["name"]) == (2, 2, 3, "LIME")
    assert told["scale"] == 1.0
    assert len(told["colours"]) == 256
    rgba = colour(relevance, 1.0, signed=True, opacity=1.0)
    for (row, column), place in {(0, 0): 0, (1, 0): 255, (0, 1): 192}.items():
        assert told["colours"][place] == "#" + bytes(rgba[row, column, :3]).hex()


def test_a_disc_placed_on_the_other_series_lands_on_the_one_the_discs_were_read_on(store, monkeypatch):
    asked = {}

    def moved(study, reading, bundle, level, center, slice_index):
        asked.update(level=level, center=center, slice_index=slice_index)
        return reading

    monkeypatch.setattr("spine_core.grading.reader_edits.move_disc", moved)
    store.placing = "L2/L3"
    place_disc(store, {"level": "L2/L3", "series": "t1", "slice": 3, "row": 40.5, "column": 61.0})
    job = store.jobs.get(CORRECT)
    assert job is not None
    assert job.wait(20)
    assert asked == {"level": "L2/L3", "center": pytest.approx((40.5, 61.0)), "slice_index": 3}
    assert store.placing == ""


def of_floats(values: np.ndarray, **changes) -> Series:
    return replace(fakes.study().series[0], pixels=values.astype(np.float32), **changes)


RAMP = np.linspace(0.0, 1.0, 2 * 40 * 50).reshape(2, 40, 50)


@pytest.mark.parametrize(
    ("size", "power"),
    [(1e-9, 12), (1e-20, 23), (1.0, 3), (9.0, 2), (50.0, 0), (4000.0, 0), (1e12, -9), (1e30, -27)],
)
def test_fractions_and_huge_values_are_shown_in_numbers_that_a_window_can_be_set_on(size, power):
    study, shelf = fakes.study(), PixelStore("me")
    series = of_floats(RAMP * size)
    told = series_data(shelf, study, series, "name")
    assert factor_words(series) == (f"values × 1e{power}" if power else "")
    sent = pixel_route._STACKS[told["address"].removeprefix("pixels/")].pixels
    assert sent.dtype == np.float32
    np.testing.assert_allclose(sent, RAMP * size * 10.0**power, rtol=1e-5)
    low, high = (told["presets"][0][end] for end in ("lower", "upper"))
    assert 30 <= high - low <= 1e4
    shown = np.clip((sent[0] - low) / (high - low), 0, 1) * 255
    assert np.abs(shown - to_grey(series, 0)).max() <= 1


def test_whole_numbers_are_sent_as_they_are():
    study, shelf = fakes.study(), PixelStore("me")
    told = series_data(shelf, study, study.series[0], "name")
    assert pixel_route._STACKS[told["address"].removeprefix("pixels/")].pixels is study.series[0].pixels
    assert factor_words(study.series[0]) == ""


def test_values_far_from_all_others_do_not_become_infinite():
    values = RAMP * 1e-20
    values[0, 0, 0] = 3e38
    study, shelf = fakes.study(), PixelStore("me")
    series = of_floats(values)
    told = series_data(shelf, study, series, "name")
    assert np.all(np.isfinite(pixel_route._STACKS[told["address"].removeprefix("pixels/")].pixels))
    assert all(abs(one["upper"]) <= np.finfo(np.float32).max for one in told["presets"])
    json.dumps(viewer_data(study.sha256, [told], []), allow_nan=False)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_a_message_that_no_browser_reads_is_never_sent(wrong):
    study = fakes.study()
    told = series_data(PixelStore("me"), study, study.series[0], "name")
    told["presets"][0]["upper"] = wrong
    with pytest.raises(ValueError, match="JSON"):
        viewer_data(study.sha256, [told], [])


def test_the_window_of_a_header_that_shows_nothing_is_no_sigmoid():
    header = {"VOILUTFunction": "SIGMOID"}
    study = fakes.study()
    for window, sigmoid in (((400.0, 300.0), True), (None, False)):
        series = replace(study.series[0], header=header, window=window)
        assert series_data(PixelStore("me"), study, series, "name")["sigmoid"] is sigmoid


def test_a_series_that_is_shown_multiplied_says_so_in_its_name(store):
    study = fakes.study()
    small = of_floats(RAMP * 1e-9)
    shown = with_drawing(store, study, small, "T2")
    assert shown["name"] == "T2 · values × 1e12"
    assert with_drawing(store, study, study.series[1], "T1")["name"] == "T1"


def test_the_current_masks_of_a_segmented_series_go_to_the_viewer(store):
    assert "masks" not in shown(store, store.study)["series"][0]
    store.adopt(fakes.segmented_reading())
    told = shown(store, store.study)
    (masks,) = told["series"][0]["masks"]
    assert masks["slice"] == 2
    assert np.array_equal(decode(masks["runs"]["disc"], (160, 128)), fakes.labels() == Structure.DISC)
    assert "masks" not in told["series"][1], "no mask of T1"
    assert told["outlineEdits"] == {"received": "", "refused": ""}


def test_outlines_that_the_viewer_sends_go_into_the_reading_and_leave_the_viewer_where_it_is(store):
    store.adopt(fakes.segmented_reading())
    moves, mask = store.moves, fakes.labels() == Structure.DISC
    mask[90, 48:72] = True
    sent = {"series": "t2", "slice": 2, "structure": "disc", "runs": list(encode(mask))}
    outline_work.take(store, {"name": "first", "outlines": [sent]})
    assert store.outlines_received == {"received": "first", "refused": ""}
    assert [edit.changed_px for edit in store.reading.outline_edits] == [24]
    assert (store.moves, store.corrected) == (moves, 1)
    outlines = shown(store, store.study)["series"][0]["outlines"]
    assert (
        min(row for one in outlines for row, _ in one["points"] if one["structure"] == "disc" and row > 84)
        == 89.5
    )
    store.go_to(0)
    assert store.reading.outline_edits == ()


@pytest.mark.parametrize(
    "sent", [7, {}, {"name": {}, "outlines": "x"}, {"name": "n" * 9999, "outlines": [{}]}]
)
def test_what_is_no_outline_is_refused_with_a_sentence(store, sent):
    store.adopt(fakes.segmented_reading())
    before = store.reading
    outline_work.take(store, sent)
    assert store.outlines_received["refused"].endswith(".")
    assert len(store.outlines_received["received"]) <= 64
    assert store.reading is before


def test_outlines_wait_until_the_discs_are_graded(store):
    store.adopt(fakes.segmented_reading())
    passes = threading.Event()
    submit(store.jobs, CORRECT, lambda progress: passes.wait(30))
    outline_work.take(store, {"name": "one", "outlines": []})
    passes.set()
    assert store.outlines_received["refused"] == outline_work.STILL_GRADING

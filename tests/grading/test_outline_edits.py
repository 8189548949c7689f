"""Edits of outlines: what follows from them, what does not, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from spine_core.anatomy.run_length import decode, encode
from spine_core.anatomy.types import Structure
from spine_core.comparison.metrics.base import EvaluatedMap
from spine_core.comparison.metrics.localisation.localisation import in_structures
from spine_core.grading.export import reading_csv, reading_json
from spine_core.grading.outline_edits import (
    drawn_outlines,
    edit_outlines,
    take_back_outline,
    take_back_outlines,
)
from spine_core.grading.outlines import current_masks, current_segmentations, levels_near
from spine_core.grading.read import grade_with
from spine_core.grading.reader_edits import CorrectionError, move_disc, shift_levels
from tests.pages import fakes

WHEN = datetime(2026, 11, 30, 12, 30, 15, tzinfo=UTC)
BUNDLE, STUDY = fakes.bundle(), fakes.study()
ROW = 96
"""Of the centre of L4/L5."""


@pytest.fixture(scope="module")
def reading():
    return fakes.segmented_reading()


def sent(structure: str, mask: np.ndarray, slice_index: int = 2) -> list[dict[str, object]]:
    """The viewer's message: one structure of one slice."""
    return [
        {"series": "t2", "slice": slice_index, "structure": structure, "runs": [int(n) for n in encode(mask)]}
    ]


def disc_mask(*, above: int = 0) -> np.ndarray:
    """The discs of the segmentation, L4/L5 higher by ``above`` rows."""
    mask = fakes.labels() == Structure.DISC
    mask[ROW - 5 - above : ROW, 48:72] = True
    return mask


def edited(reading, message, reader="Anna Example", when=WHEN):
    return edit_outlines(STUDY, reading, BUNDLE, drawn_outlines(STUDY, reading, message), reader, when)


def test_an_edit_is_signed_and_compared_and_the_measurement_follows(reading):
    assert reading.measurements["L4/L5"].disc_height == pytest.approx(10 * 1.5, abs=0.4)
    after = edited(reading, sent("disc", disc_mask(above=1)))
    (edit,) = after.outline_edits
    assert (edit.reader, edit.edited) == ("Anna Example", "2026-11-30T12:30:15+00:00")
    assert edit.dice == pytest.approx(2 * 1200 / 2424)
    assert edit.changed_mm2 == pytest.approx(24 * 1.5**2)
    assert after.measurements["L4/L5"].disc_height == pytest.approx(11 * 1.5, abs=0.4)
    assert after.segmented_measurements["L4/L5"] == reading.measurements["L4/L5"]
    assert [level for level in after.measurements if after.measured_on_edit(level)] == ["L4/L5"]
    assert levels_near(STUDY, after, edit) == ("L4/L5",)
    assert after.corrections == (
        "outlines edited by Anna Example, 2026-11-30 12:30 UTC: disc at L4/L5 on slice 3 "
        "(Dice 0.990, 54.0 mm² changed)",
    )


def test_grades_and_what_the_networks_receive_stay(reading):
    after = edited(reading, sent("canal", np.zeros((160, 128), bool)))
    assert after.findings == reading.findings, "without any canal the slice would not be graded"
    for level, image in after.images.items():
        assert image.pixels is reading.images[level].pixels
    again = grade_with(STUDY, BUNDLE, after)
    assert [one.probabilities for one in again.findings] == [one.probabilities for one in reading.findings]
    assert again.measurements == after.measurements


def test_relevance_shares_follow_the_edited_outline(reading):
    after = edited(reading, sent("disc", disc_mask(above=1)))
    shape = reading.images["L4/L5"].regions.shape
    one = EvaluatedMap("flat", np.ones(shape, np.float32))

    def share(found) -> float:
        results = in_structures(one, found.images["L4/L5"].regions)
        return next(r.value for r in results if r.variant == "disc")

    assert share(after) > share(reading)


def test_the_segmentation_is_kept_and_the_current_masks_are_given_with_their_readers(reading):
    after = edited(reading, sent("disc", disc_mask(above=1)))
    assert np.array_equal(after.anatomies[0].masks[2], fakes.labels())
    (current,) = current_segmentations(after)
    assert current.masks[2][ROW - 6, 60] == Structure.DISC
    assert current.readers == {Structure.DISC: ("Anna Example",)}
    assert current_masks(reading)["t2"][2] is reading.anatomies[0].masks[2]


def test_edits_are_taken_back_one_by_one_or_all(reading):
    one = edited(reading, sent("disc", disc_mask(above=1)))
    two = edited(one, sent("disc", disc_mask(above=3), 3), reader="  ")
    assert [edit.reader for edit in two.outline_edits] == ["Anna Example", "reader"]
    assert two.outline_edits[1].dice is None, "slice 4 was not segmented"
    without = take_back_outline(STUDY, two, BUNDLE, two.outline_edits[0])
    assert without.measurements == reading.measurements
    assert [edit.slice_index for edit in without.outline_edits] == [3]
    none = take_back_outlines(STUDY, two, BUNDLE)
    assert none.outline_edits == ()
    assert np.array_equal(none.images["L4/L5"].regions, reading.images["L4/L5"].regions)
    assert len(none.corrections) == 3
    assert none.disc_corrections == ()
    with pytest.raises(CorrectionError, match="no outline was edited"):
        take_back_outlines(STUDY, none, BUNDLE)
    with pytest.raises(CorrectionError, match="not in the reading"):
        take_back_outline(STUDY, none, BUNDLE, two.outline_edits[0])


def test_an_outline_drawn_back_to_the_segmentation_ends_its_edits(reading):
    after = edited(reading, sent("disc", disc_mask(above=1)))
    back = edited(after, sent("disc", disc_mask()))
    assert back.outline_edits == ()
    assert back.measurements == reading.measurements
    with pytest.raises(CorrectionError, match="no outline was changed"):
        edited(back, sent("disc", disc_mask()))


def test_edits_outlast_corrections_of_discs(reading):
    after = edited(reading, sent("disc", disc_mask(above=1)))
    shifted = shift_levels(STUDY, after, BUNDLE, -1)
    assert shifted.measurements["L3/L4"] == after.measurements["L4/L5"]
    moved = move_disc(STUDY, after, BUNDLE, "L4/L5", (97.0, 60.0))
    assert moved.outline_edits == after.outline_edits
    assert moved.measured_on_edit("L4/L5")
    assert moved.disc_corrections == ("L4/L5 moved",)


GOOD = sent("disc", disc_mask(above=1))[0]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (None, "could not be read"),
        ("disc", "could not be read"),
        ([], "could not be read"),
        ([GOOD] * 16, "could not be read"),
        ([7], "series that was not segmented"),
        ([GOOD | {"series": "t1"}], "series that was not segmented"),
        ([GOOD | {"series": ["t2"]}], "series that was not segmented"),
        ([GOOD | {"structure": "background"}], "must be of disc, vertebra, canal"),
        ([GOOD | {"structure": {}}], "must be of disc, vertebra, canal"),
        ([GOOD | {"slice": -1}], "not among the 5"),
        ([GOOD | {"slice": 5}], "not among the 5"),
        ([GOOD | {"slice": 2.0}], "not among the 5"),
        ([GOOD | {"slice": True}], "not among the 5"),
        ([GOOD | {"runs": "1,2"}], "no mask"),
        ([GOOD | {"runs": None}], "no mask"),
        ([GOOD | {"runs": [1, 2]}], "the runs cover 3 pixels"),
        ([GOOD | {"runs": [-1, 20481]}], "whole numbers"),
        ([GOOD | {"runs": [0] * 10**6}], "cannot have 1000000 runs"),
    ],
)
def test_messages_that_hold_no_outline_are_refused(reading, message, reason):
    with pytest.raises(CorrectionError, match=reason):
        drawn_outlines(STUDY, reading, message)


def test_a_reading_without_a_segmented_series_takes_no_edit(reading):
    with pytest.raises(CorrectionError, match="could not be read"):
        drawn_outlines(STUDY, replace(reading, anatomies=()), [GOOD])


def test_exports_name_the_edits_and_keep_both_measurements(reading):
    after = edited(reading, sent("disc", disc_mask(above=1)))
    exported = json.loads(json.dumps(reading_json(STUDY, after), allow_nan=False))
    (edit,) = exported["outline_edits"]
    assert (edit["structure"], edit["slice_index"], edit["reader"]) == ("disc", 2, "Anna Example")
    assert np.array_equal(decode(edit["mask_runs"], tuple(edit["mask_shape"])), disc_mask(above=1))
    heights = [exported[name]["L4/L5"]["disc_height"] for name in ("measurements", "segmented_measurements")]
    assert heights[0] > heights[1]
    rows = csv.DictReader(io.StringIO(reading_csv(after)))
    assert {row["level"] for row in rows if row["outlines_edited_by"] == "Anna Example"} == {"L4/L5"}

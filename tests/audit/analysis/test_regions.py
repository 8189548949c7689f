from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.audit.analysis.ellipse import ellipse_mask
from spine_core.audit.analysis.regions import overlap, overlaps, regions
from spine_core.audit.view import View
from spine_core.library.errors import LibraryError
from tests.audit.analysis.making import audited, protocol, rating
from tests.audit.ratings.making import VIEW


def ellipse(row: float, column: float, rows: float, columns: float):
    """Top, bottom, left, right of an ellipse with these half axes on the slice."""
    return ((row - rows, column), (row + rows, column), (row, column - columns), (row, column + columns))


CENTRE = ellipse(11.75, 21.75, 0.8, 0.8)
"""In a map of ``VIEW``, whose pixels are half of the slice's: around (3.5, 3.5) with a radius of 1.6."""


def test_a_circle_on_the_slice_holds_the_twelve_pixels_around_the_centre_of_the_map():
    mask = ellipse_mask(CENTRE, VIEW)
    # Of the 4 × 4 pixels around the centre the corners are 2.1 away, the others 1.6 at most.
    expected = np.zeros((8, 8), bool)
    expected[2:6, 2:6] = True
    expected[[2, 2, 5, 5], [2, 5, 2, 5]] = False
    np.testing.assert_array_equal(mask, expected)


def test_an_ellipse_follows_a_map_that_is_turned_on_the_slice():
    # Rows of the map run along the columns of the slice, its columns against the rows.
    turned = View("series", 0, (0.0, -1.0, 10.0, 1.0, 0.0, 20.0), 8)
    mask = ellipse_mask(ellipse(7, 24, 2.1, 0.4), turned)
    # (7, 24) is row 4 and column 3 of the map; two rows up and down there are two columns.
    assert sorted(zip(*np.nonzero(mask), strict=True)) == [(4, 1), (4, 2), (4, 3), (4, 4), (4, 5)]


def test_diameters_that_are_oblique_give_an_oblique_ellipse():
    # Half diameters (2, 2) and (-0.5, 0.5) around (3, 3): a narrow ellipse along the diagonal.
    points = ((1, 1), (5, 5), (3.5, 2.5), (2.5, 3.5))
    mask = ellipse_mask(points, View("series", 0, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), 8))
    # On the circle (4, 4) is at 0.5, (5, 5) at 1; (3, 4) is at (0.25, 1), which is outside.
    assert sorted(zip(*np.nonzero(mask), strict=True)) == [(n, n) for n in range(1, 6)]


def test_a_click_is_no_region():
    assert ellipse_mask(ellipse(11, 21, 0, 0), VIEW) is None
    assert ellipse_mask(ellipse(11, 21, 1, 0), VIEW) is None


def test_relevance_inside_and_the_pointing_game_by_hand():
    mask = np.array([[True, False], [False, True]])
    assert overlap(np.array([[3, 1], [4, 2]], np.float32), mask) == (0.5, False)
    # What speaks against the grade is not counted, however strong.
    assert overlap(np.array([[1, -9], [-9, 0]], np.float32), mask) == (1.0, True)
    assert overlap(np.array([[-1, 0], [0, 0]], np.float32), mask) == (None, None)


@pytest.fixture
def asked():
    plain = protocol(2, methods=("lime", "grad_cam", "control edges"))
    return replace(plain, findings=tuple(replace(one, view=VIEW) for one in plain.findings))


def read(one):
    """LIME marks the centre alone, Grad-CAM is uniform, the edges are outside."""
    found = np.zeros((8, 8), np.float32)
    if one.method == "lime":
        found[3, 3] = 2
    elif one.method == "grad_cam":
        found[:] = 1
    else:
        found[0] = 1
        found[3, 3] = 0.5
    return found


def test_means_of_methods_and_controls_beside_them(asked):
    scores = dict.fromkeys(asked.methods, 4)
    ratings = [rating(asked, 1, number, scores, region=CENTRE) for number in (1, 2)]
    found = {one.method: one for one in regions(audited(asked, ratings), read)}
    assert list(found) == ["grad_cam", "lime", "control edges"]
    assert [one.control for one in found.values()] == [False, False, True]
    assert (found["lime"].inside.value, found["lime"].peak_inside.value) == (1.0, 1.0)
    assert found["grad_cam"].inside.value == found["grad_cam"].area.value == 12 / 64
    assert found["control edges"].inside.value == pytest.approx(0.5 / 8.5)
    assert (found["control edges"].peak_inside.value, found["control edges"].peak_inside.n) == (0.0, 2)
    assert found["lime"].inside.interval == (1.0, 1.0)


def test_the_region_that_was_drawn_without_maps_counts(asked):
    elsewhere = ellipse(10.25, 20.25, 0.8, 0.8)
    ratings = [
        rating(asked, 1, 1, None, region=elsewhere),
        rating(asked, 1, 1, dict.fromkeys(asked.methods, 4), sheet=5, region=CENTRE),
        rating(asked, 1, 1, dict.fromkeys(asked.methods, 4), sheet=6, region=CENTRE, repeat=True),
    ]
    found = [one for one in overlaps(audited(asked, ratings), read) if one.method == "lime"]
    assert [(one.rater, one.number, one.inside, one.peak_inside) for one in found] == [(1, 1, 0.0, False)]


def test_a_region_that_was_drawn_at_a_repeat_only_does_not_count(asked):
    scores = dict.fromkeys(asked.methods, 4)
    ratings = [
        rating(asked, 1, 1, scores),
        rating(asked, 1, 1, scores, sheet=5, region=CENTRE, repeat=True),
    ]
    assert overlaps(audited(asked, ratings), read) == []


def test_findings_without_region_or_place_and_maps_without_file_are_left_out(asked):
    def damaged(one):
        if one.method == "lime":
            raise LibraryError
        return read(one)

    scores = dict.fromkeys(asked.methods, 4)
    ratings = [rating(asked, 1, 1, scores, region=CENTRE), rating(asked, 1, 2, scores)]
    assert [one.method for one in overlaps(audited(asked, ratings), damaged)] == ["grad_cam", "control edges"]
    nowhere = protocol(1)
    lost = rating(nowhere, 1, 1, dict.fromkeys(nowhere.methods, 4), region=CENTRE)
    assert regions(audited(nowhere, [lost]), read) == ()

"""Measurements of a drawn spine: the expected numbers follow from the drawing."""

from __future__ import annotations

import numpy as np
import pytest

from spine_core.anatomy.measurements import Measurements, measure, scaled
from spine_core.anatomy.types import Structure

SIZE, WIDTH = 110, 2.2
"""50 pixels are one inter-disc distance."""
CENTER = (55.0, 45.0)


def drawing(slip: int = 0, bulge: int = 0, disc_rows: int = 10) -> np.ndarray:
    """Vertebrae 35 rows high and 50 columns long, a disc between them, a canal 16 columns wide behind."""
    labels = np.zeros((SIZE, SIZE), dtype=np.uint8)
    top, bottom = 55 - disc_rows // 2, 55 + disc_rows // 2
    labels[top - 35 : top, 20 - slip : 70 - slip] = Structure.VERTEBRA
    labels[bottom : bottom + 35, 20:70] = Structure.VERTEBRA
    labels[:, 74:90] = Structure.CANAL
    labels[top:bottom, 20 : 70 + bulge] = Structure.DISC
    return labels


def test_height_and_canal_are_those_of_the_drawing() -> None:
    found = measure(drawing(), None, WIDTH, CENTER)
    assert found.disc_height == pytest.approx(10 / 50)
    assert found.disc_height_index == pytest.approx(10 / 35)
    assert found.canal_diameter == pytest.approx(16 / 50)
    assert found.slip_percent == pytest.approx(0)
    assert found.bulge_depth == pytest.approx(0)
    assert found.signal_ratio is None


def test_an_anterior_displacement_by_a_fifth_is_a_slip_of_twenty_percent() -> None:
    assert measure(drawing(slip=10), None, WIDTH, CENTER).slip_percent == pytest.approx(20)
    assert measure(drawing(slip=-4), None, WIDTH, CENTER).slip_percent == pytest.approx(-8)


def test_bulge_depth_is_the_distance_beyond_the_corners() -> None:
    found = measure(drawing(bulge=10), None, WIDTH, CENTER)
    assert found.bulge_depth == pytest.approx(10 / 50)
    assert found.canal_diameter == pytest.approx(10 / 50), "six of sixteen columns are taken by the disc"


def test_a_dark_disc_has_a_low_signal_ratio() -> None:
    labels = drawing()
    image = np.where(labels == Structure.CANAL, 200.0, 50.0).astype(np.float32)
    assert measure(labels, image, WIDTH, CENTER).signal_ratio == pytest.approx(0.25)


def test_the_disc_at_the_centre_is_measured_and_not_its_neighbour() -> None:
    labels = drawing()
    labels[100:108, 20:70] = Structure.DISC
    assert measure(labels, None, WIDTH, CENTER).disc_height == pytest.approx(10 / 50)


def test_a_vertebra_cut_by_the_frame_gives_no_height() -> None:
    labels = drawing()
    labels[:16, 20:70] = Structure.VERTEBRA  # now the upper one runs out of the frame
    assert measure(labels, None, WIDTH, CENTER).disc_height_index == pytest.approx(10 / 35), (
        "the lower is whole"
    )
    labels[90:, 20:70] = Structure.VERTEBRA
    assert measure(labels, None, WIDTH, CENTER).disc_height_index is None


def test_processes_behind_the_canal_are_not_part_of_the_vertebra() -> None:
    labels = drawing()
    labels[20:50, 92:108] = Structure.VERTEBRA
    labels[20:26, 70:92] = Structure.VERTEBRA  # joined to the body by a pedicle, far from the endplate
    found = measure(labels, None, WIDTH, CENTER)
    assert found.slip_percent == pytest.approx(0)
    assert found.disc_height_index == pytest.approx(10 / 35)


def test_a_fragment_of_a_vertebra_is_not_used() -> None:
    labels = drawing(disc_rows=10)
    labels[60:, 45:70] = 0  # the lower vertebra is outlined in its front half only
    found = measure(labels, None, WIDTH, CENTER)
    assert (found.slip_percent, found.bulge_depth) == (None, None)
    assert found.disc_height_index == pytest.approx(10 / 35), "the upper one is whole"


def test_a_partly_segmented_endplate_has_no_corners() -> None:
    labels = drawing(slip=10)
    # Of the lower vertebra's rows near the disc only the back is outlined: it would have slipped by its own length.
    rows = np.flatnonzero((labels == Structure.VERTEBRA).any(axis=1))
    first = next(row for row in rows if row > CENTER[0])
    labels[first : first + 8, 20:58] = 0
    found = measure(labels, None, WIDTH, CENTER)
    assert (found.slip_percent, found.bulge_depth) == (None, None)
    assert found.disc_height_index is not None


def test_slip_and_bulge_are_not_measured_on_parasagittal_slices() -> None:
    labels = drawing(slip=10, bulge=8)
    labels[labels == Structure.CANAL] = 0
    found = measure(labels, None, WIDTH, CENTER)
    assert (found.slip_percent, found.bulge_depth, found.canal_diameter) == (None, None, None)
    assert found.disc_height == pytest.approx(0.2)


def test_without_a_disc_nothing_is_measured() -> None:
    assert measure(np.zeros((SIZE, SIZE), np.uint8), None, WIDTH, CENTER) == Measurements()


def test_lengths_become_millimetres_and_ratios_do_not_change() -> None:
    found = scaled(measure(drawing(slip=10), None, WIDTH, CENTER), 40.0)
    assert (found.unit, found.disc_height, found.slip_percent) == (
        "mm",
        pytest.approx(8.0),
        pytest.approx(20),
    )
    unknown = measure(drawing(), None, WIDTH, CENTER)
    assert scaled(unknown, None) is unknown

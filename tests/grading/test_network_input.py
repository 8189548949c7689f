"""What a network sees of a disc, by crop: the right slice, the right place, the right side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.anatomy.types import Disc, Structure
from spine_core.grading.crops.canal import canal_point
from spine_core.grading.crops.network_input import DiscSources, network_input
from spine_core.networks.preprocessing import Crop, Intensity, Preprocessing, Side
from spine_core.study.geometry import StackGeometry
from spine_core.study.types import Patient, Plane, Series, Study, Weighting

ROWS, COLUMNS = 120, 100
CANAL_COLUMN = 60
"""Column of the canal's centre on sagittal slices of 1 mm pixels."""

SLICES = np.arange(-20.0, 21.0, 4.0)
"""Patient's x of the sagittal slices in mm; the disc is on the slice at 0."""


def sagittal(uid: str = "t2", weighting: Weighting = Weighting.T2) -> Series:
    """Eleven slices. Each pixel holds x of its slice, so that a crop tells from which slice it is."""
    pixels = np.broadcast_to(SLICES[:, None, None], (len(SLICES), ROWS, COLUMNS)).astype(np.float32)
    geometry = StackGeometry(
        np.stack([SLICES, np.zeros_like(SLICES), np.zeros_like(SLICES)], axis=1),
        np.array([0.0, 1.0, 0.0]),
        np.array([0.0, 0.0, -1.0]),
        (1.0, 1.0),
    )
    return series(uid, Plane.SAGITTAL, weighting, pixels, geometry)


def axial(uid: str, values: str, *, z: float = -50.0, tilt: float = 0.0) -> Series:
    """Three slices around the disc's centre at the height ``z``, 100 x 120 mm.

    ``values``: whether each pixel holds its patient's ``x`` or ``y`` in mm. ``tilt``: of the slices in radians.
    """
    right, back = np.array([1.0, 0.0, 0.0]), np.array([0.0, np.cos(tilt), np.sin(tilt)])
    normal = np.cross(right, back)
    center = np.array([0.0, 40.0, z])
    corner = center - 50 * right - 60 * back
    positions = np.stack([corner + step * normal for step in (-4.0, 0.0, 4.0)])
    geometry = StackGeometry(positions, right, back, (1.0, 1.0))
    grid = np.zeros((3, 120, 100), dtype=np.float32)
    for index in range(3):
        rows, columns = np.mgrid[0:120, 0:100]
        points = positions[index] + rows[..., None] * back + columns[..., None] * right
        grid[index] = points[..., "xyz".index(values)]
    return series(uid, Plane.AXIAL, Weighting.T2, grid, geometry)


def series(uid: str, plane: Plane, weighting: Weighting, pixels, geometry: StackGeometry) -> Series:
    count = len(pixels)
    return Series(uid, "", "MR", plane, weighting, "", pixels, geometry, (1.0, 1.0), 4.0,
                  ("f",) * count, (None,) * count, frame_of_reference_uid="1")  # fmt: skip


DISC = Disc("L4/L5", "t2", 5, (50.0, 40.0), (50.0, 52.0), None, 36.0, (1.0, 0.0), 1.0)


def masks() -> dict[int, np.ndarray]:
    mask = np.zeros((ROWS, COLUMNS), dtype=np.uint8)
    mask[:, CANAL_COLUMN - 5 : CANAL_COLUMN + 6] = Structure.CANAL
    return {5: mask}


def sources(*more: Series) -> DiscSources:
    t2, t1 = sagittal(), sagittal("t1", Weighting.T1)
    study = Study((t2, t1, *more), (), Patient("key"), "0" * 64)
    return DiscSources(study, {"t2": t2, "t1": t1}, masks())


def unscaled(**values) -> Preprocessing:
    """Intensities stay millimetres: 0 and 1 of the range become -50 and 50, which is what the images hold."""
    return Preprocessing(
        **{"size": 41, "channels": ("t2",), "width": 41.0, "shift": 0.0, "ceiling": 1.0} | values
    )


def test_the_canal_is_the_segmented_one_at_the_discs_level() -> None:
    t2 = sagittal()
    np.testing.assert_allclose(canal_point(DISC, t2, masks()), [0.0, CANAL_COLUMN, -50.0], atol=0.5)
    np.testing.assert_allclose(canal_point(DISC, t2, None), [0.0, 52.0, -50.0])
    elsewhere = {5: np.zeros((ROWS, COLUMNS), np.uint8)}
    elsewhere[5][:20] = Structure.CANAL
    np.testing.assert_allclose(canal_point(DISC, t2, elsewhere), [0.0, 52.0, -50.0])
    assert canal_point(DISC, replace(t2, geometry=None), masks()) is None


@pytest.mark.parametrize(("side", "x"), [(Side.LEFT, 12.0), (Side.RIGHT, -12.0)])
def test_a_foramen_is_on_the_slice_of_its_side(side: Side, x: float) -> None:
    preprocessing = unscaled(crop=Crop.FORAMEN, side=side, lateral=13.0, channels=("t1",))
    image = network_input(preprocessing, DISC, sources())
    [channel] = image.channels
    assert channel is not None
    assert channel.series_uid == "t1"
    assert SLICES[channel.slice_index] == x
    middle = channel.frame([[20.0, 20.0]])[0]
    np.testing.assert_allclose(middle, [50.0, CANAL_COLUMN], atol=0.5)


def test_a_foramen_beyond_the_last_slice_is_missing() -> None:
    preprocessing = unscaled(crop=Crop.FORAMEN, side=Side.LEFT, lateral=23.0, channels=("t1",))
    image = network_input(preprocessing, DISC, sources())
    assert image.channels == (None,)
    assert not image.pixels.any()


@pytest.mark.parametrize("tilt", [0.0, 0.4, -0.4])
def test_an_axial_crop_is_centred_on_the_canal_with_the_patients_left_on_the_right(tilt: float) -> None:
    for values, along_rows in (("x", False), ("y", True)):
        image = network_input(unscaled(crop=Crop.AXIAL), DISC, sources(axial("ax", values, tilt=tilt)))
        [channel] = image.channels
        assert channel is not None
        assert (channel.series_uid, channel.slice_index) == ("ax", 1)
        profile = image.pixels[0][:, 20] if along_rows else image.pixels[0][20]
        assert (np.diff(profile) > 0).all(), "x grows to the patient's left, y to the back"
        flat = image.pixels[0][20] if along_rows else image.pixels[0][:, 20]
        assert np.ptp(flat) < 0.05 * np.ptp(profile)
        # The canal is in the middle: 20 mm behind the disc, which a tilted slice meets along its normal.
        slice_pixels = axial("ax", values, tilt=tilt).pixels[1]
        row, column = channel.frame([[20.0, 20.0]])[0]
        expected = 0.0 if values == "x" else 40.0 + 20.0 * np.cos(tilt) ** 2
        assert slice_pixels[round(row), round(column)] == pytest.approx(expected, abs=1.5)


@pytest.mark.parametrize(("side", "x"), [(Side.LEFT, 10.0), (Side.RIGHT, -10.0)])
@pytest.mark.parametrize("mirror", [False, True])
def test_a_recess_is_beside_the_canal_and_left_ones_can_be_mirrored(
    side: Side, x: float, mirror: bool
) -> None:
    preprocessing = unscaled(crop=Crop.RECESS, side=side, lateral=10.0, mirror=mirror)
    given = axial("ax", "x")
    image = network_input(preprocessing, DISC, sources(given))
    [channel] = image.channels
    assert channel is not None
    row, column = channel.frame([[20.0, 20.0]])[0]
    assert given.pixels[1][round(row), round(column)] == pytest.approx(x, abs=1.0)
    rising = image.pixels[0][20, -1] > image.pixels[0][20, 0]
    assert rising == (not (mirror and side is Side.LEFT))


def test_an_axial_series_that_misses_the_disc_or_has_other_coordinates_is_not_used() -> None:
    preprocessing = unscaled(crop=Crop.AXIAL)
    far = axial("far", "x", z=-80.0)
    foreign = replace(axial("foreign", "x"), frame_of_reference_uid="2")
    t1 = replace(axial("t1-axial", "x"), weighting=Weighting.T1)
    assert network_input(preprocessing, DISC, sources(far, foreign, t1)).channels == (None,)
    near = axial("near", "x", z=-51.0)
    [channel] = network_input(preprocessing, DISC, sources(far, near, foreign)).channels
    assert channel is not None
    assert channel.series_uid == "near"


def test_a_crop_in_millimetres_has_its_width_in_millimetres() -> None:
    t2 = replace(sagittal(), spacing=(0.5, 0.5))
    given = DiscSources(Study((t2,), (), Patient("key"), "0" * 64), {"t2": t2}, {})
    preprocessing = Preprocessing(size=64, channels=("t2",), crop=Crop.DISC_MM, width=32.0, shift=4.0)
    [channel] = network_input(preprocessing, DISC, given).channels
    assert channel is not None
    corners = channel.frame([[0.0, 0.0], [64.0, 0.0], [0.0, 64.0]])
    np.testing.assert_allclose(np.linalg.norm(corners[1:] - corners[0], axis=1), 64.0)
    np.testing.assert_allclose(channel.frame([[31.5, 31.5]])[0], [50.0, 48.0])
    unknown = replace(t2, spacing=None)
    given = DiscSources(Study((unknown,), (), Patient("key"), "0" * 64), {"t2": unknown}, {})
    assert network_input(preprocessing, DISC, given).channels == (None,)


def test_a_whole_slice_fits_into_the_input_undistorted() -> None:
    preprocessing = Preprocessing(size=60, channels=("t2",), crop=Crop.SLICE)
    image = network_input(preprocessing, DISC, sources())
    [channel] = image.channels
    assert channel is not None
    assert channel.slice_index == DISC.slice_index
    np.testing.assert_allclose(channel.frame([[29.5, 29.5]])[0], [(ROWS - 1) / 2, (COLUMNS - 1) / 2])
    assert channel.outside is not None
    assert channel.outside.mean() == pytest.approx(1 - COLUMNS / ROWS, abs=0.02)


def test_channels_may_repeat_a_weighting_with_their_own_mean() -> None:
    t2 = replace(
        sagittal(), pixels=np.random.default_rng(0).random((len(SLICES), ROWS, COLUMNS)).astype(np.float32)
    )
    given = DiscSources(Study((t2,), (), Patient("key"), "0" * 64), {"t2": t2}, {})
    means = (0.1, 0.2, 0.3)
    preprocessing = Preprocessing(size=32, channels=("t2",) * 3, mean=means, std=(0.5, 0.5, 1.0))
    pixels = network_input(preprocessing, DISC, given).pixels
    grey = pixels[0] * 0.5 + 0.1
    np.testing.assert_allclose(pixels[1] * 0.5 + 0.2, grey, atol=1e-6)
    np.testing.assert_allclose(pixels[2] * 1.0 + 0.3, grey, atol=1e-6)


def test_intensity_rules_on_values_worked_out_by_hand() -> None:
    crop = np.array([[0.0, 10.0], [20.0, 30.0]], dtype=np.float32)
    ranged = Preprocessing(intensity=Intensity.RANGE, mean=0.5, std=0.5).standardise(crop)
    np.testing.assert_allclose(ranged, [[-1.0, -1 / 3], [1 / 3, 1.0]], atol=1e-6)
    scored = Preprocessing(intensity=Intensity.Z_SCORE, mean=0.0, std=1.0).standardise(crop)
    np.testing.assert_allclose(scored, (crop - 15.0) / np.sqrt(125.0), atol=1e-6)
    clipped = Preprocessing(low=0.0, high=50.0, ceiling=1.0, mean=0.0, std=1.0).standardise(crop)
    np.testing.assert_allclose(clipped, [[0.0, 2 / 3], [1.0, 1.0]], atol=1e-6)

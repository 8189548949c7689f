"""The crop places the disc as the input specification requires, whatever the pixel spacing of the slice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from spine_core.anatomy.types import Disc
from spine_core.grading.crops.cut import neighbouring_slice
from spine_core.grading.crops.sagittal import disc_frame, disc_image, map_to_series
from spine_core.networks.preprocessing import Preprocessing
from spine_core.study.geometry import StackGeometry
from spine_core.study.types import Patient, Plane, Series, Study, Weighting

CONTRACT = Preprocessing(size=96, width=2.0, shift=0.25)


def sagittal(
    pixels: npt.NDArray[np.float32],
    spacing: tuple[float, float],
    *,
    origin: tuple[float, float, float] = (0, 0, 0),
) -> Series:
    count = len(pixels)
    geometry = StackGeometry(
        np.array([[origin[0] + 4.0 * i, origin[1], origin[2]] for i in range(count)]),
        np.array([0.0, 1.0, 0.0]),
        np.array([0.0, 0.0, -1.0]),
        spacing,
    )
    return Series("s", "", "MR", Plane.SAGITTAL, Weighting.T2, "", pixels, geometry, spacing, 4.0,
                  ("f",) * count, (None,) * count, frame_of_reference_uid="1")  # fmt: skip


def disc(center: tuple[float, float], inter_disc_px: float, caudal: tuple[float, float] = (1.0, 0.0)) -> Disc:
    return Disc("L4/L5", "s", 0, center, center, None, inter_disc_px, caudal, 1.0)


def test_the_canal_lies_to_the_right_of_the_disc_in_the_crop() -> None:
    frame = disc_frame(CONTRACT, disc((100.0, 80.0), 40.0), 1.0)
    row, column = frame.inverse()((100.0, 80.0))
    middle = (CONTRACT.size - 1) / 2
    # Shifted by a quarter of an inter-disc distance towards the canal; the crop is two distances wide.
    assert row == pytest.approx(middle)
    assert column == pytest.approx(middle - 0.25 / 2.0 * CONTRACT.size)


def test_a_tilted_disc_stands_upright_in_the_crop() -> None:
    caudal = (np.cos(0.5), np.sin(0.5))
    frame = disc_frame(CONTRACT, disc((100.0, 80.0), 40.0, caudal), 1.0)
    below = np.array([100.0, 80.0]) + 40.0 * np.array(caudal)
    at, under = frame.inverse()((100.0, 80.0)), frame.inverse()(below)
    np.testing.assert_allclose(under - at, [CONTRACT.size / 2, 0.0], atol=1e-9)


def test_pixels_twice_as_tall_as_wide_show_the_same_crop() -> None:
    rows, columns = np.mgrid[0:200, 0:200].astype(np.float32)
    square = np.sin(rows / 9) + np.cos(columns / 7)
    frame = disc_frame(CONTRACT, disc((100.0, 80.0), 40.0, (0.9, 0.3)), 1.0)
    tall = disc_frame(CONTRACT, disc((50.0, 80.0), 40.0, (0.9, 0.3)), 2.0)
    a = frame.resample(square, (96, 96))
    b = tall.resample(square[::2], (96, 96))
    assert np.abs(a - b).max() < 0.05


def test_a_missing_weighting_is_a_channel_of_zeros() -> None:
    series = sagittal(np.random.default_rng(0).random((1, 160, 160)).astype(np.float32), (1.0, 1.0))
    image = disc_image(CONTRACT, disc((80.0, 80.0), 40.0), {"t2": series})
    assert image.channels[1] is None
    assert not image.pixels[1].any()
    assert image.pixels[0].std() > 0.5


def test_another_series_is_cropped_by_patient_coordinates() -> None:
    rows, columns = np.mgrid[0:160, 0:160].astype(np.float32)
    volume = np.stack([np.hypot(rows - 80, columns - 60)] * 3)
    own = sagittal(volume, (1.0, 1.0))
    # The other series starts 20 mm further back and 10 mm lower and has half the pixel size.
    fine_rows, fine_columns = np.mgrid[0:320, 0:320].astype(np.float32) / 2
    other_picture = np.stack([np.hypot(fine_rows + 10 - 80, fine_columns + 20 - 60)] * 3)
    other = sagittal(other_picture, (0.5, 0.5), origin=(0.0, 20.0, -10.0))
    image = disc_image(CONTRACT, disc((80.0, 60.0), 40.0), {"t2": own, "t1": other})
    assert image.channels[1] is not None
    np.testing.assert_allclose(image.pixels[0], image.pixels[1], atol=0.03)


def test_series_of_another_frame_of_reference_are_not_combined() -> None:
    from dataclasses import replace

    own = sagittal(np.ones((3, 160, 160), dtype=np.float32), (1.0, 1.0))
    other = replace(own, uid="o", frame_of_reference_uid="2")
    assert (
        map_to_series(disc_frame(CONTRACT, disc((80.0, 60.0), 40.0), 1.0), own, 0, other, CONTRACT.size)
        is None
    )


def test_a_crop_of_one_intensity_becomes_zeros() -> None:
    assert not CONTRACT.standardise(np.full((96, 96), 7.0, dtype=np.float32)).any()


def two_series(*, flipped: bool) -> tuple[Study, dict[str, Series]]:
    """T2 and T1 of one spine, with a different image in every slice. T1 may number its slices from the other side."""
    volume = np.random.default_rng(0).random((3, 160, 120)).astype(np.float32)
    t2 = sagittal(volume, (1.0, 1.0))
    t1 = replace(sagittal(10 * volume, (1.0, 1.0)), uid="t1", weighting=Weighting.T1)
    if flipped:
        assert t1.geometry is not None
        turned = replace(t1.geometry, positions=t1.geometry.positions[::-1].copy())
        t1 = replace(t1, pixels=t1.pixels[::-1].copy(), geometry=turned)
    return Study((t2, t1), (), Patient("key"), "0" * 64), {"t2": t2, "t1": t1}


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize(("index", "neighbour"), [(0, 1), (1, 2), (2, 1)])
def test_the_neighbouring_slice_shows_the_same_crop_in_every_series(
    index: int, neighbour: int, flipped: bool
) -> None:
    study, sources = two_series(flipped=flipped)
    here, there = (replace(disc((80.0, 60.0), 40.0), slice_index=number) for number in (index, neighbour))
    found = neighbouring_slice(CONTRACT, disc_image(CONTRACT, here, sources), study)
    assert found is not None
    expected = disc_image(CONTRACT, there, sources)
    np.testing.assert_array_equal(found.pixels, expected.pixels)
    assert [c.slice_index for c in found.channels if c] == [c.slice_index for c in expected.channels if c]


def test_a_single_slice_has_no_neighbour_and_a_missing_weighting_does_not_matter() -> None:
    study, sources = two_series(flipped=False)
    alone = disc_image(CONTRACT, disc((80.0, 60.0), 40.0), {"t2": sources["t2"]})
    found = neighbouring_slice(CONTRACT, alone, study)
    assert found is not None
    assert not found.pixels[1].any()
    single = replace(sources["t2"], pixels=sources["t2"].pixels[:1])
    assert neighbouring_slice(CONTRACT, alone, replace(study, series=(single,))) is None
    assert neighbouring_slice(CONTRACT, alone, replace(study, series=())) is None

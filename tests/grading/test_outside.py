"""Input beyond the image's edge or on padding: its fraction, and where it is reported."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from spine_core.anatomy.types import LEVELS, Disc
from spine_core.anatomy.weighting_estimate import weighting_from_pixels
from spine_core.grading.crops.cut import neighbouring_slice
from spine_core.grading.crops.sagittal import disc_image
from spine_core.grading.export import reading_csv, reading_json
from spine_core.grading.findings import findings_of, outside_sentence
from spine_core.grading.position_checks import with_position_warnings
from spine_core.grading.read import read_study
from spine_core.grading.types import DiscImage, PositionWarning, Status
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.registry import Bundle, load_bundle
from spine_core.phantom import build, healthy, sagittal_pair
from spine_core.study.geometry import StackGeometry
from spine_core.study.types import Patient, Plane, Series, Study, Weighting
from tests.pages import fakes

CONTRACT = Preprocessing(size=96, width=2.0, shift=0.0)
"""Crops of twice the inter-disc distance, centred on the disc."""


def sagittal(pixels: np.ndarray, uid: str = "s", weighting: Weighting = Weighting.T2) -> Series:
    geometry = StackGeometry(
        np.array([[4.0 * index, 0, 0] for index in range(len(pixels))]),
        np.array([0.0, 1.0, 0.0]),
        np.array([0.0, 0.0, -1.0]),
        (1.0, 1.0),
    )
    count = len(pixels)
    return Series(uid, "", "MR", Plane.SAGITTAL, weighting, "", pixels, geometry, (1.0, 1.0), 4.0,
                  ("f",) * count, (None,) * count, frame_of_reference_uid="1")  # fmt: skip


def disc(row: float, column: float = 80.0, inter_disc_px: float = 40.0) -> Disc:
    return Disc("L5/S1", "s", 0, (row, column), (row, column + 10), None, inter_disc_px, (1.0, 0.0), 1.0)


NOISE = np.random.default_rng(0).random((2, 160, 160)).astype(np.float32)


def test_a_crop_inside_the_slice_has_nothing_outside() -> None:
    image = disc_image(CONTRACT, disc(80.0), {"t2": sagittal(NOISE)})
    assert image.outside_fraction == 0.0
    assert image.channels[0].outside.shape == (96, 96)
    assert image.channels[1] is None


@pytest.mark.parametrize("below", [0.0, 10.0, 20.0, 30.0])
def test_the_fraction_outside_is_that_of_the_rows_below_the_edge(below: float) -> None:
    """The crop shows 40 rows below the disc; the last row of the slice is 159."""
    image = disc_image(CONTRACT, disc(159.0 - below), {"t2": sagittal(NOISE)})
    assert image.outside_fraction == pytest.approx((40 - below) / 80, abs=1 / 96)
    outside = image.channels[0].outside
    assert not outside[: round((40 + below) / 80 * 96) - 1].any()
    assert outside[round((40 + below) / 80 * 96) + 1 :].all()


def test_the_mask_is_true_only_where_the_input_has_no_image_data() -> None:
    bright = sagittal(NOISE + 10.0)
    series = replace(bright, pixels=np.where(NOISE < 1e-4, -100.0, bright.pixels).astype(np.float32))
    turned = replace(disc(150.0, 20.0), caudal=(0.8, 0.6))
    image = disc_image(CONTRACT, turned, {"t2": series})
    frame = image.channels[0].frame
    crop = frame.resample(series.display_slice(0), (96, 96), outside=-1e6)
    np.testing.assert_array_equal(image.channels[0].outside, crop == -1e6)
    assert 0.1 < image.outside_fraction < 0.9


def test_padding_is_outside_and_sets_no_scale() -> None:
    padding = np.zeros(NOISE.shape, bool)
    padding[:, 90:] = True
    padded = replace(sagittal(np.where(padding, NOISE.min(), NOISE)), padding=padding)
    image = disc_image(CONTRACT, disc(80.0), {"t2": padded})
    assert image.outside_fraction == pytest.approx(30 / 80, abs=2 / 96)
    # The scale is that of the visible part alone, here with as many grey levels as without padding.
    inside = ~image.channels[0].outside
    plain = disc_image(CONTRACT, disc(80.0), {"t2": sagittal(NOISE)})
    assert np.std(image.pixels[0][inside]) == pytest.approx(np.std(plain.pixels[0]), rel=0.03)
    black = disc_image(CONTRACT, disc(80.0), {"t2": sagittal(np.where(padding, NOISE.min() - 50, NOISE))})
    assert np.std(black.pixels[0][inside]) < 0.2 * np.std(plain.pixels[0])


def test_two_weightings_are_averaged() -> None:
    """T1 ends 30 rows above T2: of its channel more lies outside."""
    t2, t1 = sagittal(NOISE), sagittal(NOISE[:, :130], "t1", Weighting.T1)
    image = disc_image(CONTRACT, disc(129.0), {"t2": t2, "t1": t1})
    fractions = [channel.outside_fraction for channel in image.channels]
    assert fractions == [pytest.approx(10 / 80, abs=1 / 96), pytest.approx(40 / 80, abs=1 / 96)]
    assert image.outside_fraction == pytest.approx(np.mean(fractions))
    assert sorted(np.unique(image.outside)) == [0.0, 0.5, 1.0]


def test_the_neighbouring_slice_has_its_own_padding() -> None:
    padding = np.zeros(NOISE.shape, bool)
    padding[1, 70:] = True
    series = replace(sagittal(NOISE), padding=padding)
    image = disc_image(CONTRACT, disc(80.0), {"t2": series})
    neighbour = neighbouring_slice(CONTRACT, image, Study((series,), (), Patient("p"), "0" * 64))
    assert image.outside_fraction == 0.0
    assert neighbour.outside_fraction == pytest.approx(50 / 80, abs=1 / 96)


def test_the_fraction_is_none_where_it_is_unknown() -> None:
    image = disc_image(CONTRACT, disc(80.0), {"t2": sagittal(NOISE)})
    channels = tuple(None if one is None else replace(one, outside=None) for one in image.channels)
    assert replace(image, channels=channels).outside_fraction is None


@pytest.mark.parametrize(
    ("fraction", "words"), [(None, ""), (0.0, ""), (0.009, ""), (0.1236, "12 % of the network")]
)
def test_small_fractions_are_not_reported(fraction: float | None, words: str) -> None:
    assert outside_sentence(fraction).startswith(words)
    assert bool(outside_sentence(fraction)) == bool(words)


def cut() -> dict[str, DiscImage]:
    """The fakes' images with the lowest disc at the lower edge of the slice."""
    study, reading = fakes.study(), fakes.reading()
    series = {"t2": study.series[0], "t1": study.series[1]}
    low = replace(reading.discs[-1], center_px=(159.0, 60.0))
    return {
        d.level: disc_image(fakes.bundle().grader.preprocessing, d, series)
        for d in (*reading.discs[:-1], low)
    }


def test_every_finding_of_a_truncated_disc_reports_the_fraction_outside() -> None:
    images = cut()
    fraction = images["L5/S1"].outside_fraction
    assert 0.3 < fraction < 0.7
    findings = findings_of(fakes.bundle(), images)
    for finding in findings:
        assert finding.outside_fraction == images[finding.level].outside_fraction
        mentioned = "of the network's input lies outside the image" in finding.reason
        assert mentioned == (finding.outside_fraction >= 0.01)
    assert [level for level, image in images.items() if image.outside_fraction == 0] == [
        "L2/L3",
        "L3/L4",
        "L4/L5",
    ]
    assert {f.reason.split(" %")[0] for f in findings if f.level == "L5/S1"} == {f"{100 * fraction:.0f}"}


def test_position_warning_comes_first_and_the_fraction_outside_last() -> None:
    images = cut()
    alone = replace(images["L5/S1"], channels=(images["L5/S1"].channels[0], None))
    (modic,) = [f for f in findings_of(fakes.bundle(), {"L5/S1": alone}) if f.condition == "modic"]
    assert modic.reason.startswith("graded without sagittal T1")
    assert modic.reason.endswith("outside the image")
    (off,) = with_position_warnings([modic], {"L5/S1": PositionWarning.OFF_DISC})
    assert off.reason.startswith("no disc is segmented at this position; graded without")
    (warned,) = with_position_warnings([modic], {"L5/S1": PositionWarning.PARASAGITTAL})
    assert warned.status is Status.NOT_GRADABLE
    assert warned.outside_fraction == modic.outside_fraction > 0.3


def test_a_condition_that_is_not_graded_keeps_the_number() -> None:
    images = cut()
    t1_only = replace(images["L5/S1"], channels=(None, images["L5/S1"].channels[1]))
    found = findings_of(fakes.bundle(), {"L5/S1": t1_only})
    (pfirrmann,) = [f for f in found if f.condition == "pfirrmann"]
    assert pfirrmann.status is Status.NOT_GRADABLE
    assert "outside" not in pfirrmann.reason
    assert pfirrmann.outside_fraction == t1_only.outside_fraction


def test_the_exports_hold_the_number() -> None:
    images = cut()
    reading = replace(fakes.reading(), findings=findings_of(fakes.bundle(), images), images=images)
    exported = json.loads(json.dumps(reading_json(fakes.study(), reading), allow_nan=False))["findings"]
    rows = list(csv.DictReader(io.StringIO(reading_csv(reading))))
    assert len(exported) == len(rows) == len(LEVELS) * len(CONDITIONS)
    for one, row in zip(exported, rows, strict=True):
        assert one["outside_fraction"] == pytest.approx(images[one["level"]].outside_fraction)
        assert float(row["outside_fraction"]) == pytest.approx(one["outside_fraction"], abs=1e-4)


def test_padding_does_not_change_what_canal_and_marrow_are() -> None:
    """The floor below which nothing is signal is that of the body, not of the padding."""
    from spine_core.anatomy.types import Anatomy, Structure

    pixels = np.full((1, 160, 160), 200.0, np.float32)
    mask = np.zeros((160, 160), np.uint8)
    mask[60:100, 60:75], mask[60:100, 85:100] = Structure.VERTEBRA, Structure.CANAL
    pixels[0][mask == Structure.CANAL] = 400.0
    padding = np.zeros(pixels.shape, bool)
    padding[:, :, :40] = True
    pixels[padding] = 200.0
    anatomy = Anatomy("s", (disc(80.0),), level_certain=True, masks={0: mask})
    series = replace(sagittal(pixels + 100.0 * (mask != 0)), padding=padding)
    weighting, reason = weighting_from_pixels(series, anatomy)
    assert weighting is Weighting.T2
    assert "3.0 times" in reason  # (500 - 200) / (300 - 200)
    blank = replace(series, padding=np.ones_like(padding))
    assert weighting_from_pixels(blank, anatomy)[0] is Weighting.UNKNOWN


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle()


def phantom_series() -> Series:
    rendered = sagittal_pair(build(healthy(3)), ("t2",), (6, 7, 8))["t2"]
    return replace(sagittal(rendered.pixels), spacing=rendered.geometry.spacing, geometry=None)


def test_padding_does_not_change_detection_and_grades(bundle: Bundle) -> None:
    plain = phantom_series()
    padding = np.zeros(plain.pixels.shape, bool)
    padding[:, :, :3] = padding[:, :, -3:] = padding[:, :2] = True
    padded = replace(plain, pixels=np.where(padding, plain.pixels.min(), plain.pixels), padding=padding)
    readings = [
        read_study(Study((series,), (), Patient("p"), "0" * 64), bundle) for series in (plain, padded)
    ]
    places = [np.array([d.center_px for d in reading.discs]) for reading in readings]
    assert [d.level for d in readings[1].discs] == list(LEVELS)
    assert np.abs(places[0] - places[1]).max() < 1.0
    grades = [[f.grade for f in reading.findings] for reading in readings]
    assert np.mean([a == b for a, b in zip(*grades, strict=True)]) > 0.95

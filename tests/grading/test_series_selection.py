"""Which series is graded: the best one, no unsuitable one, and never series of two examinations together."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from spine_core.anatomy.types import LEVELS, Anatomy, Disc
from spine_core.grading.position_checks import shows_too_little
from spine_core.grading.read import ASSUMED_EXAMINATION, NO_MODALITY, read_study
from spine_core.grading.reader_edits import move_disc
from spine_core.grading.series_selection import Candidate, candidates, coverage
from spine_core.networks.registry import Bundle, load_bundle
from spine_core.phantom import build, healthy, write_study
from spine_core.study import SourceFile, open_study, sources_from_path
from spine_core.study.types import Plane, Series, Study, Weighting


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle()


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = write_study(build(healthy(7)), tmp_path_factory.mktemp("phantom"))
    return open_study(sources_from_path(folder))


def sagittal(study: Study, weighting: Weighting) -> Series:
    return next(s for s in study.series if s.plane is Plane.SAGITTAL and s.weighting is weighting)


def of(study: Study, *series: Series) -> Study:
    return replace(study, series=series)


def some_slices(series: Series, *chosen: int) -> Series:
    """The graded slices only: three slices take a third of the time."""
    assert series.geometry is not None
    kept = list(chosen)
    return replace(
        series,
        pixels=series.pixels[kept],
        geometry=replace(series.geometry, positions=series.geometry.positions[kept]),
        files=tuple(series.files[i] for i in kept),
        sop_instance_uids=tuple(series.sop_instance_uids[i] for i in kept),
    )


@pytest.fixture(scope="module")
def t2(study: Study) -> Series:
    return some_slices(sagittal(study, Weighting.T2), 6, 7, 8)


@pytest.fixture(scope="module")
def t1(study: Study) -> Series:
    return some_slices(sagittal(study, Weighting.T1), 6, 7, 8)


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.mark.slow
def test_of_slices_saved_as_png_one_near_the_midline_is_read_and_the_reason_is_reported(
    study: Study, bundle: Bundle
) -> None:
    series = sagittal(study, Weighting.T2)
    grey = np.clip(series.pixels / np.percentile(series.pixels, 99.5) * 255, 0, 255).astype(np.uint8)
    mask = np.where(grey[7] > 90, 200, 0).astype(np.uint8)
    sources = [SourceFile("0-mask.png", png(mask))]
    sources += [SourceFile(f"{n}.png", png(grey[n])) for n in (0, 1, 3, 7, 11, 14)]
    uploaded = open_study(sources)
    assert uploaded.series[0].not_gradable == "a mask or label map, not an image"
    reading = read_study(uploaded, bundle)
    assert {uploaded.by_uid(disc.series_uid).files[0] for disc in reading.discs} == {"7.png"}
    assert [disc.level for disc in reading.discs] == list(LEVELS)
    assert reading.notes[0].startswith("Image 5 of 7 was chosen among 6: 5 of 5 discs found")


@pytest.mark.slow
@pytest.mark.parametrize("change", [{"fat_suppressed": True}, {"contrast_enhanced": True}])
def test_a_plain_series_is_read_before_an_altered_one(
    study: Study, bundle: Bundle, t2: Series, change
) -> None:
    other = replace(t2, uid="altered", **change)
    reading = read_study(of(study, other, t2), bundle)
    assert {disc.series_uid for disc in reading.discs} == {t2.uid}
    assert "without fat suppression or contrast agent" in reading.notes[0]
    alone = read_study(of(study, other), bundle)
    assert {disc.series_uid for disc in alone.discs} == {"altered"}


@pytest.mark.slow
def test_t1_of_another_examination_is_not_graded_with_t2_and_the_reading_has_a_note(
    study: Study, bundle: Bundle, t1: Series, t2: Series
) -> None:
    old = replace(t1, study_uid="1.2.99", study_date="20190101")
    reading = read_study(of(study, old, t2), bundle)
    assert all(image.channels[1] is None for image in reading.images.values())
    assert any("T1 of another examination" in note for note in reading.notes)
    together = read_study(of(study, t1, t2), bundle)
    assert all(image.channels[1] is not None for image in together.images.values())
    assert not any("examination" in note for note in together.notes)


def test_one_day_and_one_frame_of_reference_are_one_examination_and_the_reading_has_a_note(
    study: Study, bundle: Bundle, t1: Series, t2: Series
) -> None:
    reading = read_study(of(study, replace(t1, study_uid="1.2.99"), t2), bundle)
    assert all(image.channels[1] is not None for image in reading.images.values())
    assert ASSUMED_EXAMINATION in reading.notes


def test_of_two_examinations_the_later_one_is_read(study: Study, bundle: Bundle, t2: Series) -> None:
    old = replace(t2, uid="old", study_uid="1.2.98", study_date="19990101")
    reading = read_study(of(study, old, t2), bundle)
    assert {disc.series_uid for disc in reading.discs} == {t2.uid}


def test_two_series_without_a_frame_of_reference_have_no_common_coordinates(
    study: Study, bundle: Bundle, t1: Series, t2: Series
) -> None:
    apart = [replace(series, frame_of_reference_uid=None) for series in (t1, t2)]
    reading = read_study(of(study, *apart), bundle)
    assert [anatomy.series_uid for anatomy in reading.anatomies] == [t2.uid, t1.uid]
    assert all(image.channels[1] is not None for image in reading.images.values())
    assert not apart[0].shares_coordinates(apart[1])
    assert t1.shares_coordinates(t2)


def test_a_series_of_unknown_modality_is_read_with_a_note(study: Study, bundle: Bundle, t2: Series) -> None:
    silent = replace(t2, modality="", weighting=Weighting.UNKNOWN)
    reading = read_study(of(study, silent), bundle)
    assert len(reading.discs) == len(LEVELS)
    assert NO_MODALITY in reading.notes
    assert reading.inferred_weighting[t2.uid][0] == "t2"


def test_what_is_known_to_be_neither_t1_nor_t2_is_no_candidate(study: Study, t2: Series) -> None:
    assert candidates(of(study, replace(t2, weighting=Weighting.OTHER))) == []
    assert candidates(of(study, replace(t2, weighting=Weighting.UNKNOWN))) != []


def test_a_single_outermost_slice_is_not_graded(study: Study, bundle: Bundle) -> None:
    series = sagittal(study, Weighting.T2)
    grey = np.clip(series.pixels / np.percentile(series.pixels, 99.5) * 255, 0, 255).astype(np.uint8)
    for index in (0, series.slices - 1):
        reading = read_study(open_study([SourceFile("a.png", png(grey[index]))]), bundle)
        assert all(finding.grade is None for finding in reading.findings)


@pytest.mark.parametrize(
    ("discs", "response", "certain", "slices", "too_little"),
    [
        (3, 0.6, False, 1, True),
        (5, 0.39, False, 1, True),
        (5, 0.6, False, 1, False),
        (3, 0.3, True, 1, False),
        (3, 0.3, False, 9, False),
    ],
)
def test_few_or_weak_discs_of_a_single_slice_with_uncertain_levels_are_too_little(
    discs, response, certain, slices, too_little
) -> None:
    one = candidate(discs, response, 0.7, certain=certain)
    series = replace(one.series, pixels=np.zeros((slices, 9, 9)))
    assert shows_too_little(series, one.anatomy) is too_little


def test_the_first_correction_of_a_reader_lifts_the_refusal_of_a_single_slice(
    study: Study, bundle: Bundle, t2: Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spine_core.grading.read.shows_too_little", lambda series, anatomy: True)
    one = of(study, t2)
    reading = read_study(one, bundle)
    assert all(finding.grade is None for finding in reading.findings)
    corrected = move_disc(one, reading, bundle, "L3/L4", reading.discs[2].center_px)
    assert corrected.corrections == ("L3/L4 moved",)
    assert any(finding.grade is not None for finding in corrected.findings)


def candidate(discs: int, response: float, canal: float, *, certain: bool = True) -> Candidate:
    found = tuple(
        Disc(level, "s", 0, (10.0, 10.0), (10.0, 12.0), None, 20.0, (1.0, 0.0), response)
        for level in LEVELS[:discs]
    )
    series = Series(
        "s", "", "", Plane.UNKNOWN, Weighting.UNKNOWN, "", np.zeros((1, 9, 9)), None, None, None, (), ()
    )
    return Candidate(series, Anatomy("s", found, certain, canal_fraction=canal))


def test_discs_response_canal_and_certainty_each_count() -> None:
    best = candidate(5, 0.8, 0.7)
    assert best.score == pytest.approx(1 + 0.8 + 1 + 0.5)
    assert candidate(4, 0.8, 0.7).score == pytest.approx(best.score - 0.2)
    assert candidate(5, 0.6, 0.7).score == pytest.approx(best.score - 0.2)
    assert candidate(5, 0.8, 0.35).score == pytest.approx(best.score - 0.5)
    assert candidate(5, 0.8, 0.9).score == pytest.approx(best.score)
    assert candidate(5, 0.8, 0.7, certain=False).score == pytest.approx(best.score - 0.5)
    assert candidate(0, 0.0, 0.0).score == 0
    assert (best.usable, candidate(5, 0.8, 0.2).usable, candidate(0, 0, 0.9).usable) == (True, False, False)


def test_coverage_is_the_fraction_of_discs_on_a_slice_of_the_series(t1: Series) -> None:
    assert t1.geometry is not None
    inside = tuple(float(v) for v in t1.geometry.to_patient(1, 100, 100))
    outside = tuple(float(v) for v in t1.geometry.to_patient(1, t1.rows + 5, 100))
    discs = [
        Disc("L1/L2", "s", 0, (0, 0), (0, 0), place, 20.0, (1.0, 0.0), 1.0)  # type: ignore[arg-type]
        for place in (inside, outside)
    ]
    assert coverage(t1, discs) == 0.5
    assert coverage(replace(t1, geometry=None), discs) == 0.0

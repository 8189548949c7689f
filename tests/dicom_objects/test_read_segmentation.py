from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from highdicom.seg import (
    SegmentAlgorithmTypeValues,
    Segmentation,
    SegmentationTypeValues,
    SegmentDescription,
)
from pydicom.sr.codedict import codes
from pydicom.uid import RLELossless, generate_uid
from skimage.draw import polygon2mask

from spine_core.dicom_objects import read_segmentation as read_segmentation_module
from spine_core.dicom_objects.errors import DicomObjectError
from spine_core.dicom_objects.objects import make_objects
from spine_core.dicom_objects.read_segmentation import read_segmentation
from spine_core.dicom_objects.segments import segments_of
from spine_core.dicom_objects.sources import object_bytes
from spine_core.grading.outlines import current_segmentations
from spine_core.progress import Cancelled
from spine_core.study import SourceFile, open_study
from tests.dicom_objects.making import one_disc
from tests.study.made import mr, random_pixels, stored

FILES = Path(pydicom.__file__).parent / "data" / "test_files"


def ours(found) -> bytes:
    return make_objects(found.material, found.sources, ["seg"])[0].to_bytes()


def filled(outlines, shape) -> np.ndarray:
    """The pixels inside polygons; of a hole, those of the outer polygon without the inner one."""
    out = np.zeros(shape, int)
    for one in outlines:
        out += polygon2mask(shape, one.points)
    return out % 2 == 1


def test_ours_opens_again_as_the_same_outlines(every):
    (anatomy,) = every.material.reading.anatomies
    series = every.study.by_uid(anatomy.series_uid)
    found = read_segmentation(ours(every), every.study)
    assert found.own
    assert found.unmatched == 0
    assert {one.series_uid for one in found.outlines} == {series.uid}
    (current,) = current_segmentations(every.material.reading)
    by_label = {one.label: one for one in segments_of(current, every.material.reading, series)}
    assert [one.label for one in found.segments] == list(by_label)
    for segment in found.segments:
        for index, mask in by_label[segment.label].masks.items():
            own = [one for one in found.outlines if (one.segment, one.slice_index) == (segment.number, index)]
            again = filled(own, mask.shape)
            # Polygons are simplified by less than half a pixel.
            assert (again != mask).sum() <= 0.1 * max(mask.sum(), 1) + 4


def test_it_is_found_in_the_folder_and_read_from_there(oblique_mr):
    sources = [*oblique_mr.sources, SourceFile("out/seg.dcm", ours(oblique_mr))]
    study = open_study(sources)
    (found,) = study.objects
    assert study.sha256 == oblique_mr.study.sha256
    outlines = read_segmentation(object_bytes(sources, found), study).outlines
    assert len(outlines) == len(read_segmentation(ours(oblique_mr), oblique_mr.study).outlines)
    with pytest.raises(DicomObjectError, match="can no longer be read"):
        object_bytes(oblique_mr.sources, found)


def description(number: int, label: str) -> SegmentDescription:
    return SegmentDescription(
        number, label, codes.SCT.AnatomicalStructure, codes.SCT.Vertebra, SegmentAlgorithmTypeValues.MANUAL
    )


def others(images, pixels, kind=SegmentationTypeValues.BINARY, segments=1, **more) -> bytes:
    """A segmentation as another program writes it with highdicom."""
    seg = Segmentation(
        images, pixels, kind, [description(n, f"Part {n}") for n in range(1, segments + 1)],
        generate_uid(), 5, generate_uid(), 1, "Somebody", "A tool", "2", "1", content_creator_name="Doe^J", **more,
    )  # fmt: skip
    return stored(seg)


def headers(count: int = 3, step: float = 4.0, **elements) -> list[pydicom.Dataset]:
    names = {"PatientBirthDate": "", "PatientSex": "", "StudyDate": "", "StudyTime": "", "StudyID": "",
             "AccessionNumber": "", "Manufacturer": "x"}  # fmt: skip
    return [
        mr((step * n, -80, 100), pixels=random_pixels(n), InstanceNumber=n + 1, **names, **elements)
        for n in range(count)
    ]


@pytest.fixture(scope="module")
def images():
    return headers()


@pytest.fixture(scope="module")
def study(images):
    return open_study([SourceFile(str(n), stored(one)) for n, one in enumerate(images)])


def block(rows: slice, columns: slice, count: int = 3) -> np.ndarray:
    out = np.zeros((count, 24, 16), np.uint8)
    out[1, rows, columns] = 1
    return out


def box(outlines) -> tuple[float, ...]:
    points = np.concatenate([one.points for one in outlines])
    return (*points.min(axis=0), *points.max(axis=0))


EXPECTED = (7.5, 3.5, 11.5, 9.5)
"""Around rows 8 to 11 and columns 4 to 9."""


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_all_types_of_segmentation_are_read(images, study, kind):
    data = others(images, block(slice(8, 12), slice(4, 10)), SegmentationTypeValues(kind))
    found = read_segmentation(data, study)
    assert {(one.series_uid, one.slice_index, one.segment) for one in found.outlines} == {("1.2.3.4", 1, 1)}
    assert box(found.outlines) == pytest.approx(EXPECTED)
    part = next(one for one in found.segments if one.number == 1)
    assert (part.label, part.meaning, part.algorithm_type) == ("Part 1", "Vertebra", "MANUAL")
    assert (found.manufacturer, found.own) == ("Somebody", False)


def test_fractions_are_outlined_at_a_half(images, study):
    fractions = block(slice(8, 12), slice(4, 10)).astype(np.float32) * 0.6
    fractions[1, 2:6, 2:5] = 0.4
    data = others(images, fractions, SegmentationTypeValues.FRACTIONAL)
    assert box(read_segmentation(data, study).outlines) == pytest.approx(EXPECTED)


def test_compressed_segmentations_are_read(images, study):
    pixels = block(slice(8, 12), slice(4, 10))
    data = others(images, pixels, SegmentationTypeValues.FRACTIONAL, transfer_syntax_uid=RLELossless)
    assert box(read_segmentation(data, study).outlines) == pytest.approx(EXPECTED)


def test_several_segments_may_overlap(images, study):
    pixels = np.stack([block(slice(8, 12), slice(4, 10)), block(slice(6, 10), slice(2, 8))], axis=-1)
    found = read_segmentation(others(images, pixels, segments=2), study)
    boxes = {n: box([one for one in found.outlines if one.segment == n]) for n in (1, 2)}
    assert boxes[1] == pytest.approx(EXPECTED)
    assert boxes[2] == pytest.approx((5.5, 1.5, 9.5, 7.5))


def without_references(data: bytes) -> bytes:
    import io

    dataset = pydicom.dcmread(io.BytesIO(data))
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        frame.DerivationImageSequence = []
    return stored(dataset)


def test_without_references_the_plane_decides(images, study):
    data = without_references(others(images, block(slice(8, 12), slice(4, 10))))
    found = read_segmentation(data, study)
    assert {(one.series_uid, one.slice_index) for one in found.outlines} == {("1.2.3.4", 1)}
    assert box(found.outlines) == pytest.approx(EXPECTED)


def test_without_references_every_series_in_the_plane_is_outlined(images):
    t1 = headers(SeriesInstanceUID="1.2.3.5", SeriesDescription="t1_tse_sag")
    both = open_study([SourceFile(str(n), stored(one)) for n, one in enumerate([*images, *t1])])
    data = others(images, block(slice(8, 12), slice(4, 10)))
    assert {one.series_uid for one in read_segmentation(data, both).outlines} == {"1.2.3.4"}
    found = read_segmentation(without_references(data), both)
    assert {one.series_uid for one in found.outlines} == {"1.2.3.4", "1.2.3.5"}


def resampled(images, spacing: float, positions, pixels) -> bytes:
    """Of its own grid in the same frame of reference, as programs write that resample first."""
    return others(
        images, pixels,
        plane_positions=[highdicom.PlanePositionSequence("PATIENT", one) for one in positions],
        plane_orientation=highdicom.PlaneOrientationSequence("PATIENT", (0, 1, 0, 0, 0, -1)),
        pixel_measures=highdicom.PixelMeasuresSequence((spacing, spacing), 1.0),
    )  # fmt: skip


def test_another_grid_in_the_plane_is_placed_in_millimetres(images, study):
    """Pixels of 0.35 mm: pixel (16, 8) has its centre at 5.6 mm below and 2.8 mm behind the corner.

    These are 8 rows and 4 columns of the slice; the block ends half a fine pixel, a quarter of a coarse one, outside.
    """
    pixels = np.zeros((1, 48, 32), np.uint8)
    pixels[0, 16:24, 8:20] = 1
    found = read_segmentation(resampled(images, 0.35, [(4.0, -80, 100)], pixels), study)
    assert {one.slice_index for one in found.outlines} == {1}
    assert box(found.outlines) == pytest.approx((7.75, 3.75, 11.75, 9.75))


def test_of_thinner_slices_the_nearest_is_drawn(images, study):
    pixels = np.zeros((5, 24, 16), np.uint8)
    for number in range(5):
        pixels[number, 4 + number : 10 + number, 4:10] = 1
    positions = [(2.6 + 0.7 * number, -80, 100) for number in range(5)]
    found = read_segmentation(resampled(images, 0.7, positions, pixels), study)
    (one,) = [each for each in found.outlines if each.slice_index == 1]
    # The third one lies at exactly 4 mm.
    assert box([one]) == pytest.approx((5.5, 3.5, 11.5, 9.5))


def test_frames_between_or_beside_the_slices_are_counted(images, study):
    pixels = np.ones((2, 24, 16), np.uint8)
    found = read_segmentation(resampled(images, 0.7, [(30.0, -80, 100), (40.0, -80, 100)], pixels), study)
    assert found.outlines == ()
    assert found.unmatched == 2


def test_another_frame_of_reference_does_not_match(images, study):
    elsewhere = open_study(
        [SourceFile(str(n), stored(one)) for n, one in enumerate(headers(FrameOfReferenceUID="1.2.3.77"))]
    )
    data = without_references(others(images, block(slice(8, 12), slice(4, 10))))
    assert read_segmentation(data, elsewhere).unmatched == 1
    assert read_segmentation(data, study).unmatched == 0


def test_other_planes_do_not_match(images):
    from tests.study.made import AXIAL

    axial = open_study([
        SourceFile(str(n), stored(mr((0, -80, 100 - 4 * n), AXIAL, random_pixels(n)))) for n in range(3)
    ])  # fmt: skip
    data = without_references(others(images, block(slice(8, 12), slice(4, 10))))
    assert read_segmentation(data, axial).outlines == ()


def test_a_position_that_contradicts_the_reference_is_not_believed(images, study):
    import io

    dataset = pydicom.dcmread(io.BytesIO(others(images, block(slice(8, 12), slice(4, 10)))))
    frame = dataset.PerFrameFunctionalGroupsSequence[0]
    frame.PlanePositionSequence[0].ImagePositionPatient = [900, -80, 100]
    found = read_segmentation(stored(dataset), study)
    assert (found.outlines, found.unmatched) == ((), 1)


def test_frames_of_a_multi_frame_source_are_told_apart(enhanced_mr):
    found = read_segmentation(ours(enhanced_mr), enhanced_mr.study)
    assert {one.slice_index for one in found.outlines} == {0, 1}


def test_pydicoms_own_file_is_read(study):
    found = read_segmentation((FILES / "liver_1frame.dcm").read_bytes(), study)
    assert found.unmatched == 1
    assert found.segments[0].label


@pytest.mark.parametrize("name", ["MR_small.dcm", "reportsi.dcm", "rtplan.dcm", "JPEG2000.dcm"])
def test_other_objects_are_no_segmentations(study, name):
    with pytest.raises(DicomObjectError, match="not a DICOM segmentation"):
        read_segmentation((FILES / name).read_bytes(), study)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"NumberOfFrames": 900_000}, "more than any"), ({"Rows": 60_000}, "more than any"), ({"Rows": 0}, "damaged"),
     ({"SegmentSequence": []}, "damaged"), ({"PerFrameFunctionalGroupsSequence": []}, "damaged"),
     ({"PixelData": b"\0\0"}, "damaged")],
)  # fmt: skip
def test_hostile_sizes_are_refused_in_one_sentence(images, study, changes, words):
    import io

    dataset = pydicom.dcmread(io.BytesIO(others(images, block(slice(8, 12), slice(4, 10)))))
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    with pytest.raises(DicomObjectError, match=words):
        read_segmentation(stored(dataset), study)


def test_noise_is_refused_before_it_takes_minutes(images, study):
    """A chessboard of 512 by 512 pixels."""
    board = np.zeros((1, 512, 512), np.uint8)
    board[0, ::2, ::2] = 1
    data = resampled(images, 0.01, [(4.0, -80, 100)], board)
    with pytest.raises(DicomObjectError, match="more than any"):
        read_segmentation(data, study)


def test_too_many_outlines_are_refused(images, study, monkeypatch):
    monkeypatch.setattr(read_segmentation_module, "MAX_OUTLINES", 2)
    pixels = block(slice(8, 12), slice(4, 10))
    pixels[1, 2, 2:12:3] = 1
    with pytest.raises(DicomObjectError, match="more than any"):
        read_segmentation(others(images, pixels), study)


def test_damaged_bytes_never_raise_anything_else(images, study):
    good, rng = others(images, block(slice(8, 12), slice(4, 10))), np.random.default_rng(0)
    for _ in range(40):
        damaged = bytearray(good)
        for place in rng.integers(200, len(good), 6):
            damaged[place] = int(rng.integers(256))
        with contextlib.suppress(DicomObjectError):
            read_segmentation(bytes(damaged), study)
    for data in (b"", b"no DICOM", good[:400]):
        with pytest.raises(DicomObjectError):
            read_segmentation(data, study)


def test_a_cancel_stops_the_work(oblique_mr):
    def stop(done: float, what: str = "") -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read_segmentation(ours(oblique_mr), oblique_mr.study, stop)


def test_images_without_positions_match_by_reference_and_size(images):
    sources = [SourceFile("a", stored(mr(None, None, SOPInstanceUID=images[1].SOPInstanceUID)))]
    flat = open_study(sources)
    assert flat.series[0].geometry is None
    found = read_segmentation(others(images, block(slice(8, 12), slice(4, 10))), flat)
    assert box(found.outlines) == pytest.approx(EXPECTED)
    small = replace(flat.series[0], pixels=flat.series[0].pixels[:, :20])
    assert read_segmentation(
        others(images, block(slice(8, 12), slice(4, 10))), replace(flat, series=(small,))
    ).unmatched


def test_an_oblique_segmentation_opens_on_oblique_slices(oblique_mr):
    data = without_references(ours(oblique_mr))
    found = read_segmentation(data, oblique_mr.study)
    again = read_segmentation(ours(oblique_mr), oblique_mr.study)
    assert found.unmatched == 0
    for one, other in zip(found.outlines, again.outlines, strict=True):
        assert one.points == pytest.approx(other.points, abs=1e-3)


def test_one_disc_has_the_outline_of_its_mask():
    sources = [SourceFile(str(x), stored(mr((x, 0, 0), pixels=random_pixels(x)))) for x in (0, 4)]
    found = one_disc(sources)
    read = read_segmentation(ours(found), found.study)
    disc = next(one.number for one in read.segments if one.label == "L4/L5 disc")
    (outline,) = [one for one in read.outlines if (one.segment, one.slice_index) == (disc, 1)]
    # Rows 11 to 15, columns 6 to 9; the viewer's outlines run half a pixel outside.
    assert box([outline]) == pytest.approx((10.5, 5.5, 15.5, 9.5))

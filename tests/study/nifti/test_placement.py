"""Where a NIfTI volume lies: units, sform, qform, neither, one slice, two files. Oracle: nibabel."""

from __future__ import annotations

import gzip
import io
import itertools

import nibabel
import numpy as np
import pytest

from spine_core.study import SourceFile, StudyError, open_study
from spine_core.study.types import Plane, Series, Severity
from tests.study.made_archives import tarred, zipped

VOXELS = np.random.default_rng(0).permutation(5 * 20 * 18).reshape(5, 20, 18).astype(np.int16)
AFFINE = np.array([[4.4, 0, 0, -10], [0, 0.7, 0, 20], [0, 0, 0.6, -30], [0, 0, 0, 1.0]])
SAGITTAL_SLICE = np.array([[0, 0, 4.0, 5], [0.7, 0, 0, 0], [0, 0.6, 0, 0], [0, 0, 0, 1.0]])


def single(voxels: np.ndarray = VOXELS, affine: np.ndarray = AFFINE, **fields: object) -> bytes:
    """A file whose header has these values, also impossible ones; sform and qform agree where it has none."""
    image = nibabel.Nifti1Image(voxels, affine, dtype=voxels.dtype)
    image.set_qform(affine, 1)
    image.set_sform(affine, 1)
    image.header.set_xyzt_units("mm")
    data = image.to_bytes()
    header = nibabel.Nifti1Header(data[:348], check=False)
    for name, value in fields.items():
        header[name] = value
    return header.binaryblock + data[348:]


def without_placement(voxels: np.ndarray, sizes: tuple[float, ...]) -> bytes:
    return single(voxels, np.diag([*sizes, 1.0]), sform_code=0, qform_code=0)


def rows(affine: np.ndarray) -> dict[str, object]:
    return {f"srow_{axis}": affine[number] for number, axis in enumerate("xyz")}


def opened(data: bytes) -> Series:
    (series,) = open_study([SourceFile("v.nii", data)]).series
    return series


def notes(series: Series, severity: Severity) -> str:
    return " ".join(note.text for note in series.notes if note.severity is severity)


def assert_placed(series: Series, affine: np.ndarray = AFFINE) -> None:
    """Every voxel of ``VOXELS`` lies where ``affine`` puts it."""
    for at in ((0, 0, 0), (4, 19, 17), (2, 7, 11)):
        lps = nibabel.affines.apply_affine(affine, at) * [-1, -1, 1]
        index, row, column, distance = series.geometry.to_pixel(lps)
        assert distance == pytest.approx(0, abs=1e-3)
        assert series.pixels[index, round(row), round(column)] == VOXELS[at]


@pytest.mark.parametrize(("code", "factor"), [(1, 1e-3), (2, 1.0), (3, 1e3)])
def test_every_unit_of_length_becomes_millimetres(code, factor) -> None:
    affine = AFFINE * factor
    affine[3, 3] = 1
    for sform, qform in ((1, 1), (1, 0), (0, 1)):
        series = opened(single(affine=affine, xyzt_units=code, sform_code=sform, qform_code=qform))
        assert_placed(series)
        assert series.spacing == pytest.approx((0.6, 0.7), rel=1e-5)
        assert series.slice_thickness == pytest.approx(4.4, rel=1e-5)
        assert series.notes == ()


def test_millimetres_are_assumed_where_no_unit_is_named() -> None:
    for code in (0, 5, 8):
        series = opened(single(xyzt_units=code))
        assert_placed(series)
        assert "millimetres are assumed" in notes(series, Severity.INFO)


@pytest.mark.parametrize(
    ("stated", "factor", "words"),
    [
        (2, 1e-3, "metres"),
        (0, 1e-3, "metres"),
        (2, 1e3, "microns"),
        (0, 1e3, "microns"),
        (1, 1.0, "millimetres"),
        (3, 1.0, "millimetres"),
    ],
)
def test_an_impossible_unit_is_replaced_by_the_one_that_fits_with_a_note(stated, factor, words) -> None:
    affine = AFFINE * factor
    affine[3, 3] = 1
    series = opened(single(affine=affine, xyzt_units=stated))
    assert_placed(series)
    assert f"read as {words}" in notes(series, Severity.WARNING)


@pytest.mark.parametrize("sizes", [(1e-9, 1e-9, 1e-9), (4.4, 1e-5, 0.6), (1e6, 1e6, 1e6)])
def test_voxel_sizes_of_no_image_give_no_millimetres(sizes) -> None:
    series = opened(single(affine=np.diag([*sizes, 1.0])))
    assert series.geometry is None
    assert series.spacing is None
    assert series.slice_thickness is None
    assert "no millimetres" in notes(series, Severity.ERROR)
    assert series.slices == 5


def test_microscopy_keeps_its_unit() -> None:
    assert opened(single(affine=np.diag([0.1, 0.03, 0.03, 1.0]))).spacing == pytest.approx((0.03, 0.03))


def test_sform_or_qform_alone_is_enough() -> None:
    for sform, qform in ((1, 0), (0, 1), (2, 2), (0, 3)):
        series = opened(single(sform_code=sform, qform_code=qform))
        assert_placed(series)
        assert series.notes == ()


TURNED = np.array([[0, 0, 4.4, -10], [0.7, 0, 0, 20], [0, 0.6, 0, -30], [0, 0, 0, 1.0]])
BAD = {
    "zero": np.zeros((3, 4)),
    "not a number": np.full((3, 4), np.nan),
    "singular": np.array([[4.4, 0, 0, 0], [0, 0.7, 0.7, 0], [0, 0.6, 0.6, 0.0]]),
    "one axis missing": np.array([[4.4, 0, 0, 0], [0, 0.7, 0, 0], [0, 0, 0, 0.0]]),
    "infinite offset": np.array([[4.4, 0, 0, np.inf], [0, 0.7, 0, 0], [0, 0, 0.6, 0]]),
    "identity": np.eye(4)[:3],
    "sheared": np.array([[4.4, 0, 0, 0], [0, 0.7, 0.4, 0], [0, 0, 0.6, 0.0]]),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_the_qform_serves_where_the_sform_is_unusable(bad) -> None:
    series = opened(single(**rows(bad)))
    assert_placed(series)
    assert "(sform) is unusable" in notes(series, Severity.WARNING)


@pytest.mark.parametrize("bad", [b for name, b in BAD.items() if name not in ("identity", "sheared")])
def test_a_volume_whose_only_placement_is_unusable_is_shown_without_coordinates(bad) -> None:
    series = opened(single(qform_code=0, **rows(bad)))
    assert series.geometry is None
    assert "orientation of the volume is a guess" in notes(series, Severity.WARNING)
    assert series.pixels.shape == (5, 18, 20)


@pytest.mark.parametrize(
    "fields",
    [
        {"pixdim": [0, 4.4, 0.7, 0.6, 0, 0, 0, 0]},  # qfac 0 counts as 1
        {"pixdim": [1, -4.4, 0.7, -0.6, 0, 0, 0, 0]},
        {"quatern_b": 0, "quatern_c": 0, "quatern_d": 1e-9},
    ],
)
def test_small_errors_of_a_qform_are_ignored(fields) -> None:
    assert_placed(opened(single(sform_code=0, **fields)))


def test_a_rotation_by_180_degrees_with_a_rounding_error_is_read() -> None:
    affine = AFFINE * np.array([[-1], [-1], [1], [1]])
    data = single(affine=affine, sform_code=0, quatern_d=1.0001)
    assert_placed(opened(data), affine)


@pytest.mark.parametrize("fields", [{"quatern_b": np.nan}, {"qoffset_x": np.inf}, {"quatern_d": np.inf}])
def test_an_unusable_qform_gives_no_orientation(fields) -> None:
    assert opened(single(sform_code=0, **fields)).geometry is None


@pytest.mark.parametrize(
    ("shape", "sizes", "words", "expected"),
    [
        # as viewers show Analyze: first axis to the left, second to the front, third up
        ((5, 20, 18), (4.4, 0.7, 0.6), "sagittal", lambda v: v[:, ::-1, ::-1].transpose(0, 2, 1)),
        ((20, 18, 5), (0.7, 0.6, 4.4), "axial", lambda v: v[:, ::-1].transpose(2, 1, 0)),
        ((20, 5, 18), (0.7, 4.4, 0.6), "coronal", lambda v: v[:, ::-1, ::-1].transpose(1, 2, 0)),
        ((5, 20, 18), (0.7, 0.7, 0.7), "sagittal", lambda v: v[:, ::-1, ::-1].transpose(0, 2, 1)),
        ((18, 19, 20), (1.0, 1.0, 1.0), "nearly cubes", lambda v: v[:, ::-1, ::-1].transpose(0, 2, 1)),
    ],
)
def test_a_volume_without_orientation_is_shown_with_a_warning(shape, sizes, words, expected) -> None:
    voxels = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    series = opened(without_placement(voxels, sizes))
    assert series.plane is Plane.UNKNOWN
    assert series.geometry is None
    assert series.spacing is not None
    assert "orientation of the volume is a guess" in notes(series, Severity.WARNING)
    assert words in notes(series, Severity.INFO)
    assert np.array_equal(series.pixels, expected(voxels))
    assert series.not_gradable == ""  # as of a PNG


def test_the_identity_matrix_gives_a_warning() -> None:
    series = opened(single(affine=np.eye(4)))
    assert "identity matrix" in notes(series, Severity.WARNING)
    slice_ = opened(single(VOXELS[0], np.eye(4)))
    assert slice_.plane is Plane.UNKNOWN
    assert slice_.geometry is None


@pytest.mark.parametrize("shape", [(20, 18), (20, 18, 1)])
def test_a_single_sagittal_slice_is_one(shape) -> None:
    voxels = VOXELS[0].reshape(shape)
    for zeros in (False, True):
        affine = SAGITTAL_SLICE.copy()
        fields: dict[str, object] = {}
        if zeros:  # as writers of 2D files leave it
            affine[:3, 2] = 0
            fields = {"qform_code": 0, **rows(affine)}
        series = opened(single(voxels, SAGITTAL_SLICE, **fields))
        assert series.plane is Plane.SAGITTAL
        assert series.pixels.shape == (1, 18, 20)
        assert np.array_equal(series.pixels[0], VOXELS[0].T[::-1, ::-1])
        assert series.spacing == pytest.approx((0.6, 0.7), rel=1e-5)
        assert series.not_gradable == ""


def test_a_single_slice_of_every_axis_is_cut_along_it() -> None:
    for axis, plane in enumerate((Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL)):
        shape = [20, 20, 20]
        shape[axis] = 1
        for sizes in itertools.permutations((0.7, 0.7, 4.4)):
            series = opened(single(np.zeros(shape, np.int16), np.diag([*sizes, 1.0])))
            assert series.plane is plane
            assert series.pixels.shape == (1, 20, 20)


def test_a_slice_without_voxel_size_across_is_read() -> None:
    data = single(VOXELS[0], SAGITTAL_SLICE, sform_code=0, qform_code=0, pixdim=[1, 0.7, 0.6, 0, 0, 0, 0, 0])
    assert opened(data).spacing == pytest.approx((0.6, 0.7), rel=1e-5)


@pytest.mark.parametrize("further", [(1,), (3,), (1, 3), (2, 2), (1, 1, 1, 2)])
def test_of_several_volumes_the_first_is_shown(further) -> None:
    voxels = np.stack([VOXELS + 1000 * n for n in range(int(np.prod(further)))], axis=-1)
    series = opened(single(voxels.reshape(*VOXELS.shape, *further, order="F")))
    assert np.array_equal(series.pixels, VOXELS[::-1, ::-1, ::-1].transpose(0, 2, 1))
    texts = notes(series, Severity.INFO)
    assert (f"{np.prod(further)} volumes" in texts) == (np.prod(further) > 1)


def test_a_fourth_dimension_of_zero_counts_as_one() -> None:
    assert opened(single(VOXELS[..., None], dim=[4, 5, 20, 18, 0, 1, 1, 1])).slices == 5


TYPES = ["u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_every_type_byte_order_and_version_has_the_values_that_nibabel_reads(dtype, order, kind) -> None:
    voxels = np.random.default_rng(1).integers(0, 100, (5, 20, 18)).astype(dtype)
    affine = np.diag([-4.4, 0.7, -0.6, 1.0])
    header = kind.header_class(endianness=order)
    header.set_data_dtype(np.dtype(dtype).newbyteorder(order))
    data = kind(voxels, affine, header).to_bytes()
    canonical = nibabel.as_closest_canonical(kind.from_bytes(data)).get_fdata()
    assert np.array_equal(opened(data).pixels, canonical[::-1, ::-1, ::-1].transpose(0, 2, 1))


@pytest.mark.parametrize(
    ("slope", "intercept"), [(0, 5), (np.nan, 1), (np.inf, 1), (2, 0), (0.5, -3), (-1, 100), (1, 0), (1, 7)]
)
def test_scaling_is_that_of_nibabel(slope, intercept) -> None:
    data = single(scl_slope=slope, scl_inter=intercept)
    expected = nibabel.Nifti1Image.from_bytes(data).get_fdata()
    assert np.array_equal(opened(data).pixels, expected[::-1, ::-1, ::-1].transpose(0, 2, 1))


def test_an_intercept_that_is_not_a_number_counts_as_zero_with_a_note() -> None:
    for intercept in (np.nan, np.inf):
        series = opened(single(scl_slope=2, scl_inter=intercept))
        assert series.pixels.max() == 2 * VOXELS.max()
        assert "intercept" in notes(series, Severity.WARNING)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "no grey volume"),
        (32, "complex numbers"),
        (128, "colours \\(RGB\\)"),
        (1536, "128-bit"),
        (1792, "complex numbers"),
        (2304, "colours \\(RGBA\\)"),
        (9999, "does not exist"),
    ],
)
def test_voxels_that_are_not_grey_are_named(code, words) -> None:
    with pytest.raises(StudyError, match=words):
        opened(single(datatype=code))


@pytest.mark.parametrize(
    "fields", [{"vox_offset": np.nan}, {"vox_offset": -8}, {"vox_offset": 1e20}, {"dim": [3, 5, 20, 19, 1, 1, 1, 1]}]
)  # fmt: skip
def test_missing_voxels_are_reported(fields) -> None:
    with pytest.raises(StudyError, match="incomplete"):
        opened(single(**fields))


@pytest.mark.parametrize("magic", [b"xxx\0", b"\0\0\0\0"])
def test_a_damaged_header_is_reported(magic) -> None:
    with pytest.raises(StudyError, match="header is damaged"):
        opened(single(magic=magic))


def halves(kind: type = nibabel.Nifti1Pair) -> tuple[bytes, bytes]:
    """Header file and image file."""
    files = kind.make_file_map({"header": io.BytesIO(), "image": io.BytesIO()})
    kind(VOXELS, AFFINE).to_file_map(files)
    return files["header"].fileobj.getvalue(), files["image"].fileobj.getvalue()


@pytest.mark.parametrize(
    ("names", "pack"),
    [
        (("a.hdr", "a.img"), bytes),
        (("x/A.HDR", "x/a.img"), bytes),
        (("a.hdr.gz", "a.img.gz"), gzip.compress),
        (("image.one.hdr", "image.one.img"), bytes),
    ],
)
def test_the_halves_of_a_pair_are_read_together(names, pack) -> None:
    members = [(name, pack(half)) for name, half in zip(names, halves(), strict=True)]
    for order in (members, members[::-1]):
        study = open_study([SourceFile(name, data) for name, data in order])
        assert_placed(study.series[0])
        assert study.problems == ()
        for archive in (zipped(order), tarred(order), gzip.compress(tarred(order))):
            assert open_study([SourceFile("archive", archive)]).sha256 == study.sha256


def test_a_compressed_image_belongs_to_a_plain_header() -> None:
    header, image = halves()
    study = open_study([SourceFile("a.hdr", header), SourceFile("a.img.gz", gzip.compress(image))])
    assert_placed(study.series[0])


def test_an_analyze_pair_is_shown_without_orientation() -> None:
    header, image = halves(nibabel.AnalyzeImage)
    (series,) = open_study([SourceFile("a.hdr", header), SourceFile("a.img", image)]).series
    assert series.plane is Plane.UNKNOWN
    assert series.geometry is None
    assert series.spacing == pytest.approx((0.6, 0.7), rel=1e-5)
    assert "guess" in notes(series, Severity.WARNING)
    assert np.array_equal(series.pixels, VOXELS[:, ::-1, ::-1].transpose(0, 2, 1))


@pytest.mark.parametrize("kind", [nibabel.Nifti1Pair, nibabel.Nifti2Pair, nibabel.AnalyzeImage])
def test_a_single_half_reports_the_missing_one(kind) -> None:
    header, image = halves(kind)
    with pytest.raises(StudyError, match=r"the file of the same name that ends in \.img"):
        open_study([SourceFile("a.hdr", header)])
    with pytest.raises(StudyError, match=r"the file of the same name that ends in \.hdr"):
        open_study([SourceFile("a.img", image)])
    study = open_study(
        [SourceFile("good.nii", single()), SourceFile("x/a.hdr", header), SourceFile("y/a.img", image)]
    )
    assert [problem.file for problem in study.problems] == ["x/a.hdr", "y/a.img"]


def test_each_header_has_its_own_image() -> None:
    header, image = halves()
    other = (VOXELS + 7).tobytes(order="F")
    files = [("a.hdr", header), ("b.hdr", header), ("b.img", other), ("a.img", image)]
    study = open_study([SourceFile(name, data) for name, data in files])
    assert sorted(int(series.pixels.max()) for series in study.series) == [VOXELS.max(), VOXELS.max() + 7]


def test_image_and_mask_of_one_name_are_two_series() -> None:
    mask = single((VOXELS > 900).astype(np.uint8))
    files = [
        SourceFile("images/1_t2.nii.gz", gzip.compress(single())),
        SourceFile("masks/1_t2.nii.gz", gzip.compress(mask)),
    ]
    study = open_study(files)
    assert len({series.uid for series in study.series}) == 2
    again = open_study([files[0], files[0]])
    assert len({series.uid for series in again.series}) == 2

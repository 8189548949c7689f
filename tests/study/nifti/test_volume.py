from __future__ import annotations

import gzip
import struct
from pathlib import Path

import nibabel
import numpy as np
import pytest

from spine_core.study import SourceFile, StudyError, open_study
from spine_core.study.limits import MIB
from spine_core.study.types import Plane, Series


def packed(volume: np.ndarray, affine: np.ndarray) -> bytes:
    return nibabel.Nifti1Image(volume, affine).to_bytes()


def opened(volume: np.ndarray, affine: np.ndarray) -> Series:
    return open_study([SourceFile("volume.nii", packed(volume, affine))]).series[0]


def random_affine(rng: np.random.Generator, spacing: tuple[float, float, float]) -> np.ndarray:
    """A turn by up to 20 degrees, and any order and sign of the axes."""
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_rotvec(rng.uniform(-0.2, 0.2, 3)).as_matrix()
    axes = np.eye(3)[rng.permutation(3)] * rng.choice([-1, 1], 3)
    affine = np.eye(4)
    affine[:3, :3] = turn @ axes.T * spacing
    affine[:3, 3] = rng.uniform(-100, 100, 3)
    return affine


@pytest.mark.parametrize("seed", range(12))
def test_every_voxel_keeps_its_position_in_the_patient(seed) -> None:
    rng = np.random.default_rng(seed)
    spacing = [(4.0, 0.7, 0.6), (0.8, 0.8, 3.0), (1.0, 1.0, 1.0), (0.5, 3.3, 0.5)][seed % 4]
    affine = random_affine(rng, spacing)
    volume = rng.permutation(6 * 5 * 4).reshape(6, 5, 4).astype(np.int16)
    series = opened(volume, affine)
    for value in rng.choice(volume.size, 10, replace=False):
        ras = nibabel.affines.apply_affine(affine, np.argwhere(volume == value)[0])
        slice_index, row, column = np.argwhere(series.pixels == value)[0]
        assert series.geometry.to_patient(slice_index, row, column) == pytest.approx(
            ras * [-1, -1, 1], abs=1e-3
        )
    assert series.geometry.column_direction @ [0, 0, -1] > 0.7 or series.plane is Plane.AXIAL
    assert np.all(np.diff(series.geometry.positions @ np.sign(ascending(series))) > 0)


def ascending(series: Series) -> np.ndarray:
    axis = {Plane.SAGITTAL: 0, Plane.CORONAL: 1, Plane.AXIAL: 2}[series.plane]
    return np.eye(3)[axis]


@pytest.mark.parametrize(
    ("spacing", "plane"),
    [
        ((4.4, 0.6, 0.6), Plane.SAGITTAL),
        ((0.6, 4.4, 0.6), Plane.CORONAL),
        ((0.6, 0.6, 4.4), Plane.AXIAL),
        ((1.0, 1.0, 1.0), Plane.SAGITTAL),
        ((0.9, 1.0, 1.1), Plane.SAGITTAL),
    ],
)
def test_slices_are_cut_along_the_longest_side_of_a_voxel(spacing, plane) -> None:
    assert opened(np.zeros((4, 5, 6), np.int16), np.diag([*spacing, 1.0])).plane is plane


def test_scaled_voxels_have_their_real_values() -> None:
    image = nibabel.Nifti1Image(np.array([[[0.5, 1.25], [2.0, -3.5]]]), np.eye(4))
    image.set_data_dtype(np.int16)
    data = image.to_bytes()
    expected = nibabel.Nifti1Image.from_bytes(data).get_fdata()
    found = open_study([SourceFile("v.nii", data)]).series[0].pixels
    assert sorted(found.ravel()) == pytest.approx(sorted(expected.ravel()), abs=1e-6)


def test_a_gzip_bomb_is_stopped() -> None:
    with pytest.raises(StudyError, match="unpacks to a size"):
        open_study([SourceFile("v.nii.gz", gzip.compress(bytes(200 * MIB)))])


def test_forged_dimensions_are_refused() -> None:
    data = bytearray(packed(np.zeros((4, 4, 4), np.int16), np.eye(4)))
    struct.pack_into("<4h", data, 40, 3, 8000, 8000, 8000)
    with pytest.raises(StudyError, match="incomplete"):
        open_study([SourceFile("v.nii", bytes(data))])


@pytest.mark.parametrize("dtype", [np.complex64, [("R", "u1"), ("G", "u1"), ("B", "u1")]])
def test_volumes_that_are_not_grey_are_refused(dtype) -> None:
    with pytest.raises(StudyError, match="no grey volume"):
        open_study([SourceFile("v.nii", packed(np.zeros((4, 4, 4), dtype), np.eye(4)))])


def test_a_sheared_volume_has_no_geometry() -> None:
    affine = np.eye(4)
    affine[0, 1] = 0.3
    series = opened(np.zeros((4, 4, 4), np.int16), affine)
    assert series.geometry is None
    assert any("right angles" in note.text for note in series.notes)


def test_a_real_volume_is_shown_sagittally_with_the_head_up(data_dir: Path) -> None:
    series = open_study([SourceFile("t2.nii.gz", data_dir / "t2_lumbar.nii.gz")]).series[0]
    assert series.plane is Plane.SAGITTAL
    assert series.pixels.shape == (38, 201, 257)
    assert series.geometry.column_direction.tolist() == pytest.approx([0, 0, -1], abs=1e-6)
    assert series.geometry.row_direction.tolist() == pytest.approx([0, 1, 0], abs=1e-6)
    image = nibabel.load(data_dir / "t2_lumbar.nii.gz")
    voxels = np.asarray(image.dataobj)
    for at in ((3, 100, 50), (20, 10, 190), (37, 256, 0)):
        lps = nibabel.affines.apply_affine(image.affine, at) * [-1, -1, 1]
        index, row, column, distance = series.geometry.to_pixel(lps)
        assert distance == pytest.approx(0, abs=1e-3)
        assert series.pixels[index, round(row), round(column)] == voxels[at]


def test_a_truncated_gzip_is_refused() -> None:
    data = gzip.compress(packed(np.random.default_rng(0).integers(0, 99, (9, 9, 9), np.int16), np.eye(4)))
    with pytest.raises(StudyError, match="incomplete"):
        open_study([SourceFile("v.nii.gz", data[:-30])])

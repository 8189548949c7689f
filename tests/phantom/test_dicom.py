from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pydicom
import pytest

from spine_core.anatomy.types import LEVELS, Structure
from spine_core.phantom import DEMO, Phantom, Rendered, build, dicom, healthy, write_study
from spine_core.phantom.signal import T1, T2
from spine_core.progress import Cancelled
from tests.conftest import NO_VALIDATOR


def _files(study: Path, number: int) -> list[pydicom.FileDataset]:
    return [pydicom.dcmread(path) for path in sorted((study / f"series{number}").iterdir())]


def _pixel(header: pydicom.Dataset, point: npt.ArrayLike) -> tuple[float, float, float]:
    """Row, column and distance from the plane, from the header alone (PS3.3 C.7.6.2.1.1)."""
    row, down = (np.array(header.ImageOrientationPatient[k : k + 3], dtype=float) for k in (0, 3))
    offset = np.asarray(point) - np.array(header.ImagePositionPatient, dtype=float)
    spacing = [float(value) for value in header.PixelSpacing]
    return offset @ down / spacing[0], offset @ row / spacing[1], abs(offset @ np.cross(row, down))


@pytest.fixture(scope="module")
def truth(study: Path) -> dict[str, dict[str, dict[str, list[float]]]]:
    loaded: dict[str, dict[str, dict[str, list[float]]]] = json.loads(
        (study.parent / "truth.json").read_text()
    )
    return loaded


@pytest.mark.slow
def test_three_series_with_the_expected_slices(study: Path) -> None:
    described = {n: (_files(study, n)[0].SeriesDescription, len(_files(study, n))) for n in (1, 2, 3)}
    assert described == {
        1: ("SAG T1 TSE SYNTHETIC", 15),
        2: ("SAG T2 TSE SYNTHETIC", 15),
        3: ("AX T2 TSE SYNTHETIC", 15),
    }


def test_every_file_is_labelled_synthetic(study: Path) -> None:
    for number in (1, 2, 3):
        for header in _files(study, number):
            assert str(header.PatientName) == "Synthetic^Phantom"
            assert header.PatientID.startswith("SYNTHETIC-")
            assert "SYNTHETIC" in header.SeriesDescription
            assert "SYNTHETIC" in header.ImageComments
            assert list(header.ImageType)[:2] == ["DERIVED", "PRIMARY"]


def test_times_in_the_header_are_those_of_the_signal(study: Path) -> None:
    for number, sequence in ((1, T1), (2, T2), (3, T2)):
        header = _files(study, number)[0]
        assert (header.RepetitionTime, header.EchoTime) == (sequence.repetition_time, sequence.echo_time)


def test_true_points_lie_on_disc_and_canal_by_the_header(
    study: Path, truth: dict[str, dict[str, dict[str, list[float]]]]
) -> None:
    masks = np.load(study.parent / "masks.npz")["sagittal"]
    headers = _files(study, 2)
    for level in LEVELS:
        center, back = (truth["levels"][level][name] for name in ("center_mm", "posterior_mm"))
        index = int(np.argmin([_pixel(header, center)[2] for header in headers]))
        row, column, off = _pixel(headers[index], center)
        assert off < 2.3
        assert masks[index][round(row), round(column)] == Structure.DISC
        row, column, _ = _pixel(headers[index], back)
        line = masks[index][round(row)]
        ends = np.flatnonzero(line[: round(column) + 6] == Structure.DISC)
        assert ends[-1] == pytest.approx(column, abs=2)
        if level != "L5/S1":  # there, fat lies between disc and sac
            assert np.flatnonzero(line[round(column) :] == Structure.CANAL)[0] <= 4


def test_axial_slabs_lie_parallel_to_their_discs_and_around_them(
    study: Path, phantom: Phantom, truth: dict[str, dict[str, dict[str, list[float]]]]
) -> None:
    headers = _files(study, 3)
    for number, level in enumerate(LEVELS):
        slab = headers[3 * number : 3 * number + 3]
        normals = [np.cross(h.ImageOrientationPatient[:3], h.ImageOrientationPatient[3:]) for h in slab]
        assert np.allclose(normals, normals[0])
        center, back = (np.array(truth["levels"][level][name]) for name in ("center_mm", "posterior_mm"))
        # A disc's own plane holds the line from its centre to its back edge.
        assert abs(normals[0] @ (back - center)) < 0.1
        distances = [_pixel(header, center)[2] for header in slab]
        assert distances == pytest.approx([4.4, 0, 4.4], abs=0.05)
    tilts = [float(h.ImageOrientationPatient[5]) for h in headers[::3]]
    assert tilts == sorted(tilts)
    assert tilts[4] - tilts[0] > 0.3


def test_masks_and_pixels_have_the_same_shapes(study: Path) -> None:
    masks = np.load(study.parent / "masks.npz")
    assert masks["sagittal"].shape == (15, *_files(study, 2)[0].pixel_array.shape)
    assert masks["axial"].shape == (5, 3, *_files(study, 3)[0].pixel_array.shape)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_dciodvfy_finds_no_error(study: Path, number: int) -> None:
    tool = shutil.which("dciodvfy")
    if tool is None:
        pytest.skip(NO_VALIDATOR)
    for path in sorted((study / f"series{number}").iterdir()):
        result = subprocess.run([tool, str(path)], capture_output=True, text=True, check=False)
        lines = (result.stdout + result.stderr).splitlines()
        assert "MRImage" in lines
        assert [line for line in lines if line.startswith("Error")] == []


def _blank(count: int, size: int, phantom: Phantom) -> Rendered:
    return Rendered(
        np.zeros((count, size, size), np.uint16),
        np.zeros((count, size, size), np.uint8),
        tuple(range(count)),
        phantom.sagittal,
    )


def _tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_equal_specs_write_equal_bytes_and_others_other_uids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        dicom, "sagittal_pair", lambda p, names, indices: {name: _blank(len(indices), 8, p) for name in names}
    )
    monkeypatch.setattr(dicom, "axial_slices", lambda p, slab: _blank(3, 8, p))
    for name, spec in (("a", DEMO), ("b", DEMO), ("c", healthy(1))):
        write_study(build(spec), tmp_path / name)
    assert _tree(tmp_path / "a") == _tree(tmp_path / "b")
    uids = [{h.SOPInstanceUID for n in (1, 2, 3) for h in _files(tmp_path / x / "study", n)} for x in "ac"]
    assert len(uids[0]) == 45
    assert not uids[0] & uids[1]


def test_a_cancelled_study_stops(tmp_path: Path) -> None:
    def refuse(done: float, what: str = "") -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        write_study(build(DEMO), tmp_path, refuse)
    assert not list(tmp_path.rglob("*.dcm"))

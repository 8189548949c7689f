"""NIfTI volumes: split into slices along the acquisition axis, in the orientation in which DICOM shows that plane.

NIfTI's coordinates are RAS (x grows to the patient's right), DICOM's are LPS.
"""

from __future__ import annotations

import hashlib

import numpy as np

from spine_core.study.errors import Unreadable
from spine_core.study.frame import Array, Frame, Pixels
from spine_core.study.limits import Budget
from spine_core.study.nifti.header import NiftiHeader, is_sheared, read_header
from spine_core.study.nifti.slice_axis import slice_axis
from spine_core.study.types import Note, Plane, Severity

AXES = {Plane.SAGITTAL: ("L", "I", "P"), Plane.AXIAL: ("S", "P", "L"), Plane.CORONAL: ("P", "I", "L")}
"""Directions in which slices, rows and columns grow: sagittal slices run right to left, head up, anterior left."""
ACROSS = (Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL)
"""Planes by the patient axis (x, y, z) of their slice normal."""

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def read_nifti(file: str, data: bytes, budget: Budget, voxels: bytes | None = None) -> list[Frame]:
    """The slices of a volume. Raises ``Unreadable`` or ``OverLimit``.

    ``voxels``: the image file of a pair, whose header file is ``data``; None where both are in one file.
    """
    from nibabel import orientations

    header = read_header(data)
    volume = _volume(header, data if voxels is None else voxels, budget)
    plane, plane_notes = _plane(header)
    turn = orientations.ornt_transform(  # type: ignore[no-untyped-call]
        orientations.io_orientation(header.affine),  # type: ignore[no-untyped-call]
        orientations.axcodes2ornt(AXES[plane]),  # type: ignore[no-untyped-call]
    )
    back = orientations.inv_ornt_aff(turn, header.shape)  # type: ignore[no-untyped-call]
    placed = RAS_TO_LPS @ header.affine @ back
    volume = orientations.apply_orientation(volume, turn)  # type: ignore[no-untyped-call]
    sheared = header.oriented and is_sheared(header.affine)
    notes: tuple[Note, ...] = (*header.notes, *plane_notes)
    if sheared:
        text = "The volume's axes are not at right angles: no patient coordinates."
        notes = (*notes, Note(Severity.ERROR, text))
    return _frames(
        file,
        volume,
        placed,
        in_patient=header.oriented and not sheared,
        measured=header.measured,
        notes=notes,
    )


def _frames(
    file: str, volume: Pixels, placed: Array, *, in_patient: bool, measured: bool, notes: tuple[Note, ...]
) -> list[Frame]:
    """Slices along the first axis of ``volume``. ``placed``: (4, 4), its indices to LPS mm."""
    digest = hashlib.sha256(np.ascontiguousarray(volume).data).hexdigest()[:12]
    steps = np.linalg.norm(placed[:3, :3], axis=0)
    unit = placed[:3, :3] / steps
    return [
        Frame(
            file=file,
            series_uid=f"nifti-{digest}",
            pixels=volume[index],
            number=index,
            position=placed[:3, 3] + index * placed[:3, 0] if in_patient else None,
            directions=np.stack([unit[:, 2], unit[:, 1]]) if in_patient else None,
            spacing=(float(steps[1]), float(steps[2])) if measured else None,
            thickness=float(steps[0]) if measured else None,
            notes=notes,
            header={"Format": "NIfTI"},
        )
        for index in range(volume.shape[0])
    ]


def _volume(header: NiftiHeader, data: bytes, budget: Budget) -> Pixels:
    """The first volume with real values, shape as in the header. ``grey_stack`` handles values that are not finite."""
    count = int(np.prod(header.shape, dtype=object))
    if count * header.dtype.itemsize > len(data) - header.offset:
        msg = "its voxels are incomplete"
        raise Unreadable(msg)
    budget.take(count * max(header.dtype.itemsize, 4))
    stored = np.frombuffer(data, header.dtype, count, header.offset).reshape(header.shape, order="F")
    if (header.slope, header.intercept) == (1.0, 0.0):
        return stored
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(stored.astype(np.float64) * header.slope + header.intercept)


def _plane(header: NiftiHeader) -> tuple[Plane, tuple[Note, ...]]:
    from nibabel import orientations

    steps = np.linalg.norm(header.affine[:3, :3], axis=0)
    axis = slice_axis(header.shape, steps.tolist(), header.slice_axis)
    if axis is None:
        text = "The voxels are nearly cubes: shown as sagittal slices."
        return Plane.SAGITTAL, (Note(Severity.INFO, text),)
    world = orientations.io_orientation(header.affine)[axis, 0]  # type: ignore[no-untyped-call]
    plane = ACROSS[int(world)]
    if header.oriented or header.shape[axis] == 1:
        return plane, ()
    return plane, (Note(Severity.INFO, f"By its shape the volume is taken for a stack of {plane} slices."),)

"""NIfTI volumes: cut across the axis they were acquired along, and turned the way DICOM shows that plane.

NIfTI's world is RAS (x to the patient's right is negative), DICOM's is LPS.
"""

from __future__ import annotations

import hashlib
import io

import numpy as np

from spine_core.study.errors import Unreadable
from spine_core.study.frame import Array, Frame, Pixels
from spine_core.study.limits import MAX_SIDE, Budget
from spine_core.study.model import Note, Plane, Severity

THROUGH_PLANE = 1.3
"""The longest side of a voxel marks the slice direction when it is this much longer than the shortest."""
SKEW = 1e-2
"""Cosine between two voxel axes above which a volume is sheared."""

AXES = {Plane.SAGITTAL: ("L", "I", "P"), Plane.AXIAL: ("S", "P", "L"), Plane.CORONAL: ("P", "I", "L")}
"""Directions in which slices, rows and columns grow: sagittal slices from right to left, head up, front left."""

NIFTI2_HEADER_BYTES = 540
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def is_nifti(data: bytes) -> bool:
    """True for single-file NIfTI-1 and NIfTI-2."""
    return data[344:348] in (b"n+1\0", b"ni1\0") or data[4:8] in (b"n+2\0", b"ni2\0")


def read_nifti(file: str, data: bytes, budget: Budget) -> list[Frame]:
    """The slices of a volume. Raises ``Unreadable`` or ``OverLimit``."""
    from nibabel import orientations

    volume, affine, notes = _volume(data, budget)
    plane, spacing_notes = _plane(affine)
    turn = orientations.ornt_transform(  # type: ignore[no-untyped-call]
        orientations.io_orientation(affine),  # type: ignore[no-untyped-call]
        orientations.axcodes2ornt(AXES[plane]),  # type: ignore[no-untyped-call]
    )
    placed = RAS_TO_LPS @ affine @ orientations.inv_ornt_aff(turn, volume.shape)  # type: ignore[no-untyped-call]
    volume = orientations.apply_orientation(volume, turn)  # type: ignore[no-untyped-call]
    steps = np.linalg.norm(placed[:3, :3], axis=0)
    unit = placed[:3, :3] / steps
    sheared = np.max(np.abs(unit.T @ unit - np.eye(3))) > SKEW
    if sheared:
        text = "The volume's axes are not at right angles: no patient coordinates."
        notes.append(Note(Severity.ERROR, text))
    digest = hashlib.sha256(np.ascontiguousarray(volume).data).hexdigest()[:12]
    return [
        Frame(
            file=file,
            series_uid=f"nifti-{digest}",
            pixels=volume[index],
            number=index,
            position=None if sheared else placed[:3, 3] + index * placed[:3, 0],
            directions=None if sheared else np.stack([unit[:, 2], unit[:, 1]]),
            spacing=(float(steps[1]), float(steps[2])),
            thickness=float(steps[0]),
            notes=(*notes, *spacing_notes),
            header={"Format": "NIfTI"},
        )
        for index in range(volume.shape[0])
    ]


def _volume(data: bytes, budget: Budget) -> tuple[Pixels, Array, list[Note]]:
    import nibabel

    kind = nibabel.Nifti2Image if data[4:7] == b"n+2" else nibabel.Nifti1Image
    try:
        start = io.BytesIO(data[:NIFTI2_HEADER_BYTES])
        header = kind.header_class.from_fileobj(start, check=False)  # type: ignore[no-untyped-call]
        shape = tuple(int(side) for side in header.get_data_shape())
        dtype, offset = header.get_data_dtype(), int(header["vox_offset"])
        affine = np.asarray(header.get_best_affine(), dtype=np.float64)
        slope, intercept = header.get_slope_inter()
    except Exception as error:  # nibabel raises nearly everything on damaged headers
        msg = "its NIfTI header is damaged"
        raise Unreadable(msg) from error
    if (
        dtype.kind not in "iuf"
        or not 2 <= len(shape) <= 5
        or min(shape, default=0) < 1
        or max(shape[:3]) > MAX_SIDE
    ):
        msg = "its NIfTI header describes no grey volume that can be opened"
        raise Unreadable(msg)
    spatial = (*shape[:3], 1)[:3]
    count = int(np.prod(spatial, dtype=object))
    if offset < 0 or count * dtype.itemsize > len(data) - offset:
        msg = "its voxels are cut short"
        raise Unreadable(msg)
    if not np.all(np.isfinite(affine)) or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        msg = "its NIfTI header places the volume nowhere"
        raise Unreadable(msg)
    budget.take(count * max(dtype.itemsize, 4))
    notes = []
    if int(np.prod(shape[3:], dtype=object)) > 1:
        notes.append(Note(Severity.INFO, "The file holds several volumes; the first is shown."))
    stored = np.frombuffer(data, dtype, count, offset).reshape(spatial, order="F")
    values: Pixels = stored
    if slope is not None and (slope, intercept or 0.0) not in ((1.0, 0.0), (0.0, 0.0)):
        values = stored.astype(np.float64) * slope + (intercept or 0.0)
    if values.dtype.kind == "f" and not np.all(np.isfinite(values)):
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
        notes.append(Note(Severity.WARNING, "Voxels that are not numbers are shown as 0."))
    return values, affine, notes


def _plane(affine: Array) -> tuple[Plane, tuple[Note, ...]]:
    steps = np.linalg.norm(affine[:3, :3], axis=0)
    axis = int(np.argmax(steps))
    if steps[axis] < THROUGH_PLANE * np.min(steps):
        text = "The voxels are nearly cubes: shown as sagittal slices."
        return Plane.SAGITTAL, (Note(Severity.INFO, text),)
    world = int(np.argmax(np.abs(affine[:3, axis])))
    return (Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL)[world], ()

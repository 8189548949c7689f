"""NIfTI and Analyze headers: the voxels' type, and the volume's position in the patient in millimetres.

Fields: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h. nibabel parses them; values that nibabel refuses (an
intercept that is not a number, qfac 0, zero voxel sizes, quaternions slightly too long) are corrected as in the
reference library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.study.errors import Unreadable
from spine_core.study.frame import Array
from spine_core.study.limits import MAX_SIDE
from spine_core.study.nifti.units import millimetres
from spine_core.study.types import Note, Severity

NIFTI1_BYTES, NIFTI2_BYTES = 348, 540
MAX_ANALYZE_BYTES = 1024
"""Largest header file of Analyze 7.5: 348 bytes plus what some programs append."""
SINGLE_FILE, PAIR = (b"n+1\0", b"n+2\0"), (b"ni1\0", b"ni2\0")

SKEW = 1e-2
"""Cosine between two voxel axes above which a volume is sheared."""
SINGULAR = 1e-3
"""Volume of a voxel over the product of its sides below which its axes lie in one plane."""
SIZES_AGREE = 0.1
"""Largest relative difference between the voxel sizes of sform and qform that describe the same volume."""

COLOURS = {128: "RGB", 2304: "RGBA", 511: "RGB"}
COMPLEX = frozenset({32, 1792, 2048})
WIDE = frozenset({1536})
"""128-bit floating point, which common hardware does not support."""

_ANALYZE_BITS = {1: 1, 2: 8, 4: 16, 8: 32, 16: 32, 32: 64, 64: 64, 128: 24}
"""Bits per voxel by data type of Analyze 7.5."""


@dataclass(frozen=True, eq=False)
class NiftiHeader:
    """The values of a header.

    ``shape``: samples along the first three axes. ``volumes``: number of volumes; the first one is read.
    ``offset``: where the voxels begin. ``slope``, ``intercept``: real value = stored value * slope + intercept.
    ``affine``: (4, 4), voxel indices to RAS in mm; where ``oriented`` is False only its voxel sizes are known, and its
    directions are those of Analyze (first axis to the left, second to anterior, third to the head).
    ``measured``: False where the voxel sizes are not usable either. ``slice_axis``: the axis along which slices were
    acquired, from the header's ``dim_info``; None where it is not stated.
    """

    shape: tuple[int, int, int]
    volumes: int
    dtype: np.dtype[Any]
    offset: int
    slope: float
    intercept: float
    affine: Array
    oriented: bool
    measured: bool
    slice_axis: int | None
    notes: tuple[Note, ...]


def is_single_file(data: bytes) -> bool:
    """True for NIfTI-1 and NIfTI-2 with header and voxels in one file."""
    return data[344:348] == SINGLE_FILE[0] or data[4:8] == SINGLE_FILE[1]


def is_header_half(data: bytes) -> bool:
    """True for the header file of a NIfTI pair or of an Analyze 7.5 image, whose voxels are in another file."""
    return data[344:348] == PAIR[0] or data[4:8] == PAIR[1] or _is_analyze(data)


def begins_like_a_header(data: bytes) -> bool:
    """True where the first four bytes are the length of a NIfTI-1 or Analyze header."""
    return data[:4] in (NIFTI1_BYTES.to_bytes(4, "little"), NIFTI1_BYTES.to_bytes(4, "big"))


def read_header(data: bytes) -> NiftiHeader:
    """Reads the header at the start of ``data``. Raises ``Unreadable``."""
    try:
        header = _header_class(data)(data[: _length(data)], check=False)
        code = int(header["datatype"])
        dims = tuple(int(side) for side in header["dim"])
    except Exception as error:  # nibabel raises nearly everything on damaged headers
        msg = "its NIfTI header is damaged"
        raise Unreadable(msg) from error
    dtype = _dtype(header, code)
    shape, volumes = _shape(dims)
    slope, intercept, notes = _scaling(header)
    affine, oriented, measured, place_notes = _place(header, shape)
    if volumes > 1:
        notes = (*notes, Note(Severity.INFO, f"The file holds {volumes} volumes; the first is shown."))
    return NiftiHeader(
        shape=shape,
        volumes=volumes,
        dtype=dtype,
        offset=_offset(header),
        slope=slope,
        intercept=intercept,
        affine=affine,
        oriented=oriented,
        measured=measured,
        slice_axis=_slice_axis(header),
        notes=(*notes, *place_notes),
    )


def _header_class(data: bytes) -> Any:
    from nibabel import nifti1, nifti2, spm99analyze

    if data[4:8] in (SINGLE_FILE[1], PAIR[1]):
        return nifti2.Nifti2Header
    if data[344:348] in (SINGLE_FILE[0], PAIR[0]):
        return nifti1.Nifti1Header
    return spm99analyze.Spm99AnalyzeHeader


def _length(data: bytes) -> int:
    return NIFTI2_BYTES if data[4:8] in (SINGLE_FILE[1], PAIR[1]) else NIFTI1_BYTES


def _is_analyze(data: bytes) -> bool:
    """True for a header without voxels whose dimensions and data type are consistent."""
    if len(data) > MAX_ANALYZE_BYTES:
        return False
    for order in ("<", ">"):
        fields = np.frombuffer(data[:NIFTI1_BYTES].ljust(NIFTI1_BYTES, b"\0"), f"{order}i2")
        length = int.from_bytes(data[:4], "little" if order == "<" else "big")
        kind, bits = int(fields[35]), int(fields[36])
        if length == NIFTI1_BYTES and 1 <= fields[20] <= 7 and _ANALYZE_BITS.get(kind) == bits:
            return True
    return False


def _dtype(header: Any, code: int) -> np.dtype[Any]:
    if code in COLOURS:
        msg = f"it is no grey volume: its voxels are colours ({COLOURS[code]})"
        raise Unreadable(msg)
    if code in COMPLEX:
        msg = "it is no grey volume: its voxels are complex numbers"
        raise Unreadable(msg)
    if code in WIDE:
        msg = "its voxels are 128-bit numbers, which this program does not read"
        raise Unreadable(msg)
    try:
        dtype: np.dtype[Any] = header.get_data_dtype()
    except Exception as error:  # an unknown code
        msg = f"it is no grey volume: its header names a data type that does not exist ({code})"
        raise Unreadable(msg) from error
    if dtype.kind not in "iuf":
        msg = f"it is no grey volume: its voxels are of a type that this program does not read ({code})"
        raise Unreadable(msg)
    return dtype


def _shape(dims: tuple[int, ...]) -> tuple[tuple[int, int, int], int]:
    """Samples along the first three axes, and how many such volumes there are."""
    count = dims[0]
    sides = dims[1 : count + 1]
    # 0 and negative sizes beyond the third axis count as 1, as in the reference library
    volumes = int(np.prod([max(side, 1) for side in sides[3:]], dtype=object))
    spatial = (*sides[:3], 1, 1)[:3]
    if not 2 <= count <= 7 or min(spatial) < 1 or max(spatial) > MAX_SIDE:
        msg = "its NIfTI header describes no grey volume that can be opened"
        raise Unreadable(msg)
    return (spatial[0], spatial[1], spatial[2]), volumes


def _offset(header: Any) -> int:
    offset = float(header["vox_offset"])
    if not 0 <= offset < 2**53:  # also for what is not a number
        msg = "its voxels are incomplete"
        raise Unreadable(msg)
    return int(offset)


def _scaling(header: Any) -> tuple[float, float, tuple[Note, ...]]:
    """Slope and intercept; values are not scaled where the slope is 0 or not a number."""
    names = header.template_dtype.names
    slope = float(header["scl_slope"])
    intercept = float(header["scl_inter"]) if "scl_inter" in names else 0.0
    if slope == 0 or not np.isfinite(slope):
        return 1.0, 0.0, ()
    if not np.isfinite(intercept):
        text = "The intercept of the grey values in the header is not a number; it counts as 0."
        return slope, 0.0, (Note(Severity.WARNING, text),)
    return slope, intercept, ()


def _slice_axis(header: Any) -> int | None:
    if "dim_info" not in header.template_dtype.names:
        return None
    axis = (int(header["dim_info"]) >> 4) & 3
    return axis - 1 if axis else None


def _place(header: Any, shape: tuple[int, int, int]) -> tuple[Array, bool, bool, tuple[Note, ...]]:
    """The affine in mm, whether its directions are known, whether its lengths are known, and notes."""
    sizes = _sizes(header)
    affine, oriented, notes = _affine(header, sizes, shape)
    several = [axis for axis in range(3) if shape[axis] > 1] or [0, 1, 2]
    steps = np.linalg.norm(affine[:3, :3], axis=0)[several]
    code = int(header["xyzt_units"]) & 7 if "xyzt_units" in header.template_dtype.names else 2
    factor, unit_notes = millimetres(steps, code)
    measured = factor is not None
    scaled = affine.copy()
    scaled[:3] *= factor or 1.0
    return scaled, oriented and measured, measured, (*notes, *unit_notes)


def _sizes(header: Any) -> Array:
    """Voxel sizes without sign; 1 where the header has none."""
    sizes = np.abs(np.asarray(header["pixdim"][1:4], dtype=np.float64))
    return np.where(np.isfinite(sizes) & (sizes > 0), sizes, 1.0)


def _affine(header: Any, sizes: Array, shape: tuple[int, int, int]) -> tuple[Array, bool, tuple[Note, ...]]:
    """The best of sform and qform: the sform where both are usable, as in nibabel and ITK."""
    base = np.diag([-sizes[0], sizes[1], sizes[2], 1.0])
    if "sform_code" not in header.template_dtype.names:
        return base, False, (_unoriented(_SILENT),)
    stated = {"sform": _sform(header, shape), "qform": _qform(header, sizes)}
    coded = {name: affine for name, affine in stated.items() if int(header[f"{name}_code"]) > 0}
    good = {name: affine for name, affine in coded.items() if _is_usable(affine)}
    straight = {name: affine for name, affine in good.items() if _skew(affine) <= SKEW}
    if len(straight) == 2 and not _same_sizes(straight["sform"], straight["qform"], shape):
        del straight["sform"]  # the qform has the voxel sizes of the header
    best = next(iter(straight), next(iter(good), ""))
    if not best:
        return base, False, (_unoriented(_UNUSABLE if coded else _SILENT),)
    is_default = np.array_equal(good[best], np.eye(4))
    if is_default and 1 in shape:
        return base, False, (_unoriented(_DEFAULT),)
    notes: tuple[Note, ...] = ()
    if best == "qform" and "sform" in coded:
        text = "The first placement in the file (sform) is unusable; the second one (qform) is used."
        notes = (Note(Severity.WARNING, text),)
    if is_default:
        notes = (*notes, Note(Severity.WARNING, f"{_DEFAULT}: check orientation and voxel size."))
    return good[best], True, notes


_SILENT = "The file does not state the orientation of the volume in the patient"
_UNUSABLE = "The orientation of the volume in the file is unusable"
_DEFAULT = "The placement in the file is the identity matrix, which software writes by default"


def _unoriented(reason: str) -> Note:
    text = (
        f"{reason}: the orientation of the volume is a guess, it may be turned or mirrored, and there are no patient "
        "coordinates."
    )
    return Note(Severity.WARNING, text)


def _sform(header: Any, shape: tuple[int, int, int]) -> Array:
    affine = np.eye(4)
    affine[:3] = [header["srow_x"], header["srow_y"], header["srow_z"]]
    for axis in range(3):
        column = affine[:3, axis]
        if shape[axis] == 1 and (not np.all(np.isfinite(column)) or not np.any(column)):
            # a single slice needs no normal; writers of 2D files leave zeros
            normal = np.cross(affine[:3, axis - 2], affine[:3, axis - 1])
            length = np.linalg.norm(normal)
            affine[:3, axis] = normal / length if length > 0 else 0.0
    return affine


def _qform(header: Any, sizes: Array) -> Array:
    from nibabel.quaternions import fillpositive, quat2mat

    affine = np.eye(4)
    vector = np.array([header["quatern_b"], header["quatern_c"], header["quatern_d"]], dtype=np.float64)
    length = float(np.linalg.norm(vector))
    # a vector that rounding made too long is a rotation by 180 degrees (nifti_quatern_to_mat44)
    quaternion = fillpositive(vector / max(length, 1.0), 1e-6)  # type: ignore[no-untyped-call]
    turn = np.asarray(quat2mat(quaternion), dtype=np.float64)  # type: ignore[no-untyped-call]
    left_handed = float(header["pixdim"][0]) < 0
    affine[:3, :3] = turn * sizes * [1.0, 1.0, -1.0 if left_handed else 1.0]
    affine[:3, 3] = [header["qoffset_x"], header["qoffset_y"], header["qoffset_z"]]
    return affine


def _is_usable(affine: Array) -> bool:
    if not np.all(np.isfinite(affine)):
        return False
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    return bool(np.all(sizes > 0) and abs(np.linalg.det(affine[:3, :3] / sizes)) > SINGULAR)


def _skew(affine: npt.NDArray[np.float64]) -> float:
    """Largest cosine between two voxel axes."""
    unit = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return float(np.max(np.abs(unit.T @ unit - np.eye(3))))


def is_sheared(affine: Array) -> bool:
    """True where voxel axes are not at right angles."""
    return _skew(affine) > SKEW


def _same_sizes(one: Array, other: Array, shape: tuple[int, int, int]) -> bool:
    axes = [axis for axis in range(3) if shape[axis] > 1]
    first, second = (np.linalg.norm(affine[:3, :3], axis=0)[axes] for affine in (one, other))
    return bool(np.allclose(first, second, rtol=SIZES_AGREE, atol=0))

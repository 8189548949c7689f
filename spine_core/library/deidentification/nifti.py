"""NIfTI and Analyze files without free text: header fields, extensions, and what surrounds the voxels become zeros."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np
from nibabel import nifti1, nifti2, spm99analyze

from spine_core.study.nifti.header import NIFTI1_BYTES, NIFTI2_BYTES, PAIR, SINGLE_FILE, read_header

TEXT_FIELDS = frozenset(
    {
        "data_type",
        "db_name",
        "descrip",
        "aux_file",
        "intent_name",
        "unused_str",
        "generated",
        "scannum",
        "patient_id",
        "exp_date",
        "exp_time",
        "hist_un0",
    }
)
"""Fields of free text; ``patient_id`` and those around it are of Analyze 7.5."""
EXTENSION_FLAG_BYTES = 4
"""Behind the header; zeros mean that no extension follows."""


def deidentify_nifti(data: bytes) -> bytes:
    """A file with header and voxels; size, place and bytes of the voxels are unchanged. Raises ``Unreadable``."""
    header = read_header(data)
    start = max(header.offset, _header_bytes(data))
    return _clean_header(data).ljust(start, b"\0")[:start] + data[start : _end(data)]


def deidentify_pair(header: bytes, voxels: bytes) -> tuple[bytes, bytes]:
    """Header and image file of a pair. Raises ``Unreadable``."""
    start = read_header(header).offset
    return _clean_header(header), bytes(start) + voxels[start : _end(header)]


def compressed(data: bytes) -> bytes:
    """Compresses with gzip, without file name and time."""
    return gzip.compress(data, compresslevel=6, mtime=0)


def _clean_header(data: bytes) -> bytes:
    """The header with empty text fields, and the flag that no extension follows where the file is long enough."""
    length = _header_bytes(data)
    cleaned = bytearray(data[:length])
    for name, (dtype, start) in _fields(data).items():
        if name in TEXT_FIELDS:
            cleaned[start : start + dtype.itemsize] = bytes(dtype.itemsize)
    flag = bytes(EXTENSION_FLAG_BYTES if len(data) >= length + EXTENSION_FLAG_BYTES else 0)
    return bytes(cleaned) + flag


def _header_bytes(data: bytes) -> int:
    return NIFTI2_BYTES if _is_nifti2(data) else NIFTI1_BYTES


def _is_nifti2(data: bytes) -> bool:
    return data[4:8] in (SINGLE_FILE[1], PAIR[1])


def _fields(data: bytes) -> dict[str, tuple[np.dtype[Any], int]]:
    """Type and offset of each field."""
    kind: Any = spm99analyze.Spm99AnalyzeHeader
    if _is_nifti2(data):
        kind = nifti2.Nifti2Header
    elif data[344:348] in (SINGLE_FILE[0], PAIR[0]):
        kind = nifti1.Nifti1Header
    return {name: (field[0], field[1]) for name, field in kind.template_dtype.fields.items()}


def _end(data: bytes) -> int:
    """Where the last voxel of all volumes ends; bytes behind it may be anything."""
    header = read_header(data)
    count = int(np.prod(header.shape, dtype=object)) * header.volumes
    return header.offset + count * header.dtype.itemsize

"""Whether bytes of a stranger are a stored map, found out before any of it is unpacked."""

from __future__ import annotations

import io
import zipfile

import numpy as np

from spine_core.library.errors import LibraryError
from spine_core.teaching.set_manifest import NO_SET_FILE

MAX_NPY_HEADER_BYTES = 256


def check_map(data: bytes, size: int) -> None:
    """Raises ``LibraryError`` unless ``data`` is a stored map of ``size`` x ``size``, before any of it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_array(archive, "attribution.npy", (size, size), np.dtype(np.float16))
            _check_array(archive, "peak.npy", (), np.dtype(np.float64))
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError, RuntimeError, NotImplementedError):
        raise LibraryError(NO_SET_FILE) from None


def _check_array(
    archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], dtype: np.dtype[np.generic]
) -> None:
    """Its header promises how much memory it needs, and its size how much there is. Raises ``ValueError``."""
    nbytes = int(np.prod(shape)) * dtype.itemsize
    if archive.getinfo(name).file_size > nbytes + MAX_NPY_HEADER_BYTES:
        raise ValueError
    with archive.open(name) as file:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError
        if np.lib.format.read_array_header_1_0(file) != (shape, False, dtype):
            raise ValueError

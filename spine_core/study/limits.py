"""Limits of one upload. Each is far above what a real spine study needs."""

from __future__ import annotations

import threading

MIB = 1024 * 1024

MAX_FILES = 20_000
"""Files in one upload; a whole-body study has a few thousand."""

MAX_FILE_BYTES = 512 * MIB
"""One file as stored; the largest multi-frame MR objects stay under 300 MiB."""

MAX_READ_BYTES = 4096 * MIB
"""All files of one upload after decompression."""

MAX_ZIP_DIRECTORY_BYTES = 8 * MIB
"""Central directory of a ZIP: Python needs about ten times its size in memory before any file is read."""

MAX_TAR_HEADER_BYTES = MIB
"""Headers of one file in a TAR, long names and attributes included; real ones stay under 64 KiB."""

MAX_XZ_BYTES = 256 * MIB
"""Memory for unpacking xz: its strongest preset needs 65 MiB, a forged header may demand gigabytes."""

MAX_ZIP_RATIO = 200
MIN_ZIP_RATIO_BYTES = 32 * MIB
"""A file that expands by more than this ratio and beyond this size is a decompression bomb. MR compresses 2:1, and a
stack of empty slices stays below the second limit."""

MIN_SPACING_MM, MAX_SPACING_MM = 0.05, 5.0
"""Pixel spacing that a user may state: MR of a spine has 0.2 to 1.5 mm, a reduced PNG of it more."""

MAX_SIDE = 8192
"""Rows or columns of a slice; MR matrices end at 2048, and stitched images stay below 8192."""

MAX_FRAME_PIXELS = 4096 * 4096
"""Pixels of one slice."""

MAX_PIXEL_BYTES = 1024 * MIB
"""Decoded pixels of one study: twenty times a lumbar study of 100 slices of 512 x 512."""

MAX_FRAMES = 10_000
"""Frames of one multi-frame object."""

MAX_NESTING = 50
"""Sequences within sequences: the deepest real MR header has six, and Python's stack ends near 200."""


MAX_HEADER_READS = 1_000_000
"""Reads of a header, two per element; an enhanced object of 2,000 frames has 250,000."""

MAX_ITEMS = 100_000
"""Items of all sequences of a file; each takes about a kilobyte once parsed."""

MAX_SEQUENCE_BYTES = 24 * MIB
"""Per-frame headers of a multi-frame object, and lookup tables."""

MAX_VALUE_BYTES = 65_536
"""Any other header value; in explicit encoding a longer one cannot be written."""


class OverLimit(Exception):
    """An upload exceeds the limits; the message is a sentence for the screen."""


class Budget:
    """The rest of a limit that several threads share."""

    def __init__(self, total: int, reason: str) -> None:
        self._left = total
        self._reason = reason
        self._lock = threading.Lock()

    def take(self, amount: int) -> None:
        """Subtracts ``amount``. Raises ``OverLimit`` with the budget's reason when less is left."""
        with self._lock:
            if amount > self._left:
                raise OverLimit(self._reason)
            self._left -= amount

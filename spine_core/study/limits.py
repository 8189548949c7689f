"""How much one upload may ask of the machine. Every number is far above a real spine study."""

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
"""Table of contents of a ZIP: Python keeps about ten bytes for each of its bytes, before any file is read."""

MAX_TAR_HEADER_BYTES = MIB
"""Headers of one file in a TAR, long names and attributes included; real ones stay under 64 KiB."""

MAX_XZ_BYTES = 256 * MIB
"""Memory for unpacking xz: its strongest preset takes 65 MiB, a forged header asks for gigabytes."""

MAX_ZIP_RATIO = 200
MIN_ZIP_RATIO_BYTES = 32 * MIB
"""A member that inflates more than this many times over, and beyond this size, is a bomb: MR compresses 2:1,
and a stack of empty slices is small enough to stay under the second number."""

MIN_SPACING_MM, MAX_SPACING_MM = 0.05, 5.0
"""Pixel spacing that a user may state: MR of a spine has 0.2 to 1.5 mm, a reduced picture of it more."""

MAX_SIDE = 8192
"""Rows or columns of a slice; MR matrices end at 2048, and stitched pictures stay under 8192."""

MAX_FRAME_PIXELS = 4096 * 4096
"""Pixels of one slice or picture."""

MAX_PIXEL_BYTES = 1024 * MIB
"""Decoded pixels of one study: twenty times a lumbar study of 100 slices of 512 x 512."""

MAX_FRAMES = 10_000
"""Frames of one multi-frame object."""

MAX_NESTING = 50
"""Sequences within sequences: the deepest real MR header has six, and Python's stack ends near 200."""


MAX_HEADER_READS = 1_000_000
"""Pieces that a header may be read in, two for each element; an enhanced object of 2,000 frames has 250,000."""

MAX_ITEMS = 100_000
"""Items of all sequences of a file; each takes about a kilobyte once parsed."""

MAX_SEQUENCE_BYTES = 24 * MIB
"""Per-frame headers of a multi-frame object, and lookup tables."""

MAX_VALUE_BYTES = 65_536
"""Any other header value; in explicit encoding a longer one cannot be written."""


class OverLimit(Exception):
    """An upload asks for more than the limits allow; the message is a plain sentence for the screen."""


class Budget:
    """What is left of a limit that several threads draw on."""

    def __init__(self, total: int, reason: str) -> None:
        self._left = total
        self._reason = reason
        self._lock = threading.Lock()

    def take(self, amount: int) -> None:
        """Draws ``amount``. Raises ``OverLimit`` with the budget's reason when it is not there."""
        with self._lock:
            if amount > self._left:
                raise OverLimit(self._reason)
            self._left -= amount

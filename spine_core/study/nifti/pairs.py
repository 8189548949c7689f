"""NIfTI and Analyze images in two files, .hdr and .img: which halves of an upload belong together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from spine_core.study.frame import Frame
from spine_core.study.limits import Budget
from spine_core.study.nifti.volume import read_nifti
from spine_core.study.sources import Entry

_ENDING = re.compile(r"\.(hdr|img)(\.gz)?$", re.IGNORECASE)

NO_IMAGE = (
    "it is the header of a NIfTI or Analyze image, without voxels; please open it together with the file of the same "
    "name that ends in .img"
)
NO_HEADER = (
    "it may be the voxels of a NIfTI or Analyze image, without header; please open it together with the file of the "
    "same name that ends in .hdr"
)


@dataclass(frozen=True)
class Pair:
    """Header and image file of one volume; None where an upload lacks one of them."""

    header: Entry | None
    image: Entry | None

    @property
    def name(self) -> str:
        """The file name that represents the volume on the screen."""
        half = self.header or self.image
        return half.name if half is not None else ""

    @property
    def missing(self) -> str:
        """The message where a half is missing, else empty."""
        if self.header is None:
            return NO_HEADER
        return "" if self.image is not None else NO_IMAGE


def may_be_image_half(name: str) -> bool:
    """True for names of a pair's image file, which has no header."""
    ending = _ENDING.search(name)
    return ending is not None and ending[1].lower() == "img"


def pairs(headers: Iterable[Entry], images: Iterable[Entry]) -> list[Pair]:
    """Header files with the image files of the same folder and name; each half once."""
    waiting: dict[str, list[Entry]] = {}
    for image in images:
        waiting.setdefault(_stem(image.name), []).append(image)
    found = []
    for header in headers:
        matching = waiting.get(_stem(header.name), [])
        found.append(Pair(header, matching.pop(0) if matching else None))
    return found + [Pair(None, image) for rest in waiting.values() for image in rest]


def _stem(name: str) -> str:
    return _ENDING.sub("", name).casefold()


def read_pair(pair: Pair, budget: Budget) -> list[Frame]:
    """The slices of a volume in two files. Raises ``Unreadable`` or ``OverLimit``. Both halves must be present."""
    assert pair.header is not None
    assert pair.image is not None
    return read_nifti(pair.name, pair.header.read(), budget, pair.image.read())

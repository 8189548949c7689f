"""Pictures of discs of the released index, where the reader's data folder holds the published images.

The index knows an image by a salted hash of its file name. No picture is part of the product.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import HALF_DISC, Disc
from spine_core.grading.crops.sagittal import disc_image
from spine_core.grading.types import DiscImage
from spine_core.networks.preprocessing import CHANNEL_OF, Preprocessing
from spine_core.retrieval.index import DiscIndex
from spine_core.study.types import Plane, Series, Weighting

CHANNELS = ("t2", "t1")
IMAGES = "images"
"""Folder of a dataset's images in the data folder."""


def data_folder() -> Path | None:
    """The folder of published images that ``SPINELENS_DATA`` names; None where there is none."""
    named = os.environ.get("SPINELENS_DATA", "")
    folder = Path(named) if named else None
    return folder if folder is not None and folder.is_dir() else None


def file_hash(salt: str, source: str, name: str) -> str:
    """How the index names an image file of a dataset: 16 hexadecimal digits."""
    return hashlib.sha256(f"{salt} {source} {name}".encode()).hexdigest()[:16]


def released_image(
    index: DiscIndex, row: int, preprocessing: Preprocessing, folder: Path | None
) -> DiscImage | None:
    """The network's input for a disc of the released index, cut from the published images as the index was.

    None where the index has no pictures, or ``folder`` lacks one of the images. Raises ``OSError`` where an image
    cannot be read.
    """
    if folder is None or index.images is None or index.places is None:
        return None
    files = _files(folder, index.salt, str(index.sources[row]))
    sources, discs = {}, {}
    for channel, name, place in zip(CHANNELS, index.images[row], index.places[row], strict=True):
        if not name:
            continue
        path = files.get(str(name))
        if path is None:
            return None
        sources[channel] = _series(path, channel)
        discs[channel] = _disc(str(index.levels[row]), path.name, place)
    first = next(iter(discs))
    return disc_image(preprocessing, discs[first], sources, counterparts=discs)


@lru_cache(maxsize=8)
def _files(folder: Path, salt: str, source: str) -> dict[str, Path]:
    """The images of a dataset by hash; empty where the folder does not hold it."""
    return {file_hash(salt, source, path.name): path for path in (folder / source / IMAGES).glob("*.png")}


def _disc(level: str, uid: str, place: npt.NDArray[np.float32]) -> Disc:
    row, column, down, across, distance = (float(value) for value in place)
    reach = HALF_DISC * distance
    posterior = (row - across * reach, column + down * reach)
    return Disc(level, uid, 0, (row, column), posterior, None, distance, (down, across), 1.0)


def published_series(name: str, pixels: npt.NDArray[np.uint8], weighting: Weighting) -> Series:
    """One published image (rows, columns) as a series of one slice, as the product opens it."""
    return Series(
        uid=name,
        description="",
        modality="MR",
        plane=Plane.UNKNOWN,
        weighting=weighting,
        weighting_reason="data set",
        pixels=pixels[None],
        geometry=None,
        spacing=None,
        slice_thickness=None,
        files=(name,),
        sop_instance_uids=(None,),
    )


def _series(path: Path, channel: str) -> Series:
    from PIL import Image

    weighting = next(one for one in (Weighting.T2, Weighting.T1) if CHANNEL_OF[one] == channel)
    return published_series(path.name, np.asarray(Image.open(path).convert("L")), weighting)

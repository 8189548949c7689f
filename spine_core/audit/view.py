"""Where a map lies in its study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spine_core.grading.types import DiscImage
from spine_core.study.geometry import Affine2


@dataclass(frozen=True)
class View:
    """On which slice of which series the maps of a finding lie.

    ``frame``: from (row, column) of a map to those of the slice, ``row = [0] r + [1] c + [2]``,
    ``column = [3] r + [4] c + [5]``. ``size``: pixels of a side of the map.
    """

    series_uid: str
    slice_index: int
    frame: tuple[float, ...]
    size: int

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> View:
        """The view of JSON values."""
        return cls(**{**values, "frame": tuple(values["frame"])})

    @classmethod
    def of_image(cls, image: DiscImage) -> View:
        """The view of the first weighting of the network's input, as the page Explain shows it at first."""
        channel = next(one for one in image.channels if one is not None)
        rows, columns = channel.frame.matrix
        frame = (*rows, channel.frame.offset[0], *columns, channel.frame.offset[1])
        return cls(channel.series_uid, channel.slice_index, tuple(map(float, frame)), image.pixels.shape[-1])

    def affine(self) -> Affine2:
        """``frame`` as a transform."""
        a = self.frame
        return Affine2(((a[0], a[1]), (a[3], a[4])), (a[2], a[5]))

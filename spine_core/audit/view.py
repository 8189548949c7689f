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

    ``frame``: coefficients of the transform from a map to the slice. ``size``: pixels of a side of the map.
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
        frame = channel.frame.coefficients
        return cls(channel.series_uid, channel.slice_index, frame, image.pixels.shape[-1])

    def affine(self) -> Affine2:
        """``frame`` as a transform."""
        return Affine2.of_coefficients(self.frame)

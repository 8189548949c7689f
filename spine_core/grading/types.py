"""What the networks say about a disc."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.measurements import Measurements
from spine_core.anatomy.types import Anatomy, Disc
from spine_core.study.geometry import Affine2
from spine_core.weights import ModelId

__all__ = ["Channel", "DiscImage", "Finding", "ModelId", "Reading", "Status"]


OUTSIDE_REPORTED = 0.01
"""Share of a network's input outside the image from which on it is put into words: a rim of one pixel is less."""


class Status(StrEnum):
    """Whether there is an answer."""

    GRADED = "graded"
    NOT_GRADABLE = "not gradable"


@dataclass(frozen=True, eq=False)
class Channel:
    """One weighting of a disc's crop and where it came from.

    ``frame`` maps crop (row, column) to (row, column) of slice ``slice_index`` of series ``series_uid``.
    ``outside``: bool (size, size), True for pixels of the crop that show nothing of the slice: they lie beyond its edge
    or on padding. None where that is not known.
    """

    weighting: str
    series_uid: str
    slice_index: int
    frame: Affine2
    outside: npt.NDArray[np.bool_] | None = None

    @property
    def outside_fraction(self) -> float | None:
        """Share of the crop that shows nothing of the slice, 0 to 1; None where that is not known."""
        return None if self.outside is None else float(self.outside.mean())


@dataclass(frozen=True, eq=False)
class DiscImage:
    """The network's input for one disc, made by the network's preprocessing contract.

    ``pixels``: float32 (channels, size, size), standardised; a missing weighting is a channel of zeros.
    ``channels``: one entry per channel, None where that weighting is missing.
    ``regions``: uint8 (size, size) of ``anatomy.types.Structure`` labels over the crop, None where unknown.
    """

    level: str
    pixels: npt.NDArray[np.float32]
    channels: tuple[Channel | None, ...]
    disc: Disc
    regions: npt.NDArray[np.uint8] | None = None

    @property
    def outside(self) -> npt.NDArray[np.float32] | None:
        """Share of the present channels that show nothing of their slice, by pixel, 0 to 1, (size, size).

        None where that is not known, or no channel is present.
        """
        masks = [channel.outside for channel in self.channels if channel is not None]
        known = [mask for mask in masks if mask is not None]
        return np.mean(known, axis=0, dtype=np.float32) if known and len(known) == len(masks) else None

    @property
    def outside_fraction(self) -> float | None:
        """Share of the present channels' pixels that show nothing of a slice, 0 to 1; None where that is not known."""
        return None if self.outside is None else float(self.outside.mean(dtype=np.float64))


class PositionWarning(StrEnum):
    """What the segmentation says against the position of a disc or of its slice; the value is the reason in words."""

    OFF_DISC = "no disc is segmented at this position"
    NO_CANAL = "no spinal canal is segmented next to this disc, so its slice may be parasagittal"
    PARASAGITTAL = (
        "no spinal canal is segmented next to most discs of this slice, so the slice is parasagittal"
    )
    TOO_LITTLE = "this single slice shows too little of the lumbar spine; it may be parasagittal"


@dataclass(frozen=True)
class Finding:
    """One condition at one level.

    ``probabilities`` are keyed by grade and sum to 1; empty where not gradable. ``grade`` is the likeliest.
    ``reason`` says why there is no answer, or what an answer lacks.
    ``prediction_set``: grades that cannot be ruled out (``networks.conformal``); empty where that is not known.
    ``member_probabilities``: by network of the ensemble, its own probability of every grade.
    ``outside_fraction``: of the network's input that lies outside the image, as ``DiscImage`` has it.
    ``position_warning``: what speaks against the disc's position; its words are part of ``reason``.
    """

    level: str
    condition: str
    status: Status
    reason: str = ""
    series_uids: tuple[str, ...] = ()
    probabilities: Mapping[str, float] = field(default_factory=dict)
    grade: str | None = None
    prediction_set: tuple[str, ...] = ()
    member_probabilities: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    outside_fraction: float | None = None
    position_warning: PositionWarning | None = None

    @property
    def uncertain(self) -> bool:
        """True where more than one grade cannot be ruled out."""
        return len(self.prediction_set) > 1

    @property
    def members_disagree(self) -> bool:
        """True where the networks do not give the same likeliest grade."""
        return (
            len({max(vote, key=lambda grade: vote[grade]) for vote in self.member_probabilities.values()}) > 1
        )


@dataclass(frozen=True, eq=False)
class Reading:
    """Everything said about one study: what was found, by which network, and what the reader corrected.

    ``anatomies``: one per sagittal series that was read, the one that placed the discs first.
    ``images``: the network's input per level, kept so that a finding can be explained.
    """

    study_sha256: str
    model: ModelId
    detector: ModelId
    discs: tuple[Disc, ...]
    findings: tuple[Finding, ...]
    anatomies: tuple[Anatomy, ...] = ()
    images: Mapping[str, DiscImage] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()
    inferred_weighting: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Weighting and reason by series uid, where the header was silent and the pixels told."""
    measurements: Mapping[str, Measurements] = field(default_factory=dict)
    """What was measured on the masks, by level."""
    segmenter: ModelId | None = None
    """What drew these masks; None where nothing was outlined."""

    def finding(self, level: str, condition: str) -> Finding | None:
        """The finding of ``condition`` at ``level``, None where that level was not found."""
        for finding in self.findings:
            if (finding.level, finding.condition) == (level, condition):
                return finding
        return None

"""Data types of a reading: network inputs, findings, and the reading of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.measurements import Measurements
from spine_core.anatomy.outline_edits import OutlineEdit
from spine_core.anatomy.types import Anatomy, Disc
from spine_core.networks.conditions import Condition
from spine_core.networks.outputs import RELEASED, Output
from spine_core.networks.target import Target
from spine_core.study.geometry import Affine2
from spine_core.study.types import Series
from spine_core.weights import ModelId

__all__ = ["Channel", "DiscImage", "Finding", "ModelId", "Reading", "Status"]


OUTSIDE_REPORTED = 0.01
"""Least fraction of a network's input outside the image that is reported: a rim of one pixel is less."""


class Status(StrEnum):
    """Whether a finding has a grade."""

    GRADED = "graded"
    NOT_GRADABLE = "not gradable"


@dataclass(frozen=True, eq=False)
class Channel:
    """One weighting of a disc's crop and where it came from.

    ``frame`` maps crop (row, column) to (row, column) of slice ``slice_index`` of series ``series_uid``.
    ``outside``: bool (size, size), True for pixels of the crop without image data: beyond the slice's edge, or padding.
    None where unknown.
    """

    weighting: str
    series_uid: str
    slice_index: int
    frame: Affine2
    outside: npt.NDArray[np.bool_] | None = None

    @property
    def outside_fraction(self) -> float | None:
        """Fraction of the crop without image data, 0 to 1; None where unknown."""
        return None if self.outside is None else float(self.outside.mean())


@dataclass(frozen=True, eq=False)
class DiscImage:
    """The network's input for one disc, made by the network's preprocessing.

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
        """Fraction of the present channels without image data at each pixel, 0 to 1, (size, size).

        None where unknown, or no channel is present.
        """
        masks = [channel.outside for channel in self.channels if channel is not None]
        known = [mask for mask in masks if mask is not None]
        return np.mean(known, axis=0, dtype=np.float32) if known and len(known) == len(masks) else None

    @property
    def outside_fraction(self) -> float | None:
        """Fraction of the present channels' pixels without image data, 0 to 1; None where unknown."""
        return None if self.outside is None else float(self.outside.mean(dtype=np.float64))


class PositionWarning(StrEnum):
    """Warnings about the position of a disc or of its slice, by the segmentation. The values are sentences."""

    OFF_DISC = "no disc is segmented at this position"
    NO_CANAL = "no spinal canal is segmented next to this disc, so its slice may be parasagittal"
    PARASAGITTAL = (
        "no spinal canal is segmented next to most discs of this slice, so the slice is parasagittal"
    )
    TOO_LITTLE = "this single slice shows too little of the lumbar spine; it may be parasagittal"


@dataclass(frozen=True)
class Finding:
    """One condition at one level.

    ``probabilities``: by grade, sum 1; empty where not gradable. ``grade``: the most probable, None where not gradable.
    ``reason``: why there is no grade, or a limitation of the grade.
    ``prediction_set``: conformal prediction set (``networks.conformal``); empty where unknown.
    ``member_probabilities``: by network of the ensemble, its own probability of every grade.
    ``outside_fraction``: fraction of the network's input outside the image, as in ``DiscImage``.
    ``position_warning``: warning about the disc's position; its sentence is part of ``reason``.
    ``output``: the condition among the network's outputs; by default the released networks' of that name.
    ``view``: which of the network's views of the disc it was read from.
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
    output: Output = field(default=None, repr=False)  # type: ignore[assignment]
    view: str = ""

    def __post_init__(self) -> None:
        if self.output is None:
            object.__setattr__(self, "output", RELEASED[self.condition])

    @property
    def definition(self) -> Condition:
        """The condition with its grades and labels."""
        return self.output.condition

    @property
    def target(self) -> Target:
        """The score of the reported grade, which is explained by default. Raises ``ValueError`` without a grade."""
        if self.grade is None:
            msg = f"{self.condition} at {self.level} has no grade to explain"
            raise ValueError(msg)
        return Target(self.condition, self.grade, output=self.output)

    @property
    def uncertain(self) -> bool:
        """True where the prediction set has several grades."""
        return len(self.prediction_set) > 1

    @property
    def members_disagree(self) -> bool:
        """True where the members' most probable grades differ."""
        return (
            len(
                {
                    max(probabilities, key=lambda grade: probabilities[grade])
                    for probabilities in self.member_probabilities.values()
                }
            )
            > 1
        )


@dataclass(frozen=True, eq=False)
class Reading:
    """The reading of one study: discs, findings, the networks that made them, and the reader's corrections.

    ``anatomies``: one per sagittal series that was read; the first is the one of ``discs``. ``images``: the network's
    input by level, from which findings are explained. ``corrections``: of the reader, in words and in order.
    ``outline_corrections``: which of them, from 0, concern outlines only; no disc depends on these.
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
    """Weighting and reason by series uid, where they were inferred from the pixels."""
    measurements: Mapping[str, Measurements] = field(default_factory=dict)
    """Measurements by level, on the outlines as the reader left them."""
    segmented_measurements: Mapping[str, Measurements] = field(default_factory=dict)
    """Measurements by level on the segmentation's own outlines; empty where no outline was edited."""
    outline_edits: tuple[OutlineEdit, ...] = ()
    """Outlines that the reader drew, in order. The masks of ``anatomies`` are the segmentation's own."""
    outline_corrections: frozenset[int] = frozenset()
    segmenter: ModelId | None = None
    """The segmenter; None where nothing was segmented."""
    view_images: Mapping[tuple[str, str], DiscImage] = field(default_factory=dict)
    """Inputs of the network's further views, by view and level."""

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of all findings, in the order of the network's outputs."""
        return tuple({finding.condition: finding.definition for finding in self.findings}.values())

    @property
    def disc_corrections(self) -> tuple[str, ...]:
        """The corrections of levels and discs, in words."""
        return tuple(
            words for number, words in enumerate(self.corrections) if number not in self.outline_corrections
        )

    def weighting_of(self, series: Series) -> str:
        """The weighting by which a series was read, such as "T2": its own, or what its pixels look like."""
        found, _ = self.inferred_weighting.get(series.uid, (series.weighting.value, ""))
        return found.upper().replace("_", " ")

    @property
    def outline_readers(self) -> tuple[str, ...]:
        """Who edited outlines, in the order of their first edits."""
        return tuple(dict.fromkeys(edit.reader for edit in self.outline_edits))

    def measured_on_edit(self, level: str) -> bool:
        """Whether an edited outline changed a measurement at ``level``."""
        own = self.segmented_measurements.get(level)
        return own is not None and own != self.measurements.get(level)

    def image_of(self, finding: Finding) -> DiscImage | None:
        """The network's input from which ``finding`` was made."""
        return self.view_images.get((finding.view, finding.level)) or self.images.get(finding.level)

    def finding(self, level: str, condition: str) -> Finding | None:
        """The finding of ``condition`` at ``level``, None where that level was not found."""
        for finding in self.findings:
            if (finding.level, finding.condition) == (level, condition):
                return finding
        return None

"""Why two studies cannot be compared."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """Reasons for which a prior is not registered. The values are sentences."""

    NO_POSITIONS = (
        "One of the studies has no positions in the patient (pictures without a header), so the two cannot be "
        "registered in millimetres."
    )
    TOO_FEW_SLICES = "A sagittal series of fewer than 3 slices has no volume to register."
    UNEVEN_SLICES = "The slices of a series are missing or staggered, so they make no volume to register."
    TOO_FEW_DISCS = "Both studies must show at least 3 discs in common; they do not."
    RESIDUAL = (
        "After registration the same discs lie further apart than the stated limit: the two may show different "
        "patients, or the alignment failed. Nothing is compared."
    )


class NotRegistrable(Exception):
    """The studies cannot be registered. ``refusal``: why; its text is a sentence for the screen."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal

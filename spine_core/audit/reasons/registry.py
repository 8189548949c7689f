"""All reasons that are rated beside maps, by name. A new one is a class and one entry here."""

from __future__ import annotations

from spine_core.audit.reasons.base import Reason
from spine_core.audit.reasons.inputs import Inputs
from spine_core.audit.reasons.measurements import Measurements, OtherMeasurements
from spine_core.audit.reasons.similar import AnyDiscs, SimilarDiscs
from spine_core.audit.reasons.what_if import WhatIf

REASONS: dict[str, Reason] = {
    one.name: one
    for one in (Measurements(), Inputs(), SimilarDiscs(), WhatIf(), OtherMeasurements(), AnyDiscs())
}
"""Reasons of the network and their controls."""

CHOSEN = tuple(one.name for one in REASONS.values() if not one.control_of)
"""Those that a batch may ask for; their controls come with them."""


def control_of(name: str) -> Reason | None:
    """The control that is computed with a reason; None where there is none."""
    return next((one for one in REASONS.values() if one.control_of == name), None)

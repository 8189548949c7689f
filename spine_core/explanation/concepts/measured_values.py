"""The measurements that the model uses, in the units in which it was fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spine_core.anatomy.measurements import LENGTHS, Measurements


@dataclass(frozen=True)
class Concept:
    """One measurement of the model. ``name``: a field of ``Measurements``. ``low``, ``high``: words for the extremes.

    ``digits``: decimals in words. ``unit``: in words where the measurement is no length.
    """

    name: str
    label: str
    low: str
    high: str
    digits: int = 2
    unit: str = ""

    @property
    def is_length(self) -> bool:
        """Whether it is in millimetres, or in inter-disc distances where the pixel spacing is unknown."""
        return self.name in LENGTHS


CONCEPTS = (
    Concept("disc_height_index", "Disc height / vertebral height", "lower", "higher"),
    Concept("signal_ratio", "Disc signal / fluid signal", "darker", "brighter"),
    Concept("canal_diameter", "Canal diameter", "narrower", "wider"),
    Concept("bulge_depth", "Posterior disc extent", "less", "more"),
    Concept("slip_percent", "Slip", "further back", "further forward", 0, "%"),
)
"""In the order of the page. The disc's height itself is left out: without millimetres it says what its index says."""

BY_NAME = {one.name: one for one in CONCEPTS}

Values = Mapping[str, float | None]
"""By name of the concept; None where it was not measured."""


def model_values(measured: Measurements, inter_disc_mm: float | None) -> dict[str, float | None]:
    """The measurements in the model's units: lengths in inter-disc distances, which need no pixel spacing.

    ``inter_disc_mm``: the disc's inter-disc distance in mm. Raises ``ValueError`` for lengths in mm without it.
    """
    per_length = 1.0
    if measured.unit == "mm":
        if inter_disc_mm is None:
            msg = "lengths in mm need the inter-disc distance in mm"
            raise ValueError(msg)
        per_length = inter_disc_mm
    found: dict[str, float | None] = {}
    for concept in CONCEPTS:
        value = getattr(measured, concept.name)
        found[concept.name] = value / per_length if concept.is_length and value is not None else value
    return found

"""Differences between the protocols of two series, which can look like a change of the patient."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from spine_core.grading.types import Reading
from spine_core.study.types import Series


class Item(StrEnum):
    """What differs. The values are what it is called on the screen."""

    WEIGHTING = "weighting"
    FAT_SUPPRESSION = "fat suppression"
    CONTRAST = "contrast agent"
    MANUFACTURER = "manufacturer"
    FIELD = "field strength"
    THICKNESS = "slice thickness"
    RESOLUTION = "pixel spacing"
    SLICES = "number of slices"
    ECHO = "echo time"
    REPETITION = "repetition time"
    NETWORK = "network"


UNKNOWN = "not stated"

TOLERANCE = {
    Item.FIELD: 0.05,
    Item.THICKNESS: 0.1,
    Item.RESOLUTION: 0.1,
    Item.SLICES: 0.2,
    Item.ECHO: 0.2,
    Item.REPETITION: 0.2,
}
"""Difference that is not warned of, as a fraction of the larger value. Field strengths are rounded (1.5 and 1.494)."""

HEADER = {
    Item.FIELD: ("MagneticFieldStrength", "T"),
    Item.ECHO: ("EchoTime", "ms"),
    Item.REPETITION: ("RepetitionTime", "ms"),
}


@dataclass(frozen=True)
class ProtocolDifference:
    """One item with both values as text, ``UNKNOWN`` where a header does not state it."""

    item: Item
    current: str
    prior: str


def protocol_differences(
    series: Series, reading: Reading, prior_series: Series, prior_reading: Reading
) -> tuple[ProtocolDifference, ...]:
    """What differs between the two series and the networks that read them; nothing where both values are unknown."""
    found = [
        _words(Item.WEIGHTING, reading.weighting_of(series), prior_reading.weighting_of(prior_series)),
        _words(Item.FAT_SUPPRESSION, _yes(series.fat_suppressed), _yes(prior_series.fat_suppressed)),
        _words(Item.CONTRAST, _yes(series.contrast_enhanced), _yes(prior_series.contrast_enhanced)),
        _words(Item.MANUFACTURER, _header(series, "Manufacturer"), _header(prior_series, "Manufacturer")),
        *(
            _numbers(item, _number(series, keyword), _number(prior_series, keyword), unit)
            for item, (keyword, unit) in HEADER.items()
        ),
        _numbers(Item.THICKNESS, series.slice_thickness, prior_series.slice_thickness, "mm"),
        _numbers(Item.RESOLUTION, _pixel(series), _pixel(prior_series), "mm"),
        _numbers(Item.SLICES, series.slices, prior_series.slices, ""),
        _words(Item.NETWORK, _network(reading), _network(prior_reading)),
    ]
    return tuple(one for one in found if one is not None)


def _words(item: Item, current: str, prior: str) -> ProtocolDifference | None:
    if current.casefold() == prior.casefold():
        return None
    return ProtocolDifference(item, current or UNKNOWN, prior or UNKNOWN)


def _numbers(item: Item, current: float | None, prior: float | None, unit: str) -> ProtocolDifference | None:
    if current is None and prior is None:
        return None
    if None not in (current, prior) and _near(item, current or 0.0, prior or 0.0):
        return None
    return ProtocolDifference(item, _text(current, unit), _text(prior, unit))


def _near(item: Item, current: float, prior: float) -> bool:
    return abs(current - prior) <= TOLERANCE[item] * max(abs(current), abs(prior))


def _text(value: float | None, unit: str) -> str:
    return UNKNOWN if value is None else f"{value:.4g} {unit}".strip()


def _number(series: Series, keyword: str) -> float | None:
    """A header value; None where it is missing, no number, or not positive."""
    try:
        value = float(series.header.get(keyword, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None


def _header(series: Series, keyword: str) -> str:
    return series.header.get(keyword, "").strip()


def _pixel(series: Series) -> float | None:
    return None if series.spacing is None else math.sqrt(series.spacing[0] * series.spacing[1])


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _network(reading: Reading) -> str:
    return f"{reading.model.name} {reading.model.version} ({reading.model.sha256[:8]})"

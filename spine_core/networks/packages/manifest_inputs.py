"""The inputs of a manifest: how a network's images are cut and standardised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from spine_core.networks.packages.record import Record, choice, finite
from spine_core.networks.preprocessing import CHANNEL_OF, Crop, Intensity, Preprocessing, Side

MAX_SIZE, MAX_CHANNELS = 1024, 16
"""Limits of an input, each far above what a real network has."""

CHANNELS = tuple(dict.fromkeys(CHANNEL_OF.values()))
"""Weightings that a channel may have."""


def parse_inputs(values: Sequence[object]) -> dict[str, Preprocessing]:
    """Preprocessing by the name of the input. Raises ``ValueError`` with the place."""
    found: dict[str, Preprocessing] = {}
    for number, value in enumerate(values):
        record = Record(value, f"inputs[{number}]")
        name = record.text("name", "")
        if name in found:
            msg = f"{record.path}: another input has the name {name!r}"
            raise ValueError(msg)
        found[name] = _preprocessing(record)
        record.finish()
    if not found:
        msg = "inputs must have one entry or more"
        raise ValueError(msg)
    return found


def _preprocessing(record: Record) -> Preprocessing:
    defaults: dict[str, Any] = {one.name: one.default for one in fields(Preprocessing)}
    size = int(record.take("size", int))
    channels = record.texts("channels")
    if not 16 <= size <= MAX_SIZE or not 1 <= len(channels) <= MAX_CHANNELS:
        msg = f"{record.path}: size must be 16 to {MAX_SIZE} pixels, with 1 to {MAX_CHANNELS} channels"
        raise ValueError(msg)
    if not set(channels) <= set(CHANNELS):
        msg = f"{record.at('channels')} must be weightings out of {', '.join(CHANNELS)}"
        raise ValueError(msg)
    crop = choice(record, "crop", Crop)
    whole = crop is Crop.SLICE
    numbers = {
        key: record.number(key, None if key == "width" and not whole else defaults[key])
        for key in ("width", "shift", "low", "high", "ceiling", "lateral")
    }
    if not whole and numbers["width"] <= 0:
        msg = f"{record.at('width')} must be more than 0"
        raise ValueError(msg)
    if not 0 <= numbers["low"] < numbers["high"] <= 100:
        msg = f"{record.path}: low and high must be percentiles, low below high"
        raise ValueError(msg)
    side = choice(record, "side", Side) if record.has("side") else None
    if side is None and crop in (Crop.FORAMEN, Crop.RECESS):
        msg = f"{record.at('side')} is missing: a {crop.value} is left or right"
        raise ValueError(msg)
    mean, std = (_per_channel(record, key, len(channels), defaults[key]) for key in ("mean", "std"))
    if min(std if isinstance(std, tuple) else (std,)) <= 0:
        msg = f"{record.at('std')} must be more than 0"
        raise ValueError(msg)
    intensity = choice(record, "intensity", Intensity, Intensity.PERCENTILES)
    return Preprocessing(
        size=size, channels=channels, mean=mean, std=std, crop=crop, intensity=intensity, side=side,
        mirror=bool(record.take("mirror", bool, False)), **numbers,
    )  # fmt: skip


def _per_channel(record: Record, key: str, count: int, default: Any) -> float | tuple[float, ...]:
    value = record.take(key, (int, float, list), default)
    if not isinstance(value, list):
        return finite(value, record.at(key))
    if len(value) != count:
        msg = f"{record.at(key)} has {len(value)} values for {count} channels"
        raise ValueError(msg)
    return tuple(finite(one, record.at(key)) for one in value)

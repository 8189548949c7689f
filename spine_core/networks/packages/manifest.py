"""The manifest of a package, ``network.json``: what a network is, sees and returns."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from spine_core.anatomy.types import LEVELS
from spine_core.networks.conditions import BY_NAME, Condition, Scale
from spine_core.networks.display_names import NETWORK_NAMES
from spine_core.networks.network import View
from spine_core.networks.outputs import BY_SCALE, Activation, Output, Outputs
from spine_core.networks.packages.errors import PackageError
from spine_core.networks.packages.record import Record, choice, finite
from spine_core.networks.preprocessing import Crop, Intensity, Preprocessing, Side
from spine_core.study.types import Weighting

MANIFEST = "network.json"
FORMAT = 1

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,47}")
"""Names and versions: they become the name of a folder."""

MAX_SIZE, MAX_CHANNELS, MAX_OUTPUTS, MAX_GRADES = 1024, 16, 200, 20
"""Limits of a manifest, each far above what a real network has."""

CHANNELS = ("t2", "t1")
"""Weightings that a channel may have."""


class Library(StrEnum):
    """Where the architecture comes from."""

    TORCHVISION = "torchvision"
    TIMM = "timm"
    ONNX = "onnx"


@dataclass(frozen=True)
class Architecture:
    """A network's architecture. ``name``, ``arguments``: of the library's function; empty for ONNX."""

    library: Library
    name: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """A valid manifest.

    ``weights``, ``sample``: file names in the package. ``calibration``: slopes and offsets of the logits, (2, K).
    ``thresholds``: of the prediction sets, by condition one per grade. ``target_layer``: for class activation maps.
    ``values``: the manifest as JSON values.
    """

    name: str
    version: str
    licence: str
    citation: str
    description: str
    architecture: Architecture
    weights: str
    sample: str
    views: tuple[View, ...]
    files: Mapping[str, str]
    calibration: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    thresholds: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    target_layer: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> str:
        """Name of the network in this installation."""
        return f"{self.name}-{self.version}"


def parse_manifest(data: bytes) -> Manifest:
    """The manifest in ``data`` (JSON). Raises ``PackageError`` for the first thing that is missing or wrong."""
    try:
        values = json.loads(data)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise PackageError(MANIFEST, "it is not a JSON file") from None
    try:
        return _manifest(Record(values, ""))
    except ValueError as error:
        raise PackageError(MANIFEST, str(error)) from None


def _manifest(record: Record) -> Manifest:
    if record.take("spinelens_network", int) != FORMAT:
        msg = f"spinelens_network is {record.values['spinelens_network']}; this program reads format {FORMAT}"
        raise ValueError(msg)
    name, version = record.text("name"), record.text("version")
    for key, value in (("name", name), ("version", version)):
        if not NAME.fullmatch(value):
            msg = f"{key} is {value!r}; use up to 48 lower-case letters, digits, dots, dashes and underscores"
            raise ValueError(msg)
    if name in NETWORK_NAMES:
        msg = f"name is {name!r}, which is a released network's"
        raise ValueError(msg)
    architecture = _architecture(Record(record.take("architecture", dict), "architecture"))
    weights = record.text("weights")
    ending = ".onnx" if architecture.library is Library.ONNX else ".safetensors"
    if not weights.endswith(ending):
        msg = f"weights is {weights!r}; it must name a file that ends with {ending}"
        raise ValueError(msg)
    inputs = _inputs(record.list("inputs"))
    views = _views(record.list("outputs"), inputs)
    conditions = {one.name: one for view in views for one in view.outputs.conditions}
    manifest = Manifest(
        name=name,
        version=version,
        licence=record.text("licence"),
        citation=record.text("citation", ""),
        description=record.text("description", ""),
        architecture=architecture,
        weights=weights,
        sample=record.text("sample"),
        views=views,
        files=_files(record.take("files", dict)),
        calibration=_calibration(record),
        thresholds=_thresholds(record.take("thresholds", dict, {}), conditions),
        target_layer=record.text("target_layer") if record.has("target_layer") else None,
        values=record.values,
    )
    record.finish()
    return manifest


def _architecture(record: Record) -> Architecture:
    library = choice(record, "library", Library)
    if library is Library.ONNX:
        record.finish()
        return Architecture(library)
    found = Architecture(library, record.text("name"), record.take("arguments", dict, {}))
    record.finish()
    return found


def _files(values: Mapping[str, object]) -> dict[str, str]:
    for name, value in values.items():
        if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
            msg = f"files.{name} must be a SHA-256 in lower-case hexadecimal digits"
            raise ValueError(msg)
    return {name: str(value) for name, value in values.items()}


def _inputs(values: Sequence[object]) -> dict[str, Preprocessing]:
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


def _views(values: Sequence[object], inputs: Mapping[str, Preprocessing]) -> tuple[View, ...]:
    """One view per input and level that outputs are read from."""
    if not 1 <= len(values) <= MAX_OUTPUTS:
        msg = f"outputs must have 1 to {MAX_OUTPUTS} entries"
        raise ValueError(msg)
    by_view: dict[tuple[str, str | None], list[Output]] = {}
    start = 0
    for number, value in enumerate(values):
        record = Record(value, f"outputs[{number}]")
        name = record.text("input", "")
        if name not in inputs:
            msg = f"{record.at('input')} is {name!r}, which is not an input of the manifest"
            raise ValueError(msg)
        level = record.text("level") if record.has("level") else None
        if level is not None and level not in LEVELS:
            msg = f"{record.at('level')} is {level!r}; it must be one of {', '.join(LEVELS)}"
            raise ValueError(msg)
        output = _output(record, start, inputs[name])
        start = output.stop
        by_view.setdefault((name, level), []).append(output)
        record.finish()
    return tuple(
        View(inputs[name], Outputs(tuple(outputs)), name, level) for (name, level), outputs in by_view.items()
    )


def _output(record: Record, start: int, preprocessing: Preprocessing) -> Output:
    condition = _condition(record, preprocessing)
    activation = choice(record, "activation", Activation, BY_SCALE[condition.scale])
    span = record.list("logits", [start, start + activation.logits(len(condition.grades))])
    if len(span) != 2 or not all(isinstance(one, int) and not isinstance(one, bool) for one in span):
        msg = f"{record.at('logits')} must be two whole numbers, the first column and the one after the last"
        raise ValueError(msg)
    try:
        return Output(condition, span[0], span[1], activation)
    except ValueError as error:
        msg = f"{record.path}: {error}"
        raise ValueError(msg) from None


def _condition(record: Record, preprocessing: Preprocessing) -> Condition:
    """A condition by its own words, or a released one of which only the name is given."""
    name = record.text("condition")
    if not record.has("grades") and name in BY_NAME:
        return BY_NAME[name]
    if not re.fullmatch(r"[a-z0-9_]{1,48}", name):
        msg = f"{record.at('condition')} is {name!r}; use lower-case letters, digits and underscores"
        raise ValueError(msg)
    grades = record.texts("grades")
    if not 2 <= len(grades) <= MAX_GRADES or len(set(grades)) != len(grades) or not all(grades):
        msg = f"{record.at('grades')} must be 2 to {MAX_GRADES} different texts"
        raise ValueError(msg)
    labels = record.texts("grade_labels", grades)
    highlighted = record.texts("highlighted", ())
    if len(labels) != len(grades) or not set(highlighted) <= set(grades):
        msg = f"{record.path}: grade_labels needs one text per grade, and highlighted holds grades"
        raise ValueError(msg)
    needs = record.texts("needs", tuple(dict.fromkeys(preprocessing.channels)))
    if not set(needs) <= set(preprocessing.channels):
        msg = f"{record.at('needs')} must be weightings of the input's channels"
        raise ValueError(msg)
    return Condition(
        name,
        record.text("label", name.replace("_", " ").capitalize()),
        grades,
        labels,
        choice(record, "scale", Scale),
        tuple(Weighting(one) for one in needs),
        record.text("help", ""),
        highlighted=highlighted,
        site=record.text("site", ""),
        side=choice(record, "side", Side).value if record.has("side") else "",
    )


def _calibration(record: Record) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    if not record.has("calibration"):
        return None
    inner = Record(record.take("calibration", dict), "calibration")
    slopes, offsets = (
        tuple(finite(one, inner.at(key)) for one in inner.list(key)) for key in ("slopes", "offsets")
    )
    inner.finish()
    if len(slopes) != len(offsets):
        msg = "calibration needs as many slopes as offsets"
        raise ValueError(msg)
    return slopes, offsets


def _thresholds(
    values: Mapping[str, object], conditions: Mapping[str, Condition]
) -> dict[str, tuple[float, ...]]:
    found = {}
    for name, row in values.items():
        if name not in conditions or not isinstance(row, list) or len(row) != len(conditions[name].grades):
            msg = f"thresholds.{name} must be a list of one probability per grade of an output"
            raise ValueError(msg)
        found[name] = tuple(finite(one, f"thresholds.{name}") for one in row)
    return found

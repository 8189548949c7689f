"""The manifest of a package, ``network.json``: what a network is, sees and returns."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from spine_core.networks.conditions import Condition
from spine_core.networks.display_names import NETWORK_NAMES
from spine_core.networks.network import View
from spine_core.networks.packages.errors import PackageError
from spine_core.networks.packages.manifest_inputs import parse_inputs
from spine_core.networks.packages.manifest_outputs import parse_views
from spine_core.networks.packages.record import Record, choice, finite

MANIFEST = "network.json"
FORMAT = 1

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,47}")
"""Names and versions: they become the name of a folder."""


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
    inputs = parse_inputs(record.list("inputs"))
    views = parse_views(record.list("outputs"), inputs)
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

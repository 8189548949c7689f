"""What registering a network finds out: that it works, how fast it is, and which methods explain it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spine_core.networks.network import TORCH_BATCH, Network
from spine_core.networks.packages.contents import Contents
from spine_core.networks.packages.loading import load_network, sample_of
from spine_core.networks.packages.manifest import Library
from spine_core.networks.wrapped import WrappedNetwork

RUNS = 5
"""Passes of which the median is the speed."""

LAYERS = 6
"""Layers for class activation maps that are listed, the last ones."""


@dataclass(frozen=True)
class Registration:
    """Facts about a registered network, measured on this machine.

    ``parameters``: number of weights, None for an ONNX model without torch. ``milliseconds``: per image, in batches.
    ``differentiable``: whether it has gradients; ``gradients``: the same in a sentence. ``layer``: of class activation
    maps, None where no layer has a map; ``layers``: all that have, as path, rows, columns and channels.
    """

    sha256: str
    parameters: int | None
    milliseconds: float
    differentiable: bool
    gradients: str
    layer: str | None
    layers: tuple[tuple[str, int, int, int], ...]

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return {**vars(self), "layers": [list(one) for one in self.layers]}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Registration:
        """From JSON values."""
        return cls(**{**values, "layers": tuple(tuple(one) for one in values["layers"])})


def examine(contents: Contents) -> Registration:
    """Loads a package's network, runs its sample and measures it. Raises ``PackageError`` where it does not work."""
    network = load_network(contents)
    images = sample_of(contents).images
    images = np.resize(images, (TORCH_BATCH, *images.shape[1:]))
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        network.predict_logits(images)
        seconds.append(time.perf_counter() - started)
    wrapped = network if isinstance(network, WrappedNetwork) else None
    layers = wrapped.layers[-LAYERS:] if wrapped else ()
    return Registration(
        contents.sha256,
        sum(one.numel() for one in wrapped.module.parameters()) if wrapped else None,
        1000 * statistics.median(seconds) / TORCH_BATCH,
        network.differentiable,
        _gradients(contents, network),
        wrapped.layer.path if wrapped and wrapped.layer else None,
        tuple((one.path, one.rows, one.columns, one.channels) for one in layers),
    )


def _gradients(contents: Contents, network: Network) -> str:
    if contents.manifest.architecture.library is not Library.ONNX:
        return "torch computes scores and gradients"
    if network.differentiable:
        return "onnx2torch gives the sample's output, so that torch computes scores and gradients"
    return "onnx2torch does not give the sample's output, so that there are scores by ONNX Runtime, but no gradients"

"""From a package to a network that gives the outputs which the package's sample expects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.networks.network import Network
from spine_core.networks.packages.architecture import build
from spine_core.networks.packages.contents import Contents
from spine_core.networks.packages.errors import PackageError
from spine_core.networks.packages.manifest import MANIFEST, Library
from spine_core.networks.packages.onnx_network import OnnxNetwork, check_onnx, to_torch
from spine_core.networks.wrapped import NetworkError, WrappedNetwork
from spine_core.weights import ModelId

TOLERANCE = 1e-4
"""Largest difference from the sample's expected output, of logits up to 1; of larger ones the same fraction."""

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sample:
    """``images``: inputs (N, channels, size, size). ``logits``: the output for them before calibration, (N, K)."""

    images: Array
    logits: Array


def load_network(contents: Contents, device: str = "cpu") -> Network:
    """The network of a package, after its sample was computed with it.

    An ONNX model becomes a torch module where onnx2torch gives the sample's output; else it has no gradients.
    ``device``: of torch. Raises ``PackageError`` where the package cannot be loaded or its sample fails.
    """
    manifest = contents.manifest
    sample = sample_of(contents)
    weights = contents.files[manifest.weights]
    if manifest.architecture.library is not Library.ONNX:
        network: Network = _wrapped(contents, build(manifest.architecture, weights, manifest.weights), device)
        _check_sample(network, sample, manifest.sample)
        return network
    check_onnx(weights, manifest.weights)
    plain = OnnxNetwork(weights, manifest.weights, manifest.views, _id(contents), _calibration(contents))
    _check_sample(plain, sample, manifest.sample)
    module = to_torch(weights)
    if module is None:
        return plain
    try:
        network = _wrapped(contents, module, device)
        _check_sample(network, sample, manifest.sample)
    except PackageError:
        return plain
    return network


def sample_of(contents: Contents) -> Sample:
    """The package's sample. Raises ``PackageError`` where it does not fit the manifest."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    name, view = contents.manifest.sample, contents.manifest.views[0]
    try:
        parts = load(contents.files[name])
    except (SafetensorError, ValueError, KeyError, TypeError):
        raise PackageError(name, "it is not a safetensors file") from None
    if not {"input", "output"} <= set(parts):
        raise PackageError(name, "it needs two arrays, input and output")
    images, logits = (np.asarray(parts[key], dtype=np.float32) for key in ("input", "output"))
    expected = (len(view.preprocessing.channels), view.preprocessing.size, view.preprocessing.size)
    if images.ndim != 4 or images.shape[1:] != expected or not 1 <= len(images) <= 16:
        raise PackageError(
            name, f"input has shape {images.shape}, the manifest needs (1 to 16, {str(expected)[1:]}"
        )
    columns = max(one.outputs.logits for one in contents.manifest.views)
    if logits.ndim != 2 or len(logits) != len(images) or logits.shape[1] < columns:
        raise PackageError(
            name, f"output has shape {logits.shape}, the manifest needs ({len(images)}, {columns})"
        )
    if not (np.isfinite(images).all() and np.isfinite(logits).all()):
        raise PackageError(name, "it holds values that are not finite")
    return Sample(images, logits)


def _id(contents: Contents) -> ModelId:
    return ModelId(contents.manifest.key, contents.manifest.version, contents.sha256)


def _calibration(contents: Contents) -> Array | None:
    table = contents.manifest.calibration
    return None if table is None else np.asarray(table, dtype=np.float32)


def _wrapped(contents: Contents, module: object, device: str) -> WrappedNetwork:
    import torch

    assert isinstance(module, torch.nn.Module)
    manifest = contents.manifest
    try:
        return WrappedNetwork(
            module, manifest.views, _id(contents), target_layer=manifest.target_layer,
            calibration=_calibration(contents), device=device,
        )  # fmt: skip
    except PackageError:
        raise
    except NetworkError as error:
        raise PackageError(manifest.weights, str(error)) from None


def _check_sample(network: WrappedNetwork | OnnxNetwork | Network, sample: Sample, file: str) -> None:
    """Raises ``PackageError`` where the output is not the expected one, or differs between two runs."""
    assert isinstance(network, WrappedNetwork | OnnxNetwork)
    try:
        found, again = network.raw(sample.images), network.raw(sample.images)
    except Exception as error:
        words = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise PackageError(file, f"the network fails on it ({words})") from None
    if found.ndim != 2 or found.shape != sample.logits.shape:
        raise PackageError(
            file, f"the network returns shape {found.shape}, the sample has {sample.logits.shape}"
        )
    if not np.isfinite(found).all():
        raise PackageError(file, "the network returns values that are not finite")
    if not np.array_equal(found, again):
        raise PackageError(file, "the network returns different values for equal inputs")
    table = network.calibration
    if table is not None and table.shape[1] != found.shape[1]:
        raise PackageError(MANIFEST, f"calibration has {table.shape[1]} slopes for {found.shape[1]} logits")
    difference = np.abs(found - sample.logits) / np.maximum(np.abs(sample.logits), 1.0)
    if difference.max() > TOLERANCE:
        raise PackageError(
            file, f"the network's output differs from the expected one by {difference.max():.2g}"
        )

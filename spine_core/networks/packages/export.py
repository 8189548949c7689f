"""Writes a package: weights or ONNX model, sample with its expected output, and manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spine_core.networks.conditions import BY_NAME, Condition
from spine_core.networks.network import View
from spine_core.networks.packages.contents import Contents, contents_of
from spine_core.networks.packages.manifest import FORMAT, MANIFEST
from spine_core.networks.packages.onnx_network import OnnxNetwork
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.wrapped import WrappedNetwork
from spine_core.weights import ModelId

if TYPE_CHECKING:
    import torch

WEIGHTS, MODEL, SAMPLE = "weights.safetensors", "model.onnx", "sample.safetensors"


def save_package(
    folder: str | Path,
    network: WrappedNetwork | bytes,
    *,
    name: str,
    version: str,
    licence: str,
    architecture: Mapping[str, Any],
    views: Sequence[View] | None = None,
    citation: str = "",
    description: str = "",
    thresholds: Mapping[str, Sequence[float]] | None = None,
) -> Contents:
    """Writes the package of ``network`` into ``folder`` and returns it; ``spinelens network add`` registers it.

    ``network``: a wrapped module, whose weights are written, or an ONNX model with its ``views``. ``architecture``:
    ``{"library": "torchvision", "name": "resnet50", "arguments": {"num_classes": 5}}``, ``timm`` likewise, or
    ``{"library": "onnx"}``. Raises ``PackageError`` where the manifest would not be valid.
    """
    from safetensors.numpy import save

    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    onnx = isinstance(network, bytes)
    made: WrappedNetwork | OnnxNetwork
    if isinstance(network, bytes):
        assert views is not None
        made = OnnxNetwork(network, MODEL, tuple(views), ModelId(name, version, ""))
        files, layer = {MODEL: network}, None
    else:
        made, layer, views = network, network.layer, network.views
        files = {WEIGHTS: _state(network.module)}
    calibration = made.calibration
    first = views[0].preprocessing
    shape = (2, len(first.channels), first.size, first.size)
    images = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    files[SAMPLE] = save({"input": images, "output": made.raw(images)})
    manifest: dict[str, Any] = {
        "spinelens_network": FORMAT,
        "name": name,
        "version": version,
        "licence": licence,
        "citation": citation,
        "description": description,
        "architecture": dict(architecture),
        "weights": MODEL if onnx else WEIGHTS,
        "sample": SAMPLE,
        "files": {key: hashlib.sha256(data).hexdigest() for key, data in files.items()},
        "inputs": [
            _input(view_name, one) for view_name, one in {v.name: v.preprocessing for v in views}.items()
        ],
        "outputs": [_output(view, key) for view in views for key in view.outputs],
    }
    if layer is not None:
        manifest["target_layer"] = layer.path
    if calibration is not None:
        manifest["calibration"] = {"slopes": calibration[0].tolist(), "offsets": calibration[1].tolist()}
    if thresholds is not None:
        manifest["thresholds"] = {key: list(row) for key, row in thresholds.items()}
    files[MANIFEST] = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
    for key, data in files.items():
        (target / key).write_bytes(data)
    return contents_of(target)


def _state(module: torch.nn.Module) -> bytes:
    from safetensors.torch import save

    # Tensors that share memory cannot be stored, and views keep more than they show.
    return save(
        {name: value.detach().cpu().clone().contiguous() for name, value in module.state_dict().items()}
    )


def _input(name: str, preprocessing: Preprocessing) -> dict[str, Any]:
    values = {
        key: list(value) if isinstance(value, tuple) else value for key, value in vars(preprocessing).items()
    }
    return {"name": name} | {key: value for key, value in values.items() if value is not None}


def _output(view: View, name: str) -> dict[str, Any]:
    output = view.outputs[name]
    values = {
        "input": view.name,
        "activation": output.activation.value,
        "logits": [output.start, output.stop],
    } | _condition(output.condition)
    return values if view.level is None else values | {"level": view.level}


def _condition(condition: Condition) -> dict[str, Any]:
    if BY_NAME.get(condition.name) == condition:
        return {"condition": condition.name}
    values = {
        "condition": condition.name,
        "label": condition.label,
        "grades": list(condition.grades),
        "grade_labels": list(condition.grade_labels),
        "scale": condition.scale.value,
        "help": condition.help,
        "needs": [one.value for one in condition.needs],
        "highlighted": list(condition.highlighted),
        "site": condition.site,
        "side": condition.side,
    }
    return {key: value for key, value in values.items() if value or key in ("help", "needs")}

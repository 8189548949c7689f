"""Packages of small networks for the tests: a convolutional one, a transformer and an ONNX model."""

from __future__ import annotations

import io
import warnings
import zipfile
from pathlib import Path

import timm
import torch
from torch import nn
from torchvision import models

from spine_core.networks.conditions import BY_NAME, Condition, Scale
from spine_core.networks.network import View
from spine_core.networks.outputs import Activation, in_sequence
from spine_core.networks.packages.export import save_package
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.wrapped import wrap

SEEN = Preprocessing(size=64, channels=("t2", "t2", "t2"), mean=(0.3, 0.35, 0.4), std=0.25)
STENOSIS = Condition(
    "central_stenosis", "Central canal stenosis",
    ("normal", "moderate", "severe"), ("Normal/mild", "Moderate", "Severe"),
    Scale.ORDINAL, (), "As in RSNA 2024.", highlighted=("severe",), site="Canal",
)  # fmt: skip
OUTPUTS = in_sequence([BY_NAME["pfirrmann"], STENOSIS], [Activation.SOFTMAX, Activation.CUMULATIVE])
WIDTH = OUTPUTS.logits


def squeezenet(folder: Path, **changes) -> Path:
    """A convolutional network of torchvision: 0.7 million weights."""
    torch.manual_seed(0)
    module = models.squeezenet1_1(weights=None, num_classes=WIDTH)
    architecture = {"library": "torchvision", "name": "squeezenet1_1", "arguments": {"num_classes": WIDTH}}
    return saved(
        folder, wrap(module, preprocessing=SEEN, outputs=OUTPUTS), "squeezenet", architecture, **changes
    )


def vit(folder: Path, **changes) -> Path:
    """A small transformer of timm."""
    torch.manual_seed(0)
    arguments = {"num_classes": WIDTH, "img_size": 64, "depth": 3}
    module = timm.create_model("vit_tiny_patch16_224", pretrained=False, **arguments)
    architecture = {"library": "timm", "name": "vit_tiny_patch16_224", "arguments": arguments}
    return saved(
        folder, wrap(module, preprocessing=SEEN, outputs=OUTPUTS), "vit-tiny", architecture, **changes
    )


def saved(folder: Path, network, name: str, architecture: dict, **changes) -> Path:
    """The folder of a package, after ``save_package``."""
    given = {"name": name, "version": "1.0", "licence": "MIT", "architecture": architecture} | changes
    save_package(folder, network, **given)
    return folder


def small_module() -> nn.Module:
    """A convolutional network of plain operators."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=4, padding=2), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, WIDTH),
    ).eval()  # fmt: skip


def onnx_bytes(module: nn.Module, batch: int | None = None) -> bytes:
    """The module as an ONNX model; ``batch``: a fixed number of images."""
    out = io.BytesIO()
    axes = {} if batch else {"dynamic_axes": {"images": {0: "n"}, "logits": {0: "n"}}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, (torch.zeros(batch or 2, 3, 64, 64),), out, input_names=["images"], output_names=["logits"],
            dynamo=False, **axes,
        )  # fmt: skip
    return out.getvalue()


def onnx(folder: Path, data: bytes | None = None, **changes) -> Path:
    """A package with an ONNX model."""
    views = (View(SEEN, OUTPUTS),)
    return saved(
        folder,
        onnx_bytes(small_module()) if data is None else data,
        "onnx-net",
        {"library": "onnx"},
        views=views,
        **changes,
    )


def zipped(folder: Path, inside: str = "") -> bytes:
    """The folder as a ZIP archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"{inside}{path.name}")
    return out.getvalue()

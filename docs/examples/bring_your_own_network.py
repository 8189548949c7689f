"""Bring your own network: train, export, register, read, explain, and compare with the released ensemble.

Two networks are trained from random start for a few minutes to tell Pfirrmann grades apart: a ResNet-50 of torchvision,
exported as safetensors, and a ViT-tiny of timm, exported as ONNX. Accuracy is not the point. With a data folder they
learn from its patients (folds 2 to 4), without one from phantoms.
Run it with ``.venv/bin/python -m docs.examples.bring_your_own_network OUT [DATA]``.
"""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import timm
import torch
from torchvision import models

import spine_core as sl
from spine_core.comparison.cross_model import CrossModelAgreement
from spine_core.explanation.base import AttributionMethod
from spine_core.explanation.registry import EXPLAINERS
from spine_core.grading.crops.sagittal import disc_image
from spine_core.grading.phantom_crops import phantom_image, true_disc
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.network import View
from spine_core.networks.outputs import in_sequence
from spine_core.networks.registry import Bundle
from spine_core.phantom import build, demo_study, random_case
from spine_core.training.datasets import sudirman
from spine_core.training.datasets.crop_cache import labelled_discs, series_of
from spine_core.training.datasets.registry import folds

LEVEL, CONDITION = "L4/L5", BY_NAME["pfirrmann"]
OUTPUTS = in_sequence([CONDITION], [sl.Activation.SOFTMAX])
FOLDS = (2, 3, 4)
"""Of the training patients."""


def preprocessing(size: int) -> sl.Preprocessing:
    """The disc on T2, three times, since both architectures take three channels."""
    return sl.Preprocessing(size=size, channels=("t2", "t2", "t2"))


def discs(seen: sl.Preprocessing, data: Path | None, count: int) -> Iterator[tuple[np.ndarray, int]]:
    """Up to ``count`` inputs (3, size, size) with the index of their Pfirrmann grade."""
    found = _phantom_discs(seen) if data is None else _patients_discs(seen, data)
    for _, example in zip(range(count), found):  # noqa: B905
        yield example


def _patients_discs(seen: sl.Preprocessing, data: Path) -> Iterator[tuple[np.ndarray, int]]:
    for image in sudirman.read(data / "sudirman", folds(data)):
        if image.fold not in FOLDS or image.sequence != "t2":
            continue
        for disc, label in labelled_discs(image):
            if "pfirrmann" in label.grades:
                yield disc_image(seen, disc, {"t2": series_of(image)}).pixels, label.grades["pfirrmann"] - 1


def _phantom_discs(seen: sl.Preprocessing) -> Iterator[tuple[np.ndarray, int]]:
    for seed in range(10_000):
        phantom = build(random_case(seed))
        for level, grades in phantom.grades.items():
            image = phantom_image(seen, phantom, true_disc(phantom, level))
            yield image.pixels, CONDITION.grades.index(grades["pfirrmann"])


def train(
    module: torch.nn.Module, images: np.ndarray, grades: np.ndarray, steps: int, batch: int = 8
) -> None:
    """Trains ``module`` in place on inputs (N, 3, size, size) and grade indices (N,)."""
    optimiser = torch.optim.AdamW(module.parameters(), lr=3e-4)
    random = np.random.default_rng(0)
    module.train()
    for _ in range(steps):
        chosen = random.integers(len(images), size=batch)
        loss = torch.nn.functional.cross_entropy(
            module(torch.from_numpy(images[chosen])), torch.from_numpy(grades[chosen])
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    module.eval()


def resnet_package(folder: Path, images: np.ndarray, grades: np.ndarray, steps: int) -> Path:
    """A package with torchvision's ResNet-50 and its weights as safetensors."""
    torch.manual_seed(0)
    arguments = {"num_classes": OUTPUTS.logits}
    module = models.resnet50(weights=None, **arguments)
    train(module, images, grades, steps)
    network = sl.wrap(
        module, preprocessing=preprocessing(images.shape[-1]), outputs=OUTPUTS, target_layer="layer4"
    )
    sl.save_package(
        folder, network, name="example-resnet50", version="1.0", licence="MIT",
        architecture={"library": "torchvision", "name": "resnet50", "arguments": arguments},
        description="A worked example of the documentation, trained for a few minutes.",
    )  # fmt: skip
    return folder


def vit_package(folder: Path, images: np.ndarray, grades: np.ndarray, steps: int) -> Path:
    """A package with timm's ViT-tiny as an ONNX model."""
    torch.manual_seed(0)
    size = images.shape[-1]
    module = timm.create_model(
        "vit_tiny_patch16_224", pretrained=False, num_classes=OUTPUTS.logits, img_size=size
    )
    train(module, images, grades, steps)
    out = io.BytesIO()
    with warnings.catch_warnings():
        # The exporter warns of its successor, which needs onnxscript.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, (torch.zeros(2, 3, size, size),), out, input_names=["images"], output_names=["logits"],
            dynamic_axes={"images": {0: "n"}, "logits": {0: "n"}}, dynamo=False,
        )  # fmt: skip
    sl.save_package(
        folder, out.getvalue(), name="example-vit-tiny", version="1.0", licence="MIT",
        architecture={"library": "onnx"}, views=[View(preprocessing(size), OUTPUTS)],
        description="A worked example of the documentation, trained for a few minutes.",
    )  # fmt: skip
    return folder


def main(
    out: Path,
    data: Path | None = None,
    networks: Bundle | None = None,
    *,
    size: int = 224,
    steps: int = 60,
    count: int = 400,
    samples: int | None = None,
) -> tuple[list[sl.FindingExplanation], CrossModelAgreement]:
    """Registers both networks and returns all their maps of L4/L5, and their agreement with the released ensemble.

    ``networks``: those that come with SpineLens unless others are given. ``size``: of the inputs in pixels. ``steps``:
    of training. ``count``: discs to learn from. ``samples``: model evaluations of a perturbation method, its default
    where None. The packages are written into ``out`` and registered in ``SPINELENS_HOME``.
    """
    examples = list(discs(preprocessing(size), data, count))
    images = np.stack([pixels for pixels, _ in examples])
    grades = np.array([grade for _, grade in examples])
    names = [
        sl.register(make(out / name, images, grades, steps)).key
        for name, make in (("resnet50", resnet_package), ("vit-tiny", vit_package))
    ]
    study = sl.open_study(demo_study(out / "demonstration"))
    readings = [sl.read(study, networks), *(sl.read(study, networks, grader=name) for name in names)]
    maps = [
        sl.explain(reading, LEVEL, CONDITION.name, method=one.name, settings=_settings(one, samples))
        for reading in readings[1:]
        for one in EXPLAINERS
        if not one.why_unavailable(reading.networks.grader)
    ]
    # One question to all: why grade IV? Occlusion needs no gradients, which the ONNX model may lack.
    target = sl.Target(CONDITION.name, "4")
    compared = [
        sl.explain(reading, LEVEL, CONDITION.name, method="occlusion", target=target) for reading in readings
    ]
    agreement = sl.compare_networks(compared)
    for method in agreement.methods:
        print(method.sentence)
    return maps, agreement


def _settings(method: AttributionMethod, samples: int | None) -> dict[str, int]:
    limits = {"samples", "max_evals", "gradients"} & method.defaults().keys()
    return {} if samples is None else dict.fromkeys(limits, samples)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)

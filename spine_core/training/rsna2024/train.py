"""Trains a network on RSNA 2024 and writes it as a package that can be registered, with its figures beside it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.affine_calibration import fit_platt
from spine_core.networks.packages.export import save_package
from spine_core.networks.registry import load_bundle
from spine_core.networks.wrapped import WrappedNetwork, weights_hash
from spine_core.training.commands import raw_logits, report
from spine_core.training.models.loop import Schedule, run_training
from spine_core.training.rsna2024.crops import all_crops
from spine_core.training.rsna2024.dataset import IMAGES, DatasetError, Rsna2024, Split, read_dataset
from spine_core.training.rsna2024.examples import (
    Example,
    Targets,
    augmented,
    graded,
    images_of,
    of_split,
    targets_of,
)
from spine_core.training.rsna2024.metrics import figures, grade_log_probabilities, weighted_log_loss
from spine_core.training.rsna2024.views import LOGITS, STEPS, VIEWS
from spine_core.weights import ModelId

if TYPE_CHECKING:
    import torch

ARCHITECTURE: Mapping[str, Any] = {
    "library": "timm",
    "name": "resnet18",
    "arguments": {"in_chans": 1, "num_classes": LOGITS},
}
NAME = "rsna2024-resnet18"
LICENCE = "The terms of use of the RSNA 2024 competition data apply"
CITATION = (
    "Richards et al. 2025, The RSNA Lumbar Degenerative Imaging Spine Classification (LumbarDISC) Dataset"
)

PACKAGE, FIGURES = "package", "figures.json"
"""In the output folder: the folder to register, and the figures of the test studies."""

BATCH = 32
LEARNING_RATE, WEIGHT_DECAY = 1e-3, 0.05


@dataclass(frozen=True)
class Rsna2024Run:
    """Options of a training run.

    ``data``: folder of the dataset. ``out``: folder for package and figures. ``checkpoint_dir``: for crops and the
    state of the training, from which an interrupted run resumes. ``version``: of the package.
    """

    data: Path
    out: Path
    checkpoint_dir: Path
    epochs: int = 20
    seed: int = 0
    device: str = "cpu"
    version: str = "1"


def train_rsna2024(run: Rsna2024Run) -> None:
    """Trains a network of the 25 outputs, calibrates it and writes its package and figures.

    Raises ``DatasetError`` where the dataset cannot be read or no training study can be used, ``PackageError`` where
    the version is not valid.
    """
    dataset = read_dataset(run.data)
    report(f"{len(dataset.studies)} studies; {len(dataset.without_images)} more have no images")
    bundle = load_bundle(device=run.device)
    examples: list[Example] = []
    skipped: dict[str, str] = {}
    for study, crops in all_crops(dataset.studies, bundle, run.checkpoint_dir / "crops", report):
        examples += graded(study, crops)
        skipped |= {study.study_id: crops.skipped} if crops.skipped else {}
    training = of_split(examples, Split.TRAINING)
    if not training:
        raise DatasetError(f"{IMAGES}/", "no study for training has discs with grades")
    report(
        f"{len(examples)} graded crops, {len(training)} of them for training; {len(skipped)} studies skipped"
    )
    module = _trained(training, run)
    calibration = _calibration(module, of_split(examples, Split.CALIBRATION), run.device)
    model = ModelId(NAME, run.version, weights_hash(module))
    save_package(
        run.out / PACKAGE,
        WrappedNetwork(module, VIEWS, model, calibration=calibration),
        name=NAME,
        version=run.version,
        licence=LICENCE,
        architecture=ARCHITECTURE,
        citation=CITATION,
        description=f"Trained on RSNA 2024 for {run.epochs} epochs with seed {run.seed}.",
    )
    held_out = of_split(examples, Split.TEST)
    rows = (
        figures(held_out, raw_logits(module, images_of(held_out), run.device), calibration)
        if held_out
        else []
    )
    written = _summary(run, dataset, examples, skipped) | {"test": rows}
    (run.out / FIGURES).write_text(json.dumps(written, indent=1))
    report(f"register the network with: spinelens network add {run.out / PACKAGE}")


def _trained(examples: Sequence[Example], run: Rsna2024Run) -> torch.nn.Module:
    """The network in evaluation mode, on the CPU, after ``run.epochs`` or resumed from its checkpoint."""
    import timm
    import torch

    torch.manual_seed(run.seed)
    net: torch.nn.Module = timm.create_model(
        ARCHITECTURE["name"], pretrained=False, **ARCHITECTURE["arguments"]
    )

    def draw(epoch: int, step: int) -> tuple[torch.Tensor, Targets]:
        order = np.random.default_rng([run.seed, epoch]).permutation(len(examples))
        chosen = [examples[row] for row in order[step * BATCH : (step + 1) * BATCH]]
        return augmented(chosen, np.random.default_rng([run.seed, epoch, step])), targets_of(chosen)

    def loss(raw: torch.Tensor, targets: Targets) -> torch.Tensor:
        found = grade_log_probabilities(raw, targets.heads.to(raw.device))
        return weighted_log_loss(found, targets.grades.to(raw.device))

    schedule = Schedule(
        run.epochs, max(1, len(examples) // BATCH), LEARNING_RATE, WEIGHT_DECAY, device=run.device
    )
    state = run.checkpoint_dir / f"{NAME}-seed{run.seed}-epochs{run.epochs}.pt"
    weights = run_training(net, schedule, draw, loss, state, report)
    net.cpu().load_state_dict(weights)
    return net.eval()


def _calibration(
    module: torch.nn.Module, examples: Sequence[Example], device: str
) -> npt.NDArray[np.float32]:
    """Slopes and offsets (2, LOGITS), by Platt scaling of each step; the identity without ``examples``."""
    out = np.stack([np.ones(LOGITS, np.float32), np.zeros(LOGITS, np.float32)])
    if not examples:
        report("no study for calibration: the probabilities are not calibrated")
        return out
    raw = raw_logits(module, images_of(examples), device).astype(np.float64)
    targets = targets_of(examples)
    heads, grades = targets.heads.numpy(), targets.grades.numpy()
    for column in range(LOGITS):
        head, step = divmod(column, STEPS)
        # Continuation ratio: a step has a target only for discs that reached the grade below it.
        rows = (heads == head) & (grades >= step)
        out[:, column] = fit_platt(raw[rows, column], (grades[rows] > step).astype(np.float32))
    return out


def _summary(
    run: Rsna2024Run, dataset: Rsna2024, examples: Sequence[Example], skipped: Mapping[str, str]
) -> dict[str, Any]:
    """What the figures are of: the command, and studies by use."""
    used = {one.study_id: one.split for one in examples}
    command = f"spinelens train rsna2024 --epochs {run.epochs} --seed {run.seed} --device {run.device}"
    return {
        "command": command,
        "studies": {split.value: list(used.values()).count(split) for split in Split},
        "reasons_skipped": dict(Counter(skipped.values())),
        "skipped": dict(skipped),
        "without_images": list(dataset.without_images),
    }

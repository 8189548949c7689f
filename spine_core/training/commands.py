"""Training of detector, segmenter, teachers and graders, from data to exported weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core import __version__
from spine_core.anatomy.detector import DiscDetector
from spine_core.evaluation.affine_calibration import fit_affine
from spine_core.evaluation.datasets import DATASET_KEYS
from spine_core.evaluation.splits import CALIBRATION_FOLD, TRAINING_FOLDS
from spine_core.evaluation.types import LabelledImage
from spine_core.networks.architectures import RESNETS, build, with_heads
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.registry import DETECTOR, SEGMENTER, WEIGHTS
from spine_core.results import training_plans
from spine_core.training.datasets.crop_cache import Crops, extract
from spine_core.training.datasets.phantoms import phantom_images
from spine_core.training.datasets.registry import folds, read_all
from spine_core.training.datasets.spider_volumes import read_volumes
from spine_core.training.distillation import teachers
from spine_core.training.models import detector, grader, initialisation, segmenter
from spine_core.training.models.crop_augmentation import plain_views
from spine_core.training.models.export_weights import export_weights
from spine_core.training.models.targets_and_loss import logit_targets, visible_labels

EPOCHS_PATIENTS, EPOCHS_PHANTOMS, EPOCHS_SECOND_ROUND = 30, 8, 30
"""Stages of the detector: patients alone; patients and phantoms at a lower learning rate; a second round on all of
them. The exported weights are the mean of the weights before and after the second round."""


@dataclass(frozen=True)
class TrainingRun:
    """Options of a training run.

    ``checkpoint_dir``: folder for checkpoints and crops. ``volumes``: folder of SPIDER as published, if available.
    ``fold``: of the training patients, held out from a teacher. ``distill``: whether a grader is trained on the
    teachers' soft targets in addition to the labels.
    """

    data: Path
    checkpoint_dir: Path
    seed: int = 0
    device: str = "cpu"
    backbone: str = "resnet18"
    volumes: Path | None = None
    fold: int = 0
    distill: bool = False

    def images(self, *, space: bool = True) -> list[LabelledImage]:
        """All labelled images. If ``volumes`` is given, they replace SPIDER's exported slices."""
        images = read_all(self.data, space=space)
        if self.volumes is None:
            return images
        spider = {patient: fold for (source, patient), fold in folds(self.data).items() if source == "spider"}
        return [*(p for p in images if p.source != "spider"), *read_volumes(self.volumes, spider)]


def report(text: str) -> None:
    """Prints one line immediately."""
    print(text, flush=True)


def train_detector(run: TrainingRun) -> None:
    """Trains the disc detector and exports its weights."""
    run.checkpoint_dir.mkdir(parents=True, exist_ok=True)
    patients = run.images()
    first = detector.train(
        patients, run.checkpoint_dir / "detector.pt", epochs=EPOCHS_PATIENTS, seed=run.seed, device=run.device,
        log=report,
    )  # fmt: skip
    images = [*patients, *phantom_images(TRAINING_FOLDS[:1], log=report)]
    weights = detector.train(
        images, run.checkpoint_dir / "detector-phantoms.pt", epochs=EPOCHS_PHANTOMS, learning_rate=8e-4, start=first,
        seed=run.seed, device=run.device, log=report,
    )  # fmt: skip
    second = detector.train(
        images, run.checkpoint_dir / "detector-second-round.pt", epochs=EPOCHS_SECOND_ROUND, learning_rate=1.5e-3,
        start=weights, seed=run.seed + 1, device=run.device, log=report,
    )  # fmt: skip
    export_weights(
        detector.average_weights(weights, second),
        WEIGHTS / DETECTOR,
        name="detector-resnet18-fpn",
        version=__version__,
        architecture="resnet18-fpn",
        command=f"python -m spine_core train detector --seed {run.seed}",
    )


def train_segmenter(run: TrainingRun) -> None:
    """Trains the segmenter, initialised from the detector, and exports its weights."""
    run.checkpoint_dir.mkdir(parents=True, exist_ok=True)
    disc_detector = DiscDetector.load(WEIGHTS / DETECTOR)
    segmented = [p for p in run.images() if p.mask is not None and p.fold in TRAINING_FOLDS]
    weights = segmenter.train(
        [*segmented, *phantom_images(TRAINING_FOLDS[:1], log=report)], run.checkpoint_dir / "segmenter.pt",
        start=segmenter.initial_weights(disc_detector), seed=run.seed, device=run.device, log=report,
    )  # fmt: skip
    export_weights(
        weights,
        WEIGHTS / SEGMENTER,
        name="segmenter-resnet18-fpn",
        version=__version__,
        architecture="resnet18-fpn, three stages",
        command=f"python -m spine_core train segmenter --seed {run.seed}",
    )


def train_teacher(run: TrainingRun) -> None:
    """Trains a teacher without one fold of the training patients and stores its predictions of that fold."""
    run.checkpoint_dir.mkdir(parents=True, exist_ok=True)
    disc_detector = DiscDetector.load(WEIGHTS / DETECTOR)
    preprocessing = Preprocessing()
    crops = training_crops(load_crops(run, preprocessing, disc_detector))
    in_fold = teachers.teacher_folds(crops) == run.fold
    training, held_out = crops.where((~in_fold).tolist()), crops.where(in_fold.tolist())
    weights = grader.train(
        training, preprocessing, run.checkpoint_dir / f"teacher-{run.backbone}-{run.fold}.pt", backbone=run.backbone,
        plan=training_plans.TEACHER, start=initial_weights(run.backbone, disc_detector),
        extra=grader.DistillationTargets(heads=teachers.dataset_heads(training)),
        seed=run.seed * training_plans.TEACHER_FOLDS + run.fold, device=run.device, log=report,
    )  # fmt: skip
    net = build(run.backbone, len(preprocessing.channels))
    with_heads(run.backbone, net, len(DATASET_KEYS))
    net.load_state_dict(weights)
    raw = raw_logits(net, plain_views(held_out, preprocessing, held_out.present), run.device)
    path = teachers.predictions_path(run.checkpoint_dir, run.backbone, run.fold)
    np.savez(path, raw=teachers.route_heads(raw, held_out, training))
    report(f"{path}: {len(held_out.keys)} discs")


def train_grader(run: TrainingRun) -> None:
    """Trains a grader, calibrates it on the selection patients (fold 1) and exports its weights."""
    run.checkpoint_dir.mkdir(parents=True, exist_ok=True)
    disc_detector = DiscDetector.load(WEIGHTS / DETECTOR)
    preprocessing = Preprocessing()
    crops = load_crops(run, preprocessing, disc_detector)
    training = training_crops(crops)
    soft_targets, backbones = (
        teachers.load_soft_targets(teachers.SOFT_TARGETS, training) if run.distill else (None, ())
    )
    plans = training_plans.PLANS[run.backbone] if soft_targets is None else (training_plans.DISTILLED,)
    weights = initial_weights(run.backbone, disc_detector)
    for number, plan in enumerate(plans):
        checkpoint = run.checkpoint_dir / f"grader-{run.backbone}-{run.seed}-{number}.pt"
        weights = grader.train(
            training, preprocessing, checkpoint, backbone=run.backbone, plan=plan, start=weights,
            extra=grader.DistillationTargets(logits=soft_targets), seed=run.seed, device=run.device, log=report,
        )  # fmt: skip
    net = build(run.backbone, len(preprocessing.channels))
    net.load_state_dict(weights)
    calibration = crops.where([key[2] == CALIBRATION_FOLD and key[0] != "phantom" for key in crops.keys])
    export_weights(
        weights,
        WEIGHTS / f"grader-{run.backbone}.safetensors",
        name=f"grader-{run.backbone}",
        version=__version__,
        architecture=run.backbone,
        command=f"python -m spine_core train grader --backbone {run.backbone} --seed {run.seed}"
        + (" --distill" if run.distill else "")
        + ("" if run.device == "cpu" else f" --device {run.device}"),
        distillation={"teachers": backbones, "weight": training_plans.DISTILLED.soft_target_weight}
        if run.distill
        else None,
        preprocessing=preprocessing,
        calibration=calibrate(net, calibration, preprocessing),
    )


def training_crops(crops: Crops) -> Crops:
    """The discs of the training folds, including phantoms."""
    return crops.where([key[2] in TRAINING_FOLDS for key in crops.keys])


def initial_weights(backbone: str, disc_detector: DiscDetector) -> dict[str, Any]:
    """The detector's trunk for ResNets, ImageNet weights for EfficientNet-Lite, otherwise none (random weights)."""
    if backbone in RESNETS:
        return initialisation.detector_trunk(disc_detector)
    return initialisation.imagenet_lite(backbone) if backbone.startswith("efficientnet_lite") else {}


def load_crops(run: TrainingRun, preprocessing: Preprocessing, disc_detector: DiscDetector) -> Crops:
    """The crops of all discs, extracted once and then read from ``run.checkpoint_dir``."""
    cache = run.checkpoint_dir / ("crops.npz" if run.volumes is None else "crops-volumes.npz")
    if cache.is_file():
        return Crops.load(cache)
    crops = extract([*run.images(space=False), *phantom_images(log=report)], preprocessing, disc_detector)
    report(f"extracted crops of {len(crops.keys)} discs")
    crops.save(cache)
    return crops


WEIGHTING_SUBSETS = ([True, True], [True, False], [False, True])
"""Input channels used, as (T2, T1): both, T2 alone, T1 alone."""


def by_weightings(crops: Crops) -> Iterator[tuple[Crops, npt.NDArray[np.bool_]]]:
    """For each of ``WEIGHTING_SUBSETS``, the discs that have one of these channels and the channels used, (N, 2)."""
    for subset in WEIGHTING_SUBSETS:
        use = np.array(subset)[None].repeat(len(crops.keys), axis=0) & crops.present
        available = np.asarray(use.any(axis=1))
        yield crops.where(available.tolist()), use[available]


def calibrate(net: Any, crops: Crops, preprocessing: Preprocessing) -> Any:
    """Slopes and offsets (2, LOGITS), fitted on discs with both weightings and with each alone."""
    raws, targets, known = [], [], []
    for part, use in by_weightings(crops):
        raws.append(raw_logits(net, plain_views(part, preprocessing, use)))
        own_targets, own_known = logit_targets(visible_labels(part.labels, use))
        targets.append(own_targets)
        known.append(own_known)
    return fit_affine(np.concatenate(raws).astype(np.float64), np.concatenate(targets), np.concatenate(known))


def raw_logits(net: Any, images: Any, device: str = "cpu") -> Any:
    """Uncalibrated logits (N, LOGITS) of a module in evaluation mode; of all heads if it has several."""
    import torch

    net.eval().to(device)
    with torch.inference_mode():
        parts = [
            net(torch.from_numpy(images[i : i + 32]).to(device)).float().cpu()
            for i in range(0, len(images), 32)
        ]
    return torch.cat(parts).numpy()

"""``ablation NAME``: trains the arms of an experiment, evaluates them and stores their predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.detector import DiscDetector
from spine_core.evaluation.splits import CALIBRATION_FOLD, TEST_FOLD
from spine_core.networks.architectures import build
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.registry import DETECTOR, WEIGHTS, load_bundle
from spine_core.results.experiments import (
    BACKBONE,
    EXPERIMENTS,
    EXPERIMENTS_DIR,
    Arm,
    Experiment,
    Initialisation,
)
from spine_core.results.training_plans import TrainingPlan
from spine_core.training.ablations.predictions import (
    Prediction,
    Predictor,
    SequenceLogits,
    calibrate,
    labelled_conditions,
    predict_each_sequence,
    predictions_of_all,
    write_predictions,
)
from spine_core.training.ablations.settings import AblationSettings, settings_of
from spine_core.training.commands import (
    TrainingRun,
    initial_weights,
    load_crops,
    raw_logits,
    report,
    training_crops,
)
from spine_core.training.datasets.crop_cache import MARGIN, Crops, detected_discs, extract
from spine_core.training.distillation import teachers
from spine_core.training.model_card.stored_results import rewrite_cards
from spine_core.training.models import grader, initialisation
from spine_core.training.models.crop_augmentation import views

if TYPE_CHECKING:
    import torch


def run_experiment(run: TrainingRun, name: str) -> Path:
    """Runs the experiment of that name and updates the model card; returns the file of its predictions."""
    path = EXPERIMENTS_DIR / f"{name}.csv.gz"
    run_arms(EXPERIMENTS[name], *training_and_held_out_crops(run), run, settings_of(name), path)
    rewrite_cards()
    return path


def training_and_held_out_crops(run: TrainingRun) -> tuple[Crops, Crops]:
    """Discs of the training patients with phantoms, and of the held-out patients, at the full image size."""
    run.checkpoint_dir.mkdir(parents=True, exist_ok=True)
    detector = DiscDetector.load(WEIGHTS / DETECTOR)
    crops = load_crops(run, Preprocessing(), detector)
    return training_crops(crops), held_out_crops(run, detector)


def resized_for(crops: Crops, preprocessing: Preprocessing) -> Crops:
    """The same discs at the size from which views of ``preprocessing.size`` are taken."""
    return crops.resized(round(preprocessing.size * MARGIN))


def held_out_crops(run: TrainingRun, detector: DiscDetector) -> Crops:
    """Discs of the selection and test patients, placed by the detector as in the product."""
    cache = run.checkpoint_dir / ("crops-read.npz" if run.volumes is None else "crops-read-volumes.npz")
    if cache.is_file():
        return Crops.load(cache)
    images = [p for p in run.images(space=False) if p.fold in (CALIBRATION_FOLD, TEST_FOLD)]
    crops = extract(images, Preprocessing(), detector, detected_discs)
    report(f"extracted crops of {len(crops.keys)} discs of held-out patients")
    crops.save(cache)
    return crops


def run_arms(
    experiment: Experiment,
    training: Crops,
    held_out: Crops,
    run: TrainingRun,
    settings: AblationSettings,
    path: Path,
) -> Path:
    """Trains every arm on ``training``, predicts ``held_out`` and writes the predictions to ``path``.

    The training state is saved in ``run.checkpoint_dir`` after every epoch; an interrupted experiment resumes from it.
    Arms of two experiments that are the same network are trained once.
    """
    predictions: list[Prediction] = []
    preprocessing = replace(Preprocessing(), size=settings.size)
    training = resized_for(training, preprocessing)
    for number, arm in enumerate(experiment.arms, start=1):
        report(f"{experiment.name}: arm {number} of {len(experiment.arms)}, {arm.label}")
        own = training.where([key[0] in arm.datasets for key in training.keys])
        logits = _logits_of_arm(arm, own, held_out, preprocessing, run, settings)
        predictions += predictions_of_all(logits, arm.name, labelled_conditions(own))
    write_predictions(path, experiment.command(run.seed) + command_options(run), predictions)
    report(f"{len(predictions)} predictions in {path}")
    return path


def _logits_of_arm(
    arm: Arm,
    training: Crops,
    held_out: Crops,
    preprocessing: Preprocessing,
    run: TrainingRun,
    settings: AblationSettings,
) -> list[SequenceLogits]:
    """Calibrated logits of ``held_out``: networks of ``arm`` are trained first unless they are released."""
    if arm.initialisation is Initialisation.RELEASED:
        crops = resized_for(held_out, Preprocessing())
        return list(predict_each_sequence(_released_ensemble(), crops, Preprocessing()))
    nets = [_network(arm, backbone, training, preprocessing, run, settings) for backbone in arm.backbones]
    logits = predict_each_sequence(
        partial(_mean_logits, nets), resized_for(held_out, preprocessing), preprocessing
    )
    return calibrate(list(logits))


def _network(
    arm: Arm,
    backbone: str,
    training: Crops,
    preprocessing: Preprocessing,
    run: TrainingRun,
    settings: AblationSettings,
) -> torch.nn.Module:
    weights = _trained(arm, backbone, training, preprocessing, run, settings)
    return with_batch_norm_of(backbone, weights, training, preprocessing, run.seed, settings.plan)


def _mean_logits(nets: Sequence[torch.nn.Module], images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    mean: npt.NDArray[np.float32] = np.mean([raw_logits(net, images) for net in nets], axis=0)
    return mean


def command_options(run: TrainingRun) -> str:
    """The options, other than the seed, that change the figures of a command."""
    device = "" if run.device == "cpu" else f" --device {run.device}"
    volumes = "" if run.volumes is None else " --volumes DIR"
    return device + volumes


BATCH = 32
"""Discs per evaluation of the released ensemble: all at once would take gigabytes."""


def _released_ensemble() -> Predictor:
    ensemble = load_bundle().grader

    def predict(images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        starts = range(0, len(images), BATCH)
        return np.concatenate([ensemble.predict(images[i : i + BATCH]).logits for i in starts])

    return predict


def with_batch_norm_of(
    backbone: str,
    weights: Mapping[str, Any],
    crops: Crops,
    preprocessing: Preprocessing,
    seed: int,
    plan: TrainingPlan,
) -> torch.nn.Module:
    """The network of these weights with the batch-norm statistics of ``crops``, its training discs."""
    net = build(backbone, len(preprocessing.channels))
    net.load_state_dict(weights)
    update_batch_norm(net, crops, preprocessing, seed, plan)
    return net


def update_batch_norm(
    net: torch.nn.Module, crops: Crops, preprocessing: Preprocessing, seed: int, plan: TrainingPlan
) -> None:
    """Recomputes the batch-norm statistics from one epoch of training views.

    EfficientNet's running statistics move by one percent per step. After so short a training they still reflect the
    initialisation, and would bias the comparison of initialisations.
    """
    import torch
    from torch.optim.swa_utils import update_bn

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(crops.keys))
    batches = (order[i : i + plan.batch] for i in range(0, len(order) - plan.batch + 1, plan.batch))
    update_bn(
        (
            views(crops, batch, preprocessing.size, rng, preprocessing, plan.augmentation_strength)[0]
            for batch in batches
        ),
        net,
    )


def _trained(
    arm: Arm,
    backbone: str,
    training: Crops,
    preprocessing: Preprocessing,
    run: TrainingRun,
    settings: AblationSettings,
) -> dict[str, Any]:
    kind = "" if backbone == BACKBONE else f"-{backbone}"
    name = f"experiment{kind}-{arm.initialisation}-{'-'.join(arm.datasets)}-{run.seed}"
    start: Mapping[str, Any] = {}
    extra = None
    if arm.initialisation is Initialisation.IMAGENET:
        start = initialisation.imagenet_lite(backbone, len(preprocessing.channels))
    elif arm.initialisation is Initialisation.DISTILLED:
        start = initial_weights(backbone, DiscDetector.load(WEIGHTS / DETECTOR))
        soft_targets, _ = teachers.load_soft_targets(teachers.SOFT_TARGETS, training)
        extra = grader.DistillationTargets(logits=soft_targets)
    elif arm.initialisation is Initialisation.SELF_SUPERVISED:
        from spine_core.training.ablations.pretraining import pretrain

        start = pretrain(
            training, preprocessing, run.checkpoint_dir / f"{name}-pretraining.pt", backbone=backbone,
            plan=settings.pretraining, seed=run.seed, device=run.device, log=report,
        )  # fmt: skip
    return grader.train(
        training, preprocessing, run.checkpoint_dir / f"{name}.pt", backbone=backbone, plan=settings.plan, start=start,
        extra=extra, seed=run.seed, device=run.device, log=report,
    )  # fmt: skip

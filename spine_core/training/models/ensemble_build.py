"""``train ensemble``, ``train ood`` and ``train baselines``: everything that is built from trained graders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import numpy.typing as npt
import torch

from spine_core import __version__
from spine_core.anatomy.detector import DiscDetector
from spine_core.anatomy.segmenter import SpineSegmenter
from spine_core.evaluation.affine_calibration import fit_affine
from spine_core.evaluation.conformal_fit import fit_thresholds
from spine_core.evaluation.splits import CALIBRATION_FOLD, TRAINING_FOLDS
from spine_core.evaluation.types import DiscPrediction, with_group_logits
from spine_core.grading.findings import grade_probabilities
from spine_core.networks import out_of_distribution
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.ensemble import Ensemble
from spine_core.networks.grading_network import GradingNetwork
from spine_core.networks.outputs import LOGITS
from spine_core.networks.registry import DETECTOR, ENSEMBLE, OOD, SEGMENTER, WEIGHTS, Bundle, load_bundle
from spine_core.training.commands import WEIGHTING_SUBSETS, TrainingRun, load_crops, report
from spine_core.training.datasets.crop_cache import UNKNOWN, Crops
from spine_core.training.evaluation import baselines
from spine_core.training.evaluation.inference import predict_images
from spine_core.training.model_card.stored_results import rounded
from spine_core.training.models.crop_augmentation import plain_views
from spine_core.training.models.ensemble_selection import (
    evaluate_candidates,
    giga_operations,
    select_candidate,
)
from spine_core.training.models.export_weights import export_ood_detector
from spine_core.training.models.targets_and_loss import logit_targets, visible_labels
from spine_core.weights import ModelId


def train_ensemble(run: TrainingRun) -> None:
    """Selects the members of the ensemble and fits calibration, prediction sets and the out-of-distribution detector.

    All of them use the selection patients (fold 1).
    """
    run.checkpoint_dir.mkdir(parents=True, exist_ok=True)
    detector = DiscDetector.load(WEIGHTS / DETECTOR)
    images = [p for p in run.images(space=False) if p.fold == CALIBRATION_FOLD]

    graders = [GradingNetwork.load(path) for path in sorted(WEIGHTS.glob("grader-*.safetensors"))]
    reading = Bundle(detector, SpineSegmenter.load(WEIGHTS / SEGMENTER), _uncalibrated(graders))
    _, predictions = predict_images(images, reading, lambda done: report_progress(done, len(images)))
    candidates = evaluate_candidates(predictions, {one.id.name: giga_operations(one) for one in graders})
    selected = select_candidate(candidates)
    for candidate in candidates:
        report(f"{candidate}{', selected' if candidate is selected else ''}")
    ensemble = _uncalibrated([one for one in graders if one.id.name in selected.members])
    calibration, thresholds = fit_calibration_and_thresholds(with_group_logits(predictions, selected.members))
    command = "python -m spine_core train ensemble"
    _fit_ood(run, ensemble, detector, command)
    card = {
        "name": "ensemble",
        "version": __version__,
        "trained_by": command,
        "members": [
            {"file": f"{one.id.name}.safetensors", "sha256": one.id.sha256} for one in ensemble.members
        ],
        "candidates": rounded([asdict(one) for one in candidates]),
        "calibration": calibration,
        "thresholds": thresholds,
        "figures": {},
    }
    (WEIGHTS / ENSEMBLE).write_text(json.dumps(card, indent=1) + "\n")


def train_ood(run: TrainingRun) -> None:
    """Refits the out-of-distribution detector, as a new disc detector requires: discs move within their crops."""
    run.checkpoint_dir.mkdir(parents=True, exist_ok=True)
    bundle = load_bundle()
    assert isinstance(bundle.grader, Ensemble)
    _fit_ood(run, bundle.grader, bundle.detector, "python -m spine_core train ood")


def _fit_ood(run: TrainingRun, ensemble: Ensemble, detector: DiscDetector, command: str) -> None:
    crops = load_crops(run, ensemble.preprocessing, detector)
    # Phantoms are training data too, so they count as in-distribution.
    training = crops.where([key[2] in TRAINING_FOLDS for key in crops.keys])
    selection = crops.where([key[2] == CALIBRATION_FOLD for key in crops.keys])
    export_ood_detector(
        out_of_distribution.fit(_embeddings(ensemble, training), _embeddings(ensemble, selection)),
        WEIGHTS / OOD,
        version=__version__,
        command=command,
    )


def _uncalibrated(graders: Sequence[GradingNetwork]) -> Ensemble:
    """The mean of ``graders`` with identity calibration."""
    identity = torch.stack([torch.ones(LOGITS), torch.zeros(LOGITS)])
    return Ensemble(graders, ModelId("ensemble", __version__, ""), identity)


def train_baselines(run: TrainingRun) -> None:
    """Fits the logistic regressions on the product's readings of the training patients."""
    bundle = load_bundle()
    assert bundle.ood is not None
    images = [p for p in run.images(space=False) if p.fold in TRAINING_FOLDS]
    _, predictions = predict_images(images, bundle, lambda done: report_progress(done, len(images)))
    fitted = baselines.fit_baselines(
        predictions, bundle.ood, "python -m spine_core train baselines", bundle.grader.id.sha256
    )
    baselines.BASELINES_FILE.write_text(json.dumps(fitted) + "\n")


def _embeddings(ensemble: Ensemble, crops: Crops) -> npt.NDArray[np.float32]:
    """Embeddings (N, C) of the discs; their input channels cycle through ``WEIGHTING_SUBSETS``."""
    use = (
        np.array([WEIGHTING_SUBSETS[i % len(WEIGHTING_SUBSETS)] for i in range(len(crops.keys))])
        & crops.present
    )
    parts = []
    for start in range(0, len(use), 256):
        batch = [start <= i < start + 256 and bool(use[i].any()) for i in range(len(use))]
        images = plain_views(crops.where(batch), ensemble.preprocessing, use[batch])
        parts.append(ensemble.predict(images).embedding)
    return np.concatenate(parts)


def fit_calibration_and_thresholds(
    predictions: Sequence[DiscPrediction],
) -> tuple[list[list[float]], dict[str, list[float]]]:
    """Slopes and offsets (2, LOGITS), and the probability thresholds of the prediction sets by condition."""
    raw = np.array([a.logits for a in predictions], dtype=np.float64)
    labels = np.array(
        [[a.truth.get(c.name, UNKNOWN) for c in CONDITIONS] for a in predictions], dtype=np.int8
    )
    use = np.array([[a.sequence != "t1", a.sequence == "t1"] for a in predictions])
    labels = visible_labels(np.stack([labels, labels], axis=1), use)
    calibration = fit_affine(raw, *logit_targets(labels)).round(6)
    probabilities = grade_probabilities((raw * calibration[0] + calibration[1]).astype(np.float32))
    patients = np.array([f"{a.source} {a.patient}" for a in predictions])
    thresholds = {}
    for column, condition in enumerate(CONDITIONS):
        rows = labels[:, column] != UNKNOWN
        truth = np.array([condition.grades.index(str(value)) for value in labels[rows, column]])
        thresholds[condition.name] = [
            round(threshold, 6)
            for threshold in fit_thresholds(
                condition, probabilities[condition.name][rows].astype(float), truth, patients[rows]
            )
        ]
    return calibration.tolist(), thresholds


def report_progress(done: int, count: int) -> None:
    """Reports every 50th image."""
    if done % 50 == 0:
        report(f"{done} of {count} images")

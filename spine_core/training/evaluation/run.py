"""``evaluate``: evaluates the released networks, stores the figures in their card and writes the model card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spine_core.evaluation.metrics import GradingMetrics, grading_table
from spine_core.evaluation.splits import CALIBRATION_FOLD, TEST_FOLD, TRAINING_FOLDS
from spine_core.evaluation.types import DetectionMetrics
from spine_core.networks.registry import ENSEMBLE, WEIGHTS, Bundle, load_bundle
from spine_core.results.test_log import log_evaluation
from spine_core.training.datasets.phantoms import phantom_images
from spine_core.training.datasets.registry import read_all
from spine_core.training.evaluation.baselines import baseline_scores
from spine_core.training.evaluation.calibration_eval import (
    CalibrationMetrics,
    OverallCalibration,
    calibration_table,
    overall_calibration,
)
from spine_core.training.evaluation.inference import predict_images
from spine_core.training.evaluation.label_audit import evaluate_original_labels
from spine_core.training.evaluation.ood_eval import RejectionRate, rejection_rates
from spine_core.training.evaluation.segmentation_eval import SegmentationMetrics, segmentation_metrics
from spine_core.training.measurement_commands import store_measurement_figures
from spine_core.training.model_card.card import write_model_card
from spine_core.training.model_card.stored_results import rounded, update_experiments
from spine_core.training.models.ensemble_build import report_progress


def evaluate(data: Path, *, test: bool) -> None:
    """Evaluates detection, segmentation and grading per dataset and stores the figures with the weights.

    ``test``: the test patients (fold 0), with an entry in the log; else the selection patients (fold 1).
    """
    bundle = load_bundle()
    assert bundle.ood is not None
    fold = TEST_FOLD if test else CALIBRATION_FOLD
    labelled = read_all(data)
    of_fold = [p for p in labelled if p.fold == fold]
    graded = [p for p in labelled if p.mask is None]
    training = [p for p in graded if p.fold in TRAINING_FOLDS]
    images = [*(p for p in graded if p.fold == fold), *phantom_images((fold,), log=print)]
    detection, predictions = predict_images(images, bundle, lambda done: report_progress(done, len(images)))
    baselines = baseline_scores(predictions, bundle.ood, bundle.grader.id.sha256)
    if not baselines:
        print("There are no baselines for these networks: run `python -m spine_core train baselines` first.")
    grading = grading_table(predictions, training, bundle.thresholds, baselines)
    calibration = calibration_table(predictions, bundle.thresholds)
    overall = overall_calibration(predictions)
    segmentation = segmentation_metrics([p for p in of_fold if p.mask is not None], bundle)
    rejection = rejection_rates(of_fold, bundle)
    figures: dict[str, Any] = {
        "fold": fold,
        "detection": [asdict(row) for row in detection],
        "grading": [asdict(row) for row in grading],
        "calibration": [asdict(row) for row in calibration],
        "overall_calibration": [asdict(row) for row in overall],
        "segmentation": [asdict(row) for row in segmentation],
        "ood_rejection": [asdict(row) for row in rejection],
        "original_labels": evaluate_original_labels(data, fold, bundle, training),
    }
    store_measurement_figures(predictions, of_fold, bundle, test=test)
    _store(bundle, figures, test=test)
    _print([*detection, *segmentation, *rejection, *overall], grading, calibration)


def _store(bundle: Bundle, figures: dict[str, Any], *, test: bool) -> None:
    """Writes the figures into the ensemble's card, the log of test evaluations and the model card."""
    path = WEIGHTS / ENSEMBLE
    card = json.loads(path.read_text())
    card["figures"]["test" if test else "selection"] = rounded(figures)
    update_experiments(card)
    path.write_text(json.dumps(card, indent=1) + "\n")
    if test:
        log_evaluation(bundle, figures)
    # After the log: the model card lists every logged grader, including this one.
    write_model_card(card)


def _print(
    others: Sequence[DetectionMetrics | SegmentationMetrics | RejectionRate | OverallCalibration],
    grading: Sequence[GradingMetrics],
    calibration: Sequence[CalibrationMetrics],
) -> None:
    for other in others:
        print(other)
    for g in grading:
        members = ", ".join(
            f"{name.removeprefix('grader-')} {value:.3f}" for name, value in g.members.items()
        )
        print(
            f"{g.source} {g.sequence} {g.condition}>={g.at_least}: AUROC {g.auroc:.3f} ({g.low:.3f}-{g.high:.3f}), "
            f"{g.positives} of {g.discs}; {members}; kappa {g.kappa:.2f}; coverage {g.coverage}, size {g.set_size}"
        )
    for c in calibration:
        print(
            f"{c.condition}: calibration error {c.error:.3f} ({c.low:.3f}-{c.high:.3f}), coverage {c.coverage}"
        )

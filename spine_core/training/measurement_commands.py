"""``train measurement-model`` and ``evaluate-measurements``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spine_core.anatomy.types import LEVELS
from spine_core.evaluation.splits import CALIBRATION_FOLD, TEST_FOLD, TRAINING_FOLDS
from spine_core.evaluation.types import DiscPrediction, LabelledImage
from spine_core.explanation.concepts import measurement_model
from spine_core.explanation.concepts.measured_values import model_values
from spine_core.explanation.concepts.measurement_model import STORED, MeasurementModel, as_json, digest
from spine_core.grading.crops.sagittal import disc_image
from spine_core.grading.measure import measure_disc
from spine_core.networks.registry import Bundle, load_bundle
from spine_core.results.test_log import log_measurement_evaluation, task_key
from spine_core.training.commands import TrainingRun, report
from spine_core.training.datasets.crop_cache import series_of
from spine_core.training.datasets.registry import read_all
from spine_core.training.evaluation.inference import predict_images
from spine_core.training.evaluation.measurement_error import measure_twice, measurement_errors
from spine_core.training.evaluation.measurement_eval import MeasurementMetrics, measurement_metrics
from spine_core.training.model_card.stored_results import rewrite_model_card, rounded
from spine_core.training.models.ensemble_build import report_progress
from spine_core.training.models.measurement_cohort import (
    MeasuredLabel,
    cohort_of,
    conditions_with_labels,
    with_label,
)
from spine_core.training.models.measurement_fit import fit_condition

COMMAND = "python -m spine_core train measurement-model"


def train_measurement_model(run: TrainingRun) -> None:
    """Fits the model on the discs of folds 2-4 as the product measures them, and calibrates it on fold 1.

    Discs are measured on T2, as in the product wherever there is one: T1 has no fluid to compare signal with. The
    errors of the measurements are those on the reference masks of fold 1.
    """
    bundle = load_bundle()
    discs = measured_labels(run, bundle)
    training = [one for one in discs if one.fold in TRAINING_FOLDS]
    calibration = [one for one in discs if one.fold == CALIBRATION_FOLD]
    cohort = cohort_of(training)
    models, chosen = {}, {}
    for condition in conditions_with_labels(discs):
        name = condition.name
        own, held_out = with_label(training, name), with_label(calibration, name)
        models[name], chosen[name] = fit_condition(condition, own, held_out, cohort)
        report(f"{name}: {chosen[name]}, informative: {models[name].informative}")
    segmented = [p for p in run.images() if p.mask is not None and p.fold == CALIBRATION_FOLD]
    errors = measurement_errors(list(measure_twice(segmented, bundle)))
    model = MeasurementModel(models, cohort, errors, _networks(bundle))
    content = rounded_json(model)
    stored = {"trained_by": COMMAND, "sha256": digest(content), "chosen": rounded(chosen), "model": content}
    STORED.write_text(json.dumps(stored | {"figures": {}}, indent=1) + "\n")


def rounded_json(model: MeasurementModel) -> dict[str, Any]:
    """The model as it is stored: as JSON reads it again, so that the hash is of the file's own values."""
    content: dict[str, Any] = json.loads(json.dumps(as_json(model)))
    return content


def _networks(bundle: Bundle) -> dict[str, str]:
    return {"detector": bundle.detector.id.sha256, "segmenter": bundle.segmenter.id.sha256}


def measured_labels(run: TrainingRun, bundle: Bundle) -> list[MeasuredLabel]:
    """The labelled discs of folds 1-4 on T2, measured once by these networks and then kept in ``checkpoint_dir``."""
    cache = run.checkpoint_dir / "measured-discs.json"
    if cache.is_file():
        stored = json.loads(cache.read_text())
        if stored["networks"] == _networks(bundle):
            return [MeasuredLabel(**one) for one in stored["discs"]]
    images = [p for p in run.images(space=False) if p.fold != TEST_FOLD and p.sequence != "t1"]
    discs: list[MeasuredLabel] = []
    for done, image in enumerate(images):
        report_progress(done, len(images))
        discs += _measured(image, bundle)
    run.checkpoint_dir.mkdir(parents=True, exist_ok=True)
    cache.write_text(json.dumps({"networks": _networks(bundle), "discs": [asdict(one) for one in discs]}))
    return discs


def _measured(image: LabelledImage, bundle: Bundle) -> list[MeasuredLabel]:
    """The discs of an image that the product detects, with the labels of their levels."""
    series = series_of(image)
    preprocessing, anatomy = bundle.grader.preprocessing, bundle.detect_and_segment(series)
    labels = {disc.level: disc.grades for disc in image.discs}
    found = []
    for disc in anatomy.discs:
        if disc.level not in LEVELS:
            continue
        crop = disc_image(preprocessing, disc, {"t2": series}, anatomy.masks)
        values = model_values(measure_disc(crop, preprocessing, series), None)
        truth = dict(labels.get(disc.level, {}))
        found.append(
            MeasuredLabel(image.source, image.patient, image.fold, image.sequence, disc.level, values, truth)
        )
    return found


def evaluate_measurements(data: Path, *, test: bool) -> None:
    """Evaluates the released measurement model. ``test``: on fold 0 with a log entry, else on fold 1."""
    bundle, fold = load_bundle(), TEST_FOLD if test else CALIBRATION_FOLD
    images = [p for p in read_all(data) if p.fold == fold]
    graded = [p for p in images if p.mask is None and p.sequence != "t1"]
    _, predictions = predict_images(graded, bundle, lambda done: report_progress(done, len(graded)))
    store_measurement_figures(predictions, images, bundle, test=test)
    rewrite_model_card()


def store_measurement_figures(
    predictions: Sequence[DiscPrediction], images: Sequence[LabelledImage], bundle: Bundle, *, test: bool
) -> None:
    """Stores the figures of the measurement model beside it, and logs those of the test patients.

    ``images``: of the same fold; those with masks give the errors of the measurements. Does nothing but say so where
    the model was fitted on the outlines of other networks.
    """
    measurement_model.load.cache_clear()
    model = measurement_model.load()
    if model is None or dict(model.networks) != _networks(bundle):
        report(f"There is no measurement model for these networks: run `{COMMAND}` first.")
        return
    fold = TEST_FOLD if test else CALIBRATION_FOLD
    rows = measurement_metrics(predictions, model, fold)
    errors = measurement_errors(list(measure_twice([p for p in images if p.mask is not None], bundle)))
    figures: dict[str, Any] = {
        "grading": [asdict(row) for row in rows],
        "errors": {name: asdict(one) for name, one in errors.items()},
    }
    stored = json.loads(STORED.read_text())
    stored["figures"]["test" if test else "selection"] = rounded(figures)
    STORED.write_text(json.dumps(stored, indent=1) + "\n")
    if test:
        auroc = {task_key(asdict(row)): round(row.auroc["model"].value, 4) for row in rows}
        log_measurement_evaluation(bundle, model.sha256, auroc)
    _print(rows, figures["errors"])


def _print(rows: Sequence[MeasurementMetrics], errors: Mapping[str, Any]) -> None:
    for row in rows:
        each = "; ".join(f"{name} {one.value:.3f}" for name, one in row.auroc.items())
        gain = row.gain
        report(
            f"{task_key(asdict(row))}: AUROC {each}; gain {gain.value:.3f} ({gain.low:.3f} to {gain.high:.3f})"
        )
    for name, one in errors.items():
        report(f"{name}: {one}")

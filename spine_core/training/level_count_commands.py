"""``train level-counter`` and ``evaluate-levels``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core import __version__
from spine_core.anatomy import level_counter as network
from spine_core.anatomy.cross_series import levels_disagree
from spine_core.anatomy.detection import reference_picture, search
from spine_core.anatomy.detector import DiscDetector
from spine_core.anatomy.level_count import Counting, Logit, leads, second_opinion
from spine_core.anatomy.level_counter import LevelCounter
from spine_core.anatomy.types import Anatomy
from spine_core.evaluation.splits import CALIBRATION_FOLD, TEST_FOLD, TRAINING_FOLDS
from spine_core.evaluation.types import LabelledImage
from spine_core.networks.registry import COUNTER, DETECTOR, WEIGHTS
from spine_core.results.test_log import log_level_evaluation
from spine_core.training.commands import TrainingRun, report
from spine_core.training.datasets.crop_cache import series_of
from spine_core.training.datasets.phantoms import phantom_images
from spine_core.training.datasets.registry import read_all
from spine_core.training.evaluation.level_count_eval import (
    CountedImage,
    FlagRates,
    count_agreement,
    count_offset,
    crop_below,
    error_probability,
    fit_logit,
    flag_rates,
    out_of_patient_error_probability,
    own_error_flags,
    threshold_for,
)
from spine_core.training.models import level_counter
from spine_core.training.models.export_weights import export_weights
from spine_core.weights import ModelId

MAX_FALSE_FLAGS = 0.04
"""Fraction of the correct counts of fold 1 that may be flagged."""


def train_level_counter(run: TrainingRun) -> None:
    """Trains the level counter on folds 2-4, fits the logit of both counts on fold 1, and exports the weights.

    Three more counters are trained, each with fold 1 in place of one of these folds, so that every patient outside of
    fold 0 is counted by a network that was not trained on it.
    """
    run.checkpoint_dir.mkdir(parents=True, exist_ok=True)
    images = run.images()
    # T1 and T2 of every second phantom: they are similar.
    phantoms = [p for i, p in enumerate(phantom_images(TRAINING_FOLDS[:1], log=report)) if i // 2 % 2 == 0]
    detector = DiscDetector.load(WEIGHTS / DETECTOR)
    weights, counter = _trained(run, images, phantoms, TRAINING_FOLDS)
    selection = [p for p in images if p.fold == CALIBRATION_FOLD and p.source != "spider_space"]
    calibration = list(count_all(selection, detector, counter))
    out_of_fold = list(calibration)
    for fold in TRAINING_FOLDS:
        folds = tuple(sorted({CALIBRATION_FOLD, *TRAINING_FOLDS} - {fold}))
        held_out = [p for p in images if p.fold == fold and p.source != "spider_space"]
        out_of_fold += count_all(held_out, detector, _trained(run, images, phantoms, folds)[1])
    path = export_weights(
        weights,
        WEIGHTS / COUNTER,
        name="level-counter",
        version=__version__,
        architecture="convolutional, 300 k parameters",
        command=f"python -m spine_core train level-counter --seed {run.seed}",
    )
    rng = np.random.default_rng(run.seed)
    cropped = [c for p in selection if (c := crop_below(p, rng)) is not None]
    _fit_and_store(path, calibration, list(count_all(cropped, detector, counter)), out_of_fold)


def _fit_and_store(
    path: Path,
    calibration: Sequence[CountedImage],
    cropped: Sequence[CountedImage],
    out_of_fold: Sequence[CountedImage],
) -> None:
    """Fits the logit, evaluates its flags and writes both into the card of the weights at ``path``."""
    logit = fit_with_limit(calibration, cropped)
    probabilities = out_of_patient_error_probability(calibration, cropped)
    left_out = flag_rates(
        "fold 1, logit fitted without the patient", calibration, probabilities >= logit.limit
    )
    cut = flag_rates(
        "fold 1, images cropped near L5/S1", cropped, error_probability(cropped, logit) >= logit.limit
    )
    own_errors = own_error_flags("folds 1-4, errors of the level counter alone", out_of_fold, MAX_FALSE_FLAGS)
    agreement = count_agreement(out_of_fold)
    figures = {
        "own_errors": asdict(own_errors),
        "agreement": [asdict(row) for row in agreement],
        "left_out": asdict(left_out),
        "cropped": asdict(cut),
    }
    _update_card(path, {"logit": asdict(logit), "figures": figures})
    for row in (*agreement, own_errors, left_out, cut, logit):
        report(str(row))


def fit_with_limit(calibration: Sequence[CountedImage], cropped: Sequence[CountedImage]) -> Logit:
    """The fitted logit with the lowest limit that flags at most ``MAX_FALSE_FLAGS`` of the correct counts."""
    logit = fit_logit(calibration, cropped)
    correct = np.array([c.offset == 0 for c in calibration])
    limit = threshold_for(error_probability(calibration, logit), correct, MAX_FALSE_FLAGS)
    return replace(logit, limit=limit)


def _trained(
    run: TrainingRun,
    images: Sequence[LabelledImage],
    phantoms: Sequence[LabelledImage],
    folds: tuple[int, ...],
) -> tuple[dict[str, Any], LevelCounter]:
    name = "".join(map(str, folds))
    report(f"level counter of folds {', '.join(map(str, folds))}")
    module: Any = network.build()
    training = [*level_counter.training_images(images, folds), *phantoms]
    out = run.checkpoint_dir / f"level-counter-{name}.pt"
    weights = level_counter.train(training, out, seed=run.seed, device=run.device, log=report)
    module.load_state_dict(weights)
    return weights, LevelCounter(ModelId(f"level-counter-{name}", __version__, ""), module.eval())


def count_all(
    images: Sequence[LabelledImage], detector: DiscDetector, counter: LevelCounter
) -> Iterator[CountedImage]:
    """Counts the levels of every image with marked discs as the product does; skips images without a detection."""
    for image in images:
        _, counted = _count(image, detector, counter)
        if counted is not None:
            yield counted


def _count(
    image: LabelledImage, detector: DiscDetector, counter: LevelCounter
) -> tuple[Anatomy, CountedImage | None]:
    series = series_of(image)
    anatomy, count = search(detector, series)
    offset = count_offset(image, [(d.level, d.center_px, d.posterior_px) for d in anatomy.discs])
    if count is None or not any(disc.center or disc.posterior for disc in image.discs):
        return anatomy, None
    upright = reference_picture(series, count)
    opinion, base = second_opinion(counter, count, upright, series.row_to_column_spacing)
    rows = leads(count.support, count.shift, opinion, base)
    return anatomy, CountedImage(image.source, image.patient, image.name, offset, rows, opinion, base)


def evaluate_levels(data: Path, *, test: bool) -> None:
    """Evaluates the flags of the released networks and stores the figures. ``test``: fold 0 with a log entry, else fold
    1.
    """
    fold = TEST_FOLD if test else CALIBRATION_FOLD
    counting, detector = Counting.load(WEIGHTS / COUNTER), DiscDetector.load(WEIGHTS / DETECTOR)
    images = [p for p in read_all(data, space=False) if p.fold == fold]
    results = [(image, *_count(image, detector, counting.counter)) for image in images]
    known = [(image, anatomy, counted) for image, anatomy, counted in results if counted is not None]
    counted = [one for _, _, one in known]
    probabilities = error_probability(counted, counting.logit)
    flags = probabilities >= counting.logit.limit
    disagree = disagreement_flags([(image, anatomy) for image, anatomy, _ in known])
    rows = [
        flag_rates(f"fold {fold}, each image alone", counted, flags),
        flag_rates(f"fold {fold}, T1 and T2 of one examination together", counted, flags | disagree),
    ]
    agreement = count_agreement(counted)
    figures = {"flagged": [asdict(row) for row in rows], "agreement": [asdict(row) for row in agreement]}
    _update_card(WEIGHTS / COUNTER, {"test" if test else "selection": figures})
    if test:
        log_level_evaluation(detector.id, counting.id, _counts(rows[0]))
    for row in [*rows, *agreement]:
        report(str(row))
    for (image, _, one), probability in zip(known, probabilities, strict=True):
        if one.offset != 0:
            report(f"{image.name}: off by {one.offset}, error probability {probability:.3f}")


def _counts(row: FlagRates) -> dict[str, int]:
    return {
        "wrong": row.wrong,
        "wrong flagged": row.wrong_flagged,
        "right": row.right,
        "right flagged": row.right_flagged,
    }


def disagreement_flags(read: Sequence[tuple[LabelledImage, Anatomy]]) -> npt.NDArray[np.bool_]:
    """Whether T1 and T2 of one examination name the discs of each image differently, (n,)."""
    by_name = {(image.source, image.name): (image, anatomy) for image, anatomy in read}
    return np.array([_disagree(*one, by_name.get((one[0].source, _other_weighting(one[0])))) for one in read])


def _other_weighting(image: LabelledImage) -> str:
    """Name of the image with the other weighting of the same examination, in the spelling of either dataset."""
    own, other = ("t1", "t2") if image.sequence == "t1" else ("t2", "t1")
    return image.name.replace(f"_{own}", f"_{other}").replace(f"_{own.upper()}", f"_{other.upper()}")


def _disagree(image: LabelledImage, anatomy: Anatomy, other: tuple[LabelledImage, Anatomy] | None) -> bool:
    if other is None:
        return False
    return levels_disagree(anatomy.discs, series_of(image), other[1].discs, series_of(other[0]))


def _update_card(weights: Path, more: Mapping[str, Any]) -> None:
    path = weights.with_suffix(".json")
    card = json.loads(path.read_text())
    figures = {**card.get("figures", {}), **more.get("figures", {})}
    card |= {**more, "figures": figures}
    path.write_text(json.dumps(card, indent=1) + "\n")

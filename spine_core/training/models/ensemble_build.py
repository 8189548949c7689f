"""Puts trained graders together: what ``python -m spine_core train ensemble`` does."""

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
from spine_core.evaluation.splits import CALIBRATION_FOLD, TRAINING_FOLDS
from spine_core.evaluation.types import Answered, by_group
from spine_core.grading.findings import grade_probabilities
from spine_core.networks import out_of_distribution
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.ensemble import Ensemble
from spine_core.networks.grading_network import GradingNetwork
from spine_core.networks.registry import DETECTOR, ENSEMBLE, OOD, SEGMENTER, WEIGHTS, Bundle, load_bundle
from spine_core.networks.target import LOGITS
from spine_core.training.calibration.affine import fit
from spine_core.training.calibration.conformal import least_probabilities
from spine_core.training.commands import VIEWS, Run, cut, say
from spine_core.training.datasets.crop_cache import UNKNOWN, Crops
from spine_core.training.evaluation import baselines
from spine_core.training.evaluation.inference import answer
from spine_core.training.model_card.stored_results import short
from spine_core.training.models.crop_augmentation import plain_views
from spine_core.training.models.ensemble_selection import choose, groups, operations_of
from spine_core.training.models.export_weights import ship_familiarity
from spine_core.training.models.targets_and_loss import labels_seen, targets
from spine_core.weights import ModelId


def train_ensemble(run: Run) -> None:
    """Puts trained graders together: which of them, calibration, prediction sets and familiarity, all from fold 1."""
    run.work.mkdir(parents=True, exist_ok=True)
    localiser = DiscDetector.load(WEIGHTS / DETECTOR)
    pictures = [p for p in run.pictures(space=False) if p.fold == CALIBRATION_FOLD]

    trained = [GradingNetwork.load(path) for path in sorted(WEIGHTS.glob("grader-*.safetensors"))]
    reading = Bundle(localiser, SpineSegmenter.load(WEIGHTS / SEGMENTER), _together(trained))
    _, answers = answer(pictures, reading, lambda done: tell_progress(done, len(pictures)))
    tried = groups(answers, {one.id.name: operations_of(one) for one in trained})
    chosen = choose(tried)
    for group in tried:
        say(f"{group}{', chosen' if group is chosen else ''}")
    ensemble = _together([one for one in trained if one.id.name in chosen.members])
    calibration, thresholds = conclude(by_group(answers, chosen.members))
    command = "python -m spine_core train ensemble"
    _learn_the_familiar(run, ensemble, localiser, command)
    card = {
        "name": "ensemble",
        "version": __version__,
        "trained_by": command,
        "members": [
            {"file": f"{one.id.name}.safetensors", "sha256": one.id.sha256} for one in ensemble.members
        ],
        "tried": short([asdict(group) for group in tried]),
        "calibration": calibration,
        "thresholds": thresholds,
        "figures": {},
    }
    (WEIGHTS / ENSEMBLE).write_text(json.dumps(card, indent=1) + "\n")


def train_familiarity(run: Run) -> None:
    """What the shipped networks find familiar, anew: a new localiser puts discs elsewhere in their crops."""
    run.work.mkdir(parents=True, exist_ok=True)
    bundle = load_bundle()
    assert isinstance(bundle.grader, Ensemble)
    _learn_the_familiar(run, bundle.grader, bundle.detector, "python -m spine_core train familiarity")


def _learn_the_familiar(run: Run, ensemble: Ensemble, localiser: DiscDetector, command: str) -> None:
    crops = cut(run, ensemble.preprocessing, localiser)
    # Phantoms were learned from too, and are not to be refused.
    learned = crops.where([key[2] in TRAINING_FOLDS for key in crops.keys])
    aside = crops.where([key[2] == CALIBRATION_FOLD for key in crops.keys])
    ship_familiarity(
        out_of_distribution.fit(_pooled(ensemble, learned), _pooled(ensemble, aside)),
        WEIGHTS / OOD,
        version=__version__,
        command=command,
    )


def _together(graders: Sequence[GradingNetwork]) -> Ensemble:
    """The mean of ``graders``, not calibrated."""
    nothing = torch.stack([torch.ones(LOGITS), torch.zeros(LOGITS)])
    return Ensemble(graders, ModelId("ensemble", __version__, ""), nothing)


def train_baselines(run: Run) -> None:
    """Fits the classical classifiers that stand beside the networks, on the product's readings of training patients."""
    bundle = load_bundle()
    assert bundle.ood is not None
    pictures = [p for p in run.pictures(space=False) if p.fold in TRAINING_FOLDS]
    _, answers = answer(pictures, bundle, lambda done: tell_progress(done, len(pictures)))
    kept = baselines.fit(answers, bundle.ood, "python -m spine_core train baselines", bundle.grader.id.sha256)
    baselines.KEPT.write_text(json.dumps(kept) + "\n")


def _pooled(ensemble: Ensemble, crops: Crops) -> npt.NDArray[np.float32]:
    """What the networks see of discs: of one disc both weightings, of the next T2 alone, then T1 alone, and so on."""
    use = np.array([VIEWS[i % len(VIEWS)] for i in range(len(crops.keys))]) & crops.present
    parts = []
    for start in range(0, len(use), 256):
        some = [start <= i < start + 256 and bool(use[i].any()) for i in range(len(use))]
        pictures = plain_views(crops.where(some), ensemble.preprocessing, use[some])
        parts.append(ensemble.predict(pictures).embedding)
    return np.concatenate(parts)


def conclude(
    answers: Sequence[Answered],
) -> tuple[list[list[float]], dict[str, list[float]]]:
    """Slopes and offsets (2, LOGITS), and per condition the least probabilities of prediction sets."""
    raw = np.array([a.logits for a in answers], dtype=np.float64)
    labels = np.array([[a.truth.get(c.name, UNKNOWN) for c in CONDITIONS] for a in answers], dtype=np.int8)
    seen = np.array([[a.sequence != "t1", a.sequence == "t1"] for a in answers])
    labels = labels_seen(np.stack([labels, labels], axis=1), seen)
    calibration = fit(raw, *targets(labels)).round(6)
    shares = grade_probabilities((raw * calibration[0] + calibration[1]).astype(np.float32))
    patients = np.array([f"{a.source} {a.patient}" for a in answers])
    limits = {}
    for column, condition in enumerate(CONDITIONS):
        rows = labels[:, column] != UNKNOWN
        truth = np.array([condition.grades.index(str(value)) for value in labels[rows, column]])
        limits[condition.name] = [
            round(limit, 6)
            for limit in least_probabilities(
                condition, shares[condition.name][rows].astype(float), truth, patients[rows]
            )
        ]
    return calibration.tolist(), limits


def tell_progress(done: int, count: int) -> None:
    """A line now and then."""
    if done % 50 == 0:
        say(f"{done} of {count} pictures")

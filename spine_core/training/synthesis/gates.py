"""Gates of a generator: distance of its images from real ones, their use for training, and copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.networks.conditions import BY_NAME
from spine_core.results.generator_results import as_json
from spine_core.synthesis.conditions import GRADED
from spine_core.training.synthesis.examples import Examples
from spine_core.training.synthesis.features import Extract
from spine_core.training.synthesis.judges import (
    CHECK,
    Labels,
    Scores,
    judge_scores,
    prior_by_level,
    regression,
    train_judge,
)
from spine_core.training.synthesis.kid import kid_interval
from spine_core.training.synthesis.memorisation import copy_rate
from spine_core.training.synthesis.utility import utility

LEAST_OF_GRADE = 20
"""Real images of a grade below which it has no distance of its own."""


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images (N, 2, side, side) with both weightings, their tokens, and their patients (of samples: each its own)."""

    images: npt.NDArray[np.float32]
    tokens: npt.NDArray[np.int64]
    patients: npt.NDArray[np.str_]

    @property
    def labels(self) -> Labels:
        """Positions of the grades, -1 where unknown."""
        return self.tokens[:, 1 : 1 + len(GRADED)] - 1

    def where(self, keep: npt.NDArray[np.bool_]) -> ImageSet:
        """The images for which ``keep`` is True."""
        return ImageSet(self.images[keep], self.tokens[keep], self.patients[keep])


def real_set(examples: Examples, count: int, seed: int = 0) -> ImageSet:
    """At most ``count`` discs with T2 and T1, drawn at random, at their centre."""
    rows = np.flatnonzero(examples.present.all(axis=1))
    rows = np.sort(np.random.default_rng(seed).permutation(rows)[:count])
    return ImageSet(
        examples.images[rows, 0].astype(np.float32), examples.tokens(rows), examples.patients[rows]
    )


def sampled_set(images: npt.NDArray[np.float32], tokens: npt.NDArray[np.int64]) -> ImageSet:
    """Generated images with what each was asked to show."""
    return ImageSet(images, tokens, np.array([f"sample {number}" for number in range(len(images))]))


def asked_tokens(training: Examples, count: int, seed: int) -> npt.NDArray[np.int64]:
    """What ``count`` samples are asked to show: the labels of training discs, drawn at random, both weightings."""
    rows = np.random.default_rng(seed).integers(len(training.levels), size=count)
    tokens = training.tokens(rows)
    tokens[:, -2:] = 1
    return tokens


def distances(
    samples: ImageSet, training: ImageSet, real: ImageSet, extractors: Mapping[str, Extract]
) -> tuple[list[dict[str, Any]], dict[str, list[npt.NDArray[np.float64]]]]:
    """KID by set of features and grade, and the features of the three sets, in this order, by name.

    Each row has ``synthetic``, samples against ``real``, and ``floor``, real training images against ``real``.
    """
    rows: list[dict[str, Any]] = []
    kept: dict[str, list[npt.NDArray[np.float64]]] = {}
    for name, extract in extractors.items():
        found = [extract(one.images) for one in (samples, training, real)]
        kept[name] = found
        rows.append(_distance(name, "all", found, (samples, training, real)))
        for condition, grade in _grades():
            chosen = [_of_grade(one, condition, grade) for one in (samples, training, real)]
            if min(int(one.sum()) for one in chosen) >= LEAST_OF_GRADE:
                parts = [values[keep] for values, keep in zip(found, chosen, strict=True)]
                sets = [one.where(keep) for one, keep in zip((samples, training, real), chosen, strict=True)]
                rows.append(_distance(name, f"{condition}={grade}", parts, sets))
    return rows, kept


def _distance(
    features: str, group: str, found: Sequence[npt.NDArray[np.float64]], sets: Sequence[ImageSet]
) -> dict[str, Any]:
    samples, training, real = sets
    return {
        "features": features,
        "group": group,
        "patients": len(np.unique(real.patients)),
        "synthetic": as_json(kid_interval(found[2], found[0], real.patients, samples.patients)),
        "floor": as_json(kid_interval(found[2], found[1], real.patients, training.patients)),
    }


def utilities(
    samples: ImageSet,
    training: ImageSet,
    real: ImageSet,
    features: Sequence[npt.NDArray[np.float64]],
    networks: Mapping[str, int],
    seed: int,
    log: Callable[[str], None],
) -> list[dict[str, Any]]:
    """The utility for a logistic regression on ``features`` of the three sets, and for ``networks`` with their epochs.

    As many real images as samples teach the judges, so that the arms differ in nothing else.
    """
    equal = min(len(samples.images), len(training.images))
    arms = {"synthetic": (samples, None), "real": (None, training), "both": (samples, training)}
    prior = prior_by_level(training.labels, training.tokens[:, 0], real.tokens[:, 0])

    def regressed(own: Sequence[npt.NDArray[np.float64]], labels: Labels) -> Scores:
        return regression(np.concatenate(own), labels, features[2], seed)

    scores: dict[str, Scores] = {"prior": prior}
    for arm, (first, second) in arms.items():
        parts = [
            values[:equal]
            for values, used in zip(features[:2], (first, second), strict=True)
            if used is not None
        ]
        scores[arm] = regressed(parts, _labels(first, second, equal))
    rows = [as_json(utility(CHECK, 0, scores, real.labels, real.patients, equal))]
    for name, epochs in networks.items():
        scores = {"prior": prior}
        for arm, (first, second) in arms.items():
            images = np.concatenate([one.images[:equal] for one in (first, second) if one is not None])
            net = train_judge(name, images, _labels(first, second, equal), epochs, seed, log)
            scores[arm] = judge_scores(name, net, real.images)
        rows.append(as_json(utility(name, epochs, scores, real.labels, real.patients, equal)))
    return rows


def copies(samples: ImageSet, training: Examples, held_out: ImageSet) -> dict[str, Any]:
    """The copy rate of ``samples``; all training discs with both weightings are looked at."""
    rows = np.flatnonzero(training.present.all(axis=1))
    found: dict[str, Any] = as_json(
        copy_rate(samples.images, training.images[rows, 0].astype(np.float32), held_out.images)
    )
    return found


def _labels(first: ImageSet | None, second: ImageSet | None, count: int) -> Labels:
    return np.concatenate([one.labels[:count] for one in (first, second) if one is not None])


def _grades() -> list[tuple[str, str]]:
    return [(name, grade) for name in GRADED for grade in BY_NAME[name].grades]


def _of_grade(images: ImageSet, condition: str, grade: str) -> npt.NDArray[np.bool_]:
    place = BY_NAME[condition].grades.index(grade)
    return np.asarray(images.labels[:, GRADED.index(condition)] == place)

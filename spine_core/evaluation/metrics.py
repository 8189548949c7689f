"""How well every question is answered, per set and weighting, each figure with its interval and baselines beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS
from spine_core.evaluation.bootstrap import interval
from spine_core.evaluation.calibration import bins_of_equal_mass
from spine_core.evaluation.types import SETS_IN_ORDER, Answered, Picture
from spine_core.networks.conditions import BY_NAME, Condition
from spine_core.networks.conformal import ConformalThresholds, membership

Array = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]

QUESTIONS = (
    ("pfirrmann", "3"),
    ("bulging", "1"),
    ("herniation", "1"),
    ("narrowing", "1"),
    ("canal_stenosis", "1"),
    ("modic", "1"),
    ("endplate_upper", "1"),
    ("endplate_lower", "1"),
    ("spondylolisthesis", "1"),
    ("ddd", "1"),
)
"""Condition and the lowest grade that counts as positive."""

CURVE = 60
"""Points of a stored ROC curve: more could not be told apart on a page."""


@dataclass(frozen=True)
class Rate:
    """Sensitivity and specificity where the page would call the finding present; None where nothing can be counted."""

    positives: int
    negatives: int
    sensitivity: float | None
    specificity: float | None


@dataclass(frozen=True)
class Graded:
    """How well one question is answered in one set and weighting.

    ``level_only``: AUROC of each level's frequency among the training patients: an answer that sees no picture.
    ``members``: AUROC of every network alone. ``baselines``: of classical classifiers.
    ``kappa``: quadratic over ordered grades, plain over the others.
    ``coverage``, ``set_size``: share of prediction sets that hold the truth, and how many grades they hold.
    ``roc``: false and true positive rates. ``reliability``: mean probability, frequency and discs of each tenth.
    ``confusion``: discs by true grade (row) and likeliest grade (column).
    """

    source: str
    sequence: str
    condition: str
    at_least: str
    patients: int
    discs: int
    positives: int
    auroc: float
    low: float
    high: float
    level_only: float | None
    members: Mapping[str, float]
    baselines: Mapping[str, float]
    kappa: float
    kappa_low: float
    kappa_high: float
    brier: float
    coverage: float | None
    coverage_low: float | None
    coverage_high: float | None
    set_size: float | None
    roc: Sequence[tuple[float, float]]
    reliability: Sequence[tuple[float, float, int]]
    confusion: Sequence[Sequence[int]]
    rate: Rate
    by_level: Mapping[str, Rate]


def table(
    answers: Sequence[Answered],
    training: Sequence[Picture],
    thresholds: ConformalThresholds,
    baselines: Mapping[str, Mapping[str, Array]] | None = None,
) -> list[Graded]:
    """One row per set, weighting and question for which both answers occur.

    ``training`` gives the level-only baseline; ``baselines``: further scores of ``answers`` (N,) by name and condition.
    """
    rows = []
    groups = sorted(
        {(a.source, a.sequence) for a in answers}, key=lambda key: (SETS_IN_ORDER.index(key[0]), key[1])
    )
    for source, sequence in groups:
        group = [i for i, a in enumerate(answers) if (a.source, a.sequence) == (source, sequence)]
        for name, at_least in QUESTIONS:
            condition = BY_NAME[name]
            places = [i for i in group if name in answers[i].truth]
            known = [answers[i] for i in places]
            others = {kind: score[name][places] for kind, score in (baselines or {}).items()}
            truth = np.array([a.truth[name] >= int(at_least) for a in known], dtype=bool)
            if known and truth.any() and not truth.all() and gradable(name, sequence):
                rows.append(_graded(condition, at_least, known, truth, training, thresholds, others))
    return rows


def _graded(
    condition: Condition,
    at_least: str,
    known: Sequence[Answered],
    truth: Truth,
    training: Sequence[Picture],
    thresholds: ConformalThresholds,
    others: Mapping[str, Array],
) -> Graded:
    from sklearn.metrics import brier_score_loss

    first = condition.grades.index(at_least)
    shares = np.array([a.shares[condition.name] for a in known], dtype=float)
    score = shares[:, first:].sum(1)
    patients = np.array([a.patient for a in known])
    low, high = interval(patients, lambda chosen: auroc(truth[chosen], score[chosen]))
    grades = np.array([condition.grades.index(str(a.truth[condition.name])) for a in known])
    likeliest = shares.argmax(1)
    kappa_low, kappa_high = interval(
        patients, lambda chosen: kappa(condition, grades[chosen], likeliest[chosen])
    )
    sets = sets_of(condition, shares, grades, patients, thresholds)
    positive = score >= 0.5
    levels = np.array([a.level for a in known])
    return Graded(
        known[0].source,
        known[0].sequence,
        condition.name,
        at_least,
        len(set(patients)),
        len(known),
        int(truth.sum()),
        auroc(truth, score),
        low,
        high,
        _level_only(known, truth, condition.name, int(at_least), training),
        {name: auroc(truth, vote(known, condition, name, first)) for name in known[0].votes},
        {kind: auroc(truth, other) for kind, other in others.items()},
        kappa(condition, grades, likeliest),
        kappa_low,
        kappa_high,
        float(brier_score_loss(truth, score)),
        *sets,
        _roc(truth, score),
        [
            (float(score[part].mean()), float(truth[part].mean()), len(part))
            for part in bins_of_equal_mass(score)
        ],
        [
            [int(((grades == row) & (likeliest == column)).sum()) for column in range(len(condition.grades))]
            for row in range(len(condition.grades))
        ],
        _rate(truth, positive),
        {level: _rate(truth[levels == level], positive[levels == level]) for level in LEVELS},
    )


def auroc(truth: Truth, score: Array) -> float:
    """Area under the ROC curve; nan where only one answer occurs.

    Mann and Whitney's U over all pairs: what sklearn's ``roc_auc_score`` gives, 15 times as fast, which counts in a
    bootstrap of a thousand draws.
    """
    from scipy.stats import rankdata

    positives = int(truth.sum())
    pairs = positives * (len(truth) - positives)
    if not pairs:
        return float("nan")
    return float((rankdata(score)[truth].sum() - positives * (positives + 1) / 2) / pairs)


def gradable(condition: str, sequence: str) -> bool:
    """Whether a picture of this weighting alone is graded for ``condition``: there is no Pfirrmann grade on T1."""
    return not (condition == "pfirrmann" and sequence == "t1")


def vote(known: Sequence[Answered], condition: Condition, name: str, first: int) -> Array:
    """Probability (N,) that the network ``name`` alone gives to the grades from position ``first`` on."""
    return np.array([a.votes[name][condition.name][first:].sum() for a in known], dtype=float)


def kappa(condition: Condition, truth: npt.NDArray[np.int64], said: npt.NDArray[np.int64]) -> float:
    """Cohen's kappa of positions of grades, quadratic where they are ordered; nan where only one grade occurs."""
    from sklearn.metrics import cohen_kappa_score

    if len(set(truth) | set(said)) < 2:
        return float("nan")
    weights = "quadratic" if condition.scale == "ordinal" else None
    return float(cohen_kappa_score(truth, said, weights=weights, labels=range(len(condition.grades))))


def sets_of(
    condition: Condition,
    shares: Array,
    grades: npt.NDArray[np.int64],
    patients: npt.NDArray[np.str_],
    thresholds: ConformalThresholds,
) -> tuple[float | None, float | None, float | None, float | None]:
    """Coverage, its interval, and mean size of the prediction sets."""
    if condition.name not in thresholds:
        return None, None, None, None
    sets = membership(condition, shares, thresholds[condition.name])
    hit = sets[np.arange(len(grades)), grades]
    low, high = interval(patients, lambda chosen: float(hit[chosen].mean()))
    return float(hit.mean()), low, high, float(sets.sum(axis=1).mean())


def _roc(truth: Truth, score: Array) -> list[tuple[float, float]]:
    from sklearn.metrics import roc_curve

    false, true, _ = roc_curve(truth, score)
    if len(false) > CURVE:
        chosen = np.unique(np.linspace(0, len(false) - 1, CURVE).round().astype(int))
        false, true = false[chosen], true[chosen]
    return [(round(float(x), 4), round(float(y), 4)) for x, y in zip(false, true, strict=True)]


def _rate(truth: Truth, positive: Truth) -> Rate:
    positives, negatives = int(truth.sum()), int((~truth).sum())
    return Rate(
        positives,
        negatives,
        float(positive[truth].mean()) if positives else None,
        float((~positive[~truth]).mean()) if negatives else None,
    )


def _level_only(
    known: Sequence[Answered], truth: Truth, condition: str, at_least: int, training: Sequence[Picture]
) -> float | None:
    """AUROC of each level's frequency among training pictures of the same set; None where there are none."""
    seen: dict[str, list[bool]] = {}
    for picture in training:
        if picture.source == known[0].source:
            for disc in picture.discs:
                if condition in disc.grades:
                    seen.setdefault(disc.level, []).append(disc.grades[condition] >= at_least)
    if not seen:
        return None
    return auroc(truth, np.array([np.mean(seen.get(a.level, [False])) for a in known]))

"""Figures of the shipped networks on patients of one fold, each with its interval and a baseline beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.locate import locate
from spine_core.anatomy.model import LEVELS
from spine_core.anatomy.network import Localiser
from spine_core.grading.conditions import BY_NAME
from spine_core.grading.image import disc_image
from spine_core.grading.network import GradingNetwork
from spine_core.grading.target import log_probabilities
from spine_core.training.crops import series_of
from spine_core.training.data import Picture

Array = npt.NDArray[np.float64]

RESAMPLES = 1000
NEAR = 0.2
"""A disc is found where it lies within this many disc distances of its mark, at the right level."""


@dataclass(frozen=True)
class Located:
    """How well discs are found in one set and weighting."""

    source: str
    sequence: str
    patients: int
    discs: int
    found: float
    low: float
    high: float
    median_error: float
    """Median distance to the mark in disc distances, over discs given the right level."""


@dataclass(frozen=True)
class Graded:
    """How well one question is answered in one set and weighting."""

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
    """AUROC of each level's frequency among the training patients of the set: an answer that sees no picture."""
    kappa: float | None = None
    """Quadratic kappa over all grades, for ordinal conditions."""
    brier: float | None = None


@dataclass(frozen=True)
class Answered:
    """One disc with its answer and its truth."""

    source: str
    sequence: str
    patient: str
    level: str
    truth: Mapping[str, int]
    probabilities: Mapping[str, Array]


def answer(
    pictures: Sequence[Picture],
    localiser: Localiser,
    grader: GradingNetwork,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[list[Located], list[Answered]]:
    """Reads every picture by itself with the product's own localiser and grader."""
    import torch

    errors: dict[tuple[str, str], list[tuple[str, float | None]]] = {}
    answers: list[Answered] = []
    for done, picture in enumerate(pictures):
        progress(done)
        series = series_of(picture)
        found = {disc.level: disc for disc in locate(localiser, series).discs}
        group = errors.setdefault((picture.source, picture.sequence), [])
        for label in picture.discs:
            if label.level not in LEVELS:
                continue
            disc = found.get(label.level)
            mark = label.center or label.posterior
            if mark is not None:
                place = disc and (disc.center_px if label.center else disc.posterior_px)
                miss = float(np.hypot(*np.subtract(place, mark))) / picture.pitch if place else None
                group.append((picture.patient, miss))
        if not found:
            continue
        weighting = "t1" if picture.sequence == "t1" else "t2"
        images = [disc_image(grader.contract, disc, {weighting: series}) for disc in found.values()]
        logits = torch.from_numpy(grader.answers(np.stack([i.pixels for i in images])))
        shares = {name: log_probabilities(logits, name).exp().numpy() for name in BY_NAME}
        for row, level in enumerate(found):
            truth = next((d.grades for d in picture.discs if d.level == level), {})
            answers.append(
                Answered(
                    picture.source,
                    picture.sequence,
                    picture.patient,
                    level,
                    truth,
                    {name: share[row] for name, share in shares.items()},
                )
            )
    return [
        _located(*key, errors[key]) for key in sorted(errors, key=_patients_first) if errors[key]
    ], answers


def _located(source: str, sequence: str, rows: list[tuple[str, float | None]]) -> Located:
    hits = np.array([miss is not None and miss <= NEAR for _, miss in rows], dtype=float)
    patients = np.array([patient for patient, _ in rows])
    low, high = interval(patients, lambda chosen: float(hits[chosen].mean()))
    right = [miss for _, miss in rows if miss is not None and miss < 0.5]
    return Located(
        source,
        sequence,
        len(set(patients)),
        len(rows),
        float(hits.mean()),
        low,
        high,
        float(np.median(right or [9.0])),
    )


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


def table(answers: Sequence[Answered], training: Sequence[Picture]) -> list[Graded]:
    """One row per set, weighting and question for which both answers occur; ``training`` gives the baseline."""
    rows = []
    for source, sequence in sorted({(a.source, a.sequence) for a in answers}, key=_patients_first):
        group = [a for a in answers if (a.source, a.sequence) == (source, sequence)]
        for condition, at_least in QUESTIONS:
            row = _graded(source, sequence, group, condition, at_least, training)
            if row is not None and not (condition == "pfirrmann" and sequence == "t1"):
                rows.append(row)
    return rows


def _patients_first(key: tuple[str, str]) -> tuple[int, str]:
    order = ("sudirman", "spider", "phantom")
    return order.index(key[0]), key[1]


def _graded(
    source: str,
    sequence: str,
    group: Sequence[Answered],
    condition: str,
    at_least: str,
    training: Sequence[Picture],
) -> Graded | None:
    from sklearn.metrics import brier_score_loss, cohen_kappa_score, roc_auc_score

    known = [a for a in group if condition in a.truth]
    grades = BY_NAME[condition].grades
    first = grades.index(at_least)
    truth = np.array([a.truth[condition] >= int(at_least) for a in known], dtype=bool)
    if not known or truth.all() or not truth.any():
        return None
    score = np.array([a.probabilities[condition][first:].sum() for a in known])
    patients = np.array([a.patient for a in known])
    low, high = interval(patients, lambda chosen: _auroc(truth[chosen], score[chosen]))
    kappa = None
    if len(grades) > 2:
        said = [int(grades[int(np.argmax(a.probabilities[condition]))]) for a in known]
        kappa = float(cohen_kappa_score([a.truth[condition] for a in known], said, weights="quadratic"))
    return Graded(
        source,
        sequence,
        condition,
        at_least,
        len(set(patients)),
        len(known),
        int(truth.sum()),
        float(roc_auc_score(truth, score)),
        low,
        high,
        _level_only(known, truth, condition, int(at_least), training),
        kappa,
        float(brier_score_loss(truth, score)),
    )


def _auroc(truth: npt.NDArray[np.bool_], score: Array) -> float:
    from sklearn.metrics import roc_auc_score

    return float("nan") if truth.all() or not truth.any() else float(roc_auc_score(truth, score))


def _level_only(
    known: Sequence[Answered],
    truth: npt.NDArray[np.bool_],
    condition: str,
    at_least: int,
    training: Sequence[Picture],
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
    return _auroc(truth, np.array([np.mean(seen.get(a.level, [False])) for a in known]))


def interval(
    patients: npt.NDArray[np.str_], figure: Callable[[npt.NDArray[np.int64]], float], seed: int = 0
) -> tuple[float, float]:
    """95 % bootstrap interval of ``figure`` over patients (all discs of a patient are drawn together)."""
    rng = np.random.default_rng(seed)
    names = np.unique(patients)
    rows = [np.flatnonzero(patients == name) for name in names]
    draws = [
        figure(np.concatenate([rows[i] for i in rng.integers(len(names), size=len(names))]))
        for _ in range(RESAMPLES)
    ]
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return float(low), float(high)


def as_rows(figures: Sequence[Located | Graded]) -> list[dict[str, object]]:
    """Figures as plain dictionaries for a card."""
    return [asdict(figure) for figure in figures]

"""Evaluates a network on a folder of labelled studies: the tables of the model card, for any network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.affine_calibration import fit_affine, logit_targets
from spine_core.evaluation.conformal_fit import fit_thresholds
from spine_core.evaluation.labels import Label, LabelError, LabelledStudies
from spine_core.evaluation.metrics import GradedDiscs, GradingMetrics, task_metrics
from spine_core.grading.read import read_study
from spine_core.grading.types import Status
from spine_core.networks.conditions import Scale
from spine_core.networks.conformal import ConformalThresholds
from spine_core.networks.outputs import Output
from spine_core.networks.registry import Bundle
from spine_core.progress import Part, Progress, silent
from spine_core.study.errors import MultiplePatientsError, StudyError
from spine_core.study.loader import open_study

MIN_DISCS = 2
"""Labelled discs, of both classes, that a row of the result needs."""


@dataclass(frozen=True, eq=False)
class LabelledFinding:
    """A label with what the network reports. ``grade``: index of the labelled grade. ``raw``: logits (K,) before the
    network's calibration. ``probabilities``: (grades,).
    """

    patient: str
    level: str
    output: Output
    grade: int
    raw: npt.NDArray[np.float32]
    probabilities: npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StudyPredictions:
    """What a network reports for labelled studies. ``problems``: labels without a finding, by reason."""

    findings: tuple[LabelledFinding, ...]
    problems: Mapping[str, int] = field(default_factory=dict)

    def where(self, patients: set[str]) -> StudyPredictions:
        """The findings of these patients."""
        return StudyPredictions(tuple(one for one in self.findings if one.patient in patients), self.problems)


def predict(
    studies: LabelledStudies, labels: Sequence[Label], bundle: Bundle, progress: Progress = silent
) -> StudyPredictions:
    """Reads every labelled study with the grader of ``bundle``.

    Studies that cannot be opened, and findings without a grade, are counted by reason. Raises ``Cancelled``.
    """
    by_study: dict[str, list[Label]] = {}
    for label in labels:
        by_study.setdefault(label.study, []).append(label)
    findings: list[LabelledFinding] = []
    problems: dict[str, int] = {}
    for number, (study, own) in enumerate(by_study.items()):
        part = Part(progress, number / len(by_study), 1 / len(by_study))
        for found in _of_study(studies, study, own, bundle, part):
            if isinstance(found, str):
                problems[found] = problems.get(found, 0) + 1
            else:
                findings.append(found)
    return StudyPredictions(tuple(findings), problems)


def _of_study(
    studies: LabelledStudies, name: str, labels: Sequence[Label], bundle: Bundle, progress: Progress
) -> Iterator[LabelledFinding | str]:
    """A finding, or the reason why there is none, for each label."""
    try:
        study = open_study(studies.sources(name))
    except StudyError as error:
        yield from [error.reason] * len(labels)
        return
    except MultiplePatientsError:
        yield from ["the files are of several patients"] * len(labels)
        return
    reading = read_study(study, bundle, progress=progress)
    # Labels of several conditions share an image, whose logits are those of all.
    raw: dict[tuple[str, str], npt.NDArray[np.float32]] = {}
    for label in labels:
        finding = reading.finding(label.level, label.condition)
        image = None if finding is None else reading.image_of(finding)
        if finding is None or image is None:
            yield "no disc was found at this level"
        elif finding.status is not Status.GRADED:
            yield finding.reason
        else:
            grades, seen = finding.definition.grades, (finding.view, finding.level)
            if seen not in raw:
                raw[seen] = bundle.grader.raw(image.pixels[None])[0]
            yield LabelledFinding(
                label.patient,
                label.level,
                finding.output,
                grades.index(label.grade),
                raw[seen],
                np.array([finding.probabilities[grade] for grade in grades]),
            )


def metrics(predictions: StudyPredictions, thresholds: ConformalThresholds) -> list[GradingMetrics]:
    """One row per condition and, for ordered grades, per step; conditions with one class only are left out."""
    rows = []
    for name, found in _by_condition(predictions).items():
        condition = found[0].output.condition
        discs = GradedDiscs(
            condition,
            np.stack([one.probabilities for one in found]),
            np.array([one.grade for one in found]),
            np.array([one.patient for one in found]),
            np.array([one.level for one in found]),
        )
        steps = condition.grades[1:] if condition.scale is Scale.ORDINAL else condition.grades[1:2]
        for at_least in steps:
            positive = discs.grades >= condition.grades.index(at_least)
            if len(found) >= MIN_DISCS and positive.any() and not positive.all():
                rows.append(task_metrics(discs, at_least, {k: v for k, v in thresholds.items() if k == name}))
    return rows


def fit_calibration(
    predictions: StudyPredictions,
) -> tuple[npt.NDArray[np.float64], dict[str, list[float]]]:
    """Slopes and offsets of the logits (2, K), and thresholds of the prediction sets, fitted on all findings.

    Evaluate on other patients: the fit is good on these by construction. Raises ``LabelError`` without findings.
    """
    if not predictions.findings:
        msg = "there is no graded finding to fit the calibration on"
        raise LabelError(msg)
    width = len(predictions.findings[0].raw)
    table = np.stack([np.ones(width), np.zeros(width)])
    thresholds = {}
    for name, found in _by_condition(predictions).items():
        output = found[0].output
        raw = np.stack([one.raw for one in found]).astype(np.float64)
        grades = np.array([one.grade for one in found])
        targets, known = logit_targets({name: grades}, width, {name: output})
        fitted = fit_affine(raw, targets, known, {name: output})
        table[:, output.part] = fitted[:, output.part]
        calibrated = _probabilities(output, raw * table[0] + table[1])
        patients = np.array([one.patient for one in found])
        thresholds[name] = fit_thresholds(output.condition, calibrated, grades, patients)
    return table, thresholds


def calibrated(predictions: StudyPredictions, table: npt.NDArray[np.float64]) -> StudyPredictions:
    """The predictions with probabilities from the raw logits by another calibration, slopes and offsets (2, K)."""
    found = tuple(
        LabelledFinding(
            one.patient, one.level, one.output, one.grade, one.raw,
            _probabilities(one.output, (one.raw * table[0] + table[1])[None])[0],
        )
        for one in predictions.findings
    )  # fmt: skip
    return StudyPredictions(found, predictions.problems)


def split_patients(
    predictions: StudyPredictions, fraction: float, seed: int = 0
) -> tuple[set[str], set[str]]:
    """Patients to fit on, ``fraction`` of them, and the others."""
    names = sorted({one.patient for one in predictions.findings})
    np.random.default_rng(seed).shuffle(names)
    count = round(fraction * len(names))
    return set(names[:count]), set(names[count:])


def _by_condition(predictions: StudyPredictions) -> dict[str, list[LabelledFinding]]:
    found: dict[str, list[LabelledFinding]] = {}
    for one in predictions.findings:
        found.setdefault(one.output.condition.name, []).append(one)
    return found


def _probabilities(output: Output, logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Probability of every grade (N, grades) from calibrated logits (N, K)."""
    import torch

    return output.log_probabilities(torch.from_numpy(np.asarray(logits))).exp().numpy()

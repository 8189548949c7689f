"""Explanations on real slices whose anatomy people outlined: does the map lie where the finding is by definition?

A map can lie elsewhere and still tell truly what the network looked at, so this ranks no method by itself; the controls
stand beside. Only patients that the networks did not learn from, and findings on which reader and network are at one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Disc, Structure
from spine_core.comparison.benchmark.run import plan, write_report
from spine_core.comparison.metrics.base import EvaluatedMap
from spine_core.comparison.metrics.localisation.finding_region import finding_region
from spine_core.comparison.metrics.localisation.localisation import (
    IOU_BEST,
    POINTING_GAME,
    RELEVANCE_MASS,
    in_region,
)
from spine_core.evaluation.bootstrap import interval
from spine_core.evaluation.splits import TRAINING_FOLDS
from spine_core.evaluation.types import Picture
from spine_core.explanation.registry import explain
from spine_core.grading.crops import disc_image
from spine_core.grading.findings import grade_probabilities
from spine_core.grading.types import DiscImage
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.grading_network import Network
from spine_core.networks.registry import Bundle
from spine_core.networks.target import Target
from spine_core.training.datasets.crop_cache import series_of
from spine_core.training.datasets.registry import read_all
from spine_core.training.evaluation.inference import NAMED

ASKED = (
    "bulging",
    "herniation",
    "narrowing",
    "pfirrmann",
    "endplate_upper",
    "endplate_lower",
    "spondylolisthesis",
)
"""Conditions of SPIDER that are graded on T2 alone and have a place of their own."""

Span = tuple[float, float, float]
"""A mean and its 95 % interval over patients."""


@dataclass(frozen=True, eq=False)
class Question:
    """A finding to explain. ``image``: with the localiser's anatomy, as the product sees it. ``outlined``: with the
    anatomy that people drew.
    """

    patient: str
    target: Target
    image: DiscImage
    outlined: DiscImage


@dataclass(frozen=True)
class Placed:
    """One method over all findings. ``relevance_mass``: fraction of its relevance in the region; ``pointing_game``:
    how often its peak is there; ``iou_best``: intersection over union at the best threshold. ``area``: share of the
    picture that the place covers, which is what the first two are by luck.
    """

    method: str
    patients: int
    findings: int
    empty: int
    area: float
    relevance_mass: Span
    pointing_game: Span
    iou_best: Span


def questions(pictures: Sequence[Picture], bundle: Bundle, seed: int = 0) -> Iterator[Question]:
    """One finding per disc, drawn from those that reader and network share, on the slice with most of the canal.

    ``pictures``: SPIDER's slices, for the readers' grades, and the outlined ones of its SPACE series.
    """
    random = np.random.default_rng(seed)
    grades = {
        (picture.patient, disc.level): disc.grades
        for picture in pictures
        if picture.source == "spider"
        for disc in picture.discs
    }
    for picture, mask in _slices(pictures):
        series = series_of(picture)
        anatomy = bundle.detect_and_segment(series)
        for disc in anatomy.discs:
            if not _same(disc, picture):
                continue
            contract, sources = bundle.grader.preprocessing, {"t2": series}
            image = disc_image(contract, disc, sources, anatomy.masks)
            outlined = disc_image(contract, disc, sources, {0: mask})
            known = grades.get((picture.patient, disc.level), {})
            shared = [
                Target(name, grade)
                for name, grade in _answers(bundle.grader, image).items()
                if grade != BY_NAME[name].grades[0] and str(known.get(name)) == grade
            ]
            if shared:
                target = shared[int(random.integers(len(shared)))]
                yield Question(picture.patient, target, image, outlined)


def _slices(pictures: Sequence[Picture]) -> Iterator[tuple[Picture, npt.NDArray[np.uint8]]]:
    """Of each patient that nothing was learned from, the slice that shows most of the canal, and its outlines."""
    by_patient = defaultdict(list)
    for picture in pictures:
        if picture.mask is not None and picture.fold not in TRAINING_FOLDS and picture.discs:
            canal = int((picture.mask == Structure.CANAL).sum())
            by_patient[picture.patient].append((canal, picture.name, picture, picture.mask))
    for patient in sorted(by_patient):
        _, _, picture, mask = max(by_patient[patient], key=lambda one: one[:2])
        yield picture, mask


def _same(disc: Disc, picture: Picture) -> bool:
    """Whether the disc found is the one of that level among those drawn."""
    return any(
        label.level == disc.level
        and label.center is not None
        and np.hypot(*np.subtract(label.center, disc.center_px)) < NAMED * disc.inter_disc_px
        for label in picture.discs
    )


def _answers(network: Network, image: DiscImage) -> Mapping[str, str]:
    shares = grade_probabilities(network.predict_logits(image.pixels[None]))
    return {name: BY_NAME[name].grades[int(shares[name][0].argmax())] for name in ASKED}


@dataclass(frozen=True, eq=False)
class _Mark:
    """Where one map lies. ``found``: inside, hit, overlap; None for a map that speaks for nothing."""

    patient: str
    area: float
    found: tuple[float, float, float] | None


def placed(
    asked: Sequence[Question],
    network: Network,
    methods: Sequence[str],
    settings: Mapping[str, Mapping[str, float | int | str]],
    log: Callable[[str], None],
) -> tuple[Placed, ...]:
    """Every method on every finding, the findings' numbers as seeds; what is not in the picture is left out."""
    rows: dict[str, list[_Mark]] = {name: [] for name in methods}
    for number, question in enumerate(asked):
        found = finding_region(question.outlined, question.target.condition)
        if found is None or question.outlined.regions is None:
            continue
        place, mask = found
        for name in methods:
            made = explain(name, network, question.image, question.target, number, settings.get(name))
            values = {
                one.metric.name: one.value for one in in_region(EvaluatedMap(name, made.attribution), mask)
            }
            rows[name].append(_Mark(question.patient, place.area, _found(values)))
        log(f"finding {number + 1} of {len(asked)}: {question.target.label()}")
    return tuple(_placed(name, marks) for name, marks in rows.items())


def _found(values: Mapping[str, float | None]) -> tuple[float, float, float] | None:
    mass, hit, iou = (values[metric.name] for metric in (RELEVANCE_MASS, POINTING_GAME, IOU_BEST))
    return None if mass is None or hit is None or iou is None else (mass, hit, iou)


def _placed(method: str, marks: Sequence[_Mark]) -> Placed:
    # A map that speaks for nothing marks no place: it counts as a miss.
    figures = np.array([mark.found or (0.0, 0.0, 0.0) for mark in marks])
    patients = np.array([mark.patient for mark in marks])
    mass, hit, iou = (_span(column, patients) for column in figures.T)
    return Placed(
        method=method,
        patients=len(set(patients.tolist())),
        findings=len(marks),
        empty=sum(mark.found is None for mark in marks),
        area=float(np.mean([mark.area for mark in marks])),
        relevance_mass=mass,
        pointing_game=hit,
        iou_best=iou,
    )


def _span(values: npt.NDArray[np.float64], patients: npt.NDArray[np.str_]) -> Span:
    low, high = interval(patients, lambda chosen: float(values[chosen].mean()))
    return float(values.mean()), low, high


def run(
    network: Network,
    bundle: Bundle,
    data: Path,
    methods: Sequence[str],
    out: Path,
    log: Callable[[str], None],
) -> Path:
    """Writes ``NETWORK.real-data.json`` into ``out`` and tells the table; methods and settings are the benchmark's.

    Raises ``ValueError`` for an unknown method.
    """
    wanted = plan(network, methods)
    pictures = [picture for picture in read_all(data) if picture.source != "sudirman"]
    rows = placed(list(questions(pictures, bundle)), network, wanted.methods, wanted.settings["methods"], log)
    results = {
        "data": "SPIDER (van der Graaf 2024), T2 SPACE, patients of folds 0 and 1",
        "localisation": [asdict(row) for row in sorted(rows, key=lambda row: -row.relevance_mass[0])],
    }
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{network.id.name}.real-data.json"
    write_report(path, wanted, results, synthetic=False, options="--real-data DATA")
    for row in rows:
        log(
            f"{row.method:<22} inside {row.relevance_mass[0]:.2f} ({row.relevance_mass[1]:.2f} to "
            f"{row.relevance_mass[2]:.2f}), by luck {row.area:.2f}; {row.findings} findings of {row.patients} patients"
        )
    return path

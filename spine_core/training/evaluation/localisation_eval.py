"""Attribution maps on real slices with reference masks: does the map lie in the region that defines the finding?

A map can lie elsewhere and still show correctly what the network uses, so this does not rank the methods by itself; the
controls are listed with them. Only held-out patients are used, and findings on which reader and network agree.
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
from spine_core.evaluation.types import LabelledImage
from spine_core.explanation.registry import explain
from spine_core.grading.crops.sagittal import disc_image
from spine_core.grading.findings import grade_probabilities
from spine_core.grading.types import DiscImage
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.network import Network
from spine_core.networks.registry import Bundle
from spine_core.networks.target import Target
from spine_core.training.datasets.crop_cache import series_of
from spine_core.training.datasets.registry import read_all
from spine_core.training.evaluation.inference import SAME_DISC

CONDITIONS_WITH_REGION = (
    "bulging",
    "herniation",
    "narrowing",
    "pfirrmann",
    "endplate_upper",
    "endplate_lower",
    "spondylolisthesis",
)
"""Conditions of SPIDER that can be graded on T2 alone and have a region."""

MeanAndInterval = tuple[float, float, float]
"""A mean and its 95 % interval over patients."""


@dataclass(frozen=True, eq=False)
class FindingCase:
    """A finding to explain. ``image``: with the anatomy that the networks found, as in the product. ``reference``: with
    the reference masks.
    """

    patient: str
    target: Target
    image: DiscImage
    reference: DiscImage


@dataclass(frozen=True)
class RegionMetrics:
    """One method over all findings. ``relevance_mass``: fraction of its relevance in the region; ``pointing_game``:
    fraction of maps whose peak is in the region; ``iou_best``: intersection over union at the best threshold. ``area``:
    fraction of the image that the region covers, which is the chance level of the first two.
    """

    method: str
    patients: int
    findings: int
    empty: int
    area: float
    relevance_mass: MeanAndInterval
    pointing_game: MeanAndInterval
    iou_best: MeanAndInterval


def select_findings(images: Sequence[LabelledImage], bundle: Bundle, seed: int = 0) -> Iterator[FindingCase]:
    """One random finding per disc on which reader and network agree, on the slice with the largest canal area.

    ``images``: SPIDER's slices with the readers' grades, and the slices of its SPACE series with masks.
    """
    random = np.random.default_rng(seed)
    grades = {
        (labelled.patient, disc.level): disc.grades
        for labelled in images
        if labelled.source == "spider"
        for disc in labelled.discs
    }
    for labelled, mask in _slices(images):
        series = series_of(labelled)
        anatomy = bundle.detect_and_segment(series)
        for disc in anatomy.discs:
            if not _matches_label(disc, labelled):
                continue
            preprocessing, sources = bundle.grader.preprocessing, {"t2": series}
            image = disc_image(preprocessing, disc, sources, anatomy.masks)
            reference = disc_image(preprocessing, disc, sources, {0: mask})
            labels = grades.get((labelled.patient, disc.level), {})
            agreed = [
                Target(name, grade)
                for name, grade in _predicted_grades(bundle.grader, image).items()
                if grade != BY_NAME[name].grades[0] and str(labels.get(name)) == grade
            ]
            if agreed:
                target = agreed[int(random.integers(len(agreed)))]
                yield FindingCase(labelled.patient, target, image, reference)


def _slices(images: Sequence[LabelledImage]) -> Iterator[tuple[LabelledImage, npt.NDArray[np.uint8]]]:
    """The slice with the largest canal area of each held-out patient, and its mask."""
    by_patient = defaultdict(list)
    for labelled in images:
        if labelled.mask is not None and labelled.fold not in TRAINING_FOLDS and labelled.discs:
            canal = int((labelled.mask == Structure.CANAL).sum())
            by_patient[labelled.patient].append((canal, labelled.name, labelled, labelled.mask))
    for patient in sorted(by_patient):
        _, _, labelled, mask = max(by_patient[patient], key=lambda one: one[:2])
        yield labelled, mask


def _matches_label(disc: Disc, labelled: LabelledImage) -> bool:
    """Whether the detected disc is the labelled disc of the same level."""
    return any(
        label.level == disc.level
        and label.center is not None
        and np.hypot(*np.subtract(label.center, disc.center_px)) < SAME_DISC * disc.inter_disc_px
        for label in labelled.discs
    )


def _predicted_grades(network: Network, image: DiscImage) -> Mapping[str, str]:
    probabilities = grade_probabilities(network.predict_logits(image.pixels[None]))
    return {
        name: BY_NAME[name].grades[int(probabilities[name][0].argmax())] for name in CONDITIONS_WITH_REGION
    }


@dataclass(frozen=True, eq=False)
class _MapInRegion:
    """One map. ``metrics``: inside, hit, overlap; None for an empty map."""

    patient: str
    area: float
    metrics: tuple[float, float, float] | None


def region_metrics(
    cases: Sequence[FindingCase],
    network: Network,
    methods: Sequence[str],
    settings: Mapping[str, Mapping[str, float | int | str]],
    log: Callable[[str], None],
) -> tuple[RegionMetrics, ...]:
    """Every method on every finding, with the finding's number as seed; findings without a region are skipped."""
    rows: dict[str, list[_MapInRegion]] = {name: [] for name in methods}
    for number, case in enumerate(cases):
        found = finding_region(case.reference, case.target.condition)
        if found is None or case.reference.regions is None:
            continue
        region, mask = found
        for name in methods:
            explanation = explain(name, network, case.image, case.target, number, settings.get(name))
            results = in_region(EvaluatedMap(name, explanation.attribution), mask)
            values = {one.metric.name: one.value for one in results}
            rows[name].append(_MapInRegion(case.patient, region.area, _region_metrics(values)))
        log(f"finding {number + 1} of {len(cases)}: {case.target.label()}")
    return tuple(_method_metrics(name, maps) for name, maps in rows.items())


def _region_metrics(values: Mapping[str, float | None]) -> tuple[float, float, float] | None:
    mass, hit, iou = (values[metric.name] for metric in (RELEVANCE_MASS, POINTING_GAME, IOU_BEST))
    return None if mass is None or hit is None or iou is None else (mass, hit, iou)


def _method_metrics(method: str, maps: Sequence[_MapInRegion]) -> RegionMetrics:
    # A map that speaks for nothing maps no region: it counts as a miss.
    values = np.array([one.metrics or (0.0, 0.0, 0.0) for one in maps])
    patients = np.array([one.patient for one in maps])
    mass, hit, iou = (_mean_and_interval(column, patients) for column in values.T)
    return RegionMetrics(
        method=method,
        patients=len(set(patients.tolist())),
        findings=len(maps),
        empty=sum(one.metrics is None for one in maps),
        area=float(np.mean([one.area for one in maps])),
        relevance_mass=mass,
        pointing_game=hit,
        iou_best=iou,
    )


def _mean_and_interval(values: npt.NDArray[np.float64], patients: npt.NDArray[np.str_]) -> MeanAndInterval:
    low, high = interval(patients, lambda drawn: float(values[drawn].mean()))
    return float(values.mean()), low, high


def run(
    network: Network,
    bundle: Bundle,
    data: Path,
    methods: Sequence[str],
    out: Path,
    log: Callable[[str], None],
) -> Path:
    """Writes ``NETWORK.real-data.json`` into ``out`` and logs the table; methods and settings are the benchmark's.

    Raises ``ValueError`` for an unknown method.
    """
    run_plan = plan(network, methods)
    images = [labelled for labelled in read_all(data) if labelled.source != "sudirman"]
    rows = region_metrics(
        list(select_findings(images, bundle)), network, run_plan.methods, run_plan.settings["methods"], log
    )
    results = {
        "data": "SPIDER (van der Graaf 2024), T2 SPACE, patients of folds 0 and 1",
        "localisation": [asdict(row) for row in sorted(rows, key=lambda row: -row.relevance_mass[0])],
    }
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{network.id.name}.real-data.json"
    write_report(path, run_plan, results, synthetic=False, options="--real-data DATA")
    for row in rows:
        mean, low, high = row.relevance_mass
        log(
            f"{row.method:<22} relevance mass {mean:.2f} ({low:.2f} to {high:.2f}), chance {row.area:.2f}; "
            f"{row.findings} findings of {row.patients} patients"
        )
    return path

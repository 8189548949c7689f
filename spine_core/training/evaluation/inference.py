"""Runs the released networks on labelled images in the same way as the product does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS, Disc
from spine_core.evaluation.bootstrap import interval
from spine_core.evaluation.datasets import DATASET_KEYS
from spine_core.evaluation.types import DetectionMetrics, DiscPrediction, LabelledImage
from spine_core.grading.crops.sagittal import disc_image
from spine_core.grading.findings import grade_probabilities
from spine_core.grading.measure import measure_disc
from spine_core.networks.registry import Bundle
from spine_core.training.datasets.crop_cache import series_of

MAX_DISTANCE = 0.2
"""Largest distance to the mark at which a disc counts as detected, in inter-disc distances."""
SAME_DISC = 0.5
"""Largest distance at which a detection is the labelled disc of that level at all, in inter-disc distances."""


def predict_images(
    images: Sequence[LabelledImage], bundle: Bundle, progress: Callable[[int], None] = lambda done: None
) -> tuple[list[DetectionMetrics], list[DiscPrediction]]:
    """Detects and grades the discs of every image separately. ``progress``: called with the number of images done."""
    groups: dict[tuple[str, str], list[_ImageDetection]] = {}
    predictions: list[DiscPrediction] = []
    for done, labelled in enumerate(images):
        progress(done)
        anatomy = bundle.detect_and_segment(series_of(labelled))
        discs = {disc.level: disc for disc in anatomy.discs}
        detection = _ImageDetection(
            labelled.patient, tuple(_distances(labelled, discs)), anatomy.level_certain
        )
        groups.setdefault((labelled.source, labelled.sequence), []).append(detection)
        if discs:
            predictions += _disc_predictions(labelled, discs, anatomy.masks, bundle)
    keys = sorted(groups, key=lambda key: (DATASET_KEYS.index(key[0]), key[1]))
    metrics = [_detection_metrics(*key, [one for one in groups[key] if one.distances]) for key in keys]
    return [row for row in metrics if row is not None], predictions


@dataclass(frozen=True)
class _ImageDetection:
    """One image: distance of every marked disc in inter-disc distances, None if its level was not detected."""

    patient: str
    distances: tuple[float | None, ...]
    certain: bool

    @property
    def miscounted(self) -> bool:
        wrong = sum(distance is None or distance > SAME_DISC for distance in self.distances)
        return wrong > len(self.distances) / 2


def _distances(labelled: LabelledImage, discs: Mapping[str, Disc]) -> Iterator[float | None]:
    for label in labelled.discs:
        mark = label.center or label.posterior
        if label.level in LEVELS and mark is not None:
            disc = discs.get(label.level)
            point = disc and (disc.center_px if label.center else disc.posterior_px)
            yield float(np.hypot(*np.subtract(point, mark))) / labelled.inter_disc_px if point else None


def _disc_predictions(
    labelled: LabelledImage,
    discs: Mapping[str, Disc],
    masks: Mapping[int, npt.NDArray[np.uint8]],
    bundle: Bundle,
) -> list[DiscPrediction]:
    series = series_of(labelled)
    weighting = "t1" if labelled.sequence == "t1" else "t2"
    crops = [
        disc_image(bundle.grader.preprocessing, disc, {weighting: series}, masks) for disc in discs.values()
    ]
    output = bundle.grader.predict(np.stack([crop.pixels for crop in crops]))
    probabilities = grade_probabilities(output.logits)
    by_member = {name: grade_probabilities(logits) for name, logits in output.member_logits.items()}
    truths = {disc.level: disc.grades for disc in labelled.discs}
    return [
        DiscPrediction(
            labelled.source,
            labelled.sequence,
            labelled.patient,
            level,
            truths.get(level, {}),
            output.logits[row],
            {name: values[row] for name, values in probabilities.items()},
            {
                member: {name: values[row] for name, values in own.items()}
                for member, own in by_member.items()
            },
            output.embedding[row],
            measure_disc(crops[row], bundle.grader.preprocessing, series),
            {member: logits[row] for member, logits in output.member_logits.items()},
        )
        for row, level in enumerate(discs)
    ]


def _detection_metrics(
    source: str, sequence: str, detections: Sequence[_ImageDetection]
) -> DetectionMetrics | None:
    """None if no disc is marked."""
    if not detections:
        return None
    distances = [distance for one in detections for distance in one.distances]
    hits = np.array(
        [distance is not None and distance <= MAX_DISTANCE for distance in distances], dtype=float
    )
    patients = np.array([one.patient for one in detections for _ in one.distances])
    low, high = interval(patients, lambda drawn: float(hits[drawn].mean()))
    same_level = [distance for distance in distances if distance is not None and distance < SAME_DISC]
    wrong = [one for one in detections if one.miscounted]
    right = [one for one in detections if not one.miscounted]
    return DetectionMetrics(
        source,
        sequence,
        len(set(patients)),
        len(distances),
        float(hits.mean()),
        low,
        high,
        float(np.median(same_level or [9.0])),
        len(wrong),
        sum(not one.certain for one in wrong),
        len(right),
        sum(not one.certain for one in right),
    )

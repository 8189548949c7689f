"""Extracts one oversized crop per labelled disc and weighting, with a margin for augmentation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.detection import detect_discs
from spine_core.anatomy.detector import DiscDetector
from spine_core.anatomy.types import HALF_DISC, Disc
from spine_core.evaluation.types import DiscLabel, LabelledImage
from spine_core.grading.crops.sagittal import disc_frame
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.retrieval.pictures import published_series
from spine_core.study.types import Series, Weighting

MARGIN = 4 / 3
"""Side of a stored crop relative to the network's input: margin for rotation and translation."""
UNKNOWN = -1
BATCH = 256
"""Discs that are resized at once: all of them would take gigabytes."""


@dataclass(frozen=True, eq=False)
class Crops:
    """Discs as arrays. ``pixels``: uint8 (N, 2, side, side), T2 and T1, zero where absent.

    ``present``: bool (N, 2). ``labels``: int8 (N, 2, conditions), the labels of each weighting's image, -1 where
    unknown. ``keys``: (source, patient, fold, level) per disc.
    """

    pixels: npt.NDArray[np.uint8]
    present: npt.NDArray[np.bool_]
    labels: npt.NDArray[np.int8]
    keys: tuple[tuple[str, str, int, str], ...]

    def where(self, keep: Iterable[bool]) -> Crops:
        """The discs for which ``keep`` is True."""
        chosen = np.flatnonzero(np.fromiter(keep, dtype=bool))
        return Crops(
            self.pixels[chosen],
            self.present[chosen],
            self.labels[chosen],
            tuple(self.keys[i] for i in chosen),
        )

    def resized(self, side: int) -> Crops:
        """The same discs at ``side`` pixels, with antialiasing."""
        if side == self.pixels.shape[-1]:
            return self
        import torch

        pixels = np.zeros((*self.pixels.shape[:2], side, side), dtype=np.uint8)
        for start in range(0, len(pixels), BATCH):
            part = torch.from_numpy(self.pixels[start : start + BATCH]).float()
            small = torch.nn.functional.interpolate(part, (side, side), mode="bilinear", antialias=True)
            pixels[start : start + BATCH] = small.round().clamp(0, 255).numpy()
        return replace(self, pixels=pixels)

    def save(self, path: Path) -> None:
        """Writes an ``.npz`` that ``load`` reads."""
        np.savez(path, pixels=self.pixels, present=self.present, labels=self.labels, keys=np.array(self.keys))

    @staticmethod
    def load(path: Path) -> Crops:
        """Reads what ``save`` wrote."""
        stored = np.load(path, allow_pickle=False)
        keys = tuple((str(s), str(p), int(f), str(lv)) for s, p, f, lv in stored["keys"])
        return Crops(stored["pixels"], stored["present"], stored["labels"], keys)

    @staticmethod
    def join(parts: Sequence[Crops]) -> Crops:
        """All discs of several collections."""
        return Crops(
            np.concatenate([p.pixels for p in parts]),
            np.concatenate([p.present for p in parts]),
            np.concatenate([p.labels for p in parts]),
            tuple(key for p in parts for key in p.keys),
        )


def series_of(image: LabelledImage) -> Series:
    """An image of a dataset as a series of one slice, as the product opens it."""
    weighting = Weighting.T1 if image.sequence == "t1" else Weighting.T2
    return published_series(image.name, image.pixels, weighting)


def labelled_discs(image: LabelledImage) -> list[tuple[Disc, DiscLabel]]:
    """Discs at their marked centres; all centres must be marked."""
    centers = np.array([disc.center for disc in image.discs])
    up = np.gradient(centers, axis=0)
    caudals = -up / np.hypot(*up.T)[:, None]
    pairs = []
    for label, caudal in zip(image.discs, caudals, strict=True):
        assert label.center is not None
        pairs.append((_disc(image, label.level, label.center, image.inter_disc_px, caudal), label))
    return pairs


def _disc(
    image: LabelledImage, level: str, center: tuple[float, float], inter_disc: float, caudal: npt.ArrayLike
) -> Disc:
    dr, dc = (float(v) for v in np.asarray(caudal))
    reach = HALF_DISC * inter_disc
    posterior = (center[0] - dc * reach, center[1] + dr * reach)
    return Disc(level, image.name, 0, center, posterior, None, inter_disc, (dr, dc), 1.0)


def detected_discs(image: LabelledImage, detector: DiscDetector) -> list[tuple[Disc, DiscLabel]]:
    """Discs as in the product: where the detector places them, right or wrong, with the labels of their level."""
    by_level = {disc.level: disc for disc in image.discs if disc.level != "other"}
    found = detect_discs(detector, series_of(image)).discs
    return [(disc, by_level[disc.level]) for disc in found if disc.level in by_level]


def verified_discs(image: LabelledImage, detector: DiscDetector) -> list[tuple[Disc, DiscLabel]]:
    """Discs where the detector places them, with the labels of their level.

    Discs whose marked posterior edge is more than half an inter-disc distance away are removed: their level is probably
    wrong, and so would be their labels.
    """
    return [
        (disc, label) for disc, label in detected_discs(image, detector) if not _is_misplaced(disc, label)
    ]


def _is_misplaced(disc: Disc, label: DiscLabel) -> bool:
    if label.posterior is None:
        return False
    return float(np.hypot(*np.subtract(label.posterior, disc.posterior_px))) > 0.5 * disc.inter_disc_px


def training_discs(image: LabelledImage, detector: DiscDetector) -> list[tuple[Disc, DiscLabel]]:
    """Discs for training: at their marked centres if all are marked, else where the detector places them."""
    if all(disc.center is not None for disc in image.discs):
        return labelled_discs(image)
    return verified_discs(image, detector)


DiscSource = Callable[[LabelledImage, DiscDetector], list[tuple[Disc, DiscLabel]]]
"""Places the discs of an image and returns them with their labels."""


def extract(
    images: Sequence[LabelledImage],
    preprocessing: Preprocessing,
    detector: DiscDetector,
    discs_of: DiscSource = training_discs,
) -> Crops:
    """Extracts the crops; T1 and T2 of one examination share one entry per disc."""
    rows = [
        row
        for by_sequence in examinations(images)
        for row in _examination(by_sequence, preprocessing, detector, discs_of)
    ]
    side = round(preprocessing.size * MARGIN)
    pixels = np.zeros((len(rows), 2, side, side), dtype=np.uint8)
    present = np.zeros((len(rows), 2), dtype=bool)
    labels = np.full((len(rows), 2, len(CONDITIONS)), UNKNOWN, dtype=np.int8)
    for row, (_, channels) in enumerate(rows):
        for channel, (crop, grades) in channels.items():
            pixels[row, channel], present[row, channel] = crop, True
            labels[row, channel] = [grades.get(c.name, UNKNOWN) for c in CONDITIONS]
    return Crops(pixels, present, labels, tuple(key for key, _ in rows))


def examinations(images: Iterable[LabelledImage]) -> list[dict[str, LabelledImage]]:
    """The T2 and T1 of every examination, by "t2" and "t1"; stacks of T2 SPACE are left out."""
    found: dict[tuple[str, str, str], dict[str, LabelledImage]] = defaultdict(dict)
    for image in images:
        if image.source == "spider_space":
            continue
        suffix = image.name.removesuffix(".png").split("_")[2:]
        found[(image.source, image.patient, "_".join(suffix))][image.sequence] = image
    return list(found.values())


Placed = dict[str, tuple[LabelledImage, Disc, DiscLabel]]
"""One disc on the image of each sequence that shows it, by "t2" and "t1"."""


def paired_discs(
    by_sequence: Mapping[str, LabelledImage], detector: DiscDetector, discs_of: DiscSource = training_discs
) -> list[tuple[str, Placed]]:
    """Level, and the disc on T2 and T1, for every disc of one examination."""
    by_level: dict[tuple[str, int], Placed] = defaultdict(dict)
    for sequence, image in by_sequence.items():
        for order, (disc, label) in enumerate(discs_of(image, detector)):
            # Discs above L1/L2 share a name: T1 and T2 are paired by their order.
            key = (label.level, order if label.level == "other" else 0)
            by_level[key][sequence] = (image, disc, label)
    return [(level, placed) for (level, _), placed in by_level.items()]


def _examination(
    by_sequence: Mapping[str, LabelledImage],
    preprocessing: Preprocessing,
    detector: DiscDetector,
    discs_of: DiscSource,
) -> list[Any]:
    wide = replace(preprocessing, size=round(preprocessing.size * MARGIN), width=preprocessing.width * MARGIN)
    shape, rows = (wide.size, wide.size), []
    for level, placed in paired_discs(by_sequence, detector, discs_of):
        channels = {}
        for sequence, (image, disc, label) in placed.items():
            crop = disc_frame(wide, disc, 1.0).resample(image.pixels, shape)
            grey = np.clip(np.rint(crop), 0, 255).astype(np.uint8)
            channels[0 if sequence == "t2" else 1] = (grey, label.grades)
        rows.append(((image.source, image.patient, image.fold, level), channels))
    return rows

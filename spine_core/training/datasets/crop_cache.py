"""Cuts one oversized crop per labelled disc and weighting, so that training can turn and shift it at will."""

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
from spine_core.evaluation.types import DiscLabel, Picture
from spine_core.grading.crops import disc_frame
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.grading_network import Preprocessing
from spine_core.study.types import Plane, Series, Weighting

MARGIN = 4 / 3
"""Side of a stored crop over the side of the network's: room to turn and shift."""
UNKNOWN = -1
AT_ONCE = 256
"""Discs that are made smaller together: all at once would take gigabytes."""


@dataclass(frozen=True, eq=False)
class Crops:
    """Discs as arrays. ``pixels``: uint8 (N, 2, side, side), T2 and T1, zeros where absent.

    ``present``: bool (N, 2). ``labels``: int8 (N, 2, conditions), the labels that belong to each weighting's
    picture, -1 where unknown. ``keys``: (source, patient, fold, level) per disc.
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
        """The same discs with pictures of ``side`` pixels, smoothed before they shrink."""
        if side == self.pixels.shape[-1]:
            return self
        import torch

        pixels = np.zeros((*self.pixels.shape[:2], side, side), dtype=np.uint8)
        for start in range(0, len(pixels), AT_ONCE):
            part = torch.from_numpy(self.pixels[start : start + AT_ONCE]).float()
            small = torch.nn.functional.interpolate(part, (side, side), mode="bilinear", antialias=True)
            pixels[start : start + AT_ONCE] = small.round().clamp(0, 255).numpy()
        return replace(self, pixels=pixels)

    def save(self, path: Path) -> None:
        """Writes an ``.npz`` that ``load`` reads."""
        np.savez(path, pixels=self.pixels, present=self.present, labels=self.labels, keys=np.array(self.keys))

    @staticmethod
    def load(path: Path) -> Crops:
        """What ``save`` wrote."""
        kept = np.load(path, allow_pickle=False)
        keys = tuple((str(s), str(p), int(f), str(lv)) for s, p, f, lv in kept["keys"])
        return Crops(kept["pixels"], kept["present"], kept["labels"], keys)

    @staticmethod
    def join(parts: Sequence[Crops]) -> Crops:
        """All discs of several sets."""
        return Crops(
            np.concatenate([p.pixels for p in parts]),
            np.concatenate([p.present for p in parts]),
            np.concatenate([p.labels for p in parts]),
            tuple(key for p in parts for key in p.keys),
        )


def series_of(picture: Picture) -> Series:
    """A picture of a data set as a series of one slice, as the reading would open it."""
    weighting = Weighting.T1 if picture.sequence == "t1" else Weighting.T2
    return Series(
        uid=picture.name,
        description="",
        modality="MR",
        plane=Plane.UNKNOWN,
        weighting=weighting,
        weighting_reason="data set",
        pixels=picture.pixels[None],
        geometry=None,
        spacing=None,
        slice_thickness=None,
        files=(picture.name,),
        sop_instance_uids=(None,),
    )


def labelled_discs(picture: Picture) -> list[tuple[Disc, DiscLabel]]:
    """Discs at their marked centres; only for pictures whose centres are marked."""
    centers = np.array([disc.center for disc in picture.discs])
    up = np.gradient(centers, axis=0)
    downs = -up / np.hypot(*up.T)[:, None]
    pairs = []
    for label, down in zip(picture.discs, downs, strict=True):
        assert label.center is not None
        pairs.append((_disc(picture, label.level, label.center, picture.pitch, down), label))
    return pairs


def _disc(
    picture: Picture, level: str, center: tuple[float, float], pitch: float, down: npt.ArrayLike
) -> Disc:
    dr, dc = (float(v) for v in np.asarray(down))
    reach = HALF_DISC * pitch
    posterior = (center[0] - dc * reach, center[1] + dr * reach)
    return Disc(level, picture.name, 0, center, posterior, None, pitch, (dr, dc), 1.0)


def read_discs(picture: Picture, localiser: DiscDetector) -> list[tuple[Disc, DiscLabel]]:
    """Discs as the product reads them: wherever the localiser puts them, right or wrong, with their level's labels."""
    by_level = {disc.level: disc for disc in picture.discs if disc.level != "other"}
    found = detect_discs(localiser, series_of(picture)).discs
    return [(disc, by_level[disc.level]) for disc in found if disc.level in by_level]


def found_discs(picture: Picture, localiser: DiscDetector) -> list[tuple[Disc, DiscLabel]]:
    """Discs where the localiser puts them, with the labels of their level.

    Left out where the marked posterior edge is more than half a disc distance away: a wrong level would teach the
    wrong labels.
    """
    return [(disc, label) for disc, label in read_discs(picture, localiser) if not _astray(disc, label)]


def _astray(disc: Disc, label: DiscLabel) -> bool:
    if label.posterior is None:
        return False
    return float(np.hypot(*np.subtract(label.posterior, disc.posterior_px))) > 0.5 * disc.inter_disc_px


def taught_discs(picture: Picture, localiser: DiscDetector) -> list[tuple[Disc, DiscLabel]]:
    """Discs to learn from: at their marked centres where they are marked, else where the localiser puts them."""
    if all(disc.center is not None for disc in picture.discs):
        return labelled_discs(picture)
    return found_discs(picture, localiser)


Placed = Callable[[Picture, DiscDetector], list[tuple[Disc, DiscLabel]]]
"""Where the discs of a picture are, and what is known of each."""


def extract(
    pictures: Sequence[Picture],
    contract: Preprocessing,
    localiser: DiscDetector,
    placed: Placed = taught_discs,
) -> Crops:
    """One entry per disc of a patient, T1 and T2 of one examination together."""
    examinations: dict[tuple[str, str, str], dict[str, Picture]] = defaultdict(dict)
    for picture in pictures:
        if picture.source == "spider_space":
            continue
        suffix = picture.name.removesuffix(".png").split("_")[2:]
        examinations[(picture.source, picture.patient, "_".join(suffix))][picture.sequence] = picture
    rows = []
    for by_sequence in examinations.values():
        rows += _examination(by_sequence, contract, localiser, placed)
    side = round(contract.size * MARGIN)
    pixels = np.zeros((len(rows), 2, side, side), dtype=np.uint8)
    present = np.zeros((len(rows), 2), dtype=bool)
    labels = np.full((len(rows), 2, len(CONDITIONS)), UNKNOWN, dtype=np.int8)
    for row, (_, channels) in enumerate(rows):
        for channel, (crop, grades) in channels.items():
            pixels[row, channel], present[row, channel] = crop, True
            labels[row, channel] = [grades.get(c.name, UNKNOWN) for c in CONDITIONS]
    return Crops(pixels, present, labels, tuple(key for key, _ in rows))


def _examination(
    by_sequence: Mapping[str, Picture], contract: Preprocessing, localiser: DiscDetector, placed: Placed
) -> list[Any]:
    wide = replace(contract, size=round(contract.size * MARGIN), width=contract.width * MARGIN)
    by_level: dict[tuple[str, int], dict[int, tuple[npt.NDArray[np.uint8], Mapping[str, int]]]] = defaultdict(
        dict
    )
    picture = next(iter(by_sequence.values()))
    for sequence, picture in by_sequence.items():
        for order, (disc, label) in enumerate(placed(picture, localiser)):
            crop = disc_frame(wide, disc, 1.0).resample(picture.pixels, (wide.size, wide.size))
            grey = np.clip(np.rint(crop), 0, 255).astype(np.uint8)
            # Discs above L1/L2 have no name of their own: T1 and T2 are paired by their order.
            by_level[(label.level, order if label.level == "other" else 0)][0 if sequence == "t2" else 1] = (
                grey,
                label.grades,
            )
    return [
        ((picture.source, picture.patient, picture.fold, level), channels)
        for (level, _), channels in by_level.items()
    ]

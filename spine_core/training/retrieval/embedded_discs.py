"""Features of all labelled discs: of the released networks, of ImageNet's, and raw pixels. Computed once and cached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS, Disc
from spine_core.evaluation.splits import CALIBRATION_FOLD, TEST_FOLD
from spine_core.evaluation.types import LabelledImage
from spine_core.grading.crops.sagittal import disc_image
from spine_core.networks.architectures import build, features
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.network import TORCH_BATCH, Network
from spine_core.networks.registry import Bundle
from spine_core.training.datasets.crop_cache import (
    UNKNOWN,
    Placed,
    detected_discs,
    examinations,
    paired_discs,
    series_of,
    training_discs,
)
from spine_core.training.models.initialisation import imagenet_lite
from spine_core.training.models.targets_and_loss import visible_labels

CHANNELS = ("t2", "t1")
SUBSETS = ((True, True), (True, False), (False, True))
"""Weightings of a row, as (T2, T1): a disc with both is there three times, since readers may have one of them only."""
PIXELS = 48
"""Side in pixels at which raw pixels are compared, a quarter of the input's."""
IMAGENET = "efficientnet_lite0"

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class EmbeddedDiscs:
    """One row per disc, set of weightings and way of placing.

    ``source``, ``patient``, ``fold``, ``level``: of the disc. ``use``: bool (N, 2), the weightings T2 and T1 that were
    seen. ``detected``: where the product's detector places the disc, as it does for a reader; else as in training.
    ``labels``: int8 (N, conditions), -1 where unknown. ``names``: files of T2 and T1, (N, 2), empty where absent.
    ``places``: float32 (N, 2, 5), the disc's centre (row, column), caudal direction (row, column) and inter-disc
    distance on each. ``ensemble``, ``imagenet``, ``pixels``: float16 features (N, C), not normalised.
    """

    source: Array
    patient: Array
    fold: Array
    level: Array
    use: Array
    detected: Array
    labels: Array
    names: Array
    places: Array
    ensemble: Array
    imagenet: Array
    pixels: Array

    def where(self, keep: Array) -> EmbeddedDiscs:
        """The rows for which ``keep`` (N,) is True."""
        return EmbeddedDiscs(**{name: values[keep] for name, values in vars(self).items()})

    def save(self, path: Path, network: str) -> None:
        """Writes an ``.npz`` that ``load`` reads. ``network``: hash of the ensemble."""
        np.savez(path, network=network, **vars(self))

    @staticmethod
    def load(path: Path, network: str) -> EmbeddedDiscs | None:
        """What ``save`` wrote; None where there is nothing of this ensemble."""
        if not path.is_file():
            return None
        stored = dict(np.load(path, allow_pickle=False))
        return EmbeddedDiscs(**stored) if str(stored.pop("network")) == network else None


def embed_discs(
    images: Sequence[LabelledImage], bundle: Bundle, report: Callable[[str], None] = print
) -> EmbeddedDiscs:
    """Features of every disc from L1/L2 to L5/S1, placed as in training, and of folds 0 and 1 as in the product too."""
    found = examinations(images)
    features = _Features(bundle.grader)
    rows: list[dict[str, Any]] = []
    for number, by_sequence in enumerate(found):
        if number % 50 == 0:
            report(f"{number} of {len(found)} examinations embedded")
        fold = next(iter(by_sequence.values())).fold
        for detected in (False, True) if fold in (TEST_FOLD, CALIBRATION_FOLD) else (False,):
            discs = paired_discs(by_sequence, bundle.detector, detected_discs if detected else training_discs)
            rows += _rows(features, [one for one in discs if one[0] in LEVELS], detected)
    return EmbeddedDiscs(**{name: np.array([row[name] for row in rows]) for name in rows[0]})


def _rows(
    features: _Features, discs: Sequence[tuple[str, Placed]], detected: bool
) -> Iterable[dict[str, Any]]:
    described = [
        {
            **_described(level, placed),
            "use": np.array(use),
            "detected": detected,
            "pixels": _input(features, placed),
        }
        for level, placed in discs
        for use in SUBSETS
        if all(name in placed for name, used in zip(CHANNELS, use, strict=True) if used)
    ]
    if not described:
        return []
    inputs = np.stack([row["pixels"] * row["use"][:, None, None] for row in described])
    for row, own in zip(described, features.of(inputs), strict=True):
        labels = visible_labels(row["labels"][None], row["use"][None])[0]
        row |= {**own, "labels": labels, "names": np.where(row["use"], row["names"], "")}
    return described


def _described(level: str, placed: Placed) -> dict[str, Any]:
    """What is stored of a disc besides its features; labels (2, conditions) of both weightings."""
    image = next(iter(placed.values()))[0]
    labels = np.full((2, len(CONDITIONS)), UNKNOWN, dtype=np.int8)
    places, names = np.zeros((2, 5), dtype=np.float32), ["", ""]
    for position, name in enumerate(CHANNELS):
        if name in placed:
            own, disc, label = placed[name]
            labels[position] = [label.grades.get(one.name, UNKNOWN) for one in CONDITIONS]
            places[position] = (*disc.center_px, *disc.caudal, disc.inter_disc_px)
            names[position] = own.name
    return {
        "source": image.source, "patient": image.patient, "fold": image.fold, "level": level,
        "labels": labels, "places": places, "names": np.array(names, dtype="U40"),
    }  # fmt: skip


def _input(features: _Features, placed: Placed) -> npt.NDArray[np.float32]:
    """The network's input (2, size, size), cut as the product cuts it."""
    sources = {name: series_of(image) for name, (image, _, _) in placed.items()}
    discs: dict[str, Disc] = {name: disc for name, (_, disc, _) in placed.items()}
    first = next(name for name in CHANNELS if name in discs)
    return disc_image(features.network.preprocessing, discs[first], sources, counterparts=discs).pixels


class _Features:
    """The features of network inputs."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._imagenet = build(IMAGENET, len(CHANNELS)).eval()
        self._imagenet.load_state_dict(imagenet_lite(IMAGENET), strict=False)

    def of(self, inputs: npt.NDArray[np.float32]) -> Iterator[dict[str, Any]]:
        """Features of inputs (N, 2, size, size) by name."""
        import torch

        ensemble = self.network.predict(inputs).embedding.astype(np.float16)
        images = torch.from_numpy(inputs)
        with torch.inference_mode():
            parts = [images[at : at + TORCH_BATCH] for at in range(0, len(images), TORCH_BATCH)]
            maps = torch.cat([features(IMAGENET, self._imagenet, part).mean(dim=(2, 3)) for part in parts])
        small = torch.nn.functional.adaptive_avg_pool2d(images, PIXELS).flatten(1)
        for row in range(len(inputs)):
            yield {
                "ensemble": ensemble[row],
                "imagenet": maps[row].numpy().astype(np.float16),
                "pixels": small[row].numpy().astype(np.float16),
            }


def load_discs(path: Path, bundle: Bundle, images: Callable[[], Sequence[LabelledImage]]) -> EmbeddedDiscs:
    """The features stored at ``path``, or computed of ``images`` and stored there."""
    network = bundle.grader.id.sha256
    found = EmbeddedDiscs.load(path, network)
    if found is None:
        found = embed_discs(images(), bundle)
        path.parent.mkdir(parents=True, exist_ok=True)
        found.save(path, network)
    return found

"""The networks that ship with the product, loaded once and shared by all sessions."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from spine_core.anatomy.detection import detect_discs
from spine_core.anatomy.detector import DiscDetector
from spine_core.anatomy.level_count import Counting
from spine_core.anatomy.segmentation import segment
from spine_core.anatomy.segmenter import SpineSegmenter
from spine_core.anatomy.types import Anatomy
from spine_core.assets import ASSETS
from spine_core.networks.backend import AutoBackend
from spine_core.networks.conformal import ConformalThresholds
from spine_core.networks.ensemble import Ensemble
from spine_core.networks.grading_network import Network
from spine_core.networks.out_of_distribution import OODDetector
from spine_core.progress import Part, Progress, silent
from spine_core.study.types import Series

WEIGHTS = ASSETS / "weights"
DETECTOR = "detector.safetensors"
SEGMENTER = "segmenter.safetensors"
COUNTER = "level-counter.safetensors"
ENSEMBLE = "ensemble.json"
OOD = "ood.safetensors"

_loading = threading.Lock()


@dataclass(frozen=True, eq=False)
class Bundle:
    """What finds the discs and what outlines them; a grader; what it was made for; the least probabilities of its
    prediction sets; its card; what says how sure the level names are, without which they are not.
    """

    detector: DiscDetector
    segmenter: SpineSegmenter
    grader: Network
    ood: OODDetector | None = None
    thresholds: ConformalThresholds = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)
    counting: Counting | None = None

    def detect_and_segment(self, series: Series, progress: Progress = silent) -> Anatomy:
        """Discs of a sagittal series and the outlines on their slices; ``locate`` says what is not found, and why."""
        anatomy = self.detect(series, Part(progress, 0.0, 0.8))
        progress(0.8, "outlining discs, vertebrae and canal")
        return self.segment(series, anatomy)

    def detect(self, series: Series, progress: Progress = silent) -> Anatomy:
        """Discs of a sagittal series alone."""
        return detect_discs(self.detector, series, progress, self.counting)

    def segment(self, series: Series, anatomy: Anatomy) -> Anatomy:
        """``anatomy`` of ``detect`` with the segmentation of its slices."""
        return segment(self.segmenter, series, anatomy)

    @cached_property
    def _accelerated(self) -> dict[str, AutoBackend]:
        members = self.grader.members if isinstance(self.grader, Ensemble) else ()
        return {network.id.name: AutoBackend(network) for network in (self.grader, *members)}

    def networks(self) -> dict[str, AutoBackend]:
        """What can be explained, by name: the grader, and where it is an ensemble each member alone.

        ``grader`` reads; these look for a faster way to score the pictures that explanations ask about.
        """
        return dict(self._accelerated)

    @property
    def explained_network(self) -> AutoBackend:
        """The grader, as it is explained."""
        return self._accelerated[self.grader.id.name]


def load_bundle(folder: Path = WEIGHTS, device: str = "cpu") -> Bundle:
    """The released networks, loaded once and then shared. ``device``: of torch, such as "cuda".

    Raises ``WeightsError`` where a file is missing or changed, ``RuntimeError`` for a device that torch does not have.
    """
    # Two sessions that start together would otherwise both load.
    with _loading:
        return _load(folder, device)


@lru_cache(maxsize=2)
def _load(folder: Path, device: str) -> Bundle:
    grader = Ensemble.load(folder / ENSEMBLE, device)
    card = json.loads((folder / ENSEMBLE).read_text())
    return Bundle(
        DiscDetector.load(folder / DETECTOR, device),
        SpineSegmenter.load(folder / SEGMENTER, device),
        grader,
        OODDetector.load(folder / OOD),
        card["thresholds"],
        card,
        Counting.load(folder / COUNTER, device),
    )

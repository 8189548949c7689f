"""The released networks, loaded once and shared by all sessions."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
from spine_core.networks.network import Network
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
    """All networks of a release, with what their predictions need.

    ``detector``, ``segmenter``: of discs and structures. ``grader``: of discs. ``ood``: detector of crops unlike the
    grader's training data. ``thresholds``: of the prediction sets. ``card``: the grader's model card. ``counting``:
    certainty of the level names; without it they are never certain.
    """

    detector: DiscDetector
    segmenter: SpineSegmenter
    grader: Network
    ood: OODDetector | None = None
    thresholds: ConformalThresholds = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)
    counting: Counting | None = None

    def detect_and_segment(self, series: Series, progress: Progress = silent) -> Anatomy:
        """Discs of a sagittal series with the segmentation of their slices. See ``detect_discs`` for missing discs."""
        anatomy = self.detect(series, Part(progress, 0.0, 0.8))
        progress(0.8, "outlining discs, vertebrae and canal")
        return self.segment(series, anatomy)

    def detect(self, series: Series, progress: Progress = silent) -> Anatomy:
        """Discs of a sagittal series, without segmentation."""
        return detect_discs(self.detector, series, progress, self.counting)

    def segment(self, series: Series, anatomy: Anatomy) -> Anatomy:
        """``anatomy`` of ``detect`` with the segmentation of its slices."""
        return segment(self.segmenter, series, anatomy)

    @cached_property
    def _accelerated(self) -> dict[str, AutoBackend]:
        members = self.grader.members if isinstance(self.grader, Ensemble) else ()
        # A registered network is shared by all sessions and has its backend already.
        return {
            network.id.name: network if isinstance(network, AutoBackend) else AutoBackend(network)
            for network in (self.grader, *members)
        }

    def networks(self) -> dict[str, AutoBackend]:
        """The networks that can be explained, by name: the grader and, where it is an ensemble, each member.

        ``grader`` computes the reported grades by torch; these use a faster backend for perturbation methods.
        """
        return dict(self._accelerated)

    def with_grader(
        self,
        grader: Network,
        thresholds: ConformalThresholds | None = None,
        card: Mapping[str, Any] | None = None,
    ) -> Bundle:
        """These networks with another grader of discs. Without ``thresholds`` its findings have no prediction sets."""
        return replace(self, grader=grader, ood=None, thresholds=thresholds or {}, card=card or {})

    @property
    def explained_network(self) -> AutoBackend:
        """The grader with the backend for explanations."""
        return self._accelerated[self.grader.id.name]


def load_bundle(folder: Path = WEIGHTS, device: str = "cpu") -> Bundle:
    """The released networks, loaded once and then shared. ``device``: of torch, such as "cuda".

    Raises ``WeightsError`` where a file is missing or changed, ``RuntimeError`` for a device that torch does not have.
    """
    # Otherwise two sessions that start together would both load the weights.
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

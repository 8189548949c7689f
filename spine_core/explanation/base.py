"""Data types of explanations, and the base class of all attribution methods."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from spine_core.explanation.settings import resolve_settings
from spine_core.grading.types import DiscImage, ModelId
from spine_core.networks.network import TORCH
from spine_core.networks.target import Target
from spine_core.progress import Progress, silent

if TYPE_CHECKING:
    from torch import Tensor


class MethodFamily(StrEnum):
    """Families of methods, by how they compute the map. The values are headings on the page."""

    ACTIVATION = "Activation: what the network's last layer responds to"
    PERTURBATION = "Perturbation: how the score changes when parts are masked"
    ANATOMICAL = "Anatomical structures: how the score changes when a named structure is masked"
    GRADIENT = "Gradient: which pixels the score is sensitive to"
    COUNTERFACTUAL = "Counterfactual: what has to change in the image for another answer"
    CONTROL = "Controls: maps that explain nothing"


class Needs(StrEnum):
    """What a method needs of a network. The values end the sentence "it needs ..."."""

    SCORES = "scores"
    GRADIENTS = "gradients of the score"
    FEATURE_MAPS = "a layer with feature maps"


class ScoreModel(Protocol):
    """A network as a black box: images in, log-odds of a target out. Thread-safe."""

    id: ModelId

    def score(self, images: npt.NDArray[np.float32], target: Target) -> npt.NDArray[np.float64]:
        """Log-odds of ``target`` for images of shape (N, channels, size, size): shape (N,).

        Runs in batches of one fixed size, so that equal images give equal bytes however many are evaluated.
        """
        ...


@runtime_checkable
class DifferentiableModel(ScoreModel, Protocol):
    """A network whose score can be differentiated with respect to the pixels."""

    def logits(self, images: Tensor) -> Tensor:
        """Calibrated logits (N, LOGITS) of images (N, channels, size, size)."""
        ...


@dataclass(frozen=True)
class MethodDiagnostic:
    """A method's own measure of how good its map is. ``caption``: what the number means.

    ``name`` is empty for methods without a measure. ``value`` is None for these, and where nothing can be measured.
    """

    name: str
    value: float | None
    caption: str
    unit: str = ""


@dataclass(frozen=True, eq=False)
class Explanation:
    """Relevance of each pixel of the network's input for one target.

    ``attribution``: float32 (size, size), in log-odds where the method has that unit; positive supports the target.
    ``native_shape``: (rows, columns) of the method's own grid; finer detail is interpolation.
    ``target_score``: log-odds of the target on the unchanged image. ``is_empty``: True where the method found
    no evidence; such a map is shown as empty and never scaled up. ``segment_names``: names of the segments in
    ``extra["weights"]``, where the segments are anatomical structures. ``extra``: further arrays by name (superpixel
    numbers, raw low-resolution maps), for tests and the report. ``backend``: the one that computed all scores.
    ``outside_fraction``: fraction of the absolute relevance that lies outside the image (``relevance_outside``).
    """

    method: str
    level: str
    target: Target
    attribution: npt.NDArray[np.float32]
    signed: bool
    native_shape: tuple[int, int]
    target_score: float
    diagnostic: MethodDiagnostic
    settings: Mapping[str, float | int | str]
    seed: int
    seconds: float
    model_evaluations: int
    model: ModelId
    is_empty: bool = False
    notes: tuple[str, ...] = ()
    segment_names: tuple[str, ...] = ()
    extra: Mapping[str, npt.NDArray[np.generic]] = field(default_factory=dict)
    backend: str = TORCH
    outside_fraction: float | None = None


Settings = Mapping[str, float | int | str]
"""Values of a method's settings by name."""


@dataclass(frozen=True, eq=False)
class AttributionRequest:
    """Input of a method. ``settings``: complete and validated. ``progress``: raises ``Cancelled`` after a cancel."""

    network: ScoreModel
    image: DiscImage
    target: Target
    seed: int
    settings: Settings
    progress: Progress

    @property
    def size(self) -> int:
        """Side of the network's input in pixels."""
        return int(self.image.pixels.shape[-1])

    @property
    def budget(self) -> int:
        """The setting ``samples``: the maximum number of model evaluations."""
        return int(self.settings["samples"])

    @property
    def baseline(self) -> str:
        """The setting ``baseline``: the name of the baseline that replaces masked pixels."""
        return str(self.settings["baseline"])


@dataclass(frozen=True, eq=False)
class Attribution:
    """Result of a method: the fields of ``Explanation`` that the method computes.

    ``values``: (size, size), any float type. Where ``is_empty``, the explanation shows zeros instead of them.
    """

    values: npt.NDArray[np.floating]
    native_shape: tuple[int, int]
    target_score: float
    diagnostic: MethodDiagnostic
    model_evaluations: int
    is_empty: bool = False
    notes: tuple[str, ...] = ()
    segment_names: tuple[str, ...] = ()
    extra: Mapping[str, npt.NDArray[np.generic]] = field(default_factory=dict)


class AttributionMethod(ABC):
    """An attribution method. Each is a subclass in its own file, with class attributes and ``compute``.

    ``resolution``: the finest structure that the map can show. ``shows``, ``limits``: what the map shows and what it
    cannot show, one sentence each for the page. ``signed``: whether negative values (evidence against the target)
    occur. ``needs``: what the network has to offer.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    paper: ClassVar[str]
    family: ClassVar[MethodFamily]
    signed: ClassVar[bool] = True
    needs: ClassVar[Needs] = Needs.SCORES
    resolution: ClassVar[str]
    shows: ClassVar[str]
    limits: ClassVar[str]

    def defaults(self) -> dict[str, float | int | str]:
        """Settings with their default values; empty for methods without settings."""
        return {}

    def why_unavailable(self, network: object) -> str:
        """Why ``network`` cannot be explained by this method; empty where it can."""
        lacks_gradients = self.needs is Needs.GRADIENTS and not getattr(network, "differentiable", True)
        lacks_maps = self.needs is Needs.FEATURE_MAPS and not getattr(network, "has_feature_maps", True)
        return f"it needs {self.needs.value}" if lacks_gradients or lacks_maps else ""

    @abstractmethod
    def compute(self, request: AttributionRequest) -> Attribution:
        """The map for one request. Equal requests give equal bytes. Thread-safe, since there is no global state.

        Raises ``TypeError`` for a network that lacks what the method needs, ``ValueError`` for settings that do not
        fit the image, ``Cancelled`` when ``request.progress`` does.
        """

    def attribute(
        self,
        network: ScoreModel,
        image: DiscImage,
        target: Target,
        *,
        seed: int = 0,
        settings: Settings | None = None,
        progress: Progress = silent,
    ) -> Explanation:
        """Explains ``target`` on ``image``. Equal arguments give equal bytes (except for ``seconds``).

        Raises ``ValueError`` for an invalid setting, and whatever ``compute`` raises.
        """
        used = resolve_settings(self.label, self.defaults(), settings)
        progress(0.0, self.label)
        started = time.perf_counter()
        request = AttributionRequest(network, image, target, seed, used, progress)
        found = self.compute(request)
        progress(1.0, self.label)
        return self.explanation(request, found, time.perf_counter() - started)

    def explanation(self, request: AttributionRequest, found: Attribution, seconds: float) -> Explanation:
        """The record of the attribution ``found`` for ``request``."""
        values = np.zeros(found.values.shape) if found.is_empty else found.values
        return Explanation(
            method=self.name,
            level=request.image.level,
            target=request.target,
            attribution=values.astype(np.float32),
            signed=self.signed,
            native_shape=found.native_shape,
            target_score=found.target_score,
            diagnostic=found.diagnostic,
            settings=request.settings,
            seed=request.seed,
            seconds=seconds,
            model_evaluations=found.model_evaluations,
            model=request.network.id,
            is_empty=found.is_empty,
            notes=found.notes,
            segment_names=found.segment_names,
            extra=found.extra,
        )

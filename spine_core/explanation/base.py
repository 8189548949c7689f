"""What an explanation is, and the base class of all attribution methods."""

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
from spine_core.networks.grading_network import TORCH
from spine_core.networks.target import Target
from spine_core.progress import Progress, silent

if TYPE_CHECKING:
    from torch import Tensor


class MethodFamily(StrEnum):
    """How a method makes its map, in words that a reader chooses by."""

    ACTIVATION = "Activation: what the network's last layer responds to"
    PERTURBATION = "Perturbation: how the score changes when parts are masked"
    ANATOMICAL = "Anatomical structures: how the score changes when a named structure is masked"
    GRADIENT = "Gradient: which pixels the score is sensitive to"
    CONTROL = "Controls: maps that explain nothing"


class ScoreModel(Protocol):
    """A network as a black box: images in, log-odds of a target out. Thread-safe."""

    id: ModelId

    def score(self, pictures: npt.NDArray[np.float32], target: Target) -> npt.NDArray[np.float64]:
        """Log-odds of ``target`` for images of shape (N, channels, size, size): shape (N,).

        Runs in batches of one fixed size, so that equal images give equal bytes however many are evaluated.
        """
        ...


@runtime_checkable
class DifferentiableModel(ScoreModel, Protocol):
    """A network whose score can be differentiated with respect to the pixels."""

    def logits(self, pictures: Tensor) -> Tensor:
        """Calibrated logits (N, LOGITS) of images (N, channels, size, size)."""
        ...


@dataclass(frozen=True)
class MethodDiagnostic:
    """How good a map is by its method's own measure. ``caption``: what the number means.

    ``name`` is empty for methods without a measure; ``value`` is then None, and where there is nothing to measure.
    """

    name: str
    value: float | None
    caption: str
    unit: str = ""


@dataclass(frozen=True, eq=False)
class Explanation:
    """Relevance of each pixel of the network's input for one target.

    ``attribution``: float32 (size, size), in log-odds units where the method has them; positive speaks for the target.
    ``native_shape``: (rows, columns) of the method's own grid; finer detail is interpolation.
    ``target_score``: log-odds of the target on the unchanged image. ``is_empty``: True where the method found
    nothing; such a map is shown as empty, never stretched. ``segment_names``: of the segments in ``extra["weights"]``,
    where the segments are named structures. ``extra``: further arrays by name (superpixel numbers, raw low-resolution
    maps), for tests and the report. ``backend``: what computed the network's scores, the same for all of them.
    ``outside_fraction``: fraction of the relevance, signs ignored, that lies outside the image
    (``relevance_outside``).
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
    """What a method is given. ``settings``: complete and checked. ``progress`` raises ``Cancelled``."""

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
        """The setting ``samples``: model evaluations at most."""
        return int(self.settings["samples"])

    @property
    def baseline(self) -> str:
        """The setting ``baseline``: name of what masked pixels are replaced by."""
        return str(self.settings["baseline"])


@dataclass(frozen=True, eq=False)
class Attribution:
    """What a method found: the fields of ``Explanation`` that the method alone knows.

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
    """One way to explain. A method is one subclass in a file of its own: class attributes and ``compute``.

    ``resolution``: the finest structure that the map can show. ``shows``, ``limits``: what the map can show and what it
    cannot, in a sentence each for the page. ``signed``: whether negative values (evidence against the target) occur.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    paper: ClassVar[str]
    family: ClassVar[MethodFamily]
    signed: ClassVar[bool] = True
    resolution: ClassVar[str]
    shows: ClassVar[str]
    limits: ClassVar[str]

    def defaults(self) -> dict[str, float | int | str]:
        """Settings and their default values; none unless a method has some."""
        return {}

    @abstractmethod
    def compute(self, request: AttributionRequest) -> Attribution:
        """The map of one request. Equal requests give equal bytes; no global state, so that threads may share it.

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
        """Explains ``target`` on ``image``. Equal arguments give equal bytes (but for ``seconds``).

        Raises ``ValueError`` for a bad setting, and what ``compute`` raises.
        """
        used = resolve_settings(self.label, self.defaults(), settings)
        progress(0.0, self.label)
        started = time.perf_counter()
        request = AttributionRequest(network, image, target, seed, used, progress)
        found = self.compute(request)
        progress(1.0, self.label)
        return self.explanation(request, found, time.perf_counter() - started)

    def explanation(self, request: AttributionRequest, found: Attribution, seconds: float) -> Explanation:
        """The record of what was found for ``request``."""
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

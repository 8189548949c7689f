"""What an explanation is, and what every method promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from spine_core.grading.types import DiscImage, ModelId
from spine_core.networks.grading_network import TORCH
from spine_core.networks.target import Target
from spine_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor


class MethodFamily(StrEnum):
    """How a method comes by its map, in words that a reader chooses by."""

    ACTIVATION = "What the network's last layer responded to"
    PERTURBATION = "What happens when parts are hidden"
    ANATOMICAL = "Which named structures count"
    GRADIENT = "Which pixels the answer follows"
    CONTROL = "Controls: they explain nothing"


class ScoreModel(Protocol):
    """A network seen from outside: pictures in, log-odds of a target out. Thread-safe."""

    id: ModelId

    def score(self, pictures: npt.NDArray[np.float32], target: Target) -> npt.NDArray[np.float64]:
        """Log-odds of ``target`` for pictures of shape (N, channels, size, size): shape (N,).

        Runs in batches of one fixed size, so that equal pictures give equal bytes however many are asked.
        """
        ...


@runtime_checkable
class DifferentiableModel(ScoreModel, Protocol):
    """A network whose answer can be followed back to the pixels."""

    def logits(self, pictures: Tensor) -> Tensor:
        """Calibrated logits (N, LOGITS) of pictures (N, channels, size, size)."""
        ...


@dataclass(frozen=True)
class MethodDiagnostic:
    """How good a map is by its method's own measure, beside the words that say what the number means."""

    name: str
    value: float | None
    caption: str


@dataclass(frozen=True, eq=False)
class Explanation:
    """Relevance of each pixel of the network's input for one target.

    ``attribution``: float32 (size, size), in log-odds units where the method has them; positive speaks for the target.
    ``native_shape``: (rows, columns) of the grid the method really has; finer detail is interpolation.
    ``target_score``: log-odds of the target on the unchanged picture. ``is_empty``: True where the method found
    nothing; such a map is shown as empty, never stretched. ``segment_names``: of the pieces in ``extra["weights"]``,
    where the pieces are named structures. ``extra``: further arrays by name (superpixel numbers, raw low-resolution
    maps), for tests and the report. ``backend``: what computed the network's answers, the same one for all of them.
    ``outside_fraction``: share of the relevance, signs aside, that lies outside the image
    (``explain.relevance_outside``).
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


class Method(Protocol):
    """One way to explain: one file of this folder each.

    ``resolution``: what the finest thing is that its map can show. ``shows``, ``limits``: what the map can show and
    what it cannot, in a sentence each for the page.
    """

    name: str
    label: str
    paper: str
    family: MethodFamily
    signed: bool
    resolution: str
    shows: str
    limits: str

    def defaults(self) -> dict[str, float | int | str]:
        """Settings and their default values."""
        ...

    def attribute(
        self,
        network: ScoreModel,
        image: DiscImage,
        target: Target,
        *,
        seed: int = 0,
        settings: Mapping[str, float | int | str] | None = None,
        progress: Progress,
    ) -> Explanation:
        """Explains ``target`` on ``image``. Equal arguments give equal bytes (but for ``seconds``)."""
        ...

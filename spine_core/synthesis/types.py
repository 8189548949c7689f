"""Data types of what-if images."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from spine_core.networks.target import Target
from spine_core.weights import ModelId


class Turn(StrEnum):
    """Whether a what-if image turned the network's answer. The values end the sentence "The answer ..."."""

    TURNED = "turned"
    NOT_TURNED = "did not turn"
    ALREADY = "is this grade already"


class Use(StrEnum):
    """What the generator may be used for, by its stored evaluation. The values are parts of a sentence."""

    TOY = "a teaching toy, because networks trained on its images did not beat guessing by how frequent each grade is"
    WEAK = "a teaching toy, because networks trained on its images are worse than those trained on real ones"
    EQUAL = "more than a toy: networks trained on its images are not measurably worse than those trained on real ones"
    UNKNOWN = "not evaluated yet"


@dataclass(frozen=True)
class Strength:
    """How far a what-if image may go.

    ``time``: from which the disc is generated again; 1 changes nothing, 0 is noise. ``guidance``: how much further
    than the conditions ask. ``pull``: largest step towards the network's score, in standard deviations of the
    intensity.
    """

    time: float
    guidance: float
    pull: float


@dataclass(frozen=True, eq=False)
class WhatIf:
    """The smallest change found of one disc for which a network reports another grade.

    ``goal``: the other grade, with the score that says it. ``before``: the grade that the network reports of ``real``.
    ``real``, ``changed``: the network's input (channels, size, size), standardised. ``mask``: (size, size), 0 to 1,
    where the image may change; outside it is held. ``fractions``, ``probabilities``: of the way from ``real`` to
    ``changed`` and the probability of the goal there. ``strength``: None where nothing was generated. ``evaluations``:
    of the explained network, gradients included. ``disc``: bool (size, size), the segmented disc; None where unknown.
    """

    level: str
    goal: Target
    before: str
    turn: Turn
    real: npt.NDArray[np.float32]
    changed: npt.NDArray[np.float32]
    mask: npt.NDArray[np.float32]
    fractions: tuple[float, ...]
    probabilities: tuple[float, ...]
    strength: Strength | None
    evaluations: int
    seconds: float
    generator: ModelId
    model: ModelId
    disc: npt.NDArray[np.bool_] | None = None

    @property
    def difference(self) -> npt.NDArray[np.float32]:
        """``changed`` minus ``real``: positive is brighter in the what-if image."""
        return self.changed - self.real

    def change(self, where: npt.NDArray[np.bool_], std: float) -> float:
        """Mean absolute change over the pixels ``where`` (size, size), as a fraction of the intensity range.

        ``std``: of the network's preprocessing. Channels that are missing do not count.
        """
        there = np.any(self.real, axis=(1, 2))
        values = np.abs(self.difference[there][:, where])
        return float(values.mean()) * std if values.size else 0.0

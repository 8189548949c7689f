"""Probability that the level count is right, from the disc detector and the level counter.

A conditional logit (McFadden 1974): the count as assigned and the counts one level off to either side each have a
score, and their probabilities are the softmax of the scores. Its five parameters were fitted on patients on whom
neither network was trained (``spine_core.training.evaluation.level_count_eval``); the level counter's card stores them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.disc_sequence import disc_indices
from spine_core.anatomy.level_assignment import SHIFTS, UNASSIGNED, LevelAssignment
from spine_core.anatomy.level_counter import BASES, LevelCounter
from spine_core.anatomy.types import LevelCount
from spine_core.weights import ModelId

Array = npt.NDArray[np.float64]

OFF = (-1, 0, 1)
"""Counts that are compared: offset of every disc's index (from L5/S1 = 0 upwards) from the assigned one."""
UNLIKELY = -4.0
"""Lead of a count outside the level counter's range."""


@dataclass(frozen=True)
class Logit:
    """Parameters of the conditional logit.

    ``localiser``, ``counter``: weights of the two leads (``leads``), of the disc detector and of the level counter.
    ``lower``, ``higher``: prior scores of the counts that are one index lower and one higher. ``limit``: probability of
    a wrong count from which the count is uncertain.
    """

    localiser: float
    counter: float
    lower: float
    higher: float
    limit: float

    def __call__(self, leads: Array) -> Array:
        """Probabilities of the counts ``OFF``, (..., 3). ``leads``: (..., 3, 2), see ``leads``."""
        scores = leads @ np.array([self.localiser, self.counter]) + np.array([self.lower, 0.0, self.higher])
        exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True), dtype=np.float64)


def leads(support: Array, shift: int, opinion: Array, base: int) -> Array:
    """Leads of each count of ``OFF`` over the assigned one, by the two networks, (3, 2); its own row is zero.

    ``support``: mean log-heat of every count of ``SHIFTS``, of which ``shift`` was assigned. ``opinion``:
    log-probability of every count of ``BASES``, of which ``base`` was assigned.
    """
    out = np.zeros((len(OFF), 2))
    for row, off in enumerate(OFF):
        out[row, 0] = _lead(support, SHIFTS, shift, off)
        out[row, 1] = _lead(opinion, BASES, base, off)
    return out


def _lead(values: Array, counts: range, chosen: int, off: int) -> float:
    if off == 0:
        return 0.0
    if chosen not in counts or chosen + off not in counts:
        return UNLIKELY
    return float(values[counts.index(chosen + off)] - values[counts.index(chosen)])


@dataclass(frozen=True, eq=False)
class Counting:
    """The level counter and the logit that combines it with the disc detector; shared by all sessions."""

    counter: LevelCounter
    logit: Logit

    @property
    def id(self) -> ModelId:
        """Identity of the level counter."""
        return self.counter.id

    @classmethod
    def load(cls, path: Path, device: str = "cpu") -> Counting:
        """Reads weights and card; ``device``: of torch. Raises ``WeightsError`` where they are missing or changed."""
        counter = LevelCounter.load(path, device)
        card: Mapping[str, Any] = json.loads(path.with_suffix(".json").read_text())
        return cls(counter, Logit(**card["logit"]))

    def __call__(self, count: LevelAssignment, image: npt.NDArray[np.float32], aspect: float) -> LevelCount:
        """The probabilities that ``count`` is right, and one level off to either side.

        ``image``: its standardised reference slice. ``aspect``: height of a pixel over its width.
        """
        opinion, base = second_opinion(self.counter, count, image, aspect)
        lower, right, higher = self.logit(leads(count.support, count.shift, opinion, base)).tolist()
        # A lower true index than assigned means that the disc is more caudal than its name.
        return LevelCount(higher=higher, correct=right, lower=lower, limit=self.logit.limit)


def second_opinion(
    counter: LevelCounter, count: LevelAssignment, image: npt.NDArray[np.float32], aspect: float
) -> tuple[Array, int]:
    """The level counter's log-probability of every count of ``BASES``, (len(BASES),), and the assigned one of these.

    ``image``, ``aspect``: as in ``Counting``.
    """
    detection = count.reference
    points, steps = detection.output.to_slice(detection.sequence.cells), disc_indices(detection.sequence)
    named = count.indices[detection.index]
    known = np.flatnonzero(named != UNASSIGNED)
    base = int(named[known[0]] - steps[known[0]])
    return counter(image, points, steps, aspect), base

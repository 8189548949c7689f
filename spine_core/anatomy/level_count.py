"""How likely the count of levels is right: what the localiser and the second opinion say, put together.

A conditional logit (McFadden 1974): of the three counts "as named" and one level off to either side each has a score,
and the softmax of the scores are their probabilities. Its five numbers were fitted on patients from whom neither
network learned (``spine_core.training.evaluation.level_count_eval``) and are kept in the card of the second opinion.
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
"""Counts that are weighed: index of every disc from L5/S1 = 0 upwards against the one it was given."""
UNLIKELY = -4.0
"""Lead of a count that the second opinion cannot give."""


@dataclass(frozen=True)
class Logit:
    """``localiser``, ``counter``: weights of the two leads (``leads``). ``lower``, ``higher``: score of the counts that
    are one index lower and one higher, before anything was seen. ``limit``: probability of a wrong count from which on
    the count is called uncertain.
    """

    localiser: float
    counter: float
    lower: float
    higher: float
    limit: float

    def __call__(self, leads: Array) -> Array:
        """Probabilities of the counts ``OFF``, (..., 3). ``leads``: (..., 3, 2), see ``leads``."""
        scores = leads @ np.array([self.localiser, self.counter]) + np.array([self.lower, 0.0, self.higher])
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=-1, keepdims=True), dtype=np.float64)


def leads(support: Array, shift: int, opinion: Array, base: int) -> Array:
    """What speaks for each count of ``OFF`` more than for the one chosen, (3, 2); the row of the chosen one is zero.

    ``support``: mean log-heat of every count of ``SHIFTS``, of which ``shift`` was chosen. ``opinion``: log-probability
    of every count of ``BASES``, of which ``base`` is the one chosen.
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
    """The second opinion and what is made of it; shared by all sessions."""

    counter: LevelCounter
    logit: Logit

    @property
    def id(self) -> ModelId:
        """Of the network."""
        return self.counter.id

    @classmethod
    def load(cls, path: Path, device: str = "cpu") -> Counting:
        """Reads weights and card; ``device``: of torch. Raises ``WeightsError`` where they are missing or changed."""
        counter = LevelCounter.load(path, device)
        card: Mapping[str, Any] = json.loads(path.with_suffix(".json").read_text())
        return cls(counter, Logit(**card["logit"]))

    def __call__(self, count: LevelAssignment, picture: npt.NDArray[np.float32], aspect: float) -> LevelCount:
        """How likely ``count`` is right.

        ``picture``: the standardised slice of its reference; ``aspect``: height of its pixels over their width.
        """
        opinion, base = second_opinion(self.counter, count, picture, aspect)
        lower, right, higher = self.logit(leads(count.support, count.shift, opinion, base)).tolist()
        # A disc whose true index is lower than the one it was given lies nearer to the feet than its name says.
        return LevelCount(up=higher, right=right, down=lower, limit=self.logit.limit)


def second_opinion(
    counter: LevelCounter, count: LevelAssignment, picture: npt.NDArray[np.float32], aspect: float
) -> tuple[Array, int]:
    """What ``counter`` says of the reference's chain (log-probability of every count of ``BASES``), and which of these
    ``count`` is. ``picture``, ``aspect``: as in ``Counting``.
    """
    seen = count.reference
    points, steps = seen.output.to_slice(seen.sequence.cells), disc_indices(seen.sequence)
    named = count.indices[seen.index]
    known = np.flatnonzero(named != UNASSIGNED)
    base = int(named[known[0]] - steps[known[0]])
    return counter(picture, points, steps, aspect), base

"""What the generator is told of a disc, and the numbers (tokens) that say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS
from spine_core.networks.conditions import BY_NAME

OTHER = "other"
"""Level of every disc above L1/L2."""
LEVEL_NAMES = (*LEVELS, OTHER)
GRADED = ("pfirrmann", "bulging", "herniation")
"""Conditions whose grade the generator is told."""
TOKEN_SIZES = (len(LEVEL_NAMES) + 1, *(len(BY_NAME[name].grades) + 1 for name in GRADED), 2, 2)
"""Values of each token: level, the grades of ``GRADED``, and whether T2 and T1 are there. 0 is unknown or absent."""
DROPPABLE = 1 + len(GRADED)
"""The first tokens, which may be unknown."""


@dataclass(frozen=True)
class DiscConditions:
    """What an image is to show. ``level``, ``pfirrmann``, ``bulging``, ``herniation``: None where unknown.

    Grades are those of ``networks.conditions``. ``present``: whether the image has T2 and T1. Raises ``ValueError``
    for a name that is not a level or grade.
    """

    level: str | None = None
    pfirrmann: str | None = None
    bulging: str | None = None
    herniation: str | None = None
    present: tuple[bool, bool] = (True, True)

    def __post_init__(self) -> None:
        if self.level is not None and self.level not in LEVEL_NAMES:
            msg = f"{self.level!r} is not a level; known: {', '.join(LEVEL_NAMES)}"
            raise ValueError(msg)
        for name in GRADED:
            grade = getattr(self, name)
            if grade is not None and grade not in BY_NAME[name].grades:
                msg = f"{name} has no grade {grade!r}; it has {', '.join(BY_NAME[name].grades)}"
                raise ValueError(msg)

    @property
    def tokens(self) -> npt.NDArray[np.int64]:
        """The tokens, (len(TOKEN_SIZES),)."""
        level = 0 if self.level is None else LEVEL_NAMES.index(self.level) + 1
        grades = [_grade_token(name, getattr(self, name)) for name in GRADED]
        return np.array([level, *grades, *self.present], dtype=np.int64)


def tokens_of(conditions: Sequence[DiscConditions]) -> npt.NDArray[np.int64]:
    """Tokens of several images, (N, len(TOKEN_SIZES))."""
    return np.stack([one.tokens for one in conditions])


def _grade_token(name: str, grade: str | None) -> int:
    return 0 if grade is None else BY_NAME[name].grades.index(grade) + 1

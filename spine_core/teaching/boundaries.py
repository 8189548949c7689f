"""Grade boundaries: the pairs of grades of a condition that a learner has to tell apart."""

from __future__ import annotations

from dataclasses import dataclass

from spine_core.networks.conditions import Condition, Scale
from spine_core.teaching.answers import Answer


@dataclass(frozen=True)
class Boundary:
    """``lower``, ``upper``: the two grades, in the order of the condition's grades."""

    condition: str
    lower: str
    upper: str

    @property
    def key(self) -> str:
        """``3/4``: names the boundary within its condition."""
        return f"{self.lower}/{self.upper}"

    @classmethod
    def of(cls, condition: str, key: str) -> Boundary:
        """The boundary of a key."""
        lower, upper = key.split("/")
        return cls(condition, lower, upper)

    def label(self, condition: Condition) -> str:
        """``Pfirrmann grade III against IV``. ``condition``: the definition of the boundary's condition."""
        words = dict(zip(condition.grades, condition.grade_labels, strict=True))
        return f"{condition.label} {words[self.lower]} against {words[self.upper]}"


def boundaries_of(condition: Condition, reference: str, answer: Answer) -> tuple[Boundary, ...]:
    """The boundaries that an answer may say something about, of which one is reviewed.

    A wrong grade: the boundary of the reference on its side, which it went beyond; of unordered grades, that between
    the two. A right grade and "cannot tell": all boundaries of the reference.
    """
    grades = condition.grades
    right = grades.index(reference)
    ordered = condition.scale is not Scale.CATEGORICAL
    if not answer.tells or answer.grade == reference:
        others = [right - 1, right + 1] if ordered else [one for one in range(len(grades)) if one != right]
    else:
        given = grades.index(answer.grade)
        others = [right + (1 if given > right else -1) if ordered else given]
    return tuple(_between(condition, right, other) for other in others if 0 <= other < len(grades))


def _between(condition: Condition, one: int, other: int) -> Boundary:
    lower, upper = sorted((one, other))
    return Boundary(condition.name, condition.grades[lower], condition.grades[upper])

"""One case of a set of exercises: its reference grades, where its findings are seen, and what it teaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from spine_core.anatomy.types import LEVELS
from spine_core.networks.conditions import BY_NAME


@dataclass(frozen=True)
class Reference:
    """The right grade of one finding. ``source``: where it is from, "two radiologists in consensus"."""

    level: str
    condition: str
    grade: str
    source: str = ""


@dataclass(frozen=True)
class ReferencePlace:
    """Where a finding is seen: a circle of ``radius`` pixels around (``row``, ``column``) of a slice."""

    level: str
    condition: str
    series_uid: str
    slice_index: int
    row: float
    column: float
    radius: float


@dataclass(frozen=True)
class ExerciseCase:
    """One case of a set. ``case_id``: in the library, where it may have been deleted since.

    ``references``, ``places``: one per finding at most, of findings that may go beyond those asked for.
    Raises ``ValueError`` for levels, conditions and grades that do not exist.
    """

    case_id: str
    study_sha256: str
    learning_point: str = ""
    references: tuple[Reference, ...] = ()
    places: tuple[ReferencePlace, ...] = ()

    def __post_init__(self) -> None:
        found = [(one.level, one.condition) for one in self.references]
        placed = [(one.level, one.condition) for one in self.places]
        checks = {
            "a finding has one reference grade": len(set(found)) == len(found),
            "a finding has one place": len(set(placed)) == len(placed),
            "a reference is of a level and a condition that are graded": known_findings([*found, *placed]),
            "a reference is one of the grades of its condition": all(
                one.grade in BY_NAME[one.condition].grades
                for one in self.references
                if one.condition in BY_NAME
            ),
            "a place has a radius above 0": all(one.radius > 0 for one in self.places),
        }
        raise_first(checks)

    def reference(self, level: str, condition: str) -> Reference | None:
        """The reference of a finding; None where there is none."""
        wanted = (level, condition)
        return next((one for one in self.references if (one.level, one.condition) == wanted), None)

    def place(self, level: str, condition: str) -> ReferencePlace | None:
        """The place of a finding; None where none is given."""
        wanted = (level, condition)
        return next((one for one in self.places if (one.level, one.condition) == wanted), None)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> ExerciseCase:
        """The case of JSON values."""
        return cls(
            **{
                **values,
                "references": tuple(Reference(**one) for one in values["references"]),
                "places": tuple(ReferencePlace(**one) for one in values["places"]),
            }
        )


def known_findings(found: Iterable[tuple[str, str]]) -> bool:
    """Whether every pair is a level and a condition that the product grades."""
    return all(level in LEVELS and condition in BY_NAME for level, condition in found)


def raise_first(checks: Mapping[str, object]) -> None:
    """Raises ``ValueError`` with the first sentence that does not hold."""
    for sentence, holds in checks.items():
        if not holds:
            raise ValueError(sentence)

"""What an audit asks of whom: findings, maps, questions, raters, design. It is frozen by the first rating."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from spine_core.audit.view import View
from spine_core.networks.display_names import SUFFIX

CONTROL = "control "
"""Begins the name of a map that is made without a network, such as ``control edges``."""

MAX_MAPS = 8
"""Largest number of maps that are rated side by side."""


class Design(StrEnum):
    """Who rates what."""

    CROSSED = "fully crossed"
    """Every rater rates every finding."""
    SPLIT = "split-plot"
    """Every finding is rated by one group of raters only."""
    SEQUENTIAL = "sequential"
    """Every finding without maps first, then, after the washout, with them."""


@dataclass(frozen=True)
class Question:
    """One item that is answered for every map, on a scale from ``low`` to ``high``."""

    name: str
    text: str
    low: int = 1
    high: int = 6
    low_label: str = ""
    high_label: str = ""


QUESTIONS = (
    Question(
        "pertinence",
        "The map marks what matters for this finding",
        low_label="not at all",
        high_label="fully",
    ),
    Question(
        "utility", "The map would help me to read this disc", low_label="not at all", high_label="very much"
    ),
    Question("place", "The marked place is plausible", low_label="not at all", high_label="fully"),
    Question("clarity", "I understand what the map says", low_label="not at all", high_label="fully"),
)
"""The usual items; a protocol may have others."""


def is_control(method: str) -> bool:
    """Whether a map of this name says nothing about the network: made without it, or of its random-weights twin."""
    return method.startswith(CONTROL) or method.endswith(SUFFIX)


@dataclass(frozen=True)
class AuditedFinding:
    """One finding to be rated. ``maps``: key of the stored map by method, controls among them.

    ``grade``: the one that is explained; ``target``: the same in words. ``label``: of the condition. ``grades``: what a
    reader chooses from, as pairs of value and words.
    """

    case_id: str
    level: str
    condition: str
    network: str
    maps: Mapping[str, str]
    grade: str = ""
    target: str = ""
    label: str = ""
    grades: tuple[tuple[str, str], ...] = ()
    view: View | None = None

    @property
    def id(self) -> str:
        """Equal for equal findings of a protocol."""
        return f"{self.case_id} {self.level} {self.condition} {self.network}"

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> AuditedFinding:
        """The finding of JSON values."""
        view = values.get("view")
        return cls(
            **{
                **values,
                "grades": tuple((value, words) for value, words in values.get("grades", ())),
                "view": None if view is None else View.of(view),
            }
        )


@dataclass(frozen=True)
class Protocol:
    """``raters``: numbers of people. ``repeats``: fraction of the findings that a rater sees twice without being told.
    ``groups``: of raters, for ``Design.SPLIT``. ``washout_days``: between the parts of ``Design.SEQUENTIAL``.
    ``one_scale``: all maps are shown in one colour scale, without what speaks against the grade: the colours of a
    signed map would tell its method. ``ask_grade``: the reader's own grade is asked for as well, as it always is in a
    sequential design. ``ask_region``: the reader may draw the region that decides.

    Raises ``ValueError`` for a protocol that nobody could follow.
    """

    title: str
    findings: tuple[AuditedFinding, ...]
    raters: tuple[int, ...]
    questions: tuple[Question, ...] = QUESTIONS
    design: Design = Design.CROSSED
    groups: int = 2
    repeats: float = 0.1
    washout_days: int = 14
    seed: int = 0
    one_scale: bool = True
    ask_grade: bool = False
    ask_region: bool = False

    def __post_init__(self) -> None:
        checks = {
            "an audit needs a finding, a rater and a question": self.findings
            and self.raters
            and self.questions,
            "a finding is in the audit twice": len({one.id for one in self.findings}) == len(self.findings),
            f"a finding has 1 to {MAX_MAPS} maps": all(
                1 <= len(one.maps) <= MAX_MAPS for one in self.findings
            ),
            "all findings have the same methods": len({frozenset(one.maps) for one in self.findings}) <= 1,
            "a rater is named twice": len(set(self.raters)) == len(self.raters),
            "two questions have one name": len({one.name for one in self.questions}) == len(self.questions),
            "the repeats are a fraction from 0 to 0.5": 0 <= self.repeats <= 0.5,
            "a scale goes from a lower to a higher number": all(one.low < one.high for one in self.questions),
            "split-plot needs as many raters as groups, and two groups": self.design is not Design.SPLIT
            or 2 <= self.groups <= len(self.raters),
        }
        for sentence, holds in checks.items():
            if not holds:
                raise ValueError(sentence)

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods of every finding, controls among them, by name."""
        return tuple(sorted(self.findings[0].maps))

    @property
    def asks_grade(self) -> bool:
        """Whether readers are asked for their own grade: always where reliance is measured."""
        return self.ask_grade or self.design is Design.SEQUENTIAL

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Protocol:
        """The protocol of ``values()``."""
        return cls(
            **{
                **values,
                "findings": tuple(AuditedFinding.of(one) for one in values["findings"]),
                "questions": tuple(Question(**one) for one in values["questions"]),
                "raters": tuple(values["raters"]),
                "design": Design(values["design"]),
            }
        )

    @property
    def sha256(self) -> str:
        """Stands in every entry of the log and in exports."""
        return hashlib.sha256(json.dumps(self.values(), sort_keys=True).encode()).hexdigest()

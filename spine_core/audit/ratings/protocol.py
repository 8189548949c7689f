"""What an audit asks of whom: findings, maps, questions, raters, design. It is frozen by the first rating."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from spine_core.audit.reasons.registry import REASONS
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
    """One item that is answered for every map and reason, on a scale from ``low`` to ``high``.

    ``maps_only``: it asks for a place, which only a map has.
    """

    name: str
    text: str
    low: int = 1
    high: int = 6
    low_label: str = ""
    high_label: str = ""
    maps_only: bool = False

    def values(self) -> dict[str, Any]:
        """As JSON values; those of protocols without reasons are as they always were, and so is their hash."""
        values = asdict(self)
        return values if self.maps_only else {k: v for k, v in values.items() if k != "maps_only"}


QUESTIONS = (
    Question(
        "pertinence",
        "It shows what matters for this finding",
        low_label="not at all",
        high_label="fully",
    ),
    Question("utility", "It would help me to read this disc", low_label="not at all", high_label="very much"),
    Question(
        "place", "The marked place is plausible", low_label="not at all", high_label="fully", maps_only=True
    ),
    Question("clarity", "I understand what it says", low_label="not at all", high_label="fully"),
)
"""The usual items; a protocol may have others."""


def is_control(method: str) -> bool:
    """Whether a map or reason of this name says nothing about the network: made without it, or of its random-weights
    twin.
    """
    return method.startswith(CONTROL) or method.endswith(SUFFIX)


def is_reason(method: str) -> bool:
    """Whether what is called so is no map but another reason, such as measurements, or its control."""
    return method.removeprefix(CONTROL).removesuffix(SUFFIX) in REASONS


def controls_for(method: str, methods: Iterable[str]) -> list[str]:
    """The controls among ``methods`` that a method is compared with: for a map all maps, for another reason its own."""
    controls = [one for one in methods if is_control(one) and is_reason(one) == is_reason(method)]
    return [one for one in controls if _control_of(one) == method] if is_reason(method) else controls


def _control_of(control: str) -> str:
    if control.endswith(SUFFIX):
        return control.removesuffix(SUFFIX)
    return REASONS[control.removeprefix(CONTROL)].control_of


@dataclass(frozen=True)
class AuditedFinding:
    """One finding to be rated. ``maps``: key of the stored map or reason by method, controls among them.

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
            "a method has no question that can be asked of it": not self.findings
            or all(self.questions_of(one) for one in self.methods),
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

    def questions_of(self, method: str) -> tuple[Question, ...]:
        """What is asked of a method."""
        return tuple(one for one in self.questions if not (one.maps_only and is_reason(method)))

    @property
    def asks_grade(self) -> bool:
        """Whether readers are asked for their own grade: always where reliance is measured."""
        return self.ask_grade or self.design is Design.SEQUENTIAL

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "questions": tuple(one.values() for one in self.questions)}

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

"""Rooms, guests and how far a case is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from spine_core.library.database.schema import RoomRow


class Phase(StrEnum):
    """How far the current case of a room is."""

    ANSWERING = "answering"
    REVEALED = "revealed"
    """Everybody sees what the networks say, and may change their mind."""
    REFERENCE = "reference"
    """Everybody sees the right answers and those of the class. Nothing can be answered any more."""


class Stage(StrEnum):
    """When an answer was given."""

    BEFORE = "before"
    AFTER = "after"
    """After the reveal."""


STAGES = {Phase.ANSWERING: Stage.BEFORE, Phase.REVEALED: Stage.AFTER}
"""What is answered in which phase."""


@dataclass(frozen=True)
class Room:
    """``place``: of the current case in the set. ``phases``: of the cases that were begun.

    ``focus``: level and condition that the projector enlarges. ``version``: counts the teacher's steps.
    """

    id: str
    code: str
    set_id: str
    person: int
    place: int
    phases: Mapping[int, Phase]
    focus: tuple[str, str]
    version: int
    keep_nicknames: bool
    created: datetime
    closed: datetime | None

    @property
    def phase(self) -> Phase:
        """Of the current case."""
        return self.phases.get(self.place, Phase.ANSWERING)

    @classmethod
    def of(cls, row: RoomRow) -> Room:
        """The room of a row."""
        level, _, condition = row.focus.partition(" ")
        return cls(
            row.id, row.code, row.set_id, row.person_id, row.place,
            {int(place): Phase(phase) for place, phase in row.phases.items()}, (level, condition), row.version,
            row.keep_nicknames, row.created, row.closed,
        )  # fmt: skip


@dataclass(frozen=True)
class Guest:
    """A learner in a room. ``number``: from 1, in the order of joining."""

    id: str
    room: str
    number: int
    nickname: str

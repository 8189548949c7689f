"""Tables of teaching: sets of exercises, what the networks say of them, attempts, answers, spaced repetition."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from spine_core.library.database.schema.base import CASCADE, Base, now


class ExerciseSetRow(Base):
    """One version of a set. It is frozen by its first attempt: a later change is a new version.

    ``content``: see ``teaching.exercise.ExerciseSet``; its cases may be deleted from the library. ``deleted``: when its
    owner deleted a set that has attempts, whose scores stay.
    """

    __tablename__ = "exercise_sets"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[dict[str, Any]]
    shared: Mapped[bool] = mapped_column(default=False)
    created: Mapped[datetime] = mapped_column(default=now)
    # No foreign key: rows of a backup come in any order.
    replaces: Mapped[str | None] = mapped_column(String(32))
    deleted: Mapped[datetime | None]


class ReleasedFindingsRow(Base):
    """What the networks say of a case of a set, computed before anybody reads it. By case: places may change.

    ``findings``: see ``teaching.released.ReleasedFinding``.
    """

    __tablename__ = "exercise_released"

    set_id: Mapped[str] = mapped_column(ForeignKey("exercise_sets.id", ondelete=CASCADE), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    findings: Mapped[list[Any]]


class ReleasedMapRow(Base):
    """A map among the released findings of a case, by its hash in the content store."""

    __tablename__ = "exercise_released_maps"

    set_id: Mapped[str] = mapped_column(ForeignKey("exercise_sets.id", ondelete=CASCADE), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    map_sha256: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class ExerciseAttemptRow(Base):
    """One person's reading of one case of a set.

    ``place``: of the case in the set. ``state``: see ``teaching.attempts.State``. ``draft``: what is filled in and not
    committed; ``saved`` counts its states, so that an older tab does not overwrite.
    """

    __tablename__ = "exercise_attempts"
    __table_args__ = (Index(None, "set_id", "person_id", "place"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    set_id: Mapped[str] = mapped_column(ForeignKey("exercise_sets.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    place: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    opened: Mapped[datetime] = mapped_column(default=now)
    committed: Mapped[datetime | None]
    revealed: Mapped[datetime | None]
    debriefed: Mapped[datetime | None]
    draft: Mapped[dict[str, Any]]
    saved: Mapped[int] = mapped_column(default=0)


class ExerciseAnswerRow(Base):
    """The answers to a case, never changed. ``number``: 0 as committed, then each change of mind.

    ``content``: see ``teaching.answers``.
    """

    __tablename__ = "exercise_answers"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("exercise_attempts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[list[Any]]
    given: Mapped[datetime] = mapped_column(default=now)


class ReviewCardRow(Base):
    """How well a person tells two grades of a condition apart. ``boundary``: the two grades, as ``3/4``.

    ``card``: as the package ``fsrs`` writes it; ``due``: when it is to be reviewed again.
    """

    __tablename__ = "review_cards"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    condition: Mapped[str] = mapped_column(String(80), primary_key=True)
    boundary: Mapped[str] = mapped_column(String(80), primary_key=True)
    card: Mapped[dict[str, Any]]
    due: Mapped[datetime] = mapped_column(index=True)

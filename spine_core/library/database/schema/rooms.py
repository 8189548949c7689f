"""Tables of a class: rooms, their guests and what these answer; and which map a learner alone found best."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from spine_core.library.database.schema.base import CASCADE, Base, now


class RoomRow(Base):
    """A class that works through a set together.

    ``place``: of the current case in the set. ``phases``: by place, how far that case is (``teaching.rooms.types``);
    none for a case that was not begun. ``focus``: the finding that the projector enlarges, ``L4/L5 pfirrmann``.
    ``version`` counts the steps, so that who asks again is told in a few bytes that nothing is new.
    """

    __tablename__ = "rooms"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(6), unique=True)
    set_id: Mapped[str] = mapped_column(ForeignKey("exercise_sets.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    place: Mapped[int] = mapped_column(default=0)
    phases: Mapped[dict[str, Any]]
    focus: Mapped[str] = mapped_column(String(100), default="")
    version: Mapped[int] = mapped_column(default=0)
    keep_nicknames: Mapped[bool] = mapped_column(default=False)
    created: Mapped[datetime] = mapped_column(default=now)
    closed: Mapped[datetime | None]


class RoomGuestRow(Base):
    """A learner in a room, without an account. ``token_sha256``: of the secret that only their browser has.

    ``nickname_key``: what two nicknames of a room may not share. ``number``: from 1, in the order of joining.
    """

    __tablename__ = "room_guests"
    __table_args__ = (UniqueConstraint("room_id", "nickname_key"), UniqueConstraint("room_id", "number"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    room_id: Mapped[str] = mapped_column(ForeignKey("rooms.id", ondelete=CASCADE))
    number: Mapped[int]
    nickname: Mapped[str] = mapped_column(String(24))
    nickname_key: Mapped[str] = mapped_column(String(100))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    joined: Mapped[datetime] = mapped_column(default=now)


class RoomAnswerRow(Base):
    """What a guest answers to a case. ``stage``: before the reveal or after it; each may be changed while it lasts.

    ``content``: see ``teaching.answers``; findings without an answer are missing.
    """

    __tablename__ = "room_answers"

    guest_id: Mapped[str] = mapped_column(ForeignKey("room_guests.id", ondelete=CASCADE), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(String(10), primary_key=True)
    room_id: Mapped[str] = mapped_column(ForeignKey("rooms.id", ondelete=CASCADE), index=True)
    content: Mapped[list[Any]]
    given: Mapped[datetime] = mapped_column(default=now)


class MapChoiceRow(Base):
    """Which of the blinded maps of a finding showed the reason best, as a learner said after the reveal.

    ``letters``: methods in the order in which they were shown as A, B, C. ``method``: empty for "none of them".
    """

    __tablename__ = "exercise_map_choices"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("exercise_attempts.id"), primary_key=True)
    level: Mapped[str] = mapped_column(String(8), primary_key=True)
    condition: Mapped[str] = mapped_column(String(80), primary_key=True)
    letters: Mapped[list[Any]]
    method: Mapped[str] = mapped_column(String(80))
    given: Mapped[datetime] = mapped_column(default=now)

"""A class: rooms, guests, their answers; and which map a learner found best."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v006"
down_revision = "v005"


def upgrade() -> None:
    """Changes the tables."""
    op.create_table(
        "rooms",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("set_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("phases", sa.JSON(), nullable=False),
        sa.Column("focus", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("keep_nicknames", sa.Boolean(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("closed", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["set_id"], ["exercise_sets.id"], name=op.f("fk_rooms_set_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_rooms_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("code", name=op.f("uq_rooms_code")),
    )
    op.create_index(op.f("ix_rooms_set_id"), "rooms", ["set_id"])
    op.create_index(op.f("ix_rooms_person_id"), "rooms", ["person_id"])
    op.create_table(
        "room_guests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("room_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("nickname", sa.String(length=24), nullable=False),
        sa.Column("nickname_key", sa.String(length=100), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("joined", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_guests_room_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_guests")),
        sa.UniqueConstraint("room_id", "nickname_key", name=op.f("uq_room_guests_room_id_nickname_key")),
        sa.UniqueConstraint("room_id", "number", name=op.f("uq_room_guests_room_id_number")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_room_guests_token_sha256")),
    )
    _answers()


def _answers() -> None:
    op.create_table(
        "room_answers",
        sa.Column("guest_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("room_id", sa.String(length=32), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("given", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guest_id"], ["room_guests.id"], name=op.f("fk_room_answers_guest_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_answers_room_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guest_id", "place", "stage", name=op.f("pk_room_answers")),
    )
    op.create_index(op.f("ix_room_answers_room_id"), "room_answers", ["room_id"])
    op.create_table(
        "exercise_map_choices",
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("condition", sa.String(length=80), nullable=False),
        sa.Column("letters", sa.JSON(), nullable=False),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column("given", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["exercise_attempts.id"], name=op.f("fk_exercise_map_choices_attempt_id")
        ),
        sa.PrimaryKeyConstraint("attempt_id", "level", "condition", name=op.f("pk_exercise_map_choices")),
    )

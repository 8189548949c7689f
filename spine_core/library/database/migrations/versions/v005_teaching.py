"""Teaching: sets of exercises, released findings, attempts, answers, spaced repetition; longer outcomes of maps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v005"
down_revision = "v004"


def upgrade() -> None:
    """Changes the tables."""
    _lengthen_outcome()
    op.create_table(
        "exercise_sets",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("replaces", sa.String(length=32), nullable=True),
        sa.Column("deleted", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_exercise_sets_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exercise_sets")),
    )
    op.create_index(op.f("ix_exercise_sets_person_id"), "exercise_sets", ["person_id"])

    op.create_table(
        "exercise_released",
        sa.Column("set_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["exercise_sets.id"], name=op.f("fk_exercise_released_set_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("set_id", "case_id", name=op.f("pk_exercise_released")),
    )
    op.create_table(
        "exercise_released_maps",
        sa.Column("set_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("map_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"],
            ["exercise_sets.id"],
            name=op.f("fk_exercise_released_maps_set_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("set_id", "case_id", "map_sha256", name=op.f("pk_exercise_released_maps")),
    )
    op.create_index(op.f("ix_exercise_released_maps_map_sha256"), "exercise_released_maps", ["map_sha256"])

    op.create_table(
        "exercise_attempts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("set_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("opened", sa.DateTime(), nullable=False),
        sa.Column("committed", sa.DateTime(), nullable=True),
        sa.Column("revealed", sa.DateTime(), nullable=True),
        sa.Column("debriefed", sa.DateTime(), nullable=True),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("saved", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["set_id"], ["exercise_sets.id"], name=op.f("fk_exercise_attempts_set_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_exercise_attempts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exercise_attempts")),
    )
    op.create_index(op.f("ix_exercise_attempts_person_id"), "exercise_attempts", ["person_id"])
    op.create_index(
        op.f("ix_exercise_attempts_set_id_person_id_place"),
        "exercise_attempts",
        ["set_id", "person_id", "place"],
    )

    op.create_table(
        "exercise_answers",
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("given", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["exercise_attempts.id"], name=op.f("fk_exercise_answers_attempt_id")
        ),
        sa.PrimaryKeyConstraint("attempt_id", "number", name=op.f("pk_exercise_answers")),
    )
    op.create_table(
        "review_cards",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("condition", sa.String(length=80), nullable=False),
        sa.Column("boundary", sa.String(length=80), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("due", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_review_cards_person_id")),
        sa.PrimaryKeyConstraint("person_id", "condition", "boundary", name=op.f("pk_review_cards")),
    )
    op.create_index(op.f("ix_review_cards_due"), "review_cards", ["due"])


def _lengthen_outcome() -> None:
    """The longest outcome of a map, "no better than controls", did not fit where the database counts letters."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(
            "maps",
            "outcome",
            existing_type=sa.String(length=20),
            type_=sa.String(length=40),
            existing_nullable=False,
        )
        return
    # SQLite changes no column; to make the table again would delete what refers to it.
    op.add_column("maps", sa.Column("longer", sa.String(length=40), nullable=False, server_default=""))
    op.execute("UPDATE maps SET longer = outcome")
    op.drop_column("maps", "outcome")
    op.execute("ALTER TABLE maps RENAME COLUMN longer TO outcome")

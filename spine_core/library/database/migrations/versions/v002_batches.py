"""Batches: many studies explained and compared, with a row per map."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v002"
down_revision = "v001"


def upgrade() -> None:
    """Changes the tables."""
    op.create_table(
        "maps",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("study_sha256", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("condition", sa.String(length=80), nullable=False),
        sa.Column("grade", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("control", sa.Boolean(), nullable=False),
        sa.Column("draw", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(length=200), nullable=False),
        sa.Column("network_sha256", sa.String(length=64), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("backend", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("map_sha256", sa.String(length=64), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("computed", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_maps")),
    )
    op.create_index(op.f("ix_maps_map_sha256"), "maps", ["map_sha256"])
    op.create_index(op.f("ix_maps_study_sha256_condition"), "maps", ["study_sha256", "condition"])

    op.create_table(
        "batches",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("cases", sa.JSON(), nullable=False),
        sa.Column("studies", sa.Integer(), nullable=False),
        sa.Column("started", sa.DateTime(), nullable=False),
        sa.Column("finished", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_batches_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_index(op.f("ix_batches_person_id"), "batches", ["person_id"])

    op.create_table(
        "batch_maps",
        sa.Column("batch_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_batch_maps_batch_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["key"], ["maps.key"], name=op.f("fk_batch_maps_key"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("batch_id", "key", name=op.f("pk_batch_maps")),
    )
    op.create_index(op.f("ix_batch_maps_key"), "batch_maps", ["key"])

    op.create_table(
        "batch_studies",
        sa.Column("batch_id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("study_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_batch_studies_batch_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_batch_studies_case_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("batch_id", "source", name=op.f("pk_batch_studies")),
    )
    op.create_index(op.f("ix_batch_studies_case_id"), "batch_studies", ["case_id"])

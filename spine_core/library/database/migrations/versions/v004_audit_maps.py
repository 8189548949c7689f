"""Maps of audits with their metrics; where a map lies in its study."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v004"
down_revision = "v003"


def upgrade() -> None:
    """Changes the tables."""
    op.create_table(
        "audit_maps",
        sa.Column("audit_id", sa.String(length=32), nullable=False),
        sa.Column("finding", sa.String(length=400), nullable=False),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column("map_sha256", sa.String(length=64), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audits.id"], name=op.f("fk_audit_maps_audit_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("audit_id", "finding", "method", name=op.f("pk_audit_maps")),
    )
    op.create_index(op.f("ix_audit_maps_map_sha256"), "audit_maps", ["map_sha256"])

    op.add_column("maps", sa.Column("view", sa.JSON(), nullable=True))

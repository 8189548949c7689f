"""Alembic's entry: runs the migrations on the connection that ``database.engine.upgrade`` hands over."""

from __future__ import annotations

from alembic import context

from spine_core.library.database.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite cannot alter columns: tables are copied.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

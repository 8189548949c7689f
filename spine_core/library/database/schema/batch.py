"""Tables of batches: many studies read, explained and compared, one row per map."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from spine_core.library.database.schema.base import CASCADE, Base, now


class BatchRow(Base):
    """One batch: what is computed of which studies, and for whom. ``cases``: ids; empty for studies of a folder."""

    __tablename__ = "batches"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    shared: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(String(200), default="")
    plan: Mapped[dict[str, Any]]
    cases: Mapped[list[Any]]
    studies: Mapped[int] = mapped_column(default=0)
    started: Mapped[datetime] = mapped_column(default=now)
    finished: Mapped[datetime | None]


class BatchStudyRow(Base):
    """One study of a batch. ``source``: fingerprint of its files, or id of the case.

    ``status``: see ``audit.batch.types.Status``; ``reason``: of a failure, without names of files.
    """

    __tablename__ = "batch_studies"

    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id", ondelete=CASCADE), primary_key=True)
    source: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id", ondelete="SET NULL"), index=True)
    study_sha256: Mapped[str] = mapped_column(String(64), default="")
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text, default="")
    seconds: Mapped[float] = mapped_column(default=0.0)


class MapRow(Base):
    """One map with all its metrics, by the hash of what it was computed from: batches share them.

    Or the agreement of two maps: ``other`` is then the method of the second, else empty.

    ``draw``: of a control, of which there are several. ``map_sha256``: of the map in the content store; None for
    failures, and for all but one of the maps of a control. ``view``: where the map lies in the study
    (``audit.types.View``). ``metrics``: values by name of the metric, and its variant after a dot.
    """

    __tablename__ = "maps"
    __table_args__ = (Index(None, "study_sha256", "condition"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    study_sha256: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(8))
    condition: Mapped[str] = mapped_column(String(80))
    grade: Mapped[str] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(200))
    probability: Mapped[float]
    method: Mapped[str] = mapped_column(String(40))
    other: Mapped[str] = mapped_column(String(40), default="")
    control: Mapped[bool]
    draw: Mapped[int]
    network: Mapped[str] = mapped_column(String(200))
    network_sha256: Mapped[str] = mapped_column(String(64))
    settings: Mapped[dict[str, Any]]
    seed: Mapped[int]
    backend: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[str] = mapped_column(String(40), default="")
    metrics: Mapped[dict[str, Any]]
    map_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    view: Mapped[dict[str, Any] | None]
    seconds: Mapped[float]
    computed: Mapped[datetime] = mapped_column(default=now)


class BatchMapRow(Base):
    """A map of a batch."""

    __tablename__ = "batch_maps"

    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id", ondelete=CASCADE), primary_key=True)
    key: Mapped[str] = mapped_column(ForeignKey("maps.key", ondelete=CASCADE), primary_key=True, index=True)

"""Batches in the database of the library: what is there, and what a study adds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Insert, delete, func, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from spine_core.audit.batch.types import BatchPlan, MapResult, Source, Status, StudyResult
from spine_core.library.database.schema import Base, BatchMapRow, BatchRow, BatchStudyRow, MapRow, now
from spine_core.library.errors import LibraryError
from spine_core.library.people import current
from spine_core.library.store import Library
from spine_core.library.types import Person, Role

ROWS_AT_ONCE = 500
"""Largest number of rows in one statement."""


@dataclass(frozen=True)
class Batch:
    """A batch as it stands. ``counts``: its studies by status. ``maps``: rows of its table, controls included."""

    id: str
    title: str
    plan: BatchPlan
    studies: int
    counts: Mapping[Status, int]
    maps: int
    started: datetime
    finished: datetime | None


def begin_batch(
    library: Library, person: Person, plan: BatchPlan, sources: Sequence[Source], title: str = ""
) -> str:
    """The id of the batch of this person with this plan over these studies: a new one, or the one that goes on.

    Other studies make another batch; maps that an earlier one computed are shared all the same.
    """
    cohort = json.dumps([plan.sha256, sorted(one.id for one in sources)])
    batch_id = f"{person.id:08x}{hashlib.sha256(cohort.encode()).hexdigest()[:56]}"
    with library.database.writing() as session:
        current(session, person.id)
        row = session.get(BatchRow, batch_id)
        if row is None:
            row = BatchRow(id=batch_id, person_id=person.id, plan=plan.values(), title=title)
            session.add(row)
        row.studies, row.finished = len(sources), None
        row.cases = [one.case_id for one in sources if one.case_id is not None]
        row.title = title or row.title
    return batch_id


def finish_batch(library: Library, batch_id: str) -> None:
    """Notes that all its studies have been tried."""
    with library.database.writing() as session:
        session.get_one(BatchRow, batch_id).finished = now()


def tried_sources(library: Library, batch_id: str, statuses: Collection[Status]) -> frozenset[str]:
    """The studies of a batch that ended with one of ``statuses``."""
    with library.database.reading() as session:
        query = select(BatchStudyRow.source).where(
            BatchStudyRow.batch_id == batch_id, BatchStudyRow.status.in_(statuses)
        )
        return frozenset(session.scalars(query))


def known_maps(library: Library, source: Source) -> frozenset[str]:
    """Keys of the maps of a study that any batch has computed; empty for a study that none has opened.

    Failures are not among them: they are tried again.
    """
    with library.database.reading() as session:
        studies = select(BatchStudyRow.study_sha256).where(
            BatchStudyRow.source == source.id, BatchStudyRow.study_sha256 != ""
        )
        query = select(MapRow.key).where(MapRow.study_sha256.in_(studies), MapRow.status != Status.FAILED)
        return frozenset(session.scalars(query))


def save_study(library: Library, batch_id: str, source: Source, result: StudyResult) -> None:
    """Stores the result of one study in one transaction: all of it or nothing, however often it is called."""
    stored = {
        one.key: library.content.put(one.attribution) for one in result.maps if one.attribution is not None
    }
    with library.database.writing() as session:
        library.lock_content(session)
        for one in result.maps:
            if one.attribution is not None:
                library.content.put(one.attribution)
        session.merge(
            BatchStudyRow(
                batch_id=batch_id, source=source.id, case_id=source.case_id, study_sha256=result.study_sha256,
                status=result.status, reason=result.reason, seconds=result.seconds,
            )
        )  # fmt: skip
        _upsert(session, MapRow, [_values(one, stored.get(one.key)) for one in result.maps])
        _upsert(
            session,
            BatchMapRow,
            [{"batch_id": batch_id, "key": key} for key in _present(session, result.keys)],
        )


def _values(one: MapResult, map_sha256: str | None) -> dict[str, Any]:
    values = {column.key: getattr(one, column.key, None) for column in MapRow.__table__.columns}
    return values | {
        "map_sha256": map_sha256,
        "settings": dict(one.settings),
        "metrics": dict(one.metrics),
        "view": None if one.view is None else asdict(one.view),
        "computed": now(),
    }


def _present(session: Session, keys: Sequence[str]) -> list[str]:
    """Those keys that have a row; a control has none where no method could be compared."""
    found: list[str] = []
    for start in range(0, len(keys), ROWS_AT_ONCE):
        part = keys[start : start + ROWS_AT_ONCE]
        found += session.scalars(select(MapRow.key).where(MapRow.key.in_(part)))
    return found


def _upsert(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Adds rows; one that is there already is replaced where it was a failure, and else stays as it is."""
    for start in range(0, len(rows), ROWS_AT_ONCE):
        session.execute(_insert(session, table), rows[start : start + ROWS_AT_ONCE])


def _insert(session: Session, table: type[Base]) -> Insert:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement: Any = dialect.insert(table)
    if table is not MapRow:
        unchanged: Insert = statement.on_conflict_do_nothing()
        return unchanged
    columns = [column.key for column in MapRow.__table__.columns if column.key != "key"]
    replaced = {name: getattr(statement.excluded, name) for name in columns}
    updated: Insert = statement.on_conflict_do_update(
        index_elements=["key"], set_=replaced, where=MapRow.status == Status.FAILED
    )
    return updated


def visible_batches(session: Session, person: Person) -> ColumnElement[bool]:
    """Condition for the batches that ``person`` sees: their own, shared ones, and all for an administrator."""
    if current(session, person.id).role is Role.ADMINISTRATOR:
        return true()
    return or_(BatchRow.person_id == person.id, BatchRow.shared)


def batches(library: Library, person: Person) -> tuple[Batch, ...]:
    """The batches that ``person`` sees, the latest first."""
    with library.database.reading() as session:
        query = select(BatchRow).where(visible_batches(session, person)).order_by(BatchRow.started.desc())
        return tuple(_batch(session, row) for row in session.scalars(query))


def get_batch(library: Library, person: Person, batch_id: str) -> Batch:
    """One batch. Raises ``LibraryError`` where ``person`` sees none of that id."""
    with library.database.reading() as session:
        return _batch(session, seen_batch(session, person, batch_id))


def delete_batch(library: Library, person: Person, batch_id: str) -> None:
    """Deletes a batch, and those maps that no other batch has. Raises ``LibraryError``."""
    with library.database.writing() as session:
        row = seen_batch(session, person, batch_id)
        if row.person_id != person.id and current(session, person.id).role is not Role.ADMINISTRATOR:
            msg = "only its owner or an administrator deletes a batch"
            raise LibraryError(msg)
        session.delete(row)
        session.flush()
        orphans = MapRow.key.not_in(select(BatchMapRow.key))
        hashes = [one for one in session.scalars(select(MapRow.map_sha256).where(orphans)) if one]
        session.execute(delete(MapRow).where(orphans))
    library.remove_unused(hashes)


def seen_batch(session: Session, person: Person, batch_id: str) -> BatchRow:
    """Raises ``LibraryError``, the same for a hidden batch as for none."""
    query = select(BatchRow).where(BatchRow.id == batch_id, visible_batches(session, person))
    row = session.scalar(query)
    if row is None:
        msg = "there is no such batch"
        raise LibraryError(msg)
    return row


def _batch(session: Session, row: BatchRow) -> Batch:
    counts = session.execute(
        select(BatchStudyRow.status, func.count())
        .where(BatchStudyRow.batch_id == row.id)
        .group_by(BatchStudyRow.status)
    ).all()
    maps = session.scalar(
        select(func.count())
        .select_from(BatchMapRow)
        .join(MapRow, MapRow.key == BatchMapRow.key)
        .where(BatchMapRow.batch_id == row.id, MapRow.other == "")
    )
    return Batch(
        row.id, row.title, BatchPlan.of(row.plan), row.studies,
        {Status(status): count for status, count in counts}, maps or 0, row.started, row.finished,
    )  # fmt: skip

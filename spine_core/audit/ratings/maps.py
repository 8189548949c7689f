"""The maps and other reasons of an audit: fixed when it is prepared, and what a rater is shown of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from spine_core.audit.batch.finding_maps import read_stored_map
from spine_core.audit.ratings.protocol import AuditedFinding, Protocol
from spine_core.audit.reasons.content import ReasonContent, read_stored_reason
from spine_core.library.access import seen_case
from spine_core.library.database.schema import AuditMapRow, MapRow
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person


@dataclass(frozen=True)
class AuditedMap:
    """A map of an audit, or another reason. ``metrics``: of a map, by name, with the variant after a dot."""

    finding: str
    method: str
    map_sha256: str
    metrics: Mapping[str, float | None]


def fix_maps(session: Session, person: Person, audit_id: str, protocol: Protocol) -> None:
    """Copies hash and metrics of every map of the protocol, in place of those of a protocol before.

    Raises ``LibraryError`` for a case that ``person`` does not see, and for a map that is not stored.
    """
    session.execute(delete(AuditMapRow).where(AuditMapRow.audit_id == audit_id))
    for case_id in {one.case_id for one in protocol.findings}:
        seen_case(session, person, case_id)
    for finding in protocol.findings:
        stored = _stored(session, finding)
        for method, key in finding.maps.items():
            row = stored.get(key)
            if row is None or row.map_sha256 is None:
                msg = "a map of the protocol is not stored; run the batch again"
                raise LibraryError(msg)
            session.add(
                AuditMapRow(
                    audit_id=audit_id, finding=finding.id, method=method, map_sha256=row.map_sha256,
                    metrics=row.metrics,
                )
            )  # fmt: skip


def _stored(session: Session, finding: AuditedFinding) -> dict[str, MapRow]:
    query = select(MapRow).where(MapRow.key.in_(set(finding.maps.values())))
    return {row.key: row for row in session.scalars(query)}


def audited_maps(session: Session, audit_id: str, finding: str | None = None) -> tuple[AuditedMap, ...]:
    """All maps of an audit, or those of one finding, by finding and method."""
    query = select(AuditMapRow).where(AuditMapRow.audit_id == audit_id)
    if finding is not None:
        query = query.where(AuditMapRow.finding == finding)
    rows = session.scalars(query.order_by(AuditMapRow.finding, AuditMapRow.method))
    return tuple(AuditedMap(row.finding, row.method, row.map_sha256, row.metrics) for row in rows)


def read_reason(library: Library, one: AuditedMap) -> ReasonContent:
    """What is shown of a reason that is no map. Raises ``LibraryError`` where its file is missing or was changed."""
    return read_stored_reason(library.content.get(one.map_sha256))


def read_map(library: Library, one: AuditedMap) -> npt.NDArray[np.float32]:
    """The map, (size, size). Raises ``LibraryError`` where its file is missing or was changed."""
    return read_stored_map(library.content.get(one.map_sha256))

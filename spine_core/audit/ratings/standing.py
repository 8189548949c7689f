"""How far raters are: which sheets are submitted, which one is next, when the second part opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from spine_core.audit.ratings.log_store import submitted_sheets
from spine_core.audit.ratings.protocol import Design, Protocol
from spine_core.audit.ratings.sheets import Sheet, sheets
from spine_core.audit.ratings.store import seen_audit
from spine_core.library.database.schema import now
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person


@dataclass(frozen=True)
class Standing:
    """How far a rater is. ``opens``: when the washout is over, where it is not."""

    submitted: int
    sheets: int
    opens: datetime | None = None


def standing(library: Library, person: Person, audit_id: str) -> Standing | None:
    """How far ``person`` is with the sheets of an audit; None for somebody who is no rater of it."""
    return standings(library, person, audit_id).get(person.id)


def standings(library: Library, person: Person, audit_id: str) -> dict[int, Standing]:
    """How far every rater of an audit that ``person`` sees is, by number. Raises ``LibraryError``."""
    with library.database.reading() as session:
        protocol = Protocol.of(seen_audit(session, person, audit_id).protocol)
        return {
            rater: _standing(protocol, rater, submitted_sheets(session, audit_id, rater))
            for rater in protocol.raters
        }


def _standing(protocol: Protocol, rater: int, done: Mapping[int, datetime]) -> Standing:
    own = sheets_of(protocol, rater)
    waiting = [one for one in own if one.number not in done]
    opens = None
    if waiting and not _washed_out(protocol, waiting[0], done):
        opens = _last_of_first_part(protocol, done) + timedelta(days=protocol.washout_days)
    return Standing(len(done), len(own), opens)


def next_sheet(library: Library, person: Person, audit_id: str) -> Sheet | None:
    """The first sheet that ``person`` has not submitted; None where all are, or the washout is not over.

    Raises ``LibraryError`` for somebody who is no rater.
    """
    return next(iter(next_sheets(library, person, audit_id, 1)), None)


def next_sheets(library: Library, person: Person, audit_id: str, count: int) -> tuple[Sheet, ...]:
    """The first ``count`` sheets that ``person`` has not submitted. See ``next_sheet``."""
    with library.database.reading() as session:
        protocol = Protocol.of(seen_audit(session, person, audit_id).protocol)
        done = submitted_sheets(session, audit_id, person.id)
    waiting = [one for one in sheets_of(protocol, person.id) if one.number not in done]
    return tuple(one for one in waiting[:count] if _washed_out(protocol, one, done))


def submitted(library: Library, person: Person, audit_id: str) -> tuple[Sheet, ...]:
    """The sheets that ``person`` submitted, in order. Raises ``LibraryError``."""
    with library.database.reading() as session:
        protocol = Protocol.of(seen_audit(session, person, audit_id).protocol)
        done = submitted_sheets(session, audit_id, person.id)
    return tuple(one for one in sheets_of(protocol, person.id) if one.number in done)


def sheets_of(protocol: Protocol, rater: int) -> tuple[Sheet, ...]:
    """All sheets of a rater. Raises ``LibraryError`` for somebody who is no rater."""
    try:
        return sheets(protocol, rater)
    except ValueError as error:
        raise LibraryError(str(error)) from None


def _washed_out(protocol: Protocol, sheet: Sheet, submitted: Mapping[int, datetime]) -> bool:
    if protocol.design is not Design.SEQUENTIAL or not sheet.with_maps or not submitted:
        return True
    return now() - _last_of_first_part(protocol, submitted) >= timedelta(days=protocol.washout_days)


def _last_of_first_part(protocol: Protocol, submitted: Mapping[int, datetime]) -> datetime:
    return max(moment for number, moment in submitted.items() if number < len(protocol.findings))

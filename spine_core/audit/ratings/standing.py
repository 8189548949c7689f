"""How far raters are: which sheets are submitted, which one is next, when the second part opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from spine_core.audit.ratings.log_store import submitted_sheets
from spine_core.audit.ratings.protocol import Design, Protocol
from spine_core.audit.ratings.sheets import NO_RATER, Sheet, sheets
from spine_core.audit.ratings.store import seen_audit
from spine_core.library.database.schema import now
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person


@dataclass(frozen=True)
class Standing:
    """How far a rater is: ``done`` and ``waiting`` are all their sheets, in order.

    ``ready``: those that wait and may be filled in now. ``opens``: when the washout is over, where it is not.
    """

    done: tuple[Sheet, ...]
    waiting: tuple[Sheet, ...]
    ready: tuple[Sheet, ...]
    opens: datetime | None = None

    @property
    def submitted(self) -> int:
        """Number of submitted sheets."""
        return len(self.done)

    @property
    def sheets(self) -> int:
        """Number of all sheets."""
        return len(self.done) + len(self.waiting)


def standing(library: Library, person: Person, audit_id: str) -> Standing | None:
    """How far ``person`` is with the sheets of an audit; None for somebody who is no rater of it.

    Raises ``LibraryError`` where ``person`` does not see the audit.
    """
    with library.database.reading() as session:
        protocol = Protocol.of(seen_audit(session, person, audit_id).protocol)
        if person.id not in protocol.raters:
            return None
        return _standing(protocol, person.id, submitted_sheets(session, audit_id, person.id))


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
    waiting = tuple(one for one in own if one.number not in done)
    ready = tuple(one for one in waiting if _washed_out(protocol, one, done))
    opens = None
    if waiting and not ready:
        opens = _last_of_first_part(protocol, done) + timedelta(days=protocol.washout_days)
    return Standing(tuple(one for one in own if one.number in done), waiting, ready, opens)


def next_sheet(library: Library, person: Person, audit_id: str) -> Sheet | None:
    """The first sheet that ``person`` has not submitted; None where all are, or the washout is not over.

    Raises ``LibraryError`` for somebody who is no rater.
    """
    there = standing(library, person, audit_id)
    if there is None:
        raise LibraryError(NO_RATER)
    return next(iter(there.ready), None)


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

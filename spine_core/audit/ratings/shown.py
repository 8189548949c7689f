"""What a rater is shown of a sheet: the study of its case, and its maps under letters."""

from __future__ import annotations

from spine_core.audit.ratings.maps import AuditedMap, audited_maps
from spine_core.audit.ratings.protocol import Protocol
from spine_core.audit.ratings.sheets import Sheet
from spine_core.audit.ratings.store import seen_audit
from spine_core.library.access import NO_CASE
from spine_core.library.errors import LibraryError
from spine_core.library.people import person_of
from spine_core.library.reopening import open_case
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.study.types import Study


def sheet_maps(library: Library, person: Person, audit_id: str, sheet: Sheet) -> dict[str, AuditedMap]:
    """The maps of a sheet by letter. Raises ``LibraryError`` for somebody who does not see the audit."""
    with library.database.reading() as session:
        seen_audit(session, person, audit_id)
        of_finding = {one.method: one for one in audited_maps(session, audit_id, sheet.finding.id)}
    return {letter: of_finding[method] for letter, method in sheet.methods.items()}


def open_audited(library: Library, person: Person, audit_id: str, case_id: str) -> Study:
    """The study of a case of the audit: who rates in an audit sees its cases there, also those of its owner alone.

    Raises ``LibraryError`` for another case, for one that was deleted, and for somebody who does not see the audit.
    """
    with library.database.reading() as session:
        row = seen_audit(session, person, audit_id)
        if case_id not in {one.case_id for one in Protocol.of(row.protocol).findings}:
            raise LibraryError(NO_CASE)
        preparer = row.person_id
    return open_case(library, person_of(library, preparer), case_id)[1]

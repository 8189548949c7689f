"""What readers say of the grades of a case, and the reference grades that the networks are held against."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from spine_core.anatomy.types import LEVELS
from spine_core.library.access import own_case, seen_case
from spine_core.library.database.schema import CaseRow, ReferenceRow, ReviewRow
from spine_core.library.errors import LibraryError
from spine_core.library.kept_reading import reading_of
from spine_core.library.store import Library
from spine_core.library.types import Case, Decision, Person, ReferenceGrade, Review
from spine_core.networks.conditions import BY_NAME, Condition


def review(
    library: Library,
    person: Person,
    case_id: str,
    level: str,
    condition: str,
    decision: Decision,
    grade: str | None = None,
) -> None:
    """Stores a decision about a finding; what the network reported stays beside it.

    ``grade``: the reader's own, with ``CHANGED`` only. Raises ``LibraryError`` where the case has no such finding, or
    the condition no such grade.
    """
    if (grade is not None) != (decision is Decision.CHANGED):
        msg = "a changed grade is given with the decision that it is changed, and only then"
        raise LibraryError(msg)
    with library.database.writing() as session:
        row = seen_case(session, person, case_id)
        reported = {(one.level, one.condition): one for one in (row.reading.findings if row.reading else ())}
        if (level, condition) not in reported:
            msg = "this case has no such finding"
            raise LibraryError(msg)
        if grade is not None:
            _check_grade(_conditions(row), condition, grade)
        elif reported[level, condition].grade is None:
            msg = "the network reported no grade that could be accepted or rejected"
            raise LibraryError(msg)
        session.add(
            ReviewRow(
                case_id=case_id, person_id=person.id, level=level, condition=condition,
                decision=decision.value, grade=grade,
            )
        )  # fmt: skip


def latest_reviews(case: Case, person: Person) -> dict[tuple[str, str], Review]:
    """By level and condition, the decision of ``person`` that counts: the latest."""
    return {(one.level, one.condition): one for one in case.reviews if one.person == person.name}


def set_references(
    library: Library, person: Person, case_id: str, references: Sequence[ReferenceGrade]
) -> None:
    """Replaces the reference grades of a case. Raises ``LibraryError`` for unknown levels, conditions and grades."""
    with library.database.writing() as session:
        row = own_case(session, person, case_id)
        for one in references:
            if one.level not in LEVELS:
                msg = f"{one.level} is none of {', '.join(LEVELS)}"
                raise LibraryError(msg)
            _check_grade(_conditions(row), one.condition, one.grade)
        _replace(session, row, references)


def reference_grades(
    session: Session, case_ids: Collection[str] | Select[str | None]
) -> dict[tuple[str, str, str], str]:
    """Reference grades by case, level and condition. ``case_ids``: the cases, or a query of them."""
    query = select(ReferenceRow).where(ReferenceRow.case_id.in_(case_ids))
    return {(one.case_id, one.level, one.condition): one.grade for one in session.scalars(query)}


def _replace(session: Session, row: CaseRow, references: Sequence[ReferenceGrade]) -> None:
    wanted = {(one.level, one.condition): one for one in references}
    if len(wanted) < len(references):
        msg = "a finding has one reference grade"
        raise LibraryError(msg)
    row.references.clear()
    # The old rows go first: one finding has one reference grade.
    session.flush()
    row.references.extend(
        ReferenceRow(level=one.level, condition=one.condition, grade=one.grade, source=one.source)
        for one in references
    )


def _conditions(row: CaseRow) -> dict[str, Condition]:
    """Those of the network that read the case come before the released ones of the same name."""
    own = reading_of(row.reading).conditions if row.reading else ()
    return BY_NAME | {one.name: one for one in own}


def _check_grade(conditions: dict[str, Condition], name: str, grade: str) -> None:
    condition = conditions.get(name)
    if condition is None:
        msg = f"there is no condition {name!r}"
        raise LibraryError(msg)
    if grade not in condition.grades:
        msg = f"{condition.label} has the grades {', '.join(condition.grades)}, not {grade!r}"
        raise LibraryError(msg)

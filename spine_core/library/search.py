"""Finds cases by what was written about them and by what the networks reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from spine_core.library.access import visible
from spine_core.library.database.schema import CaseRow, FindingRow, PersonRow, ReferenceRow, ReviewRow, TagRow
from spine_core.library.store import Library
from spine_core.library.types import Person


@dataclass(frozen=True)
class CaseFilter:
    """Which cases are listed: those that meet everything that is given.

    ``text``: part of title, notes, tags or pseudonym. ``tags``: all of them. ``level``, ``condition``, ``grades``: one
    finding with all of these, as the network reported it. ``uncertain``, ``disagrees``: such a finding whose prediction
    set has several grades or whose ensemble disagrees; whose grade is not the reference grade.
    """

    text: str = ""
    tags: tuple[str, ...] = ()
    level: str = ""
    condition: str = ""
    grades: tuple[str, ...] = ()
    uncertain: bool = False
    disagrees: bool = False


@dataclass(frozen=True)
class CaseSummary:
    """One line of the list. ``findings``: graded ones; of these ``uncertain``, ``disagreements`` with the reference,
    and ``reviewed`` by anybody. ``thumbnail``: hash of the picture in the content store.
    """

    id: str
    title: str
    tags: tuple[str, ...]
    patient: str
    owner: str
    shared: bool
    kept: datetime
    synthetic: bool
    series: int
    thumbnail: str | None
    findings: int
    uncertain: int
    references: int
    disagreements: int
    reviewed: int


@dataclass(frozen=True)
class CasePage:
    """Some of the cases that were found, the latest first, and how many there are."""

    cases: tuple[CaseSummary, ...]
    total: int


def find_cases(
    library: Library, person: Person, wanted: CaseFilter | None = None, *, limit: int = 100, offset: int = 0
) -> CasePage:
    """The cases that ``person`` sees and ``wanted`` describes."""
    with library.database.reading() as session:
        conditions = [visible(session, person), *matching(wanted or CaseFilter())]
        total = session.scalar(select(func.count()).select_from(CaseRow).where(*conditions)) or 0
        query = _summaries().where(*conditions).order_by(CaseRow.kept.desc(), CaseRow.id)
        rows = session.execute(query.limit(limit).offset(offset)).all()
        tags = _tags(session, [row.id for row in rows])
        return CasePage(tuple(CaseSummary(tags=tags.get(row.id, ()), **_values(row)) for row in rows), total)


def all_tags(library: Library, person: Person) -> tuple[str, ...]:
    """The tags of the cases that ``person`` sees."""
    with library.database.reading() as session:
        query = select(TagRow.tag).join(CaseRow).where(visible(session, person)).distinct()
        return tuple(session.scalars(query.order_by(TagRow.tag)))


def matching(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    """The conditions of a filter, all of which a ``CaseRow`` meets."""
    found: list[ColumnElement[bool]] = []
    if wanted.text.strip():
        text = wanted.text.strip().lower()
        tagged = select(TagRow.case_id).where(func.lower(TagRow.tag).contains(text, autoescape=True))
        columns = (CaseRow.title, CaseRow.notes, CaseRow.patient)
        found.append(
            or_(
                *(func.lower(column).contains(text, autoescape=True) for column in columns),
                CaseRow.id.in_(tagged),
            )
        )
    found += [CaseRow.id.in_(select(TagRow.case_id).where(TagRow.tag == tag)) for tag in wanted.tags]
    finding = _finding_conditions(wanted)
    if finding:
        found.append(CaseRow.id.in_(select(FindingRow.case_id).where(*finding)))
    return found


def _finding_conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.level:
        found.append(FindingRow.level == wanted.level)
    if wanted.condition:
        found.append(FindingRow.condition == wanted.condition)
    if wanted.grades:
        found.append(FindingRow.grade.in_(wanted.grades))
    if wanted.uncertain:
        found.append(FindingRow.uncertain.is_(True))
    if wanted.disagrees:
        found.append(select(ReferenceRow.id).where(_refers(), _differs()).exists())
    return found


def _refers() -> ColumnElement[bool]:
    """The reference grade is of the finding."""
    return and_(
        ReferenceRow.case_id == FindingRow.case_id,
        ReferenceRow.level == FindingRow.level,
        ReferenceRow.condition == FindingRow.condition,
    )


def _differs() -> ColumnElement[bool]:
    return and_(FindingRow.grade.is_not(None), FindingRow.grade != ReferenceRow.grade)


def _summaries() -> Select[Any]:
    def of_case(query: Select[Any], column: Any) -> Any:
        return query.where(column == CaseRow.id).correlate(CaseRow).scalar_subquery()

    graded = select(func.count()).select_from(FindingRow).where(FindingRow.grade.is_not(None))
    disagreeing = select(func.count()).select_from(FindingRow).join(ReferenceRow, _refers()).where(_differs())
    referred = select(func.count()).select_from(ReferenceRow)
    pairs = select(ReviewRow.case_id, ReviewRow.level, ReviewRow.condition).distinct().subquery()
    reviewed = select(func.count()).select_from(pairs)
    return select(
        CaseRow.id, CaseRow.title, CaseRow.patient, CaseRow.shared, CaseRow.kept, CaseRow.synthetic,
        CaseRow.series, CaseRow.thumbnail, PersonRow.name.label("owner"),
        of_case(graded, FindingRow.case_id).label("findings"),
        of_case(graded.where(FindingRow.uncertain), FindingRow.case_id).label("uncertain"),
        of_case(referred, ReferenceRow.case_id).label("references"),
        of_case(disagreeing, FindingRow.case_id).label("disagreements"),
        of_case(reviewed, pairs.c.case_id).label("reviewed"),
    ).join(PersonRow, CaseRow.owner_id == PersonRow.id)  # fmt: skip


def _values(row: Any) -> dict[str, Any]:
    values = dict(row._mapping)
    return values | {"series": len(values["series"])}


def _tags(session: Session, cases: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    rows = session.execute(
        select(TagRow.case_id, TagRow.tag).where(TagRow.case_id.in_(cases)).order_by(TagRow.tag)
    )
    for case_id, tag in rows:
        found[case_id] = (*found.get(case_id, ()), tag)
    return found

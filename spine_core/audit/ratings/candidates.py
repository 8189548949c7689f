"""The findings of a batch that can be rated, and a choice of them for a protocol."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from spine_core.audit.batch.store import seen_batch
from spine_core.audit.batch.types import BatchPlan
from spine_core.audit.ratings.protocol import CONTROL, AuditedFinding
from spine_core.audit.view import View
from spine_core.library.access import visible
from spine_core.library.database.schema import BatchMapRow, BatchStudyRow, CaseRow, MapRow
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.networks.conditions import BY_NAME, Condition
from spine_core.networks.display_names import SUFFIX
from spine_core.networks.packages.store import stored_networks


def candidates(library: Library, person: Person, batch_id: str) -> tuple[AuditedFinding, ...]:
    """The findings of a batch with all their stored maps, controls among them; of cases that ``person`` sees.

    The maps of a network's random-weights twin are among those of the network, with ``SUFFIX`` behind the method.
    Raises ``LibraryError`` where ``person`` sees no such batch.
    """
    with library.database.reading() as session:
        plan = BatchPlan.of(seen_batch(session, person, batch_id).plan)
        cases = _cases(session, person, batch_id)
        found: dict[tuple[str, ...], list[MapRow]] = defaultdict(list)
        for row in _rows(session, batch_id):
            if row.study_sha256 in cases:
                base = row.network.removesuffix(SUFFIX)
                found[row.study_sha256, row.level, row.condition, row.grade, base].append(row)
        conditions = _conditions(plan)
        return tuple(
            _finding(cases[place[0]], rows, conditions.get(place[2]))
            for place, rows in sorted(found.items())
            # A twin's map alone would have nothing to be the control of.
            if any(not row.network.endswith(SUFFIX) and not row.control for row in rows)
        )


def choose(
    found: Sequence[AuditedFinding], methods: Sequence[str], count: int, seed: int = 0
) -> tuple[AuditedFinding, ...]:
    """At most ``count`` findings that have a map of every method, with these maps only.

    Drawn with ``seed``: conditions and grades in turn, so that frequent ones do not fill the audit.
    """
    groups: dict[tuple[str, str], list[AuditedFinding]] = defaultdict(list)
    able = [one for one in found if set(methods) <= set(one.maps)]
    for index in np.random.default_rng(seed).permutation(len(able)):
        groups[able[index].condition, able[index].grade].append(able[index])
    drawn: list[AuditedFinding] = []
    while len(drawn) < count and any(groups.values()):
        drawn += [members.pop() for _, members in sorted(groups.items()) if members]
    return tuple(replace(one, maps={name: one.maps[name] for name in methods}) for one in drawn[:count])


def _rows(session: Session, batch_id: str) -> Iterator[MapRow]:
    query = (
        select(MapRow)
        .join(BatchMapRow, BatchMapRow.key == MapRow.key)
        .where(BatchMapRow.batch_id == batch_id, MapRow.map_sha256.is_not(None), MapRow.draw == 0)
        .order_by(MapRow.key)
    )
    return (row for row in session.scalars(query) if row.view is not None)


def _cases(session: Session, person: Person, batch_id: str) -> dict[str, str]:
    query = (
        select(BatchStudyRow.study_sha256, CaseRow.id)
        .join(CaseRow, CaseRow.id == BatchStudyRow.case_id)
        .where(BatchStudyRow.batch_id == batch_id, visible(session, person))
    )
    return {row.study_sha256: row.id for row in session.execute(query)}


def _conditions(plan: BatchPlan) -> Mapping[str, Condition]:
    """Conditions by name: those of the product, and those of the registered networks of the plan."""
    registered = (one for one in stored_networks(plan.owner) if one.key in plan.networks)
    brought = {
        condition.name: condition
        for one in registered
        for view in one.manifest.views
        for condition in view.outputs.conditions
    }
    return {**brought, **BY_NAME}


def _finding(case_id: str, rows: Sequence[MapRow], condition: Condition | None) -> AuditedFinding:
    first = next(row for row in rows if not row.network.endswith(SUFFIX))
    assert first.view is not None
    grades = () if condition is None else zip(condition.grades, condition.grade_labels, strict=True)
    return AuditedFinding(
        case_id=case_id,
        level=first.level,
        condition=first.condition,
        network=first.network,
        maps={name: row.key for row in rows if (name := _name(row))},
        grade=first.grade,
        target=first.target.replace(": ", " ", 1),
        label=first.condition if condition is None else condition.label,
        grades=tuple(grades),
        view=View.of(first.view),
    )


def _name(row: MapRow) -> str:
    """Name of a map in an audit; empty for a control that belongs to a twin."""
    twin = row.network.endswith(SUFFIX)
    if row.control:
        return "" if twin else f"{CONTROL}{row.method}"
    return f"{row.method}{SUFFIX}" if twin else row.method

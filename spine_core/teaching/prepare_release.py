"""Released findings from what is stored already: the case's kept reading, and the maps of a batch."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from spine_core.audit.ratings.candidates import candidates
from spine_core.audit.ratings.method_names import method_label
from spine_core.audit.ratings.protocol import AuditedFinding
from spine_core.comparison.types import Outcome
from spine_core.library.cases import get_case
from spine_core.library.database.schema import MapRow
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import KeptFinding, Person
from spine_core.teaching.released import ReleasedFinding

SENTENCES = {
    Outcome.FAITHFUL: "{} passes the test against maps made without the network.",
    Outcome.PARTLY: "{} passes the test against maps made without the network in part.",
    Outcome.NO_BETTER: "{} is no better than maps made without the network: do not take it for the reason.",
    Outcome.EMPTY: "{} found no evidence for this grade.",
    Outcome.UNTESTABLE: "{} could not be tested here.",
}
"""A batch stores the outcome of a map's test only; these are its words."""


def verdict_sentence(method: str, outcome: Outcome) -> str:
    """How the map of a method did against the controls."""
    return SENTENCES[outcome].format(method_label(method))


def findings_to_release(
    library: Library,
    person: Person,
    case_id: str,
    asked: Collection[tuple[str, str]],
    batch_id: str | None = None,
    methods: Collection[str] | None = None,
) -> tuple[ReleasedFinding, ...]:
    """What the kept reading of a case says of the findings that are asked for, with the maps of a batch.

    Maps are of the network that made the reading and of the grade that it reported; others say nothing about it.
    ``methods``: of the maps, controls among them, named as in an audit; None for all. Raises ``LibraryError`` where
    the case was kept without a reading, and where ``person`` does not see case or batch.
    """
    case = get_case(library, person, case_id)
    if case.reading is None:
        msg = "this case was kept without a reading; read it and keep the reading first"
        raise LibraryError(msg)
    explained: dict[tuple[str, str], list[AuditedFinding]] = {}
    for one in candidates(library, person, batch_id) if batch_id is not None else ():
        if one.case_id == case_id:
            explained.setdefault((one.level, one.condition), []).append(one)
    rows = _rows(library, [key for group in explained.values() for one in group for key in one.maps.values()])
    return tuple(
        _released(
            one, explained.get((one.level, one.condition), []), rows, case.reading.network_sha256, methods
        )
        for one in case.reading.findings
        if (one.level, one.condition) in set(asked)
    )


def _rows(library: Library, keys: Collection[str]) -> Mapping[str, MapRow]:
    with library.database.reading() as session:
        rows = {row.key: row for row in session.scalars(select(MapRow).where(MapRow.key.in_(keys)))}
        session.expunge_all()
    return rows


def _released(
    finding: KeptFinding,
    explained: Collection[AuditedFinding],
    rows: Mapping[str, MapRow],
    network_sha256: str,
    methods: Collection[str] | None,
) -> ReleasedFinding:
    fitting = [one for one in explained if _fits(one, finding, rows, network_sha256)]
    view = fitting[0].view if fitting else None
    chosen = {
        method: rows[key]
        for method, key in (fitting[0].maps.items() if fitting else ())
        if methods is None or method in methods
    }
    return ReleasedFinding(
        finding.level, finding.condition, finding.grade, dict(finding.probabilities), finding.prediction_set,
        finding.members_disagree,
        maps={method: row.map_sha256 for method, row in chosen.items() if row.map_sha256 is not None},
        verdicts={
            method: verdict_sentence(method, Outcome(row.outcome))
            for method, row in chosen.items()
            if row.outcome and row.map_sha256 is not None
        },
        view=view if chosen else None,
    )  # fmt: skip


def _fits(one: AuditedFinding, finding: KeptFinding, rows: Mapping[str, MapRow], network_sha256: str) -> bool:
    """A twin and a control may have another hash: that of a map of the network itself decides."""
    hashes = {rows[key].network_sha256 for key in one.maps.values() if rows[key].network == one.network}
    return one.grade == finding.grade and network_sha256 in hashes

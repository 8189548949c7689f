"""All that an audit is analysed from: protocol, effective ratings, maps with metrics, reference grades, and its log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from spine_core.audit.ratings.log import Entry
from spine_core.audit.ratings.log_store import entries, log_lock, verify
from spine_core.audit.ratings.maps import AuditedMap, audited_maps
from spine_core.audit.ratings.protocol import AuditedFinding, Protocol
from spine_core.audit.ratings.rating import CORRECTION, RATING
from spine_core.audit.ratings.store import Audit, analysed_audit
from spine_core.library.reviews import reference_grades
from spine_core.library.store import Library
from spine_core.library.types import Person

Point = tuple[float, float]


@dataclass(frozen=True)
class Rating:
    """The answers of one sheet that count: a correction replaces what it corrects.

    ``rater``, ``number``: places of rater and finding in the protocol, from 1; no name and no number of a person.
    ``order``: methods as they were shown, A first. ``scores``: by method and question; empty without maps.
    ``grade``: the reader's own. ``region``: extreme points (row, column) of an ellipse on the slice: top, bottom, left,
    right. ``seconds``: that the sheet was open. ``time``: ISO 8601, of the entry that counts.
    """

    rater: int
    sheet: int
    number: int
    finding: AuditedFinding
    repeat: bool
    with_maps: bool
    order: tuple[str, ...]
    scores: Mapping[str, Mapping[str, int]]
    grade: str | None
    region: tuple[Point, ...] | None
    text: str
    seconds: float | None
    time: str
    corrected: bool


@dataclass(frozen=True)
class AuditData:
    """``entries``: the whole log. ``ratings``: by rater and sheet. ``references``: grades by case, level, condition.

    ``problem``: what is wrong with the log, see ``verify``; empty where nothing is.
    """

    audit: Audit
    entries: tuple[Entry, ...]
    ratings: tuple[Rating, ...]
    maps: tuple[AuditedMap, ...]
    references: Mapping[tuple[str, str, str], str]
    problem: str

    @property
    def protocol(self) -> Protocol:
        """What was asked of whom."""
        return self.audit.protocol

    @property
    def corrections(self) -> int:
        """Entries that correct an earlier one."""
        return sum(one.content.get("type") == CORRECTION for one in self.entries)

    @property
    def repeats(self) -> int:
        """Submitted sheets whose finding the rater had seen before."""
        return sum(one.repeat for one in self.ratings)

    @property
    def log_sentence(self) -> str:
        """Whether the log is whole, in one sentence."""
        return log_sentence(self.problem, len(self.entries))

    def reference(self, finding: AuditedFinding) -> str | None:
        """The reference grade of a finding; None where there is none."""
        return self.references.get((finding.case_id, finding.level, finding.condition))


def log_sentence(problem: str, count: int) -> str:
    """Whether a log of ``count`` entries is whole. ``problem``: see ``verify``."""
    if problem:
        return f"The log is damaged. {problem[0].upper()}{problem[1:]}."
    entries = "1 entry" if count == 1 else f"{count} entries, each with the hash of the one before"
    return f"The log is whole: {entries}."


def load(library: Library, person: Person, audit_id: str) -> AuditData:
    """Raises ``LibraryError`` unless ``person`` prepared the audit or is an administrator."""
    analysed_audit(library, person, audit_id)
    # Nobody submits meanwhile: between database and file a new entry would look like a damaged log.
    with log_lock(library, audit_id):
        audit = analysed_audit(library, person, audit_id)
        problem = verify(library, audit_id)
        with library.database.reading() as session:
            chain = tuple(entries(session, audit_id))
            maps = audited_maps(session, audit_id)
            references = reference_grades(session, {one.case_id for one in audit.protocol.findings})
    return AuditData(audit, chain, effective(audit.protocol, chain), maps, references, problem)


def effective(protocol: Protocol, chain: Iterable[Entry]) -> tuple[Rating, ...]:
    """The latest answers per rater and sheet, in this order. ``chain``: the log, the first entry first.

    Entries of strangers and of other findings, which only a forged log has, are left out; ``verify`` tells of them.
    """
    raters = {person: number for number, person in enumerate(protocol.raters, start=1)}
    places = {one.id: place for place, one in enumerate(protocol.findings)}
    latest = {
        (raters[one.content["rater"]], one.content["sheet"]): one.content
        for one in chain
        if one.content.get("type") in (RATING, CORRECTION)
        and one.content["rater"] in raters
        and one.content["finding"] in places
    }
    return tuple(
        _rating(protocol, rater, places[content["finding"]], content)
        for (rater, _), content in sorted(latest.items(), key=lambda item: item[0])
    )


def _rating(protocol: Protocol, rater: int, place: int, content: Mapping[str, Any]) -> Rating:
    region = content["region"]
    return Rating(
        rater=rater,
        number=place + 1,
        finding=protocol.findings[place],
        order=tuple(content["order"]),
        region=None if region is None else tuple((float(row), float(column)) for row, column in region),
        corrected=content["type"] == CORRECTION,
        **{name: content[name] for name in ("sheet", "repeat", "with_maps", "scores", "grade", "text")},
        **{name: content[name] for name in ("seconds", "time")},
    )

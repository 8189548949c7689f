"""Data of audits as they would be loaded, made without a library."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from spine_core.audit.analysis.data import AuditData, Rating
from spine_core.audit.ratings.log import BEGINNING
from spine_core.audit.ratings.maps import AuditedMap
from spine_core.audit.ratings.protocol import AuditedFinding, Protocol
from spine_core.audit.ratings.store import Audit
from tests.audit.ratings.making import ONE

METHODS = ("lime", "grad_cam", "control edges", "control random")


def protocol(count: int = 3, raters: int = 2, methods=METHODS, cases=None, **changes) -> Protocol:
    """Findings of a case each, unless ``cases`` names them; the network's grade is 4."""
    findings = tuple(
        AuditedFinding(
            cases[number] if cases else f"case{number}", f"L{number}", "pfirrmann", "ensemble",
            {one: f"{number}{one}" for one in methods}, grade="4",
        )
        for number in range(count)
    )  # fmt: skip
    # Numbers of people that are no places in the protocol.
    people = tuple(range(71, 71 + raters))
    return Protocol(
        **({"title": "Trial", "findings": findings, "raters": people, "questions": ONE} | changes)
    )


def rating(asked: Protocol, rater: int, number: int, scores: dict[str, int] | None, **changes) -> Rating:
    """``scores``: by method, of the question "place"; None for a sheet without maps."""
    given = Rating(
        rater=rater, sheet=number - 1, number=number, finding=asked.findings[number - 1], repeat=False,
        with_maps=scores is not None, order=tuple(scores or ()),
        scores={method: {"place": score} for method, score in (scores or {}).items()},
        grade=None, region=None, text="", seconds=10.0, time="2026-01-02T03:04:05+00:00", corrected=False,
    )  # fmt: skip
    return replace(given, **changes)


def audited(asked: Protocol, ratings, metrics=lambda number, method: {}, references=None) -> AuditData:
    """``metrics``: of the map of a finding (from 1) and method. ``references``: grades by number of the finding."""
    maps = tuple(
        AuditedMap(finding.id, method, f"{number}{method}", metrics(number, method))
        for number, finding in enumerate(asked.findings, start=1)
        for method in finding.maps
    )
    known = {}
    for number, grade in (references or {}).items():
        finding = asked.findings[number - 1]
        known[finding.case_id, finding.level, finding.condition] = grade
    audit = Audit("a" * 32, asked, 1, datetime(2026, 1, 1, tzinfo=UTC), None, BEGINNING, None)
    return AuditData(audit, (), tuple(ratings), maps, known, "")

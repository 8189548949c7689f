"""Approval, which ends all edits, and amendment, which begins the next version."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from spine_core.report.editing import editable
from spine_core.report.errors import ReportError
from spine_core.report.serialise import report_hash
from spine_core.report.types import Amendment, Approval, Report


def approve(report: Report, name: str, time: datetime | None = None) -> Report:
    """The approved report, which no edit can change.

    ``name``: of who approves. ``time``: aware, by default now. Raises ``ReportError`` without a name, for an approved
    report, and for free text that is empty.
    """
    editable(report)
    if not name.strip():
        msg = "an approval needs the name of the person who approves"
        raise ReportError(msg)
    if not report.structured and not report.free_text.strip():
        msg = "the free text is empty: write it, or choose the structured report"
        raise ReportError(msg)
    when = (time or datetime.now(UTC)).isoformat(timespec="seconds")
    return replace(report, approval=Approval(" ".join(name.split()), when))


def amend(report: Report, reason: str, sha256: str = "") -> Report:
    """A draft of the next version, with the reason and the hash of the approved report.

    ``sha256``: of the report as it was approved, where ``report`` is its copy without the patient's facts. Raises
    ``ReportError`` for a draft, and without a reason.
    """
    if report.approval is None:
        msg = "only an approved report can be amended; this one is a draft, which you can edit"
        raise ReportError(msg)
    if not reason.strip():
        msg = "an amendment needs a reason"
        raise ReportError(msg)
    amendment = Amendment(" ".join(reason.split()), sha256 or report_hash(report))
    return replace(report, approval=None, version=report.version + 1, amendment=amendment)

"""What an audit asked of whom, and what its log holds, as tables of words."""

from __future__ import annotations

from spine_core.audit.analysis.data import AuditData
from spine_core.audit.analysis.exports.table import Table
from spine_core.audit.ratings.method_names import method_label
from spine_core.audit.ratings.protocol import Design, Question


def protocol_tables(data: AuditData) -> tuple[Table, ...]:
    """Settings, log, questions and findings; cases by number."""
    return (_settings(data), _log(data), _questions(data), _findings(data))


def _settings(data: AuditData) -> Table:
    protocol = data.protocol
    settings = {
        "Audit": data.audit.id,
        "SHA-256 of the protocol": protocol.sha256,
        "Replaces audit": data.audit.replaces or "none",
        "Frozen by the first rating": "not yet"
        if data.audit.frozen is None
        else f"{data.audit.frozen:%Y-%m-%d}",
        "Design": protocol.design.value,
        "Raters": str(len(protocol.raters)),
        "Silent repeats": f"{protocol.repeats:.0%} of the findings",
        "Days between the parts": str(protocol.washout_days) if protocol.design is Design.SEQUENTIAL else "",
        "Groups of raters": str(protocol.groups) if protocol.design is Design.SPLIT else "",
        "Seed": str(protocol.seed),
        "All maps in one colour scale": "yes" if protocol.one_scale else "no",
        "Methods": ", ".join(map(method_label, protocol.methods)),
    }
    return Table("Protocol", "", ("Setting", "Value"), tuple(item for item in settings.items() if item[1]))


def _log(data: AuditData) -> Table:
    counts = {
        "Hash of the last entry": data.audit.head,
        "Submitted sheets": str(len(data.ratings)),
        "of these silent repeats": str(data.repeats),
        "Corrections": str(data.corrections),
    }
    return Table("Log", data.log_sentence, ("Count", "Value"), tuple(counts.items()))


def _questions(data: AuditData) -> Table:
    questions = tuple((one.name, one.text, scale_words(one)) for one in data.protocol.questions)
    return Table("Questions", "", ("Name", "Words", "Scale"), questions)


def scale_words(question: Question) -> str:
    """The scale of a question, with the labels of its ends."""
    low, high = (f" ({words})" if words else "" for words in (question.low_label, question.high_label))
    return f"{question.low}{low} to {question.high}{high}"


def _findings(data: AuditData) -> Table:
    protocol = data.protocol
    cases = list(dict.fromkeys(one.case_id for one in protocol.findings))
    findings = tuple(
        (
            str(number), str(cases.index(one.case_id) + 1), one.level, one.label or one.condition, one.network,
            one.target or one.grade, data.reference(one) or "none",
        )
        for number, one in enumerate(protocol.findings, start=1)
    )  # fmt: skip
    columns = ("Finding", "Case", "Level", "Condition", "Network", "Explained grade", "Reference grade")
    return Table("Findings", "", columns, findings)

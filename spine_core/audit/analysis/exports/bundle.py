"""Everything of an audit in one archive: report, tables, codebook, protocol, and the log with its chain of hashes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping

from spine_core.audit.analysis.exports.codebook import codebook
from spine_core.audit.analysis.exports.html import audit_html
from spine_core.audit.analysis.exports.long_csv import ratings_csv
from spine_core.audit.analysis.exports.mrmc import mrmc_csv
from spine_core.audit.analysis.results import AuditResults
from spine_core.audit.ratings.log import Entry
from spine_core.audit.ratings.protocol import Protocol

_TIME = (1980, 1, 1, 0, 0, 0)
"""Of every file in the archive, so that equal results give equal bytes."""


def audit_zip(results: AuditResults, mrmc_question: str | None = None) -> bytes:
    """The ZIP archive. ``mrmc_question``: of mrmc.csv, the first one without.

    Raises ``ValueError`` for a question that the audit does not have.
    """
    protocol = results.data.protocol
    question = protocol.questions[0].name if mrmc_question is None else mrmc_question
    files = {
        "report.html": audit_html(results),
        "ratings.csv": ratings_csv(results.table),
        "codebook.md": codebook(protocol, question),
        "mrmc.csv": mrmc_csv(results.table, question),
        "log.jsonl": log_lines(results.data.entries),
        "protocol.json": protocol_json(protocol),
    }
    return zipped(files)


def zipped(files: Mapping[str, str]) -> bytes:
    """A ZIP archive of texts by name; equal texts give equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, _TIME), text.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def log_lines(entries: Iterable[Entry]) -> str:
    """The log as its file has it: an entry per line, as it is hashed."""
    return "".join(f"{one.line()}\n" for one in entries)


def protocol_json(protocol: Protocol) -> str:
    """JSON whose SHA-256 is that of the protocol."""
    return json.dumps(protocol.values(), sort_keys=True)

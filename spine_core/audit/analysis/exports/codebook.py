"""The codebook of the exported tables: what every column means, in which unit, with which values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from spine_core import DISCLAIMER
from spine_core.audit.analysis.exports.protocol_tables import scale_words
from spine_core.audit.ratings.protocol import Protocol

Entry = tuple[str, str, str]
"""Meaning, unit, values."""

RATINGS_CODEBOOK: Mapping[str, Entry] = {
    "audit": ("The audit", "", "32 hexadecimal digits"),
    "protocol_sha256": ("Hash of protocol.json", "", "64 hexadecimal digits"),
    "rater": ("Rater, by place in the protocol", "", "from 1"),
    "sheet": ("Sheet of the rater, in the order shown", "", "from 0, as in the log"),
    "finding": ("Finding, by place in the protocol", "", "from 1"),
    "place": ("Place of the map on the sheet", "", "from 1"),
    "letter": ("Letter under which the map was shown", "", "A, B, C, …"),
    "case": ("Case in the library; intervals resample cases", "", "identifier"),
    "level": ("Spinal level", "", "such as L4/L5"),
    "condition": ("Condition that was graded", "", "name"),
    "network": ("Network whose grade is explained", "", "name"),
    "explained_grade": ("Grade that the maps explain", "grade of the condition", "text"),
    "method": (
        "Method of the map, or name of another reason",
        "",
        "name; controls begin with “control ” or end with “~random”",
    ),
    "control": ("Whether the map or reason says nothing about the network", "", "True, False"),
    "question": ("Question", "", "see below"),
    "score": ("Answer", "points of the scale of the question", "whole number, see below"),
    "repeat": ("Whether the rater had seen the finding before", "", "True, False"),
    "reader_grade": (
        "The rater's own grade on this sheet",
        "grade of the condition",
        "text; empty where not asked",
    ),
    "reader_grade_without_maps": (
        "The rater's own grade of the finding before seeing maps (sequential design)",
        "grade of the condition",
        "text; empty where not asked",
    ),
    "reference": (
        "Reference grade of the finding",
        "grade of the condition",
        "text; empty where there is none",
    ),
    "text": (
        "What the rater wrote on the sheet",
        "",
        "text; an apostrophe precedes what looks like a formula",
    ),
    "seconds": ("Time that the sheet was open", "seconds", "number; empty where not measured"),
    "time": ("When the answers were submitted; of the latest correction", "UTC", "ISO 8601"),
    "corrected": (
        "Whether the answers are a correction; earlier ones are in the log only",
        "",
        "True, False",
    ),
    "note": ("Disclaimer", "", "text"),
}
"""Of ratings.csv: one row per rater, sheet, method and question."""

MRMC_CODEBOOK: Mapping[str, Entry] = {
    "reader": ("Rater, by place in the protocol", "", "from 1"),
    "case": ("Finding, by place in the protocol", "", "from 1"),
    "treatment": ("Method of the map or name of another reason, controls among them", "", "name"),
    "truth": ("Whether the explained grade equals the reference grade", "", "1, 0"),
    "rating": ("Answer to the question", "points of the scale of the question", "whole number"),
}
"""Of mrmc.csv: one row per rater, finding and method."""


def codebook(protocol: Protocol, mrmc_question: str) -> str:
    """Markdown. ``mrmc_question``: the one that mrmc.csv is about."""
    questions = ((one.name, one.text, scale_words(one)) for one in protocol.questions)
    return "\n".join(
        (
            "# Codebook", "", DISCLAIMER, "",
            "## ratings.csv", "", "One row per rater, sheet, method and question.", "",
            *codebook_table(RATINGS_CODEBOOK), "",
            "## Questions", "",
            *_table(("Question", "Words", "Scale"), questions), "",
            "## mrmc.csv", "",
            f"Answers to “{_cell(mrmc_question)}”, one row per rater, finding and method, for R's MRMCaov: "
            "`mrmc(empirical_auc(truth, rating), treatment, reader, case, data)`. Silent repeats and findings "
            "without a reference grade are left out.", "",
            *codebook_table(MRMC_CODEBOOK), "",
            "## log.jsonl and protocol.json", "",
            "Each line of the log is an entry with the SHA-256 of the line before; 64 zeros precede the first one, and "
            "the hash of the last one is in the report. Raters have the numbers that the protocol lists, in the order "
            "of their places. The SHA-256 of protocol.json is the hash of the protocol.", "",
        )
    )  # fmt: skip


def codebook_table(book: Mapping[str, Entry]) -> Iterable[str]:
    """Lines of a Markdown table: a row per column of a file."""
    return _table(("Column", "Meaning", "Unit", "Values"), ((name, *entry) for name, entry in book.items()))


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    for cells in (heads, ("---",) * len(heads), *rows):
        yield f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """Questions are free text: neither tags, nor ends of cells or lines."""
    return escape(" ".join(text.split()), quote=False).replace("|", "\\|")

"""Choices as files: the long table with its codebook, the log, and what was asked; one archive of all."""

from __future__ import annotations

import json
from collections.abc import Mapping

from spine_core import DISCLAIMER
from spine_core.audit.analysis.exports.bundle import log_lines, zipped
from spine_core.audit.analysis.exports.codebook import RATINGS_CODEBOOK, Entry, codebook_table
from spine_core.audit.analysis.exports.long_csv import ratings_csv
from spine_core.audit.choices.log import BEST, ORDER_RULE, rules
from spine_core.audit.choices.results import ChoiceResults
from spine_core.audit.choices.table import CHOICE_COLUMNS

_DIFFERENT: Mapping[str, Entry] = {
    "audit": ("The set of exercises", "", "32 hexadecimal digits"),
    "rater": ("Learner, in the order of first choices", "", "from 1"),
    "sheet": ("Choice of the learner, in their order", "", "from 0, as in the log"),
    "finding": ("Finding of a case, in the order of first choices", "", "from 1"),
    "place": ("Place of the map", "", "from 1"),
    "network": ("Not told of released results", "", "empty"),
    "question": (f"Question: “{BEST.text}”", "", BEST.name),
    "score": ("Whether the map was chosen, one of several or none", "", "1, 0"),
    "repeat": ("Whether the learner had chosen for this finding of the case before", "", "True, False"),
    "reader_grade": ("Not asked together with the maps", "", "empty"),
    "reader_grade_without_maps": (
        "The learner's own grade, committed before the maps were shown",
        "grade of the condition",
        "text",
    ),
    "text": ("Not asked", "", "empty"),
    "seconds": ("Not measured", "", "empty"),
    "time": ("When the map was chosen", "UTC", "ISO 8601"),
    "corrected": ("A choice is made once", "", "False"),
    "network_right": (
        "Whether the networks' grade is the reference grade",
        "",
        "True, False; empty without a reference",
    ),
    "released_sha256": (
        "Hash of all that was released of the finding: grade, probabilities, maps, verdicts",
        "",
        "64 hexadecimal digits",
    ),
    "seed": (f"Seed of the order of the maps: {ORDER_RULE}", "", "32 hexadecimal digits"),
}
"""What is another thing here than in a rating study."""

CHOICES_CODEBOOK: Mapping[str, Entry] = {
    name: _DIFFERENT.get(name) or RATINGS_CODEBOOK[name] for name in CHOICE_COLUMNS
}
"""Of ratings.csv: one row per choice and map that was shown."""


def choices_zip(results: ChoiceResults) -> bytes:
    """ZIP archive of table, codebook, log and rules. Learners, findings and cases have numbers."""
    return zipped(
        {
            "ratings.csv": ratings_csv(results.table),
            "codebook.md": choices_codebook(),
            "log.jsonl": log_lines(results.data.entries),
            "protocol.json": json.dumps(rules(results.data.id), sort_keys=True),
        }
    )


def choices_codebook() -> str:
    """Markdown."""
    return "\n".join(
        (
            "# Codebook", "", DISCLAIMER, "",
            "## ratings.csv", "",
            "One row per choice and map that was shown. The columns of the ratings of an audit, and some more.", "",
            *codebook_table(CHOICES_CODEBOOK), "",
            "## log.jsonl and protocol.json", "",
            "Each line of the log is a choice with the SHA-256 of the line before; 64 zeros precede the first one. "
            "Learners have their numbers in the library. The SHA-256 of protocol.json stands in every entry.", "",
        )
    )  # fmt: skip

"""A report in words: what every template and the PDF are made from. The values are plain texts, lists and mappings."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from spine_core.report.map_words import image_view, map_lines
from spine_core.report.phrases import Phrases, phrases
from spine_core.report.serialise import report_hash
from spine_core.report.types import (
    GENERAL,
    IMPRESSION,
    NOT_ASSESSED,
    Author,
    Report,
    Section,
    Sentence,
)

ROLES = ("grader", "member", "detector", "segmenter")
"""Networks in the order of the appendix."""

View = dict[str, Any]
"""Names that templates may use; ``docs/clinician.md`` lists them."""


def view(report: Report) -> View:
    """The report in the words of its language. Its pictures are PNG bytes, and addresses for HTML."""
    words = phrases(report.language)
    sha256 = report_hash(report)
    return {
        "language": report.language,
        "words": {key.partition(".")[2]: text for key, text in words.texts.items() if key.startswith("document.")},
        "title": words("document.title"),
        "disclaimer": words("document.disclaimer"),
        "synthetic": words("document.synthetic") if report.header.synthetic else "",
        "status": status_lines(report, words),
        "state": report.state.value,
        "version": report.version,
        "sha256": sha256,
        "facts": _facts(report, words),
        "structured": report.structured,
        "free_text": report.free_text,
        "general": _sentences(report.section(GENERAL), words),
        "levels": [
            {"level": one.name, "sentences": _sentences(one, words)} for one in report.levels if one.sentences
        ],
        "impression": _sentences(report.section(IMPRESSION), words),
        "not_assessed": _sentences(report.section(NOT_ASSESSED), words),
        "legend": words("document.legend"),
        "images": [
            image_view(one, words) | {"address": _address(one.png), "bar_address": _address(one.bar)}
            for one in report.key_images
        ],
        "methods": _methods(report, words),
        "footer": words(
            "document.footer", spinelens=report.provenance.spinelens, version=report.version, sha256=sha256
        ),
    }  # fmt: skip


def status_lines(report: Report, words: Phrases) -> list[str]:
    """The state in a sentence, and what an amendment amends."""
    name = "" if report.approval is None else report.approval.name
    time = "" if report.approval is None else _time(report.approval.time)
    lines = [words(f"status.{report.state.value}", name=name, time=time)]
    if report.amendment is not None:
        found = report.amendment
        lines.append(
            words("status.amends", version=report.version, previous=found.previous, reason=found.reason)
        )
    return lines


def mark(sentence: Sentence, words: Phrases) -> str:
    """The author's mark, such as "N", with "?" where the sentence is uncertain."""
    own = words(f"mark.{sentence.author.value}")
    return f"{own}{words('mark.uncertain')}" if sentence.uncertain else own


def _time(iso: str) -> str:
    return datetime.fromisoformat(iso).strftime("%Y-%m-%d %H:%M %Z").strip()


def _facts(report: Report, words: Phrases) -> list[tuple[str, str]]:
    header = report.header
    found = []
    if header.patient is not None:
        who = header.patient
        values = {
            "patient": who.name.replace("^", ", "),
            "patient_id": who.patient_id,
            "birth_date": _date(who.birth_date),
            "sex": who.sex,
            "study_date": _date(header.study_date),
        }
        found += [(words(f"header.{name}"), value) for name, value in values.items() if value]
    series = [
        words(
            "header.series_one" if one.graded else "header.series_ungraded",
            plane=words(f"plane.{one.plane}"), weighting=one.weighting, slices=one.slices,
        )
        + (f" ({count} ×)" if count > 1 else "")
        for one, count in Counter(header.series).items()
    ]  # fmt: skip
    return [
        *found,
        (words("header.series"), "; ".join(series)),
        (words("header.study"), f"SHA-256 {header.study_sha256}"),
    ]


def _date(stored: str) -> str:
    """YYYYMMDD as YYYY-MM-DD; other texts unchanged."""
    return f"{stored[:4]}-{stored[4:6]}-{stored[6:]}" if len(stored) == 8 and stored.isdigit() else stored


def _sentences(section: Section, words: Phrases) -> list[View]:
    return [
        {
            "text": one.text,
            "mark": mark(one, words),
            "author": words(f"author.{one.author.value}"),
            "uncertain": one.uncertain,
            "origin": words("document.was", text=one.origin) if one.edited and one.origin else one.origin,
            "by_reader": one.author is Author.READER,
        }
        for one in section.sentences
    ]


def _methods(report: Report, words: Phrases) -> list[tuple[str, list[str]]]:
    """Headings of the appendix, each with its lines."""
    made = report.provenance
    found: list[tuple[str, list[str]]] = [
        (words("methods.software"), [words("methods.software_text", spinelens=made.spinelens)])
    ]
    roles: dict[str, list[str]] = {}
    for one in made.networks:
        text = words("methods.network", name=one.name, version=one.version, sha256=one.sha256)
        roles.setdefault(one.role, []).append(text if one.sha256 else one.name)
    found += [(words(f"methods.role_{role}"), roles[role]) for role in ROLES if role in roles]
    found += [
        (words(f"methods.{name}"), [words(f"methods.{name}_text")])
        for name in ("uncertainty", "nomenclature", "measurements")
    ]
    found += _quoted("corrections", made.corrections, words) + _quoted("notes", made.notes, words)
    mapped = [one for one in report.key_images if one.facts is not None]
    return found + [map_lines(one, number, words) for number, one in enumerate(mapped, start=1)]


def _quoted(name: str, lines: Sequence[str], words: Phrases) -> list[tuple[str, list[str]]]:
    return [(words(f"methods.{name}"), list(lines))] if lines else []


def _address(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}" if png else ""

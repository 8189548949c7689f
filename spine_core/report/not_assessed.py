"""What the report says nothing about, and why."""

from __future__ import annotations

from collections.abc import Iterator

from spine_core.anatomy.types import LEVELS
from spine_core.grading.types import Reading
from spine_core.report.decisions import Reviews
from spine_core.report.phrases import Phrases
from spine_core.report.types import Author, Evidence, Sentence
from spine_core.study.types import Plane, Study

SITES = {"foramina": "foram", "recesses": "recess", "facets": "facet"}
"""Structures that a network of a user may grade, by the word in its conditions' ``site`` or label."""


def not_assessed(study: Study, reading: Reading, reviews: Reviews, words: Phrases) -> Iterator[Sentence]:
    """Structures that no network grades, axial images, then findings without a grade by their reason."""
    graded = " ".join(f"{one.site} {one.label}" for one in reading.conditions).lower()
    for name, word in SITES.items():
        if word not in graded:
            yield _fixed(name, words)
    if not any(one.side for one in reading.conditions):
        yield _fixed("side", words)
    planes = {_plane(study, uid) for one in reading.findings if one.grade for uid in one.series_uids}
    if Plane.AXIAL not in planes:
        yield _fixed("axial", words)
    yield _fixed("beyond", words)
    yield from _without_grade(reading, reviews, words)


def _fixed(name: str, words: Phrases) -> Sentence:
    return Sentence(name, words(f"missing.{name}"), Author.NETWORK)


def _plane(study: Study, uid: str) -> Plane:
    return next((one.plane for one in study.series if one.uid == uid), Plane.UNKNOWN)


def _without_grade(reading: Reading, reviews: Reviews, words: Phrases) -> Iterator[Sentence]:
    """One sentence for the levels and conditions that share a reason. A grade of the reader counts as a grade."""
    reasons: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for level in LEVELS:
        own = [one for one in reading.findings if one.level == level]
        missing: dict[str, list[str]] = {} if own else {words("missing.level"): []}
        for one in own:
            if one.grade is None and (level, one.condition) not in reviews:
                missing.setdefault(words.core(one.reason), []).append(one.condition)
        for reason, conditions in missing.items():
            whole = len(conditions) == len(own)
            reasons.setdefault((reason, () if whole else tuple(conditions)), []).append(level)
    for number, ((reason, names), levels) in enumerate(reasons.items()):
        yield _because(f"reason-{number}", reason, names, levels, reading, words)


def _because(
    key: str, reason: str, names: tuple[str, ...], levels: list[str], reading: Reading, words: Phrases
) -> Sentence:
    labels = [words.label(one) for one in reading.conditions if one.name in names]
    conditions = ", ".join(labels)
    text = words(
        "missing.some" if names else "missing.all",
        conditions=conditions[:1].upper() + conditions[1:], levels=", ".join(levels), reason=reason,
    )  # fmt: skip
    first = names or ("",)
    evidence = tuple(Evidence(level, name) for level in levels for name in first)
    return Sentence(key, text, Author.NETWORK, evidence=evidence)

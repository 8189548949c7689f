"""The impression: what a reader must not overlook, by finding over all levels. It suggests and never concludes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spine_core.anatomy.types import LEVELS
from spine_core.grading.types import Finding, Reading
from spine_core.networks.conditions import Condition
from spine_core.report.decisions import Reviews, decided_grade
from spine_core.report.network_sentences import grade_label, uncertain
from spine_core.report.phrases import Phrases, released
from spine_core.report.types import Author, Evidence, Sentence

NOTABLE = {
    "herniation": ("1",),
    "canal_stenosis": ("1",),
    "spondylolisthesis": ("1",),
    "bulging": ("1",),
    "modic": ("1", "2", "3"),
    "pfirrmann": ("5", "4"),
}
"""Grades of the released conditions that the impression names, in its order. Of networks of users: the highlighted."""


def impression(reading: Reading, reviews: Reviews, words: Phrases) -> Iterator[Sentence]:
    """Notable grades by finding and author, then what cannot be excluded, then levels without any grade."""
    named = [*_notable(reading, reviews, words)]
    possible = [*_possible(reading, reviews, words)]
    known_by = [one for one in reading.findings if one.grade or (one.level, one.condition) in reviews]
    graded = list(dict.fromkeys(one.level for one in known_by))
    if not named and not possible and graded:
        known = all(released(one) for one in reading.conditions)
        text = words("impression.nothing" if known else "impression.nothing_other")
        named = [Sentence("nothing", text, Author.NETWORK, evidence=tuple(Evidence(one) for one in graded))]
    yield from named
    yield from possible
    missing = [level for level in LEVELS if level not in graded]
    if missing:
        text = words("impression.not_graded", levels=", ".join(missing))
        yield Sentence("not-graded", text, Author.NETWORK, evidence=tuple(map(Evidence, missing)))


def notable_grades(condition: Condition) -> tuple[str, ...]:
    """Grades that the impression names."""
    return NOTABLE.get(condition.name, ()) if released(condition) else condition.highlighted


def _ordered(reading: Reading) -> list[Condition]:
    order = list(NOTABLE)
    return sorted(
        reading.conditions, key=lambda one: order.index(one.name) if one.name in order else len(order)
    )


def _notable(reading: Reading, reviews: Reviews, words: Phrases) -> Iterator[Sentence]:
    for condition in _ordered(reading):
        own = [one for one in reading.findings if one.condition == condition.name]
        for grade in notable_grades(condition):
            for author in (Author.READER, Author.NETWORK):
                found = [one for one in own if decided_grade(one, reviews) == (grade, author)]
                if found:
                    yield _named(condition, grade, author, found, words)


def _named(
    condition: Condition, grade: str, author: Author, found: Sequence[Finding], words: Phrases
) -> Sentence:
    doubted = [author is Author.NETWORK and uncertain(one) for one in found]
    levels = ", ".join(
        words("impression.uncertain_level", level=one.level) if doubt else one.level
        for one, doubt in zip(found, doubted, strict=True)
    )
    key = "impression.reader" if author is Author.READER else "impression.finding"
    return Sentence(
        f"{condition.name}-{grade}-{author.value}",
        words(key, finding=_name(condition, grade, words), levels=levels),
        author,
        all(doubted),
        tuple(Evidence(one.level, one.condition) for one in found),
    )


def _possible(reading: Reading, reviews: Reviews, words: Phrases) -> Iterator[Sentence]:
    """Highlighted grades that no reader decided on, that were not reported and yet are not excluded."""
    for condition in _ordered(reading):
        for grade in condition.highlighted:
            found = [
                one
                for one in reading.findings
                if one.condition == condition.name
                and grade in one.prediction_set
                and one.grade not in notable_grades(condition)
                and (one.level, one.condition) not in reviews
            ]
            if found:
                text = words(
                    "impression.excluded",
                    finding=words.label(condition)
                    if len(condition.grades) == 2
                    else f"{words.label(condition)} {words.grade(grade_label(condition, grade))}",
                    levels=", ".join(one.level for one in found),
                )
                evidence = tuple(Evidence(one.level, one.condition) for one in found)
                yield Sentence(f"{condition.name}-{grade}-possible", text, Author.NETWORK, True, evidence)


def _name(condition: Condition, grade: str, words: Phrases) -> str:
    label = words.grade(grade_label(condition, grade))
    key = f"impression.{condition.name}" if released(condition) else "impression.other"
    return words(key, label=condition.label, grade=label)

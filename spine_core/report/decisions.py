"""What the reader said of the networks' grades, next to what the networks reported."""

from __future__ import annotations

from collections.abc import Mapping

from spine_core.grading.types import Finding
from spine_core.library.types import Decision, Review
from spine_core.report.network_sentences import grade_label, uncertain
from spine_core.report.phrases import Phrases
from spine_core.report.types import Author, Evidence, Sentence

Reviews = Mapping[tuple[str, str], Review]
"""The reader's decision by level and condition (``library.reviews.latest_reviews``)."""


def decided_grade(finding: Finding, reviews: Reviews) -> tuple[str | None, Author]:
    """The grade that the report holds and who gave it: the reader's where they decided. None where rejected."""
    review = reviews.get((finding.level, finding.condition))
    if review is None:
        return finding.grade, Author.NETWORK
    if review.decision is Decision.CHANGED:
        return review.grade, Author.READER
    return (None if review.decision is Decision.REJECTED else finding.grade), Author.READER


def decision_sentence(finding: Finding, review: Review, words: Phrases) -> Sentence:
    """The reader's decision in a sentence; ``origin`` is what the networks reported. It keeps the finding's key."""
    condition = finding.definition
    label = words.label(condition)
    given = review.grade if review.decision is Decision.CHANGED else finding.grade
    text = words(
        f"reader.{review.decision.value}",
        label=label[:1].upper() + label[1:],
        grade="" if given is None else words.grade(grade_label(condition, given)),
    )
    evidence = (Evidence(finding.level, finding.condition),)
    return Sentence(
        finding.condition, text, Author.READER, evidence=evidence, origin=_reported(finding, words)
    )


def _reported(finding: Finding, words: Phrases) -> str:
    if finding.grade is None:
        return words("reader.origin_none")
    return words(
        "reader.origin_uncertain" if uncertain(finding) else "reader.origin",
        grade=words.grade(grade_label(finding.definition, finding.grade)),
        probability=words.percent(finding.probabilities[finding.grade]),
    )

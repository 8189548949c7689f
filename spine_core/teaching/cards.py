"""One card of spaced repetition per person and grade boundary, scheduled by FSRS from committed answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from spine_core.library.database.schema import PersonRow, ReviewCardRow
from spine_core.networks.conditions import BY_NAME
from spine_core.teaching.answers import Answer
from spine_core.teaching.boundaries import Boundary, boundaries_of
from spine_core.teaching.exercise_case import ExerciseCase

if TYPE_CHECKING:
    from fsrs import Rating, Scheduler

Cards = dict[tuple[str, str], ReviewCardRow]
"""By condition and key of the boundary."""


def review_cards(
    session: Session, person_id: int, case: ExerciseCase, answers: Sequence[Answer], moment: datetime
) -> None:
    """Reviews the cards of the boundaries that committed answers to a case were about, each once, by its worst answer.

    Of several boundaries that an answer may be about, the card that is due first is reviewed; where there is no card
    yet, one is made for the first boundary in the order of grades. Findings without a reference review nothing.
    """
    # Two cases that are committed at once must not both make the first card of a boundary.
    session.get_one(PersonRow, person_id, with_for_update={"key_share": True})
    query = select(ReviewCardRow).where(ReviewCardRow.person_id == person_id)
    cards: Cards = {(row.condition, row.boundary): row for row in session.scalars(query)}
    worst: dict[Boundary, Rating] = {}
    for boundary, rating in _reviews(cards, case, answers):
        worst[boundary] = min(worst.get(boundary, rating), rating)
    for boundary, rating in worst.items():
        row = cards.get((boundary.condition, boundary.key))
        if row is None:
            row = ReviewCardRow(
                person_id=person_id, condition=boundary.condition, boundary=boundary.key, card={}
            )
            session.add(row)
        _review(row, rating, moment)


def rating_of(right: bool, confidence: int | None) -> Rating:
    """How well the boundary was known: again (wrong, or "cannot tell"), hard (right at confidence 1 or 2: mostly
    luck), good (3 or 4), easy (5).
    """
    from fsrs import Rating

    if not right or confidence is None:
        return Rating.Again
    return (Rating.Hard, Rating.Hard, Rating.Good, Rating.Good, Rating.Easy)[confidence - 1]


def _reviews(
    cards: Cards, case: ExerciseCase, answers: Sequence[Answer]
) -> Iterator[tuple[Boundary, Rating]]:
    for one in answers:
        reference = case.reference(one.level, one.condition)
        if reference is not None:
            boundaries = boundaries_of(BY_NAME[one.condition], reference.grade, one)
            yield (
                _first_due(cards, boundaries),
                rating_of(one.grade == reference.grade, one.confidence),
            )


def _first_due(cards: Cards, boundaries: Sequence[Boundary]) -> Boundary:
    there = [one for one in boundaries if (one.condition, one.key) in cards]
    return min(there, key=lambda one: cards[one.condition, one.key].due) if there else boundaries[0]


def _review(row: ReviewCardRow, rating: Rating, moment: datetime) -> None:
    from fsrs import Card

    # The number only tells cards of one collection apart; here the row does.
    card = Card.from_dict(row.card) if row.card else Card(card_id=0, due=moment)  # type: ignore[arg-type]
    card, _ = _scheduler().review_card(card, rating, moment)
    row.card, row.due = dict(card.to_dict()), card.due


def _scheduler() -> Scheduler:
    """Without steps of minutes: a boundary is met again in another case on another day. Equal answers, equal days."""
    from fsrs import Scheduler

    return Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)

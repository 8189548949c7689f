"""What is told of a room as JSON values: the same to learners and to the projector, and nothing before its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pages.components.teach.finding_form import key_of, words_of
from pages.components.teach.rooms.case_media import CaseMedia, methods_of
from pages.components.viewer.stored_maps import is_signed
from spine_core.audit.ratings.method_names import method_label
from spine_core.networks.conditions import BY_NAME, Condition
from spine_core.teaching.answers import CANNOT_TELL, Answer
from spine_core.teaching.released import ReleasedFinding
from spine_core.teaching.rooms.tally import FindingTally
from spine_core.teaching.rooms.told import Told
from spine_core.teaching.shown import Debriefing


def told_values(told: Told, media: CaseMedia) -> dict[str, Any]:
    """The current case: what is asked, its series and levels, and what the room has revealed of it."""
    room = told.room
    return {
        "version": room.version,
        "title": told.exercise.title,
        "place": room.place,
        "cases": len(told.exercise.cases),
        "phase": room.phase.value,
        "focus": key_of(room.focus),
        "cannotTell": CANNOT_TELL,
        "asked": [_asked(*one) for one in told.exercise.asked],
        "series": media.facts(),
        "levels": [asdict(one) for one in media.levels()],
        "networks": None if told.released is None else [_network(one, media) for one in told.released],
        "reference": None if told.debriefing is None else _reference(told.debriefing, media),
    }


def answer_values(answers: Sequence[Answer], media: CaseMedia) -> list[dict[str, Any]]:
    """Own answers; a click on a series that is not shown is left out."""
    values = []
    for one in answers:
        number = None if one.click is None else media.number_of(one.click.series_uid)
        click = None
        if one.click is not None and number is not None:
            click = {
                "series": number,
                "slice": one.click.slice_index,
                "row": one.click.row,
                "column": one.click.column,
            }
        values.append(
            {
                "key": key_of((one.level, one.condition)),
                "grade": one.grade,
                "confidence": one.confidence,
                "click": click,
            }
        )
    return values


def counts_values(found: Sequence[FindingTally]) -> dict[str, dict[str, list[list[Any]]]]:
    """Histograms by finding and stage: words of the grade, and how many."""
    return {
        key_of((one.level, one.condition)): {
            stage.value: [[words_of(one.condition, grade), number] for grade, number in counts.items()]
            for stage, counts in one.counts.items()
        }
        for one in found
    }


def _asked(level: str, name: str) -> dict[str, Any]:
    condition: Condition = BY_NAME[name]
    return {
        "key": key_of((level, name)),
        "level": level,
        "label": condition.label,
        "help": condition.help,
        "grades": [list(one) for one in zip(condition.grades, condition.grade_labels, strict=True)],
    }


def _network(one: ReleasedFinding, media: CaseMedia) -> dict[str, Any]:
    series = None if one.view is None else media.number_of(one.view.series_uid)
    shown = series is not None and one.view is not None
    maps = [
        {"method": method_label(name), "verdict": one.verdicts.get(name, ""), "signed": is_signed(name)}
        for name in (methods_of(one) if shown else ())
    ]
    return {
        "key": key_of((one.level, one.condition)),
        "grade": None if one.grade is None else words_of(one.condition, one.grade),
        "probabilities": [
            [words_of(one.condition, grade), round(value, 3)] for grade, value in one.probabilities.items()
        ],
        "notExcluded": [words_of(one.condition, grade) for grade in one.prediction_set if grade != one.grade],
        "disagree": one.members_disagree,
        "maps": maps,
        "series": series,
        "slice": one.view.slice_index if one.view is not None else None,
    }


def _reference(told: Debriefing, media: CaseMedia) -> dict[str, Any]:
    return {
        "learningPoint": told.learning_point,
        "grades": {
            key_of((one.level, one.condition)): {"grade": words_of(one.condition, one.grade), "source": one.source}
            for one in told.references
        },
        "places": [
            {
                "key": key_of((one.level, one.condition)), "series": number, "slice": one.slice_index, "row": one.row,
                "column": one.column, "radius": one.radius,
            }
            for one in told.places
            if (number := media.number_of(one.series_uid)) is not None
        ],
    }  # fmt: skip

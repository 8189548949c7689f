"""What the networks say of a finding, in the words of the form's cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pages.components.read.grid import set_words
from pages.components.teach.finding_form import key_of, label_of, words_of
from spine_core.networks.conditions import BY_NAME
from spine_core.teaching.released import ReleasedFinding


def network_cells(released: Sequence[ReleasedFinding]) -> Mapping[str, Mapping[str, Any]]:
    """By key of the finding: its words, the whole sentence, whether it is uncertain."""
    return {
        key_of((one.level, one.condition)): {
            "words": _words(one), "title": network_sentence(one), "uncertain": one.uncertain,
        }
        for one in released
    }  # fmt: skip


def _words(one: ReleasedFinding) -> str:
    if one.grade is None:
        return "Networks: not gradable"
    parts = [f"Networks: {words_of(one.condition, one.grade)} {one.probabilities.get(one.grade, 0):.0%}"]
    if len(one.prediction_set) > 1:
        parts.append(set_words(BY_NAME[one.condition], one))
    return " · ".join(filter(None, parts)) + (" ≠" if one.members_disagree else "")


def network_sentence(one: ReleasedFinding) -> str:
    """Grade, probability and uncertainty of a finding."""
    label = label_of((one.level, one.condition))
    if one.grade is None:
        return f"{label}: the networks gave no grade"
    parts = [f"{label}: the networks report {words_of(one.condition, one.grade)}"]
    others = [words_of(one.condition, grade) for grade in one.prediction_set if grade != one.grade]
    if others:
        parts.append(f"not excluded: {', '.join(others)}")
    if one.members_disagree:
        parts.append("the networks of the ensemble disagree")
    return "; ".join(parts)

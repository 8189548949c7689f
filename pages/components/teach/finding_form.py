"""The form of grades, confidences and places, for learners and for a teacher's reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages.components.component_events import event_value
from spine_core.assets import ASSETS
from spine_core.networks.conditions import BY_NAME, Condition
from spine_core.teaching.answers import CANNOT_TELL

CONFIDENCE_WORDS = ("1: a guess", "2: rather unsure", "3: fairly sure", "4: sure", "5: certain")

Finding = tuple[str, str]
"""Level and condition."""


def key_of(finding: Finding) -> str:
    """Names a finding in the form and in a draft."""
    return " ".join(finding)


def finding_of(key: str) -> Finding:
    """The finding of a key."""
    level, condition = key.split(" ", 1)
    return level, condition


def label_of(finding: Finding) -> str:
    """``L4/L5, Pfirrmann grade``."""
    return f"{finding[0]}, {BY_NAME[finding[1]].label}"


def words_of(condition: str, grade: str) -> str:
    """A grade, or "cannot tell", as a clinician writes it."""
    definition = BY_NAME[condition]
    return dict(zip(definition.grades, definition.grade_labels, strict=True)).get(grade, grade)


@dataclass(frozen=True)
class FormContent:
    """What a form shows. ``form``: tells it from all others; ``answers``, ``places``, ``network``: by ``key_of``.

    ``places``: where each was marked, in a few words. ``network``: what the networks say, after the reveal only.
    ``remaining``: seconds of the time limit. ``asks_confidence``: False for a reference.
    """

    form: str
    levels: Sequence[str]
    conditions: Sequence[str]
    answers: Mapping[str, Mapping[str, Any]]
    places: Mapping[str, str]
    placing: str = ""
    network: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    selected: str = ""
    saved: str = ""
    submit_label: str = ""
    remaining: float | None = None
    asks_confidence: bool = True


@st.cache_resource
def _component() -> Any:
    return st.components.v2.component(
        "finding_form",
        html='<div id="findings"></div>',
        css=(ASSETS / "styles" / "finding_form.css").read_text(),
        js=(ASSETS / "components" / "finding_form.js").read_text(),
    )


def finding_form(key: str, content: FormContent, **listeners: Callable[[Mapping[str, Any]], None]) -> Any:
    """Draws the form. ``listeners``: ``draft``, ``submit``, ``place`` and ``look``; each is told what it is about
    before the page runs, and only where it is of this form.
    """

    def callback(event: str) -> Callable[[], None]:
        def told() -> None:
            value = event_value(key, event)
            if value is not None and value["form"] == content.form and event in listeners:
                listeners[event](value)

        return told

    callbacks = {f"on_{event}_change": callback(event) for event in ("draft", "submit", "place", "look")}
    return _component()(key=key, data=_data(content), **callbacks)


def _data(content: FormContent) -> dict[str, Any]:
    return {
        "form": content.form,
        "caption": "Your grades, by level and finding" if content.asks_confidence else "Reference grades",
        "levels": list(content.levels),
        "columns": [_column(BY_NAME[name], content.asks_confidence) for name in content.conditions],
        "answers": {key: dict(value) for key, value in content.answers.items()},
        "places": dict(content.places),
        "placing": content.placing,
        "network": {key: dict(value) for key, value in content.network.items()},
        "selected": content.selected,
        "saved": content.saved,
        "submitLabel": content.submit_label,
        "remaining": content.remaining,
        "asksConfidence": content.asks_confidence,
        "asksPlace": True,
        "cannotTell": CANNOT_TELL,
        "confidenceWords": list(CONFIDENCE_WORDS),
    }


def _column(condition: Condition, cannot_tell: bool) -> dict[str, Any]:
    grades = [list(one) for one in zip(condition.grades, condition.grade_labels, strict=True)]
    return {
        "name": condition.name,
        "label": condition.label,
        "help": condition.help,
        "grades": [*grades, [CANNOT_TELL, CANNOT_TELL]] if cannot_tell else grades,
    }

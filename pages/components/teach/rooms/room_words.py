"""Words of a room on the teacher's page."""

from __future__ import annotations

import re

from pages.components.teach.rooms.told_values import words_of
from spine_core.networks.conditions import BY_NAME
from spine_core.teaching.rooms.types import Phase

PHASE_WORDS = {
    Phase.ANSWERING: "the class answers",
    Phase.REVEALED: "the networks are revealed",
    Phase.REFERENCE: "the reference is shown",
}


def escaped(text: str) -> str:
    """What somebody typed, as text within Markdown: nothing of it is a sign, a link or an image."""
    return re.sub(r"([^\w\s])", r"\\\1", text)


def finding_words(finding: tuple[str, str]) -> str:
    """``L4/L5, Pfirrmann grade``."""
    return f"{finding[0]}, {BY_NAME[finding[1]].label}"


def grade_words(condition: str, grade: str) -> str:
    """A grade, or "cannot tell", in words."""
    return words_of(condition, grade)

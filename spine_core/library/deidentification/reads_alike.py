"""Checks that de-identified files read as the same study as their originals."""

from __future__ import annotations

from spine_core.library.errors import DeidentificationError
from spine_core.study.types import Series, Study

COMPARED = (
    "plane",
    "weighting",
    "modality",
    "synthetic",
    "fat_suppressed",
    "contrast_enhanced",
    "spacing",
    "window",
    "inverted",
)


def check_reads_alike(original: Study, kept: Study) -> None:
    """Raises ``DeidentificationError`` where results on ``kept`` would differ from those on ``original``.

    Compared are pixels and geometry of all series in their order, and what decides whether and how a series is graded.
    """
    if len(original.series) != len(kept.series):
        msg = f"The de-identified files hold {len(kept.series)} series instead of {len(original.series)}."
        raise DeidentificationError(msg)
    for number, (one, other) in enumerate(zip(original.series, kept.series, strict=True), start=1):
        if differing := _differing(one, other):
            msg = f"Series {number} of the de-identified files reads differently ({', '.join(differing)})."
            raise DeidentificationError(msg)
    if original.sha256 != kept.sha256:
        msg = "The de-identified files differ in pixels or geometry."
        raise DeidentificationError(msg)


def _differing(one: Series, other: Series) -> list[str]:
    found = [name for name in COMPARED if getattr(one, name) != getattr(other, name)]
    return found if _kind(one.not_gradable) == _kind(other.not_gradable) else [*found, "not_gradable"]


def _kind(reason: str) -> str:
    """The reason up to the words that it quotes from a description, of which the copy has the known beginnings."""
    return reason.partition(" (")[0]

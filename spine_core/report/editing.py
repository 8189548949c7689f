"""Edits of a draft. Each makes a new report, and raises ``ReportError`` for an approved one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from spine_core.report.errors import ReportError
from spine_core.report.types import (
    SECTIONS,
    Author,
    KeyImage,
    Report,
    Section,
    Sentence,
)

LONGEST = 20_000
"""Most characters of one text that a reader writes."""

OWN = "reader-"
"""Keys of sentences that the reader added begin with this."""


def edit_sentence(report: Report, section: str, key: str, text: str) -> Report:
    """The sentence becomes the reader's; its first text stays visible as origin. Raises ``ReportError``."""
    text = _text(text)

    def edited(one: Sentence) -> Sentence:
        if one.text == text:
            return one
        origin = one.origin if one.edited or one.origin else one.text
        return replace(one, text=text, author=Author.READER, edited=True, uncertain=False, origin=origin)

    return _changed(
        report, section, lambda found: tuple(edited(one) if one.key == key else one for one in found), key
    )


def add_sentence(report: Report, section: str, text: str) -> Report:
    """Adds a sentence of the reader's at the end of a section. Raises ``ReportError`` for an unknown section."""
    text = _text(text)
    if section not in SECTIONS:
        msg = f"a report has no section {section!r}"
        raise ReportError(msg)
    if section not in [one.name for one in report.sections]:
        report = replace(editable(report), sections=(*report.sections, Section(section)))

    def added(found: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
        numbers = [int(one.key.removeprefix(OWN)) for one in found if one.key.startswith(OWN)]
        key = f"{OWN}{max(numbers, default=0) + 1}"
        return (*found, Sentence(key, text, Author.READER, edited=True))

    return _changed(report, section, added)


def remove_sentence(report: Report, section: str, key: str) -> Report:
    """The report without a sentence. Raises ``ReportError`` where there is none."""
    return _changed(report, section, lambda found: tuple(one for one in found if one.key != key), key)


def move_sentence(report: Report, section: str, key: str, by: int) -> Report:
    """Moves a sentence within its section by ``by`` places, down where positive, as far as the section goes."""

    def moved(found: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
        order = list(found)
        place = next(i for i, one in enumerate(order) if one.key == key)
        order.insert(max(0, place + by), order.pop(place))
        return tuple(order)

    return _changed(report, section, moved, key)


def set_free_text(report: Report, text: str) -> Report:
    """Text in the place of the sentences by level; empty text is allowed while the report is written."""
    return replace(editable(report), structured=False, free_text=text[:LONGEST])


def set_structured(report: Report, *, structured: bool) -> Report:
    """Sentences by level or free text, which begins with the words of these sentences."""
    text = report.free_text
    if not structured and not text:
        parts = [(one.name, one.sentences) for one in report.levels if one.sentences]
        text = "\n\n".join(f"{name}: {' '.join(one.text for one in sentences)}" for name, sentences in parts)
    return replace(editable(report), structured=structured, free_text=text)


def add_key_image(report: Report, image: KeyImage) -> Report:
    """Adds a key image at the end, unless it is there already."""
    if image in editable(report).key_images:
        return report
    return replace(report, key_images=(*report.key_images, image))


def remove_key_image(report: Report, number: int) -> Report:
    """The report without its key image ``number``, counted from 0. Raises ``ReportError`` where there is none."""
    editable(report)
    if not 0 <= number < len(report.key_images):
        msg = "the report has no such key image"
        raise ReportError(msg)
    images = (*report.key_images[:number], *report.key_images[number + 1 :])
    return replace(editable(report), key_images=images)


def editable(report: Report) -> Report:
    """The report itself. Raises ``ReportError`` where it is approved, and so may not be edited."""
    if report.approval is not None:
        msg = "this report is approved and cannot be changed; amend it with a reason"
        raise ReportError(msg)
    return report


def _text(text: str) -> str:
    text = text.strip()
    if not text:
        msg = "an empty sentence says nothing: remove it instead"
        raise ReportError(msg)
    if len(text) > LONGEST:
        msg = f"a text has {LONGEST} characters at most"
        raise ReportError(msg)
    return text


def _changed(
    report: Report,
    section: str,
    change: Callable[[tuple[Sentence, ...]], tuple[Sentence, ...]],
    key: str = "",
) -> Report:
    editable(report)
    found = report.section(section)
    if key and key not in [one.key for one in found.sentences]:
        msg = f"the section {section} has no such sentence"
        raise ReportError(msg)
    new = replace(found, sentences=change(found.sentences))
    return replace(report, sections=tuple(new if one.name == section else one for one in report.sections))

"""The report's sentences as text items of the structured report, each with who wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from spine_core.dicom_objects.codes import GENERAL_SECTION, NOT_ASSESSED_SECTION
from spine_core.dicom_objects.identity import notice
from spine_core.dicom_objects.observers import device, person, reader_name
from spine_core.dicom_objects.types import ObjectInput
from spine_core.report.types import GENERAL, IMPRESSION, NOT_ASSESSED, Author, Sentence

if TYPE_CHECKING:
    from highdicom.sr import ContainerContentItem, ObserverContext, TextContentItem

SECTIONS: tuple[tuple[str, Code, Code], ...] = (
    (GENERAL, GENERAL_SECTION, codes.DCM.Comment),
    (IMPRESSION, codes.DCM.Impressions, codes.DCM.Impression),
    (NOT_ASSESSED, NOT_ASSESSED_SECTION, codes.DCM.Comment),
)
"""Sections that are not of one level, with the concepts of the container and of its sentences."""


def level_sentences(made_from: ObjectInput, level: str) -> Iterator[TextContentItem]:
    """The sentences of a level as comments; none where the reader wrote free text in their place."""
    if made_from.report.structured:
        for one in made_from.report.section(level).sentences:
            yield text_item(codes.DCM.Comment, one.text, _author(made_from, one))


def sections(made_from: ObjectInput) -> Iterator[ContainerContentItem]:
    """The other sections, and the free text as findings."""
    report = made_from.report
    if not report.structured:
        yield _container(
            codes.DCM.Findings, [text_item(codes.DCM.Finding, report.free_text, _reader(made_from))]
        )
    for name, concept, of_sentence in SECTIONS:
        found = report.section(name).sentences
        if found and (report.structured or name != GENERAL):
            items = [text_item(of_sentence, one.text, _author(made_from, one)) for one in found]
            yield _container(concept, items)


def notice_item(made_from: ObjectInput) -> TextContentItem:
    """That this is research and no diagnosis, and synthetic where it is."""
    return text_item(codes.DCM.Comment, notice(made_from))


def text_item(concept: Code, text: str, author: ObserverContext | None = None) -> TextContentItem:
    """A text with its author, where one is given."""
    from highdicom.sr import ContentSequence, RelationshipTypeValues, TextContentItem

    item = TextContentItem(concept, text, RelationshipTypeValues.CONTAINS)
    if author is not None:
        item.ContentSequence = ContentSequence(author)
    return item


def _author(made_from: ObjectInput, sentence: Sentence) -> ObserverContext:
    if sentence.author is Author.READER:
        return _reader(made_from)
    reading = made_from.reading
    measured = sentence.author is Author.MEASUREMENT and reading.segmenter is not None
    return device(
        f"measurement on {reading.segmenter.name}" if measured and reading.segmenter else reading.model.name
    )


def _reader(made_from: ObjectInput) -> ObserverContext:
    return person(reader_name(made_from))


def _container(concept: Code, items: Iterable[TextContentItem]) -> ContainerContentItem:
    from highdicom.sr import ContainerContentItem, ContentSequence, RelationshipTypeValues

    container = ContainerContentItem(concept, relationship_type=RelationshipTypeValues.CONTAINS)
    container.ContentSequence = ContentSequence(list(items))
    return container

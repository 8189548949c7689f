"""The structured draft of a report, from a reading and the reader's decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from spine_core import __version__
from spine_core.anatomy.types import LEVELS
from spine_core.grading.types import Finding, Reading
from spine_core.report.decisions import Reviews, decision_sentence
from spine_core.report.impression import impression
from spine_core.report.network_sentences import measured_sentence, network_sentences
from spine_core.report.not_assessed import not_assessed
from spine_core.report.phrases import Phrases, phrases
from spine_core.report.types import (
    GENERAL,
    IMPRESSION,
    NOT_ASSESSED,
    Author,
    Header,
    NetworkFacts,
    PatientFacts,
    Provenance,
    Report,
    Section,
    Sentence,
    SeriesFacts,
)
from spine_core.study.types import Study

NO_REVIEWS: Reviews = MappingProxyType({})


def draft(
    study: Study, reading: Reading, reviews: Reviews = NO_REVIEWS, *, language: str = "en", template: str = ""
) -> Report:
    """The draft of a report of ``reading``.

    ``reviews``: the reader's decisions, which stand in the place of the networks' sentences and keep these as origin.
    ``language``: one of ``phrases.LANGUAGES``; raises ``ValueError`` for another. It holds no patient data.
    """
    words = phrases(language)
    sections = [Section(GENERAL, tuple(_general(reading, words)))]
    sections += [Section(one, tuple(_level(reading, one, reviews, words))) for one in LEVELS]
    sections.append(Section(IMPRESSION, tuple(impression(reading, reviews, words))))
    sections.append(Section(NOT_ASSESSED, tuple(not_assessed(study, reading, reviews, words))))
    return Report(_header(study, reading), tuple(sections), _provenance(reading), language, template)


def with_patient(report: Report, study: Study, *, shown: bool) -> Report:
    """The report with or without the patient's facts in its header. To be called on the reader's own act only."""
    who = study.patient
    facts = PatientFacts(who.name, who.patient_id, who.birth_date, who.sex) if shown else None
    date = (who.study_date or next((one.study_date for one in study.series), "")) if shown else ""
    return replace(report, header=replace(report.header, patient=facts, study_date=date))


def _general(reading: Reading, words: Phrases) -> Iterator[Sentence]:
    anatomy = reading.anatomies[0] if reading.anatomies else None
    if anatomy is not None and not anatomy.level_certain:
        count = anatomy.level_count
        known = count is not None and not count.certain
        wrong = words.percent(count.wrong) if count is not None else ""
        text = words("general.level_count", probability=wrong) if known else words("general.level_unknown")
        yield Sentence("level-count", text, Author.NETWORK, uncertain=True)
    if reading.disc_corrections:
        text = words("general.corrected", count=len(reading.disc_corrections))
        yield Sentence("corrected", text, Author.READER)
    if reading.outline_edits:
        text = words("general.outlines", readers=", ".join(reading.outline_readers))
        yield Sentence("outlines", text, Author.READER)


def _level(reading: Reading, level: str, reviews: Reviews, words: Phrases) -> Iterator[Sentence]:
    """Decisions and findings in the order of the conditions, then the absent ones, then the measurements."""
    own = [one for one in reading.findings if one.level == level]
    decided = {one.condition: one for one in own if (level, one.condition) in reviews}
    open_ones = [one for one in own if one.condition not in decided]
    sentences = {one.key: one for one in network_sentences(open_ones, words)}
    for one in own:
        if one.condition in decided:
            yield decision_sentence(one, reviews[level, one.condition], words)
        elif one.condition in sentences:
            yield sentences.pop(one.condition)
    yield from sentences.values()
    if level in reading.measurements:
        readers = reading.outline_readers if reading.measured_on_edit(level) else ()
        measured = measured_sentence(level, reading.measurements[level], words, readers)
        if measured is not None:
            yield measured


def _header(study: Study, reading: Reading) -> Header:
    graded = {uid for one in reading.findings if one.grade for uid in one.series_uids}
    series = tuple(
        SeriesFacts(
            one.plane.value,
            reading.weighting_of(one),
            one.slices,
            one.uid in graded,
        )
        for one in study.series
    )
    return Header(study.sha256, study.synthetic, series)


def _provenance(reading: Reading) -> Provenance:
    networks = {"grader": reading.model, "detector": reading.detector, "segmenter": reading.segmenter}
    found = [
        NetworkFacts(role, one.name, one.version, one.sha256)
        for role, one in networks.items()
        if one is not None
    ]
    return Provenance(__version__, (*found, *_members(reading.findings)), reading.corrections, reading.notes)


def _members(findings: tuple[Finding, ...]) -> Iterator[NetworkFacts]:
    """Members of the ensemble, by name: their hashes are part of the ensemble's."""
    members: Mapping[str, object] = next(
        (one.member_probabilities for one in findings if one.member_probabilities), {}
    )
    for name in members if len(members) > 1 else ():
        yield NetworkFacts("member", name, "", "")

"""Measurement groups of the structured report (PS3.16 TID 1501): what networks and reader say of one disc."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydicom.sr.codedict import codes

from spine_core.anatomy.measurements import FEATURES
from spine_core.dicom_objects.codes import (
    DISCS,
    GRADE,
    LENGTH_UNITS,
    MEASUREMENT_CODES,
    MEASUREMENT_UNITS,
    NOT_EXCLUDED,
    condition_code,
    grade_code,
)
from spine_core.dicom_objects.identity import tracking_uid
from spine_core.dicom_objects.observers import device, person
from spine_core.dicom_objects.types import ObjectInput, SourceImage
from spine_core.grading.types import Finding
from spine_core.library.types import Decision
from spine_core.weights import ModelId

if TYPE_CHECKING:
    from highdicom.sr import (
        AlgorithmIdentification,
        ContentSequence,
        Measurement,
        MeasurementsAndQualitativeEvaluations,
        ObserverContext,
        QualitativeEvaluation,
    )


@dataclass(frozen=True, eq=False)
class Group:
    """One disc. ``images``: slices that the networks saw, or on which the disc lies."""

    level: str
    study_uid: str
    images: Sequence[SourceImage]


def network_group(made_from: ObjectInput, group: Group) -> MeasurementsAndQualitativeEvaluations:
    """Grades and probabilities of the networks, and measurements on their segmentation."""
    reading = made_from.reading
    findings = [one for one in reading.findings if one.level == group.level and one.grade is not None]
    return _group(
        group,
        device(reading.model.name),
        algorithm=algorithm(reading.model),
        evaluations=[_graded(one) for one in findings],
        measurements=list(_measurements(made_from, group.level)),
    )


def reader_group(made_from: ObjectInput, group: Group) -> MeasurementsAndQualitativeEvaluations | None:
    """Grades that the reader confirmed or gave instead, by the reader; None where no grade was decided."""
    decided = list(_decided(made_from, group.level))
    if not decided:
        return None
    evaluations = [_evaluation(finding, grade) for finding, grade, _ in decided]
    return _group(group, person(decided[0][2]), evaluations=evaluations)


def algorithm(model: ModelId, *more: str) -> AlgorithmIdentification:
    """A network (PS3.16 TID 4019). ``more``: what else the result depends on."""
    from highdicom.sr import AlgorithmIdentification

    return AlgorithmIdentification(
        name=model.name,
        version=model.version,
        parameters=[f"SHA-256 {model.sha256}", *more],
        family=codes.DCM.ArtificialIntelligence,
    )


def _decided(made_from: ObjectInput, level: str) -> Iterator[tuple[Finding, str, str]]:
    """Findings that the reader decided, with the reader's grade and name."""
    for one in made_from.reading.findings:
        review = made_from.reviews.get((level, one.condition)) if one.level == level else None
        if review is None or review.decision is Decision.REJECTED:
            continue
        grade = review.grade if review.decision is Decision.CHANGED else one.grade
        if grade is not None:
            yield one, grade, review.person


def _group(
    group: Group,
    observer: ObserverContext,
    *,
    algorithm: AlgorithmIdentification | None = None,
    evaluations: Sequence[QualitativeEvaluation] = (),
    measurements: Sequence[Measurement] = (),
) -> MeasurementsAndQualitativeEvaluations:
    from highdicom.sr import FindingSite, MeasurementsAndQualitativeEvaluations, TrackingIdentifier

    made = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            uid=tracking_uid(group.study_uid, group.level), identifier=f"{group.level} disc"
        ),
        finding_category=codes.SCT.AnatomicalStructure,
        finding_type=DISCS[group.level],
        finding_sites=[FindingSite(anatomic_location=DISCS[group.level])],
        algorithm_id=algorithm,
        measurements=measurements,
        qualitative_evaluations=evaluations,
        source_images=[_source(one) for one in group.images],
    )
    made[0].ContentSequence.extend(observer)
    return made


def _source(image: SourceImage) -> Any:
    from highdicom.sr import SourceImageForMeasurementGroup

    return SourceImageForMeasurementGroup(image.header.SOPClassUID, image.placeholder)


def _evaluation(finding: Finding, grade: str) -> QualitativeEvaluation:
    from highdicom.sr import QualitativeEvaluation

    condition = finding.definition
    return QualitativeEvaluation(name=condition_code(condition), value=grade_code(condition, grade))


def _graded(finding: Finding) -> QualitativeEvaluation:
    """The network's grade, with the probability of every grade and the grades that are not excluded."""
    assert finding.grade is not None
    found = _evaluation(finding, finding.grade)
    found[0].ContentSequence = _properties(finding)
    return found


def _properties(finding: Finding) -> ContentSequence:
    from highdicom.sr import CodeContentItem, ContentSequence, NumContentItem, RelationshipTypeValues

    items = ContentSequence()
    for grade, probability in finding.probabilities.items():
        number = NumContentItem(
            name=codes.DCM.Probability,
            value=round(probability, 4),
            unit=codes.UCUM.NoUnits,
            relationship_type=RelationshipTypeValues.HAS_PROPERTIES,
        )
        of_grade = CodeContentItem(
            GRADE, grade_code(finding.definition, grade), RelationshipTypeValues.HAS_CONCEPT_MOD
        )
        number.ContentSequence = ContentSequence([of_grade])
        items.append(number)
    items.extend(
        CodeContentItem(
            NOT_EXCLUDED, grade_code(finding.definition, grade), RelationshipTypeValues.HAS_PROPERTIES
        )
        for grade in finding.prediction_set
    )
    return items


def _measurements(made_from: ObjectInput, level: str) -> Iterator[Measurement]:
    from highdicom.sr import Measurement

    reading = made_from.reading
    found, segmenter = reading.measurements.get(level), reading.segmenter
    readers = ", ".join(reading.outline_readers) if reading.measured_on_edit(level) else ""
    edited = (f"on outlines edited by {readers}",) if readers else ()
    for name in FEATURES if found is not None else ():
        value = getattr(found, name)
        if value is not None and found is not None:
            yield Measurement(
                name=MEASUREMENT_CODES[name],
                value=round(value, 4),
                unit=MEASUREMENT_UNITS.get(name, LENGTH_UNITS[found.unit]),
                algorithm_id=None if segmenter is None else algorithm(segmenter, *edited),
            )


def levels_of(made_from: ObjectInput) -> Iterable[str]:
    """Levels with findings, cranial to caudal."""
    there = {one.level for one in made_from.reading.findings}
    return [level for level in DISCS if level in there]

"""A reading as data: what is stored of it, and how a kept case gets its corrected discs back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from spine_core.anatomy.outline_edits import OutlineEdit
from spine_core.anatomy.types import Disc, Source, Structure
from spine_core.grading.outline_edits import restore_outlines
from spine_core.grading.reader_edits import place_discs
from spine_core.grading.types import Finding, Reading
from spine_core.library.database.schema import FindingRow, ReadingRow
from spine_core.library.types import KeptFinding, KeptReading
from spine_core.networks.conditions import Condition, Scale
from spine_core.networks.registry import Bundle
from spine_core.study.types import Study, Weighting


def kept_reading(reading: Reading, study: Study) -> KeptReading:
    """What is stored of ``reading``."""
    numbers = {series.uid: str(number) for number, series in enumerate(study.series)}
    return KeptReading(
        network=f"{reading.model.name}, version {reading.model.version}",
        network_sha256=reading.model.sha256,
        discs=tuple(replace(disc, series_uid=numbers[disc.series_uid]) for disc in reading.discs),
        corrections=reading.disc_corrections,
        conditions=reading.conditions,
        findings=tuple(_kept_finding(finding) for finding in reading.findings),
        outlines=tuple(replace(edit, series_uid=numbers[edit.series_uid]) for edit in reading.outline_edits),
    )


def _kept_finding(finding: Finding) -> KeptFinding:
    return KeptFinding(
        finding.level,
        finding.condition,
        finding.grade,
        dict(finding.probabilities),
        finding.prediction_set,
        finding.members_disagree,
        finding.reason,
    )


def with_kept_discs(study: Study, bundle: Bundle, reading: Reading, kept: KeptReading) -> Reading:
    """``reading`` of a kept study with the discs as the reader had corrected them, graded again.

    All corrections together count as one, which can be undone.
    """
    if not kept.corrections:
        return reading
    discs = tuple(
        replace(disc, series_uid=study.series[int(disc.series_uid)].uid, source=Source.READER)
        for disc in kept.discs
    )
    words = f"as kept in the library: {', '.join(kept.corrections)}"
    return place_discs(study, reading, bundle, discs, words)


def with_kept_outlines(study: Study, bundle: Bundle, reading: Reading, kept: KeptReading) -> Reading:
    """``reading`` of a kept study with the outlines that were edited, under the names and times of then.

    All together count as one correction, which can be undone.
    """
    edits = [replace(edit, series_uid=study.series[int(edit.series_uid)].uid) for edit in kept.outlines]
    segmented = {one.series_uid for one in reading.anatomies}
    usable = [edit for edit in edits if edit.series_uid in segmented]
    return restore_outlines(study, reading, bundle, usable) if usable else reading


def places(reading: KeptReading) -> frozenset[tuple[object, ...]]:
    """What a reader corrects: level, series, slice and position of every disc, and every edited outline."""
    discs = ((one.level, one.series_uid, one.slice_index, one.center_px) for one in reading.discs)
    return frozenset((*discs, *((*edit.place, edit.runs) for edit in reading.outlines)))


def reading_row(case_id: str, reading: KeptReading) -> ReadingRow:
    """The row of a reading with those of its findings."""
    return ReadingRow(
        case_id=case_id,
        network=reading.network,
        network_sha256=reading.network_sha256,
        discs=[asdict(disc) for disc in reading.discs],
        corrections=list(reading.corrections),
        outlines=[_outline_values(edit) for edit in reading.outlines],
        conditions=[asdict(condition) for condition in reading.conditions],
        findings=[
            _finding_row(position, finding, reading.condition(finding.condition))
            for position, finding in enumerate(reading.findings)
        ],
    )


def _outline_values(edit: OutlineEdit) -> dict[str, Any]:
    return asdict(edit) | {"structure": edit.structure.name.lower()}


def _outline(values: Mapping[str, Any]) -> OutlineEdit:
    rows, columns = values["shape"]
    return OutlineEdit(
        **{
            **values,
            "structure": Structure[values["structure"].upper()],
            "runs": tuple(values["runs"]),
            "shape": (rows, columns),
        }
    )


def _finding_row(position: int, finding: KeptFinding, condition: Condition) -> FindingRow:
    return FindingRow(
        position=position,
        level=finding.level,
        condition=finding.condition,
        grade=finding.grade,
        grade_index=None if finding.grade is None else condition.grades.index(finding.grade),
        probabilities=dict(finding.probabilities),
        prediction_set=list(finding.prediction_set),
        members_disagree=finding.members_disagree,
        uncertain=finding.uncertain,
        reason=finding.reason,
    )


def reading_of(row: ReadingRow) -> KeptReading:
    """The reading of a row."""
    return KeptReading(
        row.network,
        row.network_sha256,
        tuple(_disc(values) for values in row.discs),
        tuple(row.corrections),
        tuple(_condition(values) for values in row.conditions),
        tuple(_finding(one) for one in row.findings),
        tuple(_outline(one) for one in row.outlines),
    )


def _finding(row: FindingRow) -> KeptFinding:
    return KeptFinding(
        row.level,
        row.condition,
        row.grade,
        row.probabilities,
        tuple(row.prediction_set),
        row.members_disagree,
        row.reason,
    )


def _disc(values: Mapping[str, Any]) -> Disc:
    centre = values["center_mm"]
    return Disc(
        **{
            **values,
            "center_px": tuple(values["center_px"]),
            "posterior_px": tuple(values["posterior_px"]),
            "center_mm": None if centre is None else tuple(centre),
            "caudal": tuple(values["caudal"]),
            "source": Source(values["source"]),
        }
    )


def _condition(values: Mapping[str, Any]) -> Condition:
    weightings = {name: tuple(Weighting(one) for one in values[name]) for name in ("needs", "recommended")}
    texts = {name: tuple(values[name]) for name in ("grades", "grade_labels", "highlighted")}
    return Condition(**{**values, **weightings, **texts, "scale": Scale(values["scale"])})

"""A reading as JSON and CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import Any

from spine_core import DISCLAIMER
from spine_core.anatomy.outline_edits import OutlineEdit
from spine_core.anatomy.types import Disc
from spine_core.grading.consistency import contradictions
from spine_core.grading.types import Finding, Reading
from spine_core.study.types import Series, Study


def reading_json(study: Study, reading: Reading) -> dict[str, Any]:
    """A reading as JSON values. It contains file names, which may identify the patient."""
    return {
        "disclaimer": DISCLAIMER,
        "study": {
            "sha256": study.sha256,
            "synthetic": study.synthetic,
            "series": [_series(s, reading) for s in study.series],
        },
        "model": _model(reading.model)
        | {
            "detector": _model(reading.detector),
            "segmenter": None if reading.segmenter is None else _model(reading.segmenter),
        },
        "level_count": _level_count(reading),
        "discs": [_disc(study, d) for d in reading.discs],
        "findings": [_finding(f) for f in reading.findings],
        "measurements": {level: asdict(found) for level, found in reading.measurements.items()},
        "segmented_measurements": {
            level: asdict(found) for level, found in reading.segmented_measurements.items()
        },
        "outline_edits": [_outline_edit(edit) for edit in reading.outline_edits],
        "contradictions": [
            {"level": c.level, "conditions": list(c.conditions), "words": c.words}
            for c in contradictions(reading.findings)
        ],
        "notes": list(reading.notes),
        "corrections": list(reading.corrections),
        "problems": [{"file": p.file, "reason": p.reason} for p in study.problems],
    }


def _level_count(reading: Reading) -> dict[str, Any] | None:
    """Probabilities of the networks' level names, before any correction; None where they are unknown."""
    anatomy = reading.anatomies[0] if reading.anatomies else None
    if anatomy is None or anatomy.level_count is None:
        return None
    count = anatomy.level_count
    return {
        "probability_every_disc_one_level_higher": count.higher,
        "probability_right": count.correct,
        "probability_every_disc_one_level_lower": count.lower,
        "uncertain_from": count.limit,
        "certain": anatomy.level_certain,
    }


def _model(model: Any) -> dict[str, str]:
    return {"name": model.name, "version": model.version, "sha256": model.sha256}


def _series(series: Series, reading: Reading) -> dict[str, Any]:
    weighting, reason = reading.inferred_weighting.get(
        series.uid, (series.weighting.value, series.weighting_reason)
    )
    return {
        "uid": series.uid,
        "description": series.description,
        "modality": series.modality,
        "plane": series.plane.value,
        "weighting": weighting,
        "weighting_reason": reason,
        "slices": series.slices,
        "rows": series.rows,
        "columns": series.columns,
        "not_gradable": series.not_gradable,
        "notes": [note.text for note in series.notes],
    }


def _disc(study: Study, disc: Disc) -> dict[str, Any]:
    series = study.by_uid(disc.series_uid)
    return {
        "level": disc.level,
        "series_uid": disc.series_uid,
        "file": series.files[disc.slice_index],
        "sop_instance_uid": series.sop_instance_uids[disc.slice_index],
        "slice_index": disc.slice_index,
        "center_px": list(disc.center_px),
        "posterior_px": list(disc.posterior_px),
        "center_mm": None if disc.center_mm is None else list(disc.center_mm),
        "confidence": disc.confidence,
        "placed_by": disc.source.value,
    }


def _outline_edit(edit: OutlineEdit) -> dict[str, Any]:
    """An edited outline. ``mask_runs``: row by row, outside and inside in turn."""
    return {
        "series_uid": edit.series_uid,
        "slice_index": edit.slice_index,
        "structure": edit.structure.name.lower(),
        "reader": edit.reader,
        "edited": edit.edited,
        "dice": edit.dice,
        "changed_px": edit.changed_px,
        "changed_mm2": edit.changed_mm2,
        "mask_shape": list(edit.shape),
        "mask_runs": list(edit.runs),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "level": finding.level,
        "condition": finding.condition,
        "series_uids": list(finding.series_uids),
        "status": finding.status.value,
        "reason": finding.reason,
        "probabilities": dict(finding.probabilities),
        "grade": finding.grade,
        "prediction_set": list(finding.prediction_set),
        "member_probabilities": {
            network: dict(vote) for network, vote in finding.member_probabilities.items()
        },
        "outside_fraction": finding.outside_fraction,
    }


def reading_csv(reading: Reading) -> str:
    """One line per finding. Every line has the disclaimer and the model, so that extracts keep them.

    ``outlines_edited_by``: who edited outlines, where that changed a measurement of the level.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
            "level",
            "condition",
            "status",
            "grade",
            "grade_label",
            "probability",
            "prediction_set",
            "networks_disagree",
            "reason",
            "outside_fraction",
            "outlines_edited_by",
            "model",
            "version",
            "note",
        ]
    )
    for finding in reading.findings:
        condition = finding.definition
        label, probability = "", ""
        if finding.grade is not None:
            label = condition.grade_labels[condition.grades.index(finding.grade)]
            probability = f"{finding.probabilities[finding.grade]:.3f}"
        writer.writerow(
            [
                finding.level,
                finding.condition,
                finding.status.value,
                finding.grade or "",
                label,
                probability,
                " ".join(finding.prediction_set),
                "yes" if finding.members_disagree else "no",
                finding.reason,
                "" if finding.outside_fraction is None else f"{finding.outside_fraction:.4f}",
                "; ".join(reading.outline_readers) if reading.measured_on_edit(finding.level) else "",
                reading.model.name,
                reading.model.version,
                DISCLAIMER,
            ]
        )
    return out.getvalue()

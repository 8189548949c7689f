"""The quality card: acquisition parameters of a series with their limits, and series that a study lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spine_core.study.frame import plane_of
from spine_core.study.geometry import StackGeometry
from spine_core.study.types import Note, Plane, Series, Severity, Study, Weighting

COARSE_PIXEL_MM = 1.0
THICK_SLICE_MM = 5.0
WIDE_GAP_SHARE = 0.2
LEAST_GAP_MM = 0.05
"""Less is rounding of positions in the header."""
FEW_SLICES = 9
"""Bounds of the ACR-ASNR-SCBT-MR practice parameter for the adult lumbar spine, in round numbers: pixels up to
1 mm, slices up to 5 mm, gaps up to a fifth of the thickness; nine 4-mm slices just cover the canal and foramina."""
LUMBAR_MM = 200.0
"""Length from the upper endplate of L1 to the lower edge of S1: 170 to 200 mm in adults."""
LUMBAR_LEVELS = ("L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1")


@dataclass(frozen=True)
class QualityRow:
    """One line of the card."""

    label: str
    value: str
    severity: Severity
    help: str


def quality_card(series: Series, covered_levels: tuple[str, ...] | None = None) -> tuple[QualityRow, ...]:
    """Lines of the card for one series.

    ``covered_levels``: disc levels detected in it; None to judge coverage by its craniocaudal length.
    """
    rows = [_spacing(series), _thickness(series), _gap(series), _matrix(series), _slices(series)]
    rows += _scanner(series)
    rows.append(_levels(covered_levels) if covered_levels is not None else coverage([series]))
    return tuple(rows)


def missing_from_study(study: Study) -> tuple[Note, ...]:
    """A note for each series of a full lumbar study that is missing, with what cannot be graded without it."""
    gradable = [series for series in study.series if not series.not_gradable]
    if not gradable:
        return (Note(Severity.WARNING, "No series of this study can be graded."),)
    weightings = {series.weighting for series in gradable}
    notes = []
    if Weighting.UNKNOWN not in weightings:
        if not weightings & {Weighting.T2, Weighting.T2_SPACE}:
            notes.append(Note(Severity.WARNING, "No sagittal T2: Pfirrmann grades cannot be given."))
        if Weighting.T1 not in weightings:
            notes.append(Note(Severity.WARNING, "No sagittal T1: Modic types cannot be told apart."))
    if not any(series.plane is Plane.AXIAL for series in study.series):
        notes.append(
            Note(Severity.INFO, "No axial series: canal and foramina can only be seen from the side.")
        )
    return tuple(notes)


def _spacing(series: Series) -> QualityRow:
    explained = "Distance between pixel centres in a slice, rows by columns. Finer shows smaller defects."
    if series.spacing is None:
        return QualityRow("Pixel spacing", "unknown", Severity.WARNING, explained)
    rows, columns = series.spacing
    coarse = max(rows, columns) > COARSE_PIXEL_MM
    return QualityRow(
        "Pixel spacing", f"{rows:.2f} x {columns:.2f} mm", _warn(coarse), f"{explained} Up to 1 mm is usual."
    )


def _thickness(series: Series) -> QualityRow:
    explained = "Thick slices blur the edges of disc and canal."
    if series.slice_thickness is None:
        return QualityRow("Slice thickness", "unknown", Severity.INFO, explained)
    thick = series.slice_thickness > THICK_SLICE_MM
    return QualityRow(
        "Slice thickness",
        f"{series.slice_thickness:.1f} mm",
        _warn(thick),
        f"{explained} Up to 5 mm is usual.",
    )


def _gap(series: Series) -> QualityRow:
    explained = "Tissue between two slices that no slice shows."
    step = None if series.geometry is None else _step(series.geometry)
    if step is None or series.slice_thickness is None:
        return QualityRow("Gap between slices", "unknown", Severity.INFO, explained)
    gap = step - series.slice_thickness
    wide = gap > max(WIDE_GAP_SHARE * series.slice_thickness, 0.1) + 0.05
    return QualityRow("Gap between slices", _gap_words(gap), _warn(wide), explained)


def _gap_words(gap: float) -> str:
    if abs(gap) < LEAST_GAP_MM:
        return "none"
    return f"{gap:.1f} mm" if gap > 0 else f"overlap of {-gap:.1f} mm"


def _step(geometry: StackGeometry) -> float | None:
    if len(geometry.positions) < 2:
        return None
    return float(np.median(np.abs(np.diff(geometry.positions @ geometry.normal))))


def _matrix(series: Series) -> QualityRow:
    value = f"{series.rows} x {series.columns}"
    return QualityRow("Matrix", value, Severity.INFO, "Rows by columns of the stored image.")


def _slices(series: Series) -> QualityRow:
    few = series.plane is Plane.SAGITTAL and series.slices < FEW_SLICES
    explained = "Sagittal stacks of nine or more slices reach both foramina."
    return QualityRow("Slices", str(series.slices), _warn(few), explained)


def _scanner(series: Series) -> list[QualityRow]:
    facts = (
        ("Field strength", "MagneticFieldStrength", "T", "Of the magnet; higher fields give less noise."),
        ("Repetition time", "RepetitionTime", "ms", "Long in T2, short in T1."),
        ("Echo time", "EchoTime", "ms", "Long in T2, short in T1."),
        ("Inversion time", "InversionTime", "ms", "Written where a signal is nulled, such as fat in STIR."),
    )
    rows = []
    for label, keyword, unit, explained in facts:
        value = series.header.get(keyword, "").split("\\")[0]
        try:
            rows.append(QualityRow(label, f"{float(value):g} {unit}", Severity.INFO, explained))
        except ValueError:
            continue
    return rows


def _levels(found: tuple[str, ...]) -> QualityRow:
    missing = [level for level in LUMBAR_LEVELS if level not in found]
    value = "L1/L2 to L5/S1" if not missing else f"without {', '.join(missing)}"
    return QualityRow("Coverage", value, _warn(bool(missing)), "Lumbar discs found in this series.")


def coverage(stacks: Sequence[Series]) -> QualityRow:
    """How long the region is that the stacks of one acquisition show along the patient's axis, gaps included."""
    explained = "Length of the imaged region along the patient's axis; L1 to S1 measures up to 200 mm."
    ends = [end for series in stacks for end in _ends(series)]
    length = max(ends) - min(ends) if ends else 0.0
    if length <= 0.0:
        return QualityRow("Coverage", "unknown", Severity.INFO, explained)
    short = stacks[0].plane is Plane.SAGITTAL and length < LUMBAR_MM
    return QualityRow("Coverage", f"{length:.0f} mm head to foot", _warn(short), explained)


def _ends(series: Series) -> list[float]:
    """Heights in mm (z) that the series reaches: of axial stacks the middles of the outer slices, which may be tilted.

    Empty where the position is unknown.
    """
    geometry, last = series.geometry, series.slices - 1
    if geometry is None:
        return []
    if plane_of(geometry.normal) is Plane.AXIAL:
        middle = ((series.rows - 1) / 2, (series.columns - 1) / 2)
        return [float(geometry.to_patient(index, *middle)[2]) for index in (0, last)]
    return [
        float(geometry.to_patient(index, row, column)[2])
        for index in (0, last)
        for row in (0, series.rows - 1)
        for column in (0, series.columns - 1)
    ]


def _warn(bad: bool) -> Severity:
    return Severity.WARNING if bad else Severity.INFO

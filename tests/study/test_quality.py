from __future__ import annotations

import numpy as np

from spine_core.study import SourceFile, open_study, sources_from_path
from spine_core.study.quality import QualityRow, missing_from_study, quality_card
from spine_core.study.types import Severity
from tests.study.made import AXIAL, mr, random_pixels, stored, write_study


def card(
    levels: tuple[str, ...] | None = None,
    *,
    rows: int = 24,
    slices: int = 9,
    step: float = 4.4,
    **elements: object,
):
    datasets = [mr((step * n, 0, 0), pixels=random_pixels(n, rows, 16), **elements) for n in range(slices)]
    series = open_study([SourceFile(str(n), stored(ds)) for n, ds in enumerate(datasets)]).series[0]
    return {row.label: row for row in quality_card(series, levels)}


def shown(row: QualityRow) -> tuple[str, Severity]:
    return row.value, row.severity


def test_a_good_series_has_no_warnings() -> None:
    rows = card(rows=320, MagneticFieldStrength=1.5)
    assert {row.severity for row in rows.values()} == {Severity.INFO}
    assert rows["Pixel spacing"].value == "0.70 x 0.70 mm"
    assert rows["Slice thickness"].value == "4.0 mm"
    assert rows["Gap between slices"].value == "0.4 mm"
    assert rows["Matrix"].value == "320 x 16"
    assert rows["Slices"].value == "9"
    assert rows["Field strength"].value == "1.5 T"
    assert rows["Echo time"].value == "102 ms"
    assert rows["Coverage"].value == "223 mm head to foot"  # 319 steps of 0.7 mm
    assert all(row.help for row in rows.values())


def test_each_shortcoming_is_a_warning() -> None:
    rows = card(rows=100, slices=5, step=9.0, SliceThickness=6, PixelSpacing=[1.4, 1.4])
    assert shown(rows["Pixel spacing"]) == ("1.40 x 1.40 mm", Severity.WARNING)
    assert shown(rows["Slice thickness"]) == ("6.0 mm", Severity.WARNING)
    assert shown(rows["Gap between slices"]) == ("3.0 mm", Severity.WARNING)
    assert shown(rows["Slices"]) == ("5", Severity.WARNING)
    assert shown(rows["Coverage"]) == ("139 mm head to foot", Severity.WARNING)


def test_found_levels_decide_the_coverage_where_they_are_known() -> None:
    every = ("L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1")
    assert shown(card(every)["Coverage"]) == ("L1/L2 to L5/S1", Severity.INFO)
    assert shown(card(every[2:])["Coverage"]) == ("without L1/L2, L2/L3", Severity.WARNING)


def test_a_gap_is_reported_without_a_sign() -> None:
    assert card(step=4.0)["Gap between slices"].value == "none"
    assert card(step=3.98)["Gap between slices"].value == "none", "positions are rounded in the header"
    assert card(step=3.5)["Gap between slices"].value == "overlap of 0.5 mm"


def test_coverage_of_a_tilted_axial_stack_is_measured_along_the_patient() -> None:
    """Five slices 5 mm apart, tilted by 30 degrees: 20 mm x cos 30 = 17.3 mm between the middles of the outer ones."""
    normal = np.array([0.0, -0.5, np.cos(np.pi / 6)])
    direction = (1.0, 0.0, 0.0, 0.0, float(np.cos(np.pi / 6)), 0.5)
    datasets = [mr((5.0 * n * normal).tolist(), direction) for n in range(5)]
    series = open_study([SourceFile(str(n), stored(ds)) for n, ds in enumerate(datasets)]).series[0]
    rows = {row.label: row for row in quality_card(series)}
    assert shown(rows["Coverage"]) == ("17 mm head to foot", Severity.INFO)


def test_unknown_values_are_reported() -> None:
    rows = card(PixelSpacing=None, SliceThickness=None)
    assert {
        rows[label].value for label in ("Pixel spacing", "Slice thickness", "Gap between slices", "Coverage")
    } == {"unknown"}


def texts(*datasets: object) -> list[str]:
    study = open_study([SourceFile(str(n), stored(ds)) for n, ds in enumerate(datasets)])
    return [note.text for note in missing_from_study(study)]


def test_a_full_study_lacks_nothing(tmp_path) -> None:
    write_study(tmp_path)
    assert missing_from_study(open_study(sources_from_path(tmp_path))) == ()


def test_missing_series_are_reported_with_the_consequence() -> None:
    t1 = {"EchoTime": 9, "RepetitionTime": 600, "SeriesDescription": "t1 sag"}
    axial = mr(orientation=AXIAL, SeriesInstanceUID="1.2.3.5")
    assert any("No sagittal T2" in text for text in texts(mr(**t1), axial))
    assert any("No sagittal T1" in text for text in texts(mr(), axial))
    assert any("No axial" in text for text in texts(mr()))
    assert texts(mr(BodyPartExamined="KNEE")) == ["No series of this study can be graded."]

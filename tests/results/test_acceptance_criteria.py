"""Acceptance criteria checked on made-up results, and their table in the model card."""

from __future__ import annotations

import pytest

from spine_core.results.acceptance_criteria import CRITERIA, CriterionStatus, check_criteria
from spine_core.results.criteria_tables import criteria_rows, section, unmet_auroc
from spine_core.results.test_log import LogEntry

RELEASED, EARLIER = "b" * 64, "a" * 64
ENTRIES = [
    LogEntry("2026-11-01", EARLIER, "x", {"spider t2 modic>=1": 0.8012}),
    LogEntry("2026-11-02", RELEASED, "x", {"spider t2 modic>=1": 0.85}, criteria={"found spider t1": 0.9604}),
]


def graded(source: str, sequence: str, condition: str, auroc: float, low: float, high: float, **more) -> dict:
    return {
        "source": source, "sequence": sequence, "condition": condition,
        "at_least": "3" if condition == "pfirrmann" else "1", "auroc": auroc, "low": low, "high": high,
        "members": {"grader-resnet18": 0.82, "grader-densenet121": 0.83},
        "baselines": {"measurements": 0.7, "fused": 0.81}, **more,
    }  # fmt: skip


def calibrated(
    condition: str, error: tuple[float, ...], coverage: tuple[float | None, ...], top1_accuracy: float = 0.8
) -> dict:
    return {
        "condition": condition, "at_least": "1", "top1_accuracy": top1_accuracy,
        **dict(zip(("error", "low", "high"), error, strict=True)),
        **dict(zip(("coverage", "coverage_low", "coverage_high"), coverage, strict=True)),
    }  # fmt: skip


FIGURES = {
    "grading": [
        graded("spider", "t2", "narrowing", 0.94, 0.9, 0.97),
        graded("spider", "t2", "modic", 0.85, 0.79, 0.91),
        graded("sudirman", "t1", "bulging", 0.88, 0.85, 0.9199),
        graded("spider", "t2", "pfirrmann", 0.98, 0.95, 0.99, kappa=0.84, kappa_low=0.8, kappa_high=0.86),
        graded("phantom", "t2", "ddd", 0.5, 0.4, 0.6),
    ],
    "detection": [{"source": "spider", "sequence": "t1", "found": 0.96, "low": None, "high": None}],
    "segmentation": [{"structure": "disc", "dice": 0.91, "low": 0.88, "high": 0.93}],
    "overall_calibration": [{"error": 0.04, "low": 0.03, "high": 0.06}],
    "calibration": [
        calibrated("modic", (0.06, 0.04, 0.09), (0.95, 0.91, 0.99)),
        calibrated("bulging", (0.05, 0.02, 0.07), (0.85, 0.8, 0.869)),
        calibrated("ddd", (0.09, 0.06, 0.12), (None, None, None)),
        calibrated("herniation", (0.02, 0.01, 0.03), (0.99, 0.98, 1.0), top1_accuracy=0.961),
    ],
}


@pytest.fixture(scope="module")
def rows() -> dict[str, list[str]]:
    """Cells of the table by criterion."""
    return {name: cells for name, *cells in criteria_rows(check_criteria(FIGURES))}


@pytest.mark.parametrize(
    ("criterion", "target", "value", "status"),
    [
        ("SPIDER (four hospitals), T2, Disc space narrowing: AUROC", "at least 0.94", "0.940 (0.900-0.970)",
         CriterionStatus.MET),
        ("SPIDER (four hospitals), T2, Modic change at least type 1: AUROC", "at least 0.87",
         "0.850 (0.790-0.910)", CriterionStatus.WITHIN_INTERVAL),
        ("Sudirman (one hospital), T1, Disc bulging: AUROC", "at least 0.92", "0.880 (0.850-0.920)",
         CriterionStatus.NOT_MET),
        ("SPIDER (four hospitals), T2, Pfirrmann grade at least III: quadratic kappa", "at least 0.86",
         "0.840 (0.800-0.860)", CriterionStatus.WITHIN_INTERVAL),
        ("Segmentation of the disc on T2 SPACE: Dice", "at least 0.90", "0.910 (0.880-0.930)", CriterionStatus.MET),
        ("Segmentation of the canal on T2 SPACE: Dice", "at least 0.91", "", CriterionStatus.NOT_MEASURED),
        ("SPIDER (four hospitals), T1: discs detected at the correct level", "at least 0.97", "0.960",
         CriterionStatus.NOT_MET),
        ("All findings together: calibration error", "at most 0.05", "0.040 (0.030-0.060)", CriterionStatus.MET),
        ("Modic change at least type 1: calibration error", "at most 0.05", "0.060 (0.040-0.090)",
         CriterionStatus.WITHIN_INTERVAL),
        ("Disc bulging: calibration error", "at most 0.05", "0.050 (0.020-0.070)", CriterionStatus.MET),
        ("Degenerative disc disease (label): calibration error", "at most 0.05", "0.090 (0.060-0.120)",
         CriterionStatus.NOT_MET),
        ("Modic change at least type 1: coverage of prediction sets", "0.87 to 0.93", "0.950 (0.910-0.990)",
         CriterionStatus.WITHIN_INTERVAL),
        ("Disc bulging: coverage of prediction sets", "0.87 to 0.93", "0.850 (0.800-0.869)", CriterionStatus.NOT_MET),
        ("Degenerative disc disease (label): coverage of prediction sets", "0.87 to 0.93", "",
         CriterionStatus.NOT_MEASURED),
    ],
)  # fmt: skip
def test_a_criterion_is_checked_against_the_value_and_its_interval(
    rows: dict[str, list[str]], criterion: str, target: str, value: str, status: CriterionStatus
) -> None:
    assert rows[criterion] == [target, value, str(status)]


def test_every_criterion_has_one_row_and_its_own_value(rows: dict[str, list[str]]) -> None:
    assert len(rows) == len(CRITERIA) == 14 + 2 + 3 + 4 + 1 + 10 + 10
    measured = [cells for cells in rows.values() if cells[1]]
    # AUROC of patients only; a kappa, a detection rate, a Dice; calibration errors, overall first; coverages
    assert len(measured) == 4 + 1 + 1 + 1 + 1 + 4 + 3


def test_a_coverage_that_cannot_be_lower_is_explained(rows: dict[str, list[str]]) -> None:
    text = rows["Disc herniation: coverage of prediction sets"][-1]
    assert text == "not met; the most likely grade alone covers 0.961, and no set is empty"


def test_unmet_auroc_criteria_list_networks_baselines_and_earlier_graders() -> None:
    text = "\n".join(section(FIGURES, ENTRIES))
    assert {one.criterion.selector["condition"] for one in unmet_auroc(check_criteria(FIGURES))} == {
        "modic",
        "bulging",
    }
    assert "| ResNet-18 alone | DenseNet-121 alone | ensemble | regression on measurements |" in text
    row = "| at least 0.87 | 0.820 | 0.830 | 0.850 | 0.700 | 0.810 | aaaaaaaa 0.801, bbbbbbbb 0.850 |"
    assert row in text
    # no grader was evaluated on this task before
    assert "| at least 0.92 | 0.820 | 0.830 | 0.880 | 0.700 | 0.810 |  |" in text


def test_other_unmet_criteria_list_earlier_networks() -> None:
    text = "\n".join(section(FIGURES, ENTRIES))
    assert (
        "| SPIDER (four hospitals), T1: discs detected at the correct level | at least 0.97 | x 0.960 |"
        in text
    )
    # met, so earlier networks are not listed
    assert "| Segmentation of the disc on T2 SPACE: Dice | at least 0.90 | x" not in text


def test_there_is_no_table_of_networks_if_every_auroc_criterion_is_met() -> None:
    figures = FIGURES | {"grading": [graded("spider", "t2", "narrowing", 0.95, 0.9, 0.97)]}
    assert "regression" not in "\n".join(section(figures, ENTRIES))

"""Figures made by hand against the goals, and what the card says of them."""

from __future__ import annotations

import pytest

from spine_core.results.acceptance_criteria import GOALS, Verdict, compare
from spine_core.results.criteria_tables import areas_short, lines, section
from spine_core.results.test_log import Look

SHIPPED, EARLIER = "b" * 64, "a" * 64
LOOKS = [
    Look("2026-11-01", EARLIER, "x", {"spider t2 modic>=1": 0.8012}),
    Look("2026-11-02", SHIPPED, "x", {"spider t2 modic>=1": 0.85}, goals={"found spider t1": 0.9604}),
]


def graded(source: str, sequence: str, condition: str, auroc: float, low: float, high: float, **more) -> dict:
    return {
        "source": source, "sequence": sequence, "condition": condition,
        "at_least": "3" if condition == "pfirrmann" else "1", "auroc": auroc, "low": low, "high": high,
        "members": {"grader-resnet18": 0.82, "grader-densenet121": 0.83},
        "baselines": {"measurements": 0.7, "fused": 0.81}, **more,
    }  # fmt: skip


def calibrated(
    condition: str, error: tuple[float, ...], coverage: tuple[float | None, ...], likeliest: float = 0.8
) -> dict:
    return {
        "condition": condition, "at_least": "1", "likeliest": likeliest,
        **dict(zip(("error", "low", "high"), error, strict=True)),
        **dict(zip(("coverage", "coverage_low", "coverage_high"), coverage, strict=True)),
    }  # fmt: skip


FIGURES = {
    "graded": [
        graded("spider", "t2", "narrowing", 0.94, 0.9, 0.97),
        graded("spider", "t2", "modic", 0.85, 0.79, 0.91),
        graded("sudirman", "t1", "bulging", 0.88, 0.85, 0.9199),
        graded("spider", "t2", "pfirrmann", 0.98, 0.95, 0.99, kappa=0.84, kappa_low=0.8, kappa_high=0.86),
        graded("phantom", "t2", "ddd", 0.5, 0.4, 0.6),
    ],
    "located": [{"source": "spider", "sequence": "t1", "found": 0.96, "low": None, "high": None}],
    "outlined": [{"structure": "disc", "dice": 0.91, "low": 0.88, "high": 0.93}],
    "pooled": [{"error": 0.04, "low": 0.03, "high": 0.06}],
    "calibrated": [
        calibrated("modic", (0.06, 0.04, 0.09), (0.95, 0.91, 0.99)),
        calibrated("bulging", (0.05, 0.02, 0.07), (0.85, 0.8, 0.869)),
        calibrated("ddd", (0.09, 0.06, 0.12), (None, None, None)),
        calibrated("herniation", (0.02, 0.01, 0.03), (0.99, 0.98, 1.0), likeliest=0.961),
    ],
}


@pytest.fixture(scope="module")
def told() -> dict[str, list[str]]:
    """Cells of the table by goal."""
    return {name: cells for name, *cells in lines(compare(FIGURES))}


@pytest.mark.parametrize(
    ("goal", "wanted", "reached", "verdict"),
    [
        ("SPIDER (four hospitals), T2, Disc space narrowing: AUROC", "at least 0.94", "0.940 (0.900-0.970)",
         Verdict.MET),
        ("SPIDER (four hospitals), T2, Modic change at least type 1: AUROC", "at least 0.87",
         "0.850 (0.790-0.910)", Verdict.WITHIN),
        ("Sudirman (one hospital), T1, Disc bulging: AUROC", "at least 0.92", "0.880 (0.850-0.920)",
         Verdict.MISSED),
        ("SPIDER (four hospitals), T2, Pfirrmann grade at least III: quadratic kappa", "at least 0.86",
         "0.840 (0.800-0.860)", Verdict.WITHIN),
        ("outline of the disc on T2 SPACE: Dice", "at least 0.90", "0.910 (0.880-0.930)", Verdict.MET),
        ("outline of the canal on T2 SPACE: Dice", "at least 0.91", "", Verdict.UNKNOWN),
        ("SPIDER (four hospitals), T1: discs found at the right level", "at least 0.97", "0.960", Verdict.MISSED),
        ("All findings together: calibration error", "at most 0.05", "0.040 (0.030-0.060)", Verdict.MET),
        ("Modic change at least type 1: calibration error", "at most 0.05", "0.060 (0.040-0.090)", Verdict.WITHIN),
        ("Disc bulging: calibration error", "at most 0.05", "0.050 (0.020-0.070)", Verdict.MET),
        ("Degenerative disc disease (label): calibration error", "at most 0.05", "0.090 (0.060-0.120)",
         Verdict.MISSED),
        ("Modic change at least type 1: coverage of sets", "0.87 to 0.93", "0.950 (0.910-0.990)", Verdict.WITHIN),
        ("Disc bulging: coverage of sets", "0.87 to 0.93", "0.850 (0.800-0.869)", Verdict.MISSED),
        ("Degenerative disc disease (label): coverage of sets", "0.87 to 0.93", "", Verdict.UNKNOWN),
    ],
)  # fmt: skip
def test_a_goal_is_held_against_its_figure_and_its_interval(
    told: dict[str, list[str]], goal: str, wanted: str, reached: str, verdict: Verdict
) -> None:
    assert told[goal] == [wanted, reached, str(verdict)]


def test_every_goal_is_asked_once_and_no_figure_is_taken_for_another(told: dict[str, list[str]]) -> None:
    assert len(told) == len(GOALS) == 14 + 2 + 3 + 4 + 1 + 10 + 10
    measured = [cells for cells in told.values() if cells[1]]
    # areas of patients, not of phantoms; a kappa, a place, an outline; errors, that of all together first; coverages
    assert len(measured) == 4 + 1 + 1 + 1 + 1 + 4 + 3


def test_coverage_that_no_set_can_have_is_said_to_be_so(told: dict[str, list[str]]) -> None:
    said = told["Disc herniation: coverage of sets"][-1]
    assert said == "not met; the likeliest grade alone covers 0.961, and no set is empty"


def test_what_was_tried_stands_beside_areas_that_fall_short_and_no_others() -> None:
    text = "\n".join(section(FIGURES, LOOKS))
    assert {one.goal.where["condition"] for one in areas_short(compare(FIGURES))} == {"modic", "bulging"}
    assert "| ResNet-18 alone | DenseNet-121 alone | together | regression on measurements |" in text
    row = "| at least 0.87 | 0.820 | 0.830 | 0.850 | 0.700 | 0.810 | aaaaaaaa 0.801, bbbbbbbb 0.850 |"
    assert row in text
    # nobody had looked at this question
    assert "| at least 0.92 | 0.820 | 0.830 | 0.880 | 0.700 | 0.810 |  |" in text


def test_of_the_other_goals_the_networks_measured_before_are_told() -> None:
    text = "\n".join(section(FIGURES, LOOKS))
    assert "| SPIDER (four hospitals), T1: discs found at the right level | at least 0.97 | x 0.960 |" in text
    # met, so nothing is told of what came before
    assert "| outline of the disc on T2 SPACE: Dice | at least 0.90 | x" not in text


def test_where_no_area_falls_short_nothing_tried_is_told() -> None:
    reached = FIGURES | {"graded": [graded("spider", "t2", "narrowing", 0.95, 0.9, 0.97)]}
    assert "regression" not in "\n".join(section(reached, LOOKS))

"""The acceptance criteria on the Model page."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.pages.test_pages import texts


def test_criteria_are_shown_with_values_status_and_baselines() -> None:
    def script() -> None:
        from pages.components.model.criteria import criteria_tables

        row = {
            "source": "spider", "sequence": "t2", "condition": "modic", "at_least": "1", "auroc": 0.85, "low": 0.79,
            "high": 0.91, "members": {"grader-resnet18": 0.82}, "baselines": {"measurements": 0.7},
        }  # fmt: skip
        criteria_tables(
            {
                "grading": [row],
                "detection": [],
                "segmentation": [],
                "overall_calibration": [],
                "calibration": [],
            }
        )

    app = AppTest.from_function(script).run()
    assert not app.exception
    said = texts(app)
    name = '<th scope="row">SPIDER (four hospitals), T2, Modic change at least type 1: AUROC</th><td>at least 0.87</td>'
    assert f"{name}<td>0.850 (0.790-0.910)</td><td>not met, but within the interval</td>" in said
    assert f"{name}<td>0.820</td><td>0.850</td><td>0.700</td>" in said
    assert "Of 44 criteria: 1 not met, but within the interval; 43 not measured." in said

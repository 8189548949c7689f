"""The ablations on the Model page."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.pages.test_pages import texts


def shown(sequence: str) -> str:
    def script(sequence: str) -> None:
        from pages.components.model.experiment_results import experiment_tables

        def estimate(value: float, low: float, high: float) -> dict:
            return {"value": value, "low": low, "high": high}

        row = {
            "fold": 0, "source": "spider", "sequence": "t2", "condition": "herniation", "at_least": "1",
            "patients": 33, "discs": 162, "positives": 12,
            "aurocs": {
                "values": {"both": estimate(0.912, 0.8, 0.97), "spider": estimate(0.84, 0.71, 0.93)},
                "differences": {"spider": estimate(-0.072, -0.12, -0.01)},
            },
            "kappas": None,
        }  # fmt: skip
        grades = row | {
            "condition": "pfirrmann", "at_least": "3", "discs": 164, "positives": 111,
            "kappas": {
                "values": {"both": estimate(0.777, 0.681, 0.837), "spider": estimate(0.741, 0.646, 0.8)},
                "differences": {"spider": estimate(-0.036, -0.11, 0.04)},
            },
        }  # fmt: skip
        command = "python -m spine_core ablation leave-one-dataset-out --seed 0"
        outcome = {"name": "leave-one-dataset-out", "command": command, "rows": [row, grades]}
        experiment_tables([outcome], 0, ("spider", sequence))

    app = AppTest.from_function(script, args=(sequence,)).run()
    assert not app.exception
    return texts(app)


def test_each_arm_is_shown_with_its_difference_from_the_reference() -> None:
    said = shown("t2")
    assert "Training on one dataset, evaluation on both" in said
    assert "Both datasets (reference)" in said
    assert '<th scope="row">Disc herniation</th><td>162 (12)</td><td>0.91 (0.80 to 0.97)</td>' in said
    assert "<td>not trained on it</td>" in said, "Sudirman has no label of herniation"
    assert "<td>0.84 (0.71 to 0.93)<small><b>-0.072 (-0.120 to -0.010)</b></small></td>" in said
    assert "Disc herniation: quadratic kappa" not in said, "binary grades have no quadratic kappa"
    assert (
        '<th scope="row">Pfirrmann grade: quadratic kappa</th><td>164</td><td>0.78 (0.68 to 0.84)</td>'
        "<td>not trained on it</td><td>0.74 (0.65 to 0.80)<small>-0.036 (-0.110 to +0.040)</small></td>"
    ) in said
    assert "Repeat with `python -m spine_core ablation leave-one-dataset-out --seed 0`" in said


def test_a_dataset_without_evaluation_is_reported() -> None:
    assert "Not evaluated on this dataset." in shown("t1")

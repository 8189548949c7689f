"""The hyper-parameter search on the Model page."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.pages.test_pages import texts


def test_trials_are_listed_best_first_with_their_limitations() -> None:
    def script() -> None:
        from pages.components.model.tuning_results import tuning_table

        def trial(number: int, rate: float, auroc: float) -> dict:
            values = {
                "learning_rate": rate,
                "weight_decay": 0.03,
                "spider_repeats": 2,
                "augmentation_strength": 1.0,
            }
            return {
                "number": number, "hyper_parameters": values, "auroc": auroc, "sudirman": 0.9, "spider": 0.8,
                "seconds": 90,
            }  # fmt: skip

        command = "python -m spine_core tune --seed 0 --trials 2"
        tuning_table({"command": command, "trials": [trial(0, 8e-4, 0.81), trial(1, 0.00213, 0.8512)]})

    app = AppTest.from_function(script).run()
    assert not app.exception
    said = texts(app)
    best = '<th scope="row">Trial 1</th><td>0.00213</td><td>0.03</td><td>2</td><td>1</td><td>0.851</td>'
    assert best in said
    assert said.index(best) < said.index('<th scope="row">Trial 0 (earlier plan)</th>')
    assert "rank 2 of 2, 0.041 below the best" in said
    assert "No test patient was used" in said
    assert "Repeat with `python -m spine_core tune --seed 0 --trials 2`" in said

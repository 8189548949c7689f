"""What a search tried, as the Model page shows it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.pages.test_pages import texts


def test_trials_stand_best_first_with_what_they_do_not_tell() -> None:
    def script() -> None:
        from pages.components.model.tuning_results import search_table

        def trial(number: int, rate: float, auroc: float) -> dict:
            values = {"rate": rate, "decay": 0.03, "repeats": 2, "strength": 1.0}
            return {
                "number": number, "values": values, "auroc": auroc, "sudirman": 0.9, "spider": 0.8, "seconds": 90,
            }  # fmt: skip

        command = "python -m spine_core train search --seed 0 --trials 2"
        search_table({"command": command, "trials": [trial(0, 8e-4, 0.81), trial(1, 0.00213, 0.8512)]})

    app = AppTest.from_function(script).run()
    assert not app.exception
    said = texts(app)
    best = '<th scope="row">Trial 1</th><td>0.00213</td><td>0.03</td><td>2</td><td>1</td><td>0.851</td>'
    assert best in said
    assert said.index(best) < said.index('<th scope="row">Trial 0 (earlier plan)</th>')
    assert "place 2 of 2, 0.041 below the best" in said
    assert "No test patient was asked" in said
    assert "Needs retraining: `python -m spine_core train search --seed 0 --trials 2`" in said

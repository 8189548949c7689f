"""The teachers on the Model page."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.pages.test_pages import texts


def test_the_metrics_of_the_mean_and_of_each_teacher_are_shown() -> None:
    def script() -> None:
        from pages.components.model.teachers import teacher_table

        row = {
            "source": "spider", "condition": "pfirrmann", "at_least": "3", "patients": 102, "discs": 510,
            "positives": 337, "auroc": 0.9192, "low": 0.8841, "high": 0.9487,
            "kappa": {"value": 0.771, "low": 0.715, "high": 0.819},
            "label_noise": {"value": 0.087, "low": 0.052, "high": 0.128},
            "by_backbone": {"efficientnet_lite2": 0.9141, "resnet14": 0.899},
        }  # fmt: skip
        teacher_table({"command": "python -m spine_core train teacher --fold K", "rows": [row]})

    app = AppTest.from_function(script).run()
    assert not app.exception
    said = texts(app)
    assert "out-of-fold" in said
    assert '<th scope="col">EfficientNet-Lite2</th><th scope="col">ResNet-14</th>' in said
    assert (
        '<th scope="row">SPIDER (four hospitals), Pfirrmann grade at least III</th><td>102</td><td>510 (337)</td>'
        "<td>0.919 (0.884-0.949)</td><td>0.771 (0.715-0.819)</td><td>0.087 (0.052-0.128)</td>"
        "<td>0.914</td><td>0.899</td>"
    ) in said
    assert "Repeat with `python -m spine_core train teacher --fold K`" in said

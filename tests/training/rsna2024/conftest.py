from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.rsna2024.made import CALIBRATION, REVERSED, TEST, TRAINING, WRONG, Made, write_dataset

LEFT, RIGHT = "left_neural_foraminal_narrowing", "right_neural_foraminal_narrowing"


@pytest.fixture(scope="session")
def rsna_folder(demo_folder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four studies of one phantom; the marks of one contradict its images. Nothing may be written into it."""
    grades = {(LEFT, "L4/L5"): "Severe", (RIGHT, "L4/L5"): "Moderate", (LEFT, "L1/L2"): ""}
    studies = {
        TRAINING: Made(grades), CALIBRATION: Made(grades), TEST: Made(grades), WRONG: Made(marked=REVERSED),
    }  # fmt: skip
    return write_dataset(tmp_path_factory.mktemp("rsna2024"), demo_folder, studies)

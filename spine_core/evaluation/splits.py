"""The folds of ``data/splits.csv``: patients for training, for selection and calibration, and for testing."""

from __future__ import annotations

CALIBRATION_FOLD = 1


TEST_FOLD = 0


TRAINING_FOLDS = (2, 3, 4)

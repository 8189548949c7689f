"""The folds of ``data/splits.csv``: which patients are trained on, calibrated on, and tested on."""

from __future__ import annotations

CALIBRATION_FOLD = 1


TEST_FOLD = 0


TRAINING_FOLDS = (2, 3, 4)

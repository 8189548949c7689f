"""Metrics of the teachers, recomputed from the stored predictions with scikit-learn."""

from __future__ import annotations

import csv
import gzip
import json

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from spine_core.evaluation.splits import TRAINING_FOLDS
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.outputs import LOGIT_SLICES, LOGITS
from spine_core.networks.registry import ENSEMBLE, WEIGHTS
from spine_core.results import distillation_tables
from spine_core.training.datasets.crop_cache import UNKNOWN, Crops
from spine_core.training.distillation import soft_targets, teachers
from spine_core.training.model_card.stored_results import rounded

COLUMN = [c.name for c in CONDITIONS].index("bulging")


@pytest.fixture(scope="module")
def stored_rows() -> list[dict[str, str]]:
    with gzip.open(soft_targets.TEACHER_PREDICTIONS, "rt", newline="") as handle:
        handle.readline()
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def stored_metrics() -> dict:
    return json.loads((WEIGHTS / ENSEMBLE).read_text())["teachers"]


def test_soft_targets_and_predictions_are_of_training_patients_only(stored_rows) -> None:
    assert {int(row["fold"]) for row in stored_rows} == set(TRAINING_FOLDS)
    folds = {int(key.split("\t")[2]) for key in np.load(teachers.SOFT_TARGETS)["keys"]}
    assert folds == set(TRAINING_FOLDS)


def test_the_auroc_in_the_card_equals_that_of_the_stored_predictions(stored_rows, stored_metrics) -> None:
    row = next(r for r in stored_metrics["rows"] if (r["source"], r["condition"]) == ("spider", "narrowing"))
    own = [one for one in stored_rows if (one["source"], one["condition"]) == ("spider", "narrowing")]
    for arm, value in {"mean": row["auroc"], **row["by_backbone"]}.items():
        mine = [one for one in own if one["arm"] == arm]
        area = roc_auc_score([int(one["label"]) for one in mine], [float(one["score"]) for one in mine])
        assert value == pytest.approx(area, abs=1e-4)
    assert row["positives"] == sum(one["label"] == "1" for one in own if one["arm"] == "mean")
    assert row["kappa"] is None, "there are two grades"


def test_the_kappa_in_the_card_equals_that_of_sklearn(stored_rows, stored_metrics) -> None:
    row = next(
        r for r in stored_metrics["rows"] if (r["source"], r["condition"]) == ("sudirman", "pfirrmann")
    )
    own = [
        one for one in stored_rows
        if (one["source"], one["condition"], one["arm"]) == ("sudirman", "pfirrmann", "mean")
    ]  # fmt: skip
    again = cohen_kappa_score(
        [one["label"] for one in own], [one["grade"] for one in own], weights="quadratic"
    )
    assert row["kappa"]["value"] == pytest.approx(again, abs=1e-4)
    assert row["kappa"]["low"] < again < row["kappa"]["high"]


def test_the_released_networks_were_distilled_from_those_teachers(stored_rows) -> None:
    arms = {row["arm"] for row in stored_rows} - {"mean"}
    for member in json.loads((WEIGHTS / ENSEMBLE).read_text())["members"]:
        own = json.loads((WEIGHTS / member["file"]).with_suffix(".json").read_text())
        assert (
            set(own["distillation"]["teachers"])
            == arms
            == set(np.load(teachers.SOFT_TARGETS)["backbones"].tolist())
        )


def test_phantoms_and_discs_without_a_level_have_no_predictions() -> None:
    keys = (("spider", "1", 2, "L4/L5"), ("spider", "1", 2, "other"), ("phantom", "1", 2, "L4/L5"))
    labels = np.full((3, 2, len(CONDITIONS)), UNKNOWN, dtype=np.int8)
    labels[:, :, COLUMN] = 1
    crops = Crops(np.zeros((3, 2, 4, 4), dtype=np.uint8), np.ones((3, 2), dtype=bool), labels, keys)
    logits = np.zeros((3, LOGITS), dtype=np.float32)
    logits[:, LOGIT_SLICES["bulging"]] = np.log(4)
    (only,) = soft_targets.teacher_predictions({"mean": logits}, crops)
    assert (only.patient, only.level, only.sequence, only.label) == ("1", "L4/L5", "both", "1")
    assert (only.truth, only.grade) == (True, "1")
    assert only.score == pytest.approx(0.8, abs=1e-6)


def test_there_is_no_section_without_stored_predictions(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(soft_targets, "TEACHER_PREDICTIONS", tmp_path / "teachers.csv.gz")
    assert soft_targets.teacher_metrics() is None
    assert distillation_tables.section(rounded(soft_targets.teacher_metrics())) == []

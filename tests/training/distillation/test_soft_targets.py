"""What teachers are worth, from the answers that are kept and with an independent area under the curve."""

from __future__ import annotations

import csv
import gzip
import json

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from spine_core.evaluation.splits import TRAINING_FOLDS
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.registry import ENSEMBLE, WEIGHTS
from spine_core.networks.target import LOGIT_SLICES, LOGITS
from spine_core.results import distillation_tables
from spine_core.training.datasets.crop_cache import UNKNOWN, Crops
from spine_core.training.distillation import soft_targets, teachers
from spine_core.training.model_card.stored_results import short

COLUMN = [c.name for c in CONDITIONS].index("bulging")


@pytest.fixture(scope="module")
def kept() -> list[dict[str, str]]:
    with gzip.open(soft_targets.KEPT, "rt", newline="") as handle:
        handle.readline()
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def told() -> dict:
    return json.loads((WEIGHTS / ENSEMBLE).read_text())["teachers"]


def test_only_training_patients_are_taught_or_told_of(kept) -> None:
    assert {int(row["fold"]) for row in kept} == set(TRAINING_FOLDS)
    folds = {int(key.split("\t")[2]) for key in np.load(teachers.KEPT)["keys"]}
    assert folds == set(TRAINING_FOLDS)


def test_the_card_tells_of_the_kept_answers(kept, told) -> None:
    row = next(r for r in told["rows"] if (r["source"], r["condition"]) == ("spider", "narrowing"))
    own = [one for one in kept if (one["source"], one["condition"]) == ("spider", "narrowing")]
    for arm, value in {"together": row["auroc"], **row["alone"]}.items():
        mine = [one for one in own if one["arm"] == arm]
        area = roc_auc_score([int(one["label"]) for one in mine], [float(one["score"]) for one in mine])
        assert value == pytest.approx(area, abs=1e-4)
    assert row["positives"] == sum(one["label"] == "1" for one in own if one["arm"] == "together")
    assert row["kappa"] is None, "there are two grades"


def test_the_kappa_of_the_card_is_the_one_that_sklearn_finds(kept, told) -> None:
    row = next(r for r in told["rows"] if (r["source"], r["condition"]) == ("sudirman", "pfirrmann"))
    own = [
        one for one in kept
        if (one["source"], one["condition"], one["arm"]) == ("sudirman", "pfirrmann", "together")
    ]  # fmt: skip
    again = cohen_kappa_score(
        [one["label"] for one in own], [one["grade"] for one in own], weights="quadratic"
    )
    assert row["kappa"]["value"] == pytest.approx(again, abs=1e-4)
    assert row["kappa"]["low"] < again < row["kappa"]["high"]


def test_the_networks_that_ship_were_taught_by_those_teachers(kept) -> None:
    arms = {row["arm"] for row in kept} - {"together"}
    for member in json.loads((WEIGHTS / ENSEMBLE).read_text())["members"]:
        own = json.loads((WEIGHTS / member["file"]).with_suffix(".json").read_text())
        assert set(own["taught"]["teachers"]) == arms == set(np.load(teachers.KEPT)["backbones"].tolist())


def test_phantoms_and_discs_without_a_level_are_not_told_of() -> None:
    keys = (("spider", "1", 2, "L4/L5"), ("spider", "1", 2, "other"), ("phantom", "1", 2, "L4/L5"))
    labels = np.full((3, 2, len(CONDITIONS)), UNKNOWN, dtype=np.int8)
    labels[:, :, COLUMN] = 1
    crops = Crops(np.zeros((3, 2, 4, 4), dtype=np.uint8), np.ones((3, 2), dtype=bool), labels, keys)
    logits = np.zeros((3, LOGITS), dtype=np.float32)
    logits[:, LOGIT_SLICES["bulging"]] = np.log(4)
    (only,) = soft_targets.answers_told({"together": logits}, crops)
    assert (only.patient, only.level, only.sequence, only.label) == ("1", "L4/L5", "both", "1")
    assert (only.truth, only.grade) == (True, "1")
    assert only.score == pytest.approx(0.8, abs=1e-6)


def test_nothing_is_told_where_nothing_is_kept(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(soft_targets, "KEPT", tmp_path / "teachers.csv.gz")
    assert soft_targets.worth() is None
    assert distillation_tables.section(short(soft_targets.worth())) == []

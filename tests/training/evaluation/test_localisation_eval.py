"""Localisation of maps on segmented slices: a network of the disc only, and the findings selected from real slices."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from spine_core.anatomy.types import Structure
from spine_core.evaluation.splits import TRAINING_FOLDS
from spine_core.networks.registry import load_bundle
from spine_core.training.datasets.registry import folds
from spine_core.training.datasets.spider import read_space
from spine_core.training.evaluation import localisation_eval
from spine_core.training.evaluation.localisation_eval import (
    CONDITIONS_WITH_REGION,
    FindingCase,
    region_metrics,
    select_findings,
)
from tests.explanation.perturbation.test_anatomical_regions import REGIONS, image
from tests.explanation.toys import TARGET, Linear


def finding_case(patient: str) -> FindingCase:
    """The reference mask has the drawn disc; the network's own mask is empty."""
    return FindingCase(patient, TARGET, image(np.zeros_like(REGIONS)), image())


def test_a_map_of_the_disc_lies_inside_and_random_ones_do_so_as_often_as_the_disc_is_large() -> None:
    disc = np.zeros((64, 64), bool)
    disc[28:36, 16:40] = REGIONS[28:36, 16:40] == Structure.DISC
    labelled = image().pixels
    network = Linear(np.where(disc, np.sign(labelled) * [[[5.0]], [[0.0]]], 0.0))
    selected = [finding_case(str(number)) for number in range(3)]
    lines: list[str] = []
    occlusion, random = region_metrics(
        selected, network, ("occlusion", "random"), {"occlusion": {"patch": 0.0625}}, lines.append
    )
    area = 8 * 24 / 64**2
    assert occlusion.area == random.area == pytest.approx(area)
    assert (occlusion.patients, occlusion.findings, occlusion.empty) == (3, 3, 0)
    # Patches of 4 pixels, 2 apart: those on the disc's edge mark pixels outside it.
    assert occlusion.relevance_mass[0] > 0.7
    assert occlusion.pointing_game == (1.0, 1.0, 1.0)
    assert occlusion.iou_best[0] > 0.7
    assert random.relevance_mass[0] == pytest.approx(area, abs=0.01)
    assert random.relevance_mass[1] < random.relevance_mass[0] < random.relevance_mass[2], (
        "another random map for each finding"
    )
    assert len(lines) == 3


def test_an_empty_map_counts_as_a_miss() -> None:
    (row,) = region_metrics(
        [finding_case("1")], Linear(np.zeros((2, 64, 64))), ("occlusion",), {}, lambda _: None
    )
    assert row.empty == 1
    assert row.relevance_mass == row.pointing_game == (0.0, 0.0, 0.0)


@pytest.mark.slow
def test_targets_are_of_patients_that_were_not_trained_on(
    data_dir, labelled_images, tmp_path, monkeypatch
) -> None:
    space, split = data_dir / "spider_space", folds(data_dir)
    with_masks = sorted({path.name.split("_")[0] for path in (space / "masks").glob("*.png")})
    held_out = [one for one in with_masks if split["spider", one] not in TRAINING_FOLDS][:3]
    learned = next(one for one in with_masks if split["spider", one] in TRAINING_FOLDS)
    chosen = {("spider", one): split["spider", one] for one in (*held_out, learned)}
    some = [p for p in labelled_images if (p.source, p.patient) in chosen] + list(read_space(space, chosen))
    selected = list(select_findings(some, load_bundle()))
    assert selected
    assert {one.patient for one in selected} <= set(held_out)
    grades = {(p.patient, d.level): d.grades for p in some if p.source == "spider" for d in p.discs}
    for one in selected:
        assert one.target.condition in CONDITIONS_WITH_REGION
        assert str(grades[one.patient, one.image.level][one.target.condition]) == one.target.grade
        # Two different segmentations.
        assert one.reference.regions is not None
        assert one.image.regions is not None
        assert 0.5 < np.mean(one.image.regions == one.reference.regions) < 1.0
        assert np.array_equal(one.image.pixels, one.reference.pixels)
    monkeypatch.setattr(
        localisation_eval, "read_all", lambda folder: [p for p in some if p.patient != held_out[0]]
    )
    network = load_bundle().grader
    path = localisation_eval.run(network, load_bundle(), data_dir, ["grad_cam"], tmp_path, lambda _: None)
    made = json.loads(path.read_text())
    assert made["synthetic"] is False
    assert made["model"] == dataclasses.asdict(network.id)
    assert {row["method"] for row in made["localisation"]} == set(made["methods"]) >= {"grad_cam", "random"}

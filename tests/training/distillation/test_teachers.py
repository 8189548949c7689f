"""What teachers tell a smaller network: each answers about discs that it does not know, by the head of their set."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from spine_core.evaluation.types import SETS_IN_ORDER
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.grading_network import Preprocessing
from spine_core.networks.target import LOGIT_SLICES, LOGITS
from spine_core.results import training_plans
from spine_core.training.commands import raw_logits
from spine_core.training.datasets.crop_cache import UNKNOWN, Crops
from spine_core.training.distillation import teachers
from spine_core.training.models import grader
from spine_core.training.models.crop_augmentation import plain_views

CONTRACT = Preprocessing(size=48)
BULGING = LOGIT_SLICES["bulging"].start


def discs(count: int) -> Crops:
    """Every second one is without T1, nothing is labelled, and every third one has a bright stripe."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 90, (count, 2, 64, 64)).astype(np.uint8)
    pixels[::3, 0, 26:38] += 150
    present = np.array([[True, i % 2 == 0] for i in range(count)])
    pixels[~present] = 0
    labels = np.full((count, 2, len(CONDITIONS)), UNKNOWN, dtype=np.int8)
    return Crops(pixels, present, labels, tuple(("spider", str(i), 2, "L4/L5") for i in range(count)))


SETS = len(SETS_IN_ORDER)


def patients(**counts: int) -> Crops:
    """Two discs each of so many patients of every set."""
    keys = [
        (name, str(i), 2, level)
        for name, n in counts.items()
        for i in range(n)
        for level in ("L4/L5", "L5/S1")
    ]
    pixels = np.zeros((len(keys), 2, 8, 8), dtype=np.uint8)
    labels = np.full((len(keys), 2, len(CONDITIONS)), UNKNOWN, dtype=np.int8)
    return Crops(pixels, np.ones((len(keys), 2), dtype=bool), labels, tuple(keys))


def test_every_patient_is_in_one_part_and_every_set_in_all_parts_alike():
    crops = patients(sudirman=10, spider=5, phantom=5)
    parts = teachers.parts(crops)
    assert (parts[::2] == parts[1::2]).all(), "two discs of one patient"
    for name, each in (("sudirman", 4), ("spider", 2), ("phantom", 2)):
        own = parts[[key[0] == name for key in crops.keys]]
        assert np.bincount(own, minlength=teachers.PARTS).tolist() == [each] * teachers.PARTS


def labelled(crops: Crops, name: str, *conditions: str) -> None:
    columns = [[c.name for c in CONDITIONS].index(condition) for condition in conditions]
    rows = [i for i, key in enumerate(crops.keys) if key[0] == name]
    crops.labels[np.ix_(rows, [0, 1], columns)] = 0


def test_a_disc_is_answered_by_the_head_of_its_set_and_by_anothers_where_its_own_has_no_labels():
    crops = patients(sudirman=1, spider=1, phantom=1)
    labelled(crops, "sudirman", "bulging", "ddd")
    labelled(crops, "spider", "bulging", "herniation")
    labelled(crops, "phantom", *[c.name for c in CONDITIONS])
    heads = np.arange(SETS, dtype=np.float32).repeat(LOGITS)[None].repeat(6, axis=0)
    found = teachers.own_answers(heads, crops, crops)
    assert found[:, BULGING].tolist() == [0, 0, 1, 1, 2, 2]
    assert found[:, LOGIT_SLICES["ddd"].start].tolist() == [0, 0, 0, 0, 2, 2], "SPIDER does not know it"
    assert found[:, LOGIT_SLICES["herniation"].start].tolist() == [1, 1, 1, 1, 2, 2], (
        "Sudirman does not know it"
    )
    assert (found[:, LOGIT_SLICES["modic"]] == 2).all(), "here no patient has it"


def answered(work, crops: Crops, backbone: str, value: float) -> None:
    for part in range(teachers.PARTS):
        raw = np.full(((teachers.parts(crops) == part).sum(), LOGITS), value + part, dtype=np.float32)
        np.savez(teachers.kept_at(work, backbone, part), raw=raw)


def test_the_parts_of_all_teachers_come_together_in_the_order_of_the_discs(tmp_path):
    crops = patients(spider=7)
    answered(tmp_path, crops, "resnet14", 0.0)
    answered(tmp_path, crops, "efficientnet_lite0", 10.0)
    found = teachers.gathered(tmp_path, crops)
    assert list(found) == ["efficientnet_lite0", "resnet14"]
    assert found["resnet14"][:, 0].tolist() == teachers.parts(crops).tolist()
    # Nothing is labelled, so nothing can be calibrated: the mean stays as it is.
    np.testing.assert_allclose(teachers.together(found, crops)[:, 0], 5.0 + teachers.parts(crops))


def test_a_part_that_nobody_answered_about_is_named(tmp_path):
    crops = patients(spider=7)
    with pytest.raises(teachers.LessonsError, match="no teacher has answered"):
        teachers.gathered(tmp_path, crops)
    answered(tmp_path, crops, "resnet14", 0.0)
    teachers.kept_at(tmp_path, "resnet14", 3).unlink()
    with pytest.raises(teachers.LessonsError, match="train teacher --backbone resnet14 --part 3"):
        teachers.gathered(tmp_path, crops)


def test_teachers_that_are_too_sure_are_calibrated_on_the_labels():
    # They say 20 where one in four is wrong: what is taught is log 3.
    crops = patients(spider=400)
    labelled(crops, "spider", "bulging")
    column = [c.name for c in CONDITIONS].index("bulging")
    crops.labels[np.arange(800) % 4 > 0, :, column] = 1
    taught = teachers.together({"resnet14": np.full((800, LOGITS), 20.0, dtype=np.float32)}, crops)
    assert taught[:, BULGING] == pytest.approx(np.log(3), abs=0.05)


def test_kept_lessons_are_for_the_discs_that_they_are_about_and_no_others(tmp_path):
    crops = patients(spider=3)
    taught = np.linspace(-4, 4, 6 * LOGITS, dtype=np.float32).reshape(6, LOGITS)
    teachers.save(tmp_path / "lessons.npz", taught, crops, ["resnet18", "resnet14"])
    again, backbones = teachers.load(tmp_path / "lessons.npz", crops)
    np.testing.assert_allclose(again, taught, atol=2e-3)
    assert backbones == ("resnet14", "resnet18")
    fewer = crops.where([False, True, True, False, True, True])
    np.testing.assert_array_equal(teachers.load(tmp_path / "lessons.npz", fewer)[0], again[[1, 2, 4, 5]])
    with pytest.raises(teachers.LessonsError, match="other discs"):
        teachers.load(tmp_path / "lessons.npz", patients(spider=4))


def test_discs_above_l1_l2_that_share_a_name_keep_their_order_in_the_lessons(tmp_path):
    crops = patients(spider=1)
    crops = dataclasses.replace(crops, keys=(("spider", "p", 2, "other"),) * len(crops.keys))
    taught = np.linspace(-4, 4, len(crops.keys) * LOGITS, dtype=np.float32).reshape(-1, LOGITS)
    teachers.save(tmp_path / "lessons.npz", taught, crops, ["resnet18"])
    np.testing.assert_allclose(teachers.load(tmp_path / "lessons.npz", crops)[0], taught, atol=2e-3)


def learned(crops: Crops, plan: training_plans.Plan, lessons: grader.Lessons, work) -> np.ndarray:
    """What a network says of the discs that it learned from."""
    weights = grader.train(
        crops, CONTRACT, work / "state.pt", backbone="resnet14", plan=plan, start={}, lessons=lessons,
        log=lambda _: None,
    )  # fmt: skip
    net = grader.build("resnet14", 2)
    if lessons.heads is not None:
        grader.with_heads("resnet14", net, 2)
    net.load_state_dict(weights)
    return raw_logits(net, plain_views(crops, CONTRACT, crops.present))


def test_a_teacher_tells_two_sets_apart_that_draw_a_line_elsewhere(tmp_path):
    # A bright stripe means yes in one set and no in the other: one head for both could not learn it.
    crops = discs(48)
    bright = np.arange(48) % 3 == 0
    own = np.arange(48) % 2
    crops.labels[:, :, [c.name for c in CONDITIONS].index("bulging")] = (bright ^ (own == 1))[:, None]
    plan = training_plans.Plan(epochs=8, batch=12, rate=2e-3)
    said = learned(crops, plan, grader.Lessons(heads=own), tmp_path).reshape(48, 2, LOGITS)[:, :, BULGING]
    assert said[bright, 0].min() > said[~bright, 0].max()
    assert said[bright, 1].max() < said[~bright, 1].min()


def test_a_pupil_that_says_what_it_is_taught_is_not_pulled_anywhere():
    # Labels that weigh positives by w move a logit by log w: the teacher's is moved alike.
    taught = torch.linspace(-3, 3, LOGITS)[None]
    weight = torch.linspace(0.5, 6.0, LOGITS)
    said = taught + weight.log()
    for condition in CONDITIONS:
        if condition.name == "modic":
            # Categories have one share of 1 between them; theirs are never made rarer.
            part = LOGIT_SLICES["modic"]
            said[:, part] = taught[:, part] + weight[part].clamp(1.0).log() + 7.0
    said.requires_grad_()
    teachers.disagreement(said, taught, weight).backward()
    assert said.grad.abs().max() < 1e-7


def test_disagreement_is_the_cross_entropy_worked_out_by_hand():
    # All logits 0 against all logits 0: log 2 for each yes or no, log 4 for the four Modic types.
    zeros, ones = torch.zeros(2, LOGITS), torch.ones(LOGITS)
    wanted = (np.log(2) * (len(CONDITIONS) - 1) + np.log(4)) / len(CONDITIONS)
    assert teachers.disagreement(zeros, zeros, ones).item() == pytest.approx(wanted)
    # A pupil at 0 that should be quite sure of one thing pays log 2 for it as before, one that is wrongly sure more.
    sure, wrong = zeros.clone(), zeros.clone()
    sure[:, BULGING], wrong[:, BULGING] = 20.0, -20.0
    assert teachers.disagreement(zeros, sure, ones).item() == pytest.approx(wanted)
    more = (20.0 - np.log(2)) / len(CONDITIONS)
    assert teachers.disagreement(wrong, sure, ones).item() == pytest.approx(wanted + more, rel=1e-5)


def test_a_network_without_any_label_learns_from_its_teachers(tmp_path):
    crops = discs(48)
    bright = np.arange(48) % 3 == 0
    taught = np.zeros((48, LOGITS), dtype=np.float32)
    taught[:, BULGING] = np.where(bright, 4.0, -4.0)
    plan = training_plans.Plan(epochs=6, batch=12, rate=2e-3)
    said = learned(crops, plan, grader.Lessons(taught=taught), tmp_path)[:, BULGING]
    assert said[bright].min() > said[~bright].max()

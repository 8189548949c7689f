"""What an ensemble teaches a smaller network: asked with all that there is, and agreed with where nothing pulls."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from spine_core.grading.conditions import CONDITIONS
from spine_core.grading.network import Contract, Network
from spine_core.grading.target import LAYOUT, LOGITS
from spine_core.training import grader, teaching
from spine_core.training.crops import UNKNOWN, Crops
from spine_core.training.views import plain_views
from spine_core.weights import ModelId

CONTRACT = Contract(size=48)
BULGING = LAYOUT["bulging"].start


def discs(count: int) -> Crops:
    """Every second one is without T1, nothing is labelled, and every third one has a bright stripe."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 90, (count, 2, 64, 64)).astype(np.uint8)
    pixels[::3, 0, 26:38] += 150
    present = np.array([[True, i % 2 == 0] for i in range(count)])
    pixels[~present] = 0
    labels = np.full((count, 2, len(CONDITIONS)), UNKNOWN, dtype=np.int8)
    return Crops(pixels, present, labels, tuple(("spider", str(i), 2, "L4/L5") for i in range(count)))


class Mean(Network):
    """Answers with the mean of each channel."""

    contract = CONTRACT
    id = ModelId("mean", "0", "0" * 64)
    layout = ((1, 0.0),)

    def features(self, pictures):
        raise NotImplementedError

    def head(self, maps):
        raise NotImplementedError

    def answers(self, pictures):
        out = np.zeros((len(pictures), LOGITS), dtype=np.float32)
        out[:, :2] = pictures.mean(axis=(2, 3))
        return out


def test_the_teacher_is_asked_about_every_disc_with_all_that_there_is_of_it(monkeypatch):
    monkeypatch.setattr(teaching, "AT_ONCE", 2)
    crops, told = discs(5), []
    found = teaching.lessons(Mean(), crops, told.append)
    wanted = plain_views(crops, CONTRACT, crops.present).mean(axis=(2, 3))
    np.testing.assert_allclose(found[:, :2], wanted, rtol=1e-6)
    assert (found[1::2, 1] == 0).all()
    assert (found[::2, 1] != 0).all()
    assert told[-1] == "mean asked about 5 of 5 discs"


def test_a_pupil_that_says_what_it_is_taught_is_not_pulled_anywhere():
    # Labels that weigh positives by w move a logit by log w: the teacher's is moved alike.
    taught = torch.linspace(-3, 3, LOGITS)[None]
    weight = torch.linspace(0.5, 6.0, LOGITS)
    said = taught + weight.log()
    for condition in CONDITIONS:
        if condition.name == "modic":
            # Categories have one share of 1 between them; theirs are never made rarer.
            part = LAYOUT["modic"]
            said[:, part] = taught[:, part] + weight[part].clamp(1.0).log() + 7.0
    said.requires_grad_()
    teaching.disagreement(said, taught, weight).backward()
    assert said.grad.abs().max() < 1e-7


def test_disagreement_is_the_cross_entropy_worked_out_by_hand():
    # All logits 0 against all logits 0: log 2 for each yes or no, log 4 for the four Modic types.
    zeros, ones = torch.zeros(2, LOGITS), torch.ones(LOGITS)
    wanted = (np.log(2) * (len(CONDITIONS) - 1) + np.log(4)) / len(CONDITIONS)
    assert teaching.disagreement(zeros, zeros, ones).item() == pytest.approx(wanted)
    # A pupil at 0 that should be quite sure of one thing pays log 2 for it as before, one that is wrongly sure more.
    sure, wrong = zeros.clone(), zeros.clone()
    sure[:, BULGING], wrong[:, BULGING] = 20.0, -20.0
    assert teaching.disagreement(zeros, sure, ones).item() == pytest.approx(wanted)
    more = (20.0 - np.log(2)) / len(CONDITIONS)
    assert teaching.disagreement(wrong, sure, ones).item() == pytest.approx(wanted + more, rel=1e-5)


def test_a_network_without_any_label_learns_from_its_teacher(tmp_path):
    crops = discs(48)
    bright = np.arange(48) % 3 == 0
    taught = np.zeros((48, LOGITS), dtype=np.float32)
    taught[:, BULGING] = np.where(bright, 4.0, -4.0)
    plan = grader.Plan(epochs=6, batch=12, rate=2e-3)
    weights = grader.train(
        crops, CONTRACT, tmp_path / "state.pt", backbone="resnet14", plan=plan, start={}, taught=taught,
        log=lambda _: None,
    )  # fmt: skip
    net = grader.build("resnet14", 2)
    net.load_state_dict(weights)
    net.eval()
    with torch.inference_mode():
        said = net(torch.from_numpy(plain_views(crops, CONTRACT, crops.present)))[:, BULGING].numpy()
    assert said[bright].min() > said[~bright].max()

"""Training views and the loss of the segmentation network; the released one on manually segmented slices."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from spine_core.anatomy import detector
from spine_core.anatomy.segmenter import build
from spine_core.anatomy.types import LEVELS, Structure
from spine_core.evaluation.splits import CALIBRATION_FOLD
from spine_core.evaluation.types import DiscLabel, LabelledImage
from spine_core.networks.registry import load_bundle
from spine_core.training.datasets.registry import folds
from spine_core.training.datasets.spider import read_space
from spine_core.training.evaluation.segmentation_eval import segmentation_metrics
from spine_core.training.models.detector import mask_loss
from spine_core.training.models.segmenter import SIZE, SegmenterPlan, ViewSampler, initial_weights, train


def drawn(name: str = "1", source: str = "spider_space", *, discs: bool = True) -> LabelledImage:
    """Grey values that tell the structure: discs 60, vertebrae 120, canal 250."""
    mask = np.zeros((300, 240), dtype=np.uint8)
    mask[30:270, 80:140] = Structure.VERTEBRA
    for row in range(50, 270, 48):
        mask[row : row + 12, 80:140] = Structure.DISC
    mask[30:270, 150:170] = Structure.CANAL
    labels = tuple(DiscLabel(level, (247.0 - 48 * i, 110.0), None) for i, level in enumerate(LEVELS[::-1]))
    pixels = np.array([0, 60, 120, 250], dtype=np.uint8)[mask]
    return LabelledImage(source, name, 2, "t2", f"{name}.png", pixels, labels if discs else (), mask)


def test_a_view_matches_its_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "spine_core.training.models.segmenter.random_contrast", lambda rng, view, nonmonotonic: view
    )
    views = ViewSampler([drawn()])
    for seed in range(6):
        view, labels = views.draw(0, np.random.default_rng(seed))
        assert view.shape == (1, SIZE, SIZE)
        grey = (view[0] * detector.STD + detector.MEAN).numpy()
        canal, disc = (grey[labels.numpy() == structure] for structure in (Structure.CANAL, Structure.DISC))
        assert np.median(canal) == pytest.approx(1.0, abs=0.02)
        assert np.median(disc) == pytest.approx(60 / 250, abs=0.02)


def test_parasagittal_slices_use_their_patients_inter_disc_distance() -> None:
    views = ViewSampler([drawn(), drawn(discs=False), drawn("2", discs=False)])
    assert views._pitch == [48.0, 48.0]


def test_an_epoch_holds_every_slice_of_patients_and_some_phantoms() -> None:
    images = [drawn(), drawn(), *(drawn("p", "phantom") for _ in range(5))]
    order = ViewSampler(images).epoch(np.random.default_rng(0), 3)
    assert sorted(order[order < 2]) == [0, 1]
    assert len(order) == 5


def test_the_loss_of_uniform_predictions_equals_a_hand_computed_value() -> None:
    """All probabilities 1/4; half of the pixels disc, half background, twice as many pixels as cells."""
    truth = torch.zeros((1, 8, 8), dtype=torch.long)
    truth[:, :, 4:] = Structure.DISC
    shared = 32 / 4
    dice = 2 * shared / (64 / 4 + 32)
    assert float(mask_loss(torch.zeros(1, 4, 4, 4), truth)) == pytest.approx(
        math.log(4) + 1 - dice / 3, abs=1e-5
    )


def test_the_loss_of_perfect_predictions_is_zero() -> None:
    truth = torch.arange(4).repeat_interleave(16).reshape(1, 8, 8)
    raw = 50.0 * torch.nn.functional.one_hot(truth, 4).movedim(-1, 1).float()
    assert float(mask_loss(raw, truth)) == pytest.approx(0.0, abs=1e-4)


def test_training_reduces_the_loss_and_resumes_after_an_interruption(tmp_path: Path) -> None:
    start = initial_weights(load_bundle().detector)
    lines: list[str] = []
    images = [drawn(str(i)) for i in range(4)]

    def weights(epochs: int, out: str) -> dict[str, torch.Tensor]:
        plan = SegmenterPlan(epochs=epochs, phantoms=0, batch=2)
        return train(images, tmp_path / out, start=start, plan=plan, log=lines.append)

    trained = weights(1, "one.pt")
    build().load_state_dict(trained)
    assert not torch.equal(trained["stem.0.weight"], start["stem.0.weight"])
    weights(1, "one.pt")
    assert "resuming after epoch 0" in lines[-1]


@pytest.mark.slow
def test_the_released_segmenter_agrees_with_reference_masks(data_dir: Path) -> None:
    split = {key: fold for key, fold in folds(data_dir).items() if fold == CALIBRATION_FOLD}
    some = list(read_space(data_dir / "spider_space", split))[::18]
    found = {row.structure: row for row in segmentation_metrics(some, load_bundle())}
    assert {name: row.dice > 0.8 for name, row in found.items()} == dict.fromkeys(
        ("disc", "vertebra", "canal"), True
    )

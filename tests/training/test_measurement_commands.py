"""Discs are measured for training as they are for the product, and measured once."""

from __future__ import annotations

import pytest

from spine_core.networks.registry import load_bundle
from spine_core.training import measurement_commands
from spine_core.training.commands import TrainingRun
from spine_core.training.evaluation.inference import predict_images
from spine_core.training.evaluation.measurement_eval import labelled


@pytest.fixture
def run(data_dir, labelled_images, tmp_path, monkeypatch):
    """A run on one T2 image of a training fold, and on the T1 of the same patient."""
    images = [p for p in labelled_images if p.source == "spider" and p.fold == 2][:2]
    assert {p.sequence for p in images} == {"t1", "t2"}
    monkeypatch.setattr(TrainingRun, "images", lambda self, *, space=True: images)
    return TrainingRun(data_dir, tmp_path)


@pytest.mark.slow
def test_training_measures_as_evaluation_does_and_measures_once(run, monkeypatch):
    bundle = load_bundle()
    found = measurement_commands.measured_labels(run, bundle)
    t2 = [p for p in run.images() if p.sequence == "t2"]
    _, predictions = predict_images(t2, bundle)
    assert found == labelled(predictions, 2)
    assert any(value is not None for value in found[0].values.values())
    monkeypatch.setattr(measurement_commands, "_measured", lambda image, bundle: [])
    assert measurement_commands.measured_labels(run, bundle) == found
    # Outlines of other networks are measured again.
    monkeypatch.setattr(measurement_commands, "_networks", lambda bundle: {"detector": "another"})
    assert measurement_commands.measured_labels(run, bundle) == []

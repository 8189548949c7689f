"""A small study and reading that need no file and no trained weights."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from spine_core.anatomy import segmenter
from spine_core.anatomy.types import LEVELS, Anatomy, Disc, Structure
from spine_core.grading.crops.sagittal import disc_image
from spine_core.grading.findings import findings_of
from spine_core.grading.types import ModelId, Reading
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.ensemble import Ensemble
from spine_core.networks.grading_network import GradingNetwork
from spine_core.networks.outputs import LOGITS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.registry import Bundle
from spine_core.study.geometry import StackGeometry
from spine_core.study.types import Patient, Plane, Series, Study, Weighting


def _series(uid: str, weighting: Weighting, brightness: float) -> Series:
    rows, columns, slices = 160, 128, 5
    random = np.random.default_rng(1)
    y, x = np.mgrid[:rows, :columns]
    spine = np.exp(-(((x - 60) / 14) ** 2)) * (0.6 + 0.4 * np.sign(np.sin(y / 24 * 2 * np.pi)))
    pixels = (brightness * (spine + 0.05 * random.random((slices, rows, columns)))).astype(np.uint16)
    geometry = StackGeometry(
        np.array([[4.0 * i, 0.0, 0.0] for i in range(slices)]),
        np.array([0.0, 1, 0]),
        np.array([0.0, 0, -1]),
        (1.5, 1.5),
    )
    return Series(
        uid, f"sag {weighting.value}", "MR", Plane.SAGITTAL, weighting, "header", pixels, geometry, (1.5, 1.5), 4.0,
        tuple(f"{uid}-{i}" for i in range(slices)), (None,) * slices, frame_of_reference_uid="1.2.3", synthetic=True,
        header={"RepetitionTime": "3000"},
    )  # fmt: skip


@cache
def study() -> Study:
    patient = Patient("key", name="Doe^Jane", patient_id="4711", birth_date="19700101", sex="F")
    return Study(
        (_series("t2", Weighting.T2, 800.0), _series("t1", Weighting.T1, 500.0)), (), patient, "0" * 64
    )


def study_with(uid: str) -> Study:
    """The study whose first series has another uid."""
    return replace(study(), series=(replace(study().series[0], uid=uid),))


def _tiny(seed: int) -> Any:
    """A network of two layers under the names of ResNet's stages, so that a map takes milliseconds."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    net = nn.Module()
    net.conv1 = nn.Conv2d(2, 6, 7, 4, 3)
    for name in ("bn1", "maxpool", "layer1", "layer2", "layer3", "layer4"):
        setattr(net, name, nn.Identity())
    net.relu, net.avgpool, net.fc = nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Linear(6, LOGITS)
    net.fc.weight.data *= 4
    return net


@cache
def bundle() -> Bundle:
    import torch

    calibration = torch.stack([torch.ones(LOGITS), torch.zeros(LOGITS)])
    members = [
        GradingNetwork(_tiny(seed), Preprocessing(size=48), ModelId(name, "0", "f" * 64), calibration)
        for seed, name in enumerate(("first", "second"))
    ]
    thresholds = {c.name: [0.3] * len(c.grades) for c in CONDITIONS}
    ensemble = Ensemble(members, ModelId("untrained", "0", "e" * 64), calibration)
    return Bundle(None, NoOutlines(), ensemble, thresholds=thresholds)  # type: ignore[arg-type]


class NoOutlines:
    """Finds no structure anywhere."""

    id = ModelId("no outlines", "0", "0" * 64)

    def __call__(self, pictures):
        shares = np.zeros((len(pictures), len(Structure), *(n // 2 for n in segmenter.SIZE)), np.float32)
        shares[:, Structure.BACKGROUND] = 1.0
        return shares


@cache
def reading() -> Reading:
    return reading_of(study())


def reading_of(study: Study) -> Reading:
    """Five discs on the third slice of the sagittal T2 series."""
    sagittal = [one for one in study.series if one.plane is Plane.SAGITTAL]
    series = {one.weighting.value: one for one in sagittal if one.weighting in (Weighting.T1, Weighting.T2)}
    uid = series["t2"].uid
    discs = tuple(
        Disc(
            level,
            uid,
            2,
            (24.0 + 24 * i, 60.0),
            (24.0 + 24 * i, 72.0),
            (8.0, 90.0, -36.0 - 36 * i),
            24.0,
            (1.0, 0.0),
            0.9,
        )
        for i, level in enumerate(LEVELS)
    )
    contract = bundle().grader.preprocessing
    images = {disc.level: disc_image(contract, disc, series, {}) for disc in discs}
    anatomy = Anatomy(uid, discs, level_certain=True)
    model = bundle().grader.id
    return Reading(
        study.sha256, model, model, discs, findings_of(bundle(), images), (anatomy,), images, ("a note",)
    )


def labels() -> np.ndarray:
    """Structures on the slice of the discs: discs of 10 x 24 pixels, vertebrae of 12 rows between them, the canal."""
    found = np.zeros((160, 128), np.uint8)
    for row in range(12, 140, 24):
        found[row - 6 : row + 6, 48:72] = Structure.VERTEBRA
    for row in range(24, 132, 24):
        found[row - 5 : row + 5, 48:72] = Structure.DISC
    found[6:138, 76:84] = Structure.CANAL
    return found


def segmented_reading() -> Reading:
    """The reading with the segmentation of ``labels``, and what is measured on it."""
    from spine_core.grading.read import regrade

    plain = reading()
    anatomy = replace(plain.anatomies[0], masks={2: labels()})
    return regrade(study(), bundle(), replace(plain, anatomies=(anatomy,)), plain.discs)

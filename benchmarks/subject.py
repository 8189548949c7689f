"""What the benchmarks explain: one finding of the demonstration study by the shipped networks, or a made-up one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spine_core.anatomy.types import LEVELS, Disc
from spine_core.grading.read import read_study
from spine_core.grading.types import DiscImage, ModelId
from spine_core.networks.architectures import build
from spine_core.networks.backend import AutoBackend
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.ensemble import Ensemble
from spine_core.networks.grading_network import GradingNetwork
from spine_core.networks.network import Network
from spine_core.networks.outputs import LOGITS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.registry import Bundle, load_bundle
from spine_core.networks.target import Target
from spine_core.networks.wrapped import wrap
from spine_core.phantom import demo_study
from spine_core.study import open_study, sources_from_path
from spine_core.study.types import Study

LEVEL = "L4/L5"


@dataclass(frozen=True, eq=False)
class Subject:
    """``network`` with its engine; ``plain`` the same by torch; one disc and target, and those of the whole study."""

    network: AutoBackend
    plain: Network
    image: DiscImage
    target: Target
    images: tuple[DiscImage, ...]
    targets: tuple[tuple[Target, ...], ...]


def demonstration() -> tuple[Study, Bundle]:
    """The demonstration study, opened, and what reads it."""
    folder = demo_study(Path(__file__).resolve().parents[1] / ".cache" / "demo")
    return open_study(sources_from_path(folder)), load_bundle()


def finding() -> Subject:
    """The Pfirrmann grade of L4/L5 in the demonstration study, by all networks together."""
    study, bundle = demonstration()
    reading = read_study(study, bundle)
    found = reading.finding(LEVEL, "pfirrmann")
    if found is None or found.grade is None:
        raise SystemExit(f"the demonstration study has no graded {LEVEL}")
    targets = tuple(
        tuple(Target(f.condition, f.grade) for f in reading.findings if f.level == level and f.grade)
        for level in reading.images
    )
    return Subject(
        bundle.explained_network,
        bundle.grader,
        reading.images[LEVEL],
        Target("pfirrmann", found.grade),
        tuple(reading.images.values()),
        targets,
    )


def untrained() -> Subject:
    """Networks of the shipped shapes with random weights, and made-up pictures."""
    import torch

    torch.manual_seed(0)
    calibration = torch.stack([torch.full((LOGITS,), 30.0), torch.zeros(LOGITS)])
    members = [
        GradingNetwork(build(name, 2), Preprocessing(), ModelId(name, "0", "0" * 64), calibration, name)
        for name in ("efficientnet_lite0", "resnet18")
    ]
    network = Ensemble(
        members, ModelId("untrained", "0", "0" * 64), torch.tensor([[1.0], [0.0]]).repeat(1, LOGITS)
    )
    images = tuple(_made_up(level, seed, Preprocessing()) for seed, level in enumerate(LEVELS))
    targets = tuple(Target(condition.name, condition.grades[-1]) for condition in CONDITIONS)
    return Subject(
        AutoBackend(network), network, images[3], Target("pfirrmann", "4"), images, (targets,) * len(images)
    )


def resnet50() -> Subject:
    """A network as users bring it: torchvision's ResNet-50 at 224 pixels with random weights, and made-up pictures."""
    import torch
    from torchvision import models

    torch.manual_seed(0)
    module = models.resnet50(weights=None, num_classes=4)
    # Without training, scores would hardly change, and no engine could be compared with torch.
    torch.nn.init.normal_(module.fc.weight, std=1.0)
    seen = Preprocessing(size=224, channels=("t2", "t2", "t2"))
    network = wrap(module, preprocessing=seen, outputs=["pfirrmann"], target_layer="layer4", name="resnet50")
    images = tuple(_made_up(level, seed, seen) for seed, level in enumerate(LEVELS))
    target = Target("pfirrmann", "4", output=network.outputs["pfirrmann"])
    return Subject(AutoBackend(network), network, images[3], target, images, ((target,),) * len(images))


def _made_up(level: str, seed: int, seen: Preprocessing) -> DiscImage:
    from scipy import ndimage

    size, channels = seen.size, len(seen.channels)
    pixels = ndimage.gaussian_filter(
        np.random.default_rng(seed).standard_normal((channels, size, size)), (0, size / 32, size / 32)
    )
    disc = Disc(level, "1", 0, (96, 96), (96, 120), None, 80, (1, 0), 1.0)
    return DiscImage(level, (pixels / pixels.std()).astype(np.float32), (None,) * channels, disc)

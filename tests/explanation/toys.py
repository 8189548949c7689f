"""Images and networks small enough to work out by hand, and an untrained network of the released architecture."""

import numpy as np
import torch

from spine_core.anatomy.types import Disc
from spine_core.grading.types import Channel, DiscImage, ModelId
from spine_core.networks.architectures import build
from spine_core.networks.grading_network import GradingNetwork
from spine_core.networks.outputs import LOGIT_SLICES, LOGITS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.target import Target
from spine_core.study.geometry import Affine2

TARGET = Target("bulging", "1")
"""Its log-odds are a single logit, so that a toy network's score is that logit."""

COLUMN = LOGIT_SLICES["bulging"].start
"""The column of that logit."""

HERE = Affine2(((1.0, 0.0), (0.0, 1.0)), (0.0, 0.0))


def disc_image(pixels, frame=HERE, regions=None):
    pixels = np.asarray(pixels, dtype=np.float32)
    channels = tuple(
        Channel(weighting, "1.2.3", 0, frame) if np.any(part) else None
        for weighting, part in zip(("t2", "t1"), pixels, strict=True)
    )
    disc = Disc("L4/L5", "1.2.3", 0, (4.0, 4.0), (4.0, 6.0), None, 4.0, (1.0, 0.0), 1.0)
    return DiscImage("L4/L5", pixels, channels, disc, regions)


def textured(size, seed=0, *, t1=True):
    """Smooth random patches, (2, size, size); T1 is 0 where ``t1`` is False."""
    from scipy import ndimage

    noise = np.random.default_rng(seed).standard_normal((2, size, size))
    smooth = ndimage.gaussian_filter(noise, (0, size / 24, size / 24))
    smooth /= smooth.std()
    if not t1:
        smooth[1] = 0
    return smooth.astype(np.float32)


class Linear:
    """Log-odds = sum(weights * pixels) + bias, (channels, size, size) weights."""

    id = ModelId("linear", "1", "0" * 64)

    def __init__(self, weights, bias=0.0):
        self.weights = np.asarray(weights, dtype=np.float64)
        self.bias = bias
        self.evaluations = 0

    def score(self, images, target):
        assert images.dtype == np.float32
        self.evaluations += len(images)
        return np.einsum("nchw,chw->n", images.astype(np.float64), self.weights) + self.bias


class Halves:
    """Features are the two channels themselves; the logit is a weighted sum of their means."""

    id = ModelId("halves", "1", "0" * 64)
    feature_layout = ((2, 0.0),)

    def __init__(self, first, second):
        self.weights = torch.tensor([first, second], dtype=torch.float32)

    def features(self, images):
        return images

    def head(self, features):
        logits = torch.zeros(len(features), LOGITS)
        logits[:, COLUMN] = features.mean(dim=(2, 3)) @ self.weights
        return logits

    def logits(self, images):
        return self.head(self.features(images))

    def score(self, images, target):
        return target.log_odds(self.logits(torch.from_numpy(images))).numpy().astype(np.float64)


class Mean:
    """An ensemble: the mean of its members' logits."""

    id = ModelId("mean", "1", "0" * 64)

    def __init__(self, *members):
        self.members = members
        self.feature_layout = tuple(part for member in members for part in member.feature_layout)

    def features(self, images):
        return torch.cat([member.features(images) for member in self.members], dim=1)

    def head(self, features):
        parts = torch.split(features, [count for count, _ in self.feature_layout], dim=1)
        heads = [member.head(part) for member, part in zip(self.members, parts, strict=True)]
        return torch.stack(heads).mean(dim=0)

    def logits(self, images):
        return self.head(self.features(images))

    def score(self, images, target):
        with torch.no_grad():
            return target.log_odds(self.logits(torch.from_numpy(images))).numpy().astype(np.float64)


def untrained(size=64, gain=30.0, architecture="resnet18"):
    """A network with random weights; ``gain`` scales its small logits to the range of trained ones."""
    torch.manual_seed(0)
    module = build(architecture, 2)
    calibration = torch.stack([torch.full((LOGITS,), gain), torch.zeros(LOGITS)])
    model = ModelId("untrained", "0", "0" * 64)
    return GradingNetwork(module, Preprocessing(size=size), model, calibration, architecture)

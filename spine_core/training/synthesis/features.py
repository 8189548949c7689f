"""Two sets of features by which real and generated images are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.networks.architectures import build, features
from spine_core.networks.registry import Bundle
from spine_core.synthesis.resize import enlarge
from spine_core.training.models.initialisation import imagenet_lite

IMAGENET = "efficientnet_lite0"
BATCH = 16

Extract = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float64]]
"""Features (N, count) of images (N, 2, side, side) at the generator's resolution."""


def extractors(bundle: Bundle) -> Mapping[str, Extract]:
    """By name: EfficientNet-Lite0 trained on ImageNet alone, and the released ensemble.

    The first never saw a spine; the second looks at what matters for grading. Both get images that were enlarged from
    the generator's resolution, real ones too: detail that the generator cannot make is not held against it.
    """
    size = bundle.grader.preprocessing.size
    net: Any = build(IMAGENET, 2)
    net.load_state_dict({**net.state_dict(), **imagenet_lite(IMAGENET)}, strict=True)
    return {
        "imagenet": partial(_imagenet, net.eval(), size),
        "ensemble": partial(_ensemble, bundle, size),
    }


def _imagenet(net: Any, size: int, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    import torch

    out = []
    with torch.inference_mode():
        for start in range(0, len(images), BATCH):
            part = torch.from_numpy(enlarge(images[start : start + BATCH], size))
            out.append(
                features(IMAGENET, net, part.to(memory_format=torch.channels_last)).mean(dim=(2, 3)).numpy()
            )
    return np.concatenate(out).astype(np.float64)


def _ensemble(bundle: Bundle, size: int, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    parts = [
        bundle.grader.predict(enlarge(images[start : start + BATCH], size)).embedding
        for start in range(0, len(images), BATCH)
    ]
    return np.concatenate(parts).astype(np.float64)

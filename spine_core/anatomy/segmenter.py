"""The outliner: a second network that outlines disc, vertebra and canal, at twice the localiser's resolution."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy import detector
from spine_core.weights import ModelId

PITCH = 60.0
"""Disc distance, in input pixels, at which the network sees: about as fine as the SPACE slices it learned from."""
SIZE = (384, 256)
"""Rows and columns of its input: from a disc distance above L1/L2 to one below L5/S1, belly to spinous processes."""
STAGES = 3
"""Of ResNet-18. What tells disc from bone lies within three disc distances; the fourth stage would see further."""


@dataclass(frozen=True, eq=False)
class SpineSegmenter:
    """The trained outliner, shared by all sessions; never hooked, safe from many threads."""

    id: ModelId
    _module: Any

    @classmethod
    def load(cls, path: Path, device: str = "cpu") -> SpineSegmenter:
        """Reads weights and card; ``device``: of torch. Raises ``WeightsError`` where they are missing or changed."""
        return cls(*detector.load(path, build(), device))

    def __call__(self, pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Share of every ``Structure``, (N, structures, rows/STRIDE, columns/STRIDE), for pictures (N, rows, columns).

        Pictures are standardised as the localiser's; rows and columns are multiples of 16.
        """
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(np.ascontiguousarray(pictures, dtype=np.float32))[:, None]
            batch = batch.to(detector.device_of(self._module), memory_format=torch.channels_last)
            out: npt.NDArray[np.float32] = torch.softmax(self._module(batch), 1).cpu().numpy()
        return out


def build() -> Any:
    """The untrained network."""
    return detector.build(detector.SEGMENTS, STAGES)

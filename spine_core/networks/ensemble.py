"""An ensemble of networks that predicts as one network and keeps each member's logits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.networks.grading_network import GradingNetwork
from spine_core.networks.network import EnsembleOutput, FeatureHead, Network
from spine_core.weights import ModelId, WeightsError

if TYPE_CHECKING:
    from torch import Tensor


class Ensemble(Network):
    """The mean of the members' calibrated logits, calibrated once more (Lakshminarayanan 2017, arXiv 1612.01474).

    Its feature maps are the members' maps concatenated as channels, so that every method of the Grad-CAM family
    explains the ensemble's score. All have the grid of the member with the most cells; coarser maps are resampled by
    area.
    """

    has_feature_maps = True

    def __init__(self, members: Sequence[GradingNetwork], model: ModelId, calibration: Tensor) -> None:
        preprocessings = {member.preprocessing for member in members}
        if len(preprocessings) != 1:
            msg = f"members of an ensemble must share one preprocessing, got {len(preprocessings)} among {len(members)}"
            raise ValueError(msg)
        self.members = tuple(members)
        self.preprocessing = members[0].preprocessing
        self.id = model
        self.cells = max(member.cells for member in members)
        self._calibration = calibration
        self.device = members[0].device

    @classmethod
    def load(cls, path: Path, device: str = "cpu") -> Ensemble:
        """Reads the ensemble's card at ``path`` (JSON) and the members that it names, from the same folder.

        Raises ``WeightsError`` where a file is missing or its hash differs from the card's.
        """
        import torch

        if not path.is_file():
            msg = f"the card {path.name} is missing from {path.parent.name}/"
            raise WeightsError(msg)
        card = json.loads(path.read_text())
        members = [GradingNetwork.load(path.parent / entry["file"], device) for entry in card["members"]]
        for member, entry in zip(members, card["members"], strict=True):
            if member.id.sha256 != entry["sha256"]:
                msg = f"{entry['file']} is not the file with which {path.name} was calibrated"
                raise WeightsError(msg)
        model = ModelId(card["name"], card["version"], ensemble_hash(card["members"], card["calibration"]))
        return cls(members, model, torch.tensor(card["calibration"], dtype=torch.float32))

    @property
    def feature_layout(self) -> tuple[tuple[int, float], ...]:
        """The members' layouts in order, with the first cell of the common grid."""
        size, found = self.preprocessing.size, []
        for member in self.members:
            # Both grids start at the same edge: the first centres differ by half the difference of the cell sizes.
            inward = (size / self.cells - size / member.cells) / 2
            found += [(count, first + inward) for count, first in member.feature_layout]
        return tuple(found)

    def features(self, images: Tensor) -> Tensor:
        """The members' feature maps on one grid, concatenated: (N, sum of C, h, w)."""
        import torch

        maps = [resample_area(member.features(images), member.cells, self.cells) for member in self.members]
        return torch.cat(maps, dim=1)

    def head(self, maps: Tensor) -> Tensor:
        """Calibrated logits (N, LOGITS) from the maps that ``features`` returned."""
        import torch

        parts = torch.split(maps, [count for count, _ in self.feature_layout], dim=1)
        logits = [member.head(part) for member, part in zip(self.members, parts, strict=True)]
        mean = sum(logits[1:], start=logits[0]) / len(logits)
        calibrated: Tensor = mean * self._calibration[0] + self._calibration[1]
        return calibrated

    def feature_head(self, images: Tensor) -> FeatureHead:
        """The ensemble itself: its head needs nothing but the feature maps."""
        return self

    def logits(self, images: Tensor) -> Tensor:
        """Calibrated logits (N, LOGITS) for images (N, channels, size, size), differentiable."""
        return self.head(self.features(images))

    def predict(self, images: npt.NDArray[np.float32]) -> EnsembleOutput:
        """The ensemble's logits, and each member's by its name."""
        outputs = {member.id.name: member.predict(images) for member in self.members}
        member_logits = {name: output.logits for name, output in outputs.items()}
        slope, offset = self._calibration.numpy()
        mean = np.mean(list(member_logits.values()), axis=0, dtype=np.float32)
        logits = np.asarray(mean * slope + offset, dtype=np.float32)
        return EnsembleOutput(
            logits, member_logits, np.concatenate([output.embedding for output in outputs.values()], axis=1)
        )


def resample_area(maps: Tensor, given: int, cells: int) -> Tensor:
    """Resamples maps (N, C, given, given) to (N, C, cells, cells) by the areas that cells of the two grids share.

    The mean of each map, which is the head's only input, does not change.
    """
    if given == cells:
        return maps
    import torch

    # Made for each pass: autograd cannot use a tensor that was created in inference mode.
    areas = torch.from_numpy(_area_matrix(given, cells)).to(maps)
    resampled: Tensor = areas @ maps @ areas.T
    return resampled


@lru_cache
def _area_matrix(given: int, cells: int) -> npt.NDArray[np.float32]:
    """Fraction of each of ``cells`` parts of a line that lies in each of ``given`` parts: (cells, given)."""
    begin, end = np.arange(cells)[:, None] / cells, (np.arange(cells)[:, None] + 1) / cells
    left, right = np.arange(given) / given, (np.arange(given) + 1) / given
    common = np.clip(np.minimum(end, right) - np.maximum(begin, left), 0, None)
    return np.asarray(common * cells, dtype=np.float32)


def ensemble_hash(members: Sequence[dict[str, Any]], calibration: Sequence[Sequence[float]]) -> str:
    """SHA-256 that identifies an ensemble: of the members' hashes and the calibration."""
    made_of = [[entry["sha256"] for entry in members], calibration]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()

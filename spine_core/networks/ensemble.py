"""Several networks that answer as one, each vote kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.networks.grading_network import EnsembleOutput, GradingNetwork, Network
from spine_core.weights import ModelId, WeightsError

if TYPE_CHECKING:
    from torch import Tensor


class Ensemble(Network):
    """The mean of the members' calibrated logits, calibrated once more (Lakshminarayanan 2017, arXiv 1612.01474).

    Its maps are the members' maps side by side as channels, so that every method of the Grad-CAM family explains the
    one score of all members: each contributes in the measure in which it moves that score. They have the grid of the
    member with most cells; what a coarser one found in a cell is shared out among the cells that it covers.
    """

    def __init__(self, members: Sequence[GradingNetwork], model: ModelId, calibration: Tensor) -> None:
        contracts = {member.preprocessing for member in members}
        if len(contracts) != 1:
            msg = f"members of an ensemble must share one contract, got {len(contracts)} among {len(members)}"
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

        Raises ``WeightsError`` where a file is missing or is not the one its card names.
        """
        import torch

        if not path.is_file():
            msg = f"the card {path.name} is missing from {path.parent.name}/"
            raise WeightsError(msg)
        card = json.loads(path.read_text())
        members = [GradingNetwork.load(path.parent / entry["file"], device) for entry in card["members"]]
        for member, entry in zip(members, card["members"], strict=True):
            if member.id.sha256 != entry["sha256"]:
                msg = f"{entry['file']} is not the file that {path.name} was calibrated with"
                raise WeightsError(msg)
        model = ModelId(card["name"], card["version"], ensemble_hash(card["members"], card["calibration"]))
        return cls(members, model, torch.tensor(card["calibration"], dtype=torch.float32))

    @property
    def feature_layout(self) -> tuple[tuple[int, float], ...]:
        """The members' layouts, one after the other, each with the first cell of the one grid."""
        size, found = self.preprocessing.size, []
        for member in self.members:
            # Both grids begin at one edge: the middles of their first cells differ by half of what the cells do.
            inward = (size / self.cells - size / member.cells) / 2
            found += [(count, first + inward) for count, first in member.feature_layout]
        return tuple(found)

    def features(self, pictures: Tensor) -> Tensor:
        """The members' maps side by side on one grid, (N, sum of C, h, w)."""
        import torch

        maps = [resample_area(member.features(pictures), member.cells, self.cells) for member in self.members]
        return torch.cat(maps, dim=1)

    def head(self, maps: Tensor) -> Tensor:
        """Calibrated logits (N, LOGITS) from the maps that ``features`` returned."""
        import torch

        parts = torch.split(maps, [count for count, _ in self.feature_layout], dim=1)
        logits = [member.head(part) for member, part in zip(self.members, parts, strict=True)]
        mean = sum(logits[1:], start=logits[0]) / len(logits)
        calibrated: Tensor = mean * self._calibration[0] + self._calibration[1]
        return calibrated

    def predict(self, pictures: npt.NDArray[np.float32]) -> EnsembleOutput:
        """What the members say together, and each by its name."""
        polls = {member.id.name: member.predict(pictures) for member in self.members}
        votes = {name: poll.logits for name, poll in polls.items()}
        slope, offset = self._calibration.numpy()
        mean = np.mean(list(votes.values()), axis=0, dtype=np.float32)
        answers = np.asarray(mean * slope + offset, dtype=np.float32)
        return EnsembleOutput(
            answers, votes, np.concatenate([poll.embedding for poll in polls.values()], axis=1)
        )


def resample_area(maps: Tensor, given: int, cells: int) -> Tensor:
    """Maps (N, C, given, given) as (N, C, cells, cells), by the areas that cells of the two grids have in common.

    Their mean, which is all that the head takes of them, stays as it is.
    """
    if given == cells:
        return maps
    import torch

    # Made anew for each pass: a tensor kept from inference mode could not be followed by gradients.
    shares = torch.from_numpy(_shares(given, cells)).to(maps)
    moved: Tensor = shares @ maps @ shares.T
    return moved


@lru_cache
def _shares(given: int, cells: int) -> npt.NDArray[np.float32]:
    """How much of each of ``cells`` parts of a line lies in each of ``given`` parts of it: (cells, given)."""
    begin, end = np.arange(cells)[:, None] / cells, (np.arange(cells)[:, None] + 1) / cells
    left, right = np.arange(given) / given, (np.arange(given) + 1) / given
    common = np.clip(np.minimum(end, right) - np.maximum(begin, left), 0, None)
    return np.asarray(common * cells, dtype=np.float32)


def ensemble_hash(members: Sequence[dict[str, Any]], calibration: Sequence[Sequence[float]]) -> str:
    """SHA-256 of what makes an ensemble answer as it does: the members' hashes and the calibration."""
    made_of = [[entry["sha256"] for entry in members], calibration]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()

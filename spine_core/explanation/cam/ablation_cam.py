"""Ablation-CAM: how much the answer falls when one of the last convolution's maps is silenced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spine_core.explanation.cam.base import Cam, FeatureHeadModel
from spine_core.networks.target import Target
from spine_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor

AT_ONCE = 64
"""Silenced maps per pass of the head: a hundredth of a second each, and no more memory than a pass of pictures."""


class AblationCam(Cam):
    """Ablation-CAM of the last convolution. Desai 2020, doi 10.1109/WACV45572.2020.9093360.

    The weight of a map is the fall of the log-odds when it is set to zero. The paper divides it by the answer, which
    for log-odds near zero or below would blow up or turn the map round. The seed is not used.
    """

    name = "ablation_cam"
    label = "Ablation-CAM"
    paper = "Desai and Ramaswamy 2020, doi 10.1109/WACV45572.2020.9093360"
    shows = "Where the features are without which the score would fall, found by removing one at a time."
    limits = "As coarse as Grad-CAM; features that stand in for each other both look unimportant."

    def weight_maps(
        self, network: FeatureHeadModel, maps: Tensor, target: Target, seed: int, progress: Progress
    ) -> Tensor:
        """Each map times the fall of the answer without it."""
        import torch

        count = maps.shape[1]
        falls = []
        with torch.no_grad():
            answer = target.log_odds(network.head(maps))
            for start in range(0, count, AT_ONCE):
                progress(start / count, self.label)
                silenced = range(start, min(start + AT_ONCE, count))
                without = maps.repeat(len(silenced), 1, 1, 1)
                without[range(len(silenced)), silenced] = 0
                falls.append(answer - target.log_odds(network.head(without)))
        return torch.cat(falls).to(maps)[:, None, None] * maps[0]

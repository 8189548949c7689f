"""Ablation-CAM: how much the score falls when one feature map of the last convolution is set to zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spine_core.explanation.cam.base import Cam
from spine_core.networks.network import FeatureHead
from spine_core.networks.target import Target
from spine_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor

AT_ONCE = 64
"""Ablated maps per pass of the head: 10 ms per pass, and no more memory than a pass of the whole network."""


class AblationCam(Cam):
    """Ablation-CAM of the last convolution. Desai 2020, doi 10.1109/WACV45572.2020.9093360.

    The weight of a map is the fall of the log-odds when it is set to zero. The paper divides it by the score, which
    diverges for log-odds near zero and inverts the map for negative ones. The seed is not used.
    """

    name = "ablation_cam"
    label = "Ablation-CAM"
    paper = "Desai and Ramaswamy 2020, doi 10.1109/WACV45572.2020.9093360"
    shows = "Where the features are whose removal lowers the score; each is removed alone."
    limits = "As coarse as Grad-CAM; redundant features all appear unimportant."

    def weight_maps(
        self, network: FeatureHead, maps: Tensor, target: Target, seed: int, progress: Progress
    ) -> Tensor:
        """Each map times the fall of the score without it."""
        import torch

        count = maps.shape[1]
        falls = []
        with torch.no_grad():
            score = target.log_odds(network.head(maps))
            for start in range(0, count, AT_ONCE):
                progress(start / count, self.label)
                ablated = range(start, min(start + AT_ONCE, count))
                without = maps.repeat(len(ablated), 1, 1, 1)
                without[range(len(ablated)), ablated] = 0
                falls.append(score - target.log_odds(network.head(without)))
        return torch.cat(falls).to(maps)[:, None, None] * maps[0]

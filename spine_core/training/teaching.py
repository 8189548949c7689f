"""What a trained ensemble tells a smaller network beside the labels (Hinton 2015, arXiv 1503.02531).

Its answers say how sure one may be of a disc, and answer what the labels of a set leave open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.grading.conditions import CONDITIONS, Scale
from spine_core.grading.network import Network
from spine_core.grading.target import LAYOUT, LOGITS
from spine_core.training.crops import AT_ONCE, Crops
from spine_core.training.views import plain_views

if TYPE_CHECKING:
    import torch


def lessons(teacher: Network, crops: Crops, log: Callable[[str], None]) -> npt.NDArray[np.float32]:
    """The teacher's calibrated logits (N, LOGITS) for every disc of ``crops``, seen with all weightings there are.

    A pupil that is shown one of them alone is told the same: what the other one would have added.
    """
    out = np.empty((len(crops.keys), LOGITS), dtype=np.float32)
    for start in range(0, len(out), AT_ONCE):
        some = np.zeros(len(out), dtype=bool)
        some[start : start + AT_ONCE] = True
        part = crops.where(some)
        out[some] = teacher.answers(plain_views(part, teacher.contract, part.present))
        log(f"{teacher.id.name} asked about {start + len(part.keys)} of {len(out)} discs")
    return out


def disagreement(raw: torch.Tensor, taught: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy between a pupil's raw logits (N, LOGITS) and the teacher's calibrated ones ``taught``.

    ``weight``: of a positive answer per logit in the loss of the labels, which moves what the pupil says by its
    logarithm; what it is taught is moved alike, so that the two do not pull apart.
    """
    from torch.nn import functional

    total = raw.new_zeros(())
    for condition in CONDITIONS:
        part = LAYOUT[condition.name]
        if condition.scale is Scale.CATEGORICAL:
            wanted = functional.softmax(taught[:, part] + weight[part].clamp(1.0).log(), 1)
            share = -(functional.log_softmax(raw[:, part], 1) * wanted).sum(1).mean()
        else:
            wanted = (taught[:, part] + weight[part].log()).sigmoid()
            share = functional.binary_cross_entropy_with_logits(raw[:, part], wanted)
        total = total + share
    return total / len(CONDITIONS)

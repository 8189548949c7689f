"""The predictions of an ensemble's members, stored separately."""

from __future__ import annotations

import numpy as np
import pytest

from spine_core.anatomy.measurements import Measurements
from spine_core.evaluation.types import DiscPrediction, with_group_logits
from spine_core.networks.outputs import LOGITS


def test_a_subset_of_the_networks_predicts_the_mean_of_its_logits() -> None:
    member_logits = {
        name: np.full(LOGITS, value, np.float32) for name, value in (("a", 1.0), ("b", 2.0), ("c", 6.0))
    }
    all_ = np.full(LOGITS, 3.0, np.float32)
    one = DiscPrediction(
        "spider", "t2", "1", "L4/L5", {}, all_, {}, {}, np.zeros(3, np.float32), Measurements(), member_logits
    )
    (found,) = with_group_logits([one], ("a", "c"))
    assert found.logits == pytest.approx(3.5)
    assert found.logits.dtype == np.float32
    (every,) = with_group_logits([one], ("a", "b", "c"))
    assert every.logits == pytest.approx(3.0)
    assert one.logits is all_

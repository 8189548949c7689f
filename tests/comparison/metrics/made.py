"""Maps and contexts for tests of metrics."""

import numpy as np

from spine_core.comparison.metrics.base import EvaluatedMap, MetricContext
from tests.explanation.toys import TARGET


def context(network, image, baseline="blur", seed=0):
    return MetricContext(network, image, TARGET, baseline, seed)


def evaluated(relevance, method="a", draw=0, *, is_control=False):
    return EvaluatedMap(method, np.asarray(relevance, np.float32), draw, is_control)

"""How much of a map lies in which structure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.model import Structure
from spine_core.compare.model import Localisation
from spine_core.explain.model import Explanation


def localisation(explanation: Explanation, regions: npt.NDArray[np.uint8]) -> Localisation | None:
    """Share of the positive relevance per ``Structure``, by its name in lower case; None for a map without any.

    ``regions``: labels over the picture, the map's shape.
    """
    positive = np.maximum(explanation.map, 0).astype(np.float64)
    total = positive.sum()
    if explanation.zero or not total > 0:
        return None
    inside = {structure.name.lower(): regions == structure for structure in Structure}
    return Localisation(
        explanation.method,
        mass={name: float(positive[where].sum() / total) for name, where in inside.items()},
        area={name: float(where.mean()) for name, where in inside.items()},
    )

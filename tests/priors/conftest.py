from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spine_core.anatomy.types import LEVELS, Disc
from spine_core.phantom.in_memory import sagittal_study
from spine_core.phantom.render import Phantom, build, mid_index
from spine_core.phantom.spec import healthy
from spine_core.priors.rigid import Rigid
from spine_core.study.geometry import StackGeometry
from spine_core.study.types import Series


@dataclass
class Examined:
    series: Series
    discs: tuple[Disc, ...]


def disc(level: str, center, series_uid: str = "t2") -> Disc:
    return Disc(level, series_uid, 0, (0.0, 0.0), (0.0, 1.0), center, 50.0, (1.0, 0.0), 1.0)


def moved(examined: Examined, transform: Rigid) -> Examined:
    """The same pixels with the patient lying elsewhere."""
    before = examined.series.geometry
    geometry = StackGeometry(
        transform(before.positions),
        transform.rotation @ before.row_direction,
        transform.rotation @ before.column_direction,
        before.spacing,
    )
    discs = tuple(replace(one, center_mm=tuple(transform(one.center_mm))) for one in examined.discs)
    return Examined(replace(examined.series, geometry=geometry), discs)


def rigid(angles, translation) -> Rigid:
    return Rigid(Rotation.from_euler("xyz", angles, degrees=True).as_matrix(), np.array(translation, float))


def examine(phantom: Phantom, weighting: str = "t2") -> Examined:
    """Five slices, with the true disc centres."""
    middle = mid_index(phantom)
    series = sagittal_study(phantom, range(middle - 2, middle + 3), (weighting,)).series[0]
    return Examined(series, tuple(disc(level, phantom.centers[level], series.uid) for level in LEVELS))


@pytest.fixture(scope="session")
def examinations() -> tuple[Examined, Examined]:
    """One phantom, examined twice: other slices, pixels, coil and noise."""
    return examine(build(healthy(5))), examine(build(healthy(5), 905))

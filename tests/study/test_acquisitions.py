from __future__ import annotations

import numpy as np

from spine_core.study import SourceFile, open_study
from spine_core.study.acquisitions import acquisitions
from tests.study.made import AXIAL, mr, stored


def test_axial_blocks_of_one_series_are_one_acquisition_after_the_sagittal_ones() -> None:
    """Three blocks, each tilted along its disc, in one SeriesInstanceUID, as most scanners send them."""
    datasets = []
    for block, angle in enumerate((0.0, 0.2, 0.4)):
        direction = (1.0, 0.0, 0.0, 0.0, float(np.cos(angle)), float(np.sin(angle)))
        normal = np.cross(direction[:3], direction[3:])
        for index in range(3):
            position = np.array([-60.0, -60.0, -40.0 * block]) + 4.0 * index * normal
            datasets.append(
                mr(position.tolist(), direction, SeriesInstanceUID="1.2.3.7", SeriesDescription="t2_tra")
            )
    datasets += [mr((4.4 * index, 0, 0)) for index in range(3)]
    t1 = {"SeriesInstanceUID": "1.2.3.5", "SeriesDescription": "t1_sag", "EchoTime": 9, "RepetitionTime": 600}
    datasets += [mr((4.4 * index, 0, 0), **t1) for index in range(3)]
    study = open_study([SourceFile(str(n), stored(ds)) for n, ds in enumerate(datasets)])
    groups = acquisitions(study)
    assert [[(one.description, one.slices) for one in group] for group in groups] == [
        [("t2_tse_sag", 3)],
        [("t1_sag", 3)],
        [("t2_tra", 3)] * 3,
    ]
    assert {one.series_instance_uid for one in groups[2]} == {"1.2.3.7"}


def test_series_of_their_own_are_acquisitions_of_their_own() -> None:
    datasets = [
        mr((0, 0, 5.0 * index), AXIAL, SeriesInstanceUID=f"1.2.3.{number}")
        for number in (7, 8)
        for index in range(2)
    ]
    study = open_study([SourceFile(str(n), stored(ds)) for n, ds in enumerate(datasets)])
    assert [len(group) for group in acquisitions(study)] == [1, 1]

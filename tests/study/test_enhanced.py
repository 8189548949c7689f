from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset

from spine_core.study import SourceFile, open_study
from spine_core.study.model import Plane, Weighting
from tests.study.made import SAGITTAL, mr, picture, stored


def item(**elements: object) -> Dataset:
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def enhanced(places: list[float], echoes: list[float]) -> bytes:
    """Enhanced MR with shared orientation and spacing, and place and echo per frame, as PS3.3 A.36 has it."""
    pixels = np.stack([picture(10 * e + p) for p in range(len(places)) for e in range(len(echoes))])
    ds = mr(
        None,
        None,
        pixels[0],
        SOPClassUID="1.2.840.10008.5.1.4.1.1.4.1",
        NumberOfFrames=len(pixels),
        PixelSpacing=None,
        SliceThickness=None,
        EchoTime=None,
        RepetitionTime=None,
        SeriesDescription="sag",
    )
    ds.PixelData = pixels.tobytes()
    ds.SharedFunctionalGroupsSequence = [
        item(
            PlaneOrientationSequence=[item(ImageOrientationPatient=list(SAGITTAL))],
            PixelMeasuresSequence=[item(PixelSpacing=[0.6, 0.5], SliceThickness=4)],
            PixelValueTransformationSequence=[item(RescaleSlope=2, RescaleIntercept=-5, RescaleType="US")],
            MRTimingAndRelatedParametersSequence=[item(RepetitionTime=3000.0)],
        )
    ]
    ds.PerFrameFunctionalGroupsSequence = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=[place, -80, 100])],
            MREchoSequence=[item(EffectiveEchoTime=echo)],
        )
        for place in places
        for echo in echoes
    ]
    return stored(ds)


def test_frames_are_sorted_by_their_own_place_and_split_by_their_own_echo() -> None:
    short, long = sorted(
        open_study([SourceFile("a", enhanced([8.0, 0.0, 4.0], [11.0, 101.0]))]).series,
        key=lambda series: float(series.header["EchoTime"]),
    )
    assert short.geometry.positions.tolist() == [[0, -80, 100], [4, -80, 100], [8, -80, 100]]
    for series, first in ((short, 0), (long, 10)):
        expected = np.stack([picture(first + index) for index in (1, 2, 0)]).astype(int) * 2 - 5
        assert np.array_equal(series.pixels, expected)
        assert series.plane is Plane.SAGITTAL
        assert series.spacing == (0.6, 0.5)
        assert series.slice_thickness == 4
    assert long.weighting is Weighting.T2
    assert long.weighting_reason == "TE 101 ms, TR 3000 ms"


def test_highdicom_reads_the_same_geometry(tmp_path) -> None:
    import io

    from highdicom import imread

    data = enhanced([8.0, 0.0, 4.0], [101.0])
    volume = imread(io.BytesIO(data)).get_volume_geometry()
    geometry = open_study([SourceFile("a", data)]).series[0].geometry
    ends = {tuple(np.round(volume.map_indices_to_reference(np.array([[i, 5, 7]]))[0], 6)) for i in range(3)}
    assert ends == {tuple(np.round(geometry.to_patient(i, 5, 7), 6)) for i in range(3)}

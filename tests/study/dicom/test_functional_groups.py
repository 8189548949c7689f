from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataset import Dataset

from spine_core.study import SourceFile, open_study
from spine_core.study.types import Plane, Series, Weighting
from tests.study.made import SAGITTAL, mr, random_pixels, stored


def item(**elements: object) -> Dataset:
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def enhanced(places: list[float], echoes: list[float], shared: Dataset | None = None, **top: object) -> bytes:
    """Enhanced MR with shared orientation and spacing, and place and echo per frame, as PS3.3 A.36 has it.

    ``shared``: further shared functional groups; ``top``: further elements of the object.
    """
    pixels = np.stack([random_pixels(10 * e + p) for p in range(len(places)) for e in range(len(echoes))])
    elements = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4.1",
        "NumberOfFrames": len(pixels),
        "SeriesDescription": "sag",
        **dict.fromkeys(("PixelSpacing", "SliceThickness", "EchoTime", "RepetitionTime", "ScanningSequence")),
    }
    ds = mr(None, None, pixels[0], **elements | top)
    ds.PixelData = pixels.tobytes()
    ds.SharedFunctionalGroupsSequence = [
        item(
            PlaneOrientationSequence=[item(ImageOrientationPatient=list(SAGITTAL))],
            PixelMeasuresSequence=[item(PixelSpacing=[0.6, 0.5], SliceThickness=4)],
            PixelValueTransformationSequence=[item(RescaleSlope=2, RescaleIntercept=-5, RescaleType="US")],
            MRTimingAndRelatedParametersSequence=[item(RepetitionTime=3000.0)],
        )
    ]
    if shared is not None:
        ds.SharedFunctionalGroupsSequence[0].update(shared)
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
        expected = np.stack([random_pixels(first + index) for index in (1, 2, 0)]).astype(int) * 2 - 5
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


def one(shared: Dataset | None = None, **top: object) -> Series:
    (series,) = open_study([SourceFile("a", enhanced([0.0, 4.0, 8.0], [101.0], shared, **top))]).series
    return series


def frame_type(**elements: object) -> Dataset:
    return item(MRImageFrameTypeSequence=[item(**elements)])


@pytest.mark.parametrize(
    ("shared", "top", "reason"),
    [
        (item(MRDiffusionSequence=[item(DiffusionBValue=800.0)]), {}, "diffusion-weighted (b 800 s/mm²)"),
        (frame_type(AcquisitionContrast="DIFFUSION"), {}, "diffusion-weighted"),
        (frame_type(AcquisitionContrast="T2_STAR"), {}, "T2*-weighted"),
        (frame_type(ComplexImageComponent="PHASE"), {}, "not a magnitude image (phase)"),
        (frame_type(VolumeBasedCalculationTechnique="MAX_IP"), {}, "a projection"),
        (frame_type(FrameType=["DERIVED", "PRIMARY", "DIXON", "FAT"]), {}, "the fat part"),
        (None, {"EchoPulseSequence": "GRADIENT"}, "a gradient echo"),
        (None, {"EchoPlanarPulseSequence": "YES", "EchoPulseSequence": "SPIN"}, "an echo planar image"),
        (
            item(FrameAnatomySequence=[item(AnatomicRegionSequence=[item(CodeMeaning="Knee")])]),
            {},
            "its header names another body part (knee)",
        ),
        (frame_type(AcquisitionContrast="T2", ComplexImageComponent="MAGNITUDE"), {}, ""),
        (None, {"EchoPulseSequence": "SPIN"}, ""),
    ],
)
def test_kinds_are_known_by_their_functional_groups(shared, top, reason) -> None:
    found = one(shared, **top).not_gradable
    assert found.startswith(reason) if reason else found == ""


def test_suppressed_fat_and_contrast_agent_count_in_functional_groups_too() -> None:
    plain = one()
    assert (plain.fat_suppressed, plain.contrast_enhanced) == (False, False)
    suppressed = one(item(MRModifierSequence=[item(SpectrallySelectedSuppression="FAT")]))
    assert suppressed.fat_suppressed
    assert any("Fat is suppressed" in note.text for note in suppressed.notes)
    assert not one(item(MRModifierSequence=[item(SpectrallySelectedSuppression="NONE")])).fat_suppressed
    agent = {"ContrastBolusAgentSequence": [item(CodeMeaning="Gadoterate")]}
    assert one(**agent).contrast_enhanced
    unused = item(ContrastBolusUsageSequence=[item(ContrastBolusAgentAdministered="NO")])
    assert not one(unused, **agent).contrast_enhanced


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"DiffusionBValue": 500.0}, "diffusion-weighted (b 500 s/mm²)"),
        ({"ScanningSequence": "GR"}, "a gradient echo"),
        ({"ScanningSequence": "SE", "ContrastBolusAgent": "Gd"}, ""),
    ],
)
def test_a_legacy_converted_object_has_the_values_of_its_classic_images(elements, reason) -> None:
    """PS3.3 A.70: attributes without a functional group are kept unassigned, shared or per frame."""
    kept = item(UnassignedSharedConvertedAttributesSequence=[item(**elements)])
    series = one(kept, SOPClassUID="1.2.840.10008.5.1.4.1.1.4.4")
    assert series.not_gradable.startswith(reason) if reason else series.not_gradable == ""
    assert series.contrast_enhanced is ("ContrastBolusAgent" in elements)

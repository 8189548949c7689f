"""Kinds of images that are shown and not graded, and similar ones that are graded."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from spine_core.study import SourceFile, open_study
from spine_core.study.gradability import RULES, exclusion
from spine_core.study.types import Series, Weighting
from tests.study.made import mr, random_pixels, stored


def opened(*datasets: Dataset) -> tuple[Series, ...]:
    return open_study([SourceFile(f"f{i}", stored(ds)) for i, ds in enumerate(datasets)]).series


def one(**elements: object) -> Series:
    (series,) = opened(mr(**elements))
    return series


TYPE = ["ORIGINAL", "PRIMARY"]

EXCLUDED = [
    ({"DiffusionBValue": 600.0}, "diffusion-weighted (b 600 s/mm²)"),
    ({"ImageType": [*TYPE, "DIFFUSION", "NONE"]}, "diffusion-weighted"),
    ({"AcquisitionContrast": "DIFFUSION"}, "diffusion-weighted"),
    ({"SequenceName": "*ep_b50t"}, "diffusion-weighted"),
    ({"SeriesDescription": "ep2d_diff_sag_b50_800"}, "diffusion-weighted"),
    ({"SeriesDescription": "Sag DWI"}, "diffusion-weighted"),
    ({"ImageType": [*TYPE, "P", "ND"]}, "not a magnitude image"),
    ({"ImageType": [*TYPE, "PHASE MAP", "P", "SE"]}, "not a magnitude image"),
    ({"ImageType": [*TYPE, "R", "ND"]}, "not a magnitude image"),
    ({"ComplexImageComponent": "IMAGINARY"}, "not a magnitude image (imaginary)"),
    ({"ImageType": ["DERIVED", "PRIMARY", "DIXON", "FAT"]}, "the fat part of a Dixon acquisition"),
    ({"ImageType": ["DERIVED", "PRIMARY", "F", "F", "DERIVED"]}, "the fat part of a Dixon acquisition"),
    ({"ImageType": ["DERIVED", "PRIMARY", "FAT_FRACTION"]}, "the fat part of a Dixon acquisition"),
    ({"SeriesDescription": "t2_tse_dixon_sag_F"}, "the fat part of a Dixon acquisition"),
    ({"SeriesDescription": "FAT: Sag T2 Flex"}, "the fat part of a Dixon acquisition"),
    ({"SeriesDescription": "Sag T2 fat fraction"}, "the fat part of a Dixon acquisition"),
    ({"SeriesDescription": "t2_tse_dixon_sag_opp"}, "the opposed-phase part of a Dixon acquisition"),
    ({"ImageType": [*TYPE, "OUT_PHASE"]}, "the opposed-phase part of a Dixon acquisition"),
    ({"EchoPulseSequence": "GRADIENT", "ScanningSequence": None}, "a gradient echo"),
    ({"ScanningSequence": "GR", "SeriesDescription": "t1_sag"}, "a gradient echo"),
    ({"SequenceName": "*fl2d1", "ScanningSequence": None}, "a gradient echo"),
    ({"SeriesDescription": "T1 VIBE sag", "ScanningSequence": None}, "a gradient echo"),
    ({"ScanningSequence": ["EP", "SE"]}, "an echo planar image"),
    ({"SeriesDescription": "SAG T2*"}, "T2*-weighted"),
    ({"SeriesDescription": "t2_star_sag"}, "T2*-weighted"),
    ({"SeriesDescription": "t2_me2d_MEDIC_tra"}, "T2*-weighted"),
    ({"AcquisitionContrast": "T2_STAR"}, "T2*-weighted"),
    ({"ImageType": ["DERIVED", "SECONDARY", "PROJECTION IMAGE"]}, "a projection through many slices"),
    ({"ImageType": ["DERIVED", "SECONDARY", "MIP"]}, "a projection through many slices"),
    ({"VolumeBasedCalculationTechnique": "MAX_IP"}, "a projection through many slices"),
    ({"SeriesDescription": "T2 SPACE MIP"}, "a projection through many slices"),
    ({"ImageType": ["DERIVED", "PRIMARY", "SUBTRACTION"]}, "a subtraction"),
    ({"SeriesDescription": "T1_SUB"}, "a subtraction"),
    ({"ImageType": [*TYPE, "M", "ND", "MOSAIC"]}, "a mosaic"),
    ({"EchoTime": 900, "RepetitionTime": 8000}, "an MR myelogram (TE 900 ms)"),
    ({"SliceThickness": 40}, "a slab 40 mm thick"),
    ({"SeriesDescription": "MR Myelo"}, "an MR myelogram"),
    ({"SeriesDescription": "T1 Map"}, "a computed map (t1 map)"),
    ({"ImageType": ["DERIVED", "PRIMARY", "T2_MAP"]}, "a computed map (T2_MAP)"),
    ({"ImageType": ["DERIVED", "PRIMARY", "ADC"]}, "a computed map (ADC)"),
]

GRADED = [
    {"DiffusionBValue": 0.0},  # Philips writes it into every image
    {"ImageType": [*TYPE, "M", "NORM", "DIS2D"]},
    {"ImageType": [*TYPE, "M_SE", "M", "SE"]},
    {"ImageType": ["DERIVED", "PRIMARY", "DIXON", "IN_PHASE"]},
    {"ImageType": ["DERIVED", "PRIMARY", "DIXON", "WATER"]},
    {"ComplexImageComponent": "MAGNITUDE"},
    {"SeriesDescription": "SAG T2 FAT SAT"},
    {"SeriesDescription": "T2 fatsat sag"},
    {"SeriesDescription": "Sag T2 no fat sat"},
    {"EchoPulseSequence": "SPIN", "ScanningSequence": None},
    {"SequenceName": "*tse2d1_15"},
    {"ScanningSequence": ["SE", "GR"]},
    {"SeriesDescription": "t2_tse_sag_block"},
    {"SliceThickness": 5},
    {"SeriesDescription": "SyMRI Synthetic T2"},
]


@pytest.mark.parametrize(("elements", "reason"), EXCLUDED)
def test_other_kinds_are_shown_and_not_graded_with_the_reason(elements, reason) -> None:
    series = one(**elements)
    assert series.not_gradable.startswith(reason)
    assert series.weighting is Weighting.OTHER, "not hung as T2 and never left to the pixels"
    assert series.slices == 1


@pytest.mark.parametrize("elements", GRADED)
def test_similar_but_gradable_kinds_are_graded(elements) -> None:
    series = one(**elements)
    assert series.not_gradable == ""
    assert series.weighting is Weighting.T2


@pytest.mark.parametrize(
    ("creator", "tag", "value", "b"),
    [
        ("SIEMENS MR HEADER", 0x0019100C, "800", 800),
        ("GEMS_PARM_01", 0x00431039, "1000000500\\8\\0\\0", 500),
        ("Philips Imaging DD 001", 0x20011003, "400", 400),
    ],
)
def test_the_vendors_own_b_value_counts(creator, tag, value, b) -> None:
    ds = mr()
    ds.add_new((tag & 0xFFFF0000) | 0x10, "LO", creator)
    ds.add_new(tag, "LO" if "\\" in value else "DS", value.split("\\") if "\\" in value else value)
    assert opened(ds)[0].not_gradable == f"diffusion-weighted (b {b} s/mm²)"


def test_a_private_element_of_another_creator_is_no_b_value() -> None:
    ds = mr()
    ds.add_new(0x00190010, "LO", "SOMEBODY ELSE")
    ds.add_new(0x0019100C, "DS", "800")
    assert opened(ds)[0].not_gradable == ""


def test_the_images_without_diffusion_weighting_go_with_their_series() -> None:
    datasets = [
        mr((4.0 * step, 0, 0), pixels=random_pixels(10 * kind + step), DiffusionBValue=b)
        for kind, b in enumerate((0.0, 500.0))
        for step in range(3)
    ]
    assert [series.slices for series in opened(*datasets)] == [3, 3]
    assert all(series.not_gradable.startswith("diffusion-weighted") for series in opened(*datasets))


def test_the_first_reason_is_the_one_given_and_every_rule_can_apply() -> None:
    samples = [
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"},
        {"Modality": "CT"},
        {"ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER"},
        {"ImageType": "DERIVED\\SECONDARY", "BurnedInAnnotation": "YES"},
        {"AcquisitionContrast": "PERFUSION"},
        {"BodyPartExamined": "KNEE"},
        *({k: "\\".join(v) if isinstance(v, list) else str(v) for k, v in e.items()} for e, _ in EXCLUDED),
    ]
    first = [next(rule for rule in RULES if rule.reason(header)) for header in samples]
    assert {rule.kind for rule in first} == {rule.kind for rule in RULES}
    assert exclusion({"Modality": "MR"}) is None
    both = exclusion({"Modality": "CT", "DiffusionBValue": "800"})
    assert both is not None
    assert both.reason == "not MR (modality CT)"

"""Clean Descriptors: names, places and numbers go; what the reader infers from a description stays the same."""

from __future__ import annotations

import re

import pytest

from spine_core.library.deidentification.descriptors import AGENT, clean_agent, clean_description
from spine_core.study.dicom.body_part import is_localizer, mentioned_body_part, other_body_part
from spine_core.study.dicom.weighting import infer_weighting, is_contrast_enhanced, is_fat_suppressed
from spine_core.study.gradability import exclusion

DESCRIPTIONS = (
    "t2_tse_sag_320", "T1 TSE SAG", "SAG T2 FRFSE", "Ax T2 FSE", "sT2W_TSE_SAG", "T2_SPACE_sag_iso", "SAG STIR",
    "t2_tirm_sag", "T1 FLAIR SAG", "t1_tse_sag_fs_Gd", "SAG T1 +C FS", "SAG T1 C+", "t1_vibe_dixon_W", "T2 Dixon_F",
    "T2_opp", "OUT OF PHASE", "fat only", "FAT SAT T2", "no fat sat", "PD fs sag", "T2* MERGE", "t2_me2d_MEDIC",
    "ep2d_diff_b50_400_800", "DWI b 1000", "ADC map", "3-plane loc", "localizer", "SURVEY", "loc L5", "MR Myelography",
    "MIP range", "subtraction", "Knee pain", "CERVICAL SPINE T2", "C-spine", "HEAD FIRST L-Spine", "LWS",
    "Lendenwirbel",
    "colonna lombare", "поясничный отдел", "腰椎 T2", "요추 T1", "Thoracic T2", "BRAIN axial", "post op lumbar",
    "T1 post contrast", "T1 without contrast", "nativ T1", "T1 ohne KM", "pre Gd", "lumbosacral", "Sakrum T2",
    "trufi cor", "fgre sag", "SE T1 3mm", "T2 TSE SPAIR sag 4mm",
)  # fmt: skip
IDENTIFYING = (
    "Kowalczyk",
    "McDonald",
    "4711",
    "19470803",
    "St. Mary",
    "Lumbini",
    "Weakland",
    "ID-88213",
    "ÅSTRÖM",
)


def inferred(description: str) -> tuple[object, ...]:
    header = {"SeriesDescription": description}
    excluded = exclusion({**header, "StudyDescription": description})
    return (
        infer_weighting(header).weighting,
        is_fat_suppressed(header),
        is_contrast_enhanced(header),
        is_localizer(header),
        bool(other_body_part(header, "")),
        bool(mentioned_body_part(header, "")),
        None if excluded is None else excluded.reason.partition(" (")[0],
    )


@pytest.mark.parametrize("description", DESCRIPTIONS)
def test_a_description_reads_as_before(description):
    assert inferred(clean_description(description)) == inferred(description)


@pytest.mark.parametrize("name", IDENTIFYING)
def test_identifying_words_go_and_the_rest_reads_as_before(name):
    for description in DESCRIPTIONS:
        for text in (f"{name} {description}", f"{description} {name}", f"{name}_{description}^{name}"):
            cleaned = clean_description(text)
            assert not [part for part in re.findall(r"\w{3,}", name) if part in cleaned], text
            if name not in ("Lumbini", "Weakland"):  # begin as words that the reader reads
                assert inferred(cleaned) == inferred(text), text


@pytest.mark.parametrize("description", DESCRIPTIONS)
def test_cleaning_twice_is_cleaning_once(description):
    once = clean_description(f"Kowalczyk {description} Smith")
    assert clean_description(once) == once


def test_words_and_separators_stay_in_place():
    assert clean_description("T2_TSE_sag_Smith") == "T2_TSE_sag"
    assert clean_description("SAG T2 Jane Doe 3mm") == "SAG T2 3mm"
    assert clean_description("Jane Doe") == ""
    assert clean_description("t2_tse_sag\n\x00Doe") == "t2_tse_sag"


def test_a_suffix_that_had_no_meaning_gets_none():
    assert not is_fat_suppressed({"SeriesDescription": clean_description("T2_W Smith")})


@pytest.mark.parametrize(
    ("agent", "cleaned"),
    [
        ("", ""),
        ("NONE", "NONE"),
        ("Gadovist 7.5 ml Smith", "Gadovist 7.5 ml"),
        ("Dr. Smith 10", AGENT),
        ("No Smith", AGENT),
    ],
)
def test_a_contrast_agent_stays_one(agent, cleaned):
    assert clean_agent(agent) == cleaned
    given = [is_contrast_enhanced({"ContrastBolusAgent": value}) for value in (agent, cleaned)]
    assert given[0] == given[1]

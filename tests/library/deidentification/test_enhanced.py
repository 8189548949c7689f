"""Multi-frame objects: functional groups keep their places, and their frames read as before."""

from __future__ import annotations

import pytest

from spine_core.library.deidentification import check_reads_alike, deidentify_files
from spine_core.study import SourceFile, open_study
from tests.library.deidentification.made import SECRET, WORD
from tests.study.dicom.test_functional_groups import enhanced, frame_type, item

SITE_CODE = {"CodeValue": "X1", "CodingSchemeDesignator": "99SITE"}
SHARED = {
    "plain": (None, {}),
    "diffusion": (item(MRDiffusionSequence=[item(DiffusionBValue=800.0)]), {}),
    "contrast": (frame_type(AcquisitionContrast="T2_STAR"), {}),
    "projection": (frame_type(VolumeBasedCalculationTechnique="MAX_IP"), {}),
    "Dixon fat": (frame_type(FrameType=["DERIVED", "PRIMARY", "DIXON", "FAT"]), {}),
    "another region": (
        item(FrameAnatomySequence=[item(AnatomicRegionSequence=[item(CodeMeaning="Knee", **SITE_CODE)])]),
        {},
    ),
    "suppressed fat": (item(MRModifierSequence=[item(SpectrallySelectedSuppression="FAT")]), {}),
    "known agent": (None, {"ContrastBolusAgentSequence": [item(CodeMeaning="Gadoterate")]}),
    "unknown agent": (None, {"ContrastBolusAgentSequence": [item(CodeMeaning=WORD, **SITE_CODE)]}),
    "agent without meaning": (None, {"ContrastBolusAgentSequence": [item(**SITE_CODE)]}),
    "converted": (
        item(UnassignedSharedConvertedAttributesSequence=[item(DiffusionBValue=500.0)]),
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.4.4"},
    ),
    "frames with names": (item(FrameContentSequence=[item(FrameComments=WORD, FrameLabel=WORD)]), {}),
}


@pytest.mark.parametrize("kind", SHARED)
def test_an_enhanced_object_reads_as_before(kind):
    shared, top = SHARED[kind]
    sources = [SourceFile("a", enhanced([8.0, 0.0, 4.0], [11.0, 101.0], shared, **top))]
    kept = deidentify_files(sources, SECRET)
    check_reads_alike(open_study(sources), open_study(kept.files))
    assert WORD.encode() not in kept.files[0].data
    assert open_study(kept.files).series[0].header["EchoTime"] in ("11.0", "101.0")

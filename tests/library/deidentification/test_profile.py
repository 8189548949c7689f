"""Attributes outside the table: text denied by default, private attributes, graphics, and what the header then says."""

from __future__ import annotations

import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from pydicom import config, dcmread
from pydicom.datadict import DicomDictionary, dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from spine_core.library.deidentification import attributes
from spine_core.library.deidentification.confidentiality_table import Action, confidentiality_table
from spine_core.library.deidentification.dicom_file import deidentify_dicom
from spine_core.library.deidentification.profile import deidentify
from spine_core.study.dicom.parsing import parse
from tests.library.deidentification.made import (
    BULK,
    PLACES,
    PSEUDONYMS,
    WORD,
    at,
    deidentified,
    written,
)
from tests.study.made import mr, stored

MARKS = (
    "DeidentificationMethod",
    "PatientIdentityRemoved",
    "SpecificCharacterSet",
    "LongitudinalTemporalInformationModified",
)
"""Written anew into every header."""
NUMERIC = (
    "EchoTime",
    "EchoTrainLength",
    "StudyDate",
    "ContentTime",
    "AcquisitionDateTime",
    "AcquisitionDuration",
    "RepresentativeFrameNumber",
    "SmallestImagePixelValue",
)
TEXT_VRS = ("PN", "LO", "SH", "LT", "ST", "UT", "UC", "UR", "AE", "AS", "CS", "UN", "OB", "OW")


def allowed(keyword: str, tag: int, vr: str) -> bool:
    """The allow list, as the documentation states it."""
    if confidentiality_table().action(tag) not in (None, Action.REMOVE_OR_EMPTY_OR_UID):
        return False
    if vr == "CS":
        described = tag >> 16 in (0x0018, 0x0020, 0x0028, 0x2050) or keyword in attributes.CODE_STRINGS
        return described and keyword != "BodyPartExamined"
    return keyword in attributes.TEXT


def inside(place: str, dataset: Dataset) -> Dataset:
    """The data set at ``place`` of a whole one."""
    if place == "sequence":
        return dataset.MRTransmitCoilSequence[0]
    if place == "functional group":
        return dataset.PerFrameFunctionalGroupsSequence[0].FrameContentSequence[0]
    return dataset


def holds(element: DataElement) -> bool:
    return WORD.encode() in (
        element.value if isinstance(element.value, bytes) else str(element.value).encode()
    )


@pytest.mark.parametrize("place", PLACES[:3])
def test_text_survives_in_the_attributes_of_the_allow_list_and_in_no_other(place):
    source, expected = at(place, DataElement("Rows", "US", 1)), set()
    for tag, (vrs, _, _, _, keyword) in DicomDictionary.items():
        vr = vrs.split(" or ")[-1]
        if vr not in TEXT_VRS or tag >> 16 < 8 or not keyword or keyword in MARKS or tag >> 16 == 0xFFFE:
            continue
        value = WORD.encode() if vr in BULK else WORD
        inside(place, source)[tag] = DataElement(tag, vr, value, validation_mode=config.IGNORE)
        if allowed(keyword, tag, vr):
            expected.add(keyword)
    result = deidentified(source)
    survivors = {
        element.keyword for element in inside(place, result) if element.VR != "SQ" and holds(element)
    }
    bulk = attributes.LOOKUP_TABLES | ({"PixelData"} if place == "top level" else set())
    assert len(inside(place, source)) > 1600
    assert survivors == expected | bulk
    assert written(result).count(WORD.encode()) == len(survivors)


@pytest.mark.parametrize("vr", ["DS", "IS", "DA", "TM", "DT", "US", "FD", "US or SS"])
def test_text_in_an_attribute_that_holds_numbers_or_dates_goes(vr):
    """Writers put text under any value representation, and readers follow the one in the file."""
    keyword = next(name for name in NUMERIC if dictionary_VR(name) == vr)
    ds = mr()
    ds[keyword] = DataElement(keyword, "LO", WORD)
    data = stored(ds)
    assert WORD.encode() in data
    assert WORD.encode() not in deidentify_dicom(data, PSEUDONYMS)


def test_only_twelve_text_attributes_are_allowed():
    assert len(attributes.TEXT) == 12
    assert not {"PatientName", "StationName", "OperatorsName", "ImageComments"} & attributes.TEXT


def test_private_attributes_go_but_for_the_b_value_under_its_creator():
    ds = mr()
    ds.add_new(0x00190010, "LO", "SIEMENS MR HEADER")
    ds.add_new(0x0019100C, "IS", "600")
    ds.add_new(0x00191015, "LO", WORD)
    ds.add_new(0x00290010, "LO", "SIEMENS CSA HEADER")
    ds.add_new(0x00291020, "OB", WORD.encode())
    removed: Counter[str] = Counter()
    result = deidentify(ds, PSEUDONYMS, removed)
    assert [int(element.tag) for element in result if element.tag.is_private] == [0x00190010, 0x0019100C]
    assert result[0x0019100C].value == 600
    assert removed["private attributes"] == 5


@pytest.mark.parametrize(("creator", "value"), [("SOMEBODY ELSE", "600"), ("SIEMENS MR HEADER", "Jane 600")])
def test_a_b_value_of_another_creator_or_with_text_goes(creator, value):
    ds = mr()
    ds.add_new(0x00190010, "LO", creator)
    ds.add_new(0x0019100C, "LO", value)
    assert not [element for element in deidentified(ds) if element.tag.is_private]


def test_sequences_that_are_stored_as_unknown_are_cleaned():
    """In implicit encoding within UN, as routers that do not know an attribute write it (PS3.5 6.2.2)."""
    name = WORD.encode().ljust(12)
    inner = b"\x10\x00\x10\x00" + len(name).to_bytes(4, "little") + name
    item = b"\xfe\xff\x00\xe0" + len(inner).to_bytes(4, "little") + inner
    ds = mr()
    ds.add_new(0x00189125, "OB", item)
    data = stored(ds).replace(b"\x18\x00\x25\x91OB", b"\x18\x00\x25\x91UN")
    result = deidentify_dicom(data, PSEUDONYMS)
    assert WORD.encode() in data
    assert WORD.encode() not in result
    assert 0x00189125 in parse(result, whole=True)


def test_overlays_curves_icons_and_original_attributes_go():
    ds = mr()
    ds.add_new(0x60000010, "US", 24)
    ds.add_new(0x60000022, "LO", WORD)
    ds.add_new(0x60003000, "OW", WORD.encode())
    ds.add_new(0x50003000, "OW", WORD.encode())
    old = Dataset()
    old.ModifiedAttributesSequence = Sequence([Dataset()])
    old.ModifiedAttributesSequence[0].PatientName = WORD
    ds.OriginalAttributesSequence = Sequence([old])
    icon = Dataset()
    icon.PixelData = WORD.encode()
    ds.IconImageSequence = Sequence([icon])
    result = deidentified(ds)
    assert not [element for element in result if element.tag.group >= 0x5000 and element.tag.group < 0x7000]
    assert "OriginalAttributesSequence" not in result
    assert "IconImageSequence" not in result
    assert WORD.encode() not in written(result)


def test_retired_repeating_attributes_go():
    ds = mr()
    ds.add_new(0x00203105, "CS", WORD)  # Source Image IDs
    assert WORD.encode() not in written(deidentified(ds))


def test_an_overlay_in_unused_bits_of_the_pixels_is_cleared():
    pixels = np.arange(24 * 16, dtype=np.uint16).reshape(24, 16) % 4096
    ds = mr(pixels=pixels | 0x1000, BitsStored=12, HighBit=11)
    ds.add_new(0x60000100, "US", 16)
    ds.add_new(0x60000102, "US", 12)
    result = parse(deidentify_dicom(stored(ds), PSEUDONYMS))
    np.testing.assert_array_equal(np.frombuffer(result.PixelData, "<u2").reshape(24, 16), pixels)


def test_bytes_behind_the_last_pixel_go():
    ds = mr()
    length = len(ds.PixelData)
    ds.PixelData += WORD.encode()
    result = parse(deidentify_dicom(stored(ds), PSEUDONYMS))
    assert len(result.PixelData) == length


def test_the_file_meta_information_is_new_and_the_preamble_is_empty():
    ds = mr()
    ds.file_meta.SourceApplicationEntityTitle = WORD
    ds.file_meta.PrivateInformationCreatorUID = "1.2.3.4"
    ds.file_meta.PrivateInformation = WORD.encode()
    data = WORD.encode().ljust(128, b"x") + stored(ds)[128:]
    result = deidentify_dicom(data, PSEUDONYMS)
    assert result[:132] == bytes(128) + b"DICM"
    assert WORD.encode() not in result
    read = dcmread(io.BytesIO(result))
    assert (
        read.file_meta.MediaStorageSOPInstanceUID == read.SOPInstanceUID == PSEUDONYMS.uid(ds.SOPInstanceUID)
    )
    assert read.file_meta.MediaStorageSOPClassUID == ds.SOPClassUID
    assert "SourceApplicationEntityTitle" not in read.file_meta


@pytest.mark.parametrize("name", ["Müller^Jörg", "山田^太郎"])
@pytest.mark.parametrize("charset", ["ISO_IR 192", "GB18030"])
def test_names_in_any_character_set_go(name, charset):
    ds = mr(SpecificCharacterSet=charset, PatientName=name, SeriesDescription=f"T2 sag {name}")
    result = deidentify_dicom(stored(ds), PSEUDONYMS)
    encoding = "utf-8" if charset == "ISO_IR 192" else "gb18030"
    for part in name.split("^"):
        assert part.encode(encoding) in stored(ds)
        assert part.encode(encoding) not in result
        assert part.encode() not in result
    assert parse(result).SeriesDescription == "T2 sag"


def test_text_that_stays_is_written_in_the_character_set_that_the_header_names():
    ds = mr(SpecificCharacterSet="ISO_IR 100", Manufacturer="Société")
    assert dcmread(io.BytesIO(deidentify_dicom(stored(ds), PSEUDONYMS))).Manufacturer == "Société"


def test_the_header_says_how_it_was_deidentified():
    result = deidentified(mr(StudyDate="20240301"))
    assert result.PatientIdentityRemoved == "YES"
    assert result.LongitudinalTemporalInformationModified == "MODIFIED"
    codes = [item.CodeValue for item in result.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113103", "113105", "113107", "113111"]
    assert result.PatientName == result.PatientID == PSEUDONYMS.patient_id


def test_deidentifying_twice_changes_pseudonyms_and_dates_only():
    ds = mr(StudyDate="20240301", StudyDescription="LSPINE Smith", ContrastBolusAgent="Omniscan by Dr. Smith")
    once = deidentified(ds)
    twice = deidentified(once)
    differing = {
        element.keyword for element in twice if element.keyword and element.value != once[element.tag].value
    }
    assert set(twice.keys()) == set(once.keys())
    assert differing <= {
        "SOPInstanceUID",
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "FrameOfReferenceUID",
        "StudyDate",
    }


def test_eight_threads_give_equal_bytes():
    data = [stored(mr(InstanceNumber=number, SOPInstanceUID=f"1.2.3.{number}")) for number in range(1, 5)] * 8
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda one: deidentify_dicom(one, PSEUDONYMS), data))
    assert results == [deidentify_dicom(one, PSEUDONYMS) for one in data]
    assert len(set(results)) == 4


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
def test_every_encoding_is_deidentified_and_read_again(syntax):
    ds = mr(PatientComments=WORD, PatientName=WORD, EchoTime=98.5)
    implicit, little = syntax.is_implicit_VR, syntax.is_little_endian
    if not little:
        ds.PixelData = np.frombuffer(ds.PixelData, "<i2").astype(">i2").tobytes()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.set_original_encoding(implicit, little)
    before, after = parse(stored(ds)), deidentify_dicom(stored(ds), PSEUDONYMS)
    result = parse(after)
    assert WORD.encode() not in after
    assert result.EchoTime == before.EchoTime
    assert result.PixelData == before.PixelData


def test_references_follow_the_uids_of_what_they_refer_to():
    ds = mr()
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    ds.ReferencedImageSequence = Sequence([item])
    result = deidentified(ds)
    assert result.ReferencedImageSequence[0].ReferencedSOPInstanceUID == result.SOPInstanceUID
    assert result.ReferencedImageSequence[0].ReferencedSOPClassUID == ds.SOPClassUID


def test_codes_of_published_schemes_stay_and_those_of_a_site_go():
    ds = mr()
    items = [Dataset(), Dataset()]
    for item, scheme, meaning in zip(items, ("SCT", "99SITE"), ("Lumbar spine", WORD), strict=True):
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "122496007", scheme, meaning
    ds.AnatomicRegionSequence = Sequence(items)
    (kept,) = deidentified(ds).AnatomicRegionSequence
    assert kept.CodeMeaning == "Lumbar spine"


def test_the_source_is_not_changed():
    ds = mr(StudyDescription=WORD)
    before = stored(ds)
    deidentified(ds)
    assert stored(ds) == before

"""Names and descriptions are decoded whatever Specific Character Set is (PS3.3 C.12.1.1.2)."""

from __future__ import annotations

import struct

import pytest
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from spine_core.study import SourceFile, open_study
from spine_core.study.types import Severity, Study, Weighting
from tests.study.dicom.test_functional_groups import enhanced
from tests.study.made import mr, stored

NAME = "Müller^Jörg"
JAPANESE = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"


def element(tag: tuple[int, int], vr: str, value: bytes, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """One short element as it stands in a file, its value padded to an even length."""
    value += b" " * (len(value) % 2)
    if syntax == ImplicitVRLittleEndian:
        return struct.pack("<HHL", *tag, len(value)) + value
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    return struct.pack(f"{order}HH2sH", *tag, vr.encode(), len(value)) + value


def written(term: bytes, name: bytes, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """A file whose character set and patient name are exactly these bytes."""
    ds = mr(SpecificCharacterSet="ISO_IR 100")
    ds.file_meta.TransferSyntaxUID = syntax
    data = stored(ds)
    for tag, vr, old, new in (
        ((0x0008, 0x0005), "CS", b"ISO_IR 100", term),
        ((0x0010, 0x0010), "PN", b"Doe^Jane", name),
    ):
        assert data.count(element(tag, vr, old, syntax)) == 1
        data = data.replace(element(tag, vr, old, syntax), element(tag, vr, new, syntax))
    return data


def opened(term: bytes, name: bytes, syntax: str = ExplicitVRLittleEndian) -> Study:
    return open_study([SourceFile("a", written(term, name, syntax))])


def notes(study: Study) -> list[str]:
    return [note.text for note in study.series[0].notes if "character set" in note.text]


@pytest.mark.parametrize(
    "term",
    [b"ISO_IR192", b"ISO-IR 192", b"ISO IR 192", b"Iso_Ir 192", b"UTF-8", b"utf8", b"UTF_8"],
)
def test_a_misspelt_term_is_corrected(term) -> None:
    study = opened(term, NAME.encode())
    assert study.patient.name == NAME
    (note,) = (note for note in study.series[0].notes if "character set" in note.text)
    assert note.severity is Severity.INFO
    assert "UTF-8" in note.text


@pytest.mark.parametrize(
    "term",
    [
        b"KLINGON",
        b"hex",
        b"rot13",
        b"undefined",
        b"idna",
        b"punycode",
        b"utf-16",
        b"a\0b",
        b"\xff\xfe",
        b"ISO_IR 999",
        b"-",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_an_undefined_term_falls_back_to_what_fits_the_text(term, encoding) -> None:
    study = opened(term, NAME.encode(encoding))
    assert study.patient.name == NAME
    assert study.series[0].weighting is Weighting.T2  # the description is read as well
    assert len(notes(study)) == 1


@pytest.mark.parametrize(
    ("term", "name", "expected"),
    [
        (b"GB2312", "王^小东".encode("gb2312"), "王^小东"),
        (b"windows-1251", "Иванов^Пётр".encode("cp1251"), "Иванов^Пётр"),
        (b"\\ISO_2022_IR_87", JAPANESE, "Yamada^Tarou=山田^太郎"),
        (b"\\KLINGON", JAPANESE, "Yamada^Tarou=山田^太郎"),
        (b"hex\\ISO 2022 IR 87", JAPANESE, "Yamada^Tarou=山田^太郎"),
        (b"ISO_IR 999", JAPANESE, "Yamada^Tarou=山田^太郎"),
    ],
)
def test_other_spellings_and_escape_sequences_are_followed(term, name, expected) -> None:
    study = opened(term, name)
    assert study.patient.name == expected
    assert len(notes(study)) == 1


@pytest.mark.parametrize(
    ("term", "name", "expected"),
    [
        (b"ISO_IR 192", NAME.encode(), NAME),
        (b"ISO_IR 100", NAME.encode("latin-1"), NAME),
        (b"", b"Doe^Jane", "Doe^Jane"),
        (b"ISO_IR 144", "Люкceмбypг".encode("iso8859_5"), "Люкceмбypг"),
        (b"GB18030", "王^小东".encode("gb18030"), "王^小东"),
        (b"\\ISO 2022 IR 87", JAPANESE, "Yamada^Tarou=山田^太郎"),
        (b"ISO 2022 IR 6\\ISO 2022 IR 149", b"Hong=\x1b$)C\xfb\xf3", "Hong=洪"),
    ],
)
def test_defined_terms_are_read_without_a_note(term, name, expected) -> None:
    study = opened(term, name)
    assert study.patient.name == expected
    assert notes(study) == []


@pytest.mark.parametrize(
    ("term", "encoding"),
    [(b"ISO_IR 192", "latin-1"), (b"ISO_IR 100", "utf-8"), (b"", "utf-8"), (b"ISO_IR 6", "utf-8")],
)
def test_text_that_is_not_in_the_stated_set_is_read_as_it_is(term, encoding) -> None:
    study = opened(term, NAME.encode(encoding))
    assert study.patient.name == NAME
    assert "does not fit" in notes(study)[0]


def test_escape_sequences_that_no_term_announces_are_followed() -> None:
    assert opened(b"", JAPANESE).patient.name == "Yamada^Tarou=山田^太郎"


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("term", [b"a\0b", b"hex", b"ISO_IR192"])
def test_null_bytes_are_replaced_in_every_encoding_of_a_header(syntax, term) -> None:
    assert opened(term, NAME.encode(), syntax).patient.name == NAME


def test_descriptions_of_enhanced_objects_are_read_too() -> None:
    data = enhanced([0.0, 4.0], [90.0], SpecificCharacterSet="ISO_IR 100", SeriesDescription="sag T2")
    data = data.replace(b"ISO_IR 100", b"hexadecima").replace(b"sag T2", "säg T2".encode("latin-1"))
    assert open_study([SourceFile("a", data)]).series[0].description == "säg T2"

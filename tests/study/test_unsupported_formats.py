"""Unsupported formats: one sentence names each, in an upload, in an archive and compressed."""

from __future__ import annotations

import gzip
import io
import pickle
import sqlite3
import struct

import numpy as np
import pytest
from PIL import Image
from scipy.io import netcdf_file, savemat

from spine_core.study import SourceFile, open_study
from spine_core.study.unsupported_formats import FORMATS, described
from tests.study.made import mr, stored
from tests.study.made_archives import tarred, zip_member, zipped
from tests.study.test_hostile import refused


def pillow(kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.arange(2000, dtype=np.uint8).reshape(40, 50)).save(file, kind)
    return file.getvalue()


def written(write, *arguments: object) -> bytes:
    file = io.BytesIO()
    write(file, *arguments)
    return file.getvalue()


def database() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t (a)")
    return connection.serialize()


def netcdf() -> bytes:
    file = io.BytesIO()
    made = netcdf_file(file, "w")
    made.createDimension("x", 3)
    made.flush()
    return file.getvalue()


def box(brand: bytes) -> bytes:
    return struct.pack(">L", 24) + b"ftyp" + brand + bytes(12)


ISO = bytes(0x8000) + b"\x01CD001\x01" + bytes(5000)
MHA = b"ObjectType = Image\nNDims = 3\nBinaryData = True\nDimSize = 2 2 2\nElementDataFile = LOCAL\n" + bytes(
    16
)
MGH = struct.pack(">7l", 1, 256, 256, 180, 1, 3, 0) + bytes(500)
OFFICE = zipped([("[Content_Types].xml", b"<?xml"), ("word/document.xml", b"<?xml")])
OFFICE_LATE = zipped([("word/document.xml", b"<?xml"), ("[Content_Types].xml", b"<?xml")])

CASES = [
    (ISO, "an ISO image of a disc; please open it and choose the folder"),
    (bytes(0x8000) + b"\x00BEA01\x01" + bytes(5000), "image of a disc"),
    (b"\x00" + b"\xff" * 10 + b"\x00" + bytes(3000), "raw image of a disc"),
    (bytes(70_000) + b"koly" + bytes(508), "DMG"),
    (bytes(700) + b"koly" + bytes(508), "DMG"),
    (b"7z\xbc\xaf\x27\x1c" + bytes(600), "a 7z archive; archives of this kind are not opened"),
    (b"Rar!\x1a\x07\x01\x00" + bytes(600), "a RAR archive"),
    (b"\xfd7zXZ\x00" + bytes(600), "an xz archive"),
    (b"BZh9" + bytes(600), "a bzip2 archive"),
    (b"\x28\xb5\x2f\xfd" + bytes(600), "a Zstandard archive"),
    (b"MSCF" + bytes(600), "CAB"),
    (b"%PDF-1.4\n" + bytes(600), "a PDF document"),
    (OFFICE, "an Office document"),
    (OFFICE_LATE, "an Office document"),
    (zip_member(b"mimetype", b"application/vnd.oasis.opendocument.text"), "OpenDocument"),
    (zip_member(b"mimetype", b"application/epub+zip"), "EPUB"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Office document"),
    (MHA, "a MetaImage"),
    (b"NDims = 3\nDimSize = 2 2 2\nElementDataFile = a.raw\n", "a MetaImage"),
    (b"NRRD0004\ntype: short\n" + bytes(99), "an NRRD volume; please convert it to NIfTI"),
    (MGH, "FreeSurfer"),
    (gzip.compress(MGH), "FreeSurfer"),
    (netcdf(), "NetCDF or MINC"),
    (written(savemat, {"a": np.eye(3)}), "MATLAB"),
    (b"\x89HDF\r\n\x1a\n" + bytes(600), "HDF5"),
    (written(np.save, np.eye(3)), "a NumPy array"),
    (written(lambda file: np.savez(file, np.eye(3))), "NumPy arrays (npz)"),
    (pickle.dumps({"a": 1}), "pickle"),
    (pickle.dumps(np.eye(3), protocol=2), "pickle"),
    (zipped([("model/data.pkl", b"x"), ("model/version", b"3")]), "PyTorch"),
    (pillow("TIFF"), "a TIFF picture; please save it as PNG or JPEG"),
    (pillow("BMP"), "a BMP picture"),
    (pillow("GIF"), "a GIF picture"),
    (pillow("WEBP"), "a WebP picture"),
    (pillow("JPEG2000"), "a JPEG 2000 picture"),
    (pillow("PPM"), "a PNM picture"),
    (box(b"heic"), "an HEIC picture"),
    (box(b"avif"), "an AVIF picture"),
    (box(b"isom"), "a film (MP4 or MOV)"),
    (b"RIFF\x00\x10\x00\x00AVI LIST" + bytes(99), "a film (AVI)"),
    (b"\x1a\x45\xdf\xa3" + bytes(99), "a film (WebM"),
    (database(), "SQLite"),
    (b"MZ\x90\x00" + bytes(600), "a program"),
    (b"\x7fELF" + bytes(600), "a program"),
    (b"<!DOCTYPE html><html></html>", "a web page"),
    (b"\xef\xbb\xbf\r\n<HTML><body>", "a web page"),
    (b"<?xml version='1.0'?><a/>", "an XML file"),
    (b"<?xml version='1.0'?>\n<svg xmlns='x'/>", "a drawing (SVG)"),
    (b"{\\rtf1 text}", "RTF"),
    (b"level;grade\nL4/L5;3\n" * 9, "a text file"),
    ("Befund: Bandscheibe L4/L5 verschmälert.".encode("latin-1"), "a text file"),
    ("所見：腰椎".encode() * 2000, "a text file"),
    ("Befund: unauffällig".encode("utf-16"), "a text file"),
    (b'{"level": "L4/L5"}', "a text file"),
]


@pytest.mark.parametrize(("data", "words"), CASES, ids=[words[:28] for _, words in CASES])
def test_a_file_of_another_program_is_named(data, words) -> None:
    reason = refused(data)
    assert words in reason
    assert reason.startswith("it is ")


def test_files_in_archives_get_the_same_message() -> None:
    documents = [
        ("report.pdf", b"%PDF-1.4"),
        ("report.docx", OFFICE),
        ("disc.iso", ISO),
        ("notes.txt", b"L4/L5 " * 9),
    ]
    expected = ["a PDF", "an Office", "an ISO", "a text"]
    for archive in (zipped(documents), tarred(documents)):
        study = open_study([SourceFile("good", stored(mr())), SourceFile("archive", archive)])
        assert all(f"it is {what}" in p.reason for what, p in zip(expected, study.problems, strict=True))


def test_a_disc_image_too_large_to_read_is_still_named(tmp_path) -> None:
    path = tmp_path / "disc.iso"
    with path.open("wb") as file:
        file.write(ISO)
        file.truncate(600 * 1024 * 1024)  # takes no place on the disk
    study = open_study([SourceFile("good", stored(mr())), SourceFile("disc.iso", path)])
    assert "ISO image" in study.problems[0].reason


def test_a_dicom_file_whose_preamble_is_another_format_stays_one() -> None:
    data = bytearray(stored(mr()))
    data[:4] = b"II*\x00"  # PS3.10 7.1: the preamble may make it a TIFF as well
    assert open_study([SourceFile("a", bytes(data))]).series
    data[:5] = b"%PDF-"
    assert open_study([SourceFile("a", bytes(data))]).series


def test_readable_files_match_no_unsupported_format() -> None:
    for data in (zipped([("a", b"x")]), pillow("PNG"), pillow("JPEG"), stored(mr()), bytes(5000), b""):
        assert described(data) == ""


def test_every_message_has_advice() -> None:
    assert all(one.advice and not one.advice.endswith(".") for one in FORMATS)

"""Formats that are not read, recognised by their first bytes, with advice for the user."""

from __future__ import annotations

import codecs
import re
import tarfile
from dataclasses import dataclass

from spine_core.study.errors import Unreadable

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
GZIP_MAGIC = b"\x1f\x8b"

TAIL = 512
HEAD_BYTES = 0x8001 + 5
"""Length of the start of a file that identifies every format, except those recognised by their last ``TAIL`` bytes."""

UNPACK = "archives of this kind are not opened, please unpack it first"
AS_PICTURE = "please save it as PNG or JPEG, or better open the DICOM files it was made from"
AS_VOLUME = "please convert it to NIfTI, or open the DICOM files it was made from"
FOLDER = "please open it and choose the folder inside it"
ONLY_IMAGES = "only images are read"
NO_CODE = "it may run code and is never opened"


@dataclass(frozen=True)
class Format:
    """A pattern that a file of this format has at ``offset`` (from the end where it is negative)."""

    offset: int
    pattern: re.Pattern[bytes]
    what: str
    advice: str

    def matches(self, data: bytes) -> bool:
        """True where the pattern matches."""
        start = self.offset if self.offset >= 0 else max(0, len(data) + self.offset)
        return self.pattern.match(data, start) is not None


FORMATS = tuple(
    Format(offset, re.compile(pattern, re.DOTALL), what, advice)
    for offset, pattern, what, advice in (
        # images of discs
        (0x8001, rb"CD001", "an ISO image of a disc", FOLDER),
        (0x8001, rb"BEA01|NSR0[23]", "an image of a disc (UDF)", FOLDER),
        (0, rb"\x00\xff{10}\x00", "a raw image of a disc", FOLDER),
        (-TAIL, rb"koly", "a disk image (DMG)", FOLDER),
        # archives
        (30, rb"\[Content_Types\]\.xml", "an Office document (Word, Excel or PowerPoint)", ONLY_IMAGES),
        (30, rb"mimetypeapplication/vnd\.oasis", "an OpenDocument file", ONLY_IMAGES),
        (30, rb"mimetypeapplication/epub", "an e-book (EPUB)", ONLY_IMAGES),
        (0, rb"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
        (0, rb"Rar!\x1a\x07", "a RAR archive", UNPACK),
        (0, rb"\xfd7zXZ\x00", "an xz archive", f"{UNPACK} unless it holds a TAR"),
        (0, rb"BZh[1-9]", "a bzip2 archive", f"{UNPACK} unless it holds a TAR"),
        (0, rb"\x28\xb5\x2f\xfd", "a Zstandard archive", UNPACK),
        (0, rb"\x04\x22\x4d\x18", "an LZ4 archive", UNPACK),
        (0, rb"\x1f[\x9d\xa0]", "a compressed file (.Z)", UNPACK),
        (0, rb"MSCF\x00{4}", "a cabinet archive (CAB)", UNPACK),
        (2, rb"-l[hz][0-9ds]-", "an LHA archive", UNPACK),
        (0, rb"07070[127]", "a cpio archive", UNPACK),
        (257, rb"ustar", "a TAR archive whose start is damaged", "please create it again"),
        # volumes of other programs
        (0, rb"ObjectType\s*=\s*Image", "a MetaImage (MHA or MHD)", AS_VOLUME),
        (0, rb"NDims\s*=\s*\d", "a MetaImage (MHA or MHD)", AS_VOLUME),
        (0, rb"NRRD000\d", "an NRRD volume", AS_VOLUME),
        (
            0,
            rb"\x00{3}\x01(?:\x00\x00..){3}\x00{2}..\x00{3}[\x00\x01\x03\x04]",
            "a FreeSurfer volume (MGH or MGZ)",
            AS_VOLUME,
        ),
        (0, rb"\s*type\s*=\s*string-attribute", "an AFNI header", AS_VOLUME),
        (0, rb"CDF[\x01\x02\x05]", "a NetCDF or MINC volume", AS_VOLUME),
        (0, rb"# vtk DataFile|<VTKFile", "a VTK file", AS_VOLUME),
        (0, rb"MATLAB \d\.\d MAT-file", "a MATLAB file", AS_VOLUME),
        (0, rb"\x89HDF\r\n\x1a\n", "an HDF5 file", AS_VOLUME),
        (0, rb"\x93NUMPY", "a NumPy array", AS_VOLUME),
        # images and films
        (0, rb"II\*\x00|MM\x00\*|II\+\x00|MM\x00\+", "a TIFF picture", AS_PICTURE),
        (0, rb"BM.{4}\x00{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00{3}", "a BMP picture", AS_PICTURE),
        (0, rb"GIF8[79]a", "a GIF picture", AS_PICTURE),
        (0, rb"RIFF.{4}WEBP", "a WebP picture", AS_PICTURE),
        (4, rb"ftyp(?:hei[cfmsx]|hev[cmsx]|mif1|msf1)", "an HEIC picture", AS_PICTURE),
        (4, rb"ftypavi[fs]", "an AVIF picture", AS_PICTURE),
        (0, rb"\x00{3}\x0cjP  |\xff\x4f\xff\x51", "a JPEG 2000 picture", AS_PICTURE),
        (0, rb"\xff\x0a|\x00{3}\x0cJXL ", "a JPEG XL picture", AS_PICTURE),
        (0, rb"8BPS", "a Photoshop picture", AS_PICTURE),
        (0, rb"P[1-6]\s+(?:#|\d)", "a PNM picture", AS_PICTURE),
        (4, rb"ftyp", "a film (MP4 or MOV)", ONLY_IMAGES),
        (0, rb"RIFF.{4}AVI ", "a film (AVI)", ONLY_IMAGES),
        (0, rb"\x1a\x45\xdf\xa3", "a film (WebM or Matroska)", ONLY_IMAGES),
        (0, rb"\x00\x00\x01[\xba\xb3]", "a film (MPEG)", ONLY_IMAGES),
        (0, rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a film (WMV)", ONLY_IMAGES),
        # documents, programs, data
        (0, rb"%PDF-", "a PDF document", ONLY_IMAGES),
        (0, rb"\{\\rtf", "a text document (RTF)", ONLY_IMAGES),
        (0, rb"%!PS", "a PostScript document", ONLY_IMAGES),
        (0, rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document or database", ONLY_IMAGES),
        (0, rb"SQLite format 3\x00", "a database (SQLite)", ONLY_IMAGES),
        (
            0,
            rb"\x80[\x02-\x05](?:[\x95}\]c(K]|\x8a\nl\xfc\x9c)",
            "Python data (pickle)",
            "it may run code and is never opened",
        ),
        (0, rb".{7}\x00\{\"", "weights of a network (safetensors)", ONLY_IMAGES),
        (0, rb"MZ.{58}|\x7fELF|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe", "a program", ONLY_IMAGES),
        (0, rb"(?i)(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html)", "a web page (HTML)", ONLY_IMAGES),
        (0, rb"(?i)(?:\xef\xbb\xbf)?\s*(?:<\?xml.{0,500}?)?<svg", "a drawing (SVG)", AS_PICTURE),
        (0, rb"(?:\xef\xbb\xbf)?\s*<\?xml", "an XML file", ONLY_IMAGES),
    )
)
"""Formats in order: specific patterns come before general ones."""

TEXT_BYTES = 4096
LETTERS = 0.95
"""Least fraction of printable characters in a text file without zero bytes."""


def described(data: bytes) -> str:
    """A message that names the format of a file; empty where none of ``FORMATS`` matches.

    ``data``: the file, or its first ``HEAD_BYTES`` followed by its last ``TAIL`` bytes.
    """
    found = next((one for one in FORMATS if one.matches(data)), None)
    return f"it is {found.what}; {found.advice}" if found else ""


def is_tar(head: bytes) -> bool:
    """True where the first 512 bytes are a TAR header with the right checksum, with or without magic."""
    try:
        tarfile.TarInfo.frombuf(head[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def refuse_archive(head: bytes) -> None:
    """Raises ``Unreadable`` where a file of an archive is an archive itself, by its first bytes."""
    if head.startswith(ZIP_MAGIC) and (document := described(head)):
        raise Unreadable(document)
    if head.startswith((*ZIP_MAGIC, GZIP_MAGIC)) or is_tar(head):
        msg = "archives inside archives are not opened"
        raise Unreadable(msg)


def is_text(data: bytes) -> bool:
    """True for plain text in UTF-8, UTF-16 with a byte order mark, or an 8-bit character set."""
    head = data[:TEXT_BYTES]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _is_readable(head[: len(head) // 2 * 2].decode("utf-16", "replace"))
    if b"\0" in head:
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()  # the head may end inside a character
    try:
        return _is_readable(decoder.decode(head))
    except UnicodeDecodeError:
        return _is_readable(head.decode("latin-1"))


def _is_readable(text: str) -> bool:
    good = sum(letter.isprintable() or letter in "\t\r\n\f" for letter in text)
    return good >= LETTERS * max(len(text), 1)

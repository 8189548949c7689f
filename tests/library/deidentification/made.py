"""Sentinels of every value representation, and the places in a data set where they are put."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from spine_core.library.deidentification.profile import deidentify
from spine_core.library.deidentification.pseudonyms import Pseudonyms

SECRET = b"a secret of tests"
PSEUDONYMS = Pseudonyms(SECRET, "patient\0p1")
TABLE = Path(__file__).parent / "ps3_15_table_e1_1.csv"
UID = "1.2.840.99999.470803"
WORD = "ZQSENTINEL"
STRINGS = {
    "PN": f"{WORD}^JANE",
    "AS": "077Y",
    "DA": "19470803",
    "DT": "19470803112233.470803",
    "TM": "112233.470803",
    "DS": "47.080347",
    "IS": "470803",
    "UI": UID,
    "UR": f"https://{WORD}.example",
}
NUMBERS = {"US": 47083, "SS": 27083, "UL": 470803470, "SL": 470803470, "FL": 47.5, "FD": 470803.470803}
BULK = ("OB", "OW", "OF", "OD", "OL", "OV", "UN")


@dataclass(frozen=True)
class Row:
    """One attribute of the standard's table."""

    tag: int
    keyword: str
    action: str

    @property
    def vr(self) -> str:
        return "LO" if self.tag >> 16 & 1 else str(dictionary_VR(self.tag)).split(" or ")[0]


def table() -> list[Row]:
    """The table of the fixture; for repeating groups their first group, for private attributes one of them."""
    lines = [line for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    return [
        Row(_tag(row["tag"]), row["keyword"] or "private", row["action"]) for row in csv.DictReader(lines)
    ]


def _tag(text: str) -> int:
    if text == "private":
        return 0x00091010
    return 0x50023000 if text == "50XXXXXX" else int(text.replace("XX", "02"), 16)


def sentinel(tag: int, vr: str) -> object:
    """A value that is valid for ``vr`` and would identify somebody."""
    if vr == "SQ":
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", UID
        item.Manufacturer = WORD  # an attribute that stays elsewhere
        return Sequence([item])
    if vr in BULK:
        return WORD.encode()
    return NUMBERS.get(vr) or STRINGS.get(vr, WORD)


def holds_sentinel(data: bytes, vr: str, value: object) -> bool:
    """Whether the written bytes hold the value."""
    if vr in NUMBERS:
        return False
    if vr == "SQ":
        return UID.encode() in data
    return (value if isinstance(value, bytes) else str(value).encode()) in data


PLACES = ("top level", "sequence", "functional group", "private sequence")


def at(place: str, element: DataElement) -> Dataset:
    """A data set with ``element`` at ``place``."""
    top = Dataset()
    top.SOPClassUID, top.SOPInstanceUID, top.Modality = "1.2.840.10008.5.1.4.1.1.4", "1.2.3.4.5", "MR"
    if place == "top level":
        top[element.tag] = element
        return top
    inner = Dataset()
    inner[element.tag] = element
    if place == "sequence":
        top.MRTransmitCoilSequence = Sequence([inner])
    elif place == "functional group":
        group = Dataset()
        group.FrameContentSequence = Sequence([inner])
        top.PerFrameFunctionalGroupsSequence = Sequence([group])
    else:
        top.add_new(0x00090010, "LO", "SOMEBODY")
        top.add_new(0x00091001, "SQ", Sequence([inner]))
    return top


def found_at(place: str, result: Dataset, tag: int) -> DataElement | None:
    """The element of ``at`` after de-identification."""
    if place == "sequence":
        result = result.MRTransmitCoilSequence[0]
    elif place == "functional group":
        result = result.PerFrameFunctionalGroupsSequence[0].FrameContentSequence[0]
    return result.get(tag) if place != "private sequence" else result.get(0x00091001)


def written(dataset: Dataset) -> bytes:
    """The bytes of a data set as a file."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = io.BytesIO()
    dcmwrite(file, dataset, enforce_file_format=False)
    return file.getvalue()


def deidentified(dataset: Dataset) -> Dataset:
    return deidentify(dataset, PSEUDONYMS)


def elements(dataset: Dataset) -> Iterator[DataElement]:
    """All elements at every depth."""
    yield from dataset.iterall()

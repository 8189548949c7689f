"""The header of one slice as text by DICOM keyword, without elements that identify a person."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.uid import UID

from spine_core.study.dicom.header_values import items, text, text_at
from spine_core.study.dicom.modality import ModalityResult
from spine_core.study.dicom.tags import B_VALUES, CREATORS, TECHNICAL
from spine_core.study.gradability import positive_number


def technical_header(dataset: Dataset, header: Dataset, modality: ModalityResult) -> dict[str, str]:
    """Values of ``TECHNICAL``; missing ones are taken from equivalent elements."""
    found = {name: text(header, name) for name in TECHNICAL if name in header}
    found["TransferSyntax"] = UID(str(dataset.file_meta.TransferSyntaxUID)).name
    if not found.get("SOPClassUID"):
        found["SOPClassUID"] = text(dataset.file_meta, "MediaStorageSOPClassUID")
    if modality.modality:
        found["Modality"] = modality.modality
    if not positive_number(found, "DiffusionBValue") and (b := private_b_value(dataset)):
        found["DiffusionBValue"] = f"{b:g}"
    if not found.get("ContrastBolusAgent"):
        agents = [
            text(agent, "CodeMeaning") or "given" for agent in items(header, "ContrastBolusAgentSequence")
        ]
        found |= {"ContrastBolusAgent": agents[0]} if agents else {}
    return found


def private_b_value(dataset: Dataset) -> float | None:
    """The b value (s/mm²) in the vendor's private element; None where there is none."""
    for tag, creator in B_VALUES.items():
        if text_at(dataset, CREATORS[tag]).upper() == creator:
            value = _leading_number(text_at(dataset, tag))
            # GE adds 1e9 to mark an acquisition mode
            return None if value is None else value % 1_000_000_000
    return None


def _leading_number(value: str) -> float | None:
    try:
        return float(value.split("\\")[0])
    except ValueError:
        return None

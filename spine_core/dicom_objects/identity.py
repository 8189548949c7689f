"""What every object says of itself: who made it, when, in which series, and what it must not be taken for."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from spine_core import DISCLAIMER, __version__
from spine_core.dicom_objects.references import name_sources
from spine_core.dicom_objects.types import ObjectInput, SourceImage

MANUFACTURER = "SpineLens"
MODEL = "SpineLens (research use)"
SERIAL_NUMBER = "none"
"""Software has none; the element must have a value (PS3.3 C.7.5.2)."""

SYNTHETIC = "SYNTHETIC: made by a computer, shows no patient."

LONGEST = 64
"""Characters of a description (VR LO)."""


def equipment() -> dict[str, Any]:
    """Arguments of highdicom's constructors that name the software (PS3.3 C.7.5.2)."""
    return {
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": MODEL,
        "software_versions": __version__,
        "device_serial_number": SERIAL_NUMBER,
    }


def series(number: int, description: str, made_from: ObjectInput) -> dict[str, Any]:
    """Arguments of highdicom's constructors for a new series. ``number``: above those of scanners."""
    return {
        "series_instance_uid": str(generate_uid()),
        "series_number": number,
        "series_description": described(description, synthetic=made_from.study.synthetic),
    }


def instance(number: int) -> dict[str, Any]:
    """Arguments of highdicom's constructors for an instance, from 1."""
    return {"sop_instance_uid": str(generate_uid()), "instance_number": number}


def described(text: str, *, synthetic: bool) -> str:
    """A description of at most ``LONGEST`` characters that says where a study is synthetic."""
    mark = " SYNTHETIC" if synthetic else ""
    return text[: LONGEST - len(mark)].rstrip() + mark


def notice(made_from: ObjectInput) -> str:
    """What every object says in full, where it has room for it."""
    return f"{DISCLAIMER} {SYNTHETIC}" if made_from.study.synthetic else DISCLAIMER


def tracking_uid(study_uid: str, *names: str) -> str:
    """Identity of a structure across objects of one study, and across repeated exports (PS3.3 C.8.20.2)."""
    return str(generate_uid(entropy_srcs=["SpineLens tracking", study_uid, *names]))


def device_uid() -> str:
    """Identity of this software as the observer of a report (PS3.16 TID 1004)."""
    return str(generate_uid(entropy_srcs=["SpineLens device", __version__]))


def finish(dataset: Dataset, images: Iterable[SourceImage], time: datetime) -> Dataset:
    """The data set with its references and with ``time`` in the place of highdicom's clock, as it reads from a file.

    highdicom's own classes cannot be compared with what an archive gives back.
    """
    name_sources(dataset, images)
    date, clock = time.strftime("%Y%m%d"), time.strftime("%H%M%S")
    for name in ("InstanceCreation", "Content"):
        if f"{name}Date" in dataset:
            setattr(dataset, f"{name}Date", date)
            setattr(dataset, f"{name}Time", clock)
    if "DateOfSecondaryCapture" in dataset:
        dataset.DateOfSecondaryCapture, dataset.TimeOfSecondaryCapture = date, clock
    for item in dataset.get("ContributingEquipmentSequence", ()):
        if item.get("ManufacturerModelName") == "highdicom":
            item.ContributionDateTime = date + clock
    written = io.BytesIO()
    dataset.save_as(written, enforce_file_format=True)
    written.seek(0)
    return dcmread(written)

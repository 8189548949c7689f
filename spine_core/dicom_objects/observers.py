"""Who observed: this software, a network, or a reader (PS3.16 TID 1002 to 1004)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydicom.sr.codedict import codes

from spine_core.dicom_objects.identity import MANUFACTURER, device_uid
from spine_core.dicom_objects.types import ObjectInput

if TYPE_CHECKING:
    from highdicom.sr import ObserverContext

READER = "Reader"
"""Stands for a reader whose name is not known: before the approval nobody has said who reads."""


def person_name(name: str) -> str:
    """A person's name as one component (PS3.5 6.2.1.2): which part is the family name is not known."""
    plain = re.sub(r"[\\^=]+", " ", name).strip()
    return f"{plain or READER}^"


def reader_name(made_from: ObjectInput) -> str:
    """Who approved the report, else who reviewed the grades, else ``READER``."""
    if made_from.report.approval is not None:
        return made_from.report.approval.name
    return next((one.person for one in made_from.reviews.values() if one.person), READER)


def device(name: str = MANUFACTURER) -> ObserverContext:
    """The software as observer. ``name``: of what exactly observed, such as a network."""
    from highdicom.sr import DeviceObserverIdentifyingAttributes, ObserverContext

    return ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=DeviceObserverIdentifyingAttributes(
            uid=device_uid(), name=name, manufacturer_name=MANUFACTURER
        ),
    )


def person(name: str) -> ObserverContext:
    """A reader as observer."""
    from highdicom.sr import ObserverContext, PersonObserverIdentifyingAttributes

    return ObserverContext(
        observer_type=codes.DCM.Person,
        observer_identifying_attributes=PersonObserverIdentifyingAttributes(name=person_name(name)),
    )

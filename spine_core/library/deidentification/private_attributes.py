"""Retain Safe Private (PS3.15 E.3.10): the private elements that ``spine_core.study`` reads, which are b values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from spine_core.study.dicom.header_values import text_at
from spine_core.study.dicom.tags import B_VALUES, CREATORS

_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:\\-?\d+(?:\.\d+)?)*", re.IGNORECASE)


def safe_private(dataset: Dataset) -> Iterator[DataElement]:
    """New elements for b values under their vendor's creator, which hold numbers only, and for those creators."""
    for tag, creator in B_VALUES.items():
        value = text_at(dataset, tag)
        if text_at(dataset, CREATORS[tag]).upper() == creator and _NUMBERS.fullmatch(value):
            yield DataElement(CREATORS[tag], "LO", creator)
            # the first value is the b value; further ones count other things
            yield DataElement(tag, "DS", value.split("\\")[0][:16])

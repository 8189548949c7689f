"""De-identification of a DICOM data set by the Basic Application Level Confidentiality Profile (PS3.15 annex E).

Options: Clean Descriptors, Clean Graphics, Retain Longitudinal Temporal Information with Modified Dates, Retain Safe
Private. Table E.1-1 applies at every depth. Attributes that it does not list are denied where they hold text or bulk
data, unless ``attributes`` names them; numbers, dates and UIDs follow their value representation.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from spine_core.library.deidentification import attributes, values
from spine_core.library.deidentification.confidentiality_table import Action, confidentiality_table
from spine_core.library.deidentification.descriptors import AGENT, clean_agent, clean_description
from spine_core.library.deidentification.method import mark_as_deidentified
from spine_core.library.deidentification.private_attributes import safe_private
from spine_core.library.deidentification.pseudonyms import Pseudonyms
from spine_core.study.dicom.character_set import set_encodings
from spine_core.study.dicom.header_values import text
from spine_core.study.dicom.suppress_warnings import suppressed_warnings

PIXEL_GROUP = 0x7FE0
FIRST_GROUP, LAST_GROUP = 0x0008, 0x7FE0
"""Groups of data sets in files; commands, directories and trailing padding are outside."""
DATES = frozenset({"DA", "DT", "TM"})


def deidentify(dataset: Dataset, pseudonyms: Pseudonyms, removed: Counter[str] | None = None) -> Dataset:
    """A new data set without what identifies the patient; ``dataset`` keeps its elements.

    ``dataset``: as ``study.dicom.parsing.parse`` returns it with ``whole``. ``removed``: counts the keywords of
    elements that were removed or emptied; a private or unknown element counts as "private attributes" or "unknown
    attributes". The file meta information is not copied (see ``dicom_file``). Equal arguments give equal results.
    """
    with suppressed_warnings:
        set_encodings(dataset)
        walk = _Walk(pseudonyms, Counter() if removed is None else removed)
        result = walk.dataset(dataset, top=True)
        for element in safe_private(dataset):
            result.add(element)
        mark_as_deidentified(result, pseudonyms)
    return result


class _Walk:
    """One recursive pass over a data set."""

    def __init__(self, pseudonyms: Pseudonyms, removed: Counter[str]) -> None:
        self.pseudonyms, self.removed = pseudonyms, removed
        self.table = confidentiality_table()

    def dataset(self, source: Dataset, *, top: bool = False, coded: bool = False) -> Dataset:
        """The de-identified copy. ``coded``: it is the item of a code sequence of a published coding scheme."""
        copy = Dataset()
        for tag in sorted(source.keys()):
            element = self.element(source, tag, top=top, coded=coded)
            if element is not None:
                copy.add(element)
            if (element is None or element.is_empty) and not _is_empty(source, tag):
                self.removed[_name(tag)] += 1
        return copy

    def element(self, source: Dataset, tag: BaseTag, *, top: bool, coded: bool) -> DataElement | None:
        """The de-identified element; None where it is removed."""
        keyword = keyword_for_tag(tag)
        action = self.table.action(tag)
        # curves and overlays are repeating groups, which this dictionary does not hold
        if not dictionary_has_tag(tag) or not FIRST_GROUP <= tag.group <= LAST_GROUP:
            return None
        if action is Action.REMOVE and keyword not in attributes.DESCRIPTORS:
            return None
        if tag.group == PIXEL_GROUP and not (top and keyword in attributes.PIXELS):
            return None
        try:
            original = source[tag]
        except Exception:  # pydicom raises nearly everything on damaged values
            return None
        vr = _vr(tag, original.VR)
        value = self.value(original.value, keyword, vr, action, coded=coded)
        if value is None:
            return None
        return _made(tag, vr, value, original)

    def value(self, value: Any, keyword: str, vr: str, action: Action | None, *, coded: bool) -> Any:
        """The new value; None where the element is removed."""
        if keyword in attributes.DESCRIPTORS:
            return [clean_description(str(part)) for part in values.parts(value)]
        if keyword == "ContrastBolusAgent":
            return [clean_agent(str(part)) for part in values.parts(value)]
        if keyword == "PatientID":
            return self.pseudonyms.patient_id
        if vr in DATES:
            return self.moment(value, keyword, vr, action)
        if vr == "UI":
            return [self.pseudonyms.uid(str(part)) for part in values.parts(value)]
        if action in (None, Action.REMOVE_OR_EMPTY_OR_UID):
            return self.unlisted(value, keyword, vr, coded=coded)
        return _by_table(action, keyword, vr)

    def moment(self, value: Any, keyword: str, vr: str, action: Action | None) -> Any:
        """A date moved into the past, or a time of day; the table decides where it is none, or the patient's."""
        stated = [str(part) for part in values.parts(value)]
        if vr == "TM":
            moved = [part for part in stated if values.is_time(part)]
        else:
            shift = self.pseudonyms.shift_date if vr == "DA" else self.pseudonyms.shift_datetime
            moved = [shift(part) for part in stated]
        patients = (tag_for_keyword(keyword) or 0) >> 16 in attributes.PATIENT_GROUPS
        if stated and len(moved) == len(stated) and all(moved) and not patients:
            return moved
        return None if action is None else _by_table(action, keyword, vr)

    def unlisted(self, value: Any, keyword: str, vr: str, *, coded: bool) -> Any:
        """The value of an attribute that the table does not list, or lists as a sequence of references."""
        if vr == "SQ":
            return self.sequence(value, keyword)
        if vr == "CS":
            return values.as_codes(value) if _is_code_string(keyword) else None
        if vr in values.TEXT_VRS:
            return _allowed_text(value, keyword, coded=coded)
        if keyword in attributes.PIXELS | attributes.LOOKUP_TABLES:
            return value
        if any(part in values.BULK_VRS for part in vr.split(" or ")):
            return None
        return value if vr == "AT" or " " in vr else values.as_numbers(value, vr)

    def sequence(self, value: Any, keyword: str) -> Sequence | None:
        """The sequence with each item de-identified; items of which only a site's own code was left are dropped."""
        if not isinstance(value, Sequence):
            return None
        items = []
        for item in value:
            coded = _is_published_code(item)
            copy = self.dataset(item, coded=coded)
            if not coded and (meaning := _clean_meaning(item, keyword)):
                copy.CodeMeaning = meaning
            if len(copy) or not _has_code(item):
                items.append(copy)
        return Sequence(items) if items or not len(value) else None


def _made(tag: BaseTag, vr: str, value: Any, original: DataElement) -> DataElement | None:
    if value is original.value:
        vr = original.VR
    elif isinstance(value, list) and not isinstance(value, Sequence):
        value = value[0] if len(value) == 1 else value or None
    try:
        made = DataElement(tag, vr, value, is_undefined_length=original.is_undefined_length and vr != "SQ")
    except Exception:  # a value that its representation does not allow
        return None
    return made


def _by_table(action: Action | None, keyword: str, vr: str) -> Any:
    """Dummy, empty value or None (remove) for a listed attribute of an image."""
    if action is Action.REPLACE or keyword in attributes.TYPE_1:
        return values.dummy(vr)
    if action in (Action.EMPTY, Action.EMPTY_OR_REPLACE) or keyword in attributes.TYPE_2:
        return Sequence() if vr == "SQ" else b"" if vr in values.BULK_VRS else []
    return None


def _allowed_text(value: Any, keyword: str, *, coded: bool) -> Any:
    if keyword in attributes.TEXT or (coded and keyword in attributes.CODES):
        return values.as_text(value)
    if keyword in attributes.NUMBERED:
        return str(value) if str(value).strip().isdecimal() else None
    return [] if keyword in attributes.TYPE_2 else None


def _is_code_string(keyword: str) -> bool:
    group = (tag_for_keyword(keyword) or 0) >> 16
    return group in attributes.CODE_STRING_GROUPS or keyword in attributes.CODE_STRINGS


def _has_code(item: Dataset) -> bool:
    return "CodeValue" in item or "CodingSchemeDesignator" in item or "CodeMeaning" in item


def _clean_meaning(item: Dataset, keyword: str) -> str:
    """The technical words in the meaning of a site's own code; a contrast agent stays one."""
    if not _has_code(item):
        return ""
    meaning = text(item, "CodeMeaning")
    if keyword == "ContrastBolusAgentSequence":
        return clean_agent(meaning or AGENT)
    return clean_description(meaning)


def _is_published_code(item: Dataset) -> bool:
    scheme, code = (str(item.get(keyword, "")).strip() for keyword in ("CodingSchemeDesignator", "CodeValue"))
    return scheme in attributes.CODING_SCHEMES and values.is_code(code)


def _vr(tag: BaseTag, stored: str) -> str:
    """The value representation of the dictionary; of several, the stored one where it is among them."""
    vr = str(dictionary_VR(tag))
    return stored if stored in (*vr.split(" or "), vr) else vr.split(" or ")[0]


def _is_empty(source: Dataset, tag: BaseTag) -> bool:
    """True for an element without a value, parsed or not."""
    stored = source.get_item(tag)
    return stored is None or stored.value in (None, b"", "")


def _name(tag: BaseTag) -> str:
    if tag.is_private:
        return "private attributes"
    return keyword_for_tag(tag) or "unknown attributes"

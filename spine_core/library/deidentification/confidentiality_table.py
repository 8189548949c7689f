"""Table E.1-1 of DICOM PS3.15: the action of the Basic Application Level Confidentiality Profile per attribute.

The table is that of dicom-anonymizer, generated from the standard's edition 2026c.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from dicomanonymizer.dicomfields_selector import dicom_anonymization_database_selector

EDITION = "dicomfields_2026c"


class Action(StrEnum):
    """Codes of table E.1-1a; a combination depends on the attribute's type in the object (PS3.5 7.4)."""

    REPLACE = "D"
    EMPTY = "Z"
    REMOVE = "X"
    UID = "U"
    EMPTY_OR_REPLACE = "Z/D"
    REMOVE_OR_EMPTY = "X/Z"
    REMOVE_OR_REPLACE = "X/D"
    REMOVE_OR_EMPTY_OR_REPLACE = "X/Z/D"
    REMOVE_OR_EMPTY_OR_UID = "X/Z/U*"


_LISTS = {
    "D_TAGS": Action.REPLACE,
    "Z_TAGS": Action.EMPTY,
    "X_TAGS": Action.REMOVE,
    "U_TAGS": Action.UID,
    "Z_D_TAGS": Action.EMPTY_OR_REPLACE,
    "X_Z_TAGS": Action.REMOVE_OR_EMPTY,
    "X_D_TAGS": Action.REMOVE_OR_REPLACE,
    "X_Z_D_TAGS": Action.REMOVE_OR_EMPTY_OR_REPLACE,
    "X_Z_U_STAR_TAGS": Action.REMOVE_OR_EMPTY_OR_UID,
}
STRICTER = {0x300A00B2: Action.REMOVE}
"""Where an earlier edition is stricter: Treatment Machine Name was X and is X/Z."""


@dataclass(frozen=True)
class _Masked:
    """Attributes of repeating groups: those whose tag equals ``tag`` in the bits of ``mask``."""

    tag: int
    mask: int
    action: Action


@dataclass(frozen=True)
class ConfidentialityTable:
    """The actions by tag."""

    actions: dict[int, Action]
    repeating: tuple[_Masked, ...]

    def action(self, tag: int) -> Action | None:
        """The action for ``tag``; None where the table does not list it."""
        if tag in self.actions:
            return self.actions[tag]
        return next((entry.action for entry in self.repeating if tag & entry.mask == entry.tag), None)


@cache
def confidentiality_table() -> ConfidentialityTable:
    """The table, read once."""
    lists = dicom_anonymization_database_selector(EDITION)
    actions: dict[int, Action] = {}
    repeating = []
    for name, action in _LISTS.items():
        for group, element, *masks in lists[name]:
            if masks:
                repeating.append(_Masked(group << 16 | element, masks[0] << 16 | masks[1], action))
            else:
                actions[group << 16 | element] = action
    return ConfidentialityTable(actions | STRICTER, tuple(repeating))

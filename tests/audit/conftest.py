"""Audits on the library's databases."""

from __future__ import annotations

import pytest

from spine_core.library.people import add_person
from spine_core.library.types import Role
from tests.audit.ratings.making import store_maps
from tests.library.conftest import address, anna, ben, chief, library, postgresql

__all__ = ["address", "anna", "ben", "chief", "library", "postgresql"]


@pytest.fixture
def auditor(library):
    """Somebody who prepares audits, with the cases and maps of ``making.protocol(3)``."""
    person = add_person(library, "Auditor", Role.AUDITOR)
    store_maps(library, person)
    return person

"""Teaching on the library's databases."""

from __future__ import annotations

import pytest

from spine_core.library.people import add_person
from spine_core.library.types import Role
from tests.library.conftest import address, anna, ben, chief, library, postgresql

__all__ = ["address", "anna", "ben", "chief", "library", "postgresql"]


@pytest.fixture
def teacher(library):
    return add_person(library, "Teacher", Role.TEACHER)

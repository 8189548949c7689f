"""A set with released maps, and a room for it."""

from __future__ import annotations

import pytest

from spine_core.teaching.rooms.store import open_room
from tests.teaching.conftest import address, anna, ben, chief, library, postgresql, teacher
from tests.teaching.making import set_with_maps

__all__ = ["address", "anna", "ben", "chief", "library", "postgresql", "teacher"]


@pytest.fixture
def set_id(library, teacher):
    return set_with_maps(library, teacher)[0]


@pytest.fixture
def room(library, teacher, set_id):
    return open_room(library, teacher, set_id)

"""Audits on the library's databases."""

from __future__ import annotations

from tests.library.conftest import address, anna, ben, chief, library, postgresql

__all__ = ["address", "anna", "ben", "chief", "library", "postgresql"]

"""Who is offered the teacher's part."""

from __future__ import annotations

from spine_core.library.types import Person, Role


def may_prepare(person: Person | None) -> bool:
    """Whether somebody makes sets; the core checks it again with every step."""
    return person is not None and person.role in (Role.TEACHER, Role.ADMINISTRATOR)

"""A set that a teacher is writing: in the tab's state, which outlives a reload, until it is stored."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from pages.components.session.state import SessionState
from spine_core.anatomy.types import LEVELS
from spine_core.library.cases import get_case
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.networks.conditions import BY_NAME
from spine_core.teaching.exercise import ExerciseSet, Order
from spine_core.teaching.exercise_case import ExerciseCase, Reference, ReferencePlace
from spine_core.teaching.sets import StoredSet

FIRST: Mapping[str, Any] = {
    "title": "", "description": "", "licence": "", "conditions": ["pfirrmann"], "levels": list(LEVELS),
    "order": Order.FIXED, "seed": 0, "minutes": 0.0, "with_networks": True,
}  # fmt: skip
"""Values of a new set. ``minutes``: time limit per case, 0 for none."""


@dataclass(eq=False)
class SetDraft:
    """``person``: id of who writes it. ``stored``: the set that is changed; None for a new one. ``titles``: of its
    cases, by id.
    """

    person: int

    values: dict[str, Any]
    cases: list[ExerciseCase]
    titles: dict[str, str]
    stored: StoredSet | None = None
    key: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    problem: str = ""

    def exercise(self) -> ExerciseSet:
        """The set as it stands. Raises ``ValueError`` for what is not complete."""
        given = {name: value for name, value in self.values.items() if name != "minutes"}
        given |= {"conditions": tuple(given["conditions"]), "levels": tuple(given["levels"])}
        limit = self.values["minutes"] * 60 or None
        return ExerciseSet(**given, cases=tuple(self.cases), time_limit_s=limit)

    def change(self, place: int, **changed: Any) -> None:
        """Changes one case."""
        self.cases[place] = replace(self.cases[place], **changed)

    def bound(self, name: str) -> dict[str, Any]:
        """Key and callback of the widget of a value. The value outlives the widget, which a turned page forgets."""
        key = f"set-{self.key}-{name}"
        st.session_state.setdefault(key, self.values[name])

        def changed() -> None:
            self.values[name] = st.session_state[key]

        return {"key": key, "on_change": changed}

    def caller(self, name: str, take: Callable[[Any], None], value: Any) -> dict[str, Any]:
        """As ``bound``, of a value that is kept elsewhere."""
        key = f"set-{self.key}-{name}"
        st.session_state.setdefault(key, value)
        return {"key": key, "on_change": lambda: take(st.session_state[key])}


def new_draft(store: SessionState, person: Person) -> None:
    """Begins a set."""
    values = {name: list(value) if isinstance(value, list) else value for name, value in FIRST.items()}
    store.set_draft = SetDraft(person.id, values, [], {})


def draft_of(store: SessionState, person: Person, stored: StoredSet, titles: Mapping[str, str]) -> None:
    """Begins to change a set."""
    one = stored.exercise
    values = {name: getattr(one, name) for name in FIRST if name != "minutes"}
    values |= {"conditions": list(one.conditions), "levels": list(one.levels)}
    values["minutes"] = (one.time_limit_s or 0.0) / 60
    store.set_draft = SetDraft(person.id, values, list(one.cases), dict(titles), stored)


def add_cases(draft: SetDraft, library: Library, person: Person, case_ids: Sequence[str]) -> None:
    """Adds cases of the library with their reference grades. One that is there already is not added again."""
    there = {one.case_id for one in draft.cases}
    for case_id in case_ids:
        if case_id in there:
            continue
        try:
            case = get_case(library, person, case_id)
        except LibraryError as error:
            draft.problem = str(error)
            continue
        references = tuple(
            Reference(one.level, one.condition, one.grade, one.source)
            for one in case.references
            if one.condition in BY_NAME and one.level in LEVELS and one.grade in BY_NAME[one.condition].grades
        )
        draft.cases.append(ExerciseCase(case_id, case.study_sha256, references=references))
        draft.titles[case_id] = case.title or case_id[:8]
        there.add(case_id)


def with_reference(
    case: ExerciseCase, asked: Sequence[tuple[str, str]], grades: Mapping[tuple[str, str], str], source: str
) -> tuple[Reference, ...]:
    """The references of a case with the grades of the form: one that is unchanged keeps its source."""
    others = [one for one in case.references if (one.level, one.condition) not in asked]
    found = []
    for finding in asked:
        if finding in grades:
            before = case.reference(*finding)
            same = before is not None and before.grade == grades[finding]
            found.append(before if same and before else Reference(*finding, grades[finding], source))
    return (*others, *found)


def with_place(
    case: ExerciseCase, place: ReferencePlace | None, finding: tuple[str, str]
) -> tuple[ReferencePlace, ...]:
    """The places of a case with that of one finding changed or taken away."""
    others = tuple(one for one in case.places if (one.level, one.condition) != finding)
    return others if place is None else (*others, place)

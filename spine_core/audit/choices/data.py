"""The choices of a set of exercises, read from their log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from spine_core.audit.analysis.data import log_sentence
from spine_core.audit.choices.log import BEST, CHOICE
from spine_core.audit.ratings.log import Entry
from spine_core.audit.ratings.log_store import entries, log_lock, verify
from spine_core.audit.ratings.protocol import Question
from spine_core.library.database.schema import AuditRow
from spine_core.library.store import Library


@dataclass(frozen=True)
class Choice:
    """One choice. ``rater``, ``number``: of the learner and of the finding, from 1, as they come first in the log.

    ``order``: methods as they were shown, A first. ``chosen``: one of them, or ``NONE_OF_THEM``. ``grade``: of the
    networks; ``own_grade``: of the learner, before the maps were shown. Grades are None where there is none.
    """

    rater: int
    sheet: int
    number: int
    case: str
    level: str
    condition: str
    order: tuple[str, ...]
    chosen: str
    grade: str | None
    reference: str | None
    own_grade: str | None
    repeat: bool
    released_sha256: str
    seed: str
    time: str

    @property
    def network_right(self) -> bool | None:
        """Whether the networks' grade is the reference; None without one of them."""
        return None if self.grade is None or self.reference is None else self.grade == self.reference


@dataclass(frozen=True)
class ChoiceData:
    """``id``: of the set of exercises and of the log. ``head``: hash of the last entry. ``problem``: see ``verify``."""

    id: str
    head: str
    entries: tuple[Entry, ...]
    choices: tuple[Choice, ...]
    problem: str

    @property
    def questions(self) -> tuple[Question, ...]:
        """The one that is asked."""
        return (BEST,)

    @property
    def methods(self) -> tuple[str, ...]:
        """All methods that were shown, controls among them, by name."""
        return tuple(sorted({method for one in self.choices for method in one.order}))

    @property
    def raters(self) -> tuple[int, ...]:
        """The learners, by number."""
        return tuple(sorted({one.rater for one in self.choices}))

    @property
    def log_sentence(self) -> str:
        """Whether the log is whole, in one sentence."""
        return log_sentence(self.problem, len(self.entries))


def load_choices(library: Library, set_id: str) -> ChoiceData | None:
    """The choices of a set; None where nobody has chosen. Who may see them is for the caller to check."""
    # Nobody chooses meanwhile: between database and file a new entry would look like a damaged log.
    with log_lock(library, set_id):
        with library.database.reading() as session:
            row = session.get(AuditRow, set_id)
            if row is None:
                return None
            head, chain = row.head, tuple(entries(session, set_id))
        problem = verify(library, set_id)
    return ChoiceData(set_id, head, chain, tuple(_choices(chain)), problem)


def _choices(chain: Iterable[Entry]) -> Iterable[Choice]:
    raters: dict[int, int] = {}
    findings: dict[tuple[str, ...], int] = {}
    for entry in chain:
        content = entry.content
        # Entries of another kind, which only a forged log has, are left out; ``verify`` tells of them.
        if content.get("type") == CHOICE:
            place = tuple(content["finding"][name] for name in ("case", "level", "condition"))
            rater = raters.setdefault(content["rater"], len(raters) + 1)
            yield _choice(content, rater, findings.setdefault(place, len(findings) + 1))


def _choice(content: Mapping[str, Any], rater: int, number: int) -> Choice:
    return Choice(
        rater=rater,
        number=number,
        order=tuple(content["order"]),
        released_sha256=content["released"],
        **content["finding"],
        **{name: content[name] for name in ("sheet", "chosen", "grade", "reference", "own_grade")},
        **{name: content[name] for name in ("repeat", "seed", "time")},
    )

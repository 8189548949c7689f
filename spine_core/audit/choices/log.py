"""Choices in the append-only log of their set: one entry each, with the hash of the entry before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spine_core.audit.ratings.log import BEGINNING, Entry
from spine_core.audit.ratings.log_store import append
from spine_core.audit.ratings.protocol import Question
from spine_core.library.database.schema import AuditEntryRow, AuditRow, now

CHOICE = "choice"
"""Kind of an entry."""

NONE_OF_THEM = ""
"""Stands in place of a method."""

BEST = Question(
    "best", "Shows best why the networks report this", 0, 1, low_label="not chosen", high_label="chosen"
)
"""What is asked: one map of several, or none of them."""

ORDER_RULE = "methods by SHA-256 of “seed level condition method”"
"""How the maps of a choice come to be A, B, C."""


def blinded_order(seed: str, level: str, condition: str, methods: Sequence[str]) -> tuple[str, ...]:
    """``methods`` as they are shown as A, B, C: another order for every seed and finding; see ``ORDER_RULE``."""

    def drawn(method: str) -> str:
        return hashlib.sha256(f"{seed} {level} {condition} {method}".encode()).hexdigest()

    return tuple(sorted(methods, key=drawn))


@dataclass(frozen=True)
class Shown:
    """The finding of a choice. ``grade``: of the network, which the maps explain; ``reference``: the right one.

    ``maps``: by method, the hash of the map. ``released_sha256``: of all that the learner was shown of the finding.
    ``own_grade``: what the learner had committed before. ``seed``: see ``blinded_order``.
    """

    case_id: str
    level: str
    condition: str
    grade: str | None
    reference: str | None
    own_grade: str | None
    maps: Mapping[str, str]
    released_sha256: str
    seed: str

    @property
    def order(self) -> tuple[str, ...]:
        """The methods as they were shown, A first."""
        return blinded_order(self.seed, self.level, self.condition, tuple(self.maps))


def rules(set_id: str) -> dict[str, Any]:
    """What the choices of a set of exercises are, as JSON values: in place of a protocol."""
    return {"exercise_set": set_id, "question": asdict(BEST), "order": ORDER_RULE}


def rules_sha256(set_id: str) -> str:
    """Stands in every entry of the log and in exports."""
    return hashlib.sha256(json.dumps(rules(set_id), sort_keys=True).encode()).hexdigest()


def add_choice(
    session: Session, set_id: str, title: str, owner: int, person_id: int, shown: Shown, method: str
) -> Entry:
    """Appends a choice to the log of a set, which its first one begins.

    In a transaction that is open, with the lock of the log's file held; ``catch_up`` then writes the file.
    """
    row = session.get(AuditRow, set_id)
    if row is None:
        row = AuditRow(id=set_id, person_id=owner, title=title, protocol=rules(set_id), head=BEGINNING)
        session.add(row)
        session.flush()
    query = select(AuditEntryRow.line).where(
        AuditEntryRow.audit_id == set_id, AuditEntryRow.person_id == person_id
    )
    own = [Entry.of(line).content for line in session.scalars(query)]
    place = {"case": shown.case_id, "level": shown.level, "condition": shown.condition}
    content = {
        "type": CHOICE,
        "time": now().isoformat(),
        "protocol": rules_sha256(set_id),
        "rater": person_id,
        "sheet": len(own),
        "finding": place,
        "repeat": any(one["finding"] == place for one in own),
        "order": list(shown.order),
        "maps": dict(shown.maps),
        "chosen": method,
        "grade": shown.grade,
        "reference": shown.reference,
        "own_grade": shown.own_grade,
        "released": shown.released_sha256,
        "seed": shown.seed,
    }
    return append(session, row, content, person_id, len(own))

"""The tables of the library."""

from __future__ import annotations

from spine_core.library.database.schema.audits import (
    AuditDraftRow,
    AuditEntryRow,
    AuditMapRow,
    AuditRaterRow,
    AuditRow,
)
from spine_core.library.database.schema.base import Base, UtcDateTime, now
from spine_core.library.database.schema.batch import BatchMapRow, BatchRow, BatchStudyRow, MapRow
from spine_core.library.database.schema.cases import (
    CaseRow,
    FileRow,
    FindingRow,
    ImportRow,
    PersonRow,
    ReadingRow,
    ReferenceRow,
    ReviewRow,
    TagRow,
    TombstoneRow,
)
from spine_core.library.database.schema.reports import ReportRow, SentObjectRow
from spine_core.library.database.schema.rooms import MapChoiceRow, RoomAnswerRow, RoomGuestRow, RoomRow
from spine_core.library.database.schema.teaching import (
    ExerciseAnswerRow,
    ExerciseAttemptRow,
    ExerciseSetRow,
    ReleasedFindingsRow,
    ReleasedMapRow,
    ReviewCardRow,
)

__all__ = [
    "AuditDraftRow",
    "AuditEntryRow",
    "AuditMapRow",
    "AuditRaterRow",
    "AuditRow",
    "Base",
    "BatchMapRow",
    "BatchRow",
    "BatchStudyRow",
    "CaseRow",
    "ExerciseAnswerRow",
    "ExerciseAttemptRow",
    "ExerciseSetRow",
    "FileRow",
    "FindingRow",
    "ImportRow",
    "MapChoiceRow",
    "MapRow",
    "PersonRow",
    "ReadingRow",
    "ReferenceRow",
    "ReleasedFindingsRow",
    "ReleasedMapRow",
    "ReportRow",
    "ReviewCardRow",
    "ReviewRow",
    "RoomAnswerRow",
    "RoomGuestRow",
    "RoomRow",
    "SentObjectRow",
    "TagRow",
    "TombstoneRow",
    "UtcDateTime",
    "now",
]

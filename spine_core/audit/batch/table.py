"""The table of a batch: one row per map, with its metrics, the reference grade, and the reader's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from spine_core import DISCLAIMER
from spine_core.audit.batch.store import seen_batch
from spine_core.library.database.schema import BatchMapRow, BatchStudyRow, MapRow
from spine_core.library.reviews import reference_grades
from spine_core.library.store import Library
from spine_core.library.types import Person

if TYPE_CHECKING:
    import pandas as pd

METRIC = "metric."
"""Begins the name of a column with a metric."""

VARYING = ("seconds", "computed")
"""Columns that differ between runs with equal results."""


def batch_table(library: Library, person: Person, batch_id: str) -> pd.DataFrame:
    """One row per map, sorted by key. Raises ``LibraryError`` where ``person`` sees no such batch.

    Columns are those of ``MapRow`` without ``view`` and ``other``, ``case_id`` where the study is a case, ``reference``
    where there is one for the finding, ``note`` (the disclaimer), and one per metric, which begins with ``METRIC``.
    """
    return _table(library, person, batch_id, MapRow.other == "").drop(columns="other", errors="ignore")


def pair_table(library: Library, person: Person, batch_id: str) -> pd.DataFrame:
    """One row per pair of maps of a finding, sorted by key: ``method``, ``other``, and the metrics of their agreement,
    each with its chance level as the variant ``chance``. Other columns as in ``batch_table``. Raises ``LibraryError``.
    """
    unused = ["control", "draw", "settings", "outcome", "map_sha256", "seconds"]
    return _table(library, person, batch_id, MapRow.other != "").drop(columns=unused, errors="ignore")


def _table(library: Library, person: Person, batch_id: str, which: ColumnElement[bool]) -> pd.DataFrame:
    import pandas as pd

    with library.database.reading() as session:
        seen_batch(session, person, batch_id)
        cases = _cases(session, batch_id)
        references = reference_grades(session, _of_batch(batch_id))
        lines = [_line(row, cases, references) for row in _rows(session, batch_id, which)]
    return pd.DataFrame(lines)


def study_table(library: Library, person: Person, batch_id: str) -> pd.DataFrame:
    """One row per study: status, reason, seconds. Raises ``LibraryError``."""
    import pandas as pd

    with library.database.reading() as session:
        seen_batch(session, person, batch_id)
        columns = (
            BatchStudyRow.source, BatchStudyRow.case_id, BatchStudyRow.study_sha256, BatchStudyRow.status,
            BatchStudyRow.reason, BatchStudyRow.seconds,
        )  # fmt: skip
        query = select(*columns).where(BatchStudyRow.batch_id == batch_id).order_by(BatchStudyRow.source)
        return pd.DataFrame([dict(row._mapping) for row in session.execute(query)])


def write_parquet(library: Library, person: Person, batch_id: str, folder: Path) -> tuple[Path, ...]:
    """Writes ``maps.parquet``, ``pairs.parquet`` and ``studies.parquet``. Raises ``LibraryError``."""
    tables = {"maps": batch_table, "pairs": pair_table, "studies": study_table}
    for name, table in tables.items():
        table(library, person, batch_id).to_parquet(folder / f"{name}.parquet", index=False)
    return tuple(folder / f"{name}.parquet" for name in tables)


def _rows(session: Session, batch_id: str, which: ColumnElement[bool]) -> Iterator[Any]:
    query = (
        select(*MapRow.__table__.columns)
        .join(BatchMapRow, BatchMapRow.key == MapRow.key)
        .where(BatchMapRow.batch_id == batch_id, which)
        .order_by(MapRow.key)
    )
    return iter(session.execute(query, execution_options={"yield_per": 1000}).mappings())


def _cases(session: Session, batch_id: str) -> dict[str, str]:
    query = select(BatchStudyRow.study_sha256, BatchStudyRow.case_id).where(
        BatchStudyRow.batch_id == batch_id, BatchStudyRow.case_id.is_not(None)
    )
    return {study: case for study, case in session.execute(query) if case}


def _of_batch(batch_id: str) -> Select[str | None]:
    return select(BatchStudyRow.case_id).where(BatchStudyRow.batch_id == batch_id)


def _line(row: Any, cases: dict[str, str], references: dict[tuple[str, str, str], str]) -> dict[str, Any]:
    values = dict(row)
    metrics = values.pop("metrics")
    settings = values.pop("settings")
    values.pop("view")
    case = cases.get(values["study_sha256"])
    reference = references.get((case or "", values["level"], values["condition"]))
    return {
        **values,
        "settings": ", ".join(f"{name}={value}" for name, value in sorted(settings.items())),
        "case_id": case,
        "reference": reference,
        "note": DISCLAIMER,
        **{f"{METRIC}{name}": value for name, value in metrics.items()},
    }

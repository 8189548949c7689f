"""All statistics of an audit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from spine_core.audit.analysis.between_raters import RaterAgreement, between_raters
from spine_core.audit.analysis.by_method import MethodScore, by_method
from spine_core.audit.analysis.data import AuditData, load
from spine_core.audit.analysis.faithfulness import MetricCorrelation, faithfulness
from spine_core.audit.analysis.regions import RegionScore, regions
from spine_core.audit.analysis.reliance import Reliance, reliance
from spine_core.audit.analysis.scores import ratings_table
from spine_core.audit.analysis.within_raters import Repeatability, within_raters
from spine_core.audit.ratings.maps import read_map
from spine_core.library.store import Library
from spine_core.library.types import Person

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class AuditResults:
    """``table``: see ``ratings_table``. ``reliance`` is empty unless the design is sequential, ``regions`` where nobody
    drew one.
    """

    data: AuditData
    table: pd.DataFrame
    by_method: tuple[MethodScore, ...]
    between_raters: tuple[RaterAgreement, ...]
    within_raters: tuple[Repeatability, ...]
    faithfulness: tuple[MetricCorrelation, ...]
    reliance: tuple[Reliance, ...]
    regions: tuple[RegionScore, ...]


def audit_results(library: Library, person: Person, audit_id: str) -> AuditResults:
    """Raises ``LibraryError`` unless ``person`` prepared the audit or is an administrator."""
    data = load(library, person, audit_id)
    table = ratings_table(data)
    return AuditResults(
        data=data,
        table=table,
        by_method=by_method(table, data.protocol),
        between_raters=between_raters(table, data.protocol),
        within_raters=within_raters(table, data.protocol),
        faithfulness=faithfulness(table, data),
        reliance=reliance(data),
        regions=regions(data, partial(read_map, library)),
    )

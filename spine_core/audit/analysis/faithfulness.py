"""Whether readers prefer the maps that metrics call better: rank correlation of mean ratings and metric values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spine_core.audit.analysis.data import AuditData
from spine_core.audit.analysis.rank_correlation import rank_correlation
from spine_core.audit.analysis.scores import first_showings
from spine_core.audit.ratings.protocol import is_control
from spine_core.comparison.metrics.base import Direction
from spine_core.comparison.metrics.registry import metrics

if TYPE_CHECKING:
    import pandas as pd

LEAST_MAPS = 10
"""Below this no figure is given: its interval would span nearly everything."""

CONSTANT = "not defined: all ratings or all values of the metric are equal"


@dataclass(frozen=True)
class _RatedMap:
    """A map with its mean rating and the values of its metrics."""

    case: str
    control: bool
    rating: float
    metrics: Mapping[str, float | None]


@dataclass(frozen=True)
class MetricCorrelation:
    """Spearman's correlation of mean rating and metric over maps, one value per finding and method.

    ``metric``: name with the variant after a dot. ``oriented``: positive means that readers prefer what the metric
    calls better; False for a metric without a better direction, whose correlation is with its raw value.
    ``with_controls``: control maps are among the maps; they spread both sides, and raise most correlations.
    ``correlation``, ``interval`` (95 %, over cases): None where ``reason`` says why.
    """

    question: str
    metric: str
    label: str
    oriented: bool
    with_controls: bool
    maps: int
    cases: int
    correlation: float | None
    interval: tuple[float, float] | None
    reason: str = ""


def faithfulness(table: pd.DataFrame, data: AuditData) -> tuple[MetricCorrelation, ...]:
    """One record per question, metric, and without or with controls. ``table``: ``ratings_table``; repeats are left
    out.
    """
    rated = first_showings(table)
    names = _metric_names(data)
    return tuple(
        _correlation(question.name, name, maps, with_controls)
        for question in data.protocol.questions
        for maps in [_rated_maps(rated[rated["question"] == question.name], data)]
        for name in names
        for with_controls in (False, True)
    )


def _metric_names(data: AuditData) -> list[str]:
    """In the order of the registry; metrics that it no longer has come last."""
    order = {name: place for place, name in enumerate(metrics())}
    names = {name for one in data.maps for name in one.metrics}
    return sorted(names, key=lambda name: (order.get(name.partition(".")[0], len(order)), name))


def _rated_maps(rated: pd.DataFrame, data: AuditData) -> list[_RatedMap]:
    means = rated.groupby(["finding", "method"])["score"].mean()
    values = {(one.finding, one.method): one.metrics for one in data.maps}
    found = []
    for (number, method), mean in means.items():
        finding = data.protocol.findings[number - 1]
        known = values.get((finding.id, method), {})
        found.append(_RatedMap(finding.case_id, is_control(method), float(mean), known))
    return found


def _correlation(
    question: str, name: str, rated: Sequence[_RatedMap], with_controls: bool
) -> MetricCorrelation:
    maps = [one for one in rated if one.metrics.get(name) is not None and (with_controls or not one.control)]
    base, _, variant = name.partition(".")
    metric = metrics().get(base)
    direction = Direction.NONE if metric is None else metric.direction
    value, spread, reason = _figures(name, maps, -1.0 if direction is Direction.LOWER else 1.0)
    return MetricCorrelation(
        question=question,
        metric=name,
        label=name if metric is None else metric.heading(variant),
        oriented=direction is not Direction.NONE,
        with_controls=with_controls,
        maps=len(maps),
        cases=len({one.case for one in maps}),
        correlation=value,
        interval=spread,
        reason=reason,
    )


def _figures(
    name: str, maps: Sequence[_RatedMap], sign: float
) -> tuple[float | None, tuple[float, float] | None, str]:
    """Correlation, interval, and why there are none."""
    if len(maps) < LEAST_MAPS:
        return None, None, f"fewer than {LEAST_MAPS} maps"
    ratings = np.array([one.rating for one in maps])
    values = sign * np.array([one.metrics[name] for one in maps], dtype=np.float64)
    value, spread = rank_correlation(ratings, values, [one.case for one in maps])
    return (None, None, CONSTANT) if np.isnan(value) else (value, spread, "")

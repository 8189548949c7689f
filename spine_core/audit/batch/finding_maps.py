"""Explains and compares one finding by the methods of a plan: the rows of its maps and of its controls."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from spine_core.audit.batch.finding_reasons import finding_reasons
from spine_core.audit.batch.finding_work import FindingWork, failed_row, of_finding, why
from spine_core.audit.batch.types import MapResult, Status
from spine_core.audit.view import View
from spine_core.comparison.compare import CONTROL_MAPS, compare, control_maps
from spine_core.comparison.metrics.agreement.agreement import agreements
from spine_core.comparison.metrics.base import MetricResult
from spine_core.comparison.types import Comparison
from spine_core.explanation.base import Explanation
from spine_core.explanation.registry import REGISTRY, explain

CHANCE = "chance"
"""The variant of a metric of agreement that is its chance level."""

SECONDS = "seconds"
"""The metric that has a column of its own, since it differs between runs with equal results."""


def finding_maps(work: FindingWork) -> tuple[list[str], list[MapResult]]:
    """The keys of all rows, and the rows that were not known: one per method, per draw of a control, and per pair of
    methods of maps; those of reasons that are no maps come last.
    """
    keys = [work.key(method) for method in work.plan.maps]
    missing = [method for method, key in zip(work.plan.maps, keys, strict=True) if key not in work.known]
    made, rows = [], []
    for method in missing:
        reason = REGISTRY[method].why_unavailable(work.network)
        if reason:
            rows.append(failed_row(work, method, Status.UNAVAILABLE, reason))
            continue
        try:
            made.append(_explained(work, method))
        except Exception as error:  # one method's fault is a row of its own
            rows.append(failed_row(work, method, Status.FAILED, why(error)))
    # Controls are the same in every comparison of the finding.
    keys += [work.control_key(name, draw) for name, draw in CONTROL_MAPS]
    keys += [work.pair_key(*pair) for pair in _pairs(work)]
    reason_keys, reasons = finding_reasons(work)
    return [*keys, *reason_keys], [*rows, *_compared(work, made), *_agreements(work, made), *reasons]


def _explained(work: FindingWork, method: str) -> Explanation:
    settings = work.plan.settings_of(method)
    return explain(method, work.network, work.image, work.target, work.plan.seed, settings)


def _pairs(work: FindingWork) -> list[tuple[str, str]]:
    """In an order of their own: plans that name the methods in another order share the rows."""
    return list(combinations(sorted(work.plan.maps), 2))


def _agreements(work: FindingWork, made: Sequence[Explanation]) -> Iterator[MapResult]:
    """A row per pair that is not known. A map that was computed before, and is not at hand, is computed again."""
    maps = {one.method: one for one in made}
    for pair in _pairs(work):
        if work.pair_key(*pair) in work.known:
            continue
        try:
            both = [maps.get(one) or _known_map(work, one, maps) for one in pair]
            if None not in both:
                yield _agreement(work, *[one for one in both if one is not None])
        except Exception as error:  # as above
            yield replace(
                failed_row(work, pair[0], Status.FAILED, why(error)),
                key=work.pair_key(*pair), other=pair[1], settings={},
            )  # fmt: skip


def _known_map(work: FindingWork, method: str, maps: dict[str, Explanation]) -> Explanation | None:
    """None where the method failed, or does not apply to the network."""
    if work.key(method) not in work.known or REGISTRY[method].why_unavailable(work.network):
        return None
    maps[method] = _explained(work, method)
    return maps[method]


def _agreement(work: FindingWork, first: Explanation, second: Explanation) -> MapResult:
    # With random maps of its own: the values do not depend on which other pairs are computed.
    (found,) = agreements([first, second], np.random.default_rng(work.plan.seed))
    values: dict[str, float | None] = {one.metric.name: one.value for one in found.results}
    return MapResult(
        key=work.pair_key(first.method, second.method),
        method=first.method,
        other=second.method,
        control=False,
        draw=0,
        settings={},
        backend=first.backend,
        status=Status.DONE,
        metrics=values | {f"{one.metric.name}.{CHANCE}": one.chance for one in found.results},
        **of_finding(work),
    )


def _compared(work: FindingWork, made: Sequence[Explanation]) -> list[MapResult]:
    if not made:
        return []
    try:
        comparison = compare(made, work.network, work.image, work.plan.seed)
    except Exception as error:  # as above
        return [failed_row(work, one.method, Status.FAILED, why(error)) for one in made]
    rows = [_row(work, one, comparison) for one in made]
    return rows + list(_controls(work, comparison))


def _row(work: FindingWork, one: Explanation, comparison: Comparison) -> MapResult:
    outcomes = {verdict.method: verdict.outcome.value for verdict in comparison.verdicts}
    own = [found for found in comparison.results if found.method == one.method and not found.is_control]
    return MapResult(
        key=work.key(one.method),
        method=one.method,
        control=False,
        draw=0,
        settings=dict(one.settings),
        backend=one.backend,
        status=Status.DONE,
        outcome=outcomes.get(one.method, ""),
        metrics=_metrics(own),
        seconds=one.seconds,
        attribution=stored_map(one.attribution) if work.plan.keep_maps else None,
        view=View.of_image(work.image),
        **of_finding(work),
    )


def _controls(work: FindingWork, comparison: Comparison) -> Iterator[MapResult]:
    """A row per draw; the map itself of the first draw only, which readers may rate."""
    for made in control_maps(work.image, work.plan.seed):
        name, draw = made.method, made.draw
        own = [one for one in comparison.results if one.is_control and (one.method, one.draw) == (name, draw)]
        yield MapResult(
            key=work.control_key(name, draw),
            method=name,
            control=True,
            draw=draw,
            settings={},
            backend=str(comparison.settings["backend"]),
            status=Status.DONE,
            metrics=_metrics(own),
            attribution=stored_map(made.attribution) if work.plan.keep_maps and draw == 0 else None,
            view=View.of_image(work.image),
            **of_finding(work),
        )


def _metrics(results: Sequence[MetricResult]) -> dict[str, float | None]:
    """Values by metric and variant; pairs of methods have rows of their own."""
    return {
        f"{one.metric.name}.{one.variant}" if one.variant else one.metric.name: (
            None if one.value is None else float(one.value)
        )
        for one in results
        if not one.other and one.metric.name != SECONDS
    }


def stored_map(attribution: npt.NDArray[np.float32]) -> bytes:
    """A map (size, size) as a compressed NumPy file of float16, scaled to its peak; equal maps give equal bytes."""
    peak = float(np.abs(attribution).max()) or 1.0
    out = io.BytesIO()
    np.savez_compressed(out, attribution=(attribution / peak).astype(np.float16), peak=np.float64(peak))
    return out.getvalue()


def read_stored_map(data: bytes) -> npt.NDArray[np.float32]:
    """The map that ``stored_map`` wrote, float32 (size, size), within 1/2000 of its peak."""
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        scaled: npt.NDArray[np.float32] = found["attribution"].astype(np.float32)
        return scaled * np.float32(found["peak"])

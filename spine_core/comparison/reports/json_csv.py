"""A comparison as JSON and CSV; ``page`` makes it a page to be read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any

from spine_core import DISCLAIMER, __version__
from spine_core.comparison.cross_model import CrossModelAgreement
from spine_core.comparison.metrics.robustness.robustness import Robustness
from spine_core.comparison.reports.cross_model import networks_json
from spine_core.comparison.types import Agreement, Comparison, Curve, Faithfulness, RepeatTests
from spine_core.study.types import Study


def comparison_json(
    study: Study,
    found: Comparison,
    checks: RepeatTests | None = None,
    robust: Robustness | None = None,
    across: CrossModelAgreement | None = None,
) -> dict[str, Any]:
    """Everything of a comparison but the maps as plain values, with what is needed to repeat it."""
    target = found.target
    return {
        "disclaimer": DISCLAIMER,
        "spinelens": __version__,
        "study": {"sha256": study.sha256, "synthetic": study.synthetic},
        "model": asdict(found.model),
        "level": found.level,
        "target": {
            "condition": target.condition,
            "grade": target.grade,
            "kind": target.kind.value,
            "versus": target.contrast,
            "label": target.label(),
        },
        "answer": found.target_score,
        "hidden_answer": found.baseline_score,
        "summary": found.summary,
        "verdicts": [asdict(verdict) | {"outcome": verdict.outcome.value} for verdict in found.verdicts],
        "agreements": [asdict(agreement) for agreement in found.agreements],
        "place": None if found.finding_region is None else asdict(found.finding_region),
        "localisation": [asdict(one) for one in found.localisation],
        "control_localisation": [asdict(one) for one in found.control_localisation],
        "faithfulness": [_curves(one) for one in found.faithfulness],
        "controls": [_curves(one) for one in found.controls],
        "refilled": [_curves(one) for one in found.unused_baseline],
        "road": [{"method": one.method, "draw": one.draw, "curve": _curve(one.curve)} for one in found.road],
        "infidelity": [asdict(one) for one in found.infidelity],
        "complexity": [asdict(one) for one in found.sparseness],
        "costs": [asdict(one) for one in found.costs],
        "outside": [asdict(one) for one in found.relevance_outside],
        "outside_area": found.outside_fraction,
        "checks": None if checks is None else _checks(checks),
        "robustness": None if robust is None else _robust(robust),
        "across_networks": None if across is None else networks_json(across),
        "settings": dict(found.settings),
        "seed": found.seed,
        "seconds": found.seconds,
        "notes": list(found.notes),
    }


def _checks(checks: RepeatTests) -> dict[str, Any]:
    return {
        "stability": [asdict(one) | {"change": one.change.value} for one in checks.stability],
        "sanity": [
            {
                "method": one.method,
                "passed": one.passed,
                "chance": one.chance,
                "stages": [{"depth": stage.depth, "similarity": stage.similarity} for stage in one.stages],
            }
            for one in checks.sanity
        ],
        "controls": list(checks.controls),
        "seed": checks.seed,
    }


def _robust(found: Robustness) -> dict[str, Any]:
    return {
        "answer": asdict(found.answer),
        "altered": [asdict(one) | {"kind": one.kind.value} for one in found.altered],
        "moved": [
            asdict(one) | {"kind": one.kind.value, "same_answer_different_map": one.flagged}
            for one in found.moved
        ],
        "controls": list(found.controls),
        "seed": found.seed,
    }


def _curves(one: Faithfulness) -> dict[str, Any]:
    return {
        "method": one.method,
        "draw": one.draw,
        "deletion": _curve(one.deletion),
        "insertion": _curve(one.insertion),
    }


def _curve(curve: Curve) -> dict[str, Any]:
    return {
        "share": curve.fraction.tolist(),
        "log_odds": curve.log_odds.tolist(),
        "probability": curve.probability.tolist(),
        "log_odds_auc": curve.log_odds_auc,
        "probability_auc": curve.probability_auc,
    }


def comparison_csv(
    found: Comparison,
    checks: RepeatTests | None = None,
    robust: Robustness | None = None,
    across: CrossModelAgreement | None = None,
) -> str:
    """One line per figure of a map, controls included, or of a pair; the disclaimer stands on every line.

    Lines across networks name them and belong to no single model.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["level", "target", "what", "name", "figure", "value", "chance", "model", "version", "note"]
    )
    head = [found.level, found.target.label()]
    lines = chain(
        _faithful(found),
        _pairs("pair", "", found.agreements),
        _placed(found),
        _further(found),
        _repeated(checks),
        _altered(robust),
    )
    own = (found.model.name, found.model.version)
    for model, part in ((own, lines), (("", ""), _across(across))):
        for what, name, figure, value, chance in part:
            figures = (_number(value), _number(chance))
            writer.writerow([*head, what, name, figure, *figures, *model, DISCLAIMER])
    return out.getvalue()


Line = tuple[str, str, str, float | None, float | None]
"""What it is about, its name, the figure, its value and its chance level."""


def _faithful(found: Comparison) -> Iterator[Line]:
    other = f"filled with {found.settings.get('unused_fill')}"
    for words, curves in (
        ("", (*found.faithfulness, *found.controls)),
        (f", {other}", found.unused_baseline),
    ):
        for number, one in enumerate(curves):
            what, name = _who(found, number, one.method, one.draw)
            yield what, name, f"deletion area, log-odds{words}", one.deletion.log_odds_auc, None
            yield what, name, f"insertion area, log-odds{words}", one.insertion.log_odds_auc, None
    for number, removed in enumerate(found.road):
        what, name = _who(found, number, removed.method, removed.draw)
        yield what, name, "ROAD, mean log-odds", removed.curve.log_odds_auc, None
    for number, part in enumerate(found.infidelity):
        yield *_who(found, number, part.method, part.draw), "infidelity", part.value, None


def _who(found: Comparison, number: int, method: str, draw: int) -> tuple[str, str]:
    """Methods stand first, then the controls' draws."""
    return ("method", method) if number < len(found.methods) else ("control", f"{method} {draw}")


def _pairs(what: str, of: str, pairs: Sequence[Agreement]) -> Iterator[Line]:
    for pair in pairs:
        name = f"{of}{pair.first} with {pair.second}"
        yield what, name, "rank correlation", pair.rank_correlation, pair.chance_correlation
        yield what, name, "overlap of strongest tenth", pair.overlap, pair.chance_overlap
        yield what, name, "structural similarity", pair.similarity, pair.chance_similarity
        yield what, name, "agreement of signs", pair.sign_agreement, pair.chance_sign_agreement


def _across(found: CrossModelAgreement | None) -> Iterator[Line]:
    if found is None:
        return
    for network in found.networks:
        yield "network", network.name, "probability", found.probability(network), None
    for one in found.methods:
        yield from _pairs("pair of networks", f"{one.method}: ", one.agreements)


def _placed(found: Comparison) -> Iterator[Line]:
    for what, maps in (("method", found.localisation), ("control", found.control_localisation)):
        for one in maps:
            name = one.method if what == "method" else f"{one.method} {one.draw}"
            for structure, mass in one.mass.items():
                yield what, name, f"relevance in {structure}", mass, one.area[structure]
            if found.finding_region is not None:
                yield what, name, "relevance in the finding's place", one.inside, found.finding_region.area
                yield what, name, "strongest point in the finding's place", one.hit, found.finding_region.area
                yield what, name, "IoU at the best threshold", one.iou_best, None
                yield what, name, "IoU at a fifth of the peak", one.iou_fixed, None


def _further(found: Comparison) -> Iterator[Line]:
    for number, one in enumerate(found.sparseness):
        yield *_who(found, number, one.method, one.draw), "Gini", one.gini, None
    for number, one_outside in enumerate(found.relevance_outside):
        who = _who(found, number, one_outside.method, one_outside.draw)
        yield *who, "relevance outside the image", one_outside.fraction, found.outside_fraction
    for cost in found.costs:
        yield "method", cost.method, "seconds", cost.seconds, None
        yield "method", cost.method, "pictures asked", cost.network_calls, None


def _repeated(checks: RepeatTests | None) -> Iterator[Line]:
    if checks is None:
        return
    for steady in checks.stability:
        what = "control" if steady.method in checks.controls else "method"
        yield what, steady.method, f"rank correlation over {steady.change.value}", steady.mean, None
    for sane in checks.sanity:
        what = "control" if sane.method in checks.controls else "method"
        for stage in sane.stages:
            figure = f"rank correlation after shuffling {stage.depth:.0%} of the layers"
            yield what, sane.method, figure, stage.similarity, sane.chance


def _altered(found: Robustness | None) -> Iterator[Line]:
    if found is None:
        return
    yield "answer", "as it is", "probability", found.answer.probability, None
    for one in found.altered:
        yield "answer", one.kind.value, "probability", one.answer.probability, None
    for moved in found.moved:
        what = "control" if moved.method in found.controls else "method"
        yield what, moved.method, f"rank correlation after {moved.kind.value}", moved.similarity, moved.chance
        yield what, moved.method, f"same answer, different map after {moved.kind.value}", moved.flagged, None


def _number(value: float | None) -> str:
    return "" if value is None else f"{float(value):.6g}"

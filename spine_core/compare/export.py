"""A comparison as JSON and CSV; ``page`` makes it a page to be read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from spine_core import DISCLAIMER, __version__
from spine_core.compare.model import Checks, Comparison, Curve, Faithfulness
from spine_core.study.model import Study


def comparison_json(study: Study, found: Comparison, checks: Checks | None = None) -> dict[str, Any]:
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
            "versus": target.versus,
            "label": target.label(),
        },
        "answer": found.answer,
        "hidden_answer": found.hidden_answer,
        "summary": found.summary,
        "verdicts": [asdict(verdict) | {"outcome": verdict.outcome.value} for verdict in found.verdicts],
        "agreements": [asdict(agreement) for agreement in found.agreements],
        "localisation": [
            {"method": one.method, "mass": dict(one.mass), "area": dict(one.area)}
            for one in found.localisation
        ],
        "faithfulness": [_curves(one) for one in found.faithfulness],
        "controls": [_curves(one) for one in found.controls],
        "complexity": [asdict(one) for one in found.complexity],
        "costs": [asdict(one) for one in found.costs],
        "checks": None if checks is None else _checks(checks),
        "settings": dict(found.settings),
        "seed": found.seed,
        "seconds": found.seconds,
        "notes": list(found.notes),
    }


def _checks(checks: Checks) -> dict[str, Any]:
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


def _curves(one: Faithfulness) -> dict[str, Any]:
    return {
        "method": one.method,
        "draw": one.draw,
        "deletion": _curve(one.deletion),
        "insertion": _curve(one.insertion),
    }


def _curve(curve: Curve) -> dict[str, Any]:
    return {
        "share": curve.share.tolist(),
        "log_odds": curve.log_odds.tolist(),
        "probability": curve.probability.tolist(),
        "log_odds_auc": curve.log_odds_auc,
        "probability_auc": curve.probability_auc,
    }


def comparison_csv(found: Comparison, checks: Checks | None = None) -> str:
    """One line per figure of a map, controls included, or of a pair; the disclaimer stands on every line."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["level", "target", "what", "name", "figure", "value", "chance", "model", "version", "note"]
    )
    head = [found.level, found.target.label()]
    tail = [found.model.name, found.model.version, DISCLAIMER]
    for what, maps in (("method", found.faithfulness), ("control", found.controls)):
        for one in maps:
            name = one.method if what == "method" else f"{one.method} {one.draw}"
            for figure, curve in (("deletion", one.deletion), ("insertion", one.insertion)):
                writer.writerow(
                    [*head, what, name, f"{figure} area, log-odds", f"{curve.log_odds_auc:.6g}", "", *tail]
                )
    for pair in found.agreements:
        name = f"{pair.first} with {pair.second}"
        for figure, value, chance in (
            ("rank correlation", pair.rank_correlation, pair.chance_correlation),
            ("overlap of strongest tenth", pair.overlap, pair.chance_overlap),
        ):
            writer.writerow([*head, "pair", name, figure, _number(value), _number(chance), *tail])
    for place in found.localisation:
        for structure, mass in place.mass.items():
            figure = f"relevance in {structure}"
            writer.writerow(
                [*head, "method", place.method, figure, _number(mass), _number(place.area[structure]), *tail]
            )
    for what, name, figure, value, chance in _further(found, checks):
        writer.writerow([*head, what, name, figure, _number(value), _number(chance), *tail])
    return out.getvalue()


def _further(
    found: Comparison, checks: Checks | None
) -> Iterator[tuple[str, str, str, float | None, float | None]]:
    """What, name, figure, value and chance of complexity, cost, stability and sanity."""
    for number, one in enumerate(found.complexity):
        control = number >= len(found.methods)
        name = f"{one.method} {one.draw}" if control else one.method
        yield "control" if control else "method", name, "Gini", one.gini, None
    for cost in found.costs:
        yield "method", cost.method, "seconds", cost.seconds, None
        yield "method", cost.method, "pictures asked", cost.network_calls, None
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


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"

"""The results in words, by fixed rules. The thresholds are the values of the controls on the same image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from spine_core.comparison.metrics.agreement.agreement import Agreement
from spine_core.comparison.metrics.base import Metric, MetricResult, select
from spine_core.comparison.metrics.faithfulness.deletion_insertion import DELETION, INSERTION
from spine_core.comparison.metrics.robustness.robustness import Robustness
from spine_core.comparison.metrics.robustness.stability import Change
from spine_core.comparison.repeat_tests import RepeatTests
from spine_core.comparison.types import Outcome, Verdict
from spine_core.explanation.base import Explanation
from spine_core.explanation.perturbation.masked_scores import RESPONSE_FLOOR
from spine_core.explanation.registry import REGISTRY

RANDOM = ("random", "blurred_random")
"""Controls that depend on the seed."""


class Passed(NamedTuple):
    """Whether a map beats every control in deletion and in insertion, with one baseline."""

    deletion: bool
    insertion: bool


def verdicts(
    explanations: Sequence[Explanation],
    results: Sequence[MetricResult],
    benchmark_warnings: Mapping[str, str | None],
) -> tuple[Verdict, ...]:
    """A verdict per map, by fixed rules. The thresholds are the values of the controls on the same image.

    ``results``: deletion and insertion of maps and controls, with the baseline of the comparison and then with one that
    no method uses. ``benchmark_warnings``: by method, the warning of the benchmark on phantoms.
    """
    curves = [one for one in results if one.metric.name in (DELETION.name, INSERTION.name)]
    baselines = list(dict.fromkeys(one.variant for one in curves))
    response = _response([one for one in curves if one.variant == baselines[0]])
    return tuple(
        verdict(
            one,
            [_passed(curves, one.method, baseline) for baseline in baselines],
            response,
            len({(each.method, each.draw) for each in curves if each.is_control}),
            benchmark_warnings.get(one.method),
        )
        for one in explanations
    )


def verdict(
    explanation: Explanation,
    passed: Sequence[Passed],
    response: float,
    controls: int,
    benchmark_warning: str | None = None,
) -> Verdict:
    """The verdict on one map.

    ``passed``: with the baseline that the methods use, then with one that none of them uses; a map that passes only
    with the first depends on the baseline. ``response``: range of all scores of the first test, in log-odds; below
    ``RESPONSE_FLOOR`` nothing can be tested. ``controls``: number of control maps.
    """
    label, method = label_of(explanation.method), explanation.method
    if explanation.is_empty:
        return Verdict(method, Outcome.EMPTY, f"{label} found no evidence for this target.")
    if response < RESPONSE_FLOOR:
        text = (
            f"{label} cannot be tested here: masking parts of the image changes the score by {response:.2g} log-odds "
            "at most."
        )
        return Verdict(method, Outcome.UNTESTABLE, text)
    first, *others = passed
    outcome = _outcome(first, others)
    text = _sentence(label, first, outcome, controls)
    if benchmark_warning is not None and outcome is not Outcome.NO_BETTER:
        text = f"{text} Rely on it with care: {benchmark_warning}."
    return Verdict(method, outcome, text)


def _passed(curves: Sequence[MetricResult], method: str, baseline: str) -> Passed:
    def beats(metric: Metric) -> bool:
        same = select(curves, metric, variant=baseline)
        (own,) = (one.value for one in same if one.method == method and not one.is_control)
        controls = [one.value for one in same if one.is_control]
        return all(own is not None and value is not None and metric.better(own, value) for value in controls)

    return Passed(beats(DELETION), beats(INSERTION))


def _response(curves: Sequence[MetricResult]) -> float:
    """Range of all scores of the test, in log-odds."""
    return float(np.ptp([one.curve.log_odds for one in curves if one.curve is not None]))


def _outcome(first: Passed, others: Sequence[Passed]) -> Outcome:
    if not any(first):
        return Outcome.NO_BETTER
    if all(first) and all(all(one) for one in others):
        return Outcome.FAITHFUL
    return Outcome.PARTLY


def _sentence(label: str, first: Passed, outcome: Outcome, controls: int) -> str:
    if outcome is Outcome.NO_BETTER:
        return f"{label} is no better here than maps made without the network: do not take it for the reason."
    if all(first):
        degree = "faithful" if outcome is Outcome.FAITHFUL else "partly faithful"
        text = (
            f"{label} is {degree} here: masking what it marks lowers the score faster, and showing it restores the "
            f"score sooner, than any of {controls} control maps"
        )
        return (
            f"{text}."
            if outcome is Outcome.FAITHFUL
            else f"{text}; but not with a baseline that no method uses."
        )
    passed, failed = (
        (
            "masking what it marks lowers the score faster",
            "showing it alone does not restore the score sooner",
        )
        if first.deletion
        else ("showing what it marks restores the score sooner", "masking it does not lower the score faster")
    )
    return f"{label} is partly faithful here: {passed} than any of {controls} control maps, but {failed}."


def summary(verdicts: Sequence[Verdict], agreements: Sequence[Agreement]) -> str:
    """One or two sentences over all methods."""
    return " ".join(part for part in (_tested(verdicts), _agreed(agreements)) if part)


def _tested(verdicts: Sequence[Verdict]) -> str:
    if not verdicts:
        return ""
    if all(one.outcome is Outcome.UNTESTABLE for one in verdicts):
        return (
            "The network hardly responds to masking parts of this image, so none of the maps can be tested."
        )
    passed = [label_of(one.method) for one in verdicts if one.outcome is Outcome.FAITHFUL]
    if not passed:
        return "None of these maps beats the control maps in both tests: read them with caution."
    if len(passed) == len(verdicts):
        if len(passed) == 1:
            return f"{passed[0]} beats all control maps in both tests."
        return "All of these maps beat all control maps in both tests."
    return f"Of these maps, {listed(passed)} {'beat' if len(passed) > 1 else 'beats'} all control maps in both tests."


def _agreed(agreements: Sequence[Agreement]) -> str:
    known = [one for one in agreements if one.above_chance is not None]
    if not known:
        return ""
    alike = [one for one in known if one.above_chance]
    if len(known) == 1:
        names = f"{label_of(known[0].first)} and {label_of(known[0].second)}"
        return f"{names} agree {'more' if alike else 'no more'} than chance."
    if len(alike) == len(known):
        return "All pairs of methods agree more than chance."
    if not alike:
        return "No two methods agree more than chance on where the reason lies."
    pairs = [f"{label_of(one.first)} with {label_of(one.second)}" for one in alike]
    return f"Only {listed(pairs)} agree more than chance."


def warnings(checks: RepeatTests) -> tuple[str, ...]:
    """Warnings from the repeat tests, one sentence each.

    A map must be more stable over seeds than the random controls, and its similarity must drop to chance once all
    weights are randomised.
    """
    random = [
        one.mean
        for one in checks.stability
        if one.change is Change.SEED and one.mean is not None and one.method in RANDOM
    ]
    out = []
    for one in checks.stability:
        if one.method in checks.controls or one.change is not Change.SEED or one.mean is None:
            continue
        if random and one.mean <= max(random):
            out.append(
                f"{label_of(one.method)} is no more stable over seeds than a random map: do not rely on it here."
            )
    out += [
        f"{label_of(one.method)} keeps its map when all weights of the network are randomised: it shows the image "
        "rather than the reason."
        for one in checks.randomisation
        if one.method not in checks.controls and one.passed is False
    ]
    return tuple(out)


def shift_warnings(found: Robustness) -> tuple[str, ...]:
    """Maps that change where the grade does not, one sentence each; controls are left out.

    The threshold is the similarity of random patches to the original map.
    """
    out = []
    for method in dict.fromkeys(one.method for one in found.attribution_shifts):
        changes = [one.kind.value for one in found.attribution_shifts if one.method == method and one.flagged]
        if changes and method not in found.controls:
            out.append(
                f"Same grade, different map: after {listed(changes)}, the map of {label_of(method)} is no more "
                "similar to the original than random patches are."
            )
    return tuple(out)


def label_of(method: str) -> str:
    """The method's display name."""
    return REGISTRY[method].label if method in REGISTRY else method


def listed(words: Sequence[str]) -> str:
    """Words joined as in a sentence: a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

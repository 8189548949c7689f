"""The figures in words, by fixed rules whose thresholds are what the controls reached on the same picture."""

from __future__ import annotations

from collections.abc import Sequence

from spine_core.compare.model import Agreement, Change, Checks, Faithfulness, Outcome, Verdict
from spine_core.explain.masking import RESPONSE_FLOOR
from spine_core.explain.model import Explanation
from spine_core.explain.registry import REGISTRY

RANDOM = ("random", "blurred_random")
"""Controls that are drawn anew with every seed."""


def verdict(
    explanation: Explanation,
    curves: Faithfulness,
    controls: Sequence[Faithfulness],
    response: float,
) -> Verdict:
    """What to think of one map.

    A map passes deletion where its area (log-odds) is below that of every control map, and insertion where it is
    above every one. ``response``: range of all answers of the test, in log-odds; under ``RESPONSE_FLOOR`` nothing
    can be tested.
    """
    label = label_of(explanation.method)
    if explanation.zero:
        return Verdict(
            explanation.method, Outcome.EMPTY, f"{label} found nothing that speaks for this answer."
        )
    if response < RESPONSE_FLOOR:
        text = (
            f"{label} cannot be tested here: hiding parts of the picture changes the answer by {response:.2g} "
            "log-odds at most."
        )
        return Verdict(explanation.method, Outcome.UNTESTABLE, text)
    hides = curves.deletion.log_odds_auc < min(one.deletion.log_odds_auc for one in controls)
    restores = curves.insertion.log_odds_auc > max(one.insertion.log_odds_auc for one in controls)
    count = len(controls)
    if hides and restores:
        text = (
            f"{label} is faithful here: hiding what it marks lowers the answer faster, and showing it restores the "
            f"answer sooner, than any of {count} control maps."
        )
        return Verdict(explanation.method, Outcome.FAITHFUL, text)
    if hides or restores:
        passed, failed = (
            (
                "hiding what it marks lowers the answer faster",
                "showing it alone does not restore the answer sooner",
            )
            if hides
            else (
                "showing what it marks restores the answer sooner",
                "hiding it does not lower the answer faster",
            )
        )
        text = f"{label} is partly faithful here: {passed} than any of {count} control maps, but {failed}."
        return Verdict(explanation.method, Outcome.PARTLY, text)
    text = f"{label} does no better here than maps made without looking at the network: do not take it for the reason."
    return Verdict(explanation.method, Outcome.NO_BETTER, text)


def summary(verdicts: Sequence[Verdict], agreements: Sequence[Agreement]) -> str:
    """One or two sentences over all methods."""
    return " ".join(part for part in (_tested(verdicts), _agreed(agreements)) if part)


def _tested(verdicts: Sequence[Verdict]) -> str:
    if not verdicts:
        return ""
    if all(one.outcome is Outcome.UNTESTABLE for one in verdicts):
        return "The network hardly responds to what is hidden in this picture, so none of the maps can be tested."
    passed = [label_of(one.method) for one in verdicts if one.outcome is Outcome.FAITHFUL]
    if not passed:
        return "None of these maps beats the control maps in both tests: read them with caution."
    if len(passed) == len(verdicts):
        if len(passed) == 1:
            return f"{passed[0]} beats all control maps in both tests."
        return "All of these maps beat all control maps in both tests."
    return f"Of these maps, {_listed(passed)} {'beat' if len(passed) > 1 else 'beats'} all control maps in both tests."


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
    return f"More than chance agree only {_listed(pairs)}."


def warnings(checks: Checks) -> tuple[str, ...]:
    """What speaks against a method after repeating and scrambling, one sentence each.

    A map must repeat over seeds better than the random controls, and must be gone, down to chance, once all weights
    are shuffled.
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
                f"{label_of(one.method)} repeats no better over seeds than a random map: do not rely on it here."
            )
    out += [
        f"{label_of(one.method)} keeps its map when the network has forgotten all it learnt: it shows the picture "
        "rather than the reason."
        for one in checks.sanity
        if one.method not in checks.controls and one.passed is False
    ]
    return tuple(out)


def label_of(method: str) -> str:
    """The method's name for the screen."""
    return REGISTRY[method].label if method in REGISTRY else method


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

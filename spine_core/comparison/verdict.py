"""The figures in words, by fixed rules whose thresholds are what the controls reached on the same picture."""

from __future__ import annotations

from collections.abc import Sequence

from spine_core.comparison.metrics.robustness.robustness import Robustness
from spine_core.comparison.types import Agreement, Change, Faithfulness, Outcome, RepeatTests, Verdict
from spine_core.explanation.base import Explanation
from spine_core.explanation.perturbation.masked_scores import RESPONSE_FLOOR
from spine_core.explanation.registry import REGISTRY

RANDOM = ("random", "blurred_random")
"""Controls that are drawn anew with every seed."""


Test = tuple[Faithfulness, Sequence[Faithfulness]]
"""Curves of a map, and those of the controls, with one fill."""


def verdict(
    explanation: Explanation, tests: Sequence[Test], response: float, doubt: str | None = None
) -> Verdict:
    """What to think of one map.

    ``tests``: with the fill that the methods use, then with one that none of them uses. A map passes deletion where
    its area (log-odds) is below that of every control map, and insertion where it is above every one; what it passes
    with the first fill alone it owes to the fill. ``response``: range of all answers of the first test, in log-odds;
    under ``RESPONSE_FLOOR`` nothing can be tested. ``doubt``: what the benchmark says against the method, if anything.
    """
    label = label_of(explanation.method)
    if explanation.is_empty:
        return Verdict(
            explanation.method, Outcome.EMPTY, f"{label} found nothing that speaks for this answer."
        )
    if response < RESPONSE_FLOOR:
        text = (
            f"{label} cannot be tested here: hiding parts of the picture changes the answer by {response:.2g} "
            "log-odds at most."
        )
        return Verdict(explanation.method, Outcome.UNTESTABLE, text)
    (hides, restores), *others = [_passed(*test) for test in tests]
    outcome, text = _words(label, hides, restores, len(tests[0][1]))
    if outcome is Outcome.FAITHFUL and any(passed != (True, True) for passed in others):
        outcome = Outcome.PARTLY
        text = text.replace("is faithful", "is partly faithful").removesuffix(".") + (
            "; but not where hidden parts are filled in a way that no method uses itself."
        )
    if doubt is not None and outcome is not Outcome.NO_BETTER:
        text = f"{text} Rely on it with care: {doubt}."
    return Verdict(explanation.method, outcome, text)


def _passed(curves: Faithfulness, controls: Sequence[Faithfulness]) -> tuple[bool, bool]:
    """Whether deletion and insertion beat every control."""
    return (
        curves.deletion.log_odds_auc < min(one.deletion.log_odds_auc for one in controls),
        curves.insertion.log_odds_auc > max(one.insertion.log_odds_auc for one in controls),
    )


def _words(label: str, hides: bool, restores: bool, count: int) -> tuple[Outcome, str]:
    if hides and restores:
        text = (
            f"{label} is faithful here: hiding what it marks lowers the answer faster, and showing it restores the "
            f"answer sooner, than any of {count} control maps."
        )
        return Outcome.FAITHFUL, text
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
        return Outcome.PARTLY, text
    text = f"{label} does no better here than maps made without looking at the network: do not take it for the reason."
    return Outcome.NO_BETTER, text


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
    return f"More than chance agree only {listed(pairs)}."


def warnings(checks: RepeatTests) -> tuple[str, ...]:
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


def shift_warnings(found: Robustness) -> tuple[str, ...]:
    """Which maps do not outlast a change that the answer outlasts, one sentence each; controls are left out.

    The bar is what random patches reach: such a map is no more like it was than they are.
    """
    out = []
    for method in dict.fromkeys(one.method for one in found.moved):
        changes = [one.kind.value for one in found.moved if one.method == method and one.flagged]
        if changes and method not in found.controls:
            out.append(
                f"Same answer, different map: after {listed(changes)}, {label_of(method)} is no more like its first "
                "map than random patches are, though the grade stays."
            )
    return tuple(out)


def label_of(method: str) -> str:
    """The method's name for the screen."""
    return REGISTRY[method].label if method in REGISTRY else method


def listed(words: Sequence[str]) -> str:
    """Words one after the other as in a sentence: a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

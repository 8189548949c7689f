"""Which slice and which weighting decided, in sentences."""

from __future__ import annotations

from scipy.special import expit

from spine_core.explanation.inputs.deletion import Support
from spine_core.explanation.inputs.types import InputExplanation, SliceScore, WeightingScore

SLICES_CONFIRMED = {
    Support.CONFIRMED: "Deletion confirms this order: averaging the slices and removing them in the order of their "
    "scores lowers the score faster than at least 95 % of all orders.",
    Support.NOT_CONFIRMED: "Deletion does not confirm this order: averaging the slices and removing them in the order "
    "of their scores lowers the score no faster than many other orders. Do not rank the slices by these bars.",
    Support.NOT_TESTABLE: "There is no other slice to compare with.",
}
WEIGHTINGS_CONFIRMED = {
    Support.CONFIRMED: "Deletion confirms this order: blurring the weightings one after the other in this order lowers "
    "the score faster than any other order.",
    Support.NOT_CONFIRMED: "Deletion does not confirm this order: blurring the weightings in another order lowers the "
    "score as fast.",
    Support.NOT_TESTABLE: "There is no other weighting to compare with.",
}
NEGLIGIBLE = 0.05
"""Log-odds."""


def slice_name(one: SliceScore) -> str:
    """Where a slice lies, such as "8 mm left"."""
    if one.step == 0:
        return "graded slice"
    if one.offset_mm is None or one.side is None:
        return f"{abs(one.step)} {'before' if one.step < 0 else 'after'}"
    return f"{one.offset_mm:.0f} mm {one.side.value}"


def slices_sentence(found: InputExplanation) -> str:
    """Whether the neighbouring slices lead to the same answer."""
    others = [one for one in found.slices if one.step]
    if not others:
        return "The series has this one slice only."
    target, agreeing = found.target.short_label(), len(found.agreeing_slices)
    side = "more likely than not" if found.log_odds > 0 else "less likely than not"
    top = max(found.slices, key=lambda one: one.log_odds)
    where = "on the graded slice" if top.step == 0 else f"{slice_name(top)} of the graded slice"
    if top.offset_mm is None and top.step:
        where = f"{slice_name(top)} the graded slice"
    return (
        f"On the graded slice, {target} is {side} ({expit(found.log_odds):.0%}); so it is on {agreeing} of "
        f"{len(others)} neighbouring slices. The score is highest {where}."
    )


def weighting_sentence(one: WeightingScore, found: InputExplanation) -> str:
    """What one weighting adds."""
    name = one.weighting.upper()
    if len(found.weightings) == 1:
        return f"{name} is the only weighting of this input."
    if abs(one.contribution) < NEGLIGIBLE:
        return f"{name} hardly changes the score."
    verb = "speaks for" if one.contribution > 0 else "speaks against"
    without = expit(one.without)
    return f"{name} {verb} {found.target.short_label()}; without it the probability is {without:.0%}."

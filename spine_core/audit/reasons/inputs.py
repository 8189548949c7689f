"""Slices and sequences as a reason: what the network reports with other slices and without a weighting."""

from __future__ import annotations

from spine_core.audit.reasons.base import GradedDisc, Reason
from spine_core.audit.reasons.content import Bar, Chart, ReasonContent
from spine_core.explanation.inputs.explain import explain_inputs
from spine_core.explanation.inputs.types import InputExplanation
from spine_core.explanation.inputs.words import slice_name, slices_sentence, weighting_sentence

NOTE = (
    "The network was asked with other slices, and without a sequence. The crop stays at the disc's place on every "
    "slice, where the anatomy may differ."
)


class Inputs(Reason):
    """Scores by slice and by weighting (``explanation.inputs``). Of a random-weights twin it is a control."""

    name = "inputs"
    label = "Slices and sequences"
    of_any_network = True

    def make(self, disc: GradedDisc) -> ReasonContent:
        """Bars by slice and, where there are several, by weighting."""
        return _content(explain_inputs(disc.network, disc.image, disc.target, disc.study))


def _content(found: InputExplanation) -> ReasonContent:
    target = found.target.short_label()
    slices = Chart(
        "Which slice?",
        f"Log-odds of {target}; dotted: graded slice",
        tuple(Bar(slice_name(one), one.log_odds) for one in found.slices),
        found.log_odds,
    )
    weightings = Chart(
        "Which sequence?",
        f"What each sequence adds to the log-odds of {target}",
        tuple(Bar(one.weighting.upper(), one.contribution) for one in found.weightings),
    )
    return ReasonContent(
        (slices_sentence(found), *(weighting_sentence(one, found) for one in found.weightings)),
        (slices, *([weightings] if len(found.weightings) > 1 else [])),
        note=NOTE,
    )

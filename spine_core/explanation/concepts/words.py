"""What the measurements say, in sentences."""

from __future__ import annotations

from spine_core.explanation.concepts.agreement import Agreement
from spine_core.explanation.concepts.explain import Answer, Contribution, MeasurementExplanation
from spine_core.networks.conditions import BY_NAME, Scale

NEGLIGIBLE = 0.05
"""Log-odds; less moves a probability of 50 % by about one percent."""

WHY_NOT = {
    Answer.NOT_INFORMATIVE: "On patients left out of the fit, these measurements were not shown to say more about "
    "{condition} than the level of the disc alone, so they explain nothing here.",
    Answer.NOT_MEASURED: "Nothing could be measured at {level}: the segmentation shows no disc there.",
    Answer.NOT_MODELLED: "The measurements have no answer to this question about {condition}.",
    Answer.NOT_ON_T2: "The model of measurements was fitted on T2, and this disc was measured on another sequence.",
    Answer.OTHER_NETWORKS: "The model of measurements was fitted on the outlines of other networks than those that "
    "read this study, so it is not used.",
}

AGREEMENT = {
    Agreement.AGREES: "The measurements agree with the network.",
    Agreement.ADJACENT: "The measurements and the network are one grade apart, as two readers often are.",
    Agreement.OPEN: "The measurements lead to another grade than the network's, but not clearly.",
    Agreement.CONFLICTS: "**The measurements contradict the network.** One of the two is wrong, or the network sees "
    "what these measurements do not: check the outlines and the image.",
    Agreement.UNKNOWN: "There is nothing to compare.",
}


def why_not(found: MeasurementExplanation) -> str:
    """Why there is no explanation, in a sentence; empty where there is one."""
    label = found.target.definition.label
    return WHY_NOT.get(found.answer, "").format(
        condition=label[0].lower() + label[1:] if not label.startswith(("Pfirrmann", "Modic")) else label,
        level=found.level,
    )


def step_words(found: MeasurementExplanation) -> str:
    """What positive contributions speak for, such as "grade IV or above"."""
    assert found.step is not None
    condition = BY_NAME[found.target.condition]
    word = condition.grade_labels[condition.grades.index(found.step.grade)]
    if condition.scale is Scale.BINARY:
        return "presence" if found.step.sign > 0 else "absence"
    if condition.scale is Scale.CATEGORICAL:
        return "any change" if found.step.sign > 0 else "no change"
    if found.step.sign > 0:
        return f"grade {word}" + ("" if found.step.grade == condition.grades[-1] else " or above")
    return f"a grade below {word}"


def number(one: Contribution) -> str:
    """The value with its unit and its error, such as "5.2 mm ± 0.8"."""
    if one.value is None:
        return "not measured"
    digits = 1 if one.unit == "mm" else one.concept.digits
    unit = "" if not one.unit else f" {one.unit}"
    error = "" if one.error is None else f" ± {one.error:.{digits}f}"
    # Without a minus before zero.
    return f"{round(one.value, digits) + 0.0:.{digits}f}{error}{unit}"


def rank(one: Contribution, level: str) -> str:
    """Where the value lies among the cohort's discs of the level."""
    if one.percentile is None:
        return ""
    if one.percentile >= 50:
        return f"{one.concept.high} than {min(one.percentile, 99):.0f} % of the discs at {level}"
    return f"{one.concept.low} than {min(100 - one.percentile, 99):.0f} % of the discs at {level}"


def sentence(one: Contribution, found: MeasurementExplanation) -> str:
    """One measurement in a sentence."""
    toward = step_words(found)
    if one.value is None:
        if abs(one.log_odds) < NEGLIGIBLE:
            return f"{one.concept.label} was not measured."
        likelier = "more" if one.log_odds > 0 else "less"
        return f"{one.concept.label} could not be measured: for such discs {toward} is {likelier} likely."
    where = rank(one, found.level)
    start = f"{one.concept.label} {number(one)}" + (f", {where}" if where else "")
    if one.says_nothing:
        return f"{start}: the training data leave open which way this speaks."
    if abs(one.log_odds) < NEGLIGIBLE:
        return f"{start}: hardly changes anything."
    open_sign = one.margin is not None and one.margin >= abs(one.log_odds)
    end = ", but within the measurement's own error it could also be the other way round" if open_sign else ""
    return f"{start}: speaks {'for' if one.log_odds > 0 else 'against'} {toward}{end}."

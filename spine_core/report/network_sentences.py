"""What the networks and the measurements say of one level, in sentences.

Terms follow the lumbar disc nomenclature 2.0 (Fardon 2014, doi:10.1016/j.spinee.2014.04.022) as far as the graded
conditions allow: bulging and herniation are told apart, the type, zone and side of a herniation are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from spine_core.anatomy.measurements import Measurements
from spine_core.grading.consistency import contradictions
from spine_core.grading.types import Finding
from spine_core.networks.conditions import Condition
from spine_core.report.phrases import Phrases, released
from spine_core.report.types import Author, Evidence, Sentence

ABSENT, BOTH, LIMITS, MEASURED = "absent", "both", "limits", "measured"
"""Keys of sentences that are not of one condition."""

LEAST_SLIP = 2.0
"""Percent of the endplate. Less is under a pixel of most images."""

DIGITS = {"disc_height_index": 2, "signal_ratio": 2, "slip_percent": 0}
"""Decimals of measurements; lengths have one."""

ORDER = (
    "slip_percent", "disc_height", "disc_height_index", "signal_ratio", "bulge_depth", "canal_diameter",
)  # fmt: skip


def uncertain(finding: Finding) -> bool:
    """Whether several grades are not excluded, or the members of the ensemble disagree."""
    return finding.uncertain or finding.members_disagree


def grade_label(condition: Condition, grade: str) -> str:
    """The label of a grade as the network has it."""
    return condition.grade_labels[condition.grades.index(grade)]


def is_first(finding: Finding) -> bool:
    """Whether the grade is the condition's lowest, which says that nothing is there."""
    return finding.grade == finding.definition.grades[0]


def network_sentences(findings: Sequence[Finding], words: Phrases) -> Iterator[Sentence]:
    """A sentence for every graded finding of one level; the certain and absent ones share one."""
    graded = [one for one in findings if one.grade is not None]
    shared = _shared_limits(graded)
    absent = []
    for found in graded:
        own = [part for part in found.reason.split("; ") if part not in shared]
        one = replace(found, reason="; ".join(own))
        plain = is_first(one) and not uncertain(one) and not one.reason
        if plain and one.condition != "pfirrmann":
            absent.append(one)
        else:
            yield _sentence(one, words)
    if absent:
        names = ", ".join(words.label(one.definition) for one in absent)
        yield Sentence(
            ABSENT, words("network.absent", conditions=names), Author.NETWORK,
            evidence=tuple(Evidence(one.level, one.condition) for one in absent),
        )  # fmt: skip
    if shared:
        text = words("network.limits", reason=words.core("; ".join(shared)))
        yield Sentence(LIMITS, text, Author.NETWORK, evidence=(Evidence(graded[0].level),))
    yield from _checks(findings, words)


def _shared_limits(graded: Sequence[Finding]) -> list[str]:
    """Limits of every grade of the level, such as a crop beyond the image's edge: they are said once."""
    parts = [one.reason.split("; ") for one in graded if one.reason]
    if len(graded) < 2 or len(parts) < len(graded):
        return []
    return [part for part in parts[0] if all(part in others for others in parts[1:])]


def _sentence(finding: Finding, words: Phrases) -> Sentence:
    parts = [_graded(finding, words)]
    note = f"note.{finding.condition}"
    if released(finding.definition) and note in words.texts and not is_first(finding):
        parts.append(words(note))
    if finding.reason:
        parts.append(words("network.limit", reason=words.core(finding.reason)))
    return Sentence(
        finding.condition, " ".join(parts), Author.NETWORK, uncertain(finding),
        (Evidence(finding.level, finding.condition),),
    )  # fmt: skip


def _graded(finding: Finding, words: Phrases) -> str:
    assert finding.grade is not None
    if uncertain(finding):
        return _doubted(finding, finding.grade, words)
    condition = finding.definition
    own = released(condition) and not (is_first(finding) and condition.name != "pfirrmann")
    label = words.label(condition)
    return words(
        f"present.{condition.name if own else 'other'}",
        label=label[:1].upper() + label[1:],
        grade=words.grade(grade_label(condition, finding.grade)),
        probability=words.percent(finding.probabilities[finding.grade]),
    )


def _doubted(finding: Finding, grade: str, words: Phrases) -> str:
    """An uncertain grade with the others that are not excluded; of two grades, in words of presence."""
    condition = finding.definition
    others = [words.grade(grade_label(condition, one)) for one in finding.prediction_set if one != grade]
    shown, key = grade, "uncertain" if others else "sole"
    if others and condition.grade_labels == ("absent", "present"):
        shown, key = condition.grades[1], "possible" if is_first(finding) else "likely"
    return words(
        f"network.{key}",
        label=words.label(condition),
        grade=words.grade(grade_label(condition, shown)),
        probability=words.percent(finding.probabilities[shown]),
        others=words.either(others),
        disagree=words("network.disagree") if finding.members_disagree else "",
    )


def _checks(findings: Sequence[Finding], words: Phrases) -> Iterator[Sentence]:
    """Bulging and herniation at once, and findings that exclude each other."""
    present = {one.condition for one in findings if one.grade == "1" and released(one.definition)}
    if {"bulging", "herniation"} <= present:
        yield _check(findings[0].level, BOTH, ("bulging", "herniation"), words("network.both"))
    for number, clash in enumerate(contradictions(findings)):
        text = words("network.contradiction", reason=words.core(clash.words))
        yield _check(clash.level, f"contradiction-{number}", clash.conditions, text)


def _check(level: str, key: str, conditions: Iterable[str], text: str) -> Sentence:
    evidence = tuple(Evidence(level, one) for one in conditions)
    return Sentence(key, text, Author.NETWORK, uncertain=True, evidence=evidence)


def measured_sentence(
    level: str, found: Measurements, words: Phrases, readers: Sequence[str] = ()
) -> Sentence | None:
    """What was measured on the segmentation, None where nothing was. ``readers``: who edited its outlines."""
    known = {name: value for name in ORDER if (value := getattr(found, name)) is not None}
    if not known:
        return None
    values = ", ".join(_measured(name, value, found.unit, words) for name, value in known.items())
    text = (
        words("measured.edited", values=values, readers=", ".join(readers))
        if readers
        else words("measured.sentence", values=values)
    )
    return Sentence(
        MEASURED, text, Author.MEASUREMENT,
        evidence=tuple(Evidence(level, measurement=name) for name in known),
    )  # fmt: skip


def _measured(name: str, value: float, unit: str, words: Phrases) -> str:
    if name == "slip_percent" and abs(value) < LEAST_SLIP:
        return words("measured.no_slip")
    if name == "slip_percent" and value < 0:
        name, value = "slip_back", -value
    digits = 0 if name == "slip_back" else DIGITS.get(name, 1)
    # Inter-disc distances are below 1: one decimal would hide differences.
    if unit != "mm" and name not in DIGITS and name != "slip_back":
        digits = 2
    shown = words("measured.mm" if unit == "mm" else "measured.relative")
    return words(f"measured.{name}", value=words.number(value, digits), unit=shown)

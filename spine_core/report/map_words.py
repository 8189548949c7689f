"""Key images and their maps in words: captions, and the part of the methods appendix."""

from __future__ import annotations

import math
from typing import Any

from spine_core.report.phrases import Phrases
from spine_core.report.types import KeyImage, MapFacts

OUTCOMES = {
    "faithful": "faithful",
    "partly": "partly",
    "no better than controls": "no_better",
    "empty": "empty",
    "untestable": "untestable",
    "": "not_tested",
}
"""Keys of the sentences on the test against controls, by the value of ``comparison.types.Outcome``."""


def target_words(facts: MapFacts, words: Phrases) -> str:
    """What the map explains, such as "Pfirrmann grade: IV"."""
    label = words.label_of(facts.condition, facts.condition_label)
    return words(
        f"target.{facts.target}",
        condition=label[:1].upper() + label[1:],
        grade=words.grade(facts.grade_label),
        contrast=words.grade(facts.contrast_label),
    )


def image_view(image: KeyImage, words: Phrases) -> dict[str, Any]:
    """Caption, colour scale and warning of a key image, with its pictures as PNG."""
    place = {"weighting": image.weighting, "number": image.slice_number, "count": image.slices}
    caption = words("image.slice" if image.level else "image.plain", level=image.level, **place)
    lines = [image.note] if image.note else []
    facts = image.facts
    if facts is not None:
        opacity = words.percent(image.opacity)
        lines.append(
            words("image.map", method=facts.label, target=target_words(facts, words), opacity=opacity)
        )
        lines.append(words("image.empty" if facts.is_empty else "image.scale"))
        if facts.signed and not facts.is_empty:
            lines.append(words("image.signed"))
        lines.append(outcome_words(facts, words))
    return {
        "png": image.png,
        "bar": image.bar,
        "low": words.number(image.low, _decimals(image.high)),
        "high": words.number(image.high, _decimals(image.high)),
        "caption": caption,
        "lines": lines,
        "warning": words("document.explanation") if facts is not None else "",
    }


def _decimals(peak: float) -> int:
    """So many that the peak has two significant digits: relevance in probabilities is often below 0.01."""
    return 2 if peak == 0 else max(0, 1 - math.floor(math.log10(abs(peak))))


def outcome_words(facts: MapFacts, words: Phrases) -> str:
    """The test against controls in a sentence."""
    return words(f"outcome.{OUTCOMES[facts.outcome]}")


def _local(value: str, words: Phrases) -> str:
    """A formatted value or range, such as "-0.55 to 2.92", in the language of the report."""
    return value.replace(".", words("words.decimal")).replace(" to ", f" {words('words.to')} ")


def map_lines(image: KeyImage, number: int, words: Phrases) -> tuple[str, list[str]]:
    """Heading and lines of a map in the methods appendix."""
    facts = image.facts
    assert facts is not None
    settings = ", ".join(f"{name} {value}" for name, value in facts.settings.items()) or words("words.none")
    lines = [
        words(
            "methods.target", target=target_words(facts, words), level=image.level,
            name=facts.network.name, sha256=facts.network.sha256,
        ),
        words("methods.settings", settings=settings, seed=facts.seed),
    ]  # fmt: skip
    lines += [
        words(
            "methods.test", metric=one.metric, better=words(f"methods.{one.better}"),
            value=_local(one.value, words), controls=_local(one.controls, words),
        )
        for one in facts.tests
    ]  # fmt: skip
    lines.append(outcome_words(facts, words))
    return words("methods.map", number=number, method=facts.label), lines

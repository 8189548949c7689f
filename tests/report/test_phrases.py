from __future__ import annotations

import re
from dataclasses import replace

import pytest

from spine_core.grading.consistency import contradictions
from spine_core.grading.findings import OUT_OF_DISTRIBUTION, findings_of, outside_sentence
from spine_core.grading.types import PositionWarning
from spine_core.networks.conditions import BY_NAME, CONDITIONS
from spine_core.report.phrases import LANGUAGES, phrases, placeholders
from tests.pages import fakes
from tests.report.making import finding, level

EN, DE = phrases("en"), phrases("de")


def test_all_languages_have_the_same_keys_and_placeholders():
    for language in LANGUAGES:
        other = phrases(language).texts
        assert set(other) == set(EN.texts)
        assert {key: placeholders(text) for key, text in other.items()} == {
            key: placeholders(text) for key, text in EN.texts.items()
        }


def test_german_leaves_no_english_sentence():
    for key, text in DE.texts.items():
        assert not re.search(r"\b(the|is|of|not|and|suggested)\b", text), key


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="en, de"):
        phrases("fr")


@pytest.mark.parametrize(
    ("probability", "english"),
    [(0.0, "1 %"), (0.004, "1 %"), (0.5, "50 %"), (0.994, "99 %"), (0.995, "> 99 %"), (1.0, "> 99 %")],
)
def test_a_probability_is_never_shown_as_certain(probability, english):
    assert EN.percent(probability).replace("\N{NO-BREAK SPACE}", " ") == english


def test_numbers_have_the_decimal_sign_of_the_language():
    assert (EN.number(10.84, 1), DE.number(10.84, 1)) == ("10.8", "10,8")


def test_alternatives_are_joined_as_in_a_sentence():
    assert EN.either([]) == ""
    assert EN.either(["I"]) == "I"
    assert DE.either(["I", "II", "III"]) == "I, II oder III"


def core_sentences() -> list[str]:
    """Every sentence that grading puts into a reading, made by grading itself where it can be."""
    said = [OUT_OF_DISTRIBUTION, outside_sentence(0.12), *(one.value for one in PositionWarning)]
    image = fakes.reading().images["L4/L5"]
    for weighting in ("t1", "t2"):
        channels = tuple(one if one and one.weighting != weighting else None for one in image.channels)
        findings = findings_of(fakes.bundle(), {image.level: replace(image, channels=channels)})
        said += [one.reason for one in findings if one.reason]
    grades = (
        {"pfirrmann": "5"}, {"pfirrmann": "1", "narrowing": "1"}, {"pfirrmann": "1", "ddd": "1"},
        {"canal_stenosis": "1"},
    )  # fmt: skip
    for one in grades:
        clashes = contradictions(level("L4/L5", *(finding("L4/L5", c, g, 0.9) for c, g in one.items())))
        said += [clash.words for clash in clashes]
    return said


def test_every_sentence_of_the_library_is_known_and_translated():
    said = core_sentences()
    assert len(set(said)) >= 11
    for sentence in said:
        assert EN.core(sentence) == sentence
        assert DE.core(sentence) != sentence
        assert not re.search(r"\b(the|is|this)\b", DE.core(sentence))


def test_reasons_keep_their_values_in_translation():
    assert DE.core("needs sagittal T1 and T2 at this level, which the study lacks") == (
        "benötigt T1 und T2 sagittal auf dieser Höhe, was in der Untersuchung fehlt"
    )
    assert DE.core(outside_sentence(0.12)).startswith("12 % der Eingabe")


def test_an_unknown_sentence_stays_as_it_is():
    assert DE.core("something else; and more") == "something else; and more"


def test_conditions_of_other_networks_keep_their_own_words():
    own = replace(BY_NAME["herniation"], label="Hernia of ours")
    assert DE.label(own) == "Hernia of ours"
    assert DE.label_of("herniation", "Hernia of ours") == "Hernia of ours"
    assert DE.label_of("herniation", BY_NAME["herniation"].label) == "Bandscheibenherniation"
    assert DE.grade("moderate") == "mäßig"
    assert DE.grade("class 7") == "class 7"


def test_every_released_condition_has_a_name_and_a_phrase():
    for one in CONDITIONS:
        assert {f"name.{one.name}", f"present.{one.name}"} <= set(EN.texts)

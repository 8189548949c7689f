from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace

import pytest

from spine_core.audit.analysis.exports.codebook import RATINGS_CODEBOOK
from spine_core.audit.analysis.exports.long_csv import ratings_csv
from spine_core.audit.choices.data import Choice, ChoiceData
from spine_core.audit.choices.exports import CHOICES_CODEBOOK, choices_zip
from spine_core.audit.choices.log import NONE_OF_THEM, blinded_order
from spine_core.audit.choices.results import choice_results
from spine_core.audit.choices.table import CHOICE_COLUMNS, choices_table
from spine_core.audit.choices.words import agreement_words, choices_by_method

METHODS = ("lime", "grad_cam", "control edges")


def choice(rater: int, number: int, chosen: str, **changes) -> Choice:
    made = Choice(
        rater=rater, sheet=number - 1, number=number, case=f"case{number}", level="L4/L5", condition="pfirrmann",
        order=METHODS, chosen=chosen, grade="4", reference="3", own_grade="3", repeat=False,
        released_sha256="c" * 64, seed="b" * 32, time="2026-01-02T03:04:05+00:00",
    )  # fmt: skip
    return replace(made, **changes)


def data(choices) -> ChoiceData:
    return ChoiceData("a" * 32, "0" * 64, (), tuple(choices), "")


def enough() -> list[Choice]:
    """Ten choices of two learners on five findings: fifteen maps that both were shown."""
    first = ("lime", "lime", "lime", "lime", NONE_OF_THEM)
    second = ("lime", "lime", "lime", "grad_cam", "control edges")
    return [
        choice(rater, number, chosen)
        for rater, given in ((1, first), (2, second))
        for number, chosen in enumerate(given, start=1)
    ]


def test_shares_chance_and_control_by_hand():
    found = choice_results(data(enough()))
    assert (found.choices, found.none_chosen, found.reason) == (10, 1, "")
    by_name = {one.method: one for one in found.methods}
    assert {name: (one.chosen, one.shown) for name, one in by_name.items()} == {
        "lime": (7, 10),
        "grad_cam": (1, 10),
        "control edges": (1, 10),
    }
    lime, grad_cam = by_name["lime"], by_name["grad_cam"]
    # Nine of ten choices were of one of three maps: by chance each method has 0.3.
    assert lime.share.value == pytest.approx(0.7)
    assert lime.above_chance.value == pytest.approx(0.4)
    assert grad_cam.above_chance.value == pytest.approx(-0.2)
    assert lime.above_control.value == pytest.approx(0.6)
    assert lime.best_control == "control edges"
    low, high = lime.above_chance.interval
    assert low < 0.4 < high
    assert (by_name["control edges"].above_control, by_name["control edges"].best_control) == (None, None)
    assert {(one.items, one.columns) for one in found.agreement} == {(15, 2)}


def test_methods_that_are_chosen_by_lot_are_not_above_chance():
    lot = [
        choice(rater, number, METHODS[(rater + number) % 3]) for rater in (1, 2) for number in range(1, 31)
    ]
    for one in choice_results(data(lot)).methods:
        low, high = one.above_chance.interval
        assert low <= 0 <= high


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ([one for one in enough() if one.rater == 1], "fewer than 2 learners"),
        ([one for one in enough() if one.number <= 3], "fewer than 10 maps"),
        ([], "fewer than 2 learners"),
    ],
)
def test_few_choices_give_counts_only(choices, reason):
    found = choice_results(data(choices))
    assert reason in found.reason
    assert all(one.share is one.above_chance is one.above_control is None for one in found.methods)
    assert sum(one.chosen for one in found.methods) == sum(one.chosen in one.order for one in choices)
    for table in (choices_by_method(found), agreement_words(found)):
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_findings_that_are_read_again_do_not_count():
    again = choice(1, 5, "grad_cam", sheet=5, repeat=True)
    found = choice_results(data([*enough(), again]))
    assert (found.choices, {one.method: one.chosen for one in found.methods}["grad_cam"]) == (10, 1)
    assert list(found.table["repeat"]).count(True) == 3


def test_a_method_is_compared_where_it_was_shown():
    fewer = [
        replace(one, order=METHODS[:2]) if one.number == 5 and one.chosen not in METHODS[2:] else one
        for one in enough()
    ]
    by_name = {one.method: one for one in choice_results(data(fewer)).methods}
    assert by_name["control edges"].shown == 9
    assert by_name["lime"].above_control.n == 9
    assert by_name["lime"].above_control.value == pytest.approx((7 - 1) / 9)


def test_the_table_has_the_columns_of_ratings_and_says_what_was_shown():
    assert set(RATINGS_CODEBOOK) < set(CHOICE_COLUMNS) == set(CHOICES_CODEBOOK)
    one = choice(1, 1, "grad_cam")
    rows = list(csv.DictReader(io.StringIO(ratings_csv(choices_table(data([one]))))))
    assert [(row["method"], row["letter"], row["score"], row["control"]) for row in rows] == [
        ("lime", "A", "0", "False"),
        ("grad_cam", "B", "1", "False"),
        ("control edges", "C", "0", "True"),
    ]
    row = rows[0]
    assert (row["rater"], row["case"], row["level"], row["question"]) == ("1", "case1", "L4/L5", "best")
    assert (row["explained_grade"], row["reference"], row["network_right"]) == ("4", "3", "False")
    assert (row["reader_grade_without_maps"], row["released_sha256"]) == ("3", "c" * 64)
    assert row["seed"] == "b" * 32
    assert list(choices_table(data([])).columns) == list(CHOICE_COLUMNS)


def test_the_archive_has_table_codebook_log_and_rules():
    with zipfile.ZipFile(io.BytesIO(choices_zip(choice_results(data(enough()))))) as archive:
        assert archive.namelist() == ["ratings.csv", "codebook.md", "log.jsonl", "protocol.json"]
        book = archive.read("codebook.md").decode()
    assert all(f"| {column} |" in book for column in CHOICE_COLUMNS)


def test_the_order_of_maps_differs_between_seeds_and_findings_and_repeats_for_equal_ones():
    first = blinded_order("seed", "L4/L5", "pfirrmann", METHODS)
    assert blinded_order("seed", "L4/L5", "pfirrmann", METHODS[::-1]) == first
    orders = {blinded_order(f"{seed}", "L4/L5", "pfirrmann", METHODS) for seed in range(40)}
    assert len(orders) == 6

from __future__ import annotations

from spine_core import DISCLAIMER
from spine_core.audit.analysis.scores import COLUMNS, first_showings, ratings_table
from tests.audit.analysis.making import audited, protocol, rating


def test_a_row_per_rater_sheet_method_and_question_in_the_order_shown():
    asked = protocol(2)
    shown = {"control edges": 1, "lime": 5, "grad_cam": 3, "control random": 2}
    one = rating(asked, 2, 2, shown, sheet=7, text="clear", grade="3", corrected=True)
    table = ratings_table(audited(asked, [one], references={2: "4"}))
    assert tuple(table.columns) == COLUMNS
    assert table["method"].tolist() == list(shown)
    assert table["score"].tolist() == [1, 5, 3, 2]
    assert table["letter"].tolist() == ["A", "B", "C", "D"]
    assert table["place"].tolist() == [1, 2, 3, 4]
    assert table["control"].tolist() == [True, False, False, True]
    first = table.iloc[1].to_dict()
    expected = {
        "audit": "a" * 32, "protocol_sha256": asked.sha256, "rater": 2, "sheet": 7, "finding": 2, "case": "case1",
        "level": "L1", "condition": "pfirrmann", "network": "ensemble", "explained_grade": "4", "question": "place",
        "repeat": False, "reader_grade": "3", "reference": "4", "text": "clear", "seconds": 10.0,
        "time": "2026-01-02T03:04:05+00:00", "corrected": True, "note": DISCLAIMER,
    }  # fmt: skip
    assert {name: first[name] for name in expected} == expected


def test_grades_without_maps_stand_beside_the_ratings_of_the_same_rater_and_finding():
    asked = protocol(2)
    scores = dict.fromkeys(asked.methods, 4)
    table = ratings_table(
        audited(
            asked,
            [
                rating(asked, 1, 1, None, grade="2"),
                rating(asked, 2, 1, None, grade="5"),
                rating(asked, 1, 1, scores, sheet=3, grade="4"),
                rating(asked, 1, 2, scores, sheet=4, grade="4"),
            ],
        )
    )
    assert len(table) == 8
    without = table["reader_grade_without_maps"]
    assert without[table["finding"] == 1].tolist() == ["2"] * 4
    assert without[table["finding"] == 2].isna().all()


def test_first_showings_are_without_repeats_and_an_empty_table_has_the_same_types():
    asked = protocol(1)
    scores = dict.fromkeys(asked.methods, 4)
    table = ratings_table(
        audited(asked, [rating(asked, 1, 1, scores), rating(asked, 1, 1, scores, sheet=4, repeat=True)])
    )
    assert first_showings(table)["sheet"].unique().tolist() == [0]
    empty = ratings_table(audited(asked, []))
    assert empty.empty
    assert first_showings(empty).empty
    for name in ("score", "rater", "repeat", "control"):
        assert empty[name].dtype == table[name].dtype

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from spine_core.audit.batch.store import (
    batches,
    begin_batch,
    delete_batch,
    finish_batch,
    get_batch,
    known_maps,
    save_study,
    tried_sources,
)
from spine_core.audit.batch.table import METRIC, batch_table, pair_table, study_table, write_parquet
from spine_core.audit.batch.types import BatchPlan, Status, StudyResult
from spine_core.library.database.schema import MapRow
from spine_core.library.errors import LibraryError
from spine_core.library.reviews import set_references
from spine_core.library.types import ReferenceGrade
from tests.audit.batch.working import plan, sources, work
from tests.library.making import finding, kept


def run(library, person, wanted=None, count=3, **changes):
    wanted = wanted or plan()
    batch_id = begin_batch(library, person, wanted, sources(count), **changes)
    for source in sources(count):
        save_study(library, batch_id, source, work(source, wanted, known_maps(library, source)))
    finish_batch(library, batch_id)
    return batch_id


def rows(library) -> int:
    with library.database.reading() as session:
        return session.scalar(select(func.count()).select_from(MapRow))


def test_a_plan_comes_back_from_its_values():
    wanted = plan("lime", "occlusion", settings={"lime": {"samples": 200}}, seed=7, abnormal_only=True)
    assert BatchPlan.of(wanted.values()) == wanted
    assert BatchPlan.of(wanted.values()).sha256 == wanted.sha256
    assert replace(wanted, seed=8).sha256 != wanted.sha256


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"methods": ("nothing",)}, "unknown method"),
        ({"methods": ()}, "needs a method"),
        ({"levels": ("L6/S1",)}, "levels must be"),
        ({"settings": {"lime": {"colour": 3}}}, "no setting 'colour'"),
    ],
)
def test_a_plan_without_meaning_is_refused(changes, reason):
    with pytest.raises(ValueError, match=reason):
        BatchPlan(**({"methods": ("lime",)} | changes))


def test_the_same_plan_over_the_same_studies_goes_on(library, anna, ben):
    first = begin_batch(library, anna, plan(), sources(3))
    assert begin_batch(library, anna, plan(), sources(3)[::-1]) == first
    assert begin_batch(library, ben, plan(), sources(3)) != first
    other = begin_batch(library, anna, plan(), sources(5))
    assert other != first
    assert get_batch(library, anna, other).studies == 5
    assert get_batch(library, anna, first).studies == 3


def test_a_batch_says_how_it_stands(library, anna):
    batch = get_batch(library, anna, run(library, anna, count=8, title="Trial"))
    assert (batch.title, batch.studies, batch.maps) == ("Trial", 8, 14)
    assert batch.counts == {Status.DONE: 7, Status.FAILED: 1}
    assert batch.finished is not None
    assert tried_sources(library, batch.id, [Status.FAILED]) == {sources(8)[6].id}


def test_storing_a_study_twice_changes_nothing(library, anna):
    batch_id = run(library, anna)
    before = batch_table(library, anna, batch_id)
    run(library, anna)
    assert batch_table(library, anna, batch_id).equals(before)


def test_what_another_batch_computed_is_not_computed_again(library, anna, ben):
    run(library, anna, plan("grad_cam", "lime"))
    assert rows(library) == 6
    for source in sources(3):
        known = known_maps(library, source)
        result = work(source, plan("grad_cam", "occlusion"), known)
        assert [one.method for one in result.maps] == ["occlusion"]
    other = run(library, ben, plan("grad_cam", "occlusion"))
    assert rows(library) == 9
    assert set(batch_table(library, ben, other)["method"]) == {"grad_cam", "occlusion"}


def test_a_failed_map_is_tried_again_and_replaced_a_good_one_is_not(library, anna):
    wanted, (source,) = plan("lime"), sources(1)
    batch_id = begin_batch(library, anna, wanted, sources(1))
    good = work(source, wanted)
    failed = replace(good.maps[0], status=Status.FAILED, reason="no memory", metrics={}, attribution=None)
    save_study(library, batch_id, source, replace(good, maps=(failed,)))
    assert known_maps(library, source) == frozenset()
    save_study(library, batch_id, source, good)
    assert list(batch_table(library, anna, batch_id)["status"]) == [Status.DONE]
    save_study(library, batch_id, source, replace(good, maps=(failed,)))
    assert list(batch_table(library, anna, batch_id)["status"]) == [Status.DONE]


def test_the_table_has_a_column_per_metric_and_the_reference_of_a_case(library, anna):
    case_id = kept(library, anna, finding("L4/L5", "pfirrmann", "4"))
    set_references(library, anna, case_id, [ReferenceGrade("L4/L5", "pfirrmann", "5")])
    wanted = plan("lime")
    batch_id = begin_batch(library, anna, wanted, sources(2))
    one, other = sources(2)
    save_study(library, batch_id, replace(one, case_id=case_id), work(one, wanted))
    save_study(library, batch_id, other, work(other, wanted))
    table = batch_table(library, anna, batch_id)
    assert list(table["key"]) == sorted(table["key"])
    by_case = table.set_index(table["case_id"].fillna("none"))
    assert by_case.loc[case_id, "reference"] == "5"
    assert by_case["reference"].isna()["none"]
    assert by_case.loc[case_id, f"{METRIC}deletion.blur"] == 0
    assert by_case.loc["none", f"{METRIC}deletion.blur"] == 1 / 7
    assert table["note"].str.contains("Not a diagnosis").all()


def test_a_failure_is_a_row_with_its_reason(library, anna):
    table = study_table(library, anna, run(library, anna, count=7))
    assert list(table[table["status"] == "failed"]["reason"]) == ["it is damaged"]


def test_a_batch_is_seen_by_its_owner_and_administrators(library, anna, ben, chief):
    batch_id = run(library, anna)
    assert [one.id for one in batches(library, chief)] == [batch_id]
    assert batches(library, ben) == ()
    for look in (get_batch, batch_table, study_table, delete_batch):
        with pytest.raises(LibraryError, match="no such batch"):
            look(library, ben, batch_id)


def test_deleting_a_batch_leaves_what_another_one_has(library, anna, ben):
    mine, yours = run(library, anna, plan("lime", "grad_cam")), run(library, ben, plan("lime"))
    delete_batch(library, anna, mine)
    assert rows(library) == 3
    assert len(list(library.content.hashes())) == 3
    assert len(batch_table(library, ben, yours)) == 3
    delete_batch(library, ben, yours)
    assert rows(library) == 0
    assert list(library.content.hashes()) == []


def test_a_study_that_could_not_be_opened_has_no_maps(library, anna):
    batch_id = begin_batch(library, anna, plan(), sources(1))
    save_study(library, batch_id, sources(1)[0], StudyResult(sources(1)[0].id, Status.FAILED, "it is empty"))
    assert batch_table(library, anna, batch_id).empty


def test_pairs_have_a_table_of_their_own(library, anna, tmp_path):
    wanted, (source,) = plan(), sources(1)
    batch_id = begin_batch(library, anna, wanted, [source])
    result = work(source, wanted)
    pair = replace(
        result.maps[0], key="9" * 64, other="lime", attribution=None,
        metrics={"rank_correlation": 0.5, "rank_correlation.chance": 0.2},
    )  # fmt: skip
    save_study(
        library, batch_id, source, replace(result, keys=(*result.keys, pair.key), maps=(*result.maps, pair))
    )
    assert set(batch_table(library, anna, batch_id)["method"]) == {"grad_cam", "lime"}
    assert len(batch_table(library, anna, batch_id)) == get_batch(library, anna, batch_id).maps == 2
    (row,) = pair_table(library, anna, batch_id).to_dict("records")
    assert (row["method"], row["other"], row["metric.rank_correlation.chance"]) == ("grad_cam", "lime", 0.2)
    assert [path.name for path in write_parquet(library, anna, batch_id, tmp_path)] == [
        "maps.parquet", "pairs.parquet", "studies.parquet",
    ]  # fmt: skip
    assert "metric.rank_correlation" not in batch_table(library, anna, batch_id)

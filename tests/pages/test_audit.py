"""The page Audit on batches that were computed before."""

from __future__ import annotations

import pytest

from pages.components.audit import batch_process
from spine_core.audit.batch.store import begin_batch, finish_batch, get_batch, save_study
from spine_core.library.people import add_person
from spine_core.library.reviews import set_references
from spine_core.library.types import ReferenceGrade
from tests.audit.batch.working import plan, sources, work
from tests.library.making import finding, kept
from tests.pages.test_pages import texts


@pytest.fixture
def anna(library, store):
    person = add_person(library, "Anna")
    store.person_id = person.id
    return person


def computed(library, person, count=3, title="Trial", finished=True) -> str:
    wanted = plan()
    batch_id = begin_batch(library, person, wanted, sources(count), title)
    for source in sources(count):
        save_study(library, batch_id, source, work(source, wanted))
    if finished:
        finish_batch(library, batch_id)
    return batch_id


def test_without_cases_nothing_can_be_started(page, library, anna):
    app = page("audit")
    assert not app.exception
    assert "There is no batch yet" in texts(app)
    assert next(one for one in app.button if one.label == "Start").disabled


def test_a_batch_over_the_chosen_cases_is_noted_and_started(page, library, anna, monkeypatch):
    started = []
    monkeypatch.setattr(batch_process, "start", lambda *given: started.append(given))
    wanted = kept(library, anna, finding("L4/L5", "pfirrmann", "4"), seed=1, tags=("x",))
    kept(library, anna, seed=2)
    app = page("audit")
    assert "2 cases" in texts(app)
    app.multiselect(key="batch-tags").set_value(["x"]).run()
    assert "1 case" in texts(app)
    assert "2 cases" not in texts(app)
    app.multiselect(key="batch-methods").set_value(["lime"])
    next(one for one in app.button if one.label == "Start").click().run()
    ((person, batch_id, _),) = started
    batch = get_batch(library, person, batch_id)
    assert (batch.studies, batch.plan.methods) == (1, ("lime",))
    from spine_core.audit.batch.sources import sources_of_batch

    assert [one.case_id for one in sources_of_batch(library, person, batch_id)] == [wanted]


def test_a_finished_batch_shows_its_methods_failures_and_files(page, library, anna):
    computed(library, anna, count=8)
    app = page("audit")
    assert not app.exception
    assert "Finished: 7 studies done, 1 failed, 14 maps with controls." in texts(app)
    tables = [one.value for one in app.dataframe]
    methods = next(one for one in tables if "Median" in one)
    # The values are 0, 1, 2, 3, 4, 5 and 7 sevenths.
    assert list(methods["Method"]) == ["Grad-CAM", "LIME"]
    assert list(methods["Maps"]) == [7, 7]
    assert list(methods["Median"]) == [round(3 / 7, 3)] * 2
    worst = next(one for one in tables if "Outcome" in one)
    assert worst["Value"].iloc[0] == 1.0
    assert next(one for one in tables if "reason" in one)["reason"].tolist() == ["it is damaged"]


def test_an_interrupted_batch_is_continued(page, library, anna, monkeypatch):
    started = []
    monkeypatch.setattr(batch_process, "start", lambda *given: started.append(given))
    batch_id = computed(library, anna, finished=False)
    app = page("audit")
    assert "Interrupted: 3 of 3" in texts(app) + "".join(one.value for one in app.warning)
    app.button(key="batch-continue").click().run()
    assert [one[1] for one in started] == [batch_id]


def test_another_persons_batch_is_not_there(page, store, library, anna):
    computed(library, anna)
    store.person_id = add_person(library, "Ben").id
    app = page("audit")
    assert "There is no batch yet" in texts(app)


def test_few_reference_grades_give_no_figure(page, library, anna):
    from dataclasses import replace

    case_id = kept(library, anna, finding("L4/L5", "pfirrmann", "4"))
    set_references(library, anna, case_id, [ReferenceGrade("L4/L5", "pfirrmann", "4")])
    wanted, (source,) = plan(), sources(1)
    batch_id = begin_batch(library, anna, wanted, [source])
    save_study(library, batch_id, replace(source, case_id=case_id), work(source, wanted))
    tables = [one.value for one in page("audit").dataframe]
    found = next(one for one in tables if "Kappa" in one)
    assert (found["Findings"].iloc[0], found["Kappa"].iloc[0]) == (1, "too few")

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pages.components.prior import prior_jobs
from pages.components.prior.open_prior import differing
from spine_core.anatomy.types import LEVELS
from spine_core.grading import read
from spine_core.jobs import State
from spine_core.library.cases import Description, get_case
from spine_core.library.keeping import keep
from spine_core.library.people import add_person
from spine_core.priors import comparison, repeat_error
from spine_core.priors.errors import Refusal
from spine_core.priors.matching import match_levels
from spine_core.priors.registration import Registration, register
from spine_core.priors.repeat_error import Measured, RepeatErrors, RepeatFigure, networks_of
from spine_core.priors.rigid import Rigid
from spine_core.study.types import Patient
from tests.library.making import prepared_picture
from tests.pages import fakes
from tests.pages.conftest import settle
from tests.pages.test_report import press, texts

MOVED = np.array([6.0, -9.0, 12.0])


def prior_study(**patient):
    """The study of the session with other noise, the patient lying elsewhere."""
    study = fakes.study()
    random = np.random.default_rng(7)

    def later(series):
        pixels = np.clip(series.pixels + random.normal(0, 10, series.pixels.shape), 0, None).astype(np.uint16)
        geometry = replace(series.geometry, positions=series.geometry.positions + MOVED)
        header = series.header | {"MagneticFieldStrength": "3.0"}
        return replace(
            series, pixels=pixels, geometry=geometry, header=header, frame_of_reference_uid="4.5.6"
        )

    return replace(
        study,
        series=tuple(later(one) for one in study.series),
        sha256="1" * 64,
        patient=replace(study.patient, **patient),
    )


def prior_reading(study):
    reading = fakes.reading_of(study)
    discs = tuple(replace(one, center_mm=tuple(np.add(one.center_mm, MOVED))) for one in reading.discs)
    return replace(reading, discs=discs, anatomies=(replace(reading.anatomies[0], discs=discs),))


def registered(series, discs, prior_series, prior_discs, progress):
    """The known transform: all slices of the fake are alike and repeat at every disc, which no image can register."""
    if prior_series.geometry is None:
        return register(series, discs, prior_series, prior_discs, progress)
    to_prior = Rigid(np.eye(3), MOVED)
    return Registration(to_prior, match_levels(discs, prior_discs, to_prior), series.uid, prior_series.uid)


@pytest.fixture
def opened(page, store, monkeypatch):
    """Opens a study as the prior, up to the question whether it is the same patient."""
    monkeypatch.setattr(comparison, "register", registered)
    monkeypatch.setattr(read, "read_study", lambda study, bundle, **_: prior_reading(study))

    def open_prior(study):
        monkeypatch.setattr("spine_core.study.open_study", lambda *_, **__: study)
        app = page("prior")
        prior_jobs.open_files(store, ())
        return settle(app, store)

    return open_prior


def confirmed(app, store):
    app = press(app, "prior-confirm")
    for _ in range(3):
        app = settle(app, store)
    return app


def known_errors(value: float) -> RepeatErrors:
    figure = RepeatFigure("phantom", value, value, value, 50, 10)
    datasets = (Measured("phantom", "Phantoms.", 10, 10, 50, residual_mm=(1.0, 2.0)),)
    grades = {one.name: (figure,) for one in fakes.reading().conditions}
    return RepeatErrors("by hand", networks_of(fakes.reading()), datasets, grades, {})


def test_read_leads_to_the_prior(page, store):
    app = page("read")
    assert any("prior" in str(link.proto.page) for link in app.get("page_link"))


def test_it_is_asked_for_and_only_then_asked_whose_it_is(page, opened, store):
    app = page("prior")
    assert "earlier study of the same patient" in texts(app)
    app = opened(prior_study(name="Roe^Richard"))
    assert not app.exception
    assert "differ" in texts(app)
    assert store.prior.reading is None
    (table,) = app.dataframe
    assert table.value.to_numpy().tolist() == [["Name", "Doe^Jane", "Roe^Richard"]]


def test_equal_identifiers_are_not_shown(opened):
    app = opened(prior_study())
    assert "agree" in texts(app)
    assert not app.dataframe
    assert "Doe" not in texts(app)
    assert differing(Patient("a", name="DOE^jane"), Patient("b", name="Doe^Jane")) == []


def test_a_refusal_closes_it(opened, store):
    app = press(opened(prior_study(name="Roe^Richard")), "prior-refuse")
    assert not app.exception
    assert store.prior is None or store.prior.study is None
    assert store.study is not None


def test_confirmed_it_is_registered_and_compared(opened, store, monkeypatch):
    monkeypatch.setattr(repeat_error, "load", lambda: known_errors(0.5))
    app = confirmed(opened(prior_study()), store)
    assert not app.exception
    said = texts(app)
    assert "Residual of the registration" in said
    assert store.prior.alignment.registration.match.rms_mm < 2.0
    np.testing.assert_allclose(
        store.prior.alignment.registration.to_prior([8.0, 90.0, -108.0]),
        np.add([8, 90, -108], MOVED),
        atol=2.5,
    )
    assert "field strength: prior 3 T, now not stated" in said
    assert "0 changes beyond the repeat error" in said
    assert "Phantoms. 10 people, 10 pairs, 50 discs." in said
    app.toggle(key="prior-everything").set_value(True).run()
    assert set(app.dataframe[0].value["Disc"]) == {one.level for one in store.reading.discs}


def test_a_large_residual_is_warned_of(opened, store, monkeypatch):
    small = replace(known_errors(0.5).datasets[0], residual_mm=(-1.0, -1.0))
    monkeypatch.setattr(repeat_error, "load", lambda: replace(known_errors(0.5), datasets=(small,)))
    assert "more than in any pair" in texts(confirmed(opened(prior_study()), store))


def test_levels_that_are_counted_differently_are_shown(opened, store):
    app = confirmed(opened(prior_study()), store)
    names = dict(zip(LEVELS, ("T12/L1", *LEVELS[:4]), strict=True))
    discs = tuple(replace(one, level=names[one.level]) for one in store.prior.reading.discs)
    store.prior.reading = replace(store.prior.reading, discs=discs)
    said = texts(app.run())
    assert "count the levels differently" in said
    assert "shift the prior's names by 1 level towards the foot" in said


def test_without_a_repeat_error_of_these_networks_nothing_is_said(opened, store):
    app = confirmed(opened(prior_study()), store)
    assert "0 changes beyond the repeat error** in 0 comparisons" in texts(app)
    app.toggle(key="prior-everything").set_value(True).run()
    assert app.dataframe[0].value["Change"].str.contains("not comparable").all()


def test_both_maps_are_computed_with_one_method_and_one_scale(opened, store):
    app = confirmed(opened(prior_study()), store)
    app.toggle(key="prior-maps").set_value(True).run()
    app = settle(app, store)
    assert not app.exception
    maps = [job for key, job in store.jobs.items() if key.startswith("explain-")]
    assert len(maps) == 2
    assert all(job.state is State.DONE for job in maps)
    assert {job.result.method for job in maps} == {"grad_cam"}
    assert "at both dates" in texts(app)


def test_pictures_are_refused_with_a_sentence(opened, store):
    study = prior_study()
    app = confirmed(
        opened(replace(study, series=tuple(replace(one, geometry=None) for one in study.series))), store
    )
    assert not app.exception
    assert str(Refusal.NO_POSITIONS) in texts(app)


def test_it_goes_with_the_study(opened, store):
    confirmed(opened(prior_study()), store)
    pixels = store.prior.pixels
    assert store.nbytes > sum(one.pixels.nbytes for one in store.study.series)
    store.clear()
    assert store.prior is None
    assert not pixels._stacks


def keep_picture(library, person, seed: int, patient: str, **described) -> str:
    _, prepared = prepared_picture(seed)
    files = replace(prepared.files, patient_id=patient)
    return keep(library, person, replace(prepared, files=files), None, Description(**described)).case_id


def test_cases_of_the_same_patient_are_offered_and_no_others(page, store, library):
    anna, ben = (add_person(library, name) for name in ("Anna", "Ben"))
    store.person_id = anna.id
    store.case_id = keep_picture(library, anna, 1, "SL-1", title="Open")
    earlier = keep_picture(library, anna, 2, "SL-1", title="Earlier", tags=("2021",))
    shared = keep_picture(library, ben, 3, "SL-1", title="Shared", shared=True)
    private = keep_picture(library, ben, 4, "SL-1", title="Private")
    stranger = keep_picture(library, anna, 5, "SL-2", title="SL-1")
    app = page("prior")
    offered = {one.key.removeprefix("prior-case-") for one in app.button if "Compare with" in one.label}
    assert offered == {earlier, shared}
    assert not offered & {store.case_id, private, stranger}
    assert any("Earlier, kept" in one.label and "(2021)" in one.label for one in app.button)
    app = settle(press(app, f"prior-case-{earlier}"), store)
    assert "the same patient" in texts(app)
    assert store.prior.study.sha256 == get_case(library, anna, earlier).study_sha256
    assert store.study is not None


def test_a_library_without_another_case_of_the_patient_says_so(page, store, library):
    store.person_id = (anna := add_person(library, "Anna")).id
    store.case_id = keep_picture(library, anna, 1, "SL-1")
    assert "no other case of this patient" in texts(page("prior"))

"""The page Networks, and what a registered network changes on the others."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from pages.components import study_jobs
from pages.components.explain.explanation_jobs import unavailable_methods
from pages.components.networks import available
from pages.components.networks.readings import network_names, reading_by, seen_by
from spine_core.grading import read as read_room
from spine_core.grading.read import grade_with
from spine_core.grading.reader_edits import shift_levels
from spine_core.grading.types import Status
from spine_core.networks.display_names import SUFFIX
from spine_core.networks.packages import store as packages_store
from spine_core.networks.packages.contents import contents_of
from spine_core.networks.packages.registration import examine
from spine_core.networks.target import Target
from tests.networks import packages
from tests.pages.conftest import settle
from tests.pages.test_pages import texts

KEY = "squeezenet-1.0"


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "home"))
    # The fakes outline nothing, for which every slice would be refused as parasagittal.
    monkeypatch.setattr("spine_core.grading.read.position_warnings", lambda *_: {})


@pytest.fixture
def registered(store, tmp_path):
    store.owner = available.owner_of("a browser")
    return packages_store.register(
        packages.squeezenet(tmp_path / "package", citation="A. Author, 2026"),
        store.owner,
        lambda folder: examine(contents_of(folder)),
    )


def test_the_card_says_what_a_network_is(page, registered):
    app = page("networks")
    said = texts(app)
    assert not app.exception
    for words in ("A. Author, 2026", "torchvision squeezenet1_1", "726,087", "Grad-CAM"):
        assert words in said
    assert registered.registration.sha256 in said
    outputs = next(one.value for one in app.dataframe if "Condition" in one.value)
    assert list(outputs["Condition"]) == ["Pfirrmann grade", "Central canal stenosis"]
    assert list(outputs["Place"]) == ["", "Canal"]


def test_another_browser_sees_nothing_of_it(page, store, registered):
    store.owner = available.owner_of("another browser")
    app = page("networks")
    assert KEY not in texts(app)
    assert not app.selectbox


def test_a_registered_network_reads_the_open_study_and_gives_way_again(page, store, registered):
    app = page("networks")
    app.selectbox(key="reading-network").set_value(KEY)
    app = settle(app.run(), store)
    assert store.network == KEY
    assert store.reading.model.name == KEY
    assert [one.name for one in store.reading.conditions] == ["pfirrmann", "central_stenosis"]
    assert all(finding.status is Status.GRADED for finding in store.reading.findings)
    assert len(store.reading.findings) == 10
    read = app.switch_page("read.py").run()
    assert not read.exception
    assert f"Read by **{KEY}**" in texts(read)
    app = read.switch_page("networks.py").run()
    app.selectbox(key="reading-network").set_value(available.RELEASED)
    app = settle(app.run(), store)
    assert store.reading.model.name == "untrained"
    assert len(store.reading.conditions) == 10


def _slow(monkeypatch, name):
    """Holds the first call of a function of ``spine_core.grading.read`` until the event is set."""
    go_on, plain, calls = threading.Event(), getattr(read_room, name), []

    def held(*arguments, **options):
        calls.append(name)
        if len(calls) == 1:
            go_on.wait(30)
        return plain(*arguments, **options)

    monkeypatch.setattr(read_room, name, held)
    return go_on


def test_a_network_chosen_while_another_one_reads_overtakes_it(page, store, registered, monkeypatch):
    # The fakes detect no discs: those of the reading stand.
    found = store.reading
    monkeypatch.setattr(read_room, "read_study", lambda study, bundle, **_: grade_with(study, bundle, found))
    go_on = _slow(monkeypatch, "read_study")
    store.readings, store.reading = [], None
    study_jobs.read_again(store)
    app = page("networks")
    app.selectbox(key="reading-network").set_value(KEY)
    app.run()
    go_on.set()
    settle(app, store)
    assert store.network == store.reading.model.name == KEY


def test_the_last_of_two_networks_chosen_in_a_row_reads(page, store, registered, monkeypatch):
    go_on = _slow(monkeypatch, "grade_with")
    app = page("networks")
    app.selectbox(key="reading-network").set_value(KEY)
    app.run()
    app.selectbox(key="reading-network").set_value(available.RELEASED)
    app.run()
    go_on.set()
    settle(app, store)
    assert store.network == available.RELEASED
    assert store.reading.model.name == "untrained"


def test_a_change_during_a_correction_is_refused_in_words(page, store, registered):
    go_on = threading.Event()

    def slow(study, reading, bundle):
        go_on.wait(30)
        return shift_levels(study, reading, bundle, -1)

    study_jobs.correct(store, slow)
    study_jobs.correct(store, slow)
    app = page("networks")
    app.selectbox(key="reading-network").set_value(KEY)
    app = app.run()
    assert [one.value for one in app.toast] == [study_jobs.STILL_GRADING]
    assert app.selectbox(key="reading-network").value == available.RELEASED
    go_on.set()
    settle(app, store)
    assert len(store.reading.corrections) == 1
    assert store.reading.model.name == "untrained"


def test_a_condition_that_the_other_network_lacks_is_left(page, store, registered):
    store.select("L4/L5", "herniation")
    app = page("networks")
    app.selectbox(key="reading-network").set_value(KEY)
    settle(app.run(), store)
    assert (store.level, store.condition) == ("L4/L5", "pfirrmann")


def test_a_network_for_comparison_is_explained_on_its_own_view_of_the_disc(page, store, registered):
    store.compared = [KEY]
    store.select("L4/L5", "pfirrmann")
    app = page("explain")
    app.selectbox(key="network").set_value(KEY)
    app = settle(app.run(), store)
    assert not app.exception
    other = reading_by(store, KEY)
    assert other is not None
    assert other.model.name == KEY
    jobs = [job.result for key, job in store.jobs.items() if key.startswith("explain-")]
    own = [one for one in jobs if one.model.name == KEY]
    assert {one.method for one in own} == {"grad_cam", "lime", "partition_shap"}
    assert all(one.attribution.shape == (64, 64) for one in own)


def test_a_question_that_a_network_cannot_be_asked_is_answered_in_words(page, store, registered):
    store.compared = [KEY]
    store.select("L4/L5", "herniation")
    app = page("explain")
    app.selectbox(key="network").set_value(KEY)
    app = settle(app.run(), store)
    assert f"{KEY} does not report Disc herniation at L4/L5." in texts(app)


def test_networks_are_compared_on_one_image_with_a_random_weights_twin(page, store, registered):
    store.compared = [KEY]
    store.select("L4/L5", "pfirrmann")
    assert network_names(store) == ["untrained", "first", "second", KEY]
    app = page("compare")
    app.multiselect(key="methods").set_value(["grad_cam"])
    app = settle(app.run(), store)
    twin = "untrained~random"
    app.multiselect(key="beside-network-untrained").set_value([KEY, twin])
    app = settle(app.run(), store)
    next(one for one in app.button if one.label == "Explain in these networks").click()
    app = settle(app.run(), store)
    assert not app.exception
    made = next(job.result for key, job in store.jobs.items() if key.startswith("networks-"))
    [method] = made.found.methods
    assert {one.model.name for one in method.explanations} == {"untrained", KEY, twin}
    size = store.image.pixels.shape[-1]
    assert {one.attribution.shape for one in method.explanations} == {(size, size)}
    pairs = {frozenset((one.first, one.second)) for one in method.agreements}
    assert frozenset(("untrained", KEY)) in pairs
    assert frozenset(("untrained", twin)) in pairs


def test_a_correction_is_graded_again_by_the_compared_network(page, store, registered):
    from tests.pages import fakes

    store.compared = [KEY]
    store.select("L4/L5", "pfirrmann")
    app = page("explain")
    app.selectbox(key="network").set_value(KEY)
    settle(app.run(), store)
    before = reading_by(store, KEY)
    store.adopt(shift_levels(store.study, store.reading, fakes.bundle(), 1))
    assert reading_by(store, KEY) is None
    settle(app.run(), store)
    after = reading_by(store, KEY)
    assert after is not None
    assert [disc.level for disc in after.discs] != [disc.level for disc in before.discs]


def test_another_networks_target_is_its_own(store, registered):
    from spine_core.grading.read import grade_with

    store.compared = [KEY]
    bundle = available.bundle_of(KEY, store.owner)
    other = grade_with(store.study, bundle, store.reading)
    store.memory.clear()
    target = Target("pfirrmann", "4")
    asked = other.finding("L4/L5", "pfirrmann")
    assert asked.output != target.output
    assert (
        seen_by(store, KEY, store.reading.images["L4/L5"], target) == f"{KEY} has not graded this study yet."
    )


def test_a_bad_package_leaves_one_sentence_and_nothing_behind(page, store, monkeypatch):
    from pages.components.networks import add_network
    from spine_core.jobs import submit
    from spine_core.networks.packages.errors import PackageError

    def failing(progress):
        raise PackageError("weights.pt", "files that torch saves with pickle can run code")

    submit(store.jobs, add_network.REGISTER, failing)
    app = settle(page("networks"), store)
    assert [one.value for one in app.error] == [
        "weights.pt: files that torch saves with pickle can run code."
    ]
    assert packages_store.stored_networks(store.owner) == ()


def test_a_removed_network_gives_way_to_the_released_ones(page, store, registered):
    store.compared = [KEY]
    app = page("networks")
    app.selectbox(key="reading-network").set_value(KEY)
    app = settle(app.run(), store)
    app.button(key=f"remove-{KEY}").click()
    app = settle(app.run(), store)
    assert (store.network, store.compared) == (available.RELEASED, [])
    assert store.reading.model.name == "untrained"
    assert packages_store.stored_networks(store.owner) == ()


def test_maps_of_the_layers_are_shown_on_the_sample(page, store, registered):
    app = page("networks")
    app.button(key=f"button-layers-{KEY}").click()
    app = settle(app.run(), store, 120)
    assert not app.exception
    made = store.jobs.get(f"layers-{KEY}").result
    assert list(made) == [path for path, *_ in registered.registration.layers]
    pictures = [np.asarray(one) for one in made.values()]
    assert all(one.std() > 0 for one in pictures)
    assert any(not np.array_equal(pictures[0], other) for other in pictures[1:])


def test_labelled_studies_are_evaluated_and_shown(page, store, registered, monkeypatch):
    from pages.components.networks import evaluate_network
    from spine_core.evaluation.labelled_studies import LabelledFinding, StudyPredictions
    from spine_core.jobs import submit
    from spine_core.results import network_evaluation

    output = registered.manifest.views[0].outputs["pfirrmann"]
    random = np.random.default_rng(0)
    findings = tuple(
        LabelledFinding(f"p{n}", "L4/L5", output, n % 5, random.standard_normal(7).astype(np.float32), row)
        for n, row in enumerate(random.dirichlet(np.ones(5), 40))
    )
    found = StudyPredictions(findings, {"no disc was found at this level": 2})
    evaluated = network_evaluation._evaluation(store.reading.model, found, {}, 0)
    submit(store.jobs, f"evaluate-{KEY}", lambda progress: evaluated)
    app = settle(page("networks"), store)
    assert not app.exception
    said = texts(app)
    assert "**40 patients.**" in said
    assert "2 labels without a finding: no disc was found at this level." in said
    select = app.selectbox(key=f"evaluated-{KEY}")
    assert select.options == [f"Pfirrmann grade, at least {grade}" for grade in ("II", "III", "IV", "V")]
    assert evaluate_network.HELP


def test_a_network_of_sites_and_sides_has_groups_of_columns(store, registered):
    from dataclasses import replace

    from pages.components.read.grid import cells
    from spine_core.networks.outputs import Activation, in_sequence

    output = registered.manifest.views[0].outputs["central_stenosis"]
    names = [
        ("canal", "Canal", ""),
        ("left_foramen", "Foramen", "left"),
        ("right_foramen", "Foramen", "right"),
    ]
    conditions = [replace(output.condition, name=name, site=site, side=side) for name, site, side in names]
    outputs = in_sequence(conditions, [Activation.CUMULATIVE] * 3)
    template = store.reading.findings[0]
    findings = tuple(
        replace(
            template, condition=name, output=outputs[name], grade="severe", prediction_set=(), member_probabilities={},
            probabilities={"normal": 0.1, "moderate": 0.2, "severe": 0.7},
        )
        for name in outputs
    )  # fmt: skip
    drawn = cells(replace(store.reading, findings=findings), "L1/L2", "canal")
    assert [column["group"] for column in drawn["columns"]] == ["Canal", "Foramen left", "Foramen right"]
    first = drawn["rows"][0]["cells"]
    assert [cell["grade"] for cell in first] == ["Severe"] * 3
    assert [cell["selected"] for cell in first] == [True, False, False]


def test_a_random_weights_twin_is_never_made_by_the_page_itself(store, registered, monkeypatch):
    threads = []
    make = available.randomised_twin

    def recorded(network):
        threads.append(threading.current_thread())
        return make(network)

    monkeypatch.setattr(available, "randomised_twin", recorded)
    twin = f"{KEY}{SUFFIX}"
    assert unavailable_methods(twin, store.owner) == unavailable_methods(KEY, store.owner)
    jobs = [available.preparation(twin, store.owner) for _ in range(2)]
    assert all(job.wait(60) for job in jobs)
    assert available.find_network(twin, store.owner).id.name.endswith(SUFFIX)
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()


def test_a_study_without_discs_is_read_by_another_network_without_a_fault(page, store, registered):
    store.reading = replace(store.reading, discs=(), findings=(), anatomies=(), images={})
    store.readings = [store.reading]
    app = page("networks")
    app.selectbox(key="reading-network").set_value(KEY)
    app = settle(app.run(), store)
    assert not app.exception
    assert store.reading_complaint == ""
    assert store.reading.model.name == KEY

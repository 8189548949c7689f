"""Similar discs on the page Explain, with small networks and a small index."""

from __future__ import annotations

import numpy as np
import pytest

from pages.components.explain import similar_jobs
from pages.components.teach.exercise import similar_cases
from spine_core.library.cases import get_case
from spine_core.library.disc_features import store_features
from spine_core.library.people import add_person
from spine_core.library.types import Role
from spine_core.networks.display_names import NETWORK_NAMES
from spine_core.retrieval.embedding import embed
from spine_core.retrieval.index import DiscIndex
from spine_core.retrieval.index_file import load_index, save_index
from spine_core.retrieval.kept_discs import KeptDiscs, file_name
from spine_core.teaching.attempts import commit, open_attempt, reveal
from tests.library.making import finding, kept
from tests.pages import fakes
from tests.pages.conftest import settle
from tests.pages.test_pages import texts
from tests.teaching.making import answer, released_set

GRADES = ("1", "2", "3", "4", "5")


@pytest.fixture(autouse=True)
def _released(monkeypatch) -> None:
    """The small ensemble is the released one, and there is no folder of published images."""
    monkeypatch.setitem(NETWORK_NAMES, "untrained", "All networks together")
    monkeypatch.delenv("SPINELENS_DATA", raising=False)


@pytest.fixture
def index(monkeypatch, tmp_path) -> None:
    """Twenty discs near those of the study, five of each grade from I to IV."""
    images = np.stack([image.pixels for image in fakes.reading().images.values()])
    near = np.repeat(embed(fakes.bundle().grader, images), 4, axis=0)
    noise = np.random.default_rng(0).normal(size=near.shape).astype(np.float32)
    vectors = near + 0.3 * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    made = DiscIndex(
        network=fakes.bundle().grader.id.sha256,
        embeddings=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
        levels=np.array(["L1/L2", "L2/L3"] * 10),
        patients=np.array([f"{number:04}" for number in range(20)]),
        sources=np.array(["spider"] * 20),
        weightings=np.array(["t2+t1"] * 20),
        grades=np.array([[0], [1], [2], [3]] * 5, dtype=np.int8),
        conditions={"pfirrmann": GRADES},
    )
    path = tmp_path / "index.npz"
    save_index(made, path)
    monkeypatch.setattr(similar_jobs, "load_index", lambda network: load_index(network, path))


def opened(page, store, **choices):
    """Explain with the kind chosen, once its search has ended."""
    app = page("explain")
    app.session_state["explanation-kind"] = "similar"
    for name, value in choices.items():
        app.session_state[f"similar-{name}"] = value
    app = settle(app, store)
    assert not app.exception
    return app


def cards(app) -> list[str]:
    return [one.value for one in app.caption if "Distance" in one.value]


def test_five_discs_with_grades_and_distances_and_what_was_not_measured(page, store, index):
    app = opened(page, store)
    said = texts(app)
    assert "Compared with 20 discs of 20 other patients" in said
    assert "was not measured on test patients" in said
    assert "SPINELENS_DATA" in said
    assert len([one for one in cards(app) if "label of SPIDER, patient" in one]) >= 5
    assert "percentile" in cards(app)[0]
    assert "What would another grade look like?" in said


def test_filters_leave_discs_of_the_level_and_the_grade(page, store, index):
    store.select("L1/L2", "pfirrmann")
    said = texts(opened(page, store, level=True))
    assert "Compared with 10 discs of 10 other patients" in said
    assert store.finding.grade in GRADES[:4]
    assert "Compared with 5 discs of 5 other patients" in texts(opened(page, store, level=False, grade=True))


def test_one_weighting_is_compared_with_discs_that_were_seen_on_it_alone(page, store, index):
    said = texts(opened(page, store, **{"weighting-t2": "t2"}))
    assert "No disc of the index meets these filters" in said
    assert "Compared with 0 discs" in said


def test_a_condition_that_the_index_has_no_label_of_is_said_to_have_none(page, store, index):
    store.select("L1/L2", "modic")
    assert "No disc of the index meets these filters" in texts(opened(page, store))


def test_an_index_of_other_networks_is_refused_in_one_sentence(page, store, monkeypatch):
    def other(network: str) -> DiscIndex:
        return load_index("0" * 64)

    monkeypatch.setattr(similar_jobs, "load_index", other)
    said = texts(opened(page, store))
    assert "another version of the networks" in said or "missing from this installation" in said


def test_the_library_shows_only_kept_discs_of_other_patients(page, store, library):
    anna = add_person(library, "Anna")
    network = fakes.bundle().grader
    image = fakes.reading().images["L4/L5"].pixels[None]
    discs = KeptDiscs(
        embed(network, image + 0.5 * np.random.default_rng(1).normal(size=image.shape).astype(np.float32)),
        image.astype(np.float16), ("L4/L5",), ("t2+t1",), ({"pfirrmann": "2"},), {"pfirrmann": GRADES},
    )  # fmt: skip
    case_id = kept(library, anna, finding("L4/L5", "pfirrmann", "2"), title="A dry disc")
    name = file_name(network.id.sha256, get_case(library, anna, case_id).reading)
    store_features(library, anna, case_id, name, discs.to_bytes())
    app = opened(page, store, **{"place-2": "library"})
    assert "Compared with 1 discs of 1 other patients" in texts(app)
    assert cards(app)[0].startswith("L4/L5, reported by the network in “A dry disc”")
    assert "Too few discs to say which distance is close" in texts(app)


def test_nobody_searches_a_library_before_saying_who_they_are(page, store, library):
    add_person(library, "Anna")
    add_person(library, "Ben")
    assert "Choose who you are" in texts(opened(page, store, **{"place-2": "library"}))


def test_an_exercise_offers_similar_discs_after_the_commit_only(page, store, index, library, monkeypatch):
    teacher = add_person(library, "Tess", Role.TEACHER)
    set_id = released_set(library, teacher)
    learner = add_person(library, "Lee")
    store.person_id = learner.id
    monkeypatch.setattr(similar_cases, "read_study", lambda study, bundle, progress: fakes.reading())
    attempt = open_attempt(library, learner, set_id, 0)

    def at_the_case():
        app = page("teach")
        app.query_params.update({"set": set_id, "case": "1"})
        return settle(app.segmented_control(key="teach-part").set_value("Exercises").run(), store)

    def offers(app) -> list:
        return [one for one in app.toggle if one.label == "Similar discs of other patients"]

    assert not offers(at_the_case())
    commit(library, learner, attempt.id, answer())
    reveal(library, learner, attempt.id)
    app = at_the_case()
    (toggle,) = offers(app)
    assert not cards(app)
    toggle.set_value(True).run()
    app = settle(app, store)
    assert not app.exception
    assert len([one for one in cards(app) if "label of SPIDER" in one]) >= 5

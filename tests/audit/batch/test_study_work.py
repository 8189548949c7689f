"""The work on a real study, with the released networks and a small registered one."""

from __future__ import annotations

import numpy as np
import pytest

from spine_core.audit.batch.finding_maps import read_stored_map
from spine_core.audit.batch.sources import sources_of_cases, sources_of_folder
from spine_core.audit.batch.study_work import explained, networks, work_on_study
from spine_core.audit.batch.types import RELEASED, Backend, BatchPlan, Source, Status
from spine_core.library.keeping import keep, prepare
from spine_core.library.search import CaseFilter
from spine_core.networks.packages import store
from spine_core.networks.packages.contents import contents_of
from spine_core.networks.packages.registration import examine
from spine_core.study import open_study, sources_from_path
from spine_core.study.errors import StudyError
from tests.library.making import kept
from tests.networks import packages

pytestmark = pytest.mark.slow


@pytest.fixture
def squeezenet(tmp_path, monkeypatch) -> str:
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "home"))
    networks.cache_clear()
    explained.cache_clear()
    folder = packages.squeezenet(tmp_path / "package")
    return store.register(folder, examine=lambda folder: examine(contents_of(folder))).key


def test_a_study_is_opened_read_explained_and_compared(demo_folder, squeezenet):
    (source,) = [one for one in sources_of_folder(demo_folder) if len(one.files) > 1]
    plan = BatchPlan(
        ("grad_cam",), ("pfirrmann", "central_stenosis"), ("L4/L5",), (squeezenet,), backend=Backend.TORCH
    )
    result = work_on_study(source, plan)
    assert (result.status, result.reason) == (Status.DONE, "")
    assert result.study_sha256 == open_study(sources_from_path(demo_folder)).sha256
    assert {one.condition for one in result.maps} == {"pfirrmann", "central_stenosis"}
    assert {one.network for one in result.maps} == {squeezenet}
    assert {one.method for one in result.maps if not one.control} == {"grad_cam"}
    # What is known is not computed again.
    again = work_on_study(source, plan, frozenset(result.keys))
    assert (again.keys, again.maps) == (result.keys, ())


def test_a_random_weights_twin_explains_what_its_network_found(demo_folder, squeezenet):
    (source,) = [one for one in sources_of_folder(demo_folder) if len(one.files) > 1]
    twin = f"{squeezenet}~random"
    plan = BatchPlan(("grad_cam",), ("pfirrmann",), ("L4/L5",), (squeezenet, twin), backend=Backend.TORCH)
    maps = work_on_study(source, plan).maps
    own, other = [one for one in maps if one.method == "grad_cam"]
    assert (own.network, other.network) == (squeezenet, twin)
    assert (own.grade, own.probability) == (other.grade, other.probability)
    assert own.view == other.view
    first, second = (read_stored_map(one.attribution) for one in (own, other))
    assert first.shape == (own.view.size, own.view.size)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.9
    # Of every control one map can be rated.
    stored = [
        (one.method, one.draw)
        for one in maps
        if one.control and one.attribution and one.network == squeezenet
    ]
    assert sorted(stored) == [("blurred_random", 0), ("edges", 0), ("random", 0)]


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_case_of_the_library_gives_the_maps_of_its_original(demo_folder, squeezenet, library, anna):
    sources = sources_from_path(demo_folder)
    study = open_study(sources)
    case_id = keep(library, anna, prepare(library, study, sources)).case_id
    (source,) = sources_of_cases(library, anna, CaseFilter())
    assert source.id == source.case_id == case_id
    plan = BatchPlan(("grad_cam",), ("pfirrmann",), ("L5/S1",), (squeezenet,), backend=Backend.TORCH)
    (original,) = [one for one in sources_of_folder(demo_folder) if len(one.files) > 1]
    assert work_on_study(source, plan).keys == work_on_study(original, plan).keys


def test_only_visible_and_wanted_cases_are_sources(library, anna, ben):
    mine = kept(library, anna, seed=1, tags=("x",))
    kept(library, anna, seed=2)
    kept(library, ben, seed=3, tags=("x",))
    assert [one.id for one in sources_of_cases(library, anna, CaseFilter(tags=("x",)))] == [mine]


def test_a_file_that_cannot_be_read_is_a_reason_without_its_name(tmp_path):
    path = tmp_path / "Doe^Jane.txt"
    path.write_text("hello")
    (source,) = sources_of_folder(tmp_path)
    result = work_on_study(source, BatchPlan(("grad_cam",)))
    assert (result.status, result.reason) == (Status.FAILED, "it is a text file; only images are read")
    gone = work_on_study(Source("x", (("Doe^Jane.dcm", tmp_path / "gone"),)), BatchPlan(("grad_cam",)))
    assert gone.status is Status.FAILED
    assert "Doe" not in gone.reason
    with pytest.raises(StudyError, match="no files"):
        sources_of_folder(tmp_path / "nothing")


def test_the_released_networks_have_a_name_of_their_own():
    assert networks(RELEASED, "").grader.id.name == "ensemble"

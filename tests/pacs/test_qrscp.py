"""A second archive by another hand: pynetdicom's own."""

from __future__ import annotations

import pytest
from pydicom import dcmread

from spine_core.pacs.archive import archive_of
from spine_core.pacs.retrieval import retrieve
from spine_core.pacs.types import StudyQuery
from tests.pacs.conftest import dimse_server
from tests.services import qrscp


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with qrscp.serving(tmp_path_factory.mktemp("qrscp")) as found:
        yield found


@pytest.mark.slow
def test_a_study_is_stored_found_and_retrieved_as_it_was(port, sent):
    archive = archive_of(dimse_server(port, ae_title=qrscp.AE_TITLE))
    archive.verify()
    assert {one.reason for one in archive.store(sent.files)} == {""}
    (found,) = archive.studies(StudyQuery(patient_id="SYNTHETIC-77", modality=""))
    assert found.uid == sent.uid
    series = archive.series(sent.uid)
    # It does not say how many images a series has.
    assert [(one.number, one.instances) for one in series] == [(1, None), (2, None), (3, None)]
    got = retrieve(archive, sent.uid, series)
    assert got.missing == ()
    assert {str(one.SOPInstanceUID): one for one in map(dcmread, got.files)} == sent.datasets

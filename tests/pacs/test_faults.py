"""Servers that stall, cut and lie."""

from __future__ import annotations

import time

import pytest
from pydicom import dcmread

from spine_core.pacs import dicomweb, dimse
from spine_core.pacs.archive import archive_of
from spine_core.pacs.errors import PacsError
from spine_core.pacs.retrieval import retrieve
from spine_core.pacs.types import StudyQuery
from spine_core.study.limits import OverLimit
from tests.pacs.conftest import dimse_server, web_server
from tests.services.faulty_proxy import http_proxy, tcp_proxy

SOON = 15.0
"""Seconds in which a server that says nothing is given up here, with time-outs of a second; a real one takes 60."""


@pytest.fixture
def proxied(orthanc_server, credentials, sent):
    """Orthanc behind a proxy whose faults the test sets."""
    list(archive_of(web_server(orthanc_server.url)).store(sent.files))
    with http_proxy(orthanc_server.url) as (url, faults):
        yield url, faults


def test_a_server_that_names_a_study_twice(proxied, sent):
    url, faults = proxied
    faults.twice = True
    archive = archive_of(web_server(url))
    assert [one.uid for one in archive.studies(StudyQuery(patient_id="SYNTHETIC-77"))] == [sent.uid]
    assert len(archive.series(sent.uid)) == 3


def test_a_server_without_multipart_sends_instance_by_instance(proxied, sent):
    url, faults = proxied
    faults.no_multipart = True
    archive = archive_of(web_server(url))
    found = retrieve(archive, sent.uid, archive.series(sent.uid))
    assert found.missing == ()
    assert {str(one.SOPInstanceUID): one for one in map(dcmread, found.files)} == sent.datasets
    assert "application/dicom" in faults.asked


def test_a_server_that_sends_one_plain_file_is_told_apart_from_a_whole_series(proxied, sent):
    url, faults = proxied
    faults.plain = True
    archive = archive_of(web_server(url))
    found = retrieve(archive, sent.uid, archive.series(sent.uid))
    assert len(found.files) == 3
    assert [one.reason for one in found.missing] == ["the server sent 1 of 3 images"] * 3


def test_a_series_that_lacks_an_image_is_named_and_the_rest_is_there(proxied, sent):
    url, faults = proxied
    faults.drop = True
    archive = archive_of(web_server(url))
    found = retrieve(archive, sent.uid, archive.series(sent.uid)[:1])
    assert len(found.files) == 2
    (missing,) = found.missing
    assert (missing.series.number, missing.arrived) == (1, 2)


def test_an_answer_that_is_cut_off(proxied, sent):
    url, faults = proxied
    faults.cut = True
    archive = archive_of(web_server(url))
    series = archive.series(sent.uid)
    found = retrieve(archive, sent.uid, series)
    assert all("failed or broke off" in one.reason for one in found.missing)
    # Half of three images is one and a half.
    assert [one.arrived for one in found.missing] == [1, 1, 1]
    assert len(found.files) == 3


def test_a_page_of_somebody_else(proxied):
    url, faults = proxied
    faults.html = True
    with pytest.raises(PacsError, match="not DICOMweb"):
        archive_of(web_server(url)).studies(StudyQuery(patient_id="1"))


def test_a_server_that_says_nothing_is_given_up(proxied, monkeypatch):
    monkeypatch.setattr(dicomweb, "READ_S", 1.0)
    url, faults = proxied
    faults.stall = True
    started = time.monotonic()
    with pytest.raises(PacsError, match="did not answer in time"):
        archive_of(web_server(url)).verify()
    assert time.monotonic() - started < SOON


def test_more_than_a_study_can_have_is_refused(proxied, sent, monkeypatch):
    url, _ = proxied
    monkeypatch.setattr("spine_core.pacs.retrieval.MAX_READ_BYTES", 400_000)
    archive = archive_of(web_server(url))
    with pytest.raises(OverLimit, match="more than a study"):
        retrieve(archive, sent.uid, archive.series(sent.uid))
    monkeypatch.setattr("spine_core.pacs.retrieval.MAX_FILE_BYTES", 100_000)
    with pytest.raises(OverLimit, match="larger than any"):
        retrieve(archive, sent.uid, archive.series(sent.uid))


def test_a_dimse_connection_that_is_cut(orthanc_server, credentials, sent):
    list(archive_of(web_server(orthanc_server.url)).store(sent.files))
    series = archive_of(dimse_server(orthanc_server.dicom_port)).series(sent.uid)
    with tcp_proxy(orthanc_server.dicom_port, limit=400_000) as port:
        found = retrieve(archive_of(dimse_server(port)), sent.uid, series[:1])
    assert len(found.files) == 1
    (missing,) = found.missing
    assert "broke off" in missing.reason


def test_a_dimse_server_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(dimse, "ACSE_S", 1.0)
    started = time.monotonic()
    with tcp_proxy(0, limit=None) as port, pytest.raises(PacsError, match="cannot be reached"):
        archive_of(dimse_server(port)).verify()
    assert time.monotonic() - started < SOON


def test_a_server_that_does_not_know_us(orthanc_server):
    server = dimse_server(orthanc_server.dicom_port, ae_title="SOMEBODY", calling_ae_title="STRANGER")
    with pytest.raises(PacsError, match="does not accept STRANGER"):
        archive_of(server).verify()

"""A DICOMweb server (PS3.18): QIDO-RS, WADO-RS and STOW-RS by ``dicomweb-client``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from dicomweb_client.session_utils import create_session_from_user_pass
from pydicom import dcmread
from pydicom.dataset import Dataset

from spine_core.pacs.attributes import SERIES_KEYWORDS, STUDY_KEYWORDS, found_series, found_studies
from spine_core.pacs.dicomweb_parts import CHUNK, NOT_ACCEPTABLE, Client, instance_parts, series_parts
from spine_core.pacs.errors import PacsError
from spine_core.pacs.servers import Server
from spine_core.pacs.types import MAX_FOUND, FoundSeries, FoundStudy, Receiver, Stored, StudyQuery

CONNECT_S, READ_S = 5.0, 60.0
"""Time-outs: to connect, and between two pieces of an answer."""


class DicomWebArchive:
    """See ``Archive``."""

    def __init__(self, server: Server) -> None:
        """Raises ``PacsError`` where a credential is not in the environment."""
        self._server = server
        session = requests.Session()
        if server.user_variable:
            session = create_session_from_user_pass(
                server.secret(server.user_variable), server.secret(server.password_variable)
            )
        # A proxy or a password that happens to be configured for this account is not meant for the archive.
        session.trust_env = False
        if server.ca_file:
            session.verify = server.ca_file
        headers = (
            {"Authorization": f"Bearer {server.secret(server.token_variable)}"}
            if server.token_variable
            else None
        )
        self._client = Client(
            server.url.rstrip("/"),
            session=session,
            headers=headers,
            timeout=(CONNECT_S, READ_S),
            permissive_uid=True,
            chunk_size=CHUNK,
        )
        # Who waits at a page tries again themselves.
        self._client.set_http_retry_params(retry=False)

    def verify(self) -> None:
        """Asks for one study of any patient."""
        with self._named():
            self._client.search_for_studies(limit=1)

    def studies(self, query: StudyQuery) -> tuple[FoundStudy, ...]:
        """By QIDO-RS."""
        with self._named():
            answers = self._client.search_for_studies(
                search_filters=_unescaped(query.matching()), fields=list(STUDY_KEYWORDS), limit=MAX_FOUND + 1
            )
            return found_studies(_datasets(answers), MAX_FOUND + 1)

    def series(self, study_uid: str) -> tuple[FoundSeries, ...]:
        """By QIDO-RS."""
        with self._named():
            return found_series(
                _datasets(self._client.search_for_series(study_uid, fields=list(SERIES_KEYWORDS)))
            )

    def retrieve(self, study_uid: str, series_uid: str, receiver: Receiver) -> str:
        """By WADO-RS; instance by instance where the server does not send a series as a whole."""
        with self._named():
            try:
                for part in series_parts(self._client, study_uid, series_uid, receiver.arriving):
                    receiver.take(part)
            except requests.HTTPError as error:
                if error.response is None or error.response.status_code not in NOT_ACCEPTABLE:
                    raise
                return self._one_by_one(study_uid, series_uid, receiver)
        return ""

    def store(self, files: Sequence[Path]) -> Iterator[Stored]:
        """By STOW-RS, one object per request, so that each has its own outcome."""
        for file in files:
            dataset = dcmread(file)
            uid = str(dataset.SOPInstanceUID)
            try:
                with self._named():
                    answer = self._client.store_instances([dataset])
                yield Stored(uid, _refused(answer))
            except PacsError as error:
                yield Stored(uid, str(error))

    def _one_by_one(self, study_uid: str, series_uid: str, receiver: Receiver) -> str:
        answers = self._client.search_for_instances(study_uid, series_uid, fields=["SOPInstanceUID"])
        refused = 0
        for one in _datasets(answers):
            try:
                for part in instance_parts(
                    self._client, study_uid, series_uid, str(one.SOPInstanceUID), receiver.arriving
                ):
                    receiver.take(part)
            except requests.HTTPError:
                refused += 1
        return f"the server refused {refused} of its instances" if refused else ""

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Errors of the network as a sentence, without the address, which may hold a patient's number."""
        try:
            yield
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else "an error"
            raise PacsError(f"{self._server.name} answered {_STATUS.get(status, status)}") from None
        except requests.Timeout:
            raise PacsError(f"{self._server.name} did not answer in time") from None
        except requests.exceptions.SSLError:
            raise PacsError(f"the certificate of {self._server.name} is not trusted") from None
        except requests.JSONDecodeError:
            raise PacsError(f"{self._server.name} sent an answer that is not DICOMweb") from None
        except requests.RequestException:
            raise PacsError(f"the connection to {self._server.name} failed or broke off") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise PacsError(f"{self._server.name} sent an answer that is not DICOMweb") from None


_STATUS: dict[Any, str] = {
    401: "that user or password are wrong (401)",
    403: "that this account may not do this (403)",
    404: "that it does not have this (404)",
    503: "that it is too busy (503)",
}


def _unescaped(matching: dict[str, str]) -> dict[str, str]:
    """Wildcards in place of what has to be escaped in an address, which some servers compare as it is escaped."""
    return {
        keyword: value.replace("^", "*").replace(" ", "*")
        if "*" in value or keyword == "PatientName"
        else value
        for keyword, value in matching.items()
    }


def _datasets(answers: Iterable[dict[str, Any]]) -> list[Dataset]:
    return [Dataset.from_json(one) for one in answers]


def _refused(answer: Dataset) -> str:
    failed = answer.get("FailedSOPSequence") or ()
    if not failed:
        return ""
    return f"the server refused it, with reason 0x{int(failed[0].get('FailureReason') or 0):04X}"

"""A server that speaks DIMSE (PS3.7): C-ECHO, C-FIND, C-GET and C-STORE by ``pynetdicom``."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    Verification,
)

from spine_core.pacs.attributes import SERIES_KEYWORDS, STUDY_KEYWORDS, found_series, found_studies
from spine_core.pacs.errors import PacsError
from spine_core.pacs.servers import Server
from spine_core.pacs.storage_classes import RETRIEVED_CLASSES, TRANSFER_SYNTAXES
from spine_core.pacs.types import MAX_FOUND, FoundSeries, FoundStudy, Receiver, Stored, StudyQuery

CONNECT_S, ACSE_S, DIMSE_S, NETWORK_S = 5.0, 30.0, 60.0, 60.0
"""Time-outs: to connect, of an association's set-up, of an answer, of a silent network."""

SUCCESS, PENDING, SUB_OPERATIONS_FAILED = 0x0000, (0xFF00, 0xFF01), 0xB000
REFUSED_BY_US = 0xA700
"""Status of C-STORE: out of resources. The server stops sending, or counts the instance as failed."""


class DimseArchive:
    """See ``Archive``."""

    def __init__(self, server: Server) -> None:
        """Nothing is connected yet."""
        self._server = server

    def verify(self) -> None:
        """By C-ECHO."""
        with self._association([Verification]) as association:
            self._checked(association.send_c_echo())

    def studies(self, query: StudyQuery) -> tuple[FoundStudy, ...]:
        """By C-FIND on the level of studies."""
        asked = _asked("STUDY", STUDY_KEYWORDS, query.matching())
        return found_studies(self._find(asked, MAX_FOUND + 1), MAX_FOUND + 1)

    def series(self, study_uid: str) -> tuple[FoundSeries, ...]:
        """By C-FIND on the level of series."""
        return found_series(self._find(_asked("SERIES", SERIES_KEYWORDS, {"StudyInstanceUID": study_uid})))

    def retrieve(self, study_uid: str, series_uid: str, receiver: Receiver) -> str:
        """By C-GET. What the server could not send is counted by it."""
        failure: list[BaseException] = []

        def stored(event: evt.Event) -> int:
            if failure:
                return REFUSED_BY_US
            try:
                receiver.take(event.encoded_dataset())
            # Raised again below: this runs where pynetdicom would turn it into a status.
            except BaseException as error:
                failure.append(error)
                event.assoc.abort()
                # Who waits for the next message need not wait for its time-out.
                event.assoc.dimse.msg_queue.put((None, None))
                return REFUSED_BY_US
            return SUCCESS

        asked = _asked("SERIES", (), {"StudyInstanceUID": study_uid, "SeriesInstanceUID": series_uid})
        answers = self._get(asked, stored)
        try:
            last = Dataset()
            for status in answers:
                last = status
                receiver.arriving(0)
        except PacsError:
            if not failure:
                raise
        if failure:
            raise failure[0]
        return _incomplete(last)

    def store(self, files: Sequence[Path]) -> Iterator[Stored]:
        """By C-STORE, all in one association."""
        datasets = [dcmread(file) for file in files]
        wanted = {(str(one.SOPClassUID), str(one.file_meta.TransferSyntaxUID)): None for one in datasets}
        with self._association(list(wanted)) as association:
            for one in datasets:
                yield Stored(str(one.SOPInstanceUID), self._sent(association, one))

    def _sent(self, association: Association, dataset: Dataset) -> str:
        try:
            status = association.send_c_store(dataset)
        except (ValueError, RuntimeError):
            return "the server does not take objects of this kind"
        code = status.get("Status")
        if code is None:
            return "the connection broke off"
        # 0xB...: stored, with some elements changed or dropped.
        return (
            ""
            if code == SUCCESS or code & 0xF000 == 0xB000
            else f"the server refused it, with status 0x{code:04X}"
        )

    def _find(self, asked: Dataset, limit: int | None = None) -> list[Dataset]:
        model = StudyRootQueryRetrieveInformationModelFind
        found: list[Dataset] = []
        with self._association([model]) as association:
            for status, answer in association.send_c_find(asked, model):
                self._checked(status)
                if answer is not None:
                    found.append(answer)
                if limit is not None and len(found) > 2 * limit:
                    # Twice, since servers name a study several times.
                    association.abort()
                    break
        return found

    def _get(self, asked: Dataset, stored: Any) -> Iterator[Dataset]:
        model = StudyRootQueryRetrieveInformationModelGet
        contexts = [model, *((uid, *TRANSFER_SYNTAXES) for uid in RETRIEVED_CLASSES)]
        roles = [build_role(uid, scp_role=True) for uid in RETRIEVED_CLASSES]
        handlers = [(evt.EVT_C_STORE, stored)]
        with self._association(contexts, roles, handlers) as association:
            for status, _ in association.send_c_get(asked, model):
                if status.get("Status") != SUB_OPERATIONS_FAILED:
                    self._checked(status)
                yield status

    @contextmanager
    def _association(
        self, contexts: Sequence[Any], roles: Sequence[Any] = (), handlers: Sequence[Any] = ()
    ) -> Iterator[Association]:
        server = self._server
        entity = AE(server.calling_ae_title)
        entity.connection_timeout, entity.acse_timeout = CONNECT_S, ACSE_S
        entity.dimse_timeout, entity.network_timeout = DIMSE_S, NETWORK_S
        for one in contexts:
            uid, *syntaxes = one if isinstance(one, tuple) else (one,)
            entity.add_requested_context(uid, *([syntaxes] if syntaxes else []))
        association = entity.associate(
            server.host, server.port, ae_title=server.ae_title, ext_neg=list(roles), evt_handlers=list(handlers),
            tls_args=self._tls(),
        )  # fmt: skip
        if not association.is_established:
            raise PacsError(self._refusal(association))
        try:
            yield association
        finally:
            if association.is_established:
                association.release()

    def _tls(self) -> tuple[ssl.SSLContext, str] | None:
        if not self._server.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self._server.ca_file or None)
        except OSError:
            msg = f"the certificates that {self._server.name} needs cannot be read"
            raise PacsError(msg) from None
        return context, self._server.host

    def _refusal(self, association: Association) -> str:
        if association.is_rejected:
            return f"{self._server.name} does not accept {self._server.calling_ae_title}; its AE titles must be right"
        return f"{self._server.name} cannot be reached"

    def _checked(self, status: Dataset) -> None:
        code = status.get("Status")
        if code is None:
            msg = f"{self._server.name} did not answer in time, or the connection broke off"
            raise PacsError(msg)
        if code != SUCCESS and code not in PENDING:
            msg = f"{self._server.name} answered with status 0x{code:04X}"
            raise PacsError(msg)


def _asked(level: str, keywords: Sequence[str], matching: dict[str, str]) -> Dataset:
    asked = Dataset()
    asked.QueryRetrieveLevel = level
    # Names are matched as UTF-8; a server that knows other sets converts them.
    asked.SpecificCharacterSet = "ISO_IR 192"
    for keyword in keywords:
        setattr(asked, keyword, "" if not keyword.startswith("Number") else None)
    for keyword, value in matching.items():
        setattr(asked, keyword, value)
    return asked


def _incomplete(last: Dataset) -> str:
    failed = int(last.get("NumberOfFailedSuboperations") or 0)
    if last.get("Status") != SUB_OPERATIONS_FAILED and not failed:
        return ""
    return f"the server could not send {failed or 'some'} of its instances"

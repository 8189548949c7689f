"""Instances of a WADO-RS answer as they were sent, piece by piece.

``dicomweb-client`` parses what it retrieves and would write it anew; a file is to be kept as the server sent it, and
what a parser may do with a hostile one is decided where files are opened. So its requests and its decoder of multipart
messages are used one level below its public methods, at the version that is pinned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import requests
from dicomweb_client.uri import build_query_string
from dicomweb_client.web import DICOMwebClient, _Transaction

ACCEPTED = (
    'multipart/related; type="application/dicom"; transfer-syntax=*',
    'multipart/related; type="application/dicom"',
    "application/dicom",
)
"""As stored, else as the server likes; the last one for servers without multipart."""

NOT_ACCEPTABLE = (406, 415)

CHUNK = 65_536
"""Bytes of a piece."""


class Client(DICOMwebClient):
    """The client with wildcards as they are: Orthanc's plug-in up to 1.13 compares ``%2A`` letter by letter."""

    def _http_get(
        self,
        url: str,
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        stream: bool = False,
    ) -> requests.Response:
        query = build_query_string(params).replace("%2A", "*")
        return super()._http_get(url + query, None, headers, stream)


Arriving = Callable[[int], None]
"""Is told how many bytes of a piece arrived, and raises where the transfer is to stop."""


def series_parts(
    client: DICOMwebClient, study_uid: str, series_uid: str, arriving: Arriving
) -> Iterator[bytes]:
    """The instances of a series. Raises ``requests.HTTPError`` of 406 where the server sends none as a whole."""
    url = client._get_series_url(_Transaction.RETRIEVE, study_uid, series_uid)
    return _parts(client, url, ACCEPTED[:2], arriving)


def instance_parts(
    client: DICOMwebClient, study_uid: str, series_uid: str, uid: str, arriving: Arriving
) -> Iterator[bytes]:
    """One instance. Raises ``requests.HTTPError``."""
    url = client._get_instances_url(_Transaction.RETRIEVE, study_uid, series_uid, uid)
    return _parts(client, url, ACCEPTED, arriving)


def _parts(
    client: DICOMwebClient, url: str, accepted: tuple[str, ...], arriving: Arriving
) -> Iterator[bytes]:
    with _answer(client, url, accepted) as response:
        _watch(response, arriving)
        # Some servers send a single file whatever is asked for.
        if response.headers.get("content-type", "").lower().startswith("application/dicom"):
            yield b"".join(response.iter_content(CHUNK))
        else:
            yield from client._decode_multipart_message(response, stream=True)


def _answer(client: DICOMwebClient, url: str, accepted: tuple[str, ...]) -> requests.Response:
    for accept in accepted[:-1]:
        try:
            return client._http_get(url, headers={"Accept": accept}, stream=True)
        except requests.HTTPError as error:
            if error.response is None or error.response.status_code not in NOT_ACCEPTABLE:
                raise
    return client._http_get(url, headers={"Accept": accepted[-1]}, stream=True)


def _watch(response: requests.Response, arriving: Arriving) -> None:
    """``arriving`` hears of every piece, so that a transfer can be stopped within an instance."""
    plain = response.iter_content

    def watched(chunk_size: int | None = 1) -> Iterator[bytes]:
        for piece in plain(chunk_size):
            arriving(len(piece))
            yield piece

    response.iter_content = watched  # type: ignore[method-assign, assignment]

"""The servers that are configured: one TOML file; credentials come from the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from spine_core.library.database.engine import library_folder
from spine_core.pacs.errors import PacsError

VARIABLE = "SPINELENS_PACS"
"""Names the configuration; by default ``pacs.toml`` in the data folder."""


class Protocol(StrEnum):
    """How a server is spoken to."""

    DICOMWEB = "dicomweb"
    DIMSE = "dimse"


@dataclass(frozen=True)
class Server:
    """One server. DICOMweb: ``url``, and ``user_variable`` with ``password_variable``, or ``token_variable``: names of
    environment variables. DIMSE: ``host``, ``port``, ``ae_title`` of the server and ``calling_ae_title`` of ours.

    ``tls``: DIMSE over TLS. ``ca_file``: certificates to trust, by default the system's. ``store``: whether objects may
    be sent there. Raises ``ValueError`` for what is missing or impossible.
    """

    name: str
    protocol: Protocol
    url: str = ""
    user_variable: str = ""
    password_variable: str = ""
    token_variable: str = ""
    host: str = ""
    port: int = 104
    ae_title: str = ""
    calling_ae_title: str = "SPINELENS"
    tls: bool = False
    ca_file: str = ""
    store: bool = False

    def __post_init__(self) -> None:
        web = self.protocol is Protocol.DICOMWEB
        checks = {
            "a server has a name": self.name.strip(),
            "a DICOMweb server has a url that begins with http:// or https://": not web
            or self.url.startswith(("http://", "https://")),
            "a DICOMweb server has no user or password in its url": not web or "@" not in self.url,
            "a DIMSE server has host, port and ae_title": web
            or (self.host and 0 < self.port < 65536 and self.ae_title),
            "an ae_title has at most 16 characters": max(len(self.ae_title), len(self.calling_ae_title))
            <= 16,
            "user_variable and password_variable are given together": bool(self.user_variable)
            == bool(self.password_variable),
        }
        for sentence, holds in checks.items():
            if not holds:
                raise ValueError(sentence)

    def secret(self, variable: str) -> str:
        """The value of an environment variable that is named here. Raises ``PacsError`` where it is not set."""
        value = os.environ.get(variable, "")
        if not value:
            msg = f"the environment variable {variable}, which {self.name} needs, is not set"
            raise PacsError(msg)
        return value


def configuration() -> Path:
    """The file that names the servers; it need not exist."""
    return Path(os.environ.get(VARIABLE) or library_folder() / "pacs.toml")


def configured_servers() -> tuple[Server, ...]:
    """All configured servers, none without a configuration. Raises ``PacsError`` for one that cannot be read."""
    path = configuration()
    if not path.is_file():
        return ()
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        servers = tuple(_server(one) for one in values.get("server", ()))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        msg = f"the configuration of servers {path.name} cannot be read: {error}"
        raise PacsError(msg) from None
    if len({one.name for one in servers}) < len(servers):
        msg = f"two servers in {path.name} have the same name"
        raise PacsError(msg)
    return servers


def _server(values: Mapping[str, Any]) -> Server:
    known = {one.name for one in fields(Server)}
    unknown = sorted(set(values) - known)
    if unknown:
        msg = f"unknown setting {unknown[0]!r} of a server; known: {', '.join(sorted(known))}"
        raise ValueError(msg)
    for required in ("name", "protocol"):
        if required not in values:
            msg = f"a server lacks {required!r}"
            raise ValueError(msg)
    return Server(**{**values, "protocol": Protocol(values["protocol"])})

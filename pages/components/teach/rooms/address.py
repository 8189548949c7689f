"""Where learners find the page of a class, as their own devices must write it."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from streamlit import config

from pages.components.session.loopback import is_loopback

NOWHERE = ("192.0.2.1", 9)
"""An address of documentation. A datagram socket that names it sends nothing, but knows its own address then."""


@dataclass(frozen=True)
class ClassAddress:
    """``base``: of the learners' page. ``reachable``: False where only this computer reaches it."""

    base: str
    reachable: bool

    def of(self, code: str) -> str:
        """The page that asks for a nickname only."""
        return f"{self.base}?code={code}"


def class_address(seen: str) -> ClassAddress:
    """``seen``: the address at which the teacher's browser found this server."""
    parts = urlsplit(seen)
    host, port = parts.hostname or "localhost", parts.port
    if not is_loopback(host):
        return ClassAddress(_url(parts.scheme, host, port), reachable=True)
    if _listens_on_network():
        return ClassAddress(_url(parts.scheme, own_address(), port), reachable=True)
    return ClassAddress(_url(parts.scheme, host, port), reachable=False)


def own_address() -> str:
    """The address of this computer in its network; its name where it has none."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(NOWHERE)
            return str(probe.getsockname()[0])
    except OSError:
        return socket.gethostname()


def _listens_on_network() -> bool:
    return not is_loopback(config.get_option("server.address") or "0.0.0.0")


def _url(scheme: str, host: str, port: int | None) -> str:
    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    name = f"[{host}]" if ":" in host else host
    return f"{scheme or 'http'}://{name}{f':{port}' if port else ''}/{f'{base}/' if base else ''}class/"

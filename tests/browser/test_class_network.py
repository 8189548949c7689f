"""A server that is open to the network, asked from this computer's own address as another computer would ask."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from pages.components.session.loopback import is_loopback
from pages.components.teach.rooms.address import own_address
from tests.browser.conftest import serving
from tests.browser.test_library import home
from tests.conftest import NO_NETWORK

__all__ = ["home"]

pytestmark = pytest.mark.browser

UPGRADE = {
    "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "streamlit",
}  # fmt: skip


def asked(
    host: str, port: int, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(host, port, timeout=30)
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    # A websocket that was let in goes on.
    body = b"" if answer.status == 101 else answer.read()
    connection.close()
    return answer.status, body


@pytest.mark.usefixtures("home")
def test_from_the_network_only_the_class_is_reached(tmp_path):
    address = own_address()
    # Without a network it is the computer's name, which may lead to loopback.
    if is_loopback(address) or not address.replace(".", "").isdecimal():
        pytest.skip(NO_NETWORK)
    with serving("app.py", tmp_path / "log", "--server.address=0.0.0.0") as server:
        port = urlsplit(server.url).port
        assert asked("127.0.0.1", port, "/_stcore/health")[0] == 200
        assert asked("127.0.0.1", port, "/_stcore/stream", UPGRADE)[0] == 101
        for path in (
            "/",
            "/library",
            "/_stcore/health",
            "/_stcore/host-config",
            "/pixels/a/0",
            "/viewer/viewer.js",
        ):
            status, body = asked(address, port, path)
            assert (status, body[:20]) == (403, b"From other computers")
        assert asked(address, port, "/_stcore/upload_file/a/b", method="PUT")[0] == 403
        for path in ("/_stcore/stream", "/class/_stcore/stream", "/class/../_stcore/stream"):
            assert asked(address, port, path, UPGRADE)[0] in (403, 404)
        # What a client claims of its origin is not believed.
        assert asked(address, port, "/", {"X-Forwarded-For": "127.0.0.1", "Host": "localhost"})[0] == 403
        # A proxy on this computer says for whom it asks.
        assert asked("127.0.0.1", port, "/", {"X-Forwarded-For": "203.0.113.7"})[0] == 403
        assert asked(address, port, "/class/")[0] == 200
        assert asked(address, port, "/class/files/player.js")[0] == 200
        assert asked(address, port, "/class/api/ABCDEF/state")[0] == 401

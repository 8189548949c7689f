from __future__ import annotations

import asyncio
import gc
import json
import threading
from http.cookies import SimpleCookie

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from pages.components.progress_route import progress_address
from pages.components.routes import MIDDLEWARE, ROUTES
from pages.components.session.browser_cookie import COOKIE
from pages.components.viewer.pixel_route import PixelStore
from spine_core.jobs import Job, Session, submit

SEEN: list[str] = []
"""The cookie that a session reads when it begins."""


async def stream(websocket: WebSocket) -> None:
    SEEN.append(websocket.cookies.get(COOKIE, ""))
    await websocket.accept(subprotocol="streamlit")


APP = Starlette(routes=[*ROUTES, WebSocketRoute("/stream", stream)], middleware=MIDDLEWARE)
STACK = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4) - 9


def ask(
    path: str, browser: str = "", scheme: str = "http", **further: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a request, as an ASGI server would send it, with ``further`` headers."""
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message)

    headers = [(b"cookie", f"{COOKIE}={browser}".encode())] if browser else []
    headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in further.items()]
    scope = {
        "type": "http", "method": "GET", "path": f"/{path}", "raw_path": path.encode(), "query_string": b"",
        "headers": headers, "scheme": scheme, "http_version": "1.1", "server": ("test", 80), "root_path": "",
    }  # fmt: skip
    asyncio.run(APP(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, body


def test_a_slice_comes_as_it_is_little_endian_and_for_this_browser_only():
    shelf = PixelStore("me")
    address = shelf.address("hash", STACK.astype(">i2").astype(np.int16))
    status, headers, body = ask(f"{address}/1", "me")
    assert status == 200
    assert np.array_equal(np.frombuffer(body, "<i2").reshape(3, 4), STACK[1])
    assert headers["cache-control"].startswith("private")
    assert "set-cookie" not in headers
    assert ask(f"{address}/1", "somebody else")[0] == 404
    assert ask(f"{address}/1")[0] == 404


def test_a_session_without_a_cookie_hands_out_nothing():
    address = PixelStore("").address("hash", STACK)
    assert ask(f"{address}/0")[0] == 404


@pytest.mark.parametrize("index", ["2", "99", "-1", "x", "0/0"])
def test_slices_that_are_not_there_are_not_found(index):
    shelf = PixelStore("me")
    assert ask(f"{shelf.address('hash', STACK)}/{index}", "me")[0] == 404


def test_addresses_are_stable_in_a_session_differ_between_sessions_and_tell_nothing():
    one, other = PixelStore("me"), PixelStore("me")
    address = one.address("content of Doe^Jane", STACK)
    assert address == one.address("content of Doe^Jane", STACK)
    assert (
        len({address, one.address("other content", STACK), other.address("content of Doe^Jane", STACK)}) == 3
    )
    assert "Doe" not in address
    assert len(address.rsplit("/", 1)[1]) == 64


def test_addresses_are_gone_when_the_study_is_closed_and_when_the_session_is_dropped():
    shelf = PixelStore("me")
    closed = shelf.address("hash", STACK)
    shelf.clear()
    assert ask(f"{closed}/0", "me")[0] == 404
    dropped = shelf.address("hash", STACK)
    assert ask(f"{dropped}/0", "me")[0] == 200
    del shelf
    gc.collect()
    assert ask(f"{dropped}/0", "me")[0] == 404


def test_one_session_of_a_browser_ending_leaves_the_other_its_pixels():
    first, second = PixelStore("me"), PixelStore("me")
    addresses = [shelf.address("hash", STACK) for shelf in (first, second)]
    first.clear()
    assert [ask(f"{address}/0", "me")[0] for address in addresses] == [404, 200]


def test_a_session_that_waits_for_its_tab_hands_nothing_out_and_goes_on_at_the_same_addresses():
    shelf = PixelStore("me")
    address = shelf.address("hash", STACK)
    shelf.withdraw()
    later = shelf.address("later", STACK)
    assert [ask(f"{one}/0", "me")[0] for one in (address, later)] == [404, 404]
    shelf.offer()
    assert [ask(f"{one}/0", "me")[0] for one in (address, later)] == [200, 200]
    assert shelf.address("hash", STACK) == address
    assert ask(f"{address}/0", "somebody else")[0] == 404


@pytest.mark.parametrize("wrong", [np.zeros((1, 2, 2)), np.zeros((2, 2), np.uint8)], ids=["float64", "2-D"])
def test_arrays_that_no_browser_draws_are_refused(wrong):
    with pytest.raises(ValueError, match="the viewer draws stacks of"):
        PixelStore("me").address("hash", wrong)


def test_a_new_browser_is_given_a_cookie_that_no_script_reads_and_a_known_one_keeps_its_own():
    cookies = [SimpleCookie(ask("nothing")[1]["set-cookie"])[COOKIE] for _ in range(2)]
    assert cookies[0].value != cookies[1].value
    assert len(cookies[0].value) >= 43
    assert cookies[0]["httponly"]
    assert cookies[0]["samesite"] == "Strict"
    assert not cookies[0]["secure"]
    assert SimpleCookie(ask("nothing", scheme="https")[1]["set-cookie"])[COOKIE]["secure"]
    assert "set-cookie" not in ask("nothing", "me")[1]


def test_a_link_from_another_site_does_not_take_the_browser_its_cookie():
    # A strict cookie is kept back then, so the server cannot see that there is one.
    assert "set-cookie" not in ask("", sec_fetch_site="cross-site", sec_fetch_dest="document")[1]
    assert "set-cookie" in ask("", sec_fetch_site="none", sec_fetch_dest="document")[1]
    assert "set-cookie" not in ask("a.js", sec_fetch_site="same-origin", sec_fetch_dest="script")[1]


def handshake(browser: str = "", scheme: str = "ws") -> dict[str, str]:
    """Headers of the answer to a websocket that a page of this browser opens."""
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "websocket.connect"}

    async def send(message: dict) -> None:
        sent.append(message)

    headers = [(b"cookie", b"other=1" + (f"; {COOKIE}={browser}".encode() if browser else b""))]
    scope = {
        "type": "websocket", "path": "/stream", "raw_path": b"/stream", "query_string": b"", "headers": headers,
        "scheme": scheme, "http_version": "1.1", "server": ("test", 80), "root_path": "", "subprotocols": ["streamlit"],
    }  # fmt: skip
    asyncio.run(APP(scope, receive, send))
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_a_session_that_begins_without_a_cookie_gives_its_browser_the_one_it_goes_by():
    cookie = SimpleCookie(handshake()["set-cookie"])[COOKIE]
    assert SEEN.pop() == cookie.value
    assert len(cookie.value) >= 43
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert not cookie["secure"]
    assert SimpleCookie(handshake(scheme="wss")["set-cookie"])[COOKIE]["secure"]
    assert "set-cookie" not in handshake("me")
    assert SEEN.pop() == "me"


def test_progress_of_a_job_is_told_to_the_browser_of_its_session_only():
    going, end = threading.Event(), threading.Event()

    def work(progress):
        progress(0.25, "half of the half")
        going.set()
        end.wait(30)

    session = Session()
    job = submit(session, "job", work)
    address = progress_address(job, "me")
    assert progress_address(job, "me") == address
    assert going.wait(30)
    status, headers, body = ask(address, "me")
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert json.loads(body) == {"done": 0.25, "what": "half of the half", "over": False, "parts": 0}
    assert ask(address, "somebody else")[0] == ask(address)[0] == 404
    end.set()
    assert job.wait(30)
    assert json.loads(ask(address, "me")[2])["over"]


def test_progress_is_gone_with_its_job_and_nobody_s_without_a_cookie():
    job = Job("job", lambda progress: None)
    assert ask(progress_address(job, ""), "")[0] == 404
    address = progress_address(Job("other", lambda progress: None), "me")
    gc.collect()
    assert ask(address, "me")[0] == 404

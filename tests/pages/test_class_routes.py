"""What a guest of a class can fetch over HTTP, and what not."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from pages.components.routes import MIDDLEWARE, ROUTES
from pages.components.teach.rooms import player_routes
from pages.components.teach.rooms.live import live_rooms
from spine_core.library.people import add_person
from spine_core.library.store import open_library
from spine_core.library.types import Role
from spine_core.teaching.rooms.join_limit import PER_ADDRESS, JoinLimit
from spine_core.teaching.rooms.steps import go_to_case, reveal, show_reference
from spine_core.teaching.rooms.store import close_room, open_room, projector_secret
from tests.teaching.making import set_with_maps

CLOSED = (
    "/", "/room", "/classes", "/_stcore/health", "/_stcore/upload_file/x", "/pixels/a/0", "/progress/a",
    "/viewer/viewer.js", "/media/a",
)  # fmt: skip


async def page(request):
    return PlainTextResponse("the app's page")


APP = Starlette(routes=[*ROUTES, Mount("/", routes=[Route("/{path:path}", page)])], middleware=MIDDLEWARE)
KEY = "L4/L5 pfirrmann"
FAR = "203.0.113.7"


@dataclass
class Browser:
    """A browser with its cookies. ``address``: from where it comes."""

    address: str = "127.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, sent: object = None, body: bytes | None = None) -> tuple[int, object]:
        """Status and body: JSON as values, all else as bytes."""
        got: list[dict] = []
        data = body if body is not None else b"" if sent is None else json.dumps(sent).encode()

        coming = [{"type": "http.request", "body": data, "more_body": False}]

        async def receive() -> dict:
            if not coming:
                # The connection stays.
                await asyncio.Event().wait()
            return coming.pop()

        async def send(message: dict) -> None:
            got.append(message)

        path, _, query = path.partition("?")
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        scope = {
            "type": "http", "method": "GET" if sent is None and body is None else "POST", "path": path,
            "raw_path": path.encode(), "query_string": query.encode(), "headers": [(b"cookie", cookie.encode())],
            "scheme": "http", "http_version": "1.1", "server": ("localhost", 8501), "root_path": "",
            "client": (self.address, 5000),
        }  # fmt: skip
        asyncio.run(APP(scope, receive, send))
        self.headers = {name.decode(): value.decode() for name, value in got[0]["headers"]}
        for name, value in got[0]["headers"]:
            if name == b"set-cookie":
                self.cookies |= {key: one.value for key, one in SimpleCookie(value.decode()).items()}
        content = b"".join(message.get("body", b"") for message in got)
        is_json = self.headers.get("content-type", "").startswith("application/json")
        return got[0]["status"], json.loads(content) if is_json else content

    def join(self, code: str, nickname: str) -> tuple[int, object]:
        return self.ask("/class/api/join", {"code": code, "nickname": nickname})


@pytest.fixture
def teacher(monkeypatch, tmp_path):
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SPINELENS_DATABASE", raising=False)
    monkeypatch.setattr(player_routes, "LIMIT", JoinLimit())
    return add_person(open_library(), "Teacher", Role.TEACHER)


@pytest.fixture
def set_id(teacher):
    return set_with_maps(open_library(), teacher)[0]


@pytest.fixture
def room(teacher, set_id):
    return open_room(open_library(), teacher, set_id)


@pytest.fixture
def mia(room):
    browser = Browser(FAR)
    assert browser.join(room.code, "Mia")[0] == 200
    return browser


def step(action, teacher, room, *more) -> None:
    action(open_library(), teacher, room.id, *more)
    live_rooms().changed(room.id)


def given(grade: str = "4", confidence: int | None = 4, click: object = None, **changes) -> dict:
    answer = {"key": KEY, "grade": grade, "confidence": confidence, "click": click}
    return {"place": 0, "stage": "before", "answers": [answer]} | changes


def everything(browser: Browser, room) -> list[bytes]:
    """All that a guest can fetch of the current case and the next ones."""
    base = f"/class/api/{room.code}"
    found = [json.dumps(browser.ask(f"{base}/state")[1]).encode()]
    for place in range(3):
        found += [
            browser.ask(f"{base}/slices/{place}/{one}/{index}") for one in range(2) for index in range(2)
        ]
        found += [browser.ask(f"{base}/maps/{place}/{one}/{index}") for one in range(2) for index in range(6)]
    return [one if isinstance(one, bytes) else repr(one).encode() for one in found]


def test_before_the_reveal_nothing_of_networks_maps_and_references_can_be_fetched(teacher, room, mia):
    hidden = (b"Grad-CAM", b"grad_cam", b"Look at the nucleus", b"consensus", b"probabilit", b"verdict")
    state = mia.ask(f"/class/api/{room.code}/state")[1]
    assert (state["networks"], state["reference"], "class" in state) == (None, None, False)
    before = everything(mia, room)
    assert not [one for one in before for word in hidden if word in one]
    # Of all pictures, the slice of the current case alone.
    assert sum(b"PNG" in one for one in before) == 1

    step(reveal, teacher, room, 0)
    state = mia.ask(f"/class/api/{room.code}/state")[1]
    assert state["networks"][0]["grade"] == "IV"
    assert state["networks"][0]["maps"][0]["method"] == "Grad-CAM"
    assert state["reference"] is None
    after = everything(mia, room)
    assert not [one for one in after if b"nucleus" in one or b"consensus" in one]
    assert sum(b"PNG" in one for one in after) == 6

    step(show_reference, teacher, room, 0)
    state = mia.ask(f"/class/api/{room.code}/state")[1]
    assert state["reference"]["learningPoint"] == "Look at the nucleus"
    assert state["reference"]["grades"][KEY] == {"grade": "IV", "source": "consensus"}

    step(go_to_case, teacher, room, 1)
    state = mia.ask(f"/class/api/{room.code}/state")[1]
    assert (state["place"], state["networks"], state["reference"]) == (1, None, None)
    # What was shown of the case before is gone with it.
    assert mia.ask(f"/class/api/{room.code}/maps/0/0/0")[0] == 404
    assert mia.ask(f"/class/api/{room.code}/slices/0/0/0")[0] == 404


def test_an_unchanged_room_is_told_by_its_number_alone(teacher, room, mia):
    address = f"/class/api/{room.code}/state"
    assert mia.ask(f"{address}?version=0") == (200, {"version": 0})
    step(reveal, teacher, room, 0)
    assert mia.ask(f"{address}?version=0")[1]["phase"] == "revealed"
    assert mia.ask(f"{address}?version=1") == (200, {"version": 1})


def test_answers_are_kept_and_come_back_with_their_place(teacher, room, mia):
    click = {"series": 0, "slice": 0, "row": 12.5, "column": 20.0}
    assert mia.ask(f"/class/api/{room.code}/answers", given(click=click)) == (200, {"saved": 1})
    expected = given(click=click)["answers"]
    assert mia.ask(f"/class/api/{room.code}/state")[1]["answers"] == {"before": expected}
    step(reveal, teacher, room, 0)
    status, told = mia.ask(f"/class/api/{room.code}/answers", given("5"))
    assert (status, told["error"]) == (400, "The class has gone on; this can no longer be answered.")
    assert mia.ask(f"/class/api/{room.code}/answers", given("5", stage="after"))[0] == 200
    assert mia.ask(f"/class/api/{room.code}/state")[1]["answers"]["after"] == given("5")["answers"]
    step(show_reference, teacher, room, 0)
    counts = mia.ask(f"/class/api/{room.code}/state")[1]["class"][KEY]
    assert dict(counts["before"])["IV"] == dict(counts["after"])["V"] == 1


@pytest.mark.parametrize(
    "sent",
    [
        given("9"),
        given(confidence=True),
        given(confidence=2.5),
        given(place=1),
        given(place="0"),
        given(place=True),
        given(stage="never"),
        given(answers="all"),
        given(answers=[{}]),
        given(answers=[1]),
        given(click={"series": 0, "slice": 0, "row": 64, "column": 0}),
        given(click={"series": 0, "slice": 0, "row": "nan", "column": 0}),
        given(click={"series": 0, "slice": 1, "row": 1, "column": 0}),
        given(click={"series": -1, "slice": 0, "row": 1, "column": 0}),
        given(click={"series": 0.0, "slice": 0, "row": 1, "column": 0}),
        given(click=[1]),
        {},
        [],
        None,
    ],
)
def test_what_is_no_answer_is_refused_with_a_sentence(room, mia, sent):
    status, told = mia.ask(f"/class/api/{room.code}/answers", body=json.dumps(sent).encode())
    assert status == 400
    assert told["error"].endswith(".")
    assert mia.ask(f"/class/api/{room.code}/state")[1]["answers"] == {}


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"[" * 60_000, 400), (b" " * 70_000, 413), (b"\xff", 400)]
)
def test_what_is_no_json_or_too_long_is_refused(room, mia, body, status):
    assert mia.ask(f"/class/api/{room.code}/answers", body=body)[0] == status


def test_a_token_is_in_a_cookie_that_no_script_reads_and_only_the_class_is_sent(room, mia):
    Browser(FAR)
    joining = Browser(FAR)
    joining.join(room.code, "Ben")
    cookie = SimpleCookie(joining.headers["set-cookie"])[f"spinelens-class-{room.code}"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/class", True, "strict")
    assert len(cookie.value) >= 43
    # A guest has no session of the app: its cookie is not given to them.
    assert list(joining.cookies) == [f"spinelens-class-{room.code}"]
    joining.ask("/class/")
    assert list(joining.cookies) == [f"spinelens-class-{room.code}"]


def test_two_rooms_do_not_see_each_other(teacher, set_id, room, mia):
    other = open_room(open_library(), teacher, set_id)
    ben = Browser(FAR)
    ben.join(other.code, "Mia")
    token = mia.cookies[f"spinelens-class-{room.code}"]
    stranger = Browser(FAR, {f"spinelens-class-{other.code}": token})
    for path in ("state", "slices/0/0/0", "maps/0/0/0"):
        assert stranger.ask(f"/class/api/{other.code}/{path}")[0] == 401
    assert stranger.ask(f"/class/api/{other.code}/answers", given())[0] == 401
    step(reveal, teacher, room, 0)
    assert ben.ask(f"/class/api/{other.code}/state")[1]["networks"] is None
    assert ben.ask(f"/class/api/{other.code}/maps/0/0/0")[0] == 404


def test_a_room_that_is_closed_is_gone(teacher, room, mia):
    step(close_room, teacher, room)
    for path in ("state", "state?version=1", "slices/0/0/0"):
        assert mia.ask(f"/class/api/{room.code}/{path}")[0] == 410
    assert mia.ask(f"/class/api/{room.code}/answers", given())[0] == 410
    assert Browser(FAR).join(room.code, "Ben")[0] == 404


def test_codes_cannot_be_found_by_trying(room):
    guessing = Browser(FAR)
    for _ in range(PER_ADDRESS):
        assert guessing.join("ZZZZZZ", "Mia") == (404, {"error": "There is no open room with this code."})
    assert guessing.join(room.code, "Mia")[0] == 429
    assert (
        guessing.join(room.code, "Mia")[1]["error"]
        == "Too many wrong codes were tried; wait a minute and try again."
    )
    assert Browser("203.0.113.8").join(room.code, "Mia")[0] == 200


def test_the_projector_needs_its_own_secret(teacher, room, mia):
    base = f"/class/api/projector/{room.id}"
    assert mia.ask(f"{base}/state")[0] == 401
    assert mia.ask(f"{base}/open", {"secret": "x"})[0] == 401
    projector = Browser()
    assert projector.ask(f"{base}/open", {"secret": projector_secret(open_library(), room.id)}) == (200, {})
    told = projector.ask(f"{base}/state")[1]
    assert (told["code"], told["joined"], told["complete"], told["networks"]) == (room.code, 1, 0, None)
    assert told["qr"].startswith("data:image/svg+xml")
    assert "class" not in told
    assert projector.ask(f"{base}/state?number={told['number']}") == (200, {"number": told["number"]})
    assert projector.ask(f"{base}/maps/0/0/0")[0] == 404

    mia.ask(
        f"/class/api/{room.code}/answers", given(click={"series": 0, "slice": 0, "row": 12.5, "column": 20.0})
    )
    later = projector.ask(f"{base}/state?number={told['number']}")[1]
    assert later["complete"] == 1
    step(reveal, teacher, room, 0)
    shown = projector.ask(f"{base}/state")[1]
    assert shown["networks"][0]["grade"] == "IV"
    assert dict(shown["class"][KEY]["before"])["IV"] == 1
    assert shown["taps"][KEY]["before"] == [[12.5, 20.0]]
    assert projector.ask(f"{base}/maps/0/0/0")[0] == 200


def test_from_another_computer_only_the_class_answers(room):
    far, mapped = Browser(FAR), Browser(f"::ffff:{FAR}")
    for browser in (far, mapped):
        for path in CLOSED:
            status, told = browser.ask(path)
            assert status == 403
            assert told.startswith(b"From other computers")
            assert not browser.cookies
        assert browser.ask("/class/")[0] == 200
        assert browser.ask("/class")[0] == 307
        assert browser.ask("/class/files/player.js")[0] == 200
        # Nothing of the app answers below the class.
        for path in (
            "/class/_stcore/health",
            "/class/../",
            "/class/files/../player.html",
            "/class/pixels/a/0",
        ):
            assert browser.ask(path)[0] == 404
    for here in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "127.8.0.1"):
        assert Browser(here).ask("/")[1] == b"the app's page"


def test_a_websocket_from_another_computer_is_closed_before_it_opens():
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "websocket.connect"}

    async def send(message: dict) -> None:
        sent.append(message)

    for path in ("/_stcore/stream", "/class/_stcore/stream"):
        scope = {
            "type": "websocket", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [],
            "scheme": "ws", "http_version": "1.1", "server": ("test", 80), "root_path": "", "subprotocols": [],
            "client": (FAR, 5000),
        }  # fmt: skip
        asyncio.run(APP(scope, receive, send))
    assert [one["type"] for one in sent] == ["websocket.close", "websocket.close"]


def test_with_sign_in_other_computers_reach_the_pages(monkeypatch):
    monkeypatch.setattr("pages.components.session.local_only.sign_in_configured", lambda: True)
    assert Browser(FAR).ask("/")[1] == b"the app's page"

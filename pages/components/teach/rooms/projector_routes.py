"""What the projector's page asks. Its secret comes with the teacher's link and goes into a cookie."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.components.teach.finding_form import key_of
from pages.components.teach.rooms.address import class_address
from pages.components.teach.rooms.case_media import CaseMedia
from pages.components.teach.rooms.class_tally import class_answers, complete, joined, taps_values
from pages.components.teach.rooms.live import LiveRooms, live_rooms
from pages.components.teach.rooms.media_replies import map_of, slice_of
from pages.components.teach.rooms.player_routes import LASTS
from pages.components.teach.rooms.qr import qr_svg
from pages.components.teach.rooms.replies import RefusalError, in_words, sent_json, told
from pages.components.teach.rooms.told_values import counts_values, told_values
from spine_core.teaching.rooms.access import CLOSED, ClosedRoomError
from spine_core.teaching.rooms.store import projector_secret
from spine_core.teaching.rooms.tally import tallies
from spine_core.teaching.rooms.told import Told
from spine_core.teaching.rooms.types import Phase

COOKIE = "spinelens-projector-"
"""Followed by the id of the room."""


async def opening(request: Request) -> Response:
    """Takes the secret of the teacher's link, which stood behind its #, and gives a cookie."""
    try:
        sent = await sent_json(request)
    except RefusalError as error:
        return told({"error": str(error)}, error.status)
    return await run_in_threadpool(in_words(lambda request: _open(request, sent)), request)


def _open(request: Request, sent: dict[str, Any]) -> Response:
    room_id, secret = request.path_params["room"], str(sent["secret"])
    _check(live_rooms(), room_id, secret)
    answer = told({})
    answer.set_cookie(
        COOKIE + room_id, secret, max_age=LASTS, path="/class", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


@in_words
def state(request: Request) -> Response:
    """All that the projector shows, or its number alone where that is known already."""
    live = live_rooms()
    seen = _seen(live, request)
    media = live.media(seen.room, seen.room.place)
    values = _values(live, seen, media, str(request.base_url))
    number = hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]
    return told(
        {"number": number} if request.query_params.get("number") == number else values | {"number": number}
    )


def _values(live: LiveRooms, seen: Told, media: CaseMedia, address: str) -> dict[str, Any]:
    answers = class_answers(live, seen)
    where = class_address(address)
    values = told_values(seen, media) | {
        "code": seen.room.code,
        "address": where.base,
        "reachable": where.reachable,
        "qr": qr_svg(where.of(seen.room.code)),
        "joined": joined(live, seen),
        "complete": complete(answers, len(seen.exercise.asked)),
    }
    if seen.room.phase is not Phase.ANSWERING:
        found = tallies(answers, seen.exercise.asked)
        values["class"] = counts_values(found)
        values["taps"] = {key_of((one.level, one.condition)): taps_values(one, media) for one in found}
    return values


@in_words
def slices(request: Request) -> Response:
    """A slice of the current case."""
    live = live_rooms()
    return slice_of(live, _seen(live, request), request)


@in_words
def maps(request: Request) -> Response:
    """A map of the current case, after its reveal."""
    live = live_rooms()
    return map_of(live, _seen(live, request), request)


def _seen(live: LiveRooms, request: Request) -> Told:
    room_id = request.path_params["room"]
    _check(live, room_id, request.cookies.get(COOKIE + room_id, ""))
    seen = live.told(room_id)
    if seen.room.closed is not None:
        raise ClosedRoomError(CLOSED)
    return seen


def _check(live: LiveRooms, room_id: str, secret: str) -> None:
    if not hmac.compare_digest(secret.encode(), projector_secret(live.library, room_id).encode()):
        raise RefusalError(401, "Open the projector's view again from the teacher's page of the room.")


ROUTES = [
    Route("/api/projector/{room}/open", opening, methods=["POST"]),
    Route("/api/projector/{room}/state", state),
    Route("/api/projector/{room}/slices/{place:int}/{series:int}/{index:int}", slices),
    Route("/api/projector/{room}/maps/{place:int}/{finding:int}/{map:int}", maps),
]
